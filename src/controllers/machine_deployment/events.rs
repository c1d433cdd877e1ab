//! What people are told of what a MachineDeployment does.

use std::sync::Arc;

use fleetui_api::v1beta2::MachineSet;

use super::observe::Observed;
use crate::change::Change;
use crate::events::Tale;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;

/// What is told of one change.
pub(super) fn tale(observed: &Observed, change: &Change) -> Tale {
    let deployment = observed.deployment.as_ref();
    match change {
        Change::Create { id, object } => {
            let spec = object.data.get("spec");
            let replicas = spec.and_then(|spec| spec.get("replicas")?.as_i64()).unwrap_or(0);
            Tale::of(
                deployment,
                (
                    "SuccessfulCreate",
                    format!("Created MachineSet {} with {replicas} replicas", id.name),
                ),
                ("FailedCreate", format!("Failed to create MachineSet {}", id.name)),
            )
        }
        // All of them go with the deployment.
        Change::Delete { id, .. } if !deployment.is_deleting() => Tale::of_deletion(deployment, id),
        Change::Patch { id, patch, .. } if id.kind == Watched::MachineSet => {
            let replicas = patch
                .pointer("/spec/replicas")
                .and_then(serde_json::Value::as_i64);
            patched(observed, id, replicas)
        }
        Change::Delete { .. }
        | Change::Patch { .. }
        | Change::PatchStatus { .. }
        | Change::CreateSecret(_)
        | Change::PatchSecret { .. }
        | Change::Workload { .. }
        | Change::Etcd { .. } => Tale::default(),
    }
}

/// A set becomes the deployment's own, gets more or fewer replicas, or something else of it changes.
fn patched(observed: &Observed, id: &ObjectId, replicas: Option<i64>) -> Tale {
    let (deployment, name) = (observed.deployment.as_ref(), id.name.name.as_str());
    if named(&observed.strays, name).is_some() {
        return Tale::of_adoption(deployment, id);
    }
    let before = named(&observed.sets, name).and_then(|set| set.spec.replicas);
    let Some(replicas) = replicas else {
        let failed = format!("Failed to update MachineSet {}", id.name);
        return Tale::of_failure(deployment, "FailedUpdate", failed);
    };
    let before = i64::from(before.unwrap_or(0));
    // A paused deployment only shares its replicas out, which has words of its own.
    let scaled = if deployment.spec.paused == Some(true) {
        format!("Scaled MachineSet {}: {before} -> {replicas}", id.name)
    } else {
        let way = if replicas < before { "down" } else { "up" };
        format!("Scaled {way} MachineSet {name}: {before} -> {replicas}")
    };
    Tale::of(
        deployment,
        ("SuccessfulScale", scaled),
        ("FailedScale", format!("Failed to scale MachineSet {}", id.name)),
    )
}

fn named<'a>(sets: &'a [Arc<Object<MachineSet>>], name: &str) -> Option<&'a Arc<Object<MachineSet>>> {
    sets.iter().find(|set| set.name() == name)
}
