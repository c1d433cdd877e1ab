//! Machine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContractReference, Kind, OldCondition, Other, conditioned, metav1};
use crate::conditions::Condition;
use crate::structural::{DNS_SUBDOMAIN, QUALIFIED_NAME};

/// The kind Machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine;

impl Kind for Machine {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "Machine";
    const PLURAL: &'static str = "machines";
    type Spec = MachineSpec;
    type Status = MachineStatus;
}

/// What is wished of a machine; also the heart of every template for machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("required" = ["bootstrap", "clusterName", "infrastructureRef"]))]
pub struct MachineSpec {
    /// Name of its Cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: String,
    /// How it becomes a node.
    #[serde(skip_serializing_if = "Bootstrap::is_empty")]
    pub bootstrap: Bootstrap,
    /// What it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_ref: Option<ContractReference>,
    /// Its Kubernetes version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub version: Option<String>,
    /// The provider's identity of it, which its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub provider_id: Option<String>,
    /// The failure domain that it shall be in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_domain: Option<String>,
    /// Seconds that it has to be Ready before it counts as Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_ready_seconds: Option<i32>,
    /// Further conditions that it has to meet to be Ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["conditionType"]))]
    pub readiness_gates: Vec<ReadinessGate>,
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletion>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
    /// Fields that this program does not know, kept for copying.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// Where a machine's bootstrap data comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Bootstrap {
    /// The object that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_ref: Option<ContractReference>,
    /// The Secret that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 0, max = 253))]
    pub data_secret_name: Option<String>,
}

impl Bootstrap {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.config_ref.is_none() && self.data_secret_name.is_none()
    }
}

/// A condition that counts for readiness or availability.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ReadinessGate {
    /// Its type.
    #[schemars(length(min = 1, max = 316), pattern(QUALIFIED_NAME))]
    pub condition_type: String,
    /// `Positive` or `Negative`; positive where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Positive", "Negative"]))]
    pub polarity: Option<String>,
}

/// What is observed of a machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<MachineInitialization>,
    /// Its node in the workload cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_ref: Option<NodeReference>,
    /// What its node says of its system: `kubeletVersion`, `osImage` and so on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "NodeSystemInfo")]
    pub node_info: BTreeMap<String, serde_json::Value>,
    /// When the phase changed last, RFC3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub last_updated: Option<String>,
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "atomic"))]
    pub addresses: Vec<MachineAddress>,
    /// The failure domain that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_domain: Option<String>,
    /// The phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [
        "Pending", "Provisioning", "Provisioned", "Running", "Updating", "Deleting", "Deleted", "Failed",
        "Unknown",
    ]))]
    pub phase: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
    /// How far its deletion has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletionStatus>,
    /// When the machine's certificates expire; only for control plane machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub certificates_expiry_date: Option<String>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<MachineDeprecated>,
}

conditioned!(MachineStatus);

/// Milestones of a machine; they are never taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineInitialization {
    /// Its bootstrap data is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_data_secret_created: Option<bool>,
    /// Its infrastructure stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_provisioned: Option<bool>,
}

/// The name of a Node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeReference {
    /// The name.
    #[schemars(length(min = 1, max = 253), pattern(DNS_SUBDOMAIN))]
    pub name: String,
}

/// One address of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct MachineAddress {
    /// `InternalIP`, `ExternalIP`, `Hostname` and others.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["Hostname", "ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS"]))]
    pub kind: String,
    /// The address.
    #[schemars(length(min = 1, max = 256))]
    pub address: String,
}

/// Since when the steps of a deletion go on, RFC3339.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineDeletionStatus {
    /// Draining.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub node_drain_start_time: Option<String>,
    /// Waiting for volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub wait_for_node_volume_detach_start_time: Option<String>,
    /// Waiting for a hook before draining.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub wait_for_pre_drain_hook_start_time: Option<String>,
    /// Waiting for a hook before the infrastructure goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub wait_for_pre_terminate_hook_start_time: Option<String>,
}

/// How long the steps of a machine's deletion may take.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineDeletion {
    /// Seconds that the deletion of the node is tried; 0 means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub node_deletion_timeout_seconds: Option<i32>,
    /// Seconds that draining the node may take; 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub node_drain_timeout_seconds: Option<i32>,
    /// Seconds that detaching volumes may take; 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub node_volume_detach_timeout_seconds: Option<i32>,
}

/// A taint that is kept on a machine's node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct MachineTaint {
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[schemars(extend("enum" = ["NoSchedule", "PreferNoSchedule", "NoExecute"]))]
    pub effect: String,
    /// The key.
    #[schemars(length(min = 1, max = 317))]
    #[schemars(pattern(r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"))]
    pub key: String,
    /// `Always` or `OnInitialization`.
    #[schemars(extend("enum" = ["Always", "OnInitialization"]))]
    pub propagation: String,
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        pattern("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
    )]
    pub value: Option<String>,
}

/// What only older versions of the API show of a machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct MachineDeprecated {
    /// What v1beta1 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta1: Option<MachineDeprecatedV1Beta1>,
}

/// What v1beta1 shows of a machine's status.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineDeprecatedV1Beta1 {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10240))]
    pub failure_message: Option<String>,
    /// A word for why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}

/// What a node says of its system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct NodeSystemInfo {
    /// Processor architecture.
    pub architecture: String,
    /// Identity of the boot.
    #[serde(rename = "bootID")]
    pub boot_id: String,
    /// The container runtime and its version.
    pub container_runtime_version: String,
    /// Version of the kernel.
    pub kernel_version: String,
    /// Version of kube-proxy; not reported any more.
    pub kube_proxy_version: String,
    /// Version of the kubelet.
    pub kubelet_version: String,
    /// Identity of the machine.
    #[serde(rename = "machineID")]
    pub machine_id: String,
    /// The operating system.
    pub operating_system: String,
    /// The operating system's own name.
    pub os_image: String,
    /// Identity that the system reports.
    #[serde(rename = "systemUUID")]
    pub system_uuid: String,
    /// Its swap space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swap: Option<NodeSwap>,
}

/// Swap space of a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct NodeSwap {
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i64>,
}
