//! What a host says beside whether its node came up: that its agent is not heard, or that it takes no machine since one failed.

use fleetui_api::byoh::names::{AGENT_CONNECTED, NOT_QUARANTINED};
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;

use super::{Health, Verdict, line};

/// The condition of a host that is no condition of its node and does not hold; a host that is silent says nothing else that
/// is new.
pub(super) fn held_up(facts: &Facts) -> Option<(Verdict, &CompactCondition)> {
    let is_down = |kind: &str| {
        let mut conditions = facts.conditions.iter();
        conditions.find(|condition| condition.kind == kind && condition.status == ConditionStatus::False)
    };
    let mut down = [AGENT_CONNECTED, NOT_QUARANTINED].into_iter().filter_map(is_down);
    let condition = down.next().filter(|_| facts.role == Role::Host)?;
    let verdict = Verdict {
        health: Health::Warning,
        condition: Some((condition.kind.clone(), condition.status.as_str())),
        line: line::of(condition),
    };
    Some((verdict, condition))
}
