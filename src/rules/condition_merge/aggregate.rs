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

struct Group<'a> {
    priority: Priority,
    message: String,
    sources: Vec<&'a Source>,
}

/// The aggregate of `sources`. Callers say themselves what no sources at all mean.
pub fn aggregate(target: AggregateTarget<'_>, sources: &[Source]) -> Condition {
    let mut alike: BTreeMap<(Priority, String), Vec<&Source>> = BTreeMap::new();
    for source in sources {
        alike.entry(told(source, target.of)).or_default().push(source);
    }
    let group = |((priority, message), sources)| Group {
        priority,
        message,
        sources,
    };
    let mut groups: Vec<Group<'_>> = alike.into_iter().map(group).collect();
    let (worst, status) = merged_status(groups.iter().map(|group| group.priority), target.positive);
    let [issue, unknown, good] = target.reasons;
    let reason = match worst {
        Priority::Issue => issue,
        Priority::Unknown => unknown,
        Priority::Info => good,
    };
    // What is fine is only told when everything is, and when it has something to tell.
    groups.retain(|group| match (group.priority, worst) {
        (Priority::Info, Priority::Info) => !group.message.is_empty(),
        (Priority::Info, Priority::Issue | Priority::Unknown) => false,
        (Priority::Issue | Priority::Unknown, _) => true,
    });
    groups.sort_by(|a, b| {
        order(a)
            .cmp(&order(b))
            .then_with(|| first_name(a).cmp(first_name(b)))
    });
    condition(target.kind, status, reason, message(&groups))
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

/// Control plane first, then issue before unknown before info, then larger groups.
fn order(group: &Group<'_>) -> (bool, Priority, std::cmp::Reverse<usize>) {
    let control_plane = group.sources.iter().any(|source| source.control_plane);
    (
        !control_plane,
        group.priority,
        std::cmp::Reverse(group.sources.len()),
    )
}

fn first_name<'a>(group: &Group<'a>) -> &'a str {
    group
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .min()
        .unwrap_or_default()
}

fn message(groups: &[Group<'_>]) -> String {
    let mut lines: Vec<String> = groups.iter().take(MESSAGES).map(bullet).collect();
    for (priority, text) in [
        (Priority::Issue, "with other issues"),
        (Priority::Unknown, "with status unknown"),
        (Priority::Info, "with additional info"),
    ] {
        let rest: Vec<&Source> = groups
            .iter()
            .skip(MESSAGES)
            .filter(|group| group.priority == priority)
            .flat_map(|group| group.sources.iter().copied())
            .collect();
        if let Some(first) = rest.first() {
            let plural = if rest.len() == 1 { "" } else { "s" };
            lines.push(format!("And {} {}{plural} {text}", rest.len(), first.kind));
        }
    }
    lines.join("\n")
}

/// `* Machines a, b, c, ... (2 more): message`; a message of several lines starts on its own, indented by two.
fn bullet(group: &Group<'_>) -> String {
    let mut names: Vec<&str> = group.sources.iter().map(|source| source.name.as_str()).collect();
    names.sort_unstable();
    let kind = group.sources.first().map_or("", |source| source.kind.as_str());
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let plural = if names.len() == 1 { "" } else { "s" };
    let mut text = format!("* {kind}{plural} {}", names.join(", "));
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
        text.push_str(&group.message);
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
