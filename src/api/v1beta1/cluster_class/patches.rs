//! Patches of a ClusterClass: how variables change its templates.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta2::JsonPatch;

/// A change of templates, made here or by an extension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassPatch {
    /// The name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Patches that stand here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub definitions: Vec<PatchDefinition>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub description: Option<String>,
    /// Template that gives `true` where the patch is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub enabled_if: Option<String>,
    /// An extension that patches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalPatch>,
}

/// Templates, and how they are changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct PatchDefinition {
    /// The patches, in order.
    #[schemars(length(max = 100))]
    pub json_patches: Vec<JsonPatch>,
    /// Templates that it changes.
    pub selector: PatchSelector,
}

/// Templates that a patch changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct PatchSelector {
    /// API version of the templates.
    #[schemars(length(min = 1, max = 512))]
    pub api_version: String,
    /// The kind.
    #[schemars(length(min = 1, max = 256))]
    pub kind: String,
    /// Where the templates are used.
    pub match_resources: PatchTargets,
}

/// Where the templates are used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct PatchTargets {
    /// Templates of the control plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane: Option<bool>,
    /// Whether the template of the infrastructure cluster is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_cluster: Option<bool>,
    /// Templates of classes of machine deployments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_deployment_class: Option<ClassNames>,
    /// Templates of classes of machine pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_pool_class: Option<ClassNames>,
}

/// Classes by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ClassNames {
    /// Names of the classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 256)))]
    pub names: Vec<String>,
}

/// Extensions that make patches and check the result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ExternalPatch {
    /// Extension that names variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub discover_variables_extension: Option<String>,
    /// Extension that makes patches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub generate_extension: Option<String>,
    /// What the extension is told, free in form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Extension that checks the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub validate_extension: Option<String>,
}
