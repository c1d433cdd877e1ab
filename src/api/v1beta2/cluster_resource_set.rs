//! ClusterResourceSet and ClusterResourceSetBinding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeprecatedStatus, Kind, LabelSelector, NoStatus, conditioned, metav1};
use crate::conditions::Condition;

/// The kind ClusterResourceSet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterResourceSet;

impl Kind for ClusterResourceSet {
    const GROUP: &'static str = crate::kinds::ADDONS;
    const KIND: &'static str = "ClusterResourceSet";
    const PLURAL: &'static str = "clusterresourcesets";
    type Spec = ClusterResourceSetSpec;
    type Status = ClusterResourceSetStatus;
}

/// The kind ClusterResourceSetBinding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterResourceSetBinding;

impl Kind for ClusterResourceSetBinding {
    const GROUP: &'static str = crate::kinds::ADDONS;
    const KIND: &'static str = "ClusterResourceSetBinding";
    const PLURAL: &'static str = "clusterresourcesetbindings";
    type Spec = ClusterResourceSetBindingSpec;
    type Status = NoStatus;
}

/// What is applied to which clusters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterResourceSetSpec {
    /// Labels of the clusters.
    pub cluster_selector: LabelSelector,
    /// Secrets and ConfigMaps with objects to apply.
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub resources: Vec<ResourceReference>,
    /// `ApplyOnce` or `Reconcile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ApplyOnce", "Reconcile"]))]
    pub strategy: Option<String>,
}

/// A Secret or a ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ResourceReference {
    /// The kind.
    #[schemars(extend("enum" = ["Secret", "ConfigMap"]))]
    pub kind: String,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// What is observed of a ClusterResourceSet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ClusterResourceSetStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
}

conditioned!(ClusterResourceSetStatus);

/// What was applied to a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterResourceSetBindingSpec {
    /// Name of the Cluster that it belongs to.
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: String,
    /// What was applied, one entry for each ClusterResourceSet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub bindings: Vec<ResourceSetBinding>,
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
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub resources: Vec<ResourceBinding>,
}

/// What was applied of one Secret or ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ResourceBinding {
    /// Whether it was applied.
    pub applied: bool,
    /// The kind.
    #[schemars(extend("enum" = ["Secret", "ConfigMap"]))]
    pub kind: String,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Hash of what was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub hash: Option<String>,
    /// When it was applied last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub last_applied_time: Option<String>,
}
