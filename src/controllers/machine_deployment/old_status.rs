//! What a MachineDeployment shows v1beta1 clients: counters by nodes, and conditions with severities.

use std::sync::Arc;

use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::{MachineDeployment, MachineSet, MachineSetDeprecatedV1Beta1};
use fleetui_rules::old_conditions::{bad, find, good, mirror};

use super::observe::Observed;
use super::plan::strategy;
use super::revision;
use crate::change::Outcome;
use crate::object::Object;
use crate::old_conditions::OldStatus;

/// Writes counters and conditions.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<MachineDeployment>) {
    let (deployment, now) = (observed.deployment.as_ref(), observed.now);
    let current = revision::current(deployment, &observed.sets, now);
    let sum = |of: fn(&MachineSetDeprecatedV1Beta1) -> Option<i32>| -> i32 {
        let counters = observed.sets.iter().filter_map(|set| counters(set));
        counters.map(|counters| of(counters).unwrap_or(0)).sum()
    };
    let available = sum(|counters| counters.available_replicas);
    let total: i32 = observed
        .sets
        .iter()
        .map(|set| {
            let spec = set.spec.replicas.unwrap_or(0);
            spec.max(set.status.replicas.unwrap_or(0))
        })
        .sum();
    let shown = outcome
        .object
        .status
        .deprecated
        .get_or_insert_default()
        .v1beta1
        .get_or_insert_default();
    shown.updated_replicas = Some(current.and_then(|set| set.status.replicas).unwrap_or(0));
    shown.ready_replicas = Some(sum(|counters| counters.ready_replicas));
    shown.available_replicas = Some(available);
    shown.unavailable_replicas = Some((total - available).max(0));

    let replicas = deployment.spec.replicas.unwrap_or(1);
    let needed = replicas - strategy(&deployment.spec).max_unavailable(replicas);
    let object = &mut outcome.object;
    let told = if available >= needed {
        good("Available")
    } else {
        let current = object.status.available_replicas.unwrap_or(0);
        bad(
            "Available",
            "WaitingForAvailableMachines",
            Severity::Warning,
            format!("Minimum availability requires {needed} replicas, current {current} available"),
        )
    };
    object.set_old(told, now);
    let ready = current.map(|set| find(set.status.old(), "Ready"));
    let waiting = |message: &str| bad("MachineSetReady", "WaitingForMachineSet", Severity::Info, message);
    let told = match ready {
        Some(Some(ready)) => mirror(ready, "MachineSetReady"),
        Some(None) => waiting(""),
        None => waiting("MachineSet not found"),
    };
    object.set_old(told, now);
    object.summarise_old(&["Available", "MachineSetReady"], None, now);
}

fn counters(set: &Arc<Object<MachineSet>>) -> Option<&MachineSetDeprecatedV1Beta1> {
    set.status.deprecated.as_ref()?.v1beta1.as_ref()
}
