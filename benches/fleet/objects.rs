//! Machines as a busy management cluster has them: v1beta2, a dozen conditions, labels, references.

use jiff::Timestamp;
use serde_json::json;

/// The time at which the fleet is looked at.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `count` Machines as JSON, `of_a_cluster` in each cluster, one in 50 of them not ready.
pub(crate) fn texts(count: usize, of_a_cluster: usize) -> Vec<String> {
    (0..count)
        .map(|index| machine(index, of_a_cluster).to_string())
        .collect()
}

fn machine(index: usize, of_a_cluster: usize) -> serde_json::Value {
    let cluster = format!("cluster-{:05}", index / of_a_cluster);
    let set = format!("{cluster}-md-0-{}", index % 3);
    let name = format!("{set}-{index:06}");
    let bad = index % 50 == 7;
    let status = if bad { "False" } else { "True" };
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({ "type": kind, "status": status, "reason": reason, "message": message,
                "lastTransitionTime": "2026-05-30T08:00:00Z", "observedGeneration": 1 })
    };
    let message = if bad {
        "* NodeHealthy: Node.Ready: kubelet stopped posting node status"
    } else {
        ""
    };
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Machine",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": format!("00000000-0000-4000-8000-{index:012}"),
            "resourceVersion": (index + 1000).to_string(),
            "generation": 1,
            "creationTimestamp": "2026-05-30T07:00:00Z",
            "labels": {
                "cluster.x-k8s.io/cluster-name": cluster,
                "cluster.x-k8s.io/deployment-name": format!("{cluster}-md-0"),
                "cluster.x-k8s.io/set-name": set,
                "machine-template-hash": "4085316412-bxk2p",
            },
            "ownerReferences": [{ "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet", "name": set,
                "uid": format!("11111111-0000-4000-8000-{:012}", index / of_a_cluster), "controller": true }],
            "finalizers": ["machine.cluster.x-k8s.io"],
        },
        "spec": {
            "clusterName": cluster,
            "version": "v1.33.4",
            "providerID": format!("dev:////{name}"),
            "bootstrap": { "configRef": { "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": name },
                "dataSecretName": name },
            "infrastructureRef": { "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": name },
        },
        "status": {
            "phase": "Running",
            "nodeRef": { "name": name },
            "initialization": { "bootstrapDataSecretCreated": true, "infrastructureProvisioned": true },
            "conditions": [
                condition("Available", status, if bad { "NotReady" } else { "Available" }, message),
                condition("Ready", status, if bad { "NotReady" } else { "Ready" }, message),
                condition("UpToDate", "True", "UpToDate", ""),
                condition("BootstrapConfigReady", "True", "Ready", ""),
                condition("InfrastructureReady", "True", "Ready", ""),
                condition("NodeHealthy", status, "NodeHealthy", message),
                condition("NodeReady", status, "NodeReady", message),
                condition("Paused", "False", "NotPaused", ""),
                condition("Deleting", "False", "NotDeleting", ""),
            ],
        },
    })
}
