//! DevClusterTemplate and DevMachineTemplate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1::dev::{DevClusterSpec, DevMachineSpec};
use crate::v1beta1::references::TemplateMetadata;

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
#[schemars(!default)]
pub struct DevMachineTemplateResource {
    /// The spec.
    pub spec: DevMachineSpec,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
}
