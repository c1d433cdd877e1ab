//! KubeadmConfig and its template.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ClusterConfiguration, ContentSource, DiskSetup, Ignition, InitConfiguration, JoinConfiguration, Kind,
    NoStatus, Ntp, OldCondition, Other, TemplateMetadata, User, conditioned, metav1,
};
use crate::conditions::Condition;

/// The kind KubeadmConfig.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubeadmConfig;

impl Kind for KubeadmConfig {
    const GROUP: &'static str = crate::kinds::BOOTSTRAP;
    const KIND: &'static str = "KubeadmConfig";
    const PLURAL: &'static str = "kubeadmconfigs";
    type Spec = KubeadmConfigSpec;
    type Status = KubeadmConfigStatus;
}

/// How a machine becomes a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmConfigSpec {
    /// kubeadm's configuration of a whole cluster; only the first machine has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ClusterConfiguration")]
    pub cluster_configuration: Option<Other>,
    /// kubeadm's configuration for `init`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "InitConfiguration")]
    pub init_configuration: Option<Other>,
    /// kubeadm's configuration for `join`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "JoinConfiguration")]
    pub join_configuration: Option<Other>,
    /// Files to write first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 200), extend("x-kubernetes-list-type" = "atomic"))]
    pub files: Vec<BootstrapFile>,
    /// Commands before kubeadm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), inner(length(min = 1, max = 10240)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub pre_kubeadm_commands: Vec<String>,
    /// Commands after kubeadm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), inner(length(min = 1, max = 10240)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub post_kubeadm_commands: Vec<String>,
    /// `cloud-config` or `ignition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["cloud-config", "ignition"]))]
    pub format: Option<String>,
    /// Commands very early in the boot, before anything else of this configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), inner(length(min = 1, max = 10240)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub boot_commands: Vec<String>,
    /// Partitions and file systems to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_setup: Option<DiskSetup>,
    /// Ignition's own settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignition: Option<Ignition>,
    /// Mount points, each as the fields of a line of fstab.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(inner(length(min = 1, max = 100), inner(length(min = 1, max = 512))))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub mounts: Vec<Vec<String>>,
    /// How the time is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntp: Option<Ntp>,
    /// Users to make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub users: Vec<User>,
    /// How much kubeadm tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<i32>,
    /// Fields that this program does not know, kept for copying.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A file that bootstrap writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct BootstrapFile {
    /// Where.
    #[schemars(length(min = 1, max = 512))]
    pub path: String,
    /// Owner, `root:root`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub owner: Option<String>,
    /// Mode, `0640`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16))]
    pub permissions: Option<String>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10240))]
    pub content: Option<String>,
    /// Whether the content is added to a file that exists already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub append: Option<bool>,
    /// Whether the content is used as it is or is a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Raw", "Template"]))]
    pub content_format: Option<String>,
    /// Where the content comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_from: Option<ContentSource>,
    /// `base64`, `gzip` or `gzip+base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["base64", "gzip", "gzip+base64"]))]
    pub encoding: Option<String>,
    /// Fields that this program does not know, kept for copying.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// What is observed of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmConfigStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<KubeadmConfigInitialization>,
    /// The Secret with the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub data_secret_name: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<KubeadmConfigDeprecated>,
}

conditioned!(KubeadmConfigStatus);

/// The milestone of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmConfigInitialization {
    /// The data is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_secret_created: Option<bool>,
}

/// The kind KubeadmConfigTemplate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubeadmConfigTemplate;

impl Kind for KubeadmConfigTemplate {
    const GROUP: &'static str = crate::kinds::BOOTSTRAP;
    const KIND: &'static str = "KubeadmConfigTemplate";
    const PLURAL: &'static str = "kubeadmconfigtemplates";
    type Spec = KubeadmConfigTemplateSpec;
    type Status = NoStatus;
}

/// What bootstrap configurations are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeadmConfigTemplateSpec {
    /// The clone's metadata and spec.
    pub template: KubeadmConfigTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("required" = [], "minProperties" = 1))]
pub struct KubeadmConfigTemplateResource {
    /// Labels and annotations.
    pub metadata: TemplateMetadata,
    /// The spec.
    pub spec: KubeadmConfigSpec,
}

/// What only older versions of the API show of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeadmConfigDeprecated {
    /// What v1beta1 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta1: Option<KubeadmConfigDeprecatedV1Beta1>,
}

/// What v1beta1 shows of a bootstrap configuration's status.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct KubeadmConfigDeprecatedV1Beta1 {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10240))]
    pub failure_message: Option<String>,
    /// A word for why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_reason: Option<String>,
}
