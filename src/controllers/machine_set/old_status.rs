//! What a MachineSet shows v1beta1 clients: counters by nodes, and conditions with severities.

use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::{Machine, MachineSet};
use fleetui_rules::old_conditions::{OldSource, aggregate, bad, find, good};
use jiff::SignedDuration;

use super::observe::Observed;
use super::plan;
use crate::change::Outcome;
use crate::counting::number;
use crate::object::{Metadata, Object};
use crate::old_conditions::OldStatus;

/// Writes counters and conditions. `preflight` is why no machine may be made.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<MachineSet>, preflight: &[String]) {
    let (set, machines, now) = (observed.set.as_ref(), &observed.machines, observed.now);
    let count = |counts: &dyn Fn(&Object<Machine>) -> bool| {
        number(machines.iter().filter(|machine| counts(machine)).count())
    };
    let ready = count(&|machine| machine.is_true("NodeReady"));
    let counters = outcome
        .object
        .status
        .deprecated
        .get_or_insert_default()
        .v1beta1
        .get_or_insert_default();
    let template = &set.spec.template.metadata.labels;
    counters.fully_labeled_replicas = Some(count(&|machine| {
        let own = machine.metadata.all_labels();
        template.iter().all(|(key, value)| own.get(key) == Some(value))
    }));
    counters.ready_replicas = Some(ready);
    counters.available_replicas = Some(count(&|machine| is_available(observed, machine)));
    let current = number(machines.len());
    let desired = if set.is_deleting() {
        0
    } else {
        set.spec.replicas.unwrap_or(1)
    };
    let resized = match current.cmp(&desired) {
        std::cmp::Ordering::Less => Some(("ScalingUp", "up")),
        std::cmp::Ordering::Greater => Some(("ScalingDown", "down")),
        std::cmp::Ordering::Equal => None,
    };
    let object = &mut outcome.object;
    if let Some((reason, way)) = resized {
        let text = format!("Scaling {way} MachineSet to {desired} replicas (actual {current})");
        object.set_old(bad("Resized", reason, Severity::Warning, text), now);
    } else if ready == current || object.old("Resized").is_none() {
        // It is done once the machines work.
        object.set_old(good("Resized"), now);
    }
    match uncreated(observed, preflight).filter(|_| current < desired) {
        Some((reason, text)) => {
            object.set_old(bad("MachinesCreated", reason, Severity::Error, text), now);
        }
        None if current >= desired || object.old("MachinesCreated").is_none() => {
            object.set_old(good("MachinesCreated"), now);
        }
        None => {}
    }
    let sources: Vec<OldSource> = machines
        .iter()
        .map(|machine| OldSource {
            kind: "Machine".to_owned(),
            name: machine.name().to_owned(),
            ready: find(machine.status.old(), "Ready").cloned(),
        })
        .collect();
    if machines.is_empty() {
        object.set_old(good("MachinesReady"), now);
    } else if let Some(machines_ready) = aggregate("MachinesReady", &sources) {
        object.set_old(machines_ready, now);
    }
    object.summarise_old(&["MachinesCreated", "Resized", "MachinesReady"], None, now);
}

/// What is told when the server does not take a machine, or what it is made of; nothing where there are enough of them.
pub(super) fn refused(observed: &Observed, why: &str) -> Option<Outcome<MachineSet>> {
    let set = observed.set.as_ref();
    let desired = set.spec.replicas.unwrap_or(1);
    if set.is_deleting() || number(observed.machines.len()) >= desired {
        return None;
    }
    let mut outcome = Outcome::unchanged(set);
    let told = bad("MachinesCreated", "MachineCreationFailed", Severity::Error, why);
    outcome.object.set_old(told, observed.now);
    let kinds = ["MachinesCreated", "Resized", "MachinesReady"];
    outcome.object.summarise_old(&kinds, None, observed.now);
    Some(outcome)
}

/// Why no machine can be made.
fn uncreated(observed: &Observed, preflight: &[String]) -> Option<(&'static str, String)> {
    if !preflight.is_empty() {
        return Some(("PreflightCheckFailed", preflight.join("; ")));
    }
    let text = plan::missing_templates(observed)?;
    let reason = match observed.bootstrap.missing() {
        Some(_) => "BootstrapTemplateCloningFailed",
        None => "InfrastructureTemplateCloningFailed",
    };
    Some((reason, text))
}

/// Whether the machine's node has been Ready for long enough.
fn is_available(observed: &Observed, machine: &Object<Machine>) -> bool {
    let minimum = observed.set.spec.template.spec.min_ready_seconds.unwrap_or(0);
    machine
        .condition("NodeReady")
        .filter(|_| machine.is_true("NodeReady"))
        .is_some_and(|ready| {
            let since = ready.since.unwrap_or(observed.now);
            observed.now.duration_since(since) >= SignedDuration::from_secs(minimum.into())
        })
}
