//! The backend of containers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::structural::empty_object;
use crate::v1beta2::FailureDomain;

/// What a development cluster runs on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevClusterBackend {
    /// Containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker: Option<DockerCluster>,
    /// Nothing but memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "empty_object")]
    pub in_memory: Option<Map<String, Value>>,
}

/// A cluster of containers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DockerCluster {
    /// The failure domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub failure_domains: Vec<FailureDomain>,
    /// Its load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<DockerLoadBalancer>,
}

/// The load balancer of a cluster of containers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DockerLoadBalancer {
    /// ConfigMap with an HAProxy configuration of one's own.
    #[serde(
        rename = "customHAProxyConfigTemplateRef",
        skip_serializing_if = "Option::is_none"
    )]
    pub custom_ha_proxy_config_template_ref: Option<LocalReference>,
    /// Registry of the images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_repository: Option<String>,
    /// Tag of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_tag: Option<String>,
}

/// The name of an object in the same namespace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("x-kubernetes-map-type" = "atomic"))]
pub struct LocalReference {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = ""))]
    pub name: Option<String>,
}

/// A machine that is a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DockerMachine {
    /// How long the bootstrap may take, `3m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_timeout: Option<String>,
    /// Image of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_image: Option<String>,
    /// Directories of the host that it sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_mounts: Vec<DockerMount>,
    /// Images that are loaded into the container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_load_images: Vec<String>,
}

/// A directory of the host that a container sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DockerMount {
    /// Path in the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_path: Option<String>,
    /// Path on the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_path: Option<String>,
    /// Whether it cannot be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}
