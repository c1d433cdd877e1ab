//! The kinds, one row each: names, subresources and printer columns, byte for byte those of upstream's v1beta2.

use super::columns::{
    AGE, AVAILABLE, AVAILABLE_COUNT, CLUSTER, CLUSTER_CLASS_OF_OWNER, CLUSTER_OF_LABEL, CLUSTER_OF_OWNER,
    CURRENT, DESIRED, FAILURE_DOMAIN, OF_CLUSTER, PAUSED, PHASE, PROVIDER_ID, PrinterColumn, READY,
    TEMPLATE_VERSION, UP_TO_DATE, VERSION,
};
use crate::kinds::{ADDONS, BOOTSTRAP, CLUSTERCTL, CONTROL_PLANE, CORE, INFRASTRUCTURE};

/// One kind that is served.
pub(super) struct Definition {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) short_names: &'static [&'static str],
    pub(super) status: bool,
    pub(super) scale: Scale,
    pub(super) columns: &'static [PrinterColumn],
}

/// The scale subresource of a kind. The paths of the replicas are the same for all.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// There is none.
    None,
    /// It tells no selector.
    WithoutSelector,
    /// It tells the selector of `.status.selector`.
    WithSelector,
}

impl Definition {
    /// The provider's label, as clusterctl names providers.
    pub(super) fn provider(&self) -> &'static str {
        match self.group {
            BOOTSTRAP => "bootstrap-kubeadm",
            CONTROL_PLANE => "control-plane-kubeadm",
            INFRASTRUCTURE => "infrastructure-docker",
            _ => "cluster-api",
        }
    }
}

/// A kind with nothing of its own: the rows name what they have.
const PLAIN: Definition = Definition {
    group: CORE,
    version: "v1beta2",
    kind: "",
    plural: "",
    short_names: &[],
    status: true,
    scale: Scale::None,
    columns: &[AGE],
};

/// Every kind that is served.
pub(super) const KINDS: [Definition; 19] = [
    Definition {
        kind: "Cluster",
        plural: "clusters",
        short_names: &["cl"],
        columns: &OF_CLUSTER,
        ..PLAIN
    },
    Definition {
        kind: "ClusterClass",
        plural: "clusterclasses",
        short_names: &["cc"],
        columns: &[
            PAUSED,
            PrinterColumn::text(
                "Variables Ready",
                r#".status.conditions[?(@.type=="VariablesReady")].status"#,
                "Whether its variables were understood.",
            ),
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        kind: "MachineDeployment",
        plural: "machinedeployments",
        short_names: &["md"],
        scale: Scale::WithSelector,
        columns: &[
            CLUSTER,
            AVAILABLE,
            DESIRED,
            CURRENT,
            READY,
            AVAILABLE_COUNT,
            UP_TO_DATE,
            PAUSED,
            PHASE,
            AGE,
            TEMPLATE_VERSION,
        ],
        ..PLAIN
    },
    Definition {
        kind: "MachineSet",
        plural: "machinesets",
        short_names: &["ms"],
        scale: Scale::WithSelector,
        columns: &[
            CLUSTER,
            DESIRED,
            CURRENT,
            READY,
            AVAILABLE_COUNT,
            UP_TO_DATE,
            PAUSED,
            AGE,
            TEMPLATE_VERSION,
        ],
        ..PLAIN
    },
    Definition {
        kind: "Machine",
        plural: "machines",
        short_names: &["ma"],
        columns: &[
            CLUSTER,
            PrinterColumn::text("Node Name", ".status.nodeRef.name", "The node that it became."),
            PROVIDER_ID,
            FAILURE_DOMAIN,
            PrinterColumn::text(
                "Ready",
                r#".status.conditions[?(@.type=="Ready")].status"#,
                "Whether all checks of its readiness pass.",
            ),
            PrinterColumn::text(
                "Available",
                r#".status.conditions[?(@.type=="Available")].status"#,
                "Whether it has been ready for long enough.",
            ),
            PrinterColumn::text(
                "Up-to-date",
                r#".status.conditions[?(@.type=="UpToDate")].status"#,
                "Whether it is as its owner wants it.",
            ),
            PrinterColumn::text(
                "Internal-IP",
                r#".status.addresses[?(@.type=="InternalIP")].address"#,
                "Its address inside.",
            )
            .wide(),
            PrinterColumn::text(
                "External-IP",
                r#".status.addresses[?(@.type=="ExternalIP")].address"#,
                "Its address from outside.",
            )
            .wide(),
            PrinterColumn::text(
                "OS-Image",
                ".status.nodeInfo.osImage",
                "The operating system that its node reports.",
            )
            .wide(),
            PAUSED,
            PHASE,
            AGE,
            VERSION,
        ],
        ..PLAIN
    },
    Definition {
        kind: "MachinePool",
        plural: "machinepools",
        short_names: &["mp"],
        scale: Scale::WithoutSelector,
        columns: &[
            CLUSTER,
            DESIRED,
            CURRENT,
            READY,
            AVAILABLE_COUNT,
            UP_TO_DATE,
            PAUSED,
            PHASE,
            AGE,
            TEMPLATE_VERSION,
        ],
        ..PLAIN
    },
    Definition {
        kind: "MachineHealthCheck",
        plural: "machinehealthchecks",
        short_names: &["mhc", "mhcs"],
        columns: &[
            CLUSTER,
            PrinterColumn::count(
                "Replicas",
                ".status.expectedMachines",
                "Machines that it watches.",
            ),
            PrinterColumn::count(
                "Healthy",
                ".status.currentHealthy",
                "Machines of those that are healthy.",
            ),
            PAUSED,
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        kind: "MachineDrainRule",
        plural: "machinedrainrules",
        status: false,
        columns: &[
            PrinterColumn::text("Behavior", ".spec.drain.behavior", "What happens to the pods."),
            PrinterColumn::text("Order", ".spec.drain.order", "When it happens; lower ones first."),
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        group: BOOTSTRAP,
        kind: "KubeadmConfig",
        plural: "kubeadmconfigs",
        columns: &[
            CLUSTER_OF_LABEL,
            PAUSED,
            PrinterColumn::text(
                "Data secret created",
                ".status.initialization.dataSecretCreated",
                "Whether the bootstrap secret is there.",
            ),
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        group: BOOTSTRAP,
        kind: "KubeadmConfigTemplate",
        plural: "kubeadmconfigtemplates",
        status: false,
        columns: &[CLUSTER_CLASS_OF_OWNER, CLUSTER_OF_OWNER, AGE],
        ..PLAIN
    },
    Definition {
        group: CONTROL_PLANE,
        kind: "KubeadmControlPlane",
        plural: "kubeadmcontrolplanes",
        short_names: &["kcp"],
        scale: Scale::WithSelector,
        columns: &[
            CLUSTER_OF_LABEL,
            AVAILABLE,
            DESIRED,
            CURRENT,
            READY,
            AVAILABLE_COUNT,
            UP_TO_DATE,
            PAUSED,
            PrinterColumn::new(
                "Initialized",
                "boolean",
                ".status.initialization.controlPlaneInitialized",
                "Whether the control plane has ever taken requests.",
            ),
            AGE,
            VERSION,
        ],
        ..PLAIN
    },
    Definition {
        group: CONTROL_PLANE,
        kind: "KubeadmControlPlaneTemplate",
        plural: "kubeadmcontrolplanetemplates",
        status: false,
        columns: &[CLUSTER_CLASS_OF_OWNER, AGE],
        ..PLAIN
    },
    Definition {
        group: ADDONS,
        kind: "ClusterResourceSet",
        plural: "clusterresourcesets",
        columns: &[
            PrinterColumn::text(
                "Applied",
                r#".status.conditions[?(@.type=="ResourcesApplied")].status"#,
                "Whether its resources were applied.",
            ),
            PAUSED,
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        group: ADDONS,
        kind: "ClusterResourceSetBinding",
        plural: "clusterresourcesetbindings",
        status: false,
        columns: &[CLUSTER, AGE],
        ..PLAIN
    },
    Definition {
        group: INFRASTRUCTURE,
        kind: "DevCluster",
        plural: "devclusters",
        columns: &[CLUSTER_OF_LABEL, AGE],
        ..PLAIN
    },
    Definition {
        group: INFRASTRUCTURE,
        kind: "DevClusterTemplate",
        plural: "devclustertemplates",
        status: false,
        ..PLAIN
    },
    Definition {
        group: INFRASTRUCTURE,
        kind: "DevMachine",
        plural: "devmachines",
        columns: &[
            CLUSTER_OF_LABEL,
            PROVIDER_ID,
            FAILURE_DOMAIN,
            PrinterColumn::text(
                "IP",
                r#".status.addresses[?(@.type=="InternalIP")].address"#,
                "Its address.",
            )
            .wide(),
            PAUSED,
            PrinterColumn::text(
                "Provisioned",
                ".status.initialization.provisioned",
                "Whether it is there.",
            ),
            AGE,
        ],
        ..PLAIN
    },
    Definition {
        group: INFRASTRUCTURE,
        kind: "DevMachineTemplate",
        plural: "devmachinetemplates",
        ..PLAIN
    },
    Definition {
        group: CLUSTERCTL,
        version: "v1alpha3",
        kind: "Provider",
        plural: "providers",
        status: false,
        columns: &[
            AGE,
            PrinterColumn::text(
                "Type",
                ".type",
                "Core, bootstrap, control plane or infrastructure.",
            ),
            PrinterColumn::text("Provider", ".providerName", "The provider."),
            PrinterColumn::text("Version", ".version", "Its version."),
        ],
        ..PLAIN
    },
];
