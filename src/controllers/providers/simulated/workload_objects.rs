//! What a simulated machine brings into its workload cluster: the Node, on control plane machines the static pods, and on the one
//! that starts the cluster what kubeadm leaves there.
//!
//! Must not know: when; and that the cluster is a simulated one. It writes what a kubelet and kubeadm would.

use fleetui_api::labels;
use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};

use super::addons::{self, Images};
use super::kubeadm::Configuration;
use super::{SERVING_UNTIL_ANNOTATION, cni};
use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::object::Metadata;
use crate::settings::Network;

/// How long the certificates are valid that kubeadm makes where nothing else is wished.
const CERTIFICATES: SignedDuration = SignedDuration::from_hours(365 * 24);

const API_SERVER: &str = "kube-apiserver";

/// The static pods of a control plane node.
const COMPONENTS: [&str; 4] = ["etcd", API_SERVER, "kube-controller-manager", "kube-scheduler"];

/// What a kubelet says when all is well.
const READY: &str = "kubelet is posting ready status";

/// The reason that a cluster gives for nodes of which it hears nothing.
const LOST: &str = "NodeStatusUnknown";

/// What a machine is in its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The control plane machine that starts it.
    Init,
    /// Another control plane machine.
    ControlPlane,
    Worker,
}

/// A machine whose node joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) cluster: ObjectName,
    pub(crate) node: String,
    pub(crate) provider_id: String,
    pub(crate) version: String,
    pub(crate) address: String,
    /// Name and release of the operating system.
    pub(crate) os_image: String,
    /// Processor architecture.
    pub(crate) architecture: String,
    pub(crate) role: Role,
    /// What kubeadm is told there; nothing for workers.
    pub(crate) kubeadm: Configuration,
    /// Where its network comes from; without one it joins and is not Ready.
    pub(crate) network: Network,
    pub(crate) now: Timestamp,
}

impl Host {
    fn images(&self) -> Images<'_> {
        Images {
            version: &self.version,
            configuration: &self.kubeadm,
        }
    }
}

/// Lets the node join. The Node itself comes last: seeing it means that the rest is there.
pub(crate) fn join(host: &Host) -> Vec<Change> {
    let mut changes = Vec::new();
    if host.role == Role::Init {
        let (config_map, images) = (ApiResource::erase::<ConfigMap>(&()), host.images());
        let left = [
            (config_map.clone(), addons::config(&host.kubeadm)),
            (config_map, addons::corefile()),
            (ApiResource::erase::<Deployment>(&()), addons::dns(images)),
            (ApiResource::erase::<DaemonSet>(&()), addons::proxy(images)),
        ];
        for (resource, body) in left {
            changes.extend(create(host, resource, body, None));
        }
    }
    if host.role != Role::Worker {
        for component in COMPONENTS {
            changes.extend(create(
                host,
                ApiResource::erase::<Pod>(&()),
                pod(host, component),
                Some(pod_status(host, component)),
            ));
        }
    }
    changes.extend(create(
        host,
        ApiResource::erase::<Node>(&()),
        node(host),
        Some(node_status(host)),
    ));
    changes
}

/// Whether a node is not Ready because it has no network yet.
pub(crate) fn waits_for_network(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.message.as_deref() == Some(cni::NOT_READY))
}

/// Lets a node that waited for its network say that it is Ready.
pub(crate) fn turn_ready(host: &Host, node: &Node) -> Option<Change> {
    if !waits_for_network(node) {
        return None;
    }
    let now = whole_seconds(host.now).to_string();
    let ready = json!({
        "status": "True", "reason": "KubeletReady", "message": READY,
        "lastHeartbeatTime": now, "lastTransitionTime": now
    });
    tell(host, node, |kind| (kind == "Ready").then(|| ready.clone()))
}

/// Says of a node what its cluster does after its kubelet was silent for long. What it says comes last: without it this is
/// done again.
pub(crate) fn lose(host: &Host, node: &Node) -> Vec<Change> {
    let now = whole_seconds(host.now).to_string();
    let unknown = json!({
        "status": "Unknown", "reason": LOST, "message": "Kubelet stopped posting node status.", "lastTransitionTime": now
    });
    if is_lost(node) {
        return Vec::new();
    }
    let mut taints = other_taints(node);
    let effects = ["NoSchedule", "NoExecute"];
    taints.extend(
        effects.map(
            |effect| json!({"key": labels::node::UNREACHABLE_TAINT, "effect": effect, "timeAdded": now}),
        ),
    );
    let said = tell(host, node, |_| Some(unknown.clone()));
    [Some(taint(host, node, &taints)), said]
        .into_iter()
        .flatten()
        .collect()
}

/// The taints of a node but those of one that is not heard of.
fn other_taints(node: &Node) -> Vec<Value> {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref());
    let others = taints.unwrap_or_default().iter();
    others
        .filter(|taint| taint.key != labels::node::UNREACHABLE_TAINT)
        .filter_map(|taint| serde_json::to_value(taint).ok())
        .collect()
}

fn taint(host: &Host, node: &Node, taints: &[Value]) -> Change {
    patch(host, node, false, json!({"spec": {"taints": taints}}))
}

fn patch(host: &Host, node: &Node, status: bool, patch: Value) -> Change {
    Change::Workload {
        cluster: host.cluster.clone(),
        write: WorkloadWrite::Patch {
            target: WorkloadTarget {
                resource: ApiResource::erase::<Node>(&()),
                namespace: None,
                name: node.metadata.name().to_owned(),
            },
            status,
            patch,
        },
    }
}

/// Lets a node that was lost say again what it did when it joined.
pub(crate) fn regain(host: &Host, node: &Node) -> Vec<Change> {
    let status = node_status(host);
    let said = |kind: &str| {
        let conditions = status.get("conditions")?.as_array()?;
        let mut conditions = conditions.iter();
        conditions.find(|it| it.get("type").and_then(Value::as_str) == Some(kind))
    };
    if !is_lost(node) {
        return Vec::new();
    }
    let said = tell(host, node, |kind| said(kind).cloned());
    [Some(taint(host, node, &other_taints(node))), said]
        .into_iter()
        .flatten()
        .collect()
}

fn is_lost(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.reason.as_deref() == Some(LOST))
}

/// Merges into each condition of a node what `says` of its type.
fn tell(host: &Host, node: &Node, says: impl Fn(&str) -> Option<Value>) -> Option<Change> {
    let status = node.status.as_ref()?;
    let mut conditions = serde_json::to_value(status.conditions.as_ref()?).ok()?;
    for condition in conditions.as_array_mut()? {
        let kind = condition.get("type").and_then(Value::as_str).unwrap_or_default();
        if let Some(said) = says(kind) {
            json_patch::merge(condition, &said);
        }
    }
    let change = json!({"status": {"conditions": conditions}});
    Some(patch(host, node, true, change))
}

/// Takes the pods away that ran on the machine.
pub(crate) fn remove_pods(host: &Host) -> Vec<Change> {
    let components = match host.role {
        Role::Init | Role::ControlPlane => COMPONENTS.as_slice(),
        Role::Worker => &[],
    };
    let pods = components.iter().map(|component| Change::Workload {
        cluster: host.cluster.clone(),
        write: WorkloadWrite::Delete(WorkloadTarget {
            resource: ApiResource::erase::<Pod>(&()),
            namespace: Some("kube-system".to_owned()),
            name: format!("{component}-{}", host.node),
        }),
    });
    pods.collect()
}

fn create(host: &Host, resource: ApiResource, body: Value, status: Option<Value>) -> Vec<Change> {
    let Ok(object) = serde_json::from_value::<DynamicObject>(body) else {
        return Vec::new();
    };
    let target = WorkloadTarget {
        resource: resource.clone(),
        namespace: object.metadata.namespace.clone(),
        name: object.metadata.name.clone().unwrap_or_default(),
    };
    let writes = [
        Some(WorkloadWrite::Create {
            resource,
            object: Box::new(object),
        }),
        status.map(|status| WorkloadWrite::Patch {
            target,
            status: true,
            patch: json!({ "status": status }),
        }),
    ];
    let change = |write| Change::Workload {
        cluster: host.cluster.clone(),
        write,
    };
    writes.into_iter().flatten().map(change).collect()
}

fn pod(host: &Host, component: &str) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{component}-{}", host.node), "namespace": "kube-system",
            "labels": {"component": component, "tier": "control-plane"},
            // A kubelet runs it from its own files; nobody can evict it.
            "annotations": {"kubernetes.io/config.mirror": host.node}
        },
        "spec": {
            "nodeName": host.node,
            "containers": [{"name": component, "image": host.images().of(component)}]
        }
    });
    if component == API_SERVER {
        let valid = host.kubeadm.period().unwrap_or(CERTIFICATES);
        let until = host.now.checked_add(valid).unwrap_or(host.now);
        let until = whole_seconds(until).to_string();
        pod["metadata"]["annotations"][SERVING_UNTIL_ANNOTATION] = json!(until);
    }
    pod
}

fn pod_status(host: &Host, component: &str) -> Value {
    let now = whole_seconds(host.now).to_string();
    json!({
        "phase": "Running", "startTime": now, "hostIP": host.address, "podIP": host.address,
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": now}],
        "containerStatuses": [{
            "name": component, "image": host.images().of(component), "imageID": "", "ready": true, "started": true,
            "restartCount": 0, "state": {"running": {"startedAt": now}}
        }]
    })
}

fn node(host: &Host) -> Value {
    let mut all_labels = json!({
        "kubernetes.io/hostname": host.node, "kubernetes.io/os": "linux", "kubernetes.io/arch": host.architecture
    });
    // Bootstrap puts this taint on every node; the Machine controller takes it away.
    let mut taints = vec![json!({"key": labels::node::UNINITIALIZED_TAINT, "effect": "NoSchedule"})];
    if host.role != Role::Worker {
        json_patch::merge(
            &mut all_labels,
            &json!({"node-role.kubernetes.io/control-plane": ""}),
        );
        taints.push(json!({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}));
    }
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": host.node, "labels": all_labels},
        "spec": {"providerID": host.provider_id, "taints": taints}
    })
}

fn node_status(host: &Host) -> Value {
    let now = whole_seconds(host.now).to_string();
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now
        })
    };
    let ready = match host.network {
        Network::Brought => condition("Ready", "True", "KubeletReady", READY),
        Network::Awaited => condition("Ready", "False", "KubeletNotReady", cni::NOT_READY),
    };
    json!({
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ready,
        ],
        "addresses": [
            {"type": "InternalIP", "address": host.address},
            {"type": "Hostname", "address": host.node}
        ],
        "capacity": {"cpu": "4", "ephemeral-storage": "100Gi", "memory": "16Gi", "pods": "110"},
        // What a kubelet keeps back of memory and disk by default.
        "allocatable": {"cpu": "4", "ephemeral-storage": "90Gi", "memory": "16284Mi", "pods": "110"},
        "nodeInfo": {
            "architecture": host.architecture, "bootID": "", "containerRuntimeVersion": "containerd://2.0.0",
            "kernelVersion": "6.8.0", "kubeProxyVersion": host.version, "kubeletVersion": host.version,
            "machineID": host.node, "operatingSystem": "linux", "osImage": host.os_image, "systemUUID": host.node
        }
    })
}

/// Whether a node has told conditions: its kubelet runs.
pub(crate) fn reports(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|conditions| !conditions.is_empty())
}

/// The identity of a simulated machine, as upstream's in-memory backend gives it.
pub(super) fn provider_id(machine: &str) -> String {
    format!("in-memory://{machine}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        Host {
            cluster: ObjectName::new("default", "c"),
            node: "n".to_owned(),
            provider_id: "in-memory://n".to_owned(),
            version: "v1.31.0".to_owned(),
            address: "192.0.2.1".to_owned(),
            os_image: "Ubuntu".to_owned(),
            architecture: "amd64".to_owned(),
            role: Role::Worker,
            kubeadm: Configuration::default(),
            network: Network::Brought,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// The node after these changes.
    fn after(node: &Node, changes: Vec<Change>) -> Node {
        let mut value = serde_json::to_value(node).expect("a value");
        for change in changes {
            let Change::Workload {
                write: WorkloadWrite::Patch { patch, .. },
                ..
            } = change
            else {
                panic!("{change:?}");
            };
            json_patch::merge(&mut value, &patch);
        }
        serde_json::from_value(value).expect("a Node")
    }

    #[test]
    fn a_node_that_is_not_heard_of_is_tainted_until_it_speaks_again() {
        let host = host();
        let mut whole = super::node(&host);
        json_patch::merge(&mut whole, &json!({"status": node_status(&host)}));
        let whole: Node = serde_json::from_value(whole).expect("a Node");
        let taints = |node: &Node| {
            let taints = node
                .spec
                .as_ref()
                .and_then(|spec| spec.taints.clone())
                .unwrap_or_default();
            taints
                .into_iter()
                .map(|taint| format!("{}:{}", taint.key, taint.effect))
                .collect::<Vec<_>>()
        };
        let own = ["node.cluster.x-k8s.io/uninitialized:NoSchedule"];
        assert_eq!(taints(&whole), own);
        let lost = after(&whole, lose(&host, &whole));
        assert!(is_lost(&lost));
        let unreachable = "node.kubernetes.io/unreachable";
        let both = [
            own[0].to_owned(),
            format!("{unreachable}:NoSchedule"),
            format!("{unreachable}:NoExecute"),
        ];
        assert_eq!(taints(&lost), both);
        assert!(lose(&host, &lost).is_empty(), "once is enough");
        let back = after(&lost, regain(&host, &lost));
        assert!(!is_lost(&back) && regain(&host, &back).is_empty());
        assert_eq!(taints(&back), own);
    }
}
