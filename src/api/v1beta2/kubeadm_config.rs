//! KubeadmConfig and its template.

use serde::{Deserialize, Serialize};

use super::{Kind, NoStatus, Other, TemplateMetadata, conditioned, metav1};
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmConfigSpec {
    /// kubeadm's configuration of a whole cluster; only the first machine has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_configuration: Option<Other>,
    /// kubeadm's configuration for `init`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_configuration: Option<Other>,
    /// kubeadm's configuration for `join`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_configuration: Option<Other>,
    /// Files to write first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<BootstrapFile>,
    /// Commands before kubeadm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_kubeadm_commands: Vec<String>,
    /// Commands after kubeadm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_kubeadm_commands: Vec<String>,
    /// `cloud-config` or `ignition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Fields that are only copied.
    #[serde(flatten)]
    pub other: Other,
}

/// A file that bootstrap writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BootstrapFile {
    /// Where.
    pub path: String,
    /// Owner, `root:root`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Mode, `0640`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Fields that are only copied.
    #[serde(flatten)]
    pub other: Other,
}

/// What is observed of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmConfigStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<KubeadmConfigInitialization>,
    /// The Secret with the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_secret_name: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

conditioned!(KubeadmConfigStatus);

/// The milestone of a bootstrap configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KubeadmConfigTemplateSpec {
    /// The clone's metadata and spec.
    pub template: KubeadmConfigTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KubeadmConfigTemplateResource {
    /// Labels and annotations.
    pub metadata: TemplateMetadata,
    /// The spec.
    pub spec: KubeadmConfigSpec,
}
