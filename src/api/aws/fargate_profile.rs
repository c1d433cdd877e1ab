//! AWSFargateProfile.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta2::OldCondition;

/// Which pods run on Fargate, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsFargateProfileSpec {
    /// Name of the Cluster that it belongs to.
    #[schemars(length(min = 1))]
    pub cluster_name: String,
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// Name of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
    /// Name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// Path of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_path: Option<String>,
    /// ARN of the policy that bounds the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_permissions_boundary: Option<String>,
    /// Pods that run on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<FargateSelector>,
    /// The subnets.
    #[serde(rename = "subnetIDs", skip_serializing_if = "Vec::is_empty")]
    pub subnet_ids: Vec<String>,
}

/// Pods by namespace and labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct FargateSelector {
    /// Labels of the pods.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What is observed of a Fargate profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsFargateProfileStatus {
    /// Whether it is ready.
    #[schemars(extend("default" = false))]
    pub ready: bool,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// A word for why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}
