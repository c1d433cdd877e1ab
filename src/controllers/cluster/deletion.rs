//! The order in which a Cluster is taken apart: workers, control plane, infrastructure.

use fleetui_api::labels::finalizer;
use fleetui_api::v1beta2::{Cluster, Kind};

use super::observe::Observed;
use crate::change::{Change, Outcome};
use crate::counting::listed;
use crate::external::External;
use crate::object::{Metadata, Object};

/// Plans the next step of a deletion, and tells where it stands: reason and message.
pub(super) fn plan(observed: &Observed, outcome: &mut Outcome<Cluster>) -> (&'static str, String) {
    delete_all(&observed.pools, outcome);
    delete_all(&observed.deployments, outcome);
    delete_all(&observed.lone_sets, outcome);
    outcome.changes.extend(
        observed
            .lone_workers()
            .filter_map(|machine| Change::delete(machine)),
    );
    if matches!(observed.control_plane, External::None) {
        delete_all(&observed.control_plane_machines, outcome);
    }
    let mut left = Vec::new();
    left.extend(bullet("MachinePools", &observed.pools));
    left.extend(bullet("MachineDeployments", &observed.deployments));
    left.extend(bullet("MachineSets", &observed.sets));
    left.extend(bullet("Worker Machines", &observed.workers));
    if !left.is_empty() {
        outcome.look_again(observed.recheck);
        return ("WaitingForWorkersDeletion", left.join("\n"));
    }
    for (external, reason) in [
        (&observed.control_plane, "WaitingForControlPlaneDeletion"),
        (&observed.infrastructure, "WaitingForInfrastructureDeletion"),
    ] {
        if let External::Found(entry) = external {
            outcome.changes.extend(external.delete());
            outcome.look_again(observed.recheck);
            return (
                reason,
                format!("Waiting for {} to be deleted", entry.id.kind.kind()),
            );
        }
    }
    if !observed.control_plane_machines.is_empty() {
        let left = bullet("Control plane Machines", &observed.control_plane_machines);
        return ("WaitingForControlPlaneDeletion", left.unwrap_or_default());
    }
    outcome.object.metadata.remove_finalizer(finalizer::CLUSTER);
    ("DeletionCompleted", "Deletion completed".to_owned())
}

fn delete_all<K: Kind>(objects: &[std::sync::Arc<Object<K>>], outcome: &mut Outcome<Cluster>) {
    outcome
        .changes
        .extend(objects.iter().filter_map(|object| Change::delete(object)));
}

/// `* MachineDeployments: a, b`; at most three names.
fn bullet<K: Kind>(title: &str, objects: &[std::sync::Arc<Object<K>>]) -> Option<String> {
    let names: Vec<&str> = objects.iter().map(|object| object.name()).collect();
    (!names.is_empty()).then(|| format!("* {title}: {}", listed(&names, 3)))
}
