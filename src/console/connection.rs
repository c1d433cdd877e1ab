//! How the connection to a management cluster is told: a word, a role and a sentence. Loading, empty, denied and
//! unreachable never look alike.

use compact_str::{CompactString, format_compact};
use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::problems::OnTheirWay;
use fleetui_fleet::session::{ApiEra, Connection};
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;

use crate::age::{age, span};
use crate::theme::Role;

/// The state in a word or two.
pub fn word(connection: &Connection) -> &'static str {
    connection.word()
}

/// Whether what is shown of it is current, or on its way to be.
pub fn is_current(connection: &Connection) -> bool {
    connection.is_current()
}

/// The management clusters of which what is shown is old.
pub fn old(fleet: &FleetStore) -> Vec<ManagementCluster> {
    let old = fleet
        .sessions()
        .filter(|session| !is_current(&session.connection));
    old.map(|session| session.management_cluster.clone()).collect()
}

/// The role of the state's sign and word.
pub fn role(connection: &Connection) -> Role {
    match connection {
        Connection::Live => Role::Good,
        Connection::Idle => Role::Dim,
        Connection::Connecting | Connection::Syncing { .. } => Role::Progressing,
        Connection::Stale { .. } => Role::Stale,
        Connection::AuthNeeded { .. } => Role::Warning,
        Connection::Denied { .. } | Connection::Offline { .. } => Role::Failed,
    }
}

/// What the header adds to the name: nothing where all is well, else how long ago, how far, or a word.
pub fn freshness(session: &Session, now: Timestamp) -> Option<Shown> {
    match &session.connection {
        Connection::Live | Connection::Idle => None,
        Connection::Connecting => Some(Shown::ours("connecting")),
        Connection::Syncing { done, total } => Some(Shown::line(&format!("{done}/{total}"))),
        Connection::Stale { since, .. } => Some(Shown::line(&age(*since, now))),
        Connection::AuthNeeded { .. } => Some(Shown::ours("login")),
        Connection::Denied { .. } => Some(Shown::ours("denied")),
        Connection::Offline { .. } => Some(Shown::ours("offline")),
    }
}

/// What is being waited for, or what is in the way and what happens next; empty where all is well.
pub fn sentence(session: &Session, now: Timestamp) -> Shown {
    match &session.connection {
        Connection::Live => Shown::default(),
        Connection::Idle => Shown::ours("it is connected when that is asked for (:reconnect)"),
        Connection::Connecting => Shown::line(&format!("waiting for {}", session.server)),
        Connection::Syncing { done, total } => {
            Shown::line(&format!("reading lists, {done} of {total} kinds"))
        }
        Connection::Stale { since, why, retry_at } => {
            let next = retry_at.map_or_else(String::new, |at| format!(", next try {}", wait(at, now)));
            Shown::line(&format!("{why}; last known {} ago{next}", age(*since, now)))
        }
        Connection::AuthNeeded { how } => match &session.login {
            Some(login) if login.by_plugin => Shown::line(&format!("{how}; :login runs it here")),
            Some(_) | None => Shown::line(how),
        },
        Connection::Denied { why } => match session.refused() {
            Some(kinds) => Shown::line(&format!("{kinds}: {why}")),
            None => Shown::line(why),
        },
        Connection::Offline { why, retry_at } => {
            Shown::line(&format!("{why}; next try {}", wait(*retry_at, now)))
        }
    }
}

/// What is in the way, for whoever has no console before him: nothing is tried again, and nothing can be typed.
pub fn reason(session: &Session, now: Timestamp) -> String {
    match &session.connection {
        Connection::Idle => "it is lazy in fleet.yaml, and was not asked for".to_owned(),
        Connection::Stale { since, why, .. } => format!("{why}; last known {} ago", age(*since, now)),
        Connection::AuthNeeded { how } => how.clone(),
        Connection::Offline { why, .. } => why.clone(),
        Connection::Live
        | Connection::Connecting
        | Connection::Syncing { .. }
        | Connection::Denied { .. } => sentence(session, now).to_string(),
    }
}

/// The same as a whole sentence that begins with the name.
pub fn complaint(session: &Session, now: Timestamp) -> String {
    let name = &session.management_cluster;
    let reason = reason(session, now);
    match &session.connection {
        Connection::AuthNeeded { .. } => format!("{name} needs a login: {reason}"),
        Connection::Offline { .. } => format!("{name} cannot be reached: {reason}"),
        Connection::Denied { .. } => format!("{name} does not let you in: {reason}"),
        Connection::Idle
        | Connection::Connecting
        | Connection::Syncing { .. }
        | Connection::Live
        | Connection::Stale { .. } => format!("{name} is {}: {reason}", word(&session.connection)),
    }
}

/// What is no problem and not as it should be yet: how much, and since when. Nothing where there is none.
pub fn on_their_way(on_their_way: OnTheirWay, now: Timestamp) -> Option<String> {
    let many = match on_their_way.objects {
        0 => return None,
        1 => "1 object is still on its way".to_owned(),
        more => format!("{more} objects are still on their way"),
    };
    let many = match on_their_way.oldest {
        Some(oldest) if on_their_way.objects == 1 => format!("{many}, for {}", age(oldest, now)),
        Some(oldest) => format!("{many}, the first of them for {}", age(oldest, now)),
        None => many,
    };
    Some(match on_their_way.person.told() {
        Some(what) => format!("{many}; {what}"),
        None => many,
    })
}

/// `in 8s`, or `now`.
fn wait(until: Timestamp, now: Timestamp) -> CompactString {
    match until.as_second().saturating_sub(now.as_second()) {
        ..=0 => CompactString::const_new("now"),
        seconds => format_compact!("in {}", span(seconds)),
    }
}

/// What stands under a management cluster that has no rows to show.
pub fn empty(session: &Session, hidden_by: Option<&str>, now: Timestamp) -> Shown {
    match &session.connection {
        Connection::Live => match hidden_by {
            Some(what) => Shown::line(what),
            None if session.denied.is_empty() && session.takes_no_writes() => {
                Shown::ours("no Cluster API objects here")
            }
            None if session.denied.is_empty() => {
                Shown::ours("no Cluster API objects here; :create begins a cluster")
            }
            None => Shown::line(&format!(
                "nothing that may be read here: {}",
                session.refused().unwrap_or_default()
            )),
        },
        Connection::Idle
        | Connection::Connecting
        | Connection::Syncing { .. }
        | Connection::Stale { .. }
        | Connection::AuthNeeded { .. }
        | Connection::Denied { .. }
        | Connection::Offline { .. } => Shown::line(&format!(
            "{}: {}",
            word(&session.connection),
            sentence(session, now)
        )),
    }
}

/// The same for narrow columns.
pub fn era_short(era: ApiEra) -> &'static str {
    match era {
        ApiEra::V1Beta1 => "v1beta1",
        ApiEra::V1Beta1WithV1Beta2Status => "v1beta1+",
        ApiEra::V1Beta2 => "v1beta2",
    }
}

/// The era of the API as people call it.
pub fn era(era: ApiEra) -> &'static str {
    match era {
        ApiEra::V1Beta1 => "v1beta1",
        ApiEra::V1Beta1WithV1Beta2Status => "v1beta1 with v1beta2 conditions",
        ApiEra::V1Beta2 => "v1beta2",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use fleetui_base::ManagementCluster;

    use super::*;

    #[test]
    fn no_two_states_look_alike() {
        let now = Timestamp::UNIX_EPOCH;
        let why = || "because".to_owned();
        let states = [
            Connection::Idle,
            Connection::Connecting,
            Connection::Syncing { done: 3, total: 12 },
            Connection::Live,
            Connection::Stale {
                since: now,
                why: why(),
                retry_at: None,
            },
            Connection::AuthNeeded { how: why() },
            Connection::Denied { why: why() },
            Connection::Offline {
                why: why(),
                retry_at: now,
            },
        ];
        let mut seen = HashSet::new();
        for connection in states {
            let mut session = Session::idle(ManagementCluster::new("mgmt-lab"), "https://lab:6443", false);
            session.connection = connection;
            assert!(
                seen.insert(empty(&session, None, now)),
                "{:?}",
                session.connection
            );
        }
        let mut session = Session::idle(ManagementCluster::new("mgmt-lab"), "", false);
        session.connection = Connection::Live;
        assert!(seen.insert(empty(&session, Some("nothing matches /x"), now)));
        session
            .denied
            .push(fleetui_base::GroupKind::new("cluster.x-k8s.io", "Machine"));
        assert!(seen.insert(empty(&session, None, now)));
    }

    #[test]
    fn anchor_78_what_is_stale_says_when_it_is_tried_again() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        let mut session = Session::idle(ManagementCluster::new("mgmt-lab"), "", false);
        session.connection = Connection::Stale {
            since: now,
            why: "connection refused".to_owned(),
            retry_at: Some(after(50)),
        };
        assert_eq!(
            sentence(&session, after(42)).as_str(),
            "connection refused; last known 42s ago, next try in 8s"
        );
        assert!(sentence(&session, after(51)).as_str().ends_with("next try now"));
    }
}
