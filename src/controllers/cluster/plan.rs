//! What a Cluster should do next.

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{Cluster, Endpoint};

use super::observe::Observed;
use super::{deletion, status};
use crate::change::Outcome;
use crate::external::External;
use crate::object::Metadata;
use crate::pausing;

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<Cluster> {
    let cluster = observed.cluster.as_ref();
    let mut outcome = Outcome::unchanged(cluster);
    let paused = pausing::paused(cluster, Some(cluster));
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if cluster.is_deleting() {
        let stage = deletion::plan(observed, &mut outcome);
        status::write(observed, &mut outcome, Some(stage));
        return outcome;
    }
    outcome.object.metadata.add_finalizer(finalizer::CLUSTER);
    outcome
        .object
        .metadata
        .set_label(labels::CLUSTER_NAME, cluster.name());
    infrastructure(observed, &mut outcome);
    control_plane(observed, &mut outcome);
    let missing = |external: &External| matches!(external, External::Missing { .. });
    if missing(&observed.infrastructure) || missing(&observed.control_plane) {
        outcome.look_again(observed.recheck);
    }
    status::write(observed, &mut outcome, None);
    outcome
}

/// Takes the infrastructure over, and what it says once it stands.
fn infrastructure(observed: &Observed, outcome: &mut Outcome<Cluster>) {
    let cluster = observed.cluster.as_ref();
    let infrastructure = &observed.infrastructure;
    outcome
        .changes
        .extend(infrastructure.adopt(cluster, false, cluster.name()));
    if matches!(infrastructure, External::None) && cluster.spec.topology.is_none() {
        // Whoever has none brings it along, and nobody waits for it.
        let initialization = outcome.object.status.initialization.get_or_insert_default();
        initialization.infrastructure_provisioned = Some(true);
    }
    if !infrastructure.is_true("/status/initialization/provisioned") {
        return;
    }
    endpoint(infrastructure, outcome);
    let status = &mut outcome.object.status;
    status.failure_domains = infrastructure.failure_domains();
    status
        .initialization
        .get_or_insert_default()
        .infrastructure_provisioned = Some(true);
}

/// Takes the control plane over; its endpoint counts where the infrastructure has none.
fn control_plane(observed: &Observed, outcome: &mut Outcome<Cluster>) {
    let cluster = observed.cluster.as_ref();
    let control_plane = &observed.control_plane;
    outcome
        .changes
        .extend(control_plane.adopt(cluster, false, cluster.name()));
    endpoint(control_plane, outcome);
    let by_contract = control_plane.is_true("/status/initialization/controlPlaneInitialized");
    let by_node = observed
        .control_plane_machines
        .iter()
        .any(|machine| machine.status.node_ref.is_some());
    let initialized = match control_plane {
        External::None => by_node,
        External::Missing { .. } | External::Found(_) => by_contract,
    };
    if initialized {
        let initialization = outcome.object.status.initialization.get_or_insert_default();
        initialization.control_plane_initialized = Some(true);
    }
}

/// The first endpoint that somebody tells stays.
fn endpoint(from: &External, outcome: &mut Outcome<Cluster>) {
    let known = outcome
        .object
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    let told = from
        .read::<Endpoint>("/spec/controlPlaneEndpoint")
        .filter(Endpoint::is_valid);
    if let (false, Some(told)) = (known, told) {
        outcome.object.spec.control_plane_endpoint = Some(told);
    }
}
