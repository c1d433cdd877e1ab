//! A MachinePool on simulated infrastructure: up, smaller, gone.

use k8s_openapi::api::core::v1::{Node, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use super::Fleet;
use super::events::{counted, told};
use super::harness::number;
use crate::kinds::Watched;

async fn nodes(fleet: &Fleet, cluster: &str) -> usize {
    let nodes: Api<Node> = Api::all(fleet.workload(cluster));
    nodes
        .list(&ListParams::default())
        .await
        .expect("nodes")
        .items
        .len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_comes_up_shrinks_and_goes_with_its_nodes() {
    let fleet = Fleet::start().await;
    fleet.cluster("pooled", 1, 1).await;
    fleet.wait_available("pooled", 1).await;
    fleet
        .create(
            Watched::DevMachinePool,
            "pool",
            json!({"backend": {"docker": {}}}),
        )
        .await;
    let join = json!({"joinConfiguration": {"nodeRegistration": {"name": "{{ name }}"}}});
    fleet.create(Watched::KubeadmConfig, "pool", join).await;
    let reference = |group: &str, kind: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": "pool"});
    fleet
        .create(
            Watched::MachinePool,
            "pool",
            json!({"clusterName": "pooled", "replicas": 3, "template": {"spec": {
                "clusterName": "pooled", "version": "v1.31.0",
                "bootstrap": {"configRef": reference("bootstrap", "KubeadmConfig")},
                "infrastructureRef": reference("infrastructure", "DevMachinePool")
            }}}),
        )
        .await;
    let runs = |replicas: i64| {
        move |pool: &Value| {
            pool["status"]["phase"] == "Running"
                && number(pool, "/status/readyReplicas") == replicas
                && number(pool, "/status/replicas") == replicas
        }
    };
    let pool = fleet.wait(Watched::MachinePool, "pool", runs(3)).await;
    assert_eq!(
        pool["status"]["versions"],
        json!([{"version": "v1.31.0", "replicas": 3}])
    );
    assert_eq!(nodes(&fleet, "pooled").await, 5);
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let data = secrets.get("pool").await.expect("its data").data.expect("data");
    let text = String::from_utf8(data["value"].0.clone()).expect("text");
    assert!(text.contains("kubeadm join"), "{text}");
    fleet
        .wait(Watched::Cluster, "pooled", |cluster| {
            number(cluster, "/status/workers/readyReplicas") == 4
        })
        .await;
    let of_pool = told(&fleet, Watched::MachinePool).await;
    assert!(counted(&of_pool, "SuccessfulSetNodeRefs") > 0, "{of_pool:?}");
    fleet.settle().await;
    let before = fleet.server.revision();
    fleet.controllers.round().await.expect("a round");
    assert_eq!(fleet.server.revision(), before, "nothing is left to do");

    fleet
        .patch(Watched::MachinePool, "pool", json!({"spec": {"replicas": 1}}))
        .await;
    fleet.wait(Watched::MachinePool, "pool", runs(1)).await;
    fleet.settle().await;
    assert_eq!(nodes(&fleet, "pooled").await, 3);
    fleet
        .api(Watched::MachinePool)
        .delete("pool", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::MachinePool, "pool").await;
    fleet.wait_gone(Watched::DevMachinePool, "pool").await;
    fleet.wait_gone(Watched::KubeadmConfig, "pool").await;
    assert_eq!(nodes(&fleet, "pooled").await, 2);
    fleet.controllers.stop().await;
}
