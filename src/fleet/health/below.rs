//! What the objects that another one owns say about it: a deployment whose set is blocked is blocked itself, and one whose
//! machines are all on their way is on its way.

use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;

use super::{Health, USUAL_PROVISIONING, Verdict, line, verdict_within};
use crate::premises::Around;
use crate::row::Row;

/// The words by which sets and control planes say that they would scale and cannot.
const BLOCKED: &str = "is blocked because";

/// The check that passes by itself once the control plane's own rollout has ended.
const UNSTABLE_CONTROL_PLANE: &str = "\"ControlPlaneIsStable\" preflight check failed";

/// What holds up an object or what it owns: how bad it is, and why. A MachineDeployment does not say what its MachineSets
/// say, and these are not shown.
pub(super) fn blocked(row: &Row, around: &Around<'_>) -> Option<Verdict> {
    match row.facts.role {
        Role::MachineSet => own(&row.facts, around),
        // It makes one machine after the other, and calls it blocked as long as the last one comes up.
        Role::ControlPlane => own(&row.facts, around).map(|verdict| {
            if on_its_way(row, around) {
                Verdict::new(Health::Progressing, verdict.line)
            } else {
                verdict
            }
        }),
        Role::MachineDeployment => of_sets(row, around),
        Role::Cluster => {
            let deployments = around.members(row, Role::MachineDeployment);
            let held = deployments.filter_map(|deployment| {
                let mut verdict = of_sets(deployment, around)?;
                verdict.line = named(deployment, &verdict.line);
                Some(verdict)
            });
            worst(held)
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
            return own(&set.facts, around);
        }
        let what = format!("unreadable: {}", set.facts.broken.join("; "));
        Some(Verdict::new(Health::Warning, named(set, &what)))
    }))
}

fn named(row: &Row, what: &str) -> String {
    line::flat(&format!(
        "{} {}: {what}",
        row.facts.kind.kind, row.facts.object.name
    ))
}

/// The first of the worst.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    verdicts.reduce(|worst, next| if next.health > worst.health { next } else { worst })
}

fn own(facts: &Facts, around: &Around<'_>) -> Option<Verdict> {
    let condition = facts.conditions.iter().find(|condition| is_blocked(condition))?;
    Some(Verdict::new(weight(condition, around), line::of(condition)))
}

/// Whether a condition says that something would be done and cannot be.
pub(super) fn is_blocked(condition: &CompactCondition) -> bool {
    // The old model has no ScalingUp; there the creation of machines has failed.
    !condition.good()
        && (condition.message().contains(BLOCKED) || condition.reason.starts_with("PreflightCheckFailed"))
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
    let mut moving = false;
    for machine in machines(row, around) {
        match verdict_within(machine, false, around).health {
            Health::Good | Health::Paused => {}
            Health::Progressing => moving = true,
            Health::Unknown | Health::Warning | Health::Failed => return false,
        }
    }
    moving
}

/// The machine that is worst off, and why; it says more than that there are too few.
pub(super) fn culprit(row: &Row, around: &Around<'_>) -> Option<String> {
    let faults = machines(row, around).into_iter().filter_map(|machine| {
        let verdict = verdict_within(machine, false, around);
        let told = verdict.health.is_fault() && !verdict.line.is_empty();
        told.then_some((verdict.health, machine, verdict.line))
    });
    // The first of the worst.
    let worst = faults.reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
    worst.map(|(_, machine, line)| named(machine, &line))
}

fn machines<'a>(row: &'a Row, around: &Around<'a>) -> Vec<&'a Row> {
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
