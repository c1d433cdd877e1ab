//! What v1beta2 keeps of the status that v1beta1 shows: conditions with severities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A condition with a severity, as v1beta1 has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct OldCondition {
    /// Since when the status is so.
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 256))]
    pub kind: String,
    /// Sentences for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10240))]
    pub message: Option<String>,
    /// A word for why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub reason: Option<String>,
    /// `Error`, `Warning` or `Info`; only for a status of False.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub severity: Option<String>,
}

/// What only older versions of the API show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DeprecatedStatus {
    /// What v1beta1 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta1: Option<DeprecatedConditions>,
}

/// Conditions as v1beta1 has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DeprecatedConditions {
    /// Conditions with severities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
}
