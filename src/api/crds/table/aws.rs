//! Kinds of the AWS provider.

use super::{Definition, Scope, Version, object, spec_only};
use crate::aws;
use crate::crds::columns::{
    BASTION_IP, CLUSTER_OF_DOTTED_LABEL, ENDPOINT_HOST, MACHINE_OF_OWNER, PrinterColumn, READY_FLAG,
    REPLICAS, VPC,
};
use crate::kinds::{BOOTSTRAP, CONTROL_PLANE, INFRASTRUCTURE};

const INFRASTRUCTURE_KIND: Definition = Definition {
    group: INFRASTRUCTURE,
    provider: Some("infrastructure-aws"),
    contracts: &[("v1beta1", "v1beta2")],
    ..Definition::PLAIN
};

const CONTROL_PLANE_KIND: Definition = Definition {
    group: CONTROL_PLANE,
    provider: Some("infrastructure-aws"),
    contracts: &[("v1beta1", "v1beta2")],
    ..Definition::PLAIN
};

const BOOTSTRAP_KIND: Definition = Definition {
    group: BOOTSTRAP,
    provider: Some("infrastructure-aws"),
    contracts: &[("v1beta1", "v1beta2")],
    ..Definition::PLAIN
};

/// Its kinds.
pub(super) const KINDS: [Definition; 15] = [
    Definition {
        kind: "AWSCluster",
        plural: "awsclusters",
        description: "The infrastructure of a cluster on EC2.",
        short_names: &["awsc"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<aws::cluster::AwsClusterSpec, aws::cluster::AwsClusterStatus>(),
            status: true,
            columns: &[
                CLUSTER_OF_DOTTED_LABEL,
                READY_FLAG,
                VPC,
                PrinterColumn::text(
                    "Endpoint",
                    ".spec.controlPlaneEndpoint",
                    "Where the API is reached.",
                )
                .at(1),
                BASTION_IP,
                PrinterColumn::text(
                    "Bastion IPv6",
                    ".status.bastion.ipv6Address",
                    "IPv6 address of the bastion host.",
                ),
            ],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSMachine",
        plural: "awsmachines",
        description: "A machine that is an EC2 instance.",
        short_names: &["awsm"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<aws::machine::AwsMachineSpec, aws::machine::AwsMachineStatus>(),
            status: true,
            columns: &[
                CLUSTER_OF_DOTTED_LABEL,
                PrinterColumn::text("State", ".status.instanceState", "State of the instance."),
                READY_FLAG,
                PrinterColumn::text("InstanceID", ".spec.providerID", "The instance."),
                MACHINE_OF_OWNER,
            ],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSMachineTemplate",
        plural: "awsmachinetemplates",
        description: "What AWSMachines are cloned from.",
        short_names: &["awsmt"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<
                aws::machine_template::AwsMachineTemplateSpec,
                aws::machine_template::AwsMachineTemplateStatus,
            >(),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSMachinePool",
        plural: "awsmachinepools",
        description: "A machine pool that is an auto scaling group.",
        short_names: &["awsmp"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<aws::machine_pool::AwsMachinePoolSpec, aws::machine_pool::AwsMachinePoolStatus>(
            ),
            status: true,
            columns: &[
                READY_FLAG,
                REPLICAS,
                PrinterColumn::count("MinSize", ".spec.minSize", "Fewest instances."),
                PrinterColumn::count("MaxSize", ".spec.maxSize", "Most instances."),
                PrinterColumn::text(
                    "LaunchTemplate ID",
                    ".status.launchTemplateID",
                    "The launch template.",
                ),
            ],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSManagedCluster",
        plural: "awsmanagedclusters",
        description: "The infrastructure of a cluster on EKS.",
        short_names: &["awsmc"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<
                aws::managed_cluster::AwsManagedClusterSpec,
                aws::managed_cluster::AwsManagedClusterStatus,
            >(),
            status: true,
            columns: &[CLUSTER_OF_DOTTED_LABEL, READY_FLAG, ENDPOINT_HOST],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSManagedControlPlane",
        plural: "awsmanagedcontrolplanes",
        description: "A control plane on EKS, with its network.",
        short_names: &["awsmcp"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<
                aws::managed_control_plane::AwsManagedControlPlaneSpec,
                aws::managed_control_plane::AwsManagedControlPlaneStatus,
            >(),
            status: true,
            columns: &[
                CLUSTER_OF_DOTTED_LABEL,
                READY_FLAG,
                VPC,
                ENDPOINT_HOST,
                BASTION_IP,
            ],
            ..Version::PLAIN
        }],
        ..CONTROL_PLANE_KIND
    },
    Definition {
        kind: "AWSManagedMachinePool",
        plural: "awsmanagedmachinepools",
        description: "A machine pool that is a node group of EKS.",
        short_names: &["awsmmp"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<
                aws::managed_machine_pool::AwsManagedMachinePoolSpec,
                aws::managed_machine_pool::AwsManagedMachinePoolStatus,
            >(),
            status: true,
            columns: &[READY_FLAG, REPLICAS],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSFargateProfile",
        plural: "awsfargateprofiles",
        description: "Pods that EKS runs on Fargate.",
        short_names: &["awsfp"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<
                aws::fargate_profile::AwsFargateProfileSpec,
                aws::fargate_profile::AwsFargateProfileStatus,
            >(),
            status: true,
            columns: &[
                READY_FLAG,
                PrinterColumn::text("ProfileName", ".spec.profileName", "Name of the profile."),
                PrinterColumn::text(
                    "FailureReason",
                    ".status.failureReason",
                    "A word for why it failed.",
                ),
            ],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSClusterControllerIdentity",
        plural: "awsclustercontrolleridentities",
        description: "The controller's own identity at AWS.",
        short_names: &["awsci"],
        scope: Scope::Cluster,
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<aws::identity::ControllerIdentitySpec>(),
            columns: &[],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSClusterRoleIdentity",
        plural: "awsclusterroleidentities",
        description: "A role at AWS that controllers take on.",
        short_names: &["awsri"],
        scope: Scope::Cluster,
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<aws::identity::RoleIdentitySpec>(),
            columns: &[],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "AWSClusterStaticIdentity",
        plural: "awsclusterstaticidentities",
        description: "Access keys for AWS.",
        short_names: &["awssi"],
        scope: Scope::Cluster,
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<aws::identity::StaticIdentitySpec>(),
            columns: &[],
            ..Version::PLAIN
        }],
        ..INFRASTRUCTURE_KIND
    },
    Definition {
        kind: "EKSConfig",
        plural: "eksconfigs",
        description: "How a machine becomes a node of EKS with its bootstrap script.",
        short_names: &["eksc"],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<aws::eks_config::EksConfigSpec, aws::eks_config::EksConfigStatus>(),
            status: true,
            columns: &[
                READY_FLAG,
                PrinterColumn::text(
                    "DataSecretName",
                    ".status.dataSecretName",
                    "The secret with the bootstrap data.",
                ),
            ],
            ..Version::PLAIN
        }],
        ..BOOTSTRAP_KIND
    },
    Definition {
        kind: "EKSConfigTemplate",
        plural: "eksconfigtemplates",
        description: "What EKSConfigs are cloned from.",
        short_names: &["eksct"],
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<aws::eks_config::EksConfigTemplateSpec>(),
            columns: &[],
            ..Version::PLAIN
        }],
        ..BOOTSTRAP_KIND
    },
    Definition {
        kind: "NodeadmConfig",
        plural: "nodeadmconfigs",
        description: "How a machine becomes a node of EKS with nodeadm.",
        categories: &[],
        versions: &[Version {
            name: "v1beta2",
            fields: object::<aws::nodeadm_config::NodeadmConfigSpec, aws::nodeadm_config::NodeadmConfigStatus>(
            ),
            status: true,
            columns: &[],
            ..Version::PLAIN
        }],
        ..BOOTSTRAP_KIND
    },
    Definition {
        kind: "NodeadmConfigTemplate",
        plural: "nodeadmconfigtemplates",
        description: "What NodeadmConfigs are cloned from.",
        short_names: &["nodeadmct"],
        versions: &[Version {
            name: "v1beta2",
            fields: spec_only::<aws::nodeadm_config::NodeadmConfigTemplateSpec>(),
            columns: &[],
            ..Version::PLAIN
        }],
        ..BOOTSTRAP_KIND
    },
];
