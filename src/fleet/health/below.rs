//! What the objects that another one owns say about it: a deployment whose set is blocked is blocked itself, and one whose
//! machines are all on their way is on its way.

use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;

use super::{Health, USUAL_PROVISIONING, Verdict, line, word};
use crate::premises::Around;
use crate::row::Row;

/// The words by which sets and control planes say that they would scale and cannot.
const BLOCKED: &str = "is blocked because";

/// The check that passes by itself once the control plane's own rollout has ended.
const UNSTABLE_CONTROL_PLANE: &str = "\"ControlPlaneIsStable\" preflight check failed";

/// What that check says of a control plane that was never up.
const PROVISIONING: &str = " is provisioning";

/// What holds up an object or what it owns: how bad it is, and why. A MachineDeployment does not say what its MachineSets
/// say, and these are not shown. With it the condition of its own that says so, where it has one.
pub(super) fn blocked<'a>(
    row: &'a Row,
    around: &Around<'_>,
) -> Option<(Verdict, Option<&'a CompactCondition>)> {
    match row.facts.role {
        Role::MachineSet => own(&row.facts, around).map(|(verdict, condition)| (verdict, Some(condition))),
        // It makes one machine after the other, and calls it blocked as long as the last one comes up.
        Role::ControlPlane => own(&row.facts, around).map(|(verdict, condition)| {
            let verdict = if on_its_way(row, around) {
                Verdict::new(Health::Progressing, verdict.line)
            } else {
                verdict
            };
            (verdict, Some(condition))
        }),
        Role::MachineDeployment => of_sets(row, around).map(|verdict| (verdict, None)),
        Role::Cluster => {
            let deployments = around.members(row, Role::MachineDeployment);
            let held = deployments.filter_map(|deployment| {
                let mut verdict = of_sets(deployment, around)?;
                verdict.line = named(deployment, &verdict.line);
                Some(verdict)
            });
            worst(held).map(|verdict| (verdict, None))
        }
        Role::MachinePool
        | Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => None,
    }
}

fn of_sets(deployment: &Row, around: &Around<'_>) -> Option<Verdict> {
    let sets = around.owned(deployment, Role::MachineSet);
    worst(sets.filter_map(|set| {
        if set.facts.broken.is_empty() {
            return own(&set.facts, around).map(|(verdict, _)| verdict);
        }
        let what = format!("unreadable: {}", set.facts.broken.join("; "));
        Some(Verdict::new(Health::Warning, named(set, &what)))
    }))
}

/// A line with whose it is before it; whatever the name, the line itself stays whole.
pub(super) fn named(row: &Row, what: &str) -> String {
    let whose = format!("{} {}", row.facts.kind.kind, row.facts.object.name);
    format!("{}: {what}", line::flat(&whose))
}

/// The first of the worst.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    verdicts.reduce(|worst, next| if next.health > worst.health { next } else { worst })
}

fn own<'a>(facts: &'a Facts, around: &Around<'_>) -> Option<(Verdict, &'a CompactCondition)> {
    let condition = facts.conditions.iter().find(|condition| is_blocked(condition))?;
    let verdict = Verdict::new(weight(condition, around), line::of(condition));
    Some((verdict, condition))
}

/// Whether a condition says that something would be done and cannot be.
pub(super) fn is_blocked(condition: &CompactCondition) -> bool {
    // The old model has no ScalingUp; there the creation of machines has failed.
    !condition.good()
        && (condition.message().contains(BLOCKED) || condition.reason.starts_with("PreflightCheckFailed"))
}

/// Whether a set is held up by nothing but that the control plane of its cluster was never up.
pub(super) fn waits_for_first_control_plane(condition: &CompactCondition) -> bool {
    let bullets = || {
        let lines = condition.message().lines();
        lines.filter(|line| line.trim_start().starts_with("* "))
    };
    let is_first = |line: &str| line.contains(UNSTABLE_CONTROL_PLANE) && line.contains(PROVISIONING);
    is_blocked(condition) && bullets().count() > 0 && bullets().all(is_first)
}

/// Waiting for the control plane's rollout is no trouble, as long as it does not last.
pub(super) fn weight(condition: &CompactCondition, around: &Around<'_>) -> Health {
    let bullets = || {
        condition
            .message()
            .lines()
            .filter(|line| line.trim_start().starts_with("* "))
    };
    let waits = bullets().count() > 0 && bullets().all(|line| line.contains(UNSTABLE_CONTROL_PLANE));
    let lately = || {
        condition
            .since()
            .is_some_and(|since| !around.older(since, USUAL_PROVISIONING))
    };
    if waits && lately() {
        Health::Progressing
    } else {
        Health::Warning
    }
}

/// Whether some of an object's machines are on their way, and all others are well.
pub(super) fn on_its_way(row: &Row, around: &Around<'_>) -> bool {
    motion(row, around) == Motion::Moving
}

/// Whether one of an object's machines does not go on by itself, so that the object does not either.
pub(super) fn is_held(row: &Row, around: &Around<'_>) -> bool {
    motion(row, around) == Motion::Held
}

/// What an object's machines are at, all together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Motion {
    /// All are well, or there are none.
    Still,
    /// Some are on their way, the others well.
    Moving,
    /// One at least needs somebody.
    Held,
}

fn motion(row: &Row, around: &Around<'_>) -> Motion {
    let mut motion = Motion::Still;
    for machine in machines(row, around) {
        match word(machine, around) {
            Health::Good | Health::Paused => {}
            Health::Progressing => motion = Motion::Moving,
            Health::Unknown | Health::Warning | Health::Failed => return Motion::Held,
        }
    }
    motion
}

/// The machines that an object makes.
pub(super) fn machines<'a>(row: &'a Row, around: &Around<'a>) -> Vec<&'a Row> {
    match row.facts.role {
        Role::Cluster => around.members(row, Role::Machine).collect(),
        Role::MachineDeployment => around
            .owned(row, Role::MachineSet)
            .flat_map(|set| around.owned(set, Role::Machine))
            .collect(),
        Role::ControlPlane | Role::MachineSet | Role::MachinePool => {
            around.owned(row, Role::Machine).collect()
        }
        Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
