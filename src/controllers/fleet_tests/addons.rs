//! Nodes wait for a network, and a ClusterResourceSet brings it.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{quick, reason_of, status_of};
use crate::kinds::Watched;
use crate::settings::{ControllerSettings, Network, SimulationSettings};

const CNI: &str = r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: net, namespace: kube-system}
spec:
  selector: {matchLabels: {app: net}}
  template:
    metadata: {labels: {app: net}}
    spec:
      containers: [{name: net, image: example.org/net:v1}]
      volumes: [{name: cni, hostPath: {path: /etc/cni/net.d}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: net, namespace: kube-system}
data: {mtu: '1450'}
";

async fn start() -> Fleet {
    let usual = quick();
    let settings = ControllerSettings {
        simulation: SimulationSettings {
            network: Network::Awaited,
            ..usual.simulation.clone()
        },
        ..usual
    };
    Fleet::start_as(Arc::new(|client| client), settings).await
}

async fn config_map(fleet: &Fleet, name: &str, text: &str) {
    let api: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
    let map = json!({"metadata": {"name": name}, "data": {"cni.yaml": text}});
    let map: ConfigMap = serde_json::from_value(map).expect("a ConfigMap");
    api.create(&PostParams::default(), &map).await.expect("created");
}

fn set(resources: &Value, strategy: &str) -> Value {
    json!({"clusterSelector": {"matchLabels": {"cni": "net"}}, "resources": resources, "strategy": strategy})
}

async fn label(fleet: &Fleet, cluster: &str) {
    let labels = json!({"metadata": {"labels": {"cni": "net"}}});
    fleet.patch(Watched::Cluster, cluster, labels).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_turn_ready_once_a_resource_set_has_brought_a_network() {
    let fleet = start().await;
    fleet.cluster("bare", 1, 1).await;
    let no_network = |machine: &Value| {
        status_of(machine, "NodeReady") == "False" && machine["status"]["phase"] == "Running"
    };
    fleet
        .wait(Watched::Cluster, "bare", |cluster| {
            status_of(cluster, "ControlPlaneInitialized") == "True"
        })
        .await;
    let machines = loop {
        let machines = fleet.list(Watched::Machine).await;
        if machines.len() == 2 {
            break machines;
        }
        tokio::task::yield_now().await;
    };
    for machine in &machines {
        let name = machine["metadata"]["name"].as_str().expect("a name");
        fleet.wait(Watched::Machine, name, no_network).await;
    }
    // The set comes first, and waits for what it refers to.
    let resources = json!([{"kind": "ConfigMap", "name": "net"}]);
    fleet
        .create(Watched::ClusterResourceSet, "net", set(&resources, "ApplyOnce"))
        .await;
    label(&fleet, "bare").await;
    fleet
        .wait(Watched::ClusterResourceSet, "net", |set| {
            reason_of(set, "ResourcesApplied") == "Applied"
        })
        .await;
    let binding = fleet.get(Watched::ClusterResourceSetBinding, "bare").await;
    assert_eq!(
        binding["spec"]["bindings"],
        json!([{"clusterResourceSetName": "net"}]),
        "there is nothing to apply yet"
    );
    config_map(&fleet, "net", CNI).await;
    fleet.wait_available("bare", 1).await;
    fleet.settle().await;
    let nodes: Api<Node> = Api::all(fleet.workload("bare"));
    assert_eq!(
        nodes
            .list(&ListParams::default())
            .await
            .expect("nodes")
            .items
            .len(),
        2
    );
    let binding = fleet.get(Watched::ClusterResourceSetBinding, "bare").await;
    let entry = &binding["spec"]["bindings"][0];
    assert_eq!(entry["clusterResourceSetName"], "net");
    assert_eq!(entry["resources"][0]["applied"], true);
    assert!(
        entry["resources"][0]["hash"]
            .as_str()
            .is_some_and(|hash| hash.starts_with("sha256:"))
    );
    let before = fleet.server.revision();
    fleet.controllers.round().await.expect("a round");
    assert_eq!(fleet.server.revision(), before, "nothing is applied again");

    fleet
        .api(Watched::ClusterResourceSet)
        .delete("net", &DeleteParams::default())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::ClusterResourceSet, "net").await;
    fleet.wait_gone(Watched::ClusterResourceSetBinding, "bare").await;
    let sets: Api<DaemonSet> = Api::namespaced(fleet.workload("bare"), "kube-system");
    assert!(
        sets.get_opt("net").await.expect("an answer").is_some(),
        "what was applied stays"
    );
    fleet.controllers.stop().await;
}

fn text(value: &str, name: &str) -> String {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": value}})
        .to_string()
}

fn secret(kind: &str) -> Secret {
    Secret {
        metadata: kube::api::ObjectMeta {
            name: Some("again".to_owned()),
            ..kube::api::ObjectMeta::default()
        },
        type_: Some(kind.to_owned()),
        data: Some(
            [("x".to_owned(), ByteString(text("1", "again").into_bytes()))]
                .into_iter()
                .collect(),
        ),
        ..Secret::default()
    }
}

/// A set `once` with a ConfigMap, and a set `again` with a Secret that first has the wrong type.
async fn two_sets(fleet: &Fleet) {
    config_map(fleet, "once", &text("1", "once")).await;
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let post = PostParams::default();
    secrets.create(&post, &secret("Opaque")).await.expect("created");
    for (name, kind, strategy) in [
        ("once", "ConfigMap", "ApplyOnce"),
        ("again", "Secret", "Reconcile"),
    ] {
        let resources = json!([{"kind": kind, "name": name}]);
        fleet
            .create(Watched::ClusterResourceSet, name, set(&resources, strategy))
            .await;
    }
    let wrong = |set: &Value| reason_of(set, "ResourcesApplied") == "WrongSecretType";
    fleet.wait(Watched::ClusterResourceSet, "again", wrong).await;
    secrets
        .delete("again", &DeleteParams::default())
        .await
        .expect("deleted");
    let right = secret("addons.cluster.x-k8s.io/resource-set");
    secrets.create(&post, &right).await.expect("created");
    let applied = |set: &Value| reason_of(set, "ResourcesApplied") == "Applied";
    for name in ["once", "again"] {
        fleet.wait(Watched::ClusterResourceSet, name, applied).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_is_applied_again_only_where_the_set_says_so() {
    let fleet = Fleet::start().await;
    fleet.cluster("fed", 1, 1).await;
    label(&fleet, "fed").await;
    two_sets(&fleet).await;
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let owned = secrets.get("again").await.expect("the Secret");
    assert_eq!(
        owned.metadata.owner_references.expect("owners")[0].kind,
        "ClusterResourceSet"
    );
    fleet.wait_available("fed", 1).await;
    fleet.settle().await;
    let binding = fleet.get(Watched::ClusterResourceSetBinding, "fed").await;
    assert_eq!(
        binding["spec"]["bindings"].as_array().map(Vec::len),
        Some(2),
        "both sets share it"
    );
    let maps: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
    let changed = json!({"data": {"cni.yaml": text("2", "once")}});
    maps.patch("once", &PatchParams::default(), &Patch::Merge(changed))
        .await
        .expect("patched");
    let changed = json!({"stringData": {"x": text("2", "again")}});
    secrets
        .patch("again", &PatchParams::default(), &Patch::Merge(changed))
        .await
        .expect("patched");
    let there: Api<ConfigMap> = Api::namespaced(fleet.workload("fed"), "default");
    let value = |map: Option<&ConfigMap>| Some(map?.data.as_ref()?.get("a")?.clone());
    let follows =
        kube::runtime::wait::await_condition(there.clone(), "again", move |map: Option<&ConfigMap>| {
            value(map).as_deref() == Some("2")
        });
    tokio::time::timeout(std::time::Duration::from_secs(20), follows)
        .await
        .expect("it is applied again")
        .expect("a watch");
    fleet.settle().await;
    let once = there.get("once").await.expect("it was applied");
    assert_eq!(value(Some(&once)).as_deref(), Some("1"), "once is once");

    fleet
        .api(Watched::Cluster)
        .delete("fed", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, "fed").await;
    fleet.wait_gone(Watched::ClusterResourceSetBinding, "fed").await;
    fleet.controllers.stop().await;
}
