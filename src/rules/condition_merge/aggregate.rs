//! One condition that sums up the same condition of many objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleetui_api::conditions::{Condition, ConditionStatus};

use super::{Priority, condition, merged_status};

/// At most so many different messages are written out.
const MESSAGES: usize = 3;
/// At most so many objects are named for one message.
const NAMES: usize = 3;

/// One object's condition.
#[derive(Debug, Clone)]
pub struct Source {
    /// The object's kind, `Machine`.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// Whether it belongs to the control plane; those are told first.
    pub control_plane: bool,
    /// Its condition; a missing one is Unknown.
    pub condition: Option<Condition>,
}

/// What an aggregate becomes.
#[derive(Debug, Clone, Copy)]
pub struct AggregateTarget<'a> {
    /// Its type.
    pub kind: &'a str,
    /// The type that is looked at in the objects.
    pub of: &'a str,
    /// Whether True is the good state of the target.
    pub positive: bool,
    /// Reasons for issue, unknown and good.
    pub reasons: [&'a str; 3],
}

/// Objects of one kind that say the same.
struct Group<'a> {
    kind: &'a str,
    /// The worst with which any object says this.
    priority: Priority,
    /// Whether a machine of the control plane says this.
    control_plane: bool,
    message: &'a str,
    sources: Vec<&'a Source>,
}

/// The aggregate of `sources`. Callers say themselves what no sources at all mean.
pub fn aggregate(target: AggregateTarget<'_>, sources: &[Source]) -> Condition {
    let mut all: Vec<(Priority, String, &Source)> = Vec::new();
    for source in sources {
        let (priority, message) = told(source, target.of);
        all.push((priority, message, source));
    }
    let (worst, status) = merged_status(all.iter().map(|(priority, ..)| *priority), target.positive);
    let [issue, unknown, good] = target.reasons;
    let reason = match worst {
        Priority::Issue => issue,
        Priority::Unknown => unknown,
        Priority::Info => good,
    };
    // What is fine is only told when everything is, and when it has something to tell.
    all.retain(|(priority, message, _)| match (priority, worst) {
        (Priority::Info, Priority::Info) => !message.is_empty(),
        (Priority::Info, Priority::Issue | Priority::Unknown) => false,
        (Priority::Issue | Priority::Unknown, _) => true,
    });
    condition(target.kind, status, reason, message(&groups(&all)))
}

fn told(source: &Source, of: &str) -> (Priority, String) {
    match &source.condition {
        None => (Priority::Unknown, format!("Condition {of} not yet reported")),
        Some(found) => {
            let priority = Priority::of(found);
            let message = if found.message.is_empty() && priority != Priority::Info {
                found.reason.to_string()
            } else {
                found.message.clone()
            };
            (priority, message)
        }
    }
}

/// By kind; of a kind what a control plane machine says first, then issue before unknown before info, then larger groups.
fn groups<'a>(all: &'a [(Priority, String, &'a Source)]) -> Vec<Group<'a>> {
    // How bad a message is and whether it goes first does not depend on the kind that says it.
    let mut of_message: BTreeMap<&str, (Priority, bool)> = BTreeMap::new();
    let mut alike: BTreeMap<(&str, &str), Vec<&Source>> = BTreeMap::new();
    for (priority, message, source) in all {
        let known = of_message.entry(message).or_insert((*priority, false));
        *known = (known.0.min(*priority), known.1 || source.control_plane);
        alike.entry((&source.kind, message)).or_default().push(source);
    }
    let group = |((kind, message), mut sources): ((&'a str, &'a str), Vec<&'a Source>)| {
        let (priority, control_plane) = of_message
            .get(message)
            .copied()
            .unwrap_or((Priority::Info, false));
        sources.sort_by(|a, b| (!a.control_plane, &a.name).cmp(&(!b.control_plane, &b.name)));
        Group {
            kind,
            priority,
            control_plane,
            message,
            sources,
        }
    };
    let mut groups: Vec<Group<'_>> = alike.into_iter().map(group).collect();
    groups.sort_by_cached_key(|group| {
        let names: Vec<&str> = group.sources.iter().map(|source| source.name.as_str()).collect();
        (
            group.kind.to_owned(),
            !group.control_plane,
            group.priority,
            std::cmp::Reverse(names.len()),
            names.join(","),
        )
    });
    groups
}

/// The first messages of all kinds; behind those of each kind how many more of it say something else.
fn message(groups: &[Group<'_>]) -> String {
    let mut lines = Vec::new();
    let mut room = MESSAGES;
    for of_kind in groups.chunk_by(|a, b| a.kind == b.kind) {
        let (shown, rest) = of_kind.split_at(room.min(of_kind.len()));
        room -= shown.len();
        lines.extend(shown.iter().map(bullet));
        for (priority, text) in [
            (Priority::Issue, "with other issues"),
            (Priority::Unknown, "with status unknown"),
            (Priority::Info, "with additional info"),
        ] {
            let alike = rest.iter().filter(|group| group.priority == priority);
            let count: usize = alike.map(|group| group.sources.len()).sum();
            if let (Some(Group { kind, .. }), 1..) = (of_kind.first(), count) {
                let plural = if count == 1 { "" } else { "s" };
                lines.push(format!("And {count} {kind}{plural} {text}"));
            }
        }
    }
    lines.join("\n")
}

/// `* Machines a, b, c, ... (2 more): message`; a message of several lines starts on its own, indented by two.
fn bullet(group: &Group<'_>) -> String {
    let mut names: Vec<&str> = group.sources.iter().map(|source| source.name.as_str()).collect();
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let plural = if names.len() == 1 { "" } else { "s" };
    let mut text = format!("* {}{plural} {}", group.kind, names.join(", "));
    if more > 0 {
        let _ = write!(text, ", ... ({more} more)");
    }
    text.push(':');
    if group.message.contains('\n') || group.message.starts_with("* ") {
        for line in group.message.lines() {
            text.push_str("\n  ");
            text.push_str(line);
        }
    } else {
        text.push(' ');
        text.push_str(group.message);
    }
    text
}

/// The aggregate over nothing: good, with the reason that there is nothing.
impl AggregateTarget<'_> {
    /// The condition for no objects at all: True (False for a negative target), with `reason`.
    pub fn of_nothing(&self, reason: &str) -> Condition {
        let status = if self.positive {
            ConditionStatus::True
        } else {
            ConditionStatus::False
        };
        condition(self.kind, status, reason, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: AggregateTarget<'static> = AggregateTarget {
        kind: "MachinesReady",
        of: "Ready",
        positive: true,
        reasons: ["NotReady", "ReadyUnknown", "Ready"],
    };

    fn machine(name: &str, status: ConditionStatus, message: &str) -> Source {
        Source {
            kind: "Machine".to_owned(),
            name: name.to_owned(),
            control_plane: name.starts_with("cp"),
            condition: Some(condition("Ready", status, "Because", message)),
        }
    }

    #[test]
    fn equal_messages_are_told_once_with_three_names() {
        let mut machines: Vec<Source> = ["e", "d", "c", "b", "a"]
            .map(|name| machine(name, ConditionStatus::False, "no node"))
            .to_vec();
        machines.push(machine("fine", ConditionStatus::True, ""));
        let aggregate = aggregate(READY, &machines);
        assert_eq!(
            (aggregate.status, aggregate.reason.as_str()),
            (ConditionStatus::False, "NotReady")
        );
        assert_eq!(aggregate.message, "* Machines a, b, c, ... (2 more): no node");
    }

    #[test]
    fn control_plane_first_then_issues_then_larger_groups() {
        let machines = [
            machine("w1", ConditionStatus::Unknown, "no answer"),
            machine("w2", ConditionStatus::False, "* InfrastructureReady: gone"),
            machine("w3", ConditionStatus::False, "slow"),
            machine("w4", ConditionStatus::False, "slow"),
            machine("cp1", ConditionStatus::Unknown, "starting"),
            machine("w5", ConditionStatus::False, ""),
        ];
        let aggregate = aggregate(READY, &machines);
        assert_eq!(
            aggregate.message,
            "* Machine cp1: starting\n* Machines w3, w4: slow\n* Machine w2:\n  * InfrastructureReady: gone\nAnd 1 Machine with \
             other issues\nAnd 1 Machine with status unknown"
        );
        assert_eq!(aggregate.status, ConditionStatus::False);
    }

    #[test]
    fn kinds_are_told_apart_and_share_what_room_there_is() {
        let of = |kind: &str, name: &str, status, message: &str| Source {
            kind: kind.to_owned(),
            ..machine(name, status, message)
        };
        let (issue, unknown) = (ConditionStatus::False, ConditionStatus::Unknown);
        let both = [
            of(
                "MachineDeployment",
                "md-0",
                issue,
                "Scaling up from 0 to 1 replicas",
            ),
            of(
                "KubeadmControlPlane",
                "plane",
                issue,
                "Scaling up from 0 to 1 replicas",
            ),
        ];
        assert_eq!(
            aggregate(READY, &both).message,
            "* KubeadmControlPlane plane: Scaling up from 0 to 1 replicas\n* MachineDeployment md-0: Scaling up from 0 to 1 replicas"
        );
        let many = [
            of("MachineSet", "a", issue, "1"),
            of("MachineSet", "b", unknown, "2"),
            of("MachineSet", "c", unknown, "3"),
            of("MachineSet", "d", unknown, "4"),
            of("MachinePool", "p", issue, "5"),
            // The same words are as bad as the worst who says them.
            of("MachineSet", "e", issue, "3"),
        ];
        assert_eq!(
            aggregate(READY, &many).message,
            "* MachinePool p: 5\n* MachineSets c, e: 3\n* MachineSet a: 1\nAnd 2 MachineSets with status unknown"
        );
    }

    #[test]
    fn control_plane_machines_are_named_first() {
        let machines = [
            machine("a", ConditionStatus::False, "slow"),
            machine("b", ConditionStatus::False, "slow"),
            machine("c", ConditionStatus::False, "slow"),
            machine("cp1", ConditionStatus::False, "slow"),
        ];
        let expected = "* Machines cp1, a, b, ... (1 more): slow";
        assert_eq!(aggregate(READY, &machines).message, expected);
    }

    #[test]
    fn a_missing_condition_is_unknown_and_nothing_is_good() {
        let mut missing = machine("a", ConditionStatus::True, "");
        missing.condition = None;
        let aggregate = aggregate(READY, &[missing]);
        assert_eq!(
            (aggregate.status, aggregate.reason.as_str()),
            (ConditionStatus::Unknown, "ReadyUnknown")
        );
        assert_eq!(aggregate.message, "* Machine a: Condition Ready not yet reported");
        assert_eq!(READY.of_nothing("NoReplicas").status, ConditionStatus::True);
    }

    #[test]
    fn a_negative_target_is_true_when_something_goes_on() {
        let target = AggregateTarget {
            kind: "ScalingUp",
            of: "ScalingUp",
            positive: false,
            reasons: ["ScalingUp", "ScalingUpUnknown", "NotScalingUp"],
        };
        let source = |status| Source {
            kind: "MachineDeployment".to_owned(),
            name: "md".to_owned(),
            control_plane: false,
            condition: Some(condition(
                "ScalingUp",
                status,
                "ScalingUp",
                "Scaling up from 1 to 3 replicas",
            )),
        };
        let going_on = aggregate(target, &[source(ConditionStatus::True)]);
        assert_eq!(going_on.status, ConditionStatus::True);
        assert_eq!(
            going_on.message,
            "* MachineDeployment md: Scaling up from 1 to 3 replicas"
        );
        assert_eq!(
            aggregate(target, &[source(ConditionStatus::False)]).status,
            ConditionStatus::False
        );
    }
}
