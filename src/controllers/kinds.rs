//! The kinds that the controllers watch, and which of them have a reconciler.

use fleetui_api::{byoh, v1beta2};
use fleetui_base::ObjectName;
use kube::core::ApiResource;
use v1beta2::{ContractReference, Kind};

/// A watched kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Watched {
    Cluster,
    ClusterClass,
    MachineDeployment,
    MachineSet,
    Machine,
    KubeadmControlPlane,
    KubeadmConfig,
    KubeadmConfigTemplate,
    DevCluster,
    DevMachine,
    DevMachineTemplate,
    MachineDrainRule,
    MachineHealthCheck,
    MachinePool,
    ClusterResourceSet,
    ClusterResourceSetBinding,
    DevMachinePool,
    ByoCluster,
    ByoHost,
    ByoMachine,
    ByoMachineTemplate,
    K8sInstallerConfig,
    K8sInstallerConfigTemplate,
}

/// Every watched kind.
pub(crate) const ALL: [Watched; 23] = [
    Watched::Cluster,
    Watched::ClusterClass,
    Watched::MachineDeployment,
    Watched::MachineSet,
    Watched::Machine,
    Watched::KubeadmControlPlane,
    Watched::KubeadmConfig,
    Watched::KubeadmConfigTemplate,
    Watched::DevCluster,
    Watched::DevMachine,
    Watched::DevMachineTemplate,
    Watched::MachineDrainRule,
    Watched::MachineHealthCheck,
    Watched::MachinePool,
    Watched::ClusterResourceSet,
    Watched::ClusterResourceSetBinding,
    Watched::DevMachinePool,
    Watched::ByoCluster,
    Watched::ByoHost,
    Watched::ByoMachine,
    Watched::ByoMachineTemplate,
    Watched::K8sInstallerConfig,
    Watched::K8sInstallerConfigTemplate,
];

/// Every kind that the controllers watch, as a client addresses it.
pub fn watched() -> impl Iterator<Item = ApiResource> {
    ALL.into_iter().map(Watched::resource)
}

impl Watched {
    /// Group, kind, plural and version.
    pub(crate) fn names(self) -> [&'static str; 4] {
        fn of<K: Kind>() -> [&'static str; 4] {
            [K::GROUP, K::KIND, K::PLURAL, K::VERSION]
        }
        match self {
            Self::Cluster => of::<v1beta2::Cluster>(),
            Self::ClusterClass => of::<v1beta2::ClusterClass>(),
            Self::MachineDeployment => of::<v1beta2::MachineDeployment>(),
            Self::MachineSet => of::<v1beta2::MachineSet>(),
            Self::Machine => of::<v1beta2::Machine>(),
            Self::KubeadmControlPlane => of::<v1beta2::KubeadmControlPlane>(),
            Self::KubeadmConfig => of::<v1beta2::KubeadmConfig>(),
            Self::KubeadmConfigTemplate => of::<v1beta2::KubeadmConfigTemplate>(),
            Self::DevCluster => of::<v1beta2::DevCluster>(),
            Self::DevMachine => of::<v1beta2::DevMachine>(),
            Self::DevMachineTemplate => of::<v1beta2::DevMachineTemplate>(),
            Self::MachineDrainRule => of::<v1beta2::MachineDrainRule>(),
            Self::MachineHealthCheck => of::<v1beta2::MachineHealthCheck>(),
            Self::MachinePool => of::<v1beta2::MachinePool>(),
            Self::ClusterResourceSet => of::<v1beta2::ClusterResourceSet>(),
            Self::ClusterResourceSetBinding => of::<v1beta2::ClusterResourceSetBinding>(),
            Self::DevMachinePool => of::<v1beta2::DevMachinePool>(),
            Self::ByoCluster => of::<byoh::ByoCluster>(),
            Self::ByoHost => of::<byoh::ByoHost>(),
            Self::ByoMachine => of::<byoh::ByoMachine>(),
            Self::ByoMachineTemplate => of::<byoh::ByoMachineTemplate>(),
            Self::K8sInstallerConfig => of::<byoh::K8sInstallerConfig>(),
            Self::K8sInstallerConfigTemplate => of::<byoh::K8sInstallerConfigTemplate>(),
        }
    }

    /// The kind, `MachineDeployment`.
    pub(crate) fn kind(self) -> &'static str {
        self.names()[1]
    }

    /// The API group.
    pub(crate) fn group(self) -> &'static str {
        self.names()[0]
    }

    /// `group/version`.
    pub(crate) fn api_version(self) -> String {
        let [group, .., version] = self.names();
        format!("{group}/{version}")
    }

    /// How a client addresses it.
    pub(crate) fn resource(self) -> ApiResource {
        let [group, kind, plural, version] = self.names();
        ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: self.api_version(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        }
    }

    /// The watched kind of that name, if any.
    pub(crate) fn find(group: &str, kind: &str) -> Option<Self> {
        ALL.into_iter()
            .find(|watched| watched.group() == group && watched.kind() == kind)
    }

    /// The watched kind of `K`.
    pub(crate) fn of<K: Kind>() -> Option<Self> {
        Self::find(K::GROUP, K::KIND)
    }

    /// The kind that a reference names, if it is watched.
    pub(crate) fn referred(reference: &ContractReference) -> Option<Self> {
        Self::find(&reference.api_group, &reference.kind)
    }

    /// What is made from a template of this kind: DevMachineTemplate makes objects of kind DevMachine.
    pub(crate) fn clone_kind(self) -> Option<Self> {
        self.kind()
            .strip_suffix("Template")
            .and_then(|kind| Self::find(self.group(), kind))
    }

    /// Whether somebody reconciles it; most templates are only read.
    pub(crate) fn is_reconciled(self) -> bool {
        match self {
            Self::Cluster
            | Self::ClusterClass
            | Self::MachineDeployment
            | Self::MachineSet
            | Self::Machine
            | Self::KubeadmControlPlane
            | Self::KubeadmConfig
            | Self::DevCluster
            | Self::DevMachine
            | Self::ByoCluster
            | Self::ByoHost
            | Self::ByoMachine
            | Self::ByoMachineTemplate
            | Self::K8sInstallerConfig
            | Self::MachineHealthCheck
            | Self::ClusterResourceSet
            | Self::ClusterResourceSetBinding
            | Self::MachinePool
            | Self::DevMachinePool => true,
            Self::KubeadmConfigTemplate
            | Self::DevMachineTemplate
            | Self::MachineDrainRule
            | Self::K8sInstallerConfigTemplate => false,
        }
    }
}

/// An object: its kind and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    pub(crate) kind: Watched,
    pub(crate) name: ObjectName,
}

impl ObjectId {
    pub(crate) fn new(kind: Watched, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            name: ObjectName::new(namespace, name),
        }
    }

    /// The object that somebody in `namespace` refers to, if its kind is watched.
    pub(crate) fn referred(reference: &ContractReference, namespace: &str) -> Option<Self> {
        Watched::referred(reference).map(|kind| Self::new(kind, namespace, &reference.name))
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.kind(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_names_and_templates_make_their_kind() {
        for watched in ALL {
            assert_eq!(Watched::find(watched.group(), watched.kind()), Some(watched));
        }
        assert_eq!(
            Watched::DevMachineTemplate.clone_kind(),
            Some(Watched::DevMachine)
        );
        assert_eq!(
            Watched::KubeadmConfigTemplate.clone_kind(),
            Some(Watched::KubeadmConfig)
        );
        assert_eq!(Watched::Machine.clone_kind(), None);
    }
}
