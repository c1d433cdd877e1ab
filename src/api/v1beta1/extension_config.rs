//! ExtensionConfig; its old version is called v1alpha1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{HookReference, LabelSelector, OldCondition, ServiceReference};

/// A runtime extension, and what it is asked about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ExtensionConfigSpec {
    /// How the extension is reached.
    pub client_config: ExtensionClientConfig,
    /// Labels of the namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// What the extension is told, free in form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// How an extension is reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ExtensionClientConfig {
    /// Certificates, in PEM, that the server's certificate is checked against.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 51200), extend("format" = "byte"))]
    pub ca_bundle: Option<String>,
    /// A Service of the management cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceReference>,
    /// URL of the extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub url: Option<String>,
}

/// What is known of an extension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ExtensionConfigStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The handlers that the extension has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub handlers: Vec<ExtensionHandler>,
    /// What v1beta2 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// A handler of an extension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ExtensionHandler {
    /// The name.
    #[schemars(length(min = 1, max = 512))]
    pub name: String,
    /// The hook that it answers.
    pub request_hook: HookReference,
    /// Whether a failing extension holds the cluster up: `Fail` or `Ignore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Ignore", "Fail"]))]
    pub failure_policy: Option<String>,
    /// Seconds that one call may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i32>,
}
