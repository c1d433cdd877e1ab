//! BootstrapKubeconfig.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cluster that a new host enrols with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct BootstrapKubeconfigSpec {
    /// URL of the API server, with its port.
    pub apiserver: String,
    /// Certificates of the authority, in PEM, as base64.
    #[serde(rename = "certificate-authority-data")]
    pub certificate_authority_data: String,
    /// Whether the server's certificate is not checked.
    #[serde(rename = "insecure-skip-tls-verify", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub insecure_skip_tls_verify: Option<bool>,
}

/// The kubeconfig for a new host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct BootstrapKubeconfigStatus {
    /// The kubeconfig, with its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_kubeconfig_data: Option<String>,
}
