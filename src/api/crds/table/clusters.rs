//! Kinds of the core provider that stand for clusters and for what happens to their machines.

use super::{Definition, Version, object, spec_only};
use crate::crds::columns::{
    AGE, AVAILABLE, BEHAVIOR, CLUSTER, ORDER, PAUSED, PHASE, PrinterColumn, TOPOLOGY_VERSION,
};
use crate::kinds::CORE;
use crate::{v1beta1, v1beta2};

const CORE_KIND: Definition = Definition {
    group: CORE,
    provider: Some("cluster-api"),
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 4] = [
    Definition {
        kind: "Cluster",
        plural: "clusters",
        description: "A Kubernetes cluster: its control plane, its infrastructure, or the topology that both follow from.",
        short_names: &["cl"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<v1beta1::cluster::ClusterSpec, v1beta1::cluster::ClusterStatus>(),
                status: true,
                columns: &[
                    PrinterColumn::text(
                        "ClusterClass",
                        ".spec.topology.class",
                        "Its class; empty for one without.",
                    ),
                    PHASE,
                    AGE,
                    TOPOLOGY_VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::ClusterSpec, v1beta2::ClusterStatus>(),
                required: &["spec"],
                status: true,
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
                    TOPOLOGY_VERSION,
                ],
                ..Version::PLAIN
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "MachineHealthCheck",
        plural: "machinehealthchecks",
        description: "Finds unhealthy machines of a cluster and has them repaired.",
        short_names: &["mhc", "mhcs"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::machine_health_check::MachineHealthCheckSpec,
                    v1beta1::machine_health_check::MachineHealthCheckStatus,
                >(),
                status: true,
                columns: &[
                    CLUSTER,
                    PrinterColumn::count(
                        "ExpectedMachines",
                        ".status.expectedMachines",
                        "Machines that it watches.",
                    ),
                    PrinterColumn::text(
                        "MaxUnhealthy",
                        ".spec.maxUnhealthy",
                        "Most machines that may be unhealthy.",
                    ),
                    PrinterColumn::count(
                        "CurrentHealthy",
                        ".status.currentHealthy",
                        "Machines of those that are healthy.",
                    ),
                    AGE,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::MachineHealthCheckSpec, v1beta2::MachineHealthCheckStatus>(),
                required: &["spec"],
                status: true,
                columns: &[
                    CLUSTER,
                    PrinterColumn::count("Replicas", ".status.expectedMachines", "Machines that there are."),
                    PrinterColumn::count(
                        "Healthy",
                        ".status.currentHealthy",
                        "Machines of those that are healthy.",
                    ),
                    PAUSED,
                    AGE,
                ],
                ..Version::PLAIN
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "MachineDrainRule",
        plural: "machinedrainrules",
        description: "Says how pods are drained from machines that go.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta2::MachineDrainRuleSpec>(),
                required: &["metadata", "spec"],
                columns: &[BEHAVIOR, ORDER, AGE],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::MachineDrainRuleSpec>(),
                required: &["metadata", "spec"],
                columns: &[BEHAVIOR, ORDER, AGE],
                ..Version::PLAIN
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "ClusterClass",
        plural: "clusterclasses",
        description: "A blueprint for clusters: templates, variables, and how the variables change the templates.",
        short_names: &["cc"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::cluster_class::ClusterClassSpec,
                    v1beta1::cluster_class::ClusterClassStatus,
                >(),
                status: true,
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::ClusterClassSpec, v1beta2::ClusterClassStatus>(),
                required: &["spec"],
                status: true,
                columns: &[
                    PAUSED,
                    PrinterColumn::text(
                        "Variables Ready",
                        r#".status.conditions[?(@.type=="VariablesReady")].status"#,
                        "Whether its variables were understood.",
                    ),
                    AGE,
                ],
                ..Version::PLAIN
            },
        ],
        ..CORE_KIND
    },
];
