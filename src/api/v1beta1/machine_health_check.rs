//! MachineHealthCheck, and the conditions that topologies have too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structural::{MACHINE_RANGE, QUALIFIED_NAME, int_or_string};
use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{LabelSelector, ObjectReference, OldCondition};

/// A condition of a node that makes its machine unhealthy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct UnhealthyNodeCondition {
    /// The status that is unhealthy.
    #[schemars(length(min = 1))]
    pub status: String,
    /// How long the status has to last.
    pub timeout: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1))]
    pub kind: String,
}

/// A condition of a machine that makes it unhealthy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct UnhealthyMachineCondition {
    /// The status that is unhealthy.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    pub status: String,
    /// How long the status has to last.
    pub timeout: String,
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

/// Which machines are checked, and what happens to unhealthy ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineHealthCheckSpec {
    /// Name of the Cluster that it belongs to.
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: String,
    /// Labels of its machines.
    pub selector: LabelSelector,
    /// Nothing is repaired while more machines than this are unhealthy, a number or a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "int_or_string")]
    pub max_unhealthy: Option<Value>,
    /// How long a machine may take to become a node; `0s` means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_startup_timeout: Option<String>,
    /// Template of the object that repairs; without it machines are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation_template: Option<ObjectReference>,
    /// Conditions of a node that make its machine unhealthy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub unhealthy_conditions: Vec<UnhealthyNodeCondition>,
    /// Conditions of a machine that make it unhealthy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub unhealthy_machine_conditions: Vec<UnhealthyMachineCondition>,
    /// Repairs are done only while so many machines are unhealthy, `[3-5]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), pattern(MACHINE_RANGE))]
    pub unhealthy_range: Option<String>,
}

/// What is observed of the checks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineHealthCheckStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Machines that are healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub current_healthy: Option<i32>,
    /// Machines that it watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub expected_machines: Option<i32>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Machines that may still be repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub remediations_allowed: Option<i32>,
    /// Names of the machines that it watches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10000), inner(length(min = 1, max = 253)))]
    pub targets: Vec<String>,
    /// What v1beta2 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}
