//! Kinds of the development provider.

use super::{Definition, Version, object, spec_only};
use crate::crds::columns::{
    AGE, CLUSTER_OF_LABEL, FAILURE_DOMAIN, MACHINE_OF_OWNER, PAUSED, PROVIDER_ID, PROVIDER_ID_SHOWN,
    PrinterColumn, READY_FLAG,
};
use crate::kinds::INFRASTRUCTURE;
use crate::{v1beta1, v1beta2};

const DEVELOPMENT_KIND: Definition = Definition {
    group: INFRASTRUCTURE,
    provider: Some("infrastructure-docker"),
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 6] = [
    Definition {
        kind: "DevCluster",
        plural: "devclusters",
        description: "The infrastructure of a cluster for development and tests.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<v1beta1::dev::DevClusterSpec, v1beta1::dev::DevClusterStatus>(),
                status: true,
                columns: &[CLUSTER_OF_LABEL, AGE],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::DevClusterSpec, v1beta2::DevClusterStatus>(),
                status: true,
                columns: &[CLUSTER_OF_LABEL, AGE],
                ..Version::PLAIN
            },
        ],
        ..DEVELOPMENT_KIND
    },
    Definition {
        kind: "DevClusterTemplate",
        plural: "devclustertemplates",
        description: "What DevClusters are cloned from.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::dev::templates::DevClusterTemplateSpec>(),
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::DevClusterTemplateSpec>(),
                ..Version::PLAIN
            },
        ],
        ..DEVELOPMENT_KIND
    },
    Definition {
        kind: "DevMachine",
        plural: "devmachines",
        description: "A machine for development and tests.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<v1beta1::dev::DevMachineSpec, v1beta1::dev::DevMachineStatus>(),
                status: true,
                columns: &[
                    CLUSTER_OF_LABEL,
                    MACHINE_OF_OWNER,
                    PROVIDER_ID_SHOWN,
                    READY_FLAG,
                    AGE,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::DevMachineSpec, v1beta2::DevMachineStatus>(),
                status: true,
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
                ..Version::PLAIN
            },
        ],
        ..DEVELOPMENT_KIND
    },
    Definition {
        kind: "DevMachineTemplate",
        plural: "devmachinetemplates",
        description: "What DevMachines are cloned from.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::dev::templates::DevMachineTemplateSpec>(),
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::DevMachineTemplateSpec, v1beta2::DevMachineTemplateStatus>(),
                status: true,
                ..Version::PLAIN
            },
        ],
        ..DEVELOPMENT_KIND
    },
    Definition {
        kind: "DevMachinePool",
        plural: "devmachinepools",
        description: "A group of machines for development and tests.",
        contracts: &[("v1beta2", "v1beta2")],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<v1beta2::DevMachinePoolSpec, v1beta2::DevMachinePoolStatus>(),
            status: true,
            ..Version::PLAIN
        }],
        ..DEVELOPMENT_KIND
    },
    Definition {
        kind: "DevMachinePoolTemplate",
        plural: "devmachinepooltemplates",
        description: "What DevMachinePools are cloned from.",
        contracts: &[("v1beta2", "v1beta2")],
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<v1beta2::DevMachinePoolTemplateSpec>(),
            ..Version::PLAIN
        }],
        ..DEVELOPMENT_KIND
    },
];
