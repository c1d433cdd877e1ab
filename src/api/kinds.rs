//! The groups and kinds that Cluster API names itself, and the part that an object plays in a cluster.

use fleetui_base::GroupKind;
use serde::{Deserialize, Serialize};

/// Group of Cluster, MachineDeployment, MachineSet, Machine, MachinePool, MachineHealthCheck, ClusterClass.
pub const CORE: &str = "cluster.x-k8s.io";
/// Group of bootstrap configurations (KubeadmConfig and others).
pub const BOOTSTRAP: &str = "bootstrap.cluster.x-k8s.io";
/// Group of control planes (KubeadmControlPlane and others).
pub const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";
/// Group of infrastructure clusters, machines and their templates, of every provider.
pub const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";
/// Group of ClusterResourceSet and its binding.
pub const ADDONS: &str = "addons.cluster.x-k8s.io";
/// Group of IPAddress and IPAddressClaim.
pub const IPAM: &str = "ipam.cluster.x-k8s.io";
/// Group of ExtensionConfig.
pub const RUNTIME: &str = "runtime.cluster.x-k8s.io";
/// Group of Metal3's inventory of hosts.
pub const METAL3: &str = "metal3.io";
/// Group of Tinkerbell's inventory of hosts.
pub const TINKERBELL: &str = "tinkerbell.org";
/// What labels begin with by which its provider says who has a host.
pub const TINKERBELL_LABELS: &str = "v1alpha1.tinkerbell.org/";
/// Group of clusterctl's inventory.
pub const CLUSTERCTL: &str = "clusterctl.cluster.x-k8s.io";

/// Kind of the template of machines that take hosts. What it asks of a host is the demand that a pool is held against, so it is read
/// although no view shows templates otherwise.
pub const TEMPLATE_OF_HOSTS: &str = "ByoMachineTemplate";

/// The part that an object plays in a cluster. It is found from group and kind alone, so that unknown providers have one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// A Cluster.
    Cluster,
    /// The provider's object for a whole cluster (DevCluster, AWSCluster, ByoCluster).
    InfrastructureCluster,
    /// A control plane (KubeadmControlPlane, AWSManagedControlPlane).
    ControlPlane,
    /// A MachineDeployment.
    MachineDeployment,
    /// A MachineSet.
    MachineSet,
    /// A MachinePool.
    MachinePool,
    /// A Machine.
    Machine,
    /// The provider's object for one machine (DevMachine, ByoMachine).
    InfrastructureMachine,
    /// The provider's object for a machine pool.
    InfrastructureMachinePool,
    /// A bootstrap configuration of one machine or pool.
    BootstrapConfig,
    /// A MachineHealthCheck.
    MachineHealthCheck,
    /// A ClusterClass.
    ClusterClass,
    /// A template that machines, control planes or clusters are cloned from.
    Template,
    /// A host: of a pool (ByoHost), or of an inventory that is only read (BareMetalHost, Hardware).
    Host,
    /// A clusterctl Provider.
    Provider,
    /// Anything else that is watched.
    Other,
}

impl Role {
    /// The part that objects of this kind play.
    pub fn of(kind: &GroupKind) -> Self {
        let name = kind.kind.as_ref();
        match kind.group.as_ref() {
            CORE => match name {
                "Cluster" => Self::Cluster,
                "MachineDeployment" => Self::MachineDeployment,
                "MachineSet" => Self::MachineSet,
                "MachinePool" => Self::MachinePool,
                "Machine" => Self::Machine,
                "MachineHealthCheck" => Self::MachineHealthCheck,
                "ClusterClass" => Self::ClusterClass,
                _ => Self::Other,
            },
            CONTROL_PLANE | BOOTSTRAP if name.ends_with("Template") => Self::Template,
            CONTROL_PLANE => Self::ControlPlane,
            BOOTSTRAP => Self::BootstrapConfig,
            INFRASTRUCTURE => match name {
                _ if name.ends_with("Template") => Self::Template,
                "ByoHost" => Self::Host,
                _ if name.ends_with("MachinePool") => Self::InfrastructureMachinePool,
                _ if name.ends_with("Machine") => Self::InfrastructureMachine,
                _ if name.ends_with("Cluster") => Self::InfrastructureCluster,
                // Some providers keep their managed control planes with their infrastructure.
                _ if name.ends_with("ControlPlane") => Self::ControlPlane,
                _ => Self::Other,
            },
            METAL3 if name == "BareMetalHost" => Self::Host,
            TINKERBELL if name == "Hardware" => Self::Host,
            CLUSTERCTL if name == "Provider" => Self::Provider,
            _ => Self::Other,
        }
    }

    /// Whether lists, the tree or triage show objects that play this part, so that they are read wherever they are served.
    pub fn is_watched(self) -> bool {
        match self {
            Self::Cluster
            | Self::InfrastructureCluster
            | Self::ControlPlane
            | Self::MachineDeployment
            | Self::MachineSet
            | Self::MachinePool
            | Self::Machine
            | Self::InfrastructureMachine
            | Self::InfrastructureMachinePool
            | Self::BootstrapConfig
            | Self::MachineHealthCheck
            | Self::ClusterClass
            | Self::Host => true,
            Self::Template | Self::Provider | Self::Other => false,
        }
    }
}

/// Whether objects of this kind are read for what they ask of hosts.
pub fn asks_for_hosts(kind: &GroupKind) -> bool {
    kind.group.as_ref() == INFRASTRUCTURE && kind.kind.as_ref() == TEMPLATE_OF_HOSTS
}

/// The GroupKind of a core kind, `core("Machine")`.
pub fn core(kind: &str) -> GroupKind {
    GroupKind::new(CORE, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_providers_have_roles_too() {
        let cases = [
            (INFRASTRUCTURE, "DevCluster", Role::InfrastructureCluster),
            (INFRASTRUCTURE, "Metal3Machine", Role::InfrastructureMachine),
            (INFRASTRUCTURE, "Metal3MachineTemplate", Role::Template),
            (
                INFRASTRUCTURE,
                "AWSManagedMachinePool",
                Role::InfrastructureMachinePool,
            ),
            (INFRASTRUCTURE, "ByoHost", Role::Host),
            (CONTROL_PLANE, "AWSManagedControlPlane", Role::ControlPlane),
            (INFRASTRUCTURE, "AzureManagedControlPlane", Role::ControlPlane),
            (BOOTSTRAP, "NodeadmConfig", Role::BootstrapConfig),
            (BOOTSTRAP, "NodeadmConfigTemplate", Role::Template),
            (CORE, "Machine", Role::Machine),
            (METAL3, "BareMetalHost", Role::Host),
            (METAL3, "FirmwareSchema", Role::Other),
            (TINKERBELL, "Hardware", Role::Host),
            (TINKERBELL, "Workflow", Role::Other),
            ("apps", "Deployment", Role::Other),
        ];
        for (group, kind, role) in cases {
            assert_eq!(Role::of(&GroupKind::new(group, kind)), role, "{kind}.{group}");
        }
    }
}
