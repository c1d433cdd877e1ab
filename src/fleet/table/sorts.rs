//! The sorts of objects that have a table of their own, and what each shows where nobody chooses.

use fleetui_api::kinds::Role;

use super::columns::Column;

/// A sort of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flat {
    /// Clusters.
    Clusters,
    /// Control planes of every provider.
    ControlPlanes,
    /// MachineDeployments.
    Deployments,
    /// MachineSets.
    Sets,
    /// MachinePools.
    Pools,
    /// Machines.
    Machines,
    /// MachineHealthChecks.
    HealthChecks,
    /// ClusterClasses.
    Classes,
    /// The providers' objects for machines and clusters.
    Infrastructure,
    /// Bootstrap configurations.
    Bootstrap,
}

impl Flat {
    /// All sorts.
    pub const ALL: [Self; 10] = [
        Self::Clusters,
        Self::ControlPlanes,
        Self::Deployments,
        Self::Sets,
        Self::Pools,
        Self::Machines,
        Self::HealthChecks,
        Self::Classes,
        Self::Infrastructure,
        Self::Bootstrap,
    ];

    /// Its names on a command line; the first is the one that is shown.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Clusters => &["clusters", "cluster", "cl"],
            Self::ControlPlanes => &["controlplanes", "controlplane", "cp", "kcp"],
            Self::Deployments => &["deployments", "md", "machinedeployments", "machinedeployment"],
            Self::Sets => &["ms"],
            Self::Pools => &["pools", "mp", "machinepools", "machinepool"],
            Self::Machines => &["machines", "machine", "ma"],
            Self::HealthChecks => &["mhc", "machinehealthchecks", "machinehealthcheck"],
            Self::Classes => &["classes", "cc", "clusterclasses", "clusterclass"],
            Self::Infrastructure => &["infrastructure", "infra"],
            Self::Bootstrap => &["bootstrap"],
        }
    }

    /// The sort that is called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flat| flat.names().contains(&name))
    }

    /// How its objects are called, more than one of them.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clusters => "Clusters",
            Self::ControlPlanes => "Control planes",
            Self::Deployments => "MachineDeployments",
            Self::Sets => "MachineSets",
            Self::Pools => "MachinePools",
            Self::Machines => "Machines",
            Self::HealthChecks => "MachineHealthChecks",
            Self::Classes => "ClusterClasses",
            Self::Infrastructure => "Infrastructure",
            Self::Bootstrap => "Bootstrap configurations",
        }
    }

    /// The kind of a list of them, for programs.
    pub fn list_kind(self) -> &'static str {
        match self {
            Self::Clusters => "ClusterList",
            Self::ControlPlanes => "ControlPlaneList",
            Self::Deployments => "MachineDeploymentList",
            Self::Sets => "MachineSetList",
            Self::Pools => "MachinePoolList",
            Self::Machines => "MachineList",
            Self::HealthChecks => "MachineHealthCheckList",
            Self::Classes => "ClusterClassList",
            Self::Infrastructure => "InfrastructureList",
            Self::Bootstrap => "BootstrapConfigList",
        }
    }

    /// The parts that its objects play.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Clusters => &[Role::Cluster],
            Self::ControlPlanes => &[Role::ControlPlane],
            Self::Deployments => &[Role::MachineDeployment],
            Self::Sets => &[Role::MachineSet],
            Self::Pools => &[Role::MachinePool],
            Self::Machines => &[Role::Machine],
            Self::HealthChecks => &[Role::MachineHealthCheck],
            Self::Classes => &[Role::ClusterClass],
            Self::Infrastructure => &[
                Role::InfrastructureCluster,
                Role::InfrastructureMachine,
                Role::InfrastructureMachinePool,
            ],
            Self::Bootstrap => &[Role::BootstrapConfig],
        }
    }

    /// Whether each of its objects is kept with a cluster, so that the others need not be looked at.
    pub(super) fn belongs_to_clusters(self) -> bool {
        match self {
            Self::Clusters | Self::Deployments | Self::Sets | Self::Pools | Self::Machines => true,
            Self::ControlPlanes
            | Self::HealthChecks
            | Self::Classes
            | Self::Infrastructure
            | Self::Bootstrap => false,
        }
    }

    /// The columns where nobody chooses, the most telling first where there is no room for all.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Clusters => &[
                Column::Name,
                Column::ManagementCluster,
                Column::Namespace,
                Column::Condition,
                Column::Replicas,
                Column::Version,
                Column::Phase,
                Column::Class,
                Column::Age,
                Column::Message,
            ],
            Self::ControlPlanes | Self::Deployments | Self::Sets | Self::Pools => &[
                Column::Name,
                Column::ManagementCluster,
                Column::Namespace,
                Column::Cluster,
                Column::Condition,
                Column::Replicas,
                Column::UpToDate,
                Column::Version,
                Column::Phase,
                Column::Age,
                Column::Message,
            ],
            Self::Machines => &[
                Column::Name,
                Column::ManagementCluster,
                Column::Namespace,
                Column::Cluster,
                Column::Condition,
                Column::Node,
                Column::Version,
                Column::Phase,
                Column::Owner,
                Column::ProviderId,
                Column::Age,
                Column::Message,
            ],
            Self::HealthChecks | Self::Classes => &[
                Column::Name,
                Column::ManagementCluster,
                Column::Namespace,
                Column::Cluster,
                Column::Condition,
                Column::Age,
                Column::Message,
            ],
            Self::Infrastructure | Self::Bootstrap => &[
                Column::Name,
                Column::Kind,
                Column::ManagementCluster,
                Column::Namespace,
                Column::Cluster,
                Column::Owner,
                Column::Condition,
                Column::Age,
                Column::Message,
            ],
        }
    }
}
