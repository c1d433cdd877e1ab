//! Where trouble comes from: the deepest condition that says something, down to the objects that a machine stands on.

use fleetui_api::byoh::names::reason::HEARTBEAT_TIMEOUT;
use fleetui_api::conditions::{ConditionStatus, ORDER};
use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;

use super::main_condition;
use super::{first, line};
use crate::premises::Around;
use crate::row::Row;

/// What an object's trouble comes from.
pub(super) struct Cause {
    /// The reason that the deepest condition gives.
    pub(super) reason: String,
    /// What it says.
    pub(super) line: String,
}

/// How bad a reason is by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It may pass by itself.
    Passing,
    /// Somebody has to provide something first.
    Blocked,
    /// Something was tried and failed.
    Failed,
}

/// Words in reasons that say that something failed. Cluster API and its providers build their reasons from them.
const FAILED: [&str; 9] = [
    "Failed",
    "Error",
    "Invalid",
    "Unhealthy",
    "ObjectDeleted",
    "Corrupted",
    "TimedOut",
    "Timeout",
    "NodeDeleted",
];

/// Words in reasons that say that somebody has to act first.
const BLOCKED: [&str; 10] = [
    "Unavailable",
    "Insufficient",
    "Exhausted",
    "Quota",
    "Denied",
    "Forbidden",
    "DoesNotExist",
    "NotFound",
    "Blocked",
    "Blocking",
];

impl Cause {
    pub(super) fn weight(&self) -> Weight {
        weight(&self.reason)
    }
}

/// Reads the weight of a reason from its words.
pub(super) fn weight(reason: &str) -> Weight {
    // The inspection goes on; a failed look is not a failed thing.
    if reason.ends_with("InspectionFailed") {
        return Weight::Passing;
    }
    // Nothing was tried that failed, and nothing goes on before somebody has looked at the host.
    if reason == HEARTBEAT_TIMEOUT {
        return Weight::Blocked;
    }
    // `WaitingForStartupTimeout`: what is waited for has not failed, whatever it is called.
    if reason.contains("WaitingFor") {
        return Weight::Passing;
    }
    if FAILED.iter().any(|word| reason.contains(word)) {
        Weight::Failed
    } else if BLOCKED.iter().any(|word| reason.contains(word)) {
        Weight::Blocked
    } else {
        Weight::Passing
    }
}

/// Where the trouble that `main` tells of comes from.
pub(super) fn find(row: &Row, main: &CompactCondition, around: &Around<'_>) -> Cause {
    let mut cause = own(row, main);
    if let Some((_, deeper)) = below(row, around) {
        // The mirrored message is the same one; where it is not, the object itself knows best.
        cause.reason = deeper.reason;
        if !deeper.line.is_empty() {
            cause.line = deeper.line;
        }
    }
    cause
}

/// What a machine stands on and what holds it up there.
pub(super) fn below<'a>(row: &Row, around: &Around<'a>) -> Option<(&'a Row, Cause)> {
    let mut objects = stands_on(row, around);
    objects.find_map(|found| deeper(found).map(|cause| (found, cause)))
}

/// What a machine or a pool stands on: its bootstrap configuration and its infrastructure, as far as they are known.
pub(crate) fn stands_on<'a>(row: &Row, around: &Around<'a>) -> impl Iterator<Item = &'a Row> + use<'a> {
    let machine = matches!(row.facts.role, Role::Machine | Role::MachinePool);
    let references = [row.facts.bootstrap.as_ref(), row.facts.infrastructure.as_ref()];
    let found = references.map(|reference| {
        let found = around.find(row, reference.filter(|_| machine)?)?;
        // A reference may name anything; whoever stands above a machine is not stood on.
        is_stood_on(found.facts.role).then_some(found.as_ref())
    });
    found.into_iter().flatten()
}

fn is_stood_on(role: Role) -> bool {
    match role {
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine => false,
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => true,
    }
}

/// The first of an object's own conditions that is not as it should be, the summary aside.
fn own(row: &Row, main: &CompactCondition) -> Cause {
    let inputs = row.facts.conditions.iter().filter(|condition| {
        condition.kind != main.kind
            && condition.kind != "Ready"
            && condition.kind != "Available"
            && !first::only_follows(row, condition)
    });
    let bad = inputs.filter(|condition| condition.status == main.status && !condition.negative());
    let known = bad.clone().filter(|condition| {
        ORDER.contains(&condition.kind.as_str()) || condition.severity.is_some() || sums_up(main, condition)
    });
    let worst = known.max_by_key(|condition| (weight(&condition.reason), condition.severity));
    let said = line::one_line(&first::said(row, main), &main.reason);
    match worst {
        Some(input) if said.is_empty() => Cause {
            reason: input.reason.to_string(),
            line: line::of(input),
        },
        Some(input) => Cause {
            reason: input.reason.to_string(),
            line: said,
        },
        None => Cause {
            reason: main.reason.to_string(),
            line: said,
        },
    }
}

/// Whether a summary says what one of its provider's own conditions says: then that one is meant, and its reason tells more.
fn sums_up(summary: &CompactCondition, input: &CompactCondition) -> bool {
    let said = input.message();
    line::first_type(summary.message()) == Some(input.kind.as_str())
        || (!said.is_empty() && summary.message().contains(said))
}

fn deeper(found: &Row) -> Option<Cause> {
    let main = main_condition(&found.facts).filter(|main| main.status != ConditionStatus::True)?;
    let cause = own(found, main);
    // "Waiting for the Machine" is the other direction of what the machine already says.
    (!cause.reason.is_empty() && !cause.reason.starts_with("WaitingForCluster")).then_some(cause)
}
