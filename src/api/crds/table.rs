//! The kinds, one row each: names, subresources and printer columns, byte for byte those of upstream's v1beta2.

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

/// One printer column.
pub(super) struct PrinterColumn {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) json_path: &'static str,
    pub(super) priority: i32,
    pub(super) description: &'static str,
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

impl PrinterColumn {
    const fn new(
        name: &'static str,
        kind: &'static str,
        json_path: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            json_path,
            priority: 0,
            description,
        }
    }

    /// A column of texts.
    const fn text(name: &'static str, json_path: &'static str, description: &'static str) -> Self {
        Self::new(name, "string", json_path, description)
    }

    /// A column of whole numbers.
    const fn count(name: &'static str, json_path: &'static str, description: &'static str) -> Self {
        Self::new(name, "integer", json_path, description)
    }

    /// The same column, shown with `-o wide` only.
    const fn wide(self) -> Self {
        Self { priority: 10, ..self }
    }
}

const AGE: PrinterColumn = PrinterColumn::new(
    "Age",
    "date",
    ".metadata.creationTimestamp",
    "Time since it was created.",
);
const PAUSED: PrinterColumn = PrinterColumn::text(
    "Paused",
    r#".status.conditions[?(@.type=="Paused")].status"#,
    "Whether controllers leave it alone.",
)
.wide();
const AVAILABLE: PrinterColumn = PrinterColumn::text(
    "Available",
    r#".status.conditions[?(@.type=="Available")].status"#,
    "Whether all checks of its availability pass.",
);
const CLUSTER: PrinterColumn =
    PrinterColumn::text("Cluster", ".spec.clusterName", "The cluster that it belongs to.");
const CLUSTER_OF_LABEL: PrinterColumn = PrinterColumn::text(
    "Cluster",
    r".metadata.labels['cluster\.x-k8s\.io/cluster-name']",
    "The cluster that it belongs to.",
);
const CLUSTER_CLASS_OF_OWNER: PrinterColumn = PrinterColumn::text(
    "ClusterClass",
    r#".metadata.ownerReferences[?(@.kind=="ClusterClass")].name"#,
    "The class that owns this template.",
);
const CLUSTER_OF_OWNER: PrinterColumn = PrinterColumn::text(
    "Cluster",
    r#".metadata.ownerReferences[?(@.kind=="Cluster")].name"#,
    "The cluster that owns this template.",
);
const DESIRED: PrinterColumn =
    PrinterColumn::count("Desired", ".spec.replicas", "Machines that are wished for.");
const CURRENT: PrinterColumn =
    PrinterColumn::count("Current", ".status.replicas", "Machines that there are.");
const READY: PrinterColumn = PrinterColumn::count(
    "Ready",
    ".status.readyReplicas",
    "Machines whose Ready condition is true.",
);
const AVAILABLE_COUNT: PrinterColumn = PrinterColumn::count(
    "Available",
    ".status.availableReplicas",
    "Machines whose Available condition is true.",
);
const UP_TO_DATE: PrinterColumn = PrinterColumn::count(
    "Up-to-date",
    ".status.upToDateReplicas",
    "Machines whose UpToDate condition is true.",
);
const PHASE: PrinterColumn = PrinterColumn::text("Phase", ".status.phase", "Where it is in its life.");
const TEMPLATE_VERSION: PrinterColumn = PrinterColumn::text(
    "Version",
    ".spec.template.spec.version",
    "Kubernetes version of new machines.",
);
const VERSION: PrinterColumn = PrinterColumn::text("Version", ".spec.version", "Its Kubernetes version.");
const PROVIDER_ID: PrinterColumn =
    PrinterColumn::text("Provider ID", ".spec.providerID", "What the provider calls it.").wide();
const FAILURE_DOMAIN: PrinterColumn = PrinterColumn::text(
    "Failure domain",
    ".status.failureDomain",
    "The failure domain that it was placed in.",
);

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
        columns: &[
            PrinterColumn::text(
                "ClusterClass",
                ".spec.topology.classRef.name",
                "Its class; empty for one without.",
            ),
            AVAILABLE,
            PrinterColumn::count(
                "CP Desired",
                ".status.controlPlane.desiredReplicas",
                "Control plane machines that are wished for.",
            ),
            PrinterColumn::count(
                "CP Current",
                ".status.controlPlane.replicas",
                "Control plane machines that there are.",
            )
            .wide(),
            PrinterColumn::count(
                "CP Ready",
                ".status.controlPlane.readyReplicas",
                "Control plane machines that are ready.",
            )
            .wide(),
            PrinterColumn::count(
                "CP Available",
                ".status.controlPlane.availableReplicas",
                "Control plane machines that are available.",
            ),
            PrinterColumn::count(
                "CP Up-to-date",
                ".status.controlPlane.upToDateReplicas",
                "Control plane machines that are up to date.",
            ),
            PrinterColumn::count(
                "W Desired",
                ".status.workers.desiredReplicas",
                "Worker machines that are wished for.",
            ),
            PrinterColumn::count(
                "W Current",
                ".status.workers.replicas",
                "Worker machines that there are.",
            )
            .wide(),
            PrinterColumn::count(
                "W Ready",
                ".status.workers.readyReplicas",
                "Worker machines that are ready.",
            )
            .wide(),
            PrinterColumn::count(
                "W Available",
                ".status.workers.availableReplicas",
                "Worker machines that are available.",
            ),
            PrinterColumn::count(
                "W Up-to-date",
                ".status.workers.upToDateReplicas",
                "Worker machines that are up to date.",
            ),
            PAUSED,
            PHASE,
            AGE,
            PrinterColumn::text("Version", ".spec.topology.version", "Its Kubernetes version."),
        ],
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
