//! Whom to look at next: where what a condition says of an object comes from, told by the condition's type.

use fleetui_api::conditions::{ConditionStatus, order_key};
use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;

use super::below::{is_blocked, waits_for_first_control_plane};
use super::{first, line, main_condition};
use crate::row::Row;

/// Where what an object says comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// From itself.
    Itself,
    /// From what a machine or a pool of machines stands on.
    StandsOn,
    /// From the infrastructure that it refers to.
    Infrastructure,
    /// From the control plane, or its machines.
    ControlPlane,
    /// From the workers.
    Workers,
    /// From what it owns.
    Owned,
    /// It does not say from where; anything below it may be it.
    Anything,
    /// From the Cluster's connection, which is lost.
    Connection,
    /// From something below it that is being deleted too.
    Deletion,
}

impl Blame {
    /// Whom the condition that decides about an object speaks of.
    pub(crate) fn of(row: &Row, deciding: Option<&CompactCondition>) -> Self {
        match row.facts.role {
            Role::Cluster => of_cluster(row, deciding),
            Role::ControlPlane => match deciding {
                Some(condition) if condition.kind == "CertificatesAvailable" => Self::Itself,
                Some(_) | None => Self::Owned,
            },
            Role::MachineDeployment => Self::Owned,
            Role::MachineSet => match deciding {
                Some(condition) if waits_for_first_control_plane(condition) => Self::ControlPlane,
                Some(condition) if is_blocked(condition) => Self::Itself,
                Some(_) | None => Self::Owned,
            },
            Role::Machine if has_lost_its_connection(row) => Self::Connection,
            Role::Machine | Role::MachinePool | Role::BootstrapConfig | Role::InfrastructureMachine => {
                Self::StandsOn
            }
            Role::InfrastructureCluster
            | Role::InfrastructureMachinePool
            | Role::MachineHealthCheck
            | Role::ClusterClass
            | Role::Template
            | Role::Host
            | Role::Provider
            | Role::Other => Self::Itself,
        }
    }
}

fn of_cluster(row: &Row, deciding: Option<&CompactCondition>) -> Blame {
    // Who does not reach the cluster knows nothing of what is in it.
    if has_no_connection(row) {
        return Blame::Itself;
    }
    let Some(deciding) = deciding else {
        return Blame::Anything;
    };
    let is_main = main_condition(&row.facts).is_some_and(|main| main.kind == deciding.kind);
    if !is_main {
        return of_kind(&deciding.kind);
    }
    if let Some(kind) = line::first_type(&first::said(row, deciding)) {
        return of_kind(kind);
    }
    let inputs = row.facts.conditions.iter().filter(|condition| {
        condition.kind != deciding.kind
            && condition.status == deciding.status
            && !condition.negative()
            && !first::only_follows(row, condition)
    });
    inputs
        .min_by_key(|condition| order_key(&condition.kind))
        .map_or(Blame::Anything, |input| of_kind(&input.kind))
}

/// Whom a condition of a Cluster speaks of.
fn of_kind(kind: &str) -> Blame {
    match kind {
        "InfrastructureReady" => Blame::Infrastructure,
        _ if kind.starts_with("ControlPlane") => Blame::ControlPlane,
        _ if kind.starts_with("Worker") => Blame::Workers,
        "Available" | "Ready" | "RollingOut" | "ScalingUp" | "ScalingDown" | "Remediating" => Blame::Anything,
        _ => Blame::Itself,
    }
}

/// Whether a Cluster says that its workload cluster is not reached.
pub(crate) fn has_no_connection(cluster: &Row) -> bool {
    let is_down = |condition: &CompactCondition| {
        condition.kind == "RemoteConnectionProbe"
            && condition.status == ConditionStatus::False
            // Before it is up there is nothing to lose.
            && cluster.facts.initialized == Some(true)
    };
    cluster.facts.conditions.iter().any(is_down)
}

/// Whether what a Machine says of its node is only that nobody reaches it.
fn has_lost_its_connection(machine: &Row) -> bool {
    let is_lost = |condition: &CompactCondition| {
        condition.status == ConditionStatus::Unknown && condition.reason == "ConnectionDown"
    };
    // Summaries, and what a health check makes of them, only follow.
    let is_bad = |condition: &CompactCondition| {
        condition.status == ConditionStatus::False
            && matches!(
                condition.kind.as_str(),
                "InfrastructureReady" | "BootstrapConfigReady"
            )
    };
    machine.facts.conditions.iter().any(is_lost) && !machine.facts.conditions.iter().any(is_bad)
}
