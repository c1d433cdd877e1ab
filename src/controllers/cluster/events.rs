//! What people are told when a Cluster has come further.

use fleetui_api::labels::finalizer;
use fleetui_api::v1beta2::{Cluster, ClusterInitialization};

use super::observe::Observed;
use crate::events::Happening;
use crate::external::External;
use crate::object::{Metadata, Object};

/// Whether a cluster has come so far.
type Milestone = fn(&ClusterInitialization) -> Option<bool>;

/// What is told when the cluster becomes `new`.
pub(super) fn happenings(observed: &Observed, new: &Object<Cluster>) -> Vec<Happening> {
    let old = observed.cluster.as_ref();
    let name = old.name();
    let mut told = Vec::new();
    let mut tell = |reason, message: String| told.push(Happening::normal(old, reason, message));
    let milestones: [(&External, Milestone, _, _); 2] = [
        (
            &observed.infrastructure,
            |reached| reached.infrastructure_provisioned,
            "InfrastructureReady",
            "InfrastructureProvisioned",
        ),
        (
            &observed.control_plane,
            |reached| reached.control_plane_initialized,
            "ControlPlaneInitialized",
            "ControlPlaneInitialized",
        ),
    ];
    for (external, milestone, reason, what) in milestones {
        let reached = |object: &Object<Cluster>| {
            let reached = object.status.initialization.as_ref();
            reached.and_then(milestone) == Some(true)
        };
        if external.entry().is_some() && !reached(old) && reached(new) {
            tell(reason, format!("Cluster {name} {what} is now True"));
        }
    }
    if old.status.phase != new.status.phase
        && let Some(phase) = new.status.phase.as_deref().and_then(reason)
    {
        tell(phase, format!("Cluster {name} is {phase}"));
    }
    let held = |object: &Object<Cluster>| object.metadata.has_finalizer(finalizer::CLUSTER);
    if old.is_deleting() && held(old) && !held(new) {
        tell("Deleted", format!("Cluster {name} has been deleted"));
    }
    told
}

/// A phase is the reason of its own Event.
fn reason(phase: &str) -> Option<&'static str> {
    let phases = ["Pending", "Provisioning", "Provisioned", "Deleting"];
    phases.into_iter().find(|known| *known == phase)
}
