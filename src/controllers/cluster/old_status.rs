//! What a Cluster shows v1beta1 clients: conditions with severities.

use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::{Cluster, OldCondition};
use fleetui_rules::old_conditions::{bad, good, has_status, mirror};

use super::observe::Observed;
use super::status::NO_TOPOLOGIES;
use crate::change::Outcome;
use crate::external::External;
use crate::object::Object;
use crate::old_conditions::OldStatus;

/// Writes all conditions of the cluster's own.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<Cluster>) {
    let now = observed.now;
    let reached = outcome.object.status.initialization.clone().unwrap_or_default();
    let infrastructure = of_external(
        observed.cluster.as_ref(),
        &observed.infrastructure,
        ("InfrastructureReady", "WaitingForInfrastructure"),
        reached.infrastructure_provisioned == Some(true),
    );
    let control_plane = of_external(
        observed.cluster.as_ref(),
        &observed.control_plane,
        ("ControlPlaneReady", "WaitingForControlPlane"),
        reached.control_plane_initialized == Some(true),
    );
    let told = [
        infrastructure.or_else(|| {
            (reached.infrastructure_provisioned == Some(true)).then(|| good("InfrastructureReady"))
        }),
        control_plane,
        initialised(observed, outcome, reached.control_plane_initialized == Some(true)),
        observed.cluster.spec.topology.as_ref().map(|_| {
            bad(
                "TopologyReconciled",
                "TopologyReconcileFailed",
                Severity::Error,
                NO_TOPOLOGIES,
            )
        }),
    ];
    for condition in told.into_iter().flatten() {
        outcome.object.set_old(condition, now);
    }
    outcome
        .object
        .summarise_old(&["ControlPlaneReady", "InfrastructureReady"], None, now);
}

/// What another object says of itself, else what has been reached. Nothing is told of what is not referred to.
fn of_external(
    cluster: &Object<Cluster>,
    external: &External,
    (kind, waiting): (&str, &str),
    reached: bool,
) -> Option<OldCondition> {
    match external {
        External::None => None,
        External::Missing { .. } if cluster.is_deleting() => Some(bad(kind, "Deleted", Severity::Info, "")),
        External::Missing { .. } if reached => Some(bad(kind, "Deleted", Severity::Error, "")),
        External::Missing { .. } => Some(bad(kind, waiting, Severity::Info, "")),
        External::Found(_) => Some(match external.old_ready() {
            Some(ready) => mirror(&ready, kind),
            None if cluster.is_deleting() => bad(kind, "Deleting", Severity::Info, ""),
            None if reached => good(kind),
            None => bad(kind, waiting, Severity::Info, ""),
        }),
    }
}

/// It is never taken back.
fn initialised(observed: &Observed, outcome: &Outcome<Cluster>, reached: bool) -> Option<OldCondition> {
    let kind = "ControlPlaneInitialized";
    if has_status(outcome.object.status.old(), kind, "True") {
        return None;
    }
    Some(match &observed.control_plane {
        _ if reached => good(kind),
        External::None => bad(
            kind,
            "MissingNodeRef",
            Severity::Info,
            "Waiting for the first control plane machine to have its status.nodeRef set",
        ),
        External::Missing { .. } | External::Found(_) => bad(
            kind,
            "WaitingForControlPlaneProviderInitialized",
            Severity::Info,
            "Waiting for control plane provider to indicate the control plane has been initialized",
        ),
    })
}
