//! Kinds of the provider for hosts that one brings oneself.

use super::{Definition, Nothing, Version, object, spec_only};
use crate::byoh;
use crate::crds::columns::{PHASE, PrinterColumn};
use crate::kinds::INFRASTRUCTURE;

const BYOH_KIND: Definition = Definition {
    group: INFRASTRUCTURE,
    provider: Some("infrastructure-byoh"),
    contracts: &[("v1beta1", "v1beta1"), ("v1beta2", "v1beta1")],
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 9] = [
    Definition {
        kind: "ByoHost",
        plural: "byohosts",
        description: "A host of a pool: a running Linux system whose agent waits for work.",
        short_names: &["byoh"],
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<byoh::host::ByoHostSpec, byoh::host::ByoHostStatus>(),
            status: true,
            columns: &[
                PrinterColumn::text("OSName", ".status.hostinfo.osname", "The operating system."),
                PrinterColumn::text(
                    "OSImage",
                    ".status.hostinfo.osimage",
                    "Name and release of the operating system.",
                ),
                PrinterColumn::text("Arch", ".status.hostinfo.architecture", "Processor architecture."),
            ],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "ByoHostAgentUpgrade",
        plural: "byohostagentupgrades",
        description: "A staged upgrade of the agents of many hosts.",
        short_names: &["byohau"],
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<
                byoh::agent_upgrade::ByoHostAgentUpgradeSpec,
                byoh::agent_upgrade::ByoHostAgentUpgradeStatus,
            >(),
            status: true,
            columns: &[
                PHASE,
                PrinterColumn::text("Target", ".spec.targetVersion", "The version that is wished for."),
                PrinterColumn::text("Upgraded", ".status.upgraded", "Hosts that have it."),
                PrinterColumn::text("Total", ".status.total", "Hosts that are meant."),
            ],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "ByoMachine",
        plural: "byomachines",
        description: "A machine that runs on a host of the pool.",
        short_names: &["byom"],
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<byoh::machine::ByoMachineSpec, byoh::machine::ByoMachineStatus>(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "ByoMachineTemplate",
        plural: "byomachinetemplates",
        description: "What ByoMachines are cloned from.",
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<byoh::machine::ByoMachineTemplateSpec, byoh::machine::ByoMachineTemplateStatus>(
            ),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "ByoCluster",
        plural: "byoclusters",
        description: "The infrastructure of a cluster of hosts.",
        short_names: &["byoc"],
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<byoh::cluster::ByoClusterSpec, byoh::cluster::ByoClusterStatus>(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "ByoClusterTemplate",
        plural: "byoclustertemplates",
        description: "What ByoClusters are cloned from.",
        short_names: &["byoct"],
        versions: &[Version {
            name: "v1beta1",
            fields: spec_only::<byoh::cluster::ByoClusterTemplateSpec>(),
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "K8sInstallerConfig",
        plural: "k8sinstallerconfigs",
        description: "How Kubernetes is installed on a host.",
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<
                byoh::installer::K8sInstallerConfigSpec,
                byoh::installer::K8sInstallerConfigStatus,
            >(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "K8sInstallerConfigTemplate",
        plural: "k8sinstallerconfigtemplates",
        description: "What K8sInstallerConfigs are cloned from.",
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<byoh::installer::K8sInstallerConfigTemplateSpec, Nothing>(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
    Definition {
        kind: "BootstrapKubeconfig",
        plural: "bootstrapkubeconfigs",
        description: "A kubeconfig with which the agent of a new host enrols.",
        categories: &[],
        versions: &[Version {
            name: "v1beta1",
            fields: object::<
                byoh::bootstrap_kubeconfig::BootstrapKubeconfigSpec,
                byoh::bootstrap_kubeconfig::BootstrapKubeconfigStatus,
            >(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BYOH_KIND
    },
];
