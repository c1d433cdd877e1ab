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
        Self { priority: 10, ..self }
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
pub(super) const CURRENT: PrinterColumn =
    PrinterColumn::count("Current", ".status.replicas", "Machines that there are.");
pub(super) const READY: PrinterColumn = PrinterColumn::count(
    "Ready",
    ".status.readyReplicas",
    "Machines whose Ready condition is true.",
);
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
pub(super) const FAILURE_DOMAIN: PrinterColumn = PrinterColumn::text(
    "Failure domain",
    ".status.failureDomain",
    "The failure domain that it was placed in.",
);

/// The columns of a Cluster, of which no other kind has any but the usual ones.
pub(super) const OF_CLUSTER: [PrinterColumn; 16] = [
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
];
