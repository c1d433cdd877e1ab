//! DevMachinePool and DevMachinePoolTemplate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;
use crate::v1beta2::{DockerMount, Kind, MachineAddress, TemplateMetadata, conditioned, metav1};

/// The kind DevMachinePool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevMachinePool;

impl Kind for DevMachinePool {
    const GROUP: &'static str = crate::kinds::INFRASTRUCTURE;
    const KIND: &'static str = "DevMachinePool";
    const PLURAL: &'static str = "devmachinepools";
    type Spec = DevMachinePoolSpec;
    type Status = DevMachinePoolStatus;
}

/// What is wished of a development machine pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachinePoolSpec {
    /// What it runs on. Pools have one backend, docker; inMemory is of DevMachines alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<DevMachinePoolBackend>,
    /// The provider's identity of it, which its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The provider's identities of its machines.
    #[serde(rename = "providerIDList", skip_serializing_if = "Vec::is_empty")]
    pub provider_id_list: Vec<String>,
}

/// What a development machine pool runs on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevMachinePoolBackend {
    /// Containers; the one backend that pools have. fleetui simulates them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker: Option<DockerMachinePool>,
}

/// A pool of machines that are containers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DockerMachinePool {
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

/// What is observed of a development machine pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachinePoolStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Kind of the machines behind the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_machine_kind: Option<String>,
    /// Its containers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<DevMachinePoolInstance>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Machines that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
}

conditioned!(DevMachinePoolStatus);

/// One machine of the pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachinePoolInstance {
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<MachineAddress>,
    /// Name of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_name: Option<String>,
    /// The provider's identity of it, which its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What development machine pools are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevMachinePoolTemplateSpec {
    /// What the clones are made from.
    pub template: DevMachinePoolTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DevMachinePoolTemplateResource {
    /// The spec.
    pub spec: DevMachinePoolSpec,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
}
