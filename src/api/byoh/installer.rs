//! K8sInstallerConfig and its template.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::ObjectReference;

/// Where the bundles of Kubernetes come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct K8sInstallerConfigSpec {
    /// Registry of the bundles.
    pub bundle_repo: String,
    /// Kind of the bundles, `k8s`.
    pub bundle_type: String,
}

/// What is observed of an installation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct K8sInstallerConfigStatus {
    /// The Secret with the scripts that install Kubernetes and take it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation_secret: Option<ObjectReference>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// The Secret with the script that takes Kubernetes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninstallation_secret: Option<ObjectReference>,
    /// What the v1beta2 contract shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// What installations are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct K8sInstallerConfigTemplateSpec {
    /// What the clones are made from.
    pub template: K8sInstallerConfigTemplateResource,
}

/// The spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct K8sInstallerConfigTemplateResource {
    /// The spec.
    pub spec: K8sInstallerConfigSpec,
}
