//! Taking apart: in order, held up where somebody asks for it, and without remains.

use fleetui_apiserver::LogicalCluster;
use k8s_openapi::api::core::v1::{Node, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, reason_of, status_of};
use crate::kinds::{self, Watched};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_cluster_leaves_nothing() {
    let fleet = Fleet::start().await;
    fleet.cluster("gone", 3, 2).await;
    fleet.wait_available("gone", 2).await;
    fleet
        .api(Watched::Cluster)
        .delete("gone", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, "gone").await;
    // Templates and Secrets go with their owners, by garbage collection.
    for kind in kinds::ALL {
        for object in fleet.list(kind).await {
            fleet
                .wait_gone(kind, object["metadata"]["name"].as_str().expect("a name"))
                .await;
        }
    }
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    for secret in secrets.list(&ListParams::default()).await.expect("secrets") {
        let name = secret.metadata.name.expect("a name");
        let gone = kube::runtime::wait::await_condition(secrets.clone(), &name, |secret: Option<&Secret>| {
            secret.is_none()
        });
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), gone).await;
        assert!(waited.is_ok(), "Secret {name} is left");
    }
    assert_eq!(fleet.server.logical_clusters(), [LogicalCluster::root()]);
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_holds_a_machines_deletion_until_it_is_taken_away() {
    let fleet = Fleet::start().await;
    fleet.cluster("hooked", 1, 1).await;
    fleet.wait_available("hooked", 1).await;
    let machines = fleet.list(Watched::Machine).await;
    let is_worker = |machine: &&Value| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_none()
    };
    let worker = machines.iter().find(is_worker).expect("a worker");
    let name = worker["metadata"]["name"].as_str().expect("a name").to_owned();
    let hook = "pre-drain.delete.hook.machine.cluster.x-k8s.io/backup";
    fleet
        .patch(
            Watched::Machine,
            &name,
            json!({"metadata": {"annotations": {hook: "me"}}}),
        )
        .await;
    fleet
        .patch(
            Watched::MachineDeployment,
            "hooked-md",
            json!({"spec": {"replicas": 0}}),
        )
        .await;
    let waiting = |machine: &Value| reason_of(machine, "Deleting") == "WaitingForPreDrainHook";
    let machine = fleet.wait(Watched::Machine, &name, waiting).await;
    assert_eq!(machine["status"]["phase"], "Deleting");
    let message = condition(&machine, "Deleting").map(|condition| condition["message"].clone());
    assert_eq!(
        message,
        Some(json!(
            "Waiting for pre-drain hooks to succeed (hooks: pre-drain.delete.hook.machine.cluster.x-k8s.io/backup)"
        ))
    );
    assert!(machine["status"]["deletion"]["waitForPreDrainHookStartTime"].is_string());
    assert_eq!(status_of(&machine, "Ready"), "False");
    fleet.get(Watched::DevMachine, &name).await;
    fleet
        .patch(
            Watched::Machine,
            &name,
            json!({"metadata": {"annotations": {hook: null}}}),
        )
        .await;
    fleet.wait_gone(Watched::Machine, &name).await;
    let nodes: Api<Node> = Api::all(fleet.workload("hooked"));
    assert!(
        nodes.get_opt(&name).await.expect("an answer").is_none(),
        "the node goes with its machine"
    );
    fleet.settle().await;
    fleet.controllers.stop().await;
}
