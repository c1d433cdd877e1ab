//! The kinds of the provider for hosts that one brings oneself, as Rust types. The schemas of their definitions are derived from
//! these: upstream's fields, those that its fork added, and those of the v1beta2 contract.

pub mod agent_upgrade;
pub mod bootstrap_kubeconfig;
pub mod cluster;
pub mod host;
pub mod installer;
pub mod machine;
pub mod names;

use crate::conditions::Condition;
use crate::kinds::INFRASTRUCTURE;
use crate::v1beta2::{Conditioned, Kind, NoStatus};

/// The version of all kinds here.
pub const VERSION: &str = "v1beta1";

macro_rules! kinds {
    ($($kind:ident $plural:literal $spec:ty, $status:ty;)+) => {$(
        #[doc = concat!("The kind ", stringify!($kind), ".")]
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $kind;

        impl Kind for $kind {
            const GROUP: &'static str = INFRASTRUCTURE;
            const VERSION: &'static str = VERSION;
            const KIND: &'static str = stringify!($kind);
            const PLURAL: &'static str = $plural;
            type Spec = $spec;
            type Status = $status;
        }
    )+};
}

kinds! {
    ByoHost "byohosts" host::ByoHostSpec, host::ByoHostStatus;
    ByoMachine "byomachines" machine::ByoMachineSpec, machine::ByoMachineStatus;
    ByoMachineTemplate "byomachinetemplates" machine::ByoMachineTemplateSpec, NoStatus;
    ByoCluster "byoclusters" cluster::ByoClusterSpec, cluster::ByoClusterStatus;
    K8sInstallerConfig "k8sinstallerconfigs" installer::K8sInstallerConfigSpec, installer::K8sInstallerConfigStatus;
    K8sInstallerConfigTemplate "k8sinstallerconfigtemplates" installer::K8sInstallerConfigTemplateSpec, NoStatus;
}

/// The conditions of these kinds that count are those of the new model, beside the old.
macro_rules! conditioned {
    ($($status:ty),+) => {$(
        impl Conditioned for $status {
            fn conditions(&self) -> &[Condition] {
                self.v1beta2.as_ref().map_or(&[], |beside| &beside.conditions)
            }

            fn conditions_mut(&mut self) -> &mut Vec<Condition> {
                &mut self.v1beta2.get_or_insert_default().conditions
            }
        }
    )+};
}

conditioned!(
    host::ByoHostStatus,
    machine::ByoMachineStatus,
    cluster::ByoClusterStatus,
    installer::K8sInstallerConfigStatus
);
