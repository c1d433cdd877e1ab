//! Replica counters of all eras: v1beta2, v1beta1 with the new counters beside, and v1beta1's own.

use super::Replicas;
use super::reader::Reader;
use crate::kinds::Role;

/// The counters of an object, where its kind has any.
pub(super) fn read(reader: &mut Reader<'_>, role: Role) -> Option<Replicas> {
    match role {
        Role::Cluster => match (control_plane(reader), workers(reader)) {
            (Some(control_plane), Some(workers)) => Some(control_plane.plus(&workers)),
            (one, other) => one.or(other),
        },
        Role::ControlPlane | Role::MachineDeployment | Role::MachineSet | Role::MachinePool => scaled(reader),
        Role::InfrastructureMachinePool => {
            let current = reader.integer(&["status.replicas"]);
            current.map(|current| Replicas {
                current: Some(current),
                ..Replicas::default()
            })
        }
        Role::MachineHealthCheck => looked_after(reader),
        Role::InfrastructureCluster
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::BootstrapConfig
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => None,
    }
}

/// The machines that a health check looks after, and how many of them it finds healthy.
fn looked_after(reader: &mut Reader<'_>) -> Option<Replicas> {
    let expected = reader.integer(&["status.expectedMachines"]);
    let healthy = reader.integer(&["status.currentHealthy"]);
    (expected.is_some() || healthy.is_some()).then_some(Replicas {
        desired: expected,
        current: expected,
        ready: healthy,
        available: healthy,
        up_to_date: None,
    })
}

/// Counters of a Cluster's control plane, as the Cluster reports them.
pub(super) fn control_plane(reader: &mut Reader<'_>) -> Option<Replicas> {
    counted(
        reader,
        [
            [
                "status.controlPlane.desiredReplicas",
                "status.v1beta2.controlPlane.desiredReplicas",
            ],
            [
                "status.controlPlane.replicas",
                "status.v1beta2.controlPlane.replicas",
            ],
            [
                "status.controlPlane.readyReplicas",
                "status.v1beta2.controlPlane.readyReplicas",
            ],
            [
                "status.controlPlane.availableReplicas",
                "status.v1beta2.controlPlane.availableReplicas",
            ],
            [
                "status.controlPlane.upToDateReplicas",
                "status.v1beta2.controlPlane.upToDateReplicas",
            ],
        ],
    )
}

/// Counters of a Cluster's workers, as the Cluster reports them.
pub(super) fn workers(reader: &mut Reader<'_>) -> Option<Replicas> {
    counted(
        reader,
        [
            [
                "status.workers.desiredReplicas",
                "status.v1beta2.workers.desiredReplicas",
            ],
            ["status.workers.replicas", "status.v1beta2.workers.replicas"],
            [
                "status.workers.readyReplicas",
                "status.v1beta2.workers.readyReplicas",
            ],
            [
                "status.workers.availableReplicas",
                "status.v1beta2.workers.availableReplicas",
            ],
            [
                "status.workers.upToDateReplicas",
                "status.v1beta2.workers.upToDateReplicas",
            ],
        ],
    )
}

fn counted(reader: &mut Reader<'_>, paths: [[&str; 2]; 5]) -> Option<Replicas> {
    let [desired, current, ready, available, up_to_date] = paths.map(|paths| reader.integer(&paths));
    some(Replicas {
        desired,
        current,
        ready,
        available,
        up_to_date,
    })
}

/// Counters of what has `spec.replicas`.
fn scaled(reader: &mut Reader<'_>) -> Option<Replicas> {
    let desired = reader.integer(&["spec.replicas"]);
    let mut replicas = Replicas {
        desired,
        current: reader.integer(&["status.replicas"]),
        ready: reader.integer(&["status.v1beta2.readyReplicas", "status.readyReplicas"]),
        available: reader.integer(&["status.v1beta2.availableReplicas", "status.availableReplicas"]),
        up_to_date: reader.integer(&[
            "status.v1beta2.upToDateReplicas",
            "status.upToDateReplicas",
            "status.updatedReplicas",
        ]),
    };
    let unavailable = reader.integer(&["status.unavailableReplicas"]);
    if writes_no_zeros(reader) {
        replicas.current = replicas.current.or(Some(0));
        replicas.ready = replicas.ready.or(Some(0));
        replicas.up_to_date = replicas.up_to_date.or(has_up_to_date(reader).then_some(0));
        let reachable = replicas
            .current
            .map(|current| current.saturating_sub(unavailable.unwrap_or(0)).max(0));
        replicas.available = replicas.available.or(if is_control_plane(reader) {
            reachable
        } else {
            Some(0)
        });
    } else if replicas.available.is_none() {
        // The control plane contract of v1beta1 counts what is missing instead.
        let reachable = desired
            .zip(unavailable)
            .map(|(desired, missing)| desired.saturating_sub(missing).max(0));
        replicas.available = reachable;
    }
    some(replicas)
}

/// In v1beta1 Cluster API's own kinds leave counters out when they are zero; a status that was written at all says so.
fn writes_no_zeros(reader: &mut Reader<'_>) -> bool {
    let api_version = reader.text(&["apiVersion"]).unwrap_or_default();
    let own = [
        "cluster.x-k8s.io/v1beta1",
        "controlplane.cluster.x-k8s.io/v1beta1",
    ]
    .contains(&api_version);
    own && reader.at("status.observedGeneration").is_some()
}

fn is_control_plane(reader: &mut Reader<'_>) -> bool {
    reader
        .text(&["apiVersion"])
        .is_some_and(|version| version.starts_with(crate::kinds::CONTROL_PLANE))
}

/// `MachineSet` and `MachinePool` of v1beta1 do not count what is up to date.
fn has_up_to_date(reader: &mut Reader<'_>) -> bool {
    !matches!(reader.text(&["kind"]), Some("MachineSet" | "MachinePool"))
}

fn some(replicas: Replicas) -> Option<Replicas> {
    (replicas != Replicas::default()).then_some(replicas)
}

impl Replicas {
    /// Both together. A counter that one of them does not report is the other's.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |one: Option<i64>, other: Option<i64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        Self {
            desired: sum(self.desired, other.desired),
            current: sum(self.current, other.current),
            ready: sum(self.ready, other.ready),
            available: sum(self.available, other.available),
            up_to_date: sum(self.up_to_date, other.up_to_date),
        }
    }
}
