//! Conditions of the v1beta2 model made from other conditions: a summary of one object, an aggregate over many.
//!
//! Must not know: which conditions a kind has; callers say what goes in and what comes out.

mod aggregate;
mod summary;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::ReadinessGate;
use fleetui_base::clock::whole_seconds;

pub use aggregate::{AggregateTarget, Source, aggregate};
pub use summary::{SummaryInput, summarise};

/// How one condition counts in a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// It says that something is wrong (or going on, for negative polarity).
    Issue,
    /// It cannot be told.
    Unknown,
    /// It is as one hopes.
    Info,
}

impl Priority {
    /// How `condition` counts.
    pub fn of(condition: &Condition) -> Self {
        match condition.status {
            ConditionStatus::Unknown => Self::Unknown,
            ConditionStatus::True | ConditionStatus::False if condition.good() => Self::Info,
            ConditionStatus::True | ConditionStatus::False => Self::Issue,
        }
    }
}

/// A condition without its times, as rules make them; the writer adds those.
pub fn condition(kind: &str, status: ConditionStatus, reason: &str, message: impl Into<String>) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        severity: None,
        reason: reason.into(),
        message: message.into(),
        since: None,
        observed_generation: None,
    }
}

/// Puts `new` into `conditions` as Cluster API writes them: the time moves only when the status does, it is cut to whole
/// seconds, and the list keeps the written order. Conditions of other writers stay.
pub fn set(
    conditions: &mut Vec<Condition>,
    mut new: Condition,
    generation: Option<i64>,
    now: jiff::Timestamp,
) {
    new.observed_generation = generation;
    let old = conditions.iter().position(|condition| condition.kind == new.kind);
    let kept = old
        .and_then(|index| conditions.get(index))
        .filter(|old| old.status == new.status);
    new.since = match kept.and_then(|old| old.since) {
        Some(since) => Some(since),
        None => Some(whole_seconds(now)),
    };
    match old.and_then(|index| conditions.get_mut(index)) {
        Some(place) => *place = new,
        None => conditions.push(new),
    }
    conditions.sort_by(|a, b| {
        fleetui_api::conditions::order_key(&a.kind).cmp(&fleetui_api::conditions::order_key(&b.kind))
    });
}

/// The condition `kind` of a list.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// Whether the condition `kind` is there and True.
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == ConditionStatus::True)
}

/// Whether the condition `kind` is there and False.
pub fn is_false(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == ConditionStatus::False)
}

/// A gate with negative polarity counts the other way round: what it says is turned, for a summary that takes all as positive.
pub fn turn_negative(gates: &[ReadinessGate], conditions: &mut [Condition]) {
    for gate in gates
        .iter()
        .filter(|gate| gate.polarity.as_deref() == Some("Negative"))
    {
        for condition in conditions
            .iter_mut()
            .filter(|condition| condition.kind == gate.condition_type.as_str())
        {
            condition.status = match condition.status {
                ConditionStatus::True => ConditionStatus::False,
                ConditionStatus::False => ConditionStatus::True,
                ConditionStatus::Unknown => ConditionStatus::Unknown,
            };
        }
    }
}

/// The merged status: any issue, else any unknown, else good; `positive` tells which of True and False good is.
fn merged_status(priorities: impl Iterator<Item = Priority>, positive: bool) -> (Priority, ConditionStatus) {
    let worst = priorities.min().unwrap_or(Priority::Info);
    let status = match (worst, positive) {
        (Priority::Issue, true) | (Priority::Info, false) => ConditionStatus::False,
        (Priority::Issue, false) | (Priority::Info, true) => ConditionStatus::True,
        (Priority::Unknown, _) => ConditionStatus::Unknown,
    };
    (worst, status)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_time_moves_only_with_the_status() {
        let first = Timestamp::from_millisecond(10_500).expect("a time");
        let later = Timestamp::from_second(20).expect("a time");
        let mut conditions = Vec::new();
        set(
            &mut conditions,
            condition("Ready", ConditionStatus::False, "NotReady", "a"),
            Some(1),
            first,
        );
        set(
            &mut conditions,
            condition("Ready", ConditionStatus::False, "Other", "b"),
            Some(2),
            later,
        );
        let ready = find(&conditions, "Ready").expect("it is there");
        assert_eq!(
            ready.since,
            Timestamp::from_second(10).ok(),
            "whole seconds, and not moved"
        );
        assert_eq!(
            (ready.reason.as_str(), ready.observed_generation),
            ("Other", Some(2))
        );
        set(
            &mut conditions,
            condition("Ready", ConditionStatus::True, "Ready", ""),
            Some(2),
            later,
        );
        assert_eq!(
            find(&conditions, "Ready").expect("it is there").since,
            Some(later)
        );
    }

    #[test]
    fn the_list_keeps_the_written_order_and_foreign_conditions() {
        let now = Timestamp::UNIX_EPOCH;
        let mut conditions = vec![condition("ACNI", ConditionStatus::True, "Fine", "")];
        for kind in ["Deleting", "Ready", "Available"] {
            set(
                &mut conditions,
                condition(kind, ConditionStatus::True, kind, ""),
                None,
                now,
            );
        }
        let kinds: Vec<&str> = conditions
            .iter()
            .map(|condition| condition.kind.as_str())
            .collect();
        assert_eq!(kinds, ["Available", "Ready", "ACNI", "Deleting"]);
    }
}
