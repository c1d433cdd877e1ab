//! What people are told of what a control plane does, and of what it waits for.

use fleetui_api::v1beta2::KubeadmControlPlane;

use super::observe::Observed;
use super::status;
use crate::change::Change;
use crate::events::{Happening, Tale};
use crate::kinds::Watched;
use crate::object::Object;

/// What is told of one change: success is seen from the machines themselves.
pub(super) fn tale(observed: &Observed, change: &Change) -> Tale {
    let control_plane = observed.control_plane.as_ref();
    let cluster = cluster(observed);
    match change {
        Change::Create { .. } => {
            let (reason, message) = not_grown(observed);
            Tale::of_failure(control_plane, reason, message)
        }
        Change::Delete { id, .. } if id.kind == Watched::Machine && control_plane.is_deleting() => {
            Tale::of_failure(
                control_plane,
                "FailedDelete",
                format!("Failed to delete control plane Machines for cluster {cluster} control plane"),
            )
        }
        Change::Delete { id, .. } if id.kind == Watched::Machine => Tale::of_failure(
            control_plane,
            "FailedScaleDown",
            format!(
                "Failed to delete control plane Machine {} for cluster {cluster} control plane",
                id.name.name
            ),
        ),
        Change::Delete { .. }
        | Change::Patch { .. }
        | Change::PatchStatus { .. }
        | Change::CreateSecret(_)
        | Change::PatchSecret { .. }
        | Change::Workload { .. }
        | Change::Etcd { .. } => Tale::default(),
    }
}

fn cluster(observed: &Observed) -> String {
    let cluster = observed.cluster.as_ref();
    cluster
        .map(|cluster| format!("{}/{}", cluster.namespace(), cluster.name()))
        .unwrap_or_default()
}

/// Reason and message where no machine could be made.
fn not_grown(observed: &Observed) -> (&'static str, String) {
    let cluster = cluster(observed);
    if observed.machines.is_empty() && !status::is_initialized(observed) {
        let message =
            format!("Failed to create initial control plane Machine for cluster {cluster} control plane");
        return ("FailedInitialization", message);
    }
    let message = format!("Failed to create additional control plane Machine for cluster {cluster}");
    ("FailedScaleUp", message)
}

/// That there is nothing to make a machine from.
pub(super) fn cannot_grow(observed: &Observed, why: &str) -> Happening {
    let (reason, message) = not_grown(observed);
    Happening::warning(&observed.control_plane, reason, format!("{message}: {why}")).lasting()
}

/// That machines are not well enough for the next change.
pub(super) fn unhealthy(control_plane: &Object<KubeadmControlPlane>, problems: &[String]) -> Happening {
    let problems = match problems {
        [one] => one.clone(),
        [..] => format!("[{}]", problems.join(", ")),
    };
    let message =
        format!("Waiting for control plane to pass preflight checks to continue reconciliation: {problems}");
    Happening::warning(control_plane, "ControlPlaneUnhealthy", message).lasting()
}

/// That a machine of the cluster cannot become this control plane's.
pub(super) fn refused(control_plane: &Object<KubeadmControlPlane>, why: &str) -> Happening {
    Happening::warning(control_plane, "AdoptionFailed", why).lasting()
}
