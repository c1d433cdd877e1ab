//! What people are told of what a MachineSet does.

use super::observe::Observed;
use super::remediation;
use crate::change::Change;
use crate::events::Tale;
use crate::kinds::{ObjectId, Watched};

/// What is told of one change.
pub(super) fn tale(observed: &Observed, change: &Change) -> Tale {
    match change {
        Change::Create { id, .. } => created(observed, id),
        Change::Delete { id, .. } if shrinks(observed, id) => Tale::of_deletion(&observed.set, id),
        Change::Patch { id, .. } if is_stray(observed, id) => Tale::of_adoption(&observed.set, id),
        Change::Delete { .. }
        | Change::Patch { .. }
        | Change::PatchStatus { .. }
        | Change::CreateSecret(_)
        | Change::PatchSecret { .. }
        | Change::Workload { .. }
        | Change::Etcd { .. } => Tale::default(),
    }
}

/// Of what a Machine is made of, only failure is news.
fn created(observed: &Observed, id: &ObjectId) -> Tale {
    let (set, kind, name) = (observed.set.as_ref(), id.kind.kind(), id.name.name.as_str());
    let failed = format!("Failed to create {kind} {name:?}");
    if id.kind == Watched::Machine {
        let done = format!("Created Machine {name:?}");
        Tale::of(set, ("SuccessfulCreate", done), ("FailedCreate", failed))
    } else {
        Tale::of_failure(set, "FailedCreate", failed)
    }
}

/// Whether a machine goes because there are too many, and not because it is replaced or all of them go.
fn shrinks(observed: &Observed, id: &ObjectId) -> bool {
    let mut machines = observed.machines.iter();
    let going = machines.find(|machine| machine.name() == id.name.name);
    id.kind == Watched::Machine
        && !observed.set.is_deleting()
        && going.is_some_and(|machine| !remediation::is_ill(machine))
}

fn is_stray(observed: &Observed, id: &ObjectId) -> bool {
    let mut strays = observed.strays.iter();
    id.kind == Watched::Machine && strays.any(|machine| machine.name() == id.name.name)
}
