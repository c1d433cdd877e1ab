//! Who may use a cluster on EKS, and from where.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may use a cluster, and how that is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AccessConfig {
    /// `config_map`, `api` or `api_and_config_map`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["config_map", "api", "api_and_config_map"]))]
    #[schemars(extend("default" = "config_map"))]
    pub authentication_mode: Option<String>,
    /// Whether whoever makes the cluster administers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = true))]
    pub bootstrap_cluster_creator_admin_permissions: Option<bool>,
}

/// An identity at AWS that may use a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AccessEntry {
    /// ARN of the identity.
    #[serde(rename = "principalARN")]
    pub principal_arn: String,
    /// Policies of the identity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub access_policies: Vec<AccessPolicy>,
    /// Groups in Kubernetes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_groups: Vec<String>,
    /// `standard`, `ec2_linux`, `ec2_windows` and others.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [
        "standard", "ec2_linux", "ec2_windows", "fargate_linux", "ec2", "hybrid_linux", "hyperpod_linux",
    ]))]
    #[schemars(extend("default" = "standard"))]
    pub kind: Option<String>,
    /// Name of the user in Kubernetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// A policy of EKS, and where it holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AccessPolicy {
    /// Where the policy holds.
    pub access_scope: AccessScope,
    /// ARN of the policy.
    #[serde(rename = "policyARN")]
    pub policy_arn: String,
}

/// Where a policy holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct AccessScope {
    /// `cluster` or `namespace`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["cluster", "namespace"], "default" = "cluster"))]
    pub kind: String,
    /// The namespaces, where it holds in some alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub namespaces: Vec<String>,
}

/// From where an API is reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct EndpointAccess {
    /// Whether it is reached from inside the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Whether it is reached from the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Ranges that may reach the public endpoint.
    #[serde(rename = "publicCIDRs", skip_serializing_if = "Vec::is_empty")]
    pub public_cidrs: Vec<String>,
}

/// Users and roles that the authenticator knows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IamAuthenticatorConfig {
    /// Roles at AWS that are users in Kubernetes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map_roles: Vec<RoleMapping>,
    /// Users at AWS that are users in Kubernetes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map_users: Vec<UserMapping>,
}

/// A role at AWS and its user in Kubernetes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct RoleMapping {
    /// Groups in Kubernetes.
    pub groups: Vec<String>,
    /// ARN of the role.
    #[schemars(length(min = 31))]
    pub rolearn: String,
    /// Name of the user in Kubernetes.
    pub username: String,
}

/// A user at AWS and its user in Kubernetes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct UserMapping {
    /// Groups in Kubernetes.
    pub groups: Vec<String>,
    /// ARN of the user.
    #[schemars(length(min = 31))]
    pub userarn: String,
    /// Name of the user in Kubernetes.
    pub username: String,
}

/// An identity provider of one's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct OidcConfig {
    /// Audience of the tokens.
    pub client_id: String,
    /// Name of the configuration.
    pub identity_provider_config_name: String,
    /// URL of the provider.
    pub issuer_url: String,
    /// Claim that holds the groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// What is put before groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_prefix: Option<String>,
    /// Claims that tokens have to have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub required_claims: BTreeMap<String, String>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Claim that holds the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_claim: Option<String>,
    /// What is put before users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_prefix: Option<String>,
}

/// An identity provider, as EKS has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct IdentityProviderStatus {
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Its status at EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// The provider for service accounts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct OidcProvider {
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// A trust policy for roles of service accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_policy: Option<String>,
}
