//! NodeadmConfig and its template.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::aws::machine_setup::{BootstrapFile, DiskSetup, Ntp, User};
use crate::structural::open_object;
use crate::v1beta2::OldCondition;

/// How a machine becomes a node of EKS with nodeadm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct NodeadmConfigSpec {
    /// Settings of containerd.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containerd: Option<Containerd>,
    /// Partitions and file systems to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_setup: Option<DiskSetup>,
    /// Feature gates that are switched on or off.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub feature_gates: BTreeMap<String, bool>,
    /// Files to write first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<BootstrapFile>,
    /// Settings of the kubelet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubelet: Option<Kubelet>,
    /// Mount points, each as the fields of a line of fstab.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Vec<String>>,
    /// How the time is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntp: Option<Ntp>,
    /// Commands before nodeadm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_nodeadm_commands: Vec<String>,
    /// Users to make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
}

/// Settings of containerd.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Containerd {
    /// OCI runtime specification that all containers start from, free in form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "open_object")]
    pub base_runtime_spec: Option<Map<String, Value>>,
    /// Configuration of containerd in TOML, merged with the defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

/// Settings of the kubelet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct Kubelet {
    /// Configuration of the kubelet, merged with the defaults, free in form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "open_object")]
    pub config: Option<Map<String, Value>>,
    /// Arguments of the kubelet, added to the defaults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// What is observed of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct NodeadmConfigStatus {
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
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<NodeadmInitialization>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
}

/// The milestone of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct NodeadmInitialization {
    /// Whether the bootstrap data is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_secret_created: Option<bool>,
}

/// What bootstrap configurations are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeadmConfigTemplateSpec {
    /// What the clones are made from.
    pub template: NodeadmConfigTemplateResource,
}

/// The spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeadmConfigTemplateResource {
    /// The spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub spec: Option<NodeadmConfigSpec>,
}
