//! What is told of a node, of a cluster whose nodes are not known, and where there is no row, why.

use fleetui_fleet::nodes::{NodeRow, Unread};
use fleetui_fleet::session::Connection;
use jiff::Timestamp;

use super::State;
use crate::age::age;
use crate::connection;
use crate::list::Ground;
use crate::prose::{Line, wrap};
use crate::theme::Role;
use crate::verdict;

/// A node: what it is, which machine, and what its kubelet says.
pub(super) fn node(row: &NodeRow, now: Timestamp, width: usize) -> Vec<Line> {
    let (node, cluster) = (&row.node, row.cluster.key());
    let mut lines = Vec::new();
    let mut fact = |name: &'static str, role: Role, value: &str| {
        if !value.is_empty() {
            lines.extend(Line::labelled(name, &Line::new().text(role, value), width));
        }
    };
    let place = format!(
        "{} of cluster {} in {}",
        node.name, cluster.object, cluster.management_cluster
    );
    fact("node      ", Role::Text, &place);
    let machine = row.machine.as_ref();
    let machine = machine.map_or_else(
        || "none that is known here".to_owned(),
        |machine| machine.facts.object.name.to_string(),
    );
    fact("machine   ", Role::Text, &machine);
    let ours = |time: Timestamp| time.checked_sub(row.ahead).unwrap_or(time);
    let since = node.since.map(|since| format!(" for {}", age(ours(since), now)));
    let status = format!("{}{}", node.status(), since.unwrap_or_default());
    fact("status    ", verdict::role(row.verdict.health), &status);
    let is = [
        node.role(),
        node.version.to_string(),
        node.internal_ip.to_string(),
    ];
    let is: Vec<String> = is.into_iter().filter(|part| !part.is_empty()).collect();
    fact("is        ", Role::Text, &is.join(", "));
    fact("condition ", Role::Dim, &node.conditions.join(", "));
    fact("system    ", Role::Text, &node.system.join(", "));
    fact("taints    ", Role::Text, &node.taints.join(" "));
    fact("provider  ", Role::Dim, &node.provider_id);
    if row.verdict.line != node.message {
        fact("cause     ", verdict::role(row.verdict.health), &row.verdict.line);
    }
    fact("it says   ", Role::Text, &node.message);
    lines
}

/// A cluster whose nodes are not known.
pub(super) fn unread(unread: &Unread, now: Timestamp, width: usize) -> Vec<Line> {
    let cluster = unread.cluster.key();
    let mut lines = Vec::new();
    let mut say = |line: Line| lines.extend(line.wrapped(width, usize::MAX));
    let place = format!("{} in {}", cluster.object, cluster.management_cluster);
    say(Line::ours(Role::Dim, "cluster   ").text(Role::Text, &place));
    let why = unread.why.as_deref().unwrap_or_default();
    say(Line::ours(Role::Dim, "nodes     ").text(Role::Unknown, &format!("not known: {why}")));
    if let Some(read_at) = unread.read_at {
        let old = format!("what is shown of them is {} old", age(read_at, now));
        say(Line::ours(Role::Dim, "          ").text(Role::Dim, &old));
    }
    lines
}

/// Why there is no row: hidden, still read, not there. These never look alike.
pub(super) fn nothing(state: &State, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|line| Line::new().shown(role, line)),
        );
    };
    let (filter, _, hidden) = state.sieve();
    match filter {
        _ if hidden == 0 => {}
        Some(filter) => say(
            Role::Text,
            &format!("no node here matches /{}; {hidden} hidden", filter.text()),
        ),
        None => say(Role::Text, &format!("no node here has a fault; {hidden} hidden")),
    }
    let reading = state.nodes.unread.len();
    if reading > 0 {
        say(
            Role::Progressing,
            &format!(
                "reading the nodes of {reading} of {} clusters …",
                state.nodes.clusters
            ),
        );
    } else if hidden == 0 && state.nodes.clusters > 0 {
        say(Role::Text, "no nodes: none has joined these clusters yet");
    }
    let mut all_live = true;
    for session in ground.fleet.sessions() {
        let only = state.options.only.as_ref();
        let is_meant = only.is_none_or(|only| session.management_cluster == *only);
        all_live &= !is_meant || session.connection == Connection::Live;
        if is_meant && session.connection != Connection::Live {
            let name = &session.management_cluster;
            let why = connection::sentence(session, ground.now);
            let word = connection::word(&session.connection);
            say(
                connection::role(&session.connection),
                &format!("{name}: {word}: {why}"),
            );
        }
    }
    // Where one is not live, nobody knows what there is.
    if state.nodes.clusters == 0 && all_live {
        say(Role::Text, "no nodes: there is no Cluster here");
    }
    lines
}
