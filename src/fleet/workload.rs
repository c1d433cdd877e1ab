//! Nodes of workload clusters: what they say of themselves, as the API of their cluster was asked.
//!
//! Must not know: how that is asked, or how nodes are shown.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::health::{Health, Verdict};

/// Whether a node can run pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// Its kubelet says so.
    Ready,
    /// Its kubelet says that it cannot.
    NotReady,
    /// Its kubelet is not heard, or says nothing.
    Unknown,
}

/// A node, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadNode {
    /// Its name.
    pub name: CompactString,
    /// Its identity.
    pub uid: CompactString,
    /// Whether it can run pods.
    pub readiness: Readiness,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Why not, in the kubelet's words; of a node that is ready, what presses it. Not yet safe to show.
    pub message: String,
    /// Whether no pods are put on it.
    pub cordoned: bool,
    /// Its roles, by the labels that kubectl looks at.
    pub roles: Vec<CompactString>,
    /// The version of its kubelet.
    pub version: CompactString,
    /// Its address inside.
    pub internal_ip: CompactString,
    /// The provider's id.
    pub provider_id: CompactString,
    /// When it registered.
    pub created: Option<Timestamp>,
    /// What it says of itself, each with its status: `MemoryPressure False`.
    #[serde(default)]
    pub conditions: Vec<CompactString>,
    /// Its taints as kubectl writes them: `key=value:NoSchedule`.
    #[serde(default)]
    pub taints: Vec<CompactString>,
    /// What it runs on: the system, the kernel and the container runtime.
    #[serde(default)]
    pub system: Vec<CompactString>,
}

/// The nodes of one workload cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadNodes {
    /// The uid of the Cluster that they were read for.
    pub uid: CompactString,
    /// By name; as they were read last.
    pub nodes: Vec<WorkloadNode>,
    /// When that was; nothing where they were never read.
    pub read_at: Option<Timestamp>,
    /// Why they could not be read the last time.
    pub failed: Option<String>,
}

/// Labels by which a node tells its roles.
const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
const ROLE: &str = "kubernetes.io/role";

/// What kubelets and container runtimes say where no network plugin is configured: containerd and CRI-O today, the kubelet alone
/// before 1.24.
const NO_NETWORK: [&str; 4] = [
    "cni plugin not initialized",
    "cni config uninitialized",
    "No CNI configuration file",
    "network plugin is not ready",
];

/// Why nodes without a network are not ready, and what to do.
pub const NO_CNI: &str = "no CNI is installed in the workload cluster: apply a network plugin there, or bind a ClusterResourceSet that has one";

/// Whether a message says that no network plugin is installed.
pub fn lacks_cni(message: &str) -> bool {
    NO_NETWORK.iter().any(|words| message.contains(words))
}

/// Conditions of a node that are bad news where they hold.
const PRESSES: [&str; 4] = [
    "MemoryPressure",
    "DiskPressure",
    "PIDPressure",
    "NetworkUnavailable",
];

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: CompactString,
    uid: CompactString,
    creation_timestamp: Option<Timestamp>,
    labels: BTreeMap<CompactString, CompactString>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    unschedulable: bool,
    #[serde(rename = "providerID")]
    provider_id: CompactString,
    taints: Vec<Taint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Taint {
    key: CompactString,
    value: CompactString,
    effect: CompactString,
}

impl Taint {
    fn told(&self) -> CompactString {
        let equals = if self.value.is_empty() { "" } else { "=" };
        format_compact!("{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    conditions: Vec<Condition>,
    addresses: Vec<Address>,
    node_info: NodeInfo,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Condition {
    r#type: CompactString,
    status: CompactString,
    message: String,
    last_transition_time: Option<Timestamp>,
}

impl Condition {
    fn told(&self) -> CompactString {
        format_compact!("{} {}", self.r#type, self.status)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    r#type: CompactString,
    address: CompactString,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    kubelet_version: CompactString,
    os_image: CompactString,
    kernel_version: CompactString,
    container_runtime_version: CompactString,
}

impl WorkloadNode {
    /// Reads a Node.
    ///
    /// # Errors
    /// It is no JSON of the shape that a Node has.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        let Raw {
            metadata,
            spec,
            status,
        } = serde_json::from_value(Value::Object(serde_json::from_str(json)?))?;
        let ready = status.conditions.iter().find(|it| it.r#type == "Ready");
        let readiness = match ready.map(|ready| ready.status.as_str()) {
            Some("True") => Readiness::Ready,
            Some("False") => Readiness::NotReady,
            Some(_) | None => Readiness::Unknown,
        };
        let under = status
            .conditions
            .iter()
            .filter(|it| it.status == "True" && PRESSES.contains(&it.r#type.as_str()));
        let pressed: Vec<String> = under.map(|it| format!("{}: {}", it.r#type, it.message)).collect();
        let message = match (readiness, ready) {
            (Readiness::Ready, _) => pressed.join(", "),
            (Readiness::NotReady | Readiness::Unknown, Some(ready)) => ready.message.clone(),
            (Readiness::NotReady | Readiness::Unknown, None) => "its kubelet has said nothing yet".to_owned(),
        };
        let mut roles: Vec<CompactString> = metadata
            .labels
            .iter()
            .filter_map(|(key, value)| match key.strip_prefix(ROLE_PREFIX) {
                Some(role) if !role.is_empty() => Some(role.into()),
                Some(_) | None => (key == ROLE && !value.is_empty()).then(|| value.clone()),
            })
            .collect();
        roles.sort();
        roles.dedup();
        let NodeInfo {
            kubelet_version,
            os_image,
            kernel_version,
            container_runtime_version,
        } = status.node_info;
        let system = [os_image, kernel_version, container_runtime_version];
        let inside = status.addresses.iter().find(|it| it.r#type == "InternalIP");
        Ok(Self {
            name: metadata.name,
            uid: metadata.uid,
            readiness,
            since: ready.and_then(|ready| ready.last_transition_time),
            message,
            cordoned: spec.unschedulable,
            roles,
            version: kubelet_version,
            internal_ip: inside.map(|it| it.address.clone()).unwrap_or_default(),
            provider_id: spec.provider_id,
            created: metadata.creation_timestamp,
            conditions: status.conditions.iter().map(Condition::told).collect(),
            taints: spec.taints.iter().map(Taint::told).collect(),
            system: system.into_iter().filter(|part| !part.is_empty()).collect(),
        })
    }

    /// `Ready`, `NotReady,SchedulingDisabled`: as kubectl writes it.
    pub fn status(&self) -> String {
        let word = match self.readiness {
            Readiness::Ready => "Ready",
            Readiness::NotReady | Readiness::Unknown => "NotReady",
        };
        if self.cordoned {
            format!("{word},SchedulingDisabled")
        } else {
            word.to_owned()
        }
    }

    /// Its roles in one word, as kubectl writes them.
    pub fn role(&self) -> String {
        if self.roles.is_empty() {
            "<none>".to_owned()
        } else {
            self.roles.join(",")
        }
    }

    /// Whether it waits for a network plugin.
    pub fn lacks_cni(&self) -> bool {
        self.readiness == Readiness::NotReady && lacks_cni(&self.message)
    }

    /// How it is doing.
    pub fn verdict(&self) -> Verdict {
        let (health, status) = match self.readiness {
            Readiness::Ready if !self.message.is_empty() => (Health::Warning, "True"),
            // Somebody wants it so, for a while.
            Readiness::Ready if self.cordoned => (Health::Progressing, "True"),
            Readiness::Ready => (Health::Good, "True"),
            Readiness::NotReady => (Health::Warning, "False"),
            Readiness::Unknown => (Health::Unknown, "Unknown"),
        };
        let line = if health == Health::Progressing {
            "cordoned: no pods are put on it".to_owned()
        } else if self.lacks_cni() {
            NO_CNI.to_owned()
        } else {
            self.message.clone()
        };
        Verdict {
            health,
            condition: Some((CompactString::const_new("Ready"), status)),
            line,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(change: impl FnOnce(&mut Value)) -> WorkloadNode {
        let mut object = json!({
            "kind": "Node",
            "metadata": {"name": "node-3", "uid": "u", "creationTimestamp": "2026-06-01T11:00:00Z",
                "labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "etcd", "a": "b"}},
            "spec": {"providerID": "byoh://node-3/x", "taints": [
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}]},
            "status": {
                "addresses": [{"type": "Hostname", "address": "node-3"}, {"type": "InternalIP", "address": "192.0.2.3"}],
                "conditions": [{"type": "MemoryPressure", "status": "False"},
                    {"type": "Ready", "status": "True", "lastTransitionTime": "2026-06-01T11:30:00Z"}],
                "nodeInfo": {"kubeletVersion": "v1.31.2", "osImage": "Debian 13", "containerRuntimeVersion": "containerd://2.1"}, "images": [{"names": ["x"], "sizeBytes": 1}],
            },
        });
        change(&mut object);
        WorkloadNode::read(&object.to_string()).unwrap()
    }

    #[test]
    fn a_node_is_read_as_kubectl_shows_it() {
        let node = node(|_| {});
        assert_eq!(
            (node.status(), node.role()),
            ("Ready".to_owned(), "control-plane,etcd".to_owned())
        );
        assert_eq!(
            (node.version.as_str(), node.internal_ip.as_str()),
            ("v1.31.2", "192.0.2.3")
        );
        assert_eq!(
            (node.verdict().health, node.verdict().line.as_str()),
            (Health::Good, "")
        );
        assert_eq!(
            node.taints,
            [
                "node-role.kubernetes.io/control-plane:NoSchedule",
                "a=b:NoExecute"
            ]
        );
        assert_eq!(node.conditions, ["MemoryPressure False", "Ready True"]);
        assert_eq!(node.system, ["Debian 13", "containerd://2.1"]);
        let bare = WorkloadNode::read("{}").unwrap();
        assert_eq!(
            (bare.status(), bare.role()),
            ("NotReady".to_owned(), "<none>".to_owned())
        );
        assert_eq!(bare.verdict().health, Health::Unknown);
        assert!(WorkloadNode::read("[]").is_err());
    }

    #[test]
    fn a_node_without_a_network_names_the_missing_cni_and_others_say_their_own() {
        let says = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                    message:Network plugin returns error: cni plugin not initialized";
        let with = |status: &'static str, message: &'static str| {
            node(move |object| {
                object["status"]["conditions"][1]["status"] = status.into();
                object["status"]["conditions"][1]["message"] = message.into();
            })
        };
        assert_eq!(with("False", says).verdict().line, NO_CNI);
        assert_eq!(
            with("False", "PLEG is not healthy").verdict().line,
            "PLEG is not healthy"
        );
        assert_eq!(
            with("Unknown", "Kubelet stopped posting node status.")
                .verdict()
                .health,
            Health::Unknown
        );
        let cordoned = node(|object| object["spec"]["unschedulable"] = true.into());
        assert_eq!(cordoned.status(), "Ready,SchedulingDisabled");
        assert_eq!(cordoned.verdict().health, Health::Progressing);
        let pressed = node(|object| {
            object["status"]["conditions"][0] =
                json!({"type": "DiskPressure", "status": "True", "message": "full"});
        });
        assert_eq!(pressed.verdict().line, "DiskPressure: full");
    }
}
