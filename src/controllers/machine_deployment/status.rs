//! What a MachineDeployment tells of itself.

use std::fmt::Write as _;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::{MachineDeployment, MachineDeploymentStatus, MachineSetStatus};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::phase;
use fleetui_rules::rollout::Strategy;

use super::observe::Observed;
use super::old_status;
use super::plan::strategy;
use crate::change::Outcome;
use crate::counting;

/// Writes counters, conditions and the phase.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<MachineDeployment>) {
    let (deployment, now) = (observed.deployment.as_ref(), observed.now);
    let machines = observed.machines.as_slice();
    let sum = |of: fn(&MachineSetStatus) -> Option<i32>| {
        observed
            .sets
            .iter()
            .map(|set| of(&set.status).unwrap_or(0))
            .sum::<i32>()
    };
    let replicas = sum(|status| status.replicas);
    let available = sum(|status| status.available_replicas);
    let deleting = deployment.is_deleting();
    let desired = if deleting {
        Some(0)
    } else {
        deployment.spec.replicas
    };
    let missing = observed.missing.clone().filter(|_| !deleting);
    let conditions = [
        available_condition(observed, available),
        counting::rolling_out(machines),
        scaling_up(missing, desired.unwrap_or(0), replicas),
        counting::scaling_down(desired.unwrap_or(0), replicas, machines, now),
        counting::machines_ready("MachinesReady", machines),
        counting::machines_up_to_date("MachinesUpToDate", machines, now),
        counting::remediating_by("MachineDeployment/MachineSet", machines),
        counting::deleting(deleting.then(|| stage(observed))),
    ];
    for condition in conditions {
        outcome.object.set_condition(condition, now);
    }
    let phase = phase::deployment(desired, Some(replicas), deleting);
    let before = std::mem::take(&mut outcome.object.status);
    outcome.object.status = MachineDeploymentStatus {
        conditions: before.conditions,
        observed_generation: deployment.metadata.generation,
        // By then the defaults are written.
        selector: outcome.object.spec.selector.text(),
        replicas: Some(replicas),
        ready_replicas: Some(sum(|status| status.ready_replicas)),
        available_replicas: Some(available),
        up_to_date_replicas: Some(up_to_date(observed)),
        versions: counting::count(machines).versions,
        phase: Some(phase.to_string()),
        deprecated: before.deprecated,
    };
    old_status::write(observed, outcome);
}

/// `ScalingUp`; a missing template is told also while nothing has to be made from it. As nothing else can be in the way, it
/// needs no list as that of a MachineSet does.
fn scaling_up(missing: Option<String>, desired: i32, current: i32) -> Condition {
    let mut told = counting::scaling_up(desired, current, &[]);
    if let Some(missing) = missing {
        let blocked = match told.status {
            ConditionStatus::True => format!("{} is blocked", told.message),
            ConditionStatus::False | ConditionStatus::Unknown => "Scaling up would be blocked".to_owned(),
        };
        told.message = format!("{blocked} because {missing}");
    }
    told
}

/// Machines of the current template: those that say so themselves.
fn up_to_date(observed: &Observed) -> i32 {
    counting::count(&observed.machines).up_to_date
}

fn stage(observed: &Observed) -> (&'static str, String) {
    match observed.sets.len() {
        0 => ("DeletionCompleted", "Deletion completed".to_owned()),
        1 => ("Deleting", "Deleting 1 MachineSet".to_owned()),
        sets => ("Deleting", format!("Deleting {sets} MachineSets")),
    }
}

fn available_condition(observed: &Observed, available: i32) -> Condition {
    let deployment = observed.deployment.as_ref();
    if deployment.is_deleting() {
        return condition(
            "Available",
            ConditionStatus::False,
            "NotAvailable",
            "Deletion in progress",
        );
    }
    let Some(replicas) = deployment.spec.replicas else {
        return condition(
            "Available",
            ConditionStatus::Unknown,
            "WaitingForReplicasSet",
            "Waiting for spec.replicas set",
        );
    };
    // A new MachineSet says nothing yet; those that do are enough to go by, as they are upstream.
    if observed
        .sets
        .iter()
        .all(|set| set.status.available_replicas.is_none())
    {
        let message = "Waiting for status.availableReplicas set on MachineSets";
        return condition(
            "Available",
            ConditionStatus::Unknown,
            "WaitingForAvailableReplicasSet",
            message,
        );
    }
    let strategy = strategy(&deployment.spec);
    let required = replicas - strategy.max_unavailable(replicas);
    if available >= required {
        return condition("Available", ConditionStatus::True, "Available", "");
    }
    let mut message = format!("{available} available replicas, at least {required} required");
    if let Strategy::RollingUpdate { max_unavailable, .. } = strategy {
        let _ = write!(
            message,
            " (spec.strategy.rollout.maxUnavailable is {max_unavailable}, spec.replicas is {replicas})"
        );
    }
    condition("Available", ConditionStatus::False, "NotAvailable", message)
}
