//! The kinds that have two versions, and what differs between them: one table each, made of smaller ones that several share.

use super::rule::{self, Context, Rule, Side};
use super::{ConvertError, Fields, V1ALPHA1_DATA, V1BETA1_DATA, empty};
use crate::kinds::{ADDONS, BOOTSTRAP, CONTROL_PLANE, CORE, INFRASTRUCTURE};

mod class;
mod cluster;
mod control_plane;
mod health;
mod infrastructure;
mod kubeadm;
mod machine;
mod shared;
mod workers;

/// Group of IPAddress and IPAddressClaim.
const IPAM: &str = "ipam.cluster.x-k8s.io";
/// Group of ExtensionConfig.
const RUNTIME: &str = "runtime.cluster.x-k8s.io";

/// One kind between v1beta2 and one older version.
pub(super) struct Table {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    /// The older version.
    pub(super) old: &'static str,
    /// The annotation that keeps what only the older version says.
    pub(super) old_data: &'static str,
    rules: &'static [Rule],
    /// Whether the older version names the cluster by a label only.
    pub(super) names_cluster_by_label: bool,
    /// Whether the newer version demands nothing of it, not even a spec.
    may_be_empty: bool,
}

impl Table {
    const fn of(group: &'static str, kind: &'static str, rules: &'static [Rule]) -> Self {
        Self {
            group,
            kind,
            old: "v1beta1",
            old_data: V1BETA1_DATA,
            rules,
            names_cluster_by_label: false,
            may_be_empty: false,
        }
    }

    const fn alpha(group: &'static str, kind: &'static str, rules: &'static [Rule]) -> Self {
        Self {
            old: "v1alpha1",
            old_data: V1ALPHA1_DATA,
            ..Self::of(group, kind, rules)
        }
    }

    const fn may_be_empty(group: &'static str, kind: &'static str, rules: &'static [Rule]) -> Self {
        Self {
            may_be_empty: true,
            ..Self::of(group, kind, rules)
        }
    }

    /// Converts the fields of an object, all but its apiVersion and its metadata.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub(super) fn apply(&self, object: &mut Fields, context: &Context<'_>) -> Result<(), ConvertError> {
        rule::apply(self.rules, object, context)?;
        if context.to == Side::New {
            empty::sweep_object(object, self.may_be_empty);
        }
        Ok(())
    }
}

/// The tables of a kind, one for each older version.
pub(super) fn of(group: &str, kind: &str) -> impl Iterator<Item = &'static Table> {
    TABLES
        .iter()
        .filter(move |table| table.kind == kind && table.group == group)
}

/// All tables, for tests that want to have seen every kind.
#[cfg(test)]
pub(super) fn all() -> &'static [Table] {
    TABLES
}

static TABLES: &[Table] = &[
    Table::of(CORE, "Cluster", cluster::CLUSTER),
    Table::of(CORE, "ClusterClass", class::CLUSTER_CLASS),
    Table::of(CORE, "MachineDeployment", workers::MACHINE_DEPLOYMENT),
    Table::of(CORE, "MachineSet", workers::MACHINE_SET),
    Table::of(CORE, "MachinePool", workers::MACHINE_POOL),
    Table::of(CORE, "Machine", machine::MACHINE),
    Table::of(CORE, "MachineHealthCheck", health::MACHINE_HEALTH_CHECK),
    Table::of(CORE, "MachineDrainRule", &[]),
    Table::may_be_empty(BOOTSTRAP, "KubeadmConfig", kubeadm::KUBEADM_CONFIG),
    Table::may_be_empty(
        BOOTSTRAP,
        "KubeadmConfigTemplate",
        kubeadm::KUBEADM_CONFIG_TEMPLATE,
    ),
    Table::of(
        CONTROL_PLANE,
        "KubeadmControlPlane",
        control_plane::KUBEADM_CONTROL_PLANE,
    ),
    Table::may_be_empty(
        CONTROL_PLANE,
        "KubeadmControlPlaneTemplate",
        control_plane::KUBEADM_CONTROL_PLANE_TEMPLATE,
    ),
    Table::of(ADDONS, "ClusterResourceSet", shared::ONLY_CONDITIONS),
    Table::of(ADDONS, "ClusterResourceSetBinding", &[]),
    Table::of(IPAM, "IPAddress", &[]),
    Table::alpha(IPAM, "IPAddress", &[]),
    Table::of(IPAM, "IPAddressClaim", shared::ONLY_CONDITIONS),
    Table {
        names_cluster_by_label: true,
        ..Table::alpha(IPAM, "IPAddressClaim", shared::OLD_ADDRESS_CLAIM)
    },
    Table::alpha(RUNTIME, "ExtensionConfig", shared::ONLY_CONDITIONS),
    Table::of(INFRASTRUCTURE, "DevCluster", infrastructure::DEV_CLUSTER),
    Table::of(
        INFRASTRUCTURE,
        "DevClusterTemplate",
        infrastructure::DEV_CLUSTER_TEMPLATE,
    ),
    Table::of(INFRASTRUCTURE, "DevMachine", infrastructure::DEV_MACHINE),
    Table::of(
        INFRASTRUCTURE,
        "DevMachineTemplate",
        infrastructure::DEV_MACHINE_TEMPLATE,
    ),
];
