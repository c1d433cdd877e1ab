//! Upstream's development provider, whose in-memory backend the simulated provider stands for: DevCluster, DevMachine.

use serde::{Deserialize, Serialize};

use super::{Endpoint, Kind, MachineAddress, NoStatus, Other, TemplateMetadata, conditioned, metav1};
use crate::conditions::Condition;

/// The kind DevCluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevCluster;

impl Kind for DevCluster {
    const GROUP: &'static str = crate::kinds::INFRASTRUCTURE;
    const KIND: &'static str = "DevCluster";
    const PLURAL: &'static str = "devclusters";
    type Spec = DevClusterSpec;
    type Status = InfrastructureStatus;
}

/// What is wished of a development cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DevClusterSpec {
    /// Where its API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_endpoint: Option<Endpoint>,
    /// `{inMemory: {}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<serde_json::Value>,
}

/// What is observed of an infrastructure object; the same for clusters and machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InfrastructureStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<Provisioning>,
    /// Addresses of a machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<MachineAddress>,
    /// Failure domain of a machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_domain: Option<String>,
}

conditioned!(InfrastructureStatus);

/// The milestone of an infrastructure object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    type Status = InfrastructureStatus;
}

/// What is wished of a development machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DevMachineSpec {
    /// The identity that its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// What it runs on.
    pub backend: DevMachineBackend,
}

/// What a development machine runs on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DevMachineBackend {
    /// Nothing but memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_memory: Option<InMemoryMachine>,
    /// Other backends, which are only copied.
    #[serde(flatten)]
    pub other: Other,
}

/// How long a machine in memory takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InMemoryMachine {
    /// Its virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm: Option<ProvisioningStep>,
    /// Its node, after the virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<ProvisioningStep>,
}

/// One step of a machine's start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProvisioningStep {
    /// How long it takes.
    pub provisioning: StepDuration,
}

/// A duration with jitter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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

/// What development machines are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DevMachineTemplateSpec {
    /// The clone's metadata and spec.
    pub template: DevMachineTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DevMachineTemplateResource {
    /// Labels and annotations.
    pub metadata: TemplateMetadata,
    /// The spec.
    pub spec: DevMachineSpec,
}
