//! What rows of the screen of hosts say: hosts, and machines that wait for one.

use fleetui_base::Shown;
use fleetui_fleet::hosts::{HostRow, Standing, Waiting};
use jiff::Timestamp;

use super::state::Cell;
use crate::age::age;
use crate::theme::Role;
use crate::verdict;

pub(super) fn host_cells(host: &HostRow, now: Timestamp) -> Vec<Cell> {
    let key = host.row.key();
    let taken = host.taken_by.as_ref();
    let text = |text: &str, role: Role| (Shown::line(text), role);
    let state = match host.standing {
        _ if !host.live => Role::Stale,
        Standing::Free => Role::Good,
        Standing::Reserved
        | Standing::Attached
        | Standing::Stale
        | Standing::Quarantined
        | Standing::Unavailable
        | Standing::NotLive => verdict::role(host.verdict.health),
    };
    let status = host.host().map(|host| &host.status);
    let agent = status.and_then(|status| status.agent_version.as_deref());
    let heard = host.heard.map(|heard| age(heard, now)).unwrap_or_default();
    vec![
        text(&key.object.name, Role::Text),
        text(&host.words(), state),
        text(taken.map_or("", |taken| taken.name.as_str()), Role::Text),
        text(
            taken
                .and_then(|taken| taken.cluster.as_deref())
                .unwrap_or_default(),
            Role::Text,
        ),
        text(key.management_cluster.as_str(), Role::Heading),
        text(&key.object.namespace, Role::Dim),
        text(host.zone(), Role::Text),
        text(host.architecture(), Role::Text),
        text(&host.capacity("cpu"), Role::Text),
        text(&host.capacity("memory"), Role::Text),
        text(host.system(), Role::Dim),
        text(agent.unwrap_or_default(), Role::Dim),
        text(&heard, Role::Dim),
        text(&host.verdict.line, verdict::role(host.verdict.health)),
    ]
}

pub(super) fn waiting_cells(waits: &Waiting, now: Timestamp) -> Vec<Cell> {
    let key = waits.row.key();
    let text = |text: &str, role: Role| (Shown::line(text), role);
    let none = || (Shown::default(), Role::Text);
    let since = waits.since.map(|since| format!("waits {}", age(since, now)));
    let machine = waits
        .machine
        .as_ref()
        .map_or(&key.object.name, |machine| &machine.facts.object.name);
    vec![
        text("(no host)", Role::Dim),
        text(&since.unwrap_or_else(|| "waits".to_owned()), Role::Warning),
        text(machine, Role::Text),
        text(waits.row.facts.cluster.as_deref().unwrap_or_default(), Role::Text),
        text(key.management_cluster.as_str(), Role::Heading),
        text(&key.object.namespace, Role::Dim),
        none(),
        none(),
        none(),
        none(),
        none(),
        none(),
        none(),
        text(&waits.said, Role::Warning),
    ]
}
