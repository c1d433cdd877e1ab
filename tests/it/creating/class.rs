//! A cluster of a ClusterClass, by command: its variables by their own names, each of its sets of workers sized.

use serde_json::{Value, json};

use super::commands::Stage;

const CORE: &str = "cluster.x-k8s.io/v1beta2";

fn class() -> Value {
    let reference = |group: &str, kind: &str| json!({"templateRef": {"apiVersion": format!("{group}.cluster.x-k8s.io/v1beta2"), "kind": kind, "name": "quick"}});
    let workers = |class: &str| {
        json!({
            "class": class,
            "bootstrap": reference("bootstrap", "KubeadmConfigTemplate"),
            "infrastructure": reference("infrastructure", "DevMachineTemplate"),
        })
    };
    json!({
        "apiVersion": CORE, "kind": "ClusterClass", "metadata": {"namespace": "default", "name": "quick"},
        "spec": {
            "infrastructure": reference("infrastructure", "DevClusterTemplate"),
            "controlPlane": reference("controlplane", "KubeadmControlPlaneTemplate"),
            "workers": {"machineDeployments": [workers("default-worker"), workers("gpu")]},
            "variables": [
                {"name": "region", "required": true, "schema": {"openAPIV3Schema": {"type": "string", "enum": ["eu", "us"], "description": "Where it is."}}},
                {"name": "etcdSize", "required": false, "schema": {"openAPIV3Schema": {"type": "integer", "minimum": 1, "maximum": 9}}},
                {"name": "ntp", "required": false, "schema": {"openAPIV3Schema": {"type": "string", "format": "ipv4"}}},
                {"name": "spares", "required": false, "schema": {"openAPIV3Schema": {"type": "integer", "x-kubernetes-validations": [
                    {"rule": "self % 2 == 0", "message": "has to be even"},
                ]}}},
            ],
        },
    })
}

/// What a topology manager that has read a class says of it.
fn read(class: &Value) -> Value {
    let variables = class["spec"]["variables"].as_array().unwrap().iter();
    let variables: Vec<Value> = variables
        .map(|variable| {
            let definition =
                json!({"from": "inline", "required": variable["required"], "schema": variable["schema"]});
            json!({"name": variable["name"], "definitionsConflict": false, "definitions": [definition]})
        })
        .collect();
    let generation = &class["metadata"]["generation"];
    let ready = json!({
        "type": "VariablesReady", "status": "True", "reason": "VariablesReady", "message": "",
        "lastTransitionTime": "2026-08-21T11:59:55Z", "observedGeneration": generation,
    });
    json!({"observedGeneration": generation, "variables": variables, "conditions": [ready]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_a_class_has_what_is_said_by_the_names_of_the_class() {
    let stage = Stage::set().await;
    let class = stage.server.create(&class()).await;
    stage.server.set_status(&class, read(&class)).await;
    let there = json!({
        "apiVersion": CORE, "kind": "Cluster", "metadata": {"namespace": "default", "name": "prod"},
        "spec": {"topology": {"classRef": {"name": "quick"}, "version": "v1.33.4", "variables": [{"name": "region", "value": "eu"}]}},
    });
    let reconciled = json!({"type": "TopologyReconciled", "status": "True", "reason": "ReconcileSucceeded", "lastTransitionTime": "2026-08-21T11:59:55Z", "message": ""});
    stage
        .server
        .create_with_status(&there, json!({"conditions": [reconciled]}))
        .await;
    let answers = "edge --from class/quick --kubernetes-version v1.33.4";
    let missing = stage.create(&format!("{answers} --dry-run")).await;
    assert_eq!(missing.code, Some(3), "{missing:?}");
    assert!(
        missing
            .said
            .contains("\n  region: Where it is (string, one of eu, us)"),
        "{missing:?}"
    );
    let wrong = stage
        .create(&format!(
            "{answers} --set region=eu --worker-machine-count md-2=1 --dry-run"
        ))
        .await;
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    assert!(
        wrong.said.contains("there is md-0 (default-worker), md-1 (gpu)"),
        "{wrong:?}"
    );
    // What a schema tells is told before; of its rules the server tells, and both by the name of the variable.
    for (said, expected) in [
        (
            "ntp=nope",
            "ntp=…: \"nope\" is no IPv4 address, such as 192.0.2.7\n",
        ),
        (
            "spares=3",
            "spares=…: the server refuses it: Invalid value: \"integer\": has to be even\n",
        ),
    ] {
        let refused = stage
            .create(&format!("{answers} --set region=eu --set {said} --dry-run"))
            .await;
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert_eq!(refused.said, format!("fleetui: --set {expected}"));
    }
    let created = stage
        .create(&format!(
            "{answers} --set region=eu --set etcdSize=3 --worker-machine-count md-0=2,gpu=1 --yes"
        ))
        .await;
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(
        created
            .printed
            .contains("Kubernetes v1.33.4: control plane 1, md-0 2, md-1 1"),
        "{created:?}"
    );
    let cluster =
        json!({"apiVersion": CORE, "kind": "Cluster", "metadata": {"namespace": "default", "name": "edge"}});
    let cluster = stage.server.read(&cluster).await;
    let topology = &cluster["spec"]["topology"];
    assert_eq!(
        topology["variables"],
        json!([{"name": "region", "value": "eu"}, {"name": "etcdSize", "value": 3}])
    );
    let sets = topology["workers"]["machineDeployments"].as_array().unwrap();
    let sets: Vec<(&Value, &Value)> = sets.iter().map(|set| (&set["class"], &set["replicas"])).collect();
    assert_eq!(
        sets,
        [(&json!("default-worker"), &json!(2)), (&json!("gpu"), &json!(1))]
    );
    stage.server.stop().await;
}
