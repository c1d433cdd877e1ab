//! ByoMachine and ByoMachineTemplate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::byoh::host::HostInfo;
use crate::structural::quantities;
use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{LabelSelector, MachineAddress, ObjectReference, OldCondition, Provisioning};

/// What is wished of a machine that runs on a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoMachineSpec {
    /// Hosts that it has to run on, and hosts that it would rather run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<HostAffinity>,
    /// Name of the only host that it may run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub host_name: Option<String>,
    /// Template of what installs Kubernetes on the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installer_ref: Option<ObjectReference>,
    /// The provider's identity of it, which its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Labels of the hosts that it may run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// What a host has to have at least: `cpu`, `memory`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub resources: BTreeMap<String, Value>,
    /// Taints of hosts that do not keep it off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<HostToleration>,
}

/// Which hosts a machine has to run on, and which it would rather run on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostAffinity {
    /// Labels that a host has to have; those of one entry are enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<RequiredHosts>,
    /// Labels that are hoped for; the weights of those that a host has are added up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferred: Vec<PreferredHosts>,
}

/// Labels that are asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct RequiredHosts {
    /// The labels.
    pub selector: LabelSelector,
}

/// Labels that are hoped for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct PreferredHosts {
    /// The labels.
    pub selector: LabelSelector,
    /// How much they count.
    #[schemars(range(min = 1, max = 100))]
    pub weight: i32,
}

/// A taint that does not keep a machine off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostToleration {
    /// Key of the taint; every key where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Value of the taint; every value where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What is observed of a machine that runs on a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoMachineStatus {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// What the host is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostinfo: Option<HostInfo>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// What has been reached once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<Provisioning>,
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "atomic"))]
    pub addresses: Vec<MachineAddress>,
    /// The failure domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_domain: Option<String>,
    /// The host that it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_ref: Option<ObjectReference>,
    /// Hosts on which it could not be brought up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub attempts: Vec<HostAttempt>,
    /// What the v1beta2 contract shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// A host on which a machine could not be brought up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostAttempt {
    /// Name of the host.
    pub host: String,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub time: Option<String>,
}

/// What machines are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ByoMachineTemplateSpec {
    /// What the clones are made from.
    pub template: ByoMachineTemplateResource,
}

/// The spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ByoMachineTemplateResource {
    /// The spec.
    pub spec: ByoMachineSpec,
}

/// What is known of the hosts that a template may take.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoMachineTemplateStatus {
    /// What the smallest free host offers, for scaling from zero.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub capacity: BTreeMap<String, Value>,
    /// What its nodes are like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_info: Option<HostNodeInfo>,
}

/// What nodes of a template are like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct HostNodeInfo {
    /// Processor architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub architecture: Option<String>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub operating_system: Option<String>,
}
