//! Provider, clusterctl's inventory; its API has a version of its own, v1alpha3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An entry of clusterctl's inventory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ProviderFields {
    /// Name of the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    /// Core, bootstrap, control plane, infrastructure or another.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The namespace that the provider watches; all where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched_namespace: Option<String>,
}
