//! ByoHostAgentUpgrade.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structural::int_or_string;
use crate::v1beta2::{LabelSelector, OldCondition};

/// Which hosts get which agent, and how fast.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoHostAgentUpgradeSpec {
    /// Image with the package of the agent.
    #[serde(rename = "packageURL")]
    pub package_url: String,
    /// Labels of the hosts.
    pub selector: LabelSelector,
    /// Version of the agent, in full.
    #[schemars(pattern(r"^v[0-9]+\.[0-9]+(\.[0-9]+)?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"))]
    pub target_version: String,
    /// Hosts that may be unavailable, a number or a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "int_or_string")]
    pub max_unavailable: Option<Value>,
    /// Checksum of the package, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_checksum: Option<String>,
    /// How long one host may take, `10m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_host_timeout: Option<String>,
}

/// How far an upgrade of agents has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoHostAgentUpgradeStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Names of the hosts that failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_hosts: Vec<String>,
    /// `Pending`, `Progressing`, `Completed` or `Failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Hosts that are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i32>,
    /// Hosts that are unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_count: Option<i32>,
    /// Hosts that run the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgraded: Option<i32>,
}
