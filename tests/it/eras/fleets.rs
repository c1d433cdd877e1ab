//! One cluster for each era of the API: upstream's template, and the statuses that the controllers of that era write.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::upstream::rendered;
use crate::embedded::Embedded;

/// The namespace of the clusters whose facts are looked at.
pub(super) const NAMESPACE: &str = "fleet";

const SINCE: &str = "2026-06-01T11:00:00Z";

/// Values for a template's variables.
pub(crate) fn variables(cluster: &str, version: &str) -> BTreeMap<&'static str, String> {
    [
        ("CLUSTER_NAME", cluster),
        ("CLUSTER_CLASS_NAME", "quick-start"),
        ("NAMESPACE", NAMESPACE),
        ("KUBERNETES_VERSION", version),
        ("CONTROL_PLANE_MACHINE_COUNT", "1"),
        ("WORKER_MACHINE_COUNT", "3"),
        ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_SSH_KEY_NAME", "default"),
        ("AWS_CONTROL_PLANE_MACHINE_TYPE", "t3.large"),
        ("AWS_NODE_MACHINE_TYPE", "t3.large"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

/// Creates a template's objects; gives them by kind.
async fn create(
    embedded: &Embedded,
    file: &Path,
    variables: &BTreeMap<&str, String>,
) -> BTreeMap<String, Value> {
    let mut made = BTreeMap::new();
    for mut object in rendered(file, variables) {
        object["metadata"]["namespace"] = json!(NAMESPACE);
        let kind = object["kind"].as_str().unwrap().to_owned();
        made.insert(kind, embedded.create(&object).await);
    }
    made
}

/// An old condition.
fn old(kind: &str, status: &str, severity: &str, reason: &str, message: &str) -> Value {
    let mut condition = json!({"type": kind, "status": status, "lastTransitionTime": SINCE});
    if status != "True" {
        condition["severity"] = json!(severity);
        condition["reason"] = json!(reason);
        condition["message"] = json!(message);
    }
    condition
}

/// A condition of today.
fn new(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": SINCE})
}

/// A Machine of a MachineDeployment, with the MachineSet between them, as the controllers make them.
async fn machine(embedded: &Embedded, deployment: &Value, names: (&str, &str)) -> Value {
    let (set, name) = names;
    let owned = |kind: &str, name: &str, owner: &Value, spec: Value| {
        json!({
            "apiVersion": deployment["apiVersion"], "kind": kind,
            "metadata": {
                "name": name, "namespace": NAMESPACE,
                "labels": {"cluster.x-k8s.io/cluster-name": deployment["spec"]["clusterName"]},
                "ownerReferences": [{
                    "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                    "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": spec,
        })
    };
    let mut spec = deployment["spec"].clone();
    for field in ["strategy", "rollout", "minReadySeconds"] {
        spec.as_object_mut().unwrap().remove(field);
    }
    let set = embedded.create(&owned("MachineSet", set, deployment, spec)).await;
    let mut spec = deployment["spec"]["template"]["spec"].clone();
    spec["providerID"] = json!(format!("test://{name}"));
    embedded.create(&owned("Machine", name, &set, spec)).await
}

/// v1beta1 alone, of 2023: conditions with severities, counters of nodes, terminal failures.
pub(super) async fn of_2023(embedded: &Embedded, templates: &Path) {
    let file = templates.join("byoh/cluster-template.yaml");
    let made = create(embedded, &file, &variables("byoh-cluster", "v1.31.2")).await;
    let ready = || json!([old("Ready", "True", "", "", "")]);
    let status = json!({"phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": true, "observedGeneration": 1, "conditions": ready()});
    embedded.set_status(&made["Cluster"], status).await;
    let status = json!({
        "initialized": true, "ready": true, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "unavailableReplicas": 0,
        "version": "v1.31.2", "observedGeneration": 1, "conditions": ready(),
    });
    embedded.set_status(&made["KubeadmControlPlane"], status).await;
    embedded
        .set_status(&made["ByoCluster"], json!({"ready": true, "conditions": ready()}))
        .await;
    let deployment = &made["MachineDeployment"];
    let waiting = "Minimum availability requires 3 replicas, current 2 available";
    let unavailable = |kind: &str| old(kind, "False", "Warning", "WaitingForAvailableMachines", waiting);
    let status = json!({
        "phase": "ScalingUp", "replicas": 3, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 3,
        "unavailableReplicas": 1, "observedGeneration": 1, "conditions": [unavailable("Ready"), unavailable("Available")],
    });
    embedded.set_status(deployment, status).await;
    let machine = machine(
        embedded,
        deployment,
        ("byoh-cluster-md-0-abc", "byoh-cluster-md-0-abc-x7k2p"),
    )
    .await;
    let status = json!({
        "phase": "Failed", "failureReason": "CreateError", "failureMessage": "the host has no disk left",
        "conditions": [old("Ready", "False", "Error", "CreateFailed", "1 of 2 completed")],
    });
    embedded.set_status(&machine, status).await;
    provider(embedded, "v1.3.10").await;
}

/// v1beta1 with the new conditions and counters beside; where both speak, the new ones hold.
pub(super) async fn of_2025(embedded: &Embedded, templates: &Path) {
    let file = templates.join("aws/cluster-template-eks.yaml");
    let made = create(embedded, &file, &variables("capi-quickstart", "v1.30.0")).await;
    let ready = || json!([old("Ready", "True", "", "", "")]);
    let counters = |desired: i64, available: i64| json!({"desiredReplicas": desired, "replicas": desired, "readyReplicas": available, "availableReplicas": available, "upToDateReplicas": desired});
    let why = "* MachineDeployment capi-quickstart-md-0: 1 available replicas, at least 3 required";
    let status = json!({
        "phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": true, "observedGeneration": 1, "conditions": ready(),
        "v1beta2": {"conditions": [new("Available", "False", "NotAvailable", why)], "workers": counters(3, 1)},
    });
    embedded.set_status(&made["Cluster"], status).await;
    let control_plane = json!({"ready": true, "initialized": true, "externalManagedControlPlane": true, "conditions": ready()});
    embedded
        .set_status(&made["AWSManagedControlPlane"], control_plane)
        .await;
    embedded
        .set_status(&made["AWSManagedCluster"], json!({"ready": true}))
        .await;
    let deployment = &made["MachineDeployment"];
    let status = json!({
        "phase": "Running", "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "updatedReplicas": 3, "observedGeneration": 1,
        "conditions": [old("Ready", "True", "", "", ""), old("Available", "True", "", "", "")],
        "v1beta2": {
            "readyReplicas": 1, "availableReplicas": 1, "upToDateReplicas": 3,
            "conditions": [new("Available", "False", "NotAvailable", "1 available replicas, at least 3 required")],
        },
    });
    embedded.set_status(deployment, status).await;
    let names = ("capi-quickstart-md-0-abc", "capi-quickstart-md-0-abc-9wqzt");
    let machine = machine(embedded, deployment, names).await;
    let status = json!({
        "phase": "Running", "nodeRef": {"apiVersion": "v1", "kind": "Node", "name": "ip-192-0-2-9"},
        "infrastructureReady": true, "bootstrapReady": true, "conditions": ready(),
        "v1beta2": {"conditions": [new("Ready", "False", "NotReady", "* NodeHealthy: Node.Ready: kubelet stopped posting node status")]},
    });
    embedded.set_status(&machine, status).await;
    provider(embedded, "v1.10.10").await;
}

/// v1beta2: what a topology asks for, and what its controllers have made of it.
pub(super) async fn of_2026(embedded: &Embedded, templates: &Path) {
    let variables = variables("in-memory", "v1.33.4");
    let class = create(
        embedded,
        &templates.join("v1beta2/clusterclass-in-memory.yaml"),
        &variables,
    )
    .await;
    assert!(class.contains_key("ClusterClass"));
    let made = create(
        embedded,
        &templates.join("v1beta2/cluster-template-in-memory.yaml"),
        &variables,
    )
    .await;
    let counters = |desired: i64, available: i64| json!({"desiredReplicas": desired, "replicas": desired, "readyReplicas": available, "availableReplicas": available, "upToDateReplicas": 1});
    let rolling = new("Available", "True", "Available", "");
    let status = json!({
        "phase": "Provisioned", "observedGeneration": 1,
        "initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true},
        "conditions": [rolling], "controlPlane": counters(1, 1), "workers": counters(3, 3),
    });
    embedded.set_status(&made["Cluster"], status).await;
    let deployment = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {
            "name": "in-memory-md-0-7xk4f", "namespace": NAMESPACE,
            "labels": {
                "cluster.x-k8s.io/cluster-name": "in-memory", "topology.cluster.x-k8s.io/owned": "",
                "topology.cluster.x-k8s.io/deployment-name": "md-0",
            },
        },
        "spec": {
            "clusterName": "in-memory", "replicas": 3,
            "selector": {"matchLabels": {"cluster.x-k8s.io/cluster-name": "in-memory"}},
            "template": {"spec": {
                "clusterName": "in-memory", "version": "v1.33.4",
                "bootstrap": {"configRef": {"apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfigTemplate", "name": "in-memory-md-0"}},
                "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "in-memory-md-0"},
            }},
        },
    });
    let deployment = embedded.create(&deployment).await;
    let status = json!({
        "phase": "ScalingDown", "replicas": 4, "readyReplicas": 3, "availableReplicas": 3, "upToDateReplicas": 1, "observedGeneration": 1,
        "conditions": [
            new("Available", "True", "Available", ""),
            new("RollingOut", "True", "RollingOut", "Rolling out 3 not up-to-date replicas\n* Version v1.32.8, v1.33.4 required"),
        ],
    });
    embedded.set_status(&deployment, status).await;
    let names = ("in-memory-md-0-7xk4f-abc", "in-memory-md-0-7xk4f-abc-hw2bd");
    let machine = machine(embedded, &deployment, names).await;
    let status = json!({
        "phase": "Running", "nodeRef": {"name": "hw2bd"}, "observedGeneration": 1,
        "initialization": {"infrastructureProvisioned": true, "bootstrapDataSecretCreated": true},
        "conditions": [
            new("Ready", "True", "Ready", ""), new("Available", "True", "Available", ""),
            new("UpToDate", "False", "NotUpToDate", "* Version v1.32.8, v1.33.4 required"),
        ],
    });
    embedded.set_status(&machine, status).await;
    provider(embedded, "v1.14.0").await;
}

/// What clusterctl has installed.
async fn provider(embedded: &Embedded, version: &str) {
    let provider = json!({
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider",
        "metadata": {"name": "cluster-api", "namespace": NAMESPACE},
        "providerName": "cluster-api", "type": "CoreProvider", "version": version,
    });
    embedded.create(&provider).await;
}
