//! The backend of containers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::structural::empty_object;
use crate::v1beta1::cluster::FailureDomain;
use crate::v1beta2::DockerLoadBalancer;

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
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failure_domains: BTreeMap<String, FailureDomain>,
    /// Its load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<DockerLoadBalancer>,
}
