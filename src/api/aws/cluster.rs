//! AWSCluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::identity::IdentityReference;
use crate::aws::instance::Instance;
use crate::aws::load_balancer::LoadBalancer;
use crate::aws::network::Network;
use crate::aws::network_status::NetworkStatus;
use crate::v1beta1;
use crate::v1beta2::OldCondition;

/// What is wished of a cluster on EC2.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsClusterSpec {
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// The bastion host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bastion: Option<Bastion>,
    /// Where the API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<v1beta1::cluster::Endpoint>,
    /// Load balancer of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_load_balancer: Option<LoadBalancer>,
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
    /// The network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Partition of AWS, `aws`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Bucket for data that is too large for the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_bucket: Option<S3Bucket>,
    /// Second load balancer of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_control_plane_load_balancer: Option<LoadBalancer>,
    /// The SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_key_name: Option<String>,
}

/// The bastion host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Bastion {
    /// Ranges that may reach the bastion host.
    #[serde(rename = "allowedCIDRBlocks", skip_serializing_if = "Vec::is_empty")]
    pub allowed_cidr_blocks: Vec<String>,
    /// The image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ami: Option<String>,
    /// Whether nobody may reach the bastion host from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_ingress_rules: Option<bool>,
    /// Whether there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Type of the instance, `m5.large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
}

/// A bucket for bootstrap data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct S3Bucket {
    /// The name.
    #[schemars(length(min = 3, max = 63), pattern("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"))]
    pub name: String,
    /// Whether failures of deleting objects are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_effort_delete_objects: Option<bool>,
    /// Instance profile of control plane machines, which may read their data.
    #[serde(
        rename = "controlPlaneIAMInstanceProfile",
        skip_serializing_if = "Option::is_none"
    )]
    pub control_plane_iam_instance_profile: Option<String>,
    /// Instance profiles of worker machines, which may read their data.
    #[serde(rename = "nodesIAMInstanceProfiles", skip_serializing_if = "Vec::is_empty")]
    pub nodes_iam_instance_profiles: Vec<String>,
    /// How long links to the data are valid.
    #[serde(rename = "presignedURLDuration", skip_serializing_if = "Option::is_none")]
    pub presigned_url_duration: Option<String>,
}

/// What is observed of a cluster on EC2.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsClusterStatus {
    /// Whether it is ready.
    #[schemars(extend("default" = false))]
    pub ready: bool,
    /// The bastion host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bastion: Option<Instance>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The failure domains, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failure_domains: BTreeMap<String, v1beta1::cluster::FailureDomain>,
    /// What was made of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_status: Option<NetworkStatus>,
}
