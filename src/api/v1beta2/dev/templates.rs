//! DevClusterTemplate and DevMachineTemplate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structural::quantities;
use crate::v1beta2::{DevClusterSpec, DevMachineSpec, TemplateMetadata};

/// What development clusters are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevClusterTemplateSpec {
    /// What the clones are made from.
    pub template: DevClusterTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevClusterTemplateResource {
    /// The spec.
    pub spec: DevClusterSpec,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
}

/// What development machines are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevMachineTemplateSpec {
    /// The clone's metadata and spec.
    pub template: DevMachineTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("required" = ["spec"]))]
pub struct DevMachineTemplateResource {
    /// Labels and annotations.
    pub metadata: TemplateMetadata,
    /// The spec.
    pub spec: DevMachineSpec,
}

/// What is known of machines of a template.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevMachineTemplateStatus {
    /// What a machine of this template offers, for scaling from zero.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub capacity: BTreeMap<String, Value>,
}
