//! Cluster.

use serde::{Deserialize, Serialize};

use super::{ContractReference, Kind, ReadinessGate, VersionCount, conditioned, metav1};
use crate::conditions::Condition;

/// The kind Cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster;

impl Kind for Cluster {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "Cluster";
    const PLURAL: &'static str = "clusters";
    type Spec = ClusterSpec;
    type Status = ClusterStatus;
}

/// What is wished of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterSpec {
    /// Whether its controllers stand still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Where its API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<Endpoint>,
    /// Its control plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_ref: Option<ContractReference>,
    /// Its infrastructure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_ref: Option<ContractReference>,
    /// Further conditions that it has to meet to be Available.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub availability_gates: Vec<ReadinessGate>,
    /// The managed topology, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topology: Option<serde_json::Value>,
}

/// Host and port of an API server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// A name or an address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The port; zero while it is not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub port: i32,
}

impl Endpoint {
    /// Whether both parts are known.
    pub fn is_valid(&self) -> bool {
        !self.host.is_empty() && self.port != 0
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(port: &i32) -> bool {
    *port == 0
}

/// What is observed of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<ClusterInitialization>,
    /// Machines of the control plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane: Option<ReplicaCounters>,
    /// Worker machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<ReplicaCounters>,
    /// Failure domains, as the infrastructure reports them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failure_domains: Vec<serde_json::Value>,
    /// The phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

conditioned!(ClusterStatus);

/// Milestones of a cluster; they are never taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterInitialization {
    /// The infrastructure stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_provisioned: Option<bool>,
    /// The control plane answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_initialized: Option<bool>,
}

/// Counters of one half of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaCounters {
    /// Wished machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_replicas: Option<i32>,
    /// Machines that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Machines that are as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_date_replicas: Option<i32>,
    /// Machines that are Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Machines that are Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_replicas: Option<i32>,
    /// Machines by version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCount>,
}
