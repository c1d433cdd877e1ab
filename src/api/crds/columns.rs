//! Printer columns: how one is written, and those that several kinds share.

/// One printer column.
pub(super) struct PrinterColumn {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) json_path: &'static str,
    pub(super) priority: i32,
    pub(super) description: &'static str,
}

impl PrinterColumn {
    pub(super) const fn new(
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
    pub(super) const fn text(name: &'static str, json_path: &'static str, description: &'static str) -> Self {
        Self::new(name, "string", json_path, description)
    }

    /// A column of whole numbers.
    pub(super) const fn count(
        name: &'static str,
        json_path: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(name, "integer", json_path, description)
    }

    /// The same column, shown with `-o wide` only.
    pub(super) const fn wide(self) -> Self {
        self.at(10)
    }

    /// The same column with a priority; above zero it is shown with `-o wide` only.
    pub(super) const fn at(self, priority: i32) -> Self {
        Self { priority, ..self }
    }
}

pub(super) const AGE: PrinterColumn = PrinterColumn::new(
    "Age",
    "date",
    ".metadata.creationTimestamp",
    "Time since it was created.",
);
pub(super) const PAUSED: PrinterColumn = PrinterColumn::text(
    "Paused",
    r#".status.conditions[?(@.type=="Paused")].status"#,
    "Whether controllers leave it alone.",
)
.wide();
pub(super) const AVAILABLE: PrinterColumn = PrinterColumn::text(
    "Available",
    r#".status.conditions[?(@.type=="Available")].status"#,
    "Whether all checks of its availability pass.",
);
pub(super) const CLUSTER: PrinterColumn =
    PrinterColumn::text("Cluster", ".spec.clusterName", "The cluster that it belongs to.");
pub(super) const CLUSTER_OF_LABEL: PrinterColumn = PrinterColumn::text(
    "Cluster",
    r".metadata.labels['cluster\.x-k8s\.io/cluster-name']",
    "The cluster that it belongs to.",
);
pub(super) const CLUSTER_OF_DOTTED_LABEL: PrinterColumn = PrinterColumn::text(
    "Cluster",
    r".metadata.labels.cluster\.x-k8s\.io/cluster-name",
    "The cluster that it belongs to.",
);
pub(super) const CLUSTER_CLASS_OF_OWNER: PrinterColumn = PrinterColumn::text(
    "ClusterClass",
    r#".metadata.ownerReferences[?(@.kind=="ClusterClass")].name"#,
    "The class that owns this template.",
);
pub(super) const CLUSTER_OF_OWNER: PrinterColumn = PrinterColumn::text(
    "Cluster",
    r#".metadata.ownerReferences[?(@.kind=="Cluster")].name"#,
    "The cluster that owns this template.",
);
pub(super) const DESIRED: PrinterColumn =
    PrinterColumn::count("Desired", ".spec.replicas", "Machines that are wished for.");
pub(super) const DESIRED_WIDE: PrinterColumn =
    PrinterColumn::count("Desired", ".spec.replicas", "Machines that are wished for.").wide();
pub(super) const CURRENT: PrinterColumn =
    PrinterColumn::count("Current", ".status.replicas", "Machines that there are.");
pub(super) const READY: PrinterColumn = PrinterColumn::count(
    "Ready",
    ".status.readyReplicas",
    "Machines whose Ready condition is true.",
);
pub(super) const READY_FLAG: PrinterColumn =
    PrinterColumn::text("Ready", ".status.ready", "Whether it is ready.");
pub(super) const AVAILABLE_COUNT: PrinterColumn = PrinterColumn::count(
    "Available",
    ".status.availableReplicas",
    "Machines whose Available condition is true.",
);
pub(super) const UP_TO_DATE: PrinterColumn = PrinterColumn::count(
    "Up-to-date",
    ".status.upToDateReplicas",
    "Machines whose UpToDate condition is true.",
);
pub(super) const REPLICAS: PrinterColumn =
    PrinterColumn::count("Replicas", ".status.replicas", "Machines that there are.");
pub(super) const UPDATED: PrinterColumn = PrinterColumn::count(
    "Updated",
    ".status.updatedReplicas",
    "Machines that are as wished.",
);
pub(super) const UNAVAILABLE: PrinterColumn = PrinterColumn::count(
    "Unavailable",
    ".status.unavailableReplicas",
    "Machines that are not available.",
);
pub(super) const PHASE: PrinterColumn =
    PrinterColumn::text("Phase", ".status.phase", "Where it is in its life.");
pub(super) const TEMPLATE_VERSION: PrinterColumn = PrinterColumn::text(
    "Version",
    ".spec.template.spec.version",
    "Kubernetes version of new machines.",
);
pub(super) const VERSION: PrinterColumn =
    PrinterColumn::text("Version", ".spec.version", "Its Kubernetes version.");
pub(super) const PROVIDER_ID: PrinterColumn =
    PrinterColumn::text("Provider ID", ".spec.providerID", "What the provider calls it.").wide();
pub(super) const PROVIDER_ID_SHOWN: PrinterColumn =
    PrinterColumn::text("ProviderID", ".spec.providerID", "What the provider calls it.");
pub(super) const FAILURE_DOMAIN: PrinterColumn = PrinterColumn::text(
    "Failure domain",
    ".status.failureDomain",
    "The failure domain that it was placed in.",
);
pub(super) const MACHINE_OF_OWNER: PrinterColumn = PrinterColumn::text(
    "Machine",
    r#".metadata.ownerReferences[?(@.kind=="Machine")].name"#,
    "The machine that owns it.",
);
pub(super) const POOL_NAME: PrinterColumn =
    PrinterColumn::text("Pool Name", ".spec.poolRef.name", "The pool of the address.");
pub(super) const POOL_KIND: PrinterColumn =
    PrinterColumn::text("Pool Kind", ".spec.poolRef.kind", "The kind of the pool.");
pub(super) const ADDRESS: PrinterColumn = PrinterColumn::text("Address", ".spec.address", "The address.");
pub(super) const BEHAVIOR: PrinterColumn =
    PrinterColumn::text("Behavior", ".spec.drain.behavior", "What happens to the pods.");
pub(super) const ORDER: PrinterColumn =
    PrinterColumn::text("Order", ".spec.drain.order", "When it happens; lower ones first.");
pub(super) const VPC: PrinterColumn =
    PrinterColumn::text("VPC", ".spec.network.vpc.id", "The VPC that it is in.");
pub(super) const ENDPOINT_HOST: PrinterColumn = PrinterColumn::text(
    "Endpoint",
    ".spec.controlPlaneEndpoint.host",
    "Where the API is reached.",
)
.at(1);
pub(super) const BASTION_IP: PrinterColumn = PrinterColumn::text(
    "Bastion IP",
    ".status.bastion.publicIp",
    "Address of the bastion host.",
);
pub(super) const TOPOLOGY_VERSION: PrinterColumn =
    PrinterColumn::text("Version", ".spec.topology.version", "Its Kubernetes version.");
