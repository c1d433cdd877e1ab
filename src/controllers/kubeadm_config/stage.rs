//! Where a bootstrap configuration stands: what it waits for, or which data is to be made.

use fleetui_api::v1beta2::{Cluster, Endpoint, KubeadmConfig};

use super::owner::Owner;
use crate::object::Object;
use crate::pausing;

/// What a machine does with kubeadm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Starts the cluster.
    Init,
    /// Joins the control plane.
    JoinControlPlane,
    /// Joins as a worker.
    JoinWorker,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is paused or goes.
    Rests,
    /// Its machine, or its pool, takes it over in a moment.
    Unclaimed,
    /// The Cluster's infrastructure comes first.
    WaitsForInfrastructure,
    /// The control plane comes first.
    WaitsForControlPlane,
    /// It has to be known where the cluster is reached.
    WaitsForEndpoint,
    /// It asks for a format that nobody here writes.
    Unsupported,
    /// Data is to be made.
    Makes(Role),
    /// The data is there.
    Made,
    /// The data is there, and shows a token that more machines of the pool could not join with.
    Renews,
}

/// Where `config` stands.
pub(super) fn of(
    config: &Object<KubeadmConfig>,
    owner: Option<&Owner>,
    cluster: Option<&Object<Cluster>>,
) -> Stage {
    if config.is_deleting() || pausing::holds(&pausing::paused(config, cluster)) {
        return Stage::Rests;
    }
    let (Some(owner), Some(cluster)) = (owner, cluster) else {
        return Stage::Unclaimed;
    };
    let reached = config.status.initialization.as_ref();
    if reached.is_some_and(|reached| reached.data_secret_created == Some(true)) {
        return Stage::Made;
    }
    let initialization = cluster.status.initialization.clone().unwrap_or_default();
    if initialization.infrastructure_provisioned != Some(true) {
        return Stage::WaitsForInfrastructure;
    }
    if config
        .spec
        .format
        .as_deref()
        .is_some_and(|format| format != "cloud-config")
    {
        return Stage::Unsupported;
    }
    let has_endpoint = cluster
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    let control_plane = owner.is_control_plane();
    let initialized = initialization.control_plane_initialized == Some(true);
    match (initialized, control_plane) {
        (false, false) => Stage::WaitsForControlPlane,
        (_, _) if !has_endpoint => Stage::WaitsForEndpoint,
        (true, true) => Stage::Makes(Role::JoinControlPlane),
        (true, false) => Stage::Makes(Role::JoinWorker),
        (false, true) => Stage::Makes(Role::Init),
    }
}
