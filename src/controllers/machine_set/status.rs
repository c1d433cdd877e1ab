//! What a MachineSet tells of itself.

use fleetui_api::conditions::Condition;
use fleetui_api::v1beta2::MachineSet;

use super::observe::Observed;
use super::{old_status, plan};
use crate::change::Outcome;
use crate::counting;

/// Writes counters and conditions. `preflight` is why no machine may be created.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<MachineSet>, preflight: &[String]) {
    let (set, machines, now) = (observed.set.as_ref(), observed.machines.as_slice(), observed.now);
    let counts = counting::count(machines);
    let desired = if set.is_deleting() {
        0
    } else {
        set.spec.replicas.unwrap_or(1)
    };
    let stage = set.is_deleting().then(|| {
        let mut message = if machines.is_empty() {
            "Deletion completed".to_owned()
        } else {
            let plural = if machines.len() == 1 { "" } else { "s" };
            format!("Deleting {} Machine{plural}", machines.len())
        };
        if let Some(slow) = counting::slow_deletions(machines, now) {
            message.push('\n');
            message.push_str(&slow);
        }
        (
            if machines.is_empty() {
                "DeletionCompleted"
            } else {
                "Deleting"
            },
            message,
        )
    });
    let conditions = [
        scaling_up(observed, desired, counts.replicas, preflight),
        counting::scaling_down(desired, counts.replicas, machines, now),
        counting::machines_ready("MachinesReady", machines),
        counting::machines_up_to_date("MachinesUpToDate", machines, now),
        counting::remediating_by("MachineSet", machines),
        counting::deleting(stage),
    ];
    for condition in conditions {
        outcome.object.set_condition(condition, now);
    }
    // By then the defaults are written.
    let selector = outcome.object.spec.selector.text();
    let status = &mut outcome.object.status;
    status.observed_generation = set.metadata.generation;
    status.selector = selector;
    status.replicas = Some(counts.replicas);
    status.ready_replicas = Some(counts.ready);
    status.available_replicas = Some(counts.available);
    status.up_to_date_replicas = Some(counts.up_to_date);
    status.versions = counts.versions;
    old_status::write(observed, outcome, preflight);
}

/// `ScalingUp`; a missing template is told also while nothing has to be made from it.
fn scaling_up(observed: &Observed, desired: i32, current: i32, preflight: &[String]) -> Condition {
    let missing = plan::missing_templates(observed).filter(|_| !observed.set.is_deleting());
    let blocked: Vec<String> = preflight.iter().chain(&missing).cloned().collect();
    let mut told = counting::scaling_up(desired, current, &blocked);
    if let (true, Some(missing)) = (desired <= current, missing) {
        told.message = format!("Scaling up would be blocked because {missing}");
    }
    told
}
