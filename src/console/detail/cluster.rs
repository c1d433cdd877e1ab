//! A management cluster in prose: how the connection stands, what is waited for, what runs there, what is denied.

use std::collections::BTreeMap;

use fleetui_base::ManagementCluster;
use fleetui_fleet::act::Verb;
use fleetui_fleet::{Permitted, Session};

use super::Ground;
use super::object::fact;
use crate::access::Access;
use crate::age::age;
use crate::connection;
use crate::prose::{Line, wrap};
use crate::remarks::clock;
use crate::theme::Role;

/// The connection, and what runs there.
pub(crate) fn panes(
    name: &ManagementCluster,
    ground: Ground<'_>,
    first: usize,
    second: usize,
) -> (Vec<Line>, Vec<Line>) {
    let mut left = stands(name, ground, first);
    let (facts, right) = around(name, ground, first, second);
    if !facts.is_empty() {
        left.push(Line::new());
        left.extend(facts);
    }
    (left, right)
}

/// How the connection stands, and why, in whole words.
pub(crate) fn stands(name: &ManagementCluster, ground: Ground<'_>, first: usize) -> Vec<Line> {
    let title = Line::ours(Role::Section, "Management cluster ").text(Role::Heading, name.as_str());
    let Some(session) = ground.fleet.session(name) else {
        return vec![title, Line::ours(Role::Dim, "there is no session")];
    };
    let role = connection::role(&session.connection);
    let mut left = vec![title];
    left.push(
        Line::ours(role, ground.glyphs.connection(&session.connection))
            .word(role, " ")
            .word(role, connection::word(&session.connection)),
    );
    let sentence = connection::sentence(session, ground.now);
    if !sentence.as_str().is_empty() {
        left.extend(
            wrap(sentence.as_str(), first)
                .into_iter()
                .map(|text| Line::new().shown(Role::Text, text)),
        );
    }
    for warning in &session.warnings {
        let lines = wrap(warning, first).into_iter();
        left.extend(lines.map(|text| Line::new().shown(Role::Warning, text)));
    }
    left
}

/// What is known of it, and what runs there.
pub(crate) fn around(
    name: &ManagementCluster,
    ground: Ground<'_>,
    first: usize,
    second: usize,
) -> (Vec<Line>, Vec<Line>) {
    let Some(session) = ground.fleet.session(name) else {
        return (Vec::new(), Vec::new());
    };
    let mut left = Vec::new();
    let heard = session
        .heard
        .map(|heard| format!("{} ago", age(heard, ground.now)));
    let latency = session
        .latency
        .map(|latency| format!("{} ms", latency.as_millis()));
    let acting_as = session.login.as_ref().and_then(|login| login.acting_as.as_ref());
    let namespaces =
        (!session.namespaces.is_empty()).then(|| format!("only {}", session.namespaces.join(", ")));
    let rows: [(&'static str, Option<String>); 11] = [
        ("writes", writes(session, ground.access)),
        ("server", Some(session.server.to_string())),
        (
            "kubernetes",
            session.server_version.as_ref().map(ToString::to_string),
        ),
        ("api", session.era.map(|era| connection::era(era).to_owned())),
        // While it is live, "heard" is now, and would only tick.
        ("heard", heard.filter(|_| !session.is_live())),
        ("latency", latency),
        ("clock", session.skew.map(clock)),
        ("login", session.login.as_ref().map(|login| login.way.to_string())),
        ("acting as", acting_as.map(ToString::to_string)),
        ("group", session.group.as_ref().map(ToString::to_string)),
        ("namespaces", namespaces),
    ];
    for (name, value) in rows.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        left.extend(fact(name, &value, first));
    }
    (left, inventory(session, second))
}

/// What runs there, and what of it may not be read.
fn inventory(session: &Session, width: usize) -> Vec<Line> {
    let mut right = Vec::new();
    if !session.providers.is_empty() {
        right.push(Line::ours(Role::Section, "Providers"));
        for (name, version) in &session.providers {
            right.push(
                Line::new()
                    .text(Role::Text, name)
                    .word(Role::Text, " ")
                    .text(Role::Dim, version),
            );
        }
        right.push(Line::new());
    }
    if !session.denied.is_empty() {
        right.push(Line::ours(Role::Section, "Denied").word(Role::Dim, "  kinds that may not be read"));
        // By groups, so that a name is a word that is not broken.
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for kind in &session.denied {
            groups.entry(&kind.group).or_default().push(&kind.kind);
        }
        for (group, kinds) in groups {
            let of = Line::new().text(Role::Dim, &format!("{group}: "));
            let kinds = of.text(Role::Warning, &kinds.join(", "));
            right.extend(kinds.wrapped(width, usize::MAX));
        }
    }
    if !session.denied_in.is_empty() {
        let title = Line::ours(Role::Section, "Denied in namespaces");
        right.push(title.word(Role::Dim, "  they may be read in others"));
        let kinds = session.denied_in.iter();
        let kinds: Vec<_> = kinds
            .map(|(kind, namespace)| format!("{kind} in {namespace}"))
            .collect();
        let lines = wrap(&kinds.join(", "), width).into_iter();
        right.extend(lines.map(|text| Line::new().shown(Role::Warning, text)));
    }
    right
}

/// Whether something may be written there, and if not, by whose word. Nothing where it is not live: whoever does not
/// answer has not said. That it is allowed is said only where the server has said so.
fn writes(session: &Session, access: Access) -> Option<String> {
    let said = match access {
        Access::ReadOnlyForGood => "read-only: fleetui was started so",
        Access::ReadOnly => "read-only by command",
        Access::ReadWrite if session.read_only => "read-only by configuration",
        Access::ReadWrite if !session.is_live() => return None,
        Access::ReadWrite => match session.permitted {
            Permitted::Everything => "allowed",
            Permitted::Nothing => "denied by the server; not read-only by configuration",
            Permitted::Some => return Some(partly(session)),
            Permitted::Unknown => "not read-only; what the server allows is not known",
        },
    };
    Some(said.to_owned())
}

/// That some things may be written, and which may not: `some; the server denies changing Clusters and deleting Machines`.
fn partly(session: &Session) -> String {
    let denied = |verb: Verb, words: &str| {
        let kinds = session.forbidden.iter().filter(|(_, denied)| *denied == verb);
        let kinds: Vec<String> = kinds.map(|(kind, _)| format!("{}s", kind.kind)).collect();
        (!kinds.is_empty()).then(|| format!("{words} {}", kinds.join(", ")))
    };
    let denied = [denied(Verb::Patch, "changing"), denied(Verb::Delete, "deleting")];
    let denied: Vec<String> = denied.into_iter().flatten().collect();
    if denied.is_empty() {
        return "some; of the rest it is not known".to_owned();
    }
    format!("some; the server denies {}", denied.join(", and "))
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::session::Connection;

    use super::*;

    #[test]
    fn it_says_by_whose_word_nothing_is_written_and_nothing_of_who_does_not_answer() {
        let said = |read_only: bool, connection: Connection, access: Access| {
            let mut session = Session::idle(ManagementCluster::new("lab"), "", read_only);
            session.connection = connection;
            session.permitted = Permitted::Everything;
            writes(&session, access)
        };
        let login = || Connection::AuthNeeded {
            how: "log in".to_owned(),
        };
        let cases = [
            (false, Connection::Live, Access::ReadWrite, Some("allowed")),
            (false, login(), Access::ReadWrite, None),
            (false, Connection::Idle, Access::ReadWrite, None),
            (
                true,
                login(),
                Access::ReadWrite,
                Some("read-only by configuration"),
            ),
            // The flag makes every session read-only.
            (
                true,
                Connection::Live,
                Access::ReadOnlyForGood,
                Some("read-only: fleetui was started so"),
            ),
            (
                false,
                Connection::Live,
                Access::ReadOnly,
                Some("read-only by command"),
            ),
        ];
        for (read_only, connection, access, expected) in cases {
            let shown = format!("{read_only} {connection:?} {access:?}");
            assert_eq!(
                said(read_only, connection, access).as_deref(),
                expected,
                "{shown}"
            );
        }
    }

    #[test]
    fn it_says_that_writes_are_allowed_only_where_the_server_has_said_so() {
        let said = |permitted: Permitted, forbidden: &[(&str, Verb)]| {
            let mut session = Session::idle(ManagementCluster::new("lab"), "", false);
            session.connection = Connection::Live;
            session.permitted = permitted;
            let forbidden = forbidden.iter();
            session.forbidden = forbidden
                .map(|(kind, verb)| (fleetui_api::kinds::core(kind), *verb))
                .collect();
            writes(&session, Access::ReadWrite).expect("it is live")
        };
        assert_eq!(said(Permitted::Everything, &[]), "allowed");
        assert_eq!(
            said(Permitted::Nothing, &[("Cluster", Verb::Patch)]),
            "denied by the server; not read-only by configuration"
        );
        assert_eq!(
            said(Permitted::Unknown, &[]),
            "not read-only; what the server allows is not known"
        );
        let some = [
            ("Cluster", Verb::Patch),
            ("Cluster", Verb::Delete),
            ("Machine", Verb::Delete),
        ];
        assert_eq!(
            said(Permitted::Some, &some),
            "some; the server denies changing Clusters, and deleting Clusters, Machines"
        );
        assert_eq!(said(Permitted::Some, &[]), "some; of the rest it is not known");
    }
}
