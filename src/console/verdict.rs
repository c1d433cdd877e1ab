//! How health is told: the role of its sign, and what stands beside it in the room that there is.

use fleetui_base::Shown;
use fleetui_fleet::health::{Health, brief};

use crate::theme::Role;

/// The role of a state.
pub fn role(health: Health) -> Role {
    match health {
        Health::Good => Role::Good,
        Health::Paused => Role::Paused,
        Health::Progressing => Role::Progressing,
        Health::Unknown => Role::Unknown,
        Health::Warning => Role::Warning,
        Health::Failed => Role::Failed,
    }
}

/// Why, in `width` cells: where there is no room for who it is about, which stands below in the tree, what is said of it.
pub fn message(said: &str, width: usize) -> Shown {
    let mut said = said;
    let mut shown = Shown::line(said);
    while shown.width() > width
        && let Some(rest) = without_subject(said)
    {
        said = rest;
        shown = Shown::line(said);
    }
    // Of a drain it counts which pods hold it, and of nodes what they lack.
    if shown.width() > width {
        said = brief(said);
        shown = Shown::line(said);
    }
    // What would be done and cannot is said by the counters.
    match said.split_once(BLOCKED) {
        Some((_, why)) if shown.width() > width => Shown::line(&format!("blocked: {why}")),
        Some(_) | None => shown,
    }
}

/// The words of Cluster API behind what would be done.
const BLOCKED: &str = " is blocked because: ";

/// What follows `Machine md-0-x4b-x7k2p: ` or `Machines a, b: `.
fn without_subject(said: &str) -> Option<&str> {
    let (subject, rest) = said.split_once(": ")?;
    let (kind, names) = subject.split_once(' ')?;
    let is_kind = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._, ".contains(&byte);
    // A name has no blanks, and a list of names has a comma before each.
    let are_names = names.bytes().all(in_name) && names.matches(' ').count() == names.matches(", ").count();
    (is_kind && are_names && !rest.is_empty()).then_some(rest)
}

/// A condition and its status in `width` cells. Where there is no room for both, the type is cut, and never the status.
pub fn condition(kind: &str, status: &str, width: usize) -> Shown {
    let kind = Shown::line(kind);
    let fits = |status: &str| kind.width() + 1 + status.len() <= width;
    // The longest status has a sign that everybody knows.
    let status = if fits(status) || status != "Unknown" {
        status
    } else {
        "?"
    };
    let kind = kind.fit(width.saturating_sub(status.len() + 1));
    kind.then(&Shown::ours(" ")).then(&Shown::line(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_little_room_the_reason_goes_before_the_name() {
        let cases = [
            ("Machine a-b-c: no free host", 30, "Machine a-b-c: no free host"),
            ("Machine a-b-c: no free host", 20, "no free host"),
            ("Machines a, b: no free host", 20, "no free host"),
            ("MachineDeployment md: MachineSet md-1: blocked", 10, "blocked"),
            ("Scaling up is blocked because: x", 10, "blocked: x"),
            (
                "Scaling up is blocked because: x",
                40,
                "Scaling up is blocked because: x",
            ),
            ("unreadable: spec is a text", 10, "unreadable: spec is a text"),
            (
                "Machine a: Drain not completed yet (started at 2026-08-21T11:50:00Z): Pod shop/web-0: cannot evict pod",
                40,
                "Pod shop/web-0: cannot evict pod",
            ),
            ("Drain not completed yet", 10, "Drain not completed yet"),
            (
                "Node.Ready: container runtime network not ready: cni plugin not initialized",
                10,
                fleetui_fleet::workload::NO_CNI,
            ),
        ];
        for (said, width, expected) in cases {
            assert_eq!(message(said, width).as_str(), expected);
        }
    }
}
