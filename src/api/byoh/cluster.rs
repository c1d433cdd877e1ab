//! ByoCluster and ByoClusterTemplate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1;
use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{OldCondition, Provisioning};

/// What is wished of a cluster of hosts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoClusterSpec {
    /// Registry of the bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle_lookup_base_registry: Option<String>,
    /// Where the API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<v1beta1::cluster::Endpoint>,
}

/// What is observed of a cluster of hosts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoClusterStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The failure domains, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failure_domains: BTreeMap<String, v1beta1::cluster::FailureDomain>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<Provisioning>,
    /// What the v1beta2 contract shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// What clusters are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ByoClusterTemplateSpec {
    /// What the clones are made from.
    pub template: ByoClusterTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ByoClusterTemplateResource {
    /// The spec.
    pub spec: ByoClusterSpec,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<v1beta1::references::TemplateMetadata>,
}
