//! Upstream's development provider, whose in-memory backend the simulated provider stands for: DevCluster, DevMachine.

mod docker;
mod pools;
mod templates;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DeprecatedStatus, Endpoint, FailureDomain, Kind, MachineAddress, NoStatus, Other, conditioned, metav1,
};
use crate::conditions::Condition;

pub use docker::*;
pub use pools::*;
pub use templates::*;

/// The kind DevCluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevCluster;

impl Kind for DevCluster {
    const GROUP: &'static str = crate::kinds::INFRASTRUCTURE;
    const KIND: &'static str = "DevCluster";
    const PLURAL: &'static str = "devclusters";
    type Spec = DevClusterSpec;
    type Status = DevClusterStatus;
}

/// What is wished of a development cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("required" = ["backend"]))]
pub struct DevClusterSpec {
    /// Where its API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<Endpoint>,
    /// `{inMemory: {}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<DevClusterBackend>,
}

/// The milestone of an infrastructure object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct Provisioning {
    /// It stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned: Option<bool>,
}

/// The kind DevMachine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevMachine;

impl Kind for DevMachine {
    const GROUP: &'static str = crate::kinds::INFRASTRUCTURE;
    const KIND: &'static str = "DevMachine";
    const PLURAL: &'static str = "devmachines";
    type Spec = DevMachineSpec;
    type Status = DevMachineStatus;
}

/// What is wished of a development machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachineSpec {
    /// The identity that its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub provider_id: Option<String>,
    /// What it runs on.
    pub backend: DevMachineBackend,
}

/// What a development machine runs on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachineBackend {
    /// Nothing but memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_memory: Option<InMemoryMachine>,
    /// Containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker: Option<DockerMachine>,
    /// Backends that this program does not know, kept for copying.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// How long a machine in memory takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct InMemoryMachine {
    /// Its virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm: Option<ProvisioningStep>,
    /// Its node, after the virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<ProvisioningStep>,
    /// Its API server, for control plane machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_server: Option<ProvisioningStep>,
    /// Its etcd member, for control plane machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etcd: Option<ProvisioningStep>,
}

/// One step of a machine's start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("required" = []))]
pub struct ProvisioningStep {
    /// How long it takes.
    pub provisioning: StepDuration,
}

/// A duration with jitter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("required" = ["startupDuration"]))]
pub struct StepDuration {
    /// Go's form, `10s`, `1m30s`, `500ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub startup_duration: Option<String>,
    /// A fraction as text, `0.2`: so much of the duration may come on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub startup_jitter: Option<String>,
}

/// The kind DevMachineTemplate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevMachineTemplate;

impl Kind for DevMachineTemplate {
    const GROUP: &'static str = crate::kinds::INFRASTRUCTURE;
    const KIND: &'static str = "DevMachineTemplate";
    const PLURAL: &'static str = "devmachinetemplates";
    type Spec = DevMachineTemplateSpec;
    type Status = NoStatus;
}

/// What is observed of a development cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevClusterStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
    /// The failure domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub failure_domains: Vec<FailureDomain>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<Provisioning>,
}

/// What is observed of a development machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DevMachineStatus {
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<MachineAddress>,
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
    /// The failure domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_domain: Option<String>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<Provisioning>,
}

conditioned!(DevClusterStatus, DevMachineStatus);
