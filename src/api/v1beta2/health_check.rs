//! How a topology finds and repairs unhealthy machines; MachineHealthCheck has the same parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::VersionedReference;
use crate::structural::{MACHINE_RANGE, QUALIFIED_NAME, int_or_string};

/// How unhealthy control plane machines are found and repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneHealthCheck {
    /// What tells that a machine is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<HealthChecks>,
    /// Whether machines are checked; by default as the class says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<HealthCheckRemediation>,
}

/// What tells that a machine is unhealthy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct HealthChecks {
    /// Seconds that a machine may take to become a node; 0 means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub node_startup_timeout_seconds: Option<i32>,
    /// Conditions of a machine that make it unhealthy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub unhealthy_machine_conditions: Vec<UnhealthyMachineCondition>,
    /// Conditions of a node that make its machine unhealthy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub unhealthy_node_conditions: Vec<UnhealthyNodeCondition>,
}

/// A condition of a machine that makes it unhealthy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct UnhealthyMachineCondition {
    /// The status that is unhealthy.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    pub status: String,
    /// Seconds that the status has to last.
    #[schemars(range(min = 0))]
    pub timeout_seconds: i32,
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 316), pattern(QUALIFIED_NAME))]
    #[schemars(extend("x-kubernetes-validations" = [
        {
            "message": "type must not be one of: Ready, Available, HealthCheckSucceeded, OwnerRemediated, ExternallyRemediated",
            "rule": "!(self in ['Ready','Available','HealthCheckSucceeded','OwnerRemediated','ExternallyRemediated'])",
        },
    ]))]
    pub kind: String,
}

/// A condition of a node that makes its machine unhealthy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct UnhealthyNodeCondition {
    /// The status that is unhealthy.
    #[schemars(length(min = 1))]
    pub status: String,
    /// Seconds that the status has to last.
    #[schemars(range(min = 0))]
    pub timeout_seconds: i32,
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1))]
    pub kind: String,
}

/// When and how unhealthy machines are repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct HealthCheckRemediation {
    /// Template of the object that repairs; without it machines are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_ref: Option<VersionedReference>,
    /// When repairs are done at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_if: Option<RemediationTrigger>,
}

/// How many machines may be unhealthy before repairs stop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct RemediationTrigger {
    /// Repairs are done only while so many machines are unhealthy, `[3-5]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), pattern(MACHINE_RANGE))]
    pub unhealthy_in_range: Option<String>,
    /// Repairs are done only while at most so many machines are unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "int_or_string")]
    pub unhealthy_less_than_or_equal_to: Option<Value>,
}

/// How a deployment's unhealthy machines are found and repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct DeploymentHealthCheck {
    /// What tells that a machine is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<HealthChecks>,
    /// Whether machines are checked; by default as the class says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<DeploymentHealthCheckRemediation>,
}

/// When, how and how many unhealthy machines are repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct DeploymentHealthCheckRemediation {
    /// Machines that may be repaired at the same time, a number or a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "int_or_string")]
    pub max_in_flight: Option<Value>,
    /// Template of the object that repairs; without it machines are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_ref: Option<VersionedReference>,
    /// When repairs are done at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_if: Option<RemediationTrigger>,
}
