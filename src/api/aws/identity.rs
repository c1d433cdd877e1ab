//! Identities that controllers use at AWS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta2::LabelSelector;

/// An identity at AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct IdentityReference {
    /// The kind.
    #[schemars(extend("enum" = [
        "AWSClusterControllerIdentity", "AWSClusterRoleIdentity", "AWSClusterStaticIdentity",
    ]))]
    pub kind: String,
    /// The name.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// Who may use the controller's own identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ControllerIdentitySpec {
    /// Namespaces whose clusters may use the identity; none where it is missing, all where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub allowed_namespaces: Option<AllowedNamespaces>,
}

/// Namespaces, by name or by labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct AllowedNamespaces {
    /// Names of the namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("nullable" = true))]
    pub list: Vec<String>,
    /// Labels of the namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// A role, and who may take it on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct RoleIdentitySpec {
    /// ARN of the role.
    #[serde(rename = "roleARN")]
    pub role_arn: String,
    /// Namespaces whose clusters may use the identity; none where it is missing, all where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Seconds that a session lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 43200))]
    pub duration_seconds: Option<i32>,
    /// Identifier that the role asks for.
    #[serde(rename = "externalID", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Policy of the sessions, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline_policy: Option<String>,
    /// ARNs of the policies of the sessions.
    #[serde(rename = "policyARNs", skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Name of the sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// The identity that takes on the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity_ref: Option<IdentityReference>,
}

/// Access keys, and who may use them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct StaticIdentitySpec {
    /// Name of the Secret with the keys, in the namespace of the controller.
    pub secret_ref: String,
    /// Namespaces whose clusters may use the identity; none where it is missing, all where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub allowed_namespaces: Option<AllowedNamespaces>,
}
