//! Phases: the one word that Clusters, Machines and `MachineDeployments` carry for people.

use std::fmt;

/// A Cluster's phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterPhase {
    /// Nothing is referenced yet.
    Pending,
    /// Infrastructure or control plane is being made.
    Provisioning,
    /// Infrastructure stands and the endpoint is known.
    Provisioned,
    /// It is being deleted.
    Deleting,
}

/// What a Cluster's phase follows from.
#[derive(Debug, Clone, Copy, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "these are the API's own independent yes-or-no facts"
)]
pub struct ClusterFacts {
    /// `infrastructureRef` or `controlPlaneRef` is set.
    pub has_references: bool,
    /// `status.initialization.infrastructureProvisioned`.
    pub infrastructure_provisioned: bool,
    /// The control plane endpoint has host and port.
    pub has_endpoint: bool,
    /// It has a deletion timestamp.
    pub deleting: bool,
}

/// The phase of a Cluster.
pub fn cluster(facts: ClusterFacts) -> ClusterPhase {
    if facts.deleting {
        ClusterPhase::Deleting
    } else if facts.infrastructure_provisioned && facts.has_endpoint {
        ClusterPhase::Provisioned
    } else if facts.has_references {
        ClusterPhase::Provisioning
    } else {
        ClusterPhase::Pending
    }
}

impl fmt::Display for ClusterPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Provisioned => "Provisioned",
            Self::Deleting => "Deleting",
        })
    }
}

/// A Machine's phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachinePhase {
    /// Waits for its bootstrap data.
    Pending,
    /// Bootstrap data is there, infrastructure is being made.
    Provisioning,
    /// It has a provider id, its node is awaited.
    Provisioned,
    /// It has a node.
    Running,
    /// It is updated in place.
    Updating,
    /// It is being deleted.
    Deleting,
}

/// What a Machine's phase follows from.
#[derive(Debug, Clone, Copy, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "these are the API's own independent yes-or-no facts"
)]
pub struct MachineFacts {
    /// `status.initialization.bootstrapDataSecretCreated`.
    pub bootstrap_created: bool,
    /// `status.initialization.infrastructureProvisioned`.
    pub infrastructure_provisioned: bool,
    /// `spec.providerID` is set.
    pub has_provider_id: bool,
    /// `status.nodeRef` is set.
    pub has_node: bool,
    /// The condition Updating is True.
    pub updating: bool,
    /// It has a deletion timestamp.
    pub deleting: bool,
}

/// The phase of a Machine: later facts win over earlier ones.
pub fn machine(facts: MachineFacts) -> MachinePhase {
    if facts.deleting {
        MachinePhase::Deleting
    } else if facts.updating {
        MachinePhase::Updating
    } else if facts.has_node && facts.infrastructure_provisioned {
        MachinePhase::Running
    } else if facts.has_provider_id {
        MachinePhase::Provisioned
    } else if facts.bootstrap_created && !facts.infrastructure_provisioned {
        MachinePhase::Provisioning
    } else {
        MachinePhase::Pending
    }
}

impl fmt::Display for MachinePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Provisioned => "Provisioned",
            Self::Running => "Running",
            Self::Updating => "Updating",
            Self::Deleting => "Deleting",
        })
    }
}

/// A MachinePool's phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolPhase {
    /// Waits for its bootstrap data.
    Pending,
    /// Bootstrap data is there, infrastructure is being made.
    Provisioning,
    /// It has nodes, but the infrastructure does not stand.
    Provisioned,
    /// As many nodes are ready as are wished.
    Running,
    /// More are wished than are ready.
    ScalingUp,
    /// Fewer are wished than are ready.
    ScalingDown,
    /// The numbers differ, and somebody else decides on them.
    Scaling,
    /// It is being deleted.
    Deleting,
}

/// What a MachinePool's phase follows from.
#[derive(Debug, Clone, Copy, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "these are the API's own independent yes-or-no facts"
)]
pub struct PoolFacts {
    /// `status.initialization.bootstrapDataSecretCreated`.
    pub bootstrap_created: bool,
    /// `status.initialization.infrastructureProvisioned`.
    pub infrastructure_provisioned: bool,
    /// `status.nodeRefs` is not empty.
    pub has_nodes: bool,
    /// `spec.replicas`.
    pub wished: i32,
    /// Nodes that are Ready.
    pub ready: i32,
    /// Whether somebody else decides on the replicas.
    pub managed_elsewhere: bool,
    /// It has a deletion timestamp.
    pub deleting: bool,
}

/// The phase of a MachinePool: later facts win over earlier ones.
pub fn pool(facts: PoolFacts) -> PoolPhase {
    if facts.deleting {
        PoolPhase::Deleting
    } else if facts.infrastructure_provisioned {
        match (facts.wished.cmp(&facts.ready), facts.managed_elsewhere) {
            (std::cmp::Ordering::Equal, _) => PoolPhase::Running,
            (_, true) => PoolPhase::Scaling,
            (std::cmp::Ordering::Greater, false) => PoolPhase::ScalingUp,
            (std::cmp::Ordering::Less, false) => PoolPhase::ScalingDown,
        }
    } else if facts.has_nodes {
        PoolPhase::Provisioned
    } else if facts.bootstrap_created {
        PoolPhase::Provisioning
    } else {
        PoolPhase::Pending
    }
}

impl fmt::Display for PoolPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Provisioned => "Provisioned",
            Self::Running => "Running",
            Self::ScalingUp => "ScalingUp",
            Self::ScalingDown => "ScalingDown",
            Self::Scaling => "Scaling",
            Self::Deleting => "Deleting",
        })
    }
}

/// A MachineDeployment's phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentPhase {
    /// More machines are wished than there are.
    ScalingUp,
    /// Fewer machines are wished than there are, or it is being deleted.
    ScalingDown,
    /// As many machines exist as are wished.
    Running,
    /// The wish or the sets are not known.
    Unknown,
}

/// The phase of a MachineDeployment: its wish against the machines that its sets have.
pub fn deployment(wished: Option<i32>, machines: Option<i32>, deleting: bool) -> DeploymentPhase {
    match (wished, machines) {
        _ if deleting => DeploymentPhase::ScalingDown,
        (Some(wished), Some(machines)) => match wished.cmp(&machines) {
            std::cmp::Ordering::Less => DeploymentPhase::ScalingDown,
            std::cmp::Ordering::Equal => DeploymentPhase::Running,
            std::cmp::Ordering::Greater => DeploymentPhase::ScalingUp,
        },
        (None, _) | (_, None) => DeploymentPhase::Unknown,
    }
}

impl fmt::Display for DeploymentPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ScalingUp => "ScalingUp",
            Self::ScalingDown => "ScalingDown",
            Self::Running => "Running",
            Self::Unknown => "Unknown",
        })
    }
}

#[cfg(test)]
mod tests;
