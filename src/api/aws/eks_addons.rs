//! Add-ons of EKS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta2::EnvironmentVariable;

/// An add-on of EKS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Addon {
    /// The name.
    #[schemars(length(min = 2))]
    pub name: String,
    /// The version.
    pub version: String,
    /// Its configuration, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    /// What happens to fields that differ: `overwrite`, `none` or `preserve`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["overwrite", "none", "preserve"], "default" = "overwrite"))]
    pub conflict_resolution: Option<String>,
    /// Whether it stays in the cluster when it is deleted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve_on_delete: Option<bool>,
    /// ARN of the role of its service account.
    #[serde(rename = "serviceAccountRoleARN", skip_serializing_if = "Option::is_none")]
    pub service_account_role_arn: Option<String>,
}

/// The kube-proxy of a cluster on EKS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeProxy {
    /// Whether it is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub disable: Option<bool>,
}

/// The VPC CNI plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct VpcCni {
    /// Whether it is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub disable: Option<bool>,
    /// Environment variables of its DaemonSet, free in form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvironmentVariable>,
}

/// An add-on, as EKS has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AddonState {
    /// Its ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub created_at: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<AddonIssue>,
    /// When it was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub modified_at: Option<String>,
    /// ARN of the role of its service account.
    #[serde(rename = "serviceAccountRoleARN", skip_serializing_if = "Option::is_none")]
    pub service_account_role_arn: Option<String>,
    /// Its status at EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What is wrong with an add-on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AddonIssue {
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Sentences for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<String>,
}
