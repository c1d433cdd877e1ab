//! What people are told of a Machine's node: that it is found, drained, without volumes, or cannot be got rid of.

use fleetui_api::labels;
use fleetui_api::v1beta2::Machine;

use super::deletion;
use super::leaving::Answer;
use super::observe::Observed;
use crate::change::{Change, WorkloadWrite};
use crate::events::{Happening, Tale};
use crate::object::Object;

/// Stages of a deletion in which nothing of the node is waited for any more but its end.
const AFTER_NODE: [&str; 5] = [
    "WaitingForPreTerminateHook",
    "WaitingForInfrastructureDeletion",
    "WaitingForBootstrapDeletion",
    "DeletingNode",
    "DeletionCompleted",
];

/// What is told of one change.
pub(super) fn tale(observed: &Observed, change: &Change) -> Tale {
    let Change::Workload {
        write: WorkloadWrite::Patch { target, patch, .. },
        ..
    } = change
    else {
        return Tale::default();
    };
    let labelled = patch.pointer("/metadata/labels").is_some_and(|patched| {
        patched
            .get(labels::INTERRUPTIBLE)
            .is_some_and(|value| !value.is_null())
    });
    let done = labelled.then(|| {
        let reason = "SuccessfulSetInterruptibleNodeLabel";
        Happening::normal(observed.machine.as_ref(), reason, target.name.as_str())
    });
    Tale { done, failed: None }
}

/// What is told when the machine becomes `new`.
pub(super) fn happenings(observed: &Observed, new: &Object<Machine>) -> Vec<Happening> {
    let old = observed.machine.as_ref();
    if old.is_deleting() {
        return leaving(observed, new);
    }
    let found = new
        .status
        .node_ref
        .as_ref()
        .filter(|_| old.status.node_ref.is_none());
    let found = found.map(|node| Happening::normal(old, "SuccessfulSetNodeRef", node.name.as_str()));
    found.into_iter().collect()
}

fn leaving(observed: &Observed, new: &Object<Machine>) -> Vec<Happening> {
    let old = observed.machine.as_ref();
    let node = deletion::node_name(observed).unwrap_or_default();
    let stage = |object: &Object<Machine>| {
        let told = object.condition("Deleting");
        told.map(|told| told.reason.to_string()).unwrap_or_default()
    };
    let (before, after) = (stage(old), stage(new));
    let passed = |stage: &str| AFTER_NODE.contains(&stage);
    let mut told = Vec::new();
    match &observed.leaving.drain {
        Answer::Failed(why) => told.push(Happening::warning(
            old,
            "FailedDrainNode",
            format!("error draining Machine's node {node:?}: {why}"),
        )),
        Answer::Is(drained) if drained.is_complete() => {
            if before == "DrainingNode" && after != before {
                let message = format!("success draining Machine's node {node:?}");
                told.push(Happening::normal(old, "SuccessfulDrainNode", message));
            }
        }
        Answer::Is(_) | Answer::NotAsked => {}
    }
    match &observed.leaving.volumes {
        Answer::Failed(why) => told.push(Happening::warning(
            old,
            "FailedWaitForVolumeDetach",
            format!("error waiting for node volumes detaching, Machine's node {node:?}: {why}"),
        )),
        Answer::Is(attached) if attached.is_empty() => {
            if !passed(&before) && passed(&after) {
                let message = format!("success waiting for node volumes detaching Machine's node {node:?}");
                told.push(Happening::normal(old, "NodeVolumesDetached", message));
            }
        }
        Answer::Is(_) | Answer::NotAsked => {}
    }
    if let Answer::Failed(why) = &observed.leaving.node {
        let message = format!("error deleting Machine's Node: {why}");
        told.push(Happening::warning(old, "FailedDeleteNode", message));
    }
    told
}
