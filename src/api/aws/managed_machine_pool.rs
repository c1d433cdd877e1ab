//! AWSManagedMachinePool.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::launch_template::{LaunchTemplate, LifecycleHook};
use crate::structural::integer;
use crate::v1beta2::OldCondition;

/// What is wished of a node group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsManagedMachinePoolSpec {
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// Kind of the image, `AL2023_x86_64_STANDARD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [
        "AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64", "CUSTOM", "BOTTLEROCKET_ARM_64",
        "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64_FIPS", "BOTTLEROCKET_x86_64_FIPS",
        "BOTTLEROCKET_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64_NVIDIA", "WINDOWS_CORE_2019_x86_64",
        "WINDOWS_FULL_2019_x86_64", "WINDOWS_CORE_2022_x86_64", "WINDOWS_FULL_2022_x86_64",
        "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NEURON", "AL2023_x86_64_NVIDIA",
        "AL2023_ARM_64_NVIDIA",
    ]))]
    #[schemars(extend("default" = "AL2_x86_64"))]
    pub ami_type: Option<String>,
    /// Release of the image; the latest where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2))]
    pub ami_version: Option<String>,
    /// Kind of the subnets in these zones: `public`, `private` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["public", "private", "all"]))]
    pub availability_zone_subnet_type: Option<String>,
    /// The availability zones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub availability_zones: Vec<String>,
    /// What instances are launched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_launch_template: Option<LaunchTemplate>,
    /// `onDemand` or `spot`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["onDemand", "spot"], "default" = "onDemand"))]
    pub capacity_type: Option<String>,
    /// Size of the disk in GiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_size: Option<i32>,
    /// Name of the node group at EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eks_nodegroup_name: Option<String>,
    /// Type of the instance, `m5.large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Labels of the nodes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Who is asked before instances start or stop.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lifecycle_hooks: Vec<LifecycleHook>,
    /// Whether EKS repairs nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_repair_config: Option<NodeRepairConfig>,
    /// The provider's identities of its machines.
    #[serde(rename = "providerIDList", skip_serializing_if = "Vec::is_empty")]
    pub provider_id_list: Vec<String>,
    /// Who may log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_access: Option<RemoteAccess>,
    /// Further policies of the role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role_additional_policies: Vec<String>,
    /// Name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// Path of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_path: Option<String>,
    /// ARN of the policy that bounds the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_permissions_boundary: Option<String>,
    /// Bounds of the number of nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// The subnets.
    #[serde(rename = "subnetIDs", skip_serializing_if = "Vec::is_empty")]
    pub subnet_ids: Vec<String>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<NodeGroupTaint>,
    /// How many nodes may be unavailable during an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_config: Option<UpdateConfig>,
}

/// Whether EKS repairs nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeRepairConfig {
    /// Whether EKS repairs nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
}

/// Who may log in to nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct RemoteAccess {
    /// Whether SSH is open to everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Security groups that may log in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_security_groups: Vec<String>,
    /// The SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_key_name: Option<String>,
}

/// Bounds of the number of nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Scaling {
    /// Most instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<i32>,
    /// Fewest instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_size: Option<i32>,
}

/// A taint of the nodes of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeGroupTaint {
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[schemars(extend("enum" = ["no-schedule", "no-execute", "prefer-no-schedule"]))]
    pub effect: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// How many nodes may be unavailable during an update; exactly one of the two is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct UpdateConfig {
    /// Nodes that may be unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "integer", range(min = 1, max = 100))]
    pub max_unavailable: Option<i64>,
    /// Nodes that may be unavailable, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "integer", range(min = 1, max = 100))]
    pub max_unavailable_percentage: Option<i64>,
}

/// What is observed of a node group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsManagedMachinePoolStatus {
    /// Whether it is ready.
    #[schemars(extend("default" = false))]
    pub ready: bool,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// A word for why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The launch template.
    #[serde(rename = "launchTemplateID", skip_serializing_if = "Option::is_none")]
    pub launch_template_id: Option<String>,
    /// Version of the launch template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_template_version: Option<String>,
    /// Nodes that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
}
