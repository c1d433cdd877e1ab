//! Kinds of the core provider that stand for machines.

use super::{Definition, Scale, Version, object};
use crate::crds::columns::{
    AGE, AVAILABLE, AVAILABLE_COUNT, CLUSTER, CURRENT, DESIRED, DESIRED_WIDE, FAILURE_DOMAIN, PAUSED, PHASE,
    PROVIDER_ID, PROVIDER_ID_SHOWN, PrinterColumn, READY, REPLICAS, TEMPLATE_VERSION, UNAVAILABLE,
    UP_TO_DATE, UPDATED, VERSION,
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
        kind: "Machine",
        plural: "machines",
        description: "A machine that is a node of a cluster, or shall become one.",
        short_names: &["ma"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<v1beta1::machine::MachineSpec, v1beta1::machine::MachineStatus>(),
                status: true,
                columns: &[
                    CLUSTER,
                    PrinterColumn::text("NodeName", ".status.nodeRef.name", "The node that it became."),
                    PROVIDER_ID_SHOWN,
                    PHASE,
                    AGE,
                    VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::MachineSpec, v1beta2::MachineStatus>(),
                required: &["spec"],
                status: true,
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
                        "Whether it is as its owner wishes.",
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
                ..Version::PLAIN
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "MachineSet",
        plural: "machinesets",
        description: "Machines that are alike, of one revision of a MachineDeployment.",
        short_names: &["ms"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<v1beta1::machine_set::MachineSetSpec, v1beta1::machine_set::MachineSetStatus>(
                ),
                status: true,
                scale: Scale::WithSelector,
                columns: &[
                    CLUSTER,
                    DESIRED_WIDE,
                    REPLICAS,
                    READY,
                    AVAILABLE_COUNT,
                    AGE,
                    TEMPLATE_VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::MachineSetSpec, v1beta2::MachineSetStatus>(),
                required: &["spec"],
                status: true,
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
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "MachineDeployment",
        plural: "machinedeployments",
        description: "Worker machines that are alike; changes are rolled out by replacing machines.",
        short_names: &["md"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::machine_deployment::MachineDeploymentSpec,
                    v1beta1::machine_deployment::MachineDeploymentStatus,
                >(),
                status: true,
                scale: Scale::WithSelector,
                columns: &[
                    CLUSTER,
                    DESIRED_WIDE,
                    REPLICAS,
                    READY,
                    UPDATED,
                    UNAVAILABLE,
                    PHASE,
                    AGE,
                    TEMPLATE_VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::MachineDeploymentSpec, v1beta2::MachineDeploymentStatus>(),
                required: &["spec"],
                status: true,
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
            },
        ],
        ..CORE_KIND
    },
    Definition {
        kind: "MachinePool",
        plural: "machinepools",
        description: "Machines that the infrastructure provider keeps as one group.",
        short_names: &["mp"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::machine_pool::MachinePoolSpec,
                    v1beta1::machine_pool::MachinePoolStatus,
                >(),
                status: true,
                scale: Scale::WithoutSelector,
                columns: &[
                    CLUSTER,
                    DESIRED_WIDE,
                    PrinterColumn::text("Replicas", ".status.replicas", "Machines that there are."),
                    PHASE,
                    AGE,
                    TEMPLATE_VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::MachinePoolSpec, v1beta2::MachinePoolStatus>(),
                required: &["spec"],
                status: true,
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
            },
        ],
        ..CORE_KIND
    },
];
