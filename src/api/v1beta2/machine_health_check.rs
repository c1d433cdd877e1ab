//! MachineHealthCheck.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DeprecatedStatus, HealthCheckRemediation, HealthChecks, Kind, LabelSelector, conditioned, metav1,
};
use crate::conditions::Condition;

/// The kind MachineHealthCheck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineHealthCheck;

impl Kind for MachineHealthCheck {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "MachineHealthCheck";
    const PLURAL: &'static str = "machinehealthchecks";
    type Spec = MachineHealthCheckSpec;
    type Status = MachineHealthCheckStatus;
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
    /// What tells that a machine is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<HealthChecks>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<HealthCheckRemediation>,
}

/// What is observed of the checks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineHealthCheckStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Machines that are healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub current_healthy: Option<i32>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
    /// Machines that it watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub expected_machines: Option<i32>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
    /// Machines that may still be repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub remediations_allowed: Option<i32>,
    /// Names of the machines that it watches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10000), inner(length(min = 1, max = 253)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub targets: Vec<String>,
}

conditioned!(MachineHealthCheckStatus);
