//! Kinds of the kubeadm providers: bootstrap and control plane.

use super::{Definition, Scale, Version, object, spec_only};
use crate::crds::columns::{
    AGE, AVAILABLE, AVAILABLE_COUNT, CLUSTER_CLASS_OF_OWNER, CLUSTER_OF_LABEL, CLUSTER_OF_OWNER, CURRENT,
    DESIRED, DESIRED_WIDE, PAUSED, PrinterColumn, READY, REPLICAS, UNAVAILABLE, UP_TO_DATE, UPDATED, VERSION,
};
use crate::kinds::{BOOTSTRAP, CONTROL_PLANE};
use crate::{v1beta1, v1beta2};

const BOOTSTRAP_KIND: Definition = Definition {
    group: BOOTSTRAP,
    provider: Some("bootstrap-kubeadm"),
    ..Definition::PLAIN
};

const CONTROL_PLANE_KIND: Definition = Definition {
    group: CONTROL_PLANE,
    provider: Some("control-plane-kubeadm"),
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 4] = [
    Definition {
        kind: "KubeadmConfig",
        plural: "kubeadmconfigs",
        description: "How a machine becomes a node with kubeadm.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::kubeadm_config::KubeadmConfigSpec,
                    v1beta1::kubeadm_config::KubeadmConfigStatus,
                >(),
                status: true,
                columns: &[CLUSTER_OF_LABEL, AGE],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::KubeadmConfigSpec, v1beta2::KubeadmConfigStatus>(),
                status: true,
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
                ..Version::PLAIN
            },
        ],
        ..BOOTSTRAP_KIND
    },
    Definition {
        kind: "KubeadmConfigTemplate",
        plural: "kubeadmconfigtemplates",
        description: "What KubeadmConfigs are cloned from.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::kubeadm_config::KubeadmConfigTemplateSpec>(),
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::KubeadmConfigTemplateSpec>(),
                columns: &[CLUSTER_CLASS_OF_OWNER, CLUSTER_OF_OWNER, AGE],
                ..Version::PLAIN
            },
        ],
        ..BOOTSTRAP_KIND
    },
    Definition {
        kind: "KubeadmControlPlane",
        plural: "kubeadmcontrolplanes",
        description: "A control plane of machines that kubeadm sets up.",
        short_names: &["kcp"],
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::kubeadm_control_plane::KubeadmControlPlaneSpec,
                    v1beta1::kubeadm_control_plane::KubeadmControlPlaneStatus,
                >(),
                status: true,
                scale: Scale::WithSelector,
                columns: &[
                    CLUSTER_OF_LABEL,
                    PrinterColumn::new(
                        "Initialized",
                        "boolean",
                        ".status.initialized",
                        "Whether the control plane has ever taken requests.",
                    ),
                    PrinterColumn::new(
                        "API Server Available",
                        "boolean",
                        ".status.ready",
                        "Whether the API server answers.",
                    ),
                    DESIRED_WIDE,
                    REPLICAS,
                    READY,
                    UPDATED,
                    UNAVAILABLE,
                    AGE,
                    VERSION,
                ],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::KubeadmControlPlaneSpec, v1beta2::KubeadmControlPlaneStatus>(),
                required: &["spec"],
                status: true,
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
            },
        ],
        ..CONTROL_PLANE_KIND
    },
    Definition {
        kind: "KubeadmControlPlaneTemplate",
        plural: "kubeadmcontrolplanetemplates",
        description: "What KubeadmControlPlanes are cloned from.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::kubeadm_control_plane_template::KubeadmControlPlaneTemplateSpec>(
                ),
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::KubeadmControlPlaneTemplateSpec>(),
                columns: &[CLUSTER_CLASS_OF_OWNER, AGE],
                ..Version::PLAIN
            },
        ],
        ..CONTROL_PLANE_KIND
    },
];
