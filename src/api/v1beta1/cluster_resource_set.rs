//! ClusterResourceSet and ClusterResourceSetBinding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{LabelSelector, OldCondition, ResourceBinding, ResourceReference};

/// What is applied to which clusters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterResourceSetSpec {
    /// Labels of the clusters.
    pub cluster_selector: LabelSelector,
    /// Secrets and ConfigMaps with objects to apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub resources: Vec<ResourceReference>,
    /// `ApplyOnce` or `Reconcile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ApplyOnce", "Reconcile"]))]
    pub strategy: Option<String>,
}

/// What is observed of a ClusterResourceSet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterResourceSetStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What v1beta2 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// What was applied to a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterResourceSetBindingSpec {
    /// What was applied, one entry for each ClusterResourceSet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub bindings: Vec<ResourceSetBinding>,
    /// Name of the Cluster that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: Option<String>,
}

/// What was applied of one ClusterResourceSet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ResourceSetBinding {
    /// Name of the ClusterResourceSet.
    #[schemars(length(min = 1, max = 253))]
    pub cluster_resource_set_name: String,
    /// What was applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub resources: Vec<ResourceBinding>,
}
