//! What goes on only once somebody acts is worth a look long before its usual time is over: a node without a network plugin, a drain
//! that a budget holds. Both are known by their words.

use std::time::Duration;

use fleetui_api::facts::{CompactCondition, Facts};
use jiff::Timestamp;

use crate::premises::Around;
use crate::workload;

/// How long both usually take at most: a plugin comes with the first node, and a budget lets a pod go when another one is well.
const PATIENCE: Duration = Duration::from_mins(3);

/// How the API server tells that a budget keeps a pod; Cluster API hands its words on.
const BUDGET: &str = "violate the pod's disruption budget";

/// Whether the node of a machine waits for a network plugin for longer than one takes to be installed.
pub(super) fn lacks_network(facts: &Facts, around: &Around<'_>) -> bool {
    let told = conditions(facts).filter(|condition| workload::lacks_cni(condition.message()));
    // A summary has been bad for other reasons before.
    let since = told.filter_map(CompactCondition::since).max();
    since.is_some_and(|since| around.older(since, PATIENCE))
}

/// Whether a budget holds what is being deleted, for however long.
pub(crate) fn is_held_by_budget(facts: &Facts) -> bool {
    conditions(facts).any(|condition| tells_of_budget(condition.message()))
}

/// Whether words tell that a budget keeps a pod.
pub(crate) fn tells_of_budget(words: &str) -> bool {
    words.contains(BUDGET)
}

/// Whether a budget holds what is being deleted since `asked` for longer than budgets usually hold.
pub(super) fn is_held_for_long(facts: &Facts, asked: Timestamp, around: &Around<'_>) -> bool {
    is_held_by_budget(facts) && around.older(asked, PATIENCE)
}

fn conditions(facts: &Facts) -> impl Iterator<Item = &CompactCondition> {
    facts.conditions.iter().filter(|condition| !condition.good())
}
