//! ByoHost: a host of a pool.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structural::quantities;
use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{ObjectReference, OldCondition};

/// What is wished of a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoHostSpec {
    /// Whether it may be used; a host that does not say may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<bool>,
    /// The ByoMachine that has taken it. Written together with labels and secrets in one write, so that it is taken as a whole
    /// or not at all; the uid tells a machine from an earlier one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_ref: Option<ObjectReference>,
    /// It is looked after by somebody and takes no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<HostMaintenance>,
    /// The identity that its node gets, for the kubelet.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// What becomes of it when its machine has gone and it has been reset: it takes the next machine (`Recycle`, also where
    /// nothing is said), or waits until somebody has looked at it (`Retain`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Recycle", "Retain"]))]
    pub reclaim_policy: Option<String>,
    /// What keeps machines off that do not tolerate it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<HostTaint>,
    /// Whether it takes no further machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclaimable: Option<bool>,
    /// The Secret with the bootstrap data of the machine that runs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_secret: Option<ObjectReference>,
    /// The agent that the host shall run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_agent: Option<DesiredAgent>,
    /// The Secret with the scripts that install Kubernetes and take it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation_secret: Option<ObjectReference>,
    /// The Secret with the script that takes Kubernetes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninstallation_secret: Option<ObjectReference>,
    /// The script that takes Kubernetes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninstallation_script: Option<String>,
}

/// Why a host is looked after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostMaintenance {
    /// What becomes of a machine that runs on it: it stays (`Park`, also where nothing is said), or its Machine is deleted, so
    /// that its node is drained and its owner makes another one (`Drain`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Park", "Drain"]))]
    pub mode: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What keeps machines off a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostTaint {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `NoBind`, also where nothing is said: machines that do not tolerate it are kept off. `Evict`: the one that has the host
    /// has to go, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["NoBind", "Evict"]))]
    pub effect: Option<String>,
}

/// An agent, and where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct DesiredAgent {
    /// Version of the agent.
    pub version: String,
    /// When the upgrade asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub assigned_at: Option<String>,
    /// Checksum of the package, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_checksum: Option<String>,
    /// Image with the package of the agent.
    #[serde(rename = "packageURL", skip_serializing_if = "Option::is_none")]
    pub package_url: Option<String>,
}

/// What is observed of a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoHostStatus {
    /// Version of the agent that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    /// What it has: `cpu`, `memory`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub capacity: BTreeMap<String, Value>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The last step that went wrong; the agent takes it away when a machine has come up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<HostFailure>,
    /// What the host is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostinfo: Option<HostInfo>,
    /// Kubernetes versions that it can install, `v1.31` for all of a minor version. Where the host does not say, it follows
    /// from its operating system.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub installable_versions: Vec<String>,
    /// When the agent last said that it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub last_heartbeat_time: Option<String>,
    /// Identity of the machine, from /etc/machine-id.
    #[serde(rename = "machineID", skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<String>,
    /// The ByoMachine that runs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_ref: Option<ObjectReference>,
    /// Its network interfaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<HostInterface>,
    /// The identity that its kubelet was started with.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Why it takes no machine for now; written by the manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<HostQuarantine>,
    /// What the v1beta2 contract shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}

/// A step that went wrong on a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct HostFailure {
    /// The step, `install`, `bootstrap` or `reset`.
    pub step: String,
    /// The command that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Its exit status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<i32>,
    /// The last lines of its output.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub last_lines: Vec<String>,
    /// Uid of the ByoMachine that it was done for.
    #[serde(rename = "machineUID", skip_serializing_if = "Option::is_none")]
    pub machine_uid: Option<String>,
    /// When it went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub time: Option<String>,
}

/// Why a host takes no machine for now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct HostQuarantine {
    /// How many machines could not be brought up on it in a row.
    pub failures: u32,
    /// The failure that counted last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<HostFailure>,
    /// Since when it is held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub since: Option<String>,
    /// When it takes machines again; never by itself where it is missing and `since` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub until: Option<String>,
}

/// What a host is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct HostInfo {
    /// Processor architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Name and release of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub osimage: Option<String>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub osname: Option<String>,
}

/// A network interface of a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct HostInterface {
    /// Its MAC address.
    pub mac_addr: String,
    /// Whether it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_addrs: Vec<String>,
    /// Whether the default route goes through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_name: Option<String>,
}
