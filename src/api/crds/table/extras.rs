//! Kinds of the core provider in groups of their own: resource sets, addresses, extensions, clusterctl's inventory.

use super::{Definition, Scope, Version, at_the_top, object, spec_only};
use crate::crds::columns::{ADDRESS, AGE, CLUSTER, PAUSED, POOL_KIND, POOL_NAME, PrinterColumn};
use crate::kinds::{ADDONS, CLUSTERCTL, IPAM, RUNTIME};
use crate::{v1beta1, v1beta2};

const ADDONS_KIND: Definition = Definition {
    group: ADDONS,
    provider: Some("cluster-api"),
    ..Definition::PLAIN
};

const IPAM_KIND: Definition = Definition {
    group: IPAM,
    provider: Some("cluster-api"),
    ..Definition::PLAIN
};

const RUNTIME_KIND: Definition = Definition {
    group: RUNTIME,
    provider: Some("cluster-api"),
    contracts: &[("v1beta2", "v1beta2")],
    ..Definition::PLAIN
};

const CLUSTERCTL_KIND: Definition = Definition {
    group: CLUSTERCTL,
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 6] = [
    Definition {
        kind: "ClusterResourceSet",
        plural: "clusterresourcesets",
        description: "Objects that are applied to new clusters.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::cluster_resource_set::ClusterResourceSetSpec,
                    v1beta1::cluster_resource_set::ClusterResourceSetStatus,
                >(),
                status: true,
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::ClusterResourceSetSpec, v1beta2::ClusterResourceSetStatus>(),
                required: &["spec"],
                status: true,
                columns: &[
                    PrinterColumn::text(
                        "Applied",
                        r#".status.conditions[?(@.type=="ResourcesApplied")].status"#,
                        "Whether its resources were applied.",
                    ),
                    PAUSED,
                    AGE,
                ],
                ..Version::PLAIN
            },
        ],
        ..ADDONS_KIND
    },
    Definition {
        kind: "ClusterResourceSetBinding",
        plural: "clusterresourcesetbindings",
        description: "What ClusterResourceSets have applied to a cluster.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::cluster_resource_set::ClusterResourceSetBindingSpec>(),
                status: true,
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::ClusterResourceSetBindingSpec>(),
                required: &["spec"],
                columns: &[CLUSTER, AGE],
                ..Version::PLAIN
            },
        ],
        ..ADDONS_KIND
    },
    Definition {
        kind: "IPAddress",
        plural: "ipaddresses",
        description: "An address that was given out of a pool.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: spec_only::<v1beta1::ip_address::IpAddressSpec>(),
                columns: &[ADDRESS, POOL_NAME, POOL_KIND, AGE],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: spec_only::<v1beta2::IpAddressSpec>(),
                required: &["spec"],
                columns: &[ADDRESS, POOL_NAME, POOL_KIND, AGE],
                ..Version::PLAIN
            },
        ],
        ..IPAM_KIND
    },
    Definition {
        kind: "IPAddressClaim",
        plural: "ipaddressclaims",
        description: "A wish for an address out of a pool.",
        versions: &[
            Version {
                name: "v1beta1",
                fields: object::<
                    v1beta1::ip_address::IpAddressClaimSpec,
                    v1beta1::ip_address::IpAddressClaimStatus,
                >(),
                status: true,
                columns: &[POOL_NAME, POOL_KIND, AGE],
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::IpAddressClaimSpec, v1beta2::IpAddressClaimStatus>(),
                required: &["spec"],
                status: true,
                columns: &[POOL_NAME, POOL_KIND, AGE],
                ..Version::PLAIN
            },
        ],
        ..IPAM_KIND
    },
    Definition {
        kind: "ExtensionConfig",
        plural: "extensionconfigs",
        description: "A server that takes part in the life of clusters.",
        short_names: &["ext"],
        scope: Scope::Cluster,
        versions: &[
            Version {
                name: "v1alpha1",
                fields: object::<
                    v1beta1::extension_config::ExtensionConfigSpec,
                    v1beta1::extension_config::ExtensionConfigStatus,
                >(),
                status: true,
                ..Version::PLAIN
            },
            Version {
                name: "v1beta2",
                fields: object::<v1beta2::ExtensionConfigSpec, v1beta2::ExtensionConfigStatus>(),
                required: &["spec"],
                status: true,
                columns: &[
                    PAUSED,
                    PrinterColumn::text(
                        "Discovered",
                        r#".status.conditions[?(@.type=="Discovered")].status"#,
                        "Whether it told what it can do.",
                    ),
                    AGE,
                ],
                ..Version::PLAIN
            },
        ],
        ..RUNTIME_KIND
    },
    Definition {
        kind: "Provider",
        plural: "providers",
        description: "A provider that clusterctl installed.",
        versions: &[Version {
            name: "v1alpha3",
            fields: at_the_top::<v1beta2::ProviderFields>(),
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
            ..Version::PLAIN
        }],
        ..CLUSTERCTL_KIND
    },
];
