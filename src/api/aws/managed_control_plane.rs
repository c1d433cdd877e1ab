//! AWSManagedControlPlane.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::cluster::Bastion;
use crate::aws::eks_access::{
    AccessConfig, AccessEntry, EndpointAccess, IamAuthenticatorConfig, IdentityProviderStatus, OidcConfig,
    OidcProvider,
};
use crate::aws::eks_addons::{Addon, AddonState, KubeProxy, VpcCni};
use crate::aws::identity::IdentityReference;
use crate::aws::instance::Instance;
use crate::aws::network::Network;
use crate::aws::network_status::NetworkStatus;
use crate::v1beta1;
use crate::v1beta2::OldCondition;

/// What is wished of a control plane on EKS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsManagedControlPlaneSpec {
    /// Who may use the cluster, and how that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_config: Option<AccessConfig>,
    /// Identities at AWS that may use the cluster.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_entries: Vec<AccessEntry>,
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// The add-ons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addons: Vec<Addon>,
    /// Whether service accounts can take on roles by an OIDC provider.
    #[serde(rename = "associateOIDCProvider", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub associate_oidc_provider: Option<bool>,
    /// The bastion host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bastion: Option<Bastion>,
    /// Whether EKS installs its networking add-ons itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = true))]
    pub bootstrap_self_managed_addons: Option<bool>,
    /// Where the API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<v1beta1::cluster::Endpoint>,
    /// Name of the cluster at EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eks_cluster_name: Option<String>,
    /// What is encrypted, and with which key; it cannot be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_config: Option<EncryptionConfig>,
    /// From where the API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_access: Option<EndpointAccess>,
    /// Users and roles that the authenticator knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_authenticator_config: Option<IamAuthenticatorConfig>,
    /// The identity that controllers use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_ref: Option<IdentityReference>,
    /// Operating system of the image that is looked up.
    #[serde(rename = "imageLookupBaseOS", skip_serializing_if = "Option::is_none")]
    pub image_lookup_base_os: Option<String>,
    /// Template of the name of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_format: Option<String>,
    /// Account of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_org: Option<String>,
    /// The kube-proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_proxy: Option<KubeProxy>,
    /// Which logs EKS writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<ControlPlaneLogging>,
    /// The network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// An identity provider of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_identity_provider_config: Option<OidcConfig>,
    /// Partition of AWS, `aws`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the control plane uses private subnets alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub restrict_private_subnets: Option<bool>,
    /// Further policies of the role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role_additional_policies: Vec<String>,
    /// Name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2))]
    pub role_name: Option<String>,
    /// Path of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_path: Option<String>,
    /// ARN of the policy that bounds the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_permissions_boundary: Option<String>,
    /// Further range for pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_cidr_block: Option<String>,
    /// The SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_key_name: Option<String>,
    /// How the kubeconfig gets its tokens: `iam-authenticator` or `aws-cli`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["iam-authenticator", "aws-cli"], "default" = "iam-authenticator"))]
    pub token_method: Option<String>,
    /// How long a version is supported: `standard` or `extended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["extended", "standard"]))]
    pub upgrade_policy: Option<String>,
    /// The Kubernetes version, major and minor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 2),
        pattern(r"^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.?(\.0|[1-9][0-9]*)?$")
    )]
    pub version: Option<String>,
    /// The VPC CNI plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_cni: Option<VpcCni>,
}

/// What is encrypted, and with which key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct EncryptionConfig {
    /// The key of KMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What is encrypted, `secrets`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
}

/// Which logs EKS writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "EKS has a switch for each of its logs"
)]
pub struct ControlPlaneLogging {
    /// Logs of the API server.
    #[schemars(extend("default" = false))]
    pub api_server: bool,
    /// Audit logs.
    #[schemars(extend("default" = false))]
    pub audit: bool,
    /// Logs of the authenticator.
    #[schemars(extend("default" = false))]
    pub authenticator: bool,
    /// Logs of the controller manager.
    #[schemars(extend("default" = false))]
    pub controller_manager: bool,
    /// Logs of the scheduler.
    #[schemars(extend("default" = false))]
    pub scheduler: bool,
}

/// What is observed of a control plane on EKS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsManagedControlPlaneStatus {
    /// Whether it is ready.
    #[schemars(extend("default" = false))]
    pub ready: bool,
    /// The add-ons, as EKS has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addons: Vec<AddonState>,
    /// The bastion host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bastion: Option<Instance>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Whether the control plane is run by somebody else; always so for EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = true))]
    pub external_managed_control_plane: Option<bool>,
    /// The failure domains, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failure_domains: BTreeMap<String, v1beta1::cluster::FailureDomain>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// The identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider_status: Option<IdentityProviderStatus>,
    /// Whether the control plane has ever taken requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialized: Option<bool>,
    /// What was made of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_status: Option<NetworkStatus>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The provider for service accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_provider: Option<OidcProvider>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}
