//! What is said of a fleet that could not be read whole, or has not what was asked for, and the exit status for that.
//!
//! Must not know: what is printed.

use fleetui_api::kinds::Role;
use fleetui_console::connection;
use fleetui_fleet::session::Connection;
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;

use super::Needs;
use crate::cli::print::Page;
use crate::cli::status;

/// What is waited for, for a person who waits.
pub(super) fn awaited(store: &FleetStore) -> String {
    let unsettled = store
        .sessions()
        .filter(|session| !session.connection.is_settled());
    let names: Vec<&str> = unsettled
        .map(|session| session.management_cluster.as_str())
        .collect();
    match names.as_slice() {
        [] => "reading".to_owned(),
        names => format!("waiting for {}", names.join(", ")),
    }
}

/// The status where it is asked whether something is not as it should be: that something could not be read says less, where it
/// is among what is told.
pub(super) fn found(page: &Page, code: u8) -> u8 {
    match code {
        0 if page.faults => status::FOUND,
        status::FAILED | status::REFUSED if page.faults && page.tells_unread => status::FOUND,
        code => code,
    }
}

/// How much of what is meant was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    All,
    Some,
    Nothing,
}

/// What is said where nothing is there, or not what was named: nothing is known to be absent where it could not be read.
pub(super) fn absent(page: &Page, known: Known, is_text: bool) -> Vec<String> {
    let sentences = match page.missing.as_slice() {
        [] if page.rows.is_empty() && is_text => std::slice::from_ref(&page.empty),
        missing => missing,
    };
    match known {
        Known::All => sentences.to_vec(),
        Known::Some => {
            let of_rest = |sentence: &String| format!("in what could be read: {sentence}");
            sentences.iter().map(of_rest).collect()
        }
        Known::Nothing => Vec::new(),
    }
}

/// What of a management cluster is missing, and the exit status for that.
pub(super) fn complaint(
    session: &Session,
    late: bool,
    needs: &Needs,
    now: Timestamp,
) -> Option<(String, u8)> {
    let name = &session.management_cluster;
    let plain = connection::complaint(session, now);
    if matches!(needs, Needs::Nothing) && session.connection.is_settled() {
        return None;
    }
    match &session.connection {
        Connection::Connecting | Connection::Syncing { .. } => {
            late.then(|| (format!("{plain}; not everything is shown"), status::TIMED_OUT))
        }
        Connection::Idle => Some((
            format!(
                "{name} is not connected, as its entry in fleet.yaml is lazy; --context {name} asks for it"
            ),
            0,
        )),
        Connection::Stale { .. } | Connection::AuthNeeded { .. } | Connection::Offline { .. } => {
            Some((plain, status::FAILED))
        }
        Connection::Denied { .. } => Some((plain, status::REFUSED)),
        Connection::Live => {
            let needed = |kind: &&fleetui_base::GroupKind| match needs {
                Needs::Nothing => false,
                Needs::Roles(roles) => roles.contains(&Role::of(kind)),
                Needs::Everything => true,
            };
            let denied: Vec<String> = session
                .denied
                .iter()
                .filter(needed)
                .map(ToString::to_string)
                .collect();
            let what = format!("{name} does not allow to read {}", denied.join(", "));
            (!denied.is_empty()).then_some((what, status::REFUSED))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(connection: Connection) -> Session {
        let mut session = Session::idle(fleetui_base::ManagementCluster::new("lab"), "", false);
        session.connection = connection;
        session
    }

    #[test]
    fn what_could_not_be_read_is_not_said_to_be_absent() {
        let page = |missing: &[&str]| Page {
            empty: "no Machines found".to_owned(),
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
            ..Page::default()
        };
        let none = page(&[]);
        assert_eq!(absent(&none, Known::All, true), ["no Machines found"]);
        assert_eq!(
            absent(&none, Known::Some, true),
            ["in what could be read: no Machines found"]
        );
        assert!(absent(&none, Known::Nothing, true).is_empty());
        // A document says by itself that it is empty, and not what was named.
        assert!(absent(&none, Known::All, false).is_empty());
        assert_eq!(absent(&page(&["a"]), Known::All, false), ["a"]);
    }

    #[test]
    fn what_is_wrong_is_found_also_where_it_is_that_something_cannot_be_read() {
        let page = |faults: bool, tells_unread: bool| Page {
            faults,
            tells_unread,
            ..Page::default()
        };
        assert_eq!(found(&page(true, false), 0), status::FOUND);
        assert_eq!(found(&page(false, true), 0), 0);
        assert_eq!(found(&page(true, false), status::FAILED), status::FAILED);
        assert_eq!(found(&page(true, true), status::FAILED), status::FOUND);
        assert_eq!(found(&page(true, true), status::TIMED_OUT), status::TIMED_OUT);
    }

    #[test]
    fn what_is_missing_is_told_with_its_status() {
        let now = Timestamp::UNIX_EPOCH;
        let why = || "because".to_owned();
        let machines = Needs::Roles(&[Role::Machine]);
        let offline = || Connection::Offline {
            why: why(),
            retry_at: now,
        };
        let cases = [
            (Connection::Connecting, true, Some(status::TIMED_OUT)),
            (Connection::Connecting, false, None),
            (Connection::Idle, false, Some(0)),
            (Connection::Live, false, None),
            (offline(), false, Some(status::FAILED)),
            (Connection::Denied { why: why() }, false, Some(status::REFUSED)),
        ];
        for (connection, late, expected) in cases {
            let said = complaint(&session(connection.clone()), late, &machines, now);
            assert_eq!(said.map(|(_, status)| status), expected, "{connection:?}");
        }
        // To be offline is what contexts tell of.
        assert!(complaint(&session(offline()), false, &Needs::Nothing, now).is_none());
        let mut denied = session(Connection::Live);
        denied.denied.push(fleetui_api::kinds::core("Machine"));
        assert!(complaint(&denied, false, &machines, now).is_some());
        assert!(complaint(&denied, false, &Needs::Roles(&[Role::Cluster]), now).is_none());
    }
}
