//! ByoHost: a host of a pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta2::{ObjectReference, OldCondition};

/// What is wished of a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ByoHostSpec {
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
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// What the host is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostinfo: Option<HostInfo>,
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
