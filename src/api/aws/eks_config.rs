//! EKSConfig and its template.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::machine_setup::{BootstrapFile, DiskSetup, Ntp, User};
use crate::structural::integer;
use crate::v1beta2::OldCondition;

/// How a machine becomes a node of EKS with its bootstrap script.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct EksConfigSpec {
    /// How often a call to AWS is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "integer")]
    pub api_retry_attempts: Option<i64>,
    /// Command in place of the bootstrap script; the name is misspelled in the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boostrap_command_override: Option<String>,
    /// The container runtime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_runtime: Option<String>,
    /// Partitions and file systems to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_setup: Option<DiskSetup>,
    /// Address of the cluster's DNS.
    #[serde(rename = "dnsClusterIP", skip_serializing_if = "Option::is_none")]
    pub dns_cluster_ip: Option<String>,
    /// Content of the configuration of Docker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_config_json: Option<String>,
    /// Files to write first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<BootstrapFile>,
    /// Further arguments of the kubelet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kubelet_extra_args: BTreeMap<String, String>,
    /// Mount points, each as the fields of a line of fstab.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Vec<String>>,
    /// How the time is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntp: Option<Ntp>,
    /// Image of the pause container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_container: Option<PauseContainer>,
    /// Commands after the bootstrap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_bootstrap_commands: Vec<String>,
    /// Commands before the bootstrap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_bootstrap_commands: Vec<String>,
    /// Range of the services for IPv6.
    #[serde(rename = "serviceIPV6Cidr", skip_serializing_if = "Option::is_none")]
    pub service_ipv6_cidr: Option<String>,
    /// Whether the number of pods is bounded by the addresses of the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_max_pods: Option<bool>,
    /// Users to make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
}

/// Image of the pause container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct PauseContainer {
    /// Account of the registry.
    pub account_number: String,
    /// Version of the image.
    pub version: String,
}

/// What is observed of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct EksConfigStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The Secret with the bootstrap data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_secret_name: Option<String>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// A word for why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
}

/// What bootstrap configurations are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct EksConfigTemplateSpec {
    /// What the clones are made from.
    pub template: EksConfigTemplateResource,
}

/// The spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct EksConfigTemplateResource {
    /// The spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<EksConfigSpec>,
}
