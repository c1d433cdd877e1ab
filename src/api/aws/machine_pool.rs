//! AWSMachinePool.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::launch_template::{LaunchTemplate, LifecycleHook};
use crate::aws::machine::{MachineIgnition, ResourceFilter};
use crate::v1beta2::OldCondition;

/// What is wished of an auto scaling group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsMachinePoolSpec {
    /// What instances are launched from.
    pub aws_launch_template: LaunchTemplate,
    /// Most instances.
    #[schemars(range(min = 1), extend("default" = 1))]
    pub max_size: i32,
    /// Fewest instances.
    #[schemars(range(min = 0), extend("default" = 1))]
    pub min_size: i32,
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// Kind of the subnets in these zones: `public`, `private` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["public", "private", "all"]))]
    pub availability_zone_subnet_type: Option<String>,
    /// The availability zones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub availability_zones: Vec<String>,
    /// Whether spot instances are replaced before they are taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_rebalance: Option<bool>,
    /// How long after one scaling the next may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_cool_down: Option<String>,
    /// How long an instance counts as starting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_instance_warmup: Option<String>,
    /// How Ignition gets its data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignition: Option<MachineIgnition>,
    /// Who is asked before instances start or stop.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lifecycle_hooks: Vec<LifecycleHook>,
    /// Mixes types of instances and ways to pay for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixed_instances_policy: Option<MixedInstancesPolicy>,
    /// ARN of the auto scaling group.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The provider's identities of its machines.
    #[serde(rename = "providerIDList", skip_serializing_if = "Vec::is_empty")]
    pub provider_id_list: Vec<String>,
    /// How instances are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_preferences: Option<RefreshPreferences>,
    /// The subnets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<ResourceFilter>,
    /// Processes of the auto scaling group that stand still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend_processes: Option<SuspendProcesses>,
}

/// A mix of types of instances and ways to pay for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MixedInstancesPolicy {
    /// How many of which kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances_distribution: Option<InstancesDistribution>,
    /// Types of instances that may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<InstanceOverride>,
}

/// How many instances of which kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct InstancesDistribution {
    /// How on-demand types are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["prioritized", "lowest-price"], "default" = "prioritized"))]
    pub on_demand_allocation_strategy: Option<String>,
    /// Instances that are on demand in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = 0))]
    pub on_demand_base_capacity: Option<i64>,
    /// Further instances that are on demand, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = 100))]
    pub on_demand_percentage_above_base_capacity: Option<i64>,
    /// How spot types are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [
        "lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized",
    ]))]
    #[schemars(extend("default" = "lowest-price"))]
    pub spot_allocation_strategy: Option<String>,
}

/// A type of instances that may be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct InstanceOverride {
    /// Type of the instance, `m5.large`.
    pub instance_type: String,
}

/// How instances are replaced.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct RefreshPreferences {
    /// Whether new launch templates replace nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
    /// Seconds that a new instance counts as starting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_warmup: Option<i64>,
    /// Most instances during a replacement, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 200))]
    pub max_healthy_percentage: Option<i64>,
    /// Fewest healthy instances during a replacement, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_healthy_percentage: Option<i64>,
    /// `Rolling` is the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
}

/// Processes of an auto scaling group that stand still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct SuspendProcesses {
    /// Whether all processes are suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// Processes that are suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<Processes>,
}

/// Processes of an auto scaling group, one by one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Processes {
    /// Adding instances to the load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_to_load_balancer: Option<bool>,
    /// Taking alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_notification: Option<bool>,
    /// Balancing the zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub az_rebalance: Option<bool>,
    /// Checking the health of instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<bool>,
    /// Replacing instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_refresh: Option<bool>,
    /// Launching instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch: Option<bool>,
    /// Replacing unhealthy instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_unhealthy: Option<bool>,
    /// Actions at certain times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_actions: Option<bool>,
    /// Ending instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminate: Option<bool>,
}

/// What is observed of an auto scaling group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsMachinePoolStatus {
    /// What the auto scaling group says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asg_status: Option<String>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// A word for why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// Kind of the machines behind the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_machine_kind: Option<String>,
    /// Its instances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<PoolInstance>,
    /// The launch template.
    #[serde(rename = "launchTemplateID", skip_serializing_if = "Option::is_none")]
    pub launch_template_id: Option<String>,
    /// Version of the launch template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_template_version: Option<String>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Instances that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
}

/// One instance of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct PoolInstance {
    /// The instance.
    #[serde(rename = "instanceID", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// The Kubernetes version of the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}
