//! A preflight over a large cluster, as it is made when somebody presses the key.

use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use fleetui_fleet::FleetStore;
use fleetui_fleet::preflight::{Aimed, Gathered, preflight};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::measure::Samples;

/// Machines of the cluster, and MachineDeployments that made them.
const MACHINES: usize = 500;
const DEPLOYMENTS: usize = 10;

/// Measures it.
pub(crate) fn run(now: Timestamp) {
    let gathered = gathered(now);
    let key = ObjectKey::new(
        ManagementCluster::new("mgmt"),
        fleetui_api::kinds::core("Cluster"),
        ObjectName::new("default", "prod"),
    );
    let store = FleetStore::default();
    let aimed = Aimed {
        to: "v1.32.0".parse().ok(),
        via: Vec::new(),
    };
    let found = preflight(&store, &key, &gathered, &aimed, now);
    assert_eq!(found.machines(), 503, "{:?}", found.checks);
    let mut samples = Samples::new("preflight over a cluster of 500 machines, all checks (goal: 20 ms)");
    for _ in 0..50 {
        samples.time(|| preflight(&store, &key, &gathered, &aimed, now));
    }
    samples.print();
}

fn gathered(now: Timestamp) -> Gathered {
    let reference =
        |group: &str, kind: &str, name: &str| json!({"apiGroup": group, "kind": kind, "name": name});
    let counters = |count: usize| {
        json!({
            "replicas": count, "readyReplicas": count, "availableReplicas": count, "upToDateReplicas": count,
            "initialization": {"controlPlaneInitialized": true}, "versions": [{"version": "v1.31.2"}],
        })
    };
    let mut objects = vec![
        object(
            ("cluster.x-k8s.io", "Cluster", "prod"),
            None,
            json!({"controlPlaneRef": reference("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "cp")}),
            json!({}),
        ),
        object(
            ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "cp"),
            None,
            json!({"replicas": 3, "version": "v1.31.2", "kubeadmConfigSpec": {"clusterConfiguration": {}}}),
            counters(3),
        ),
    ];
    for at in 0..3 {
        objects.push(machine(
            &format!("cp-{at}"),
            ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "cp"),
        ));
    }
    for deployment in 0..DEPLOYMENTS {
        let (name, set) = (format!("md-{deployment}"), format!("md-{deployment}-x"));
        let count = MACHINES / DEPLOYMENTS;
        let spec =
            json!({"clusterName": "prod", "replicas": count, "template": {"spec": {"version": "v1.31.2"}}});
        objects.push(object(
            ("cluster.x-k8s.io", "MachineDeployment", &name),
            None,
            spec.clone(),
            counters(count),
        ));
        let owner = ("cluster.x-k8s.io", "MachineDeployment", name.as_str());
        objects.push(object(
            ("cluster.x-k8s.io", "MachineSet", &set),
            Some(owner),
            spec,
            counters(count),
        ));
        for at in 0..count {
            objects.push(machine(
                &format!("{set}-{at}"),
                ("cluster.x-k8s.io", "MachineSet", &set),
            ));
        }
    }
    let checks = (0..DEPLOYMENTS).map(|at| {
        let selector = json!({"matchLabels": {"cluster.x-k8s.io/cluster-name": "prod"}});
        let name = format!("mhc-{at}");
        let kind = ("cluster.x-k8s.io", "MachineHealthCheck", name.as_str());
        object(
            kind,
            None,
            json!({"clusterName": "prod", "selector": selector}),
            json!({}),
        )
    });
    Gathered {
        health_checks: checks.collect(),
        objects,
        read_at: now,
        ..Gathered::default()
    }
}

type Named<'a> = (&'a str, &'a str, &'a str);

#[allow(clippy::needless_pass_by_value, reason = "what is given is made for this")]
fn object((group, kind, name): Named<'_>, owner: Option<Named<'_>>, spec: Value, status: Value) -> Value {
    let owners: Vec<Value> = owner
        .into_iter()
        .map(|(group, kind, name)| {
            json!({"apiVersion": format!("{group}/v1beta2"), "kind": kind, "name": name, "uid": name, "controller": true})
        })
        .collect();
    json!({
        "apiVersion": format!("{group}/v1beta2"), "kind": kind,
        "metadata": {
            "namespace": "default", "name": name, "uid": name, "resourceVersion": "1", "generation": 1,
            "creationTimestamp": "2026-06-01T10:00:00Z",
            "labels": {"cluster.x-k8s.io/cluster-name": "prod"}, "ownerReferences": owners,
        },
        "spec": spec, "status": status,
    })
}

fn machine(name: &str, owner: Named<'_>) -> Value {
    const KINDS: [&str; 10] = [
        "Available",
        "Ready",
        "UpToDate",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
        "NodeReady",
        "APIServerPodHealthy",
        "EtcdPodHealthy",
        "EtcdMemberHealthy",
    ];
    let conditions: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({"type": kind, "status": "True", "reason": kind, "lastTransitionTime": "2026-06-01T10:04:00Z"}))
        .collect();
    let spec = json!({"clusterName": "prod", "version": "v1.31.2"});
    let status = json!({"phase": "Running", "nodeRef": {"name": name}, "conditions": conditions});
    object(("cluster.x-k8s.io", "Machine", name), Some(owner), spec, status)
}
