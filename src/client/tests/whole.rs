//! Whole clusters as they are read for a description, from an embedded management cluster and from a scripted one.

use fleetui_fleet::describe::{ClusterObjects, DescribeOptions, Described, describe};
use serde_json::{Value, json};

use super::embedded::{management_clusters, send};
use super::scripted::{Act, Scripted};
use super::*;
use crate::{Failure, FailureKind};

const CORE: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default";
const INFRASTRUCTURE: &str = "/apis/infrastructure.cluster.x-k8s.io/v1beta2/namespaces/default";

fn reference(kind: &str, name: &str) -> Value {
    json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": kind, "name": name})
}

fn metadata(name: &str, cluster: &str) -> Value {
    json!({"namespace": "default", "name": name, "labels": {"cluster.x-k8s.io/cluster-name": cluster}})
}

fn cluster(name: &str) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"namespace": "default", "name": name},
        "spec": {"infrastructureRef": reference("DevCluster", name)},
    })
}

fn machine(name: &str, cluster: &str) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "metadata": metadata(name, cluster),
        "spec": {"clusterName": cluster, "version": "v1.31.0", "bootstrap": {"dataSecretName": "s"},
                 "infrastructureRef": reference("DevMachine", name)},
    })
}

fn infrastructure(kind: &str, name: &str, cluster: &str) -> Value {
    json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": kind, "metadata": metadata(name, cluster),
        "spec": {"backend": {"inMemory": {}}},
    })
}

async fn read(
    client: &FleetClient,
    name: &str,
    options: &DescribeOptions,
) -> Result<ClusterObjects, Failure> {
    let cluster = ObjectName::new("default", name);
    client
        .read_cluster(&ManagementCluster::new("taipei"), &cluster, options)
        .await
}

fn names(described: &Described) -> Vec<String> {
    let table = described.table(Timestamp::UNIX_EPOCH, false);
    let first = |line: &str| line.split("  ").next().unwrap_or_default().to_owned();
    table.lines().skip(1).map(first).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_a_cluster_is_read_and_nothing_of_others() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let api = server.client(&clusters[0]);
    for name in ["prod", "other"] {
        send(&api, "POST", &format!("{CORE}/clusters"), &cluster(name)).await;
        let object = infrastructure("DevCluster", name, name);
        send(&api, "POST", &format!("{INFRASTRUCTURE}/devclusters"), &object).await;
        for index in 0..5 {
            let machine_name = format!("{name}-{index}");
            send(
                &api,
                "POST",
                &format!("{CORE}/machines"),
                &machine(&machine_name, name),
            )
            .await;
            // One of them has no label, so that it is found by its name alone.
            let label = if index == 4 { "" } else { name };
            let object = infrastructure("DevMachine", &machine_name, label);
            send(&api, "POST", &format!("{INFRASTRUCTURE}/devmachines"), &object).await;
        }
    }
    let mut target = Target::ready("taipei", api);
    target.lazy = true;
    let fleet = Fleet::start(vec![target]);
    let options = DescribeOptions::default();
    let objects = read(&fleet.client, "prod", &options).await.unwrap();
    assert_eq!(objects.machines.len(), 5);
    assert_eq!(objects.referred.len(), 6, "{:?}", objects.referred.keys());
    assert!(objects.referred.keys().all(|(_, name)| name.starts_with("prod")));
    let contract = objects.contracts.values().next().unwrap();
    assert_eq!(
        (contract.name.as_str(), contract.version.as_str()),
        ("v1beta2", "v1beta2")
    );
    assert!(objects.cluster.pointer("/metadata/managedFields").is_none());
    let names = names(&describe(&objects, &options));
    assert_eq!(
        names[..3],
        ["Cluster default/prod", "├─DevCluster default/prod", "└─Workers"]
    );
    let missing = read(&fleet.client, "nothing", &options).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::NotFound);
    assert!(missing.message.contains("\"nothing\" not found"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_may_not_be_read_takes_nothing_from_the_others_and_a_cluster_does() {
    let server = Scripted::with_machines(2);
    let object = json!({"metadata": {"namespace": "default", "name": "prod", "uid": "c"},
        "spec": {"infrastructureRef": reference("DevCluster", "prod")}});
    server.put_object("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", object);
    server.serve(
        "infrastructure.cluster.x-k8s.io",
        "v1beta1",
        "DevCluster",
        "devclusters",
    );
    server.on("devclusters", Act::Status(403, "Forbidden", "not you".to_owned()));
    server.on(
        "customresourcedefinitions",
        Act::Status(403, "Forbidden", "not you".to_owned()),
    );
    let mut target = server.target("taipei");
    target.lazy = true;
    let fleet = Fleet::start(vec![target]);
    let options = DescribeOptions::default();
    let objects = read(&fleet.client, "prod", &options).await.unwrap();
    assert!(objects.referred.is_empty() && objects.contracts.is_empty());
    assert_eq!(
        objects.machine_pools.len(),
        0,
        "a kind that is not served has no objects"
    );
    server.on(
        "/machines?",
        Act::Status(403, "Forbidden", "machines is forbidden".to_owned()),
    );
    let objects = read(&fleet.client, "prod", &options).await.unwrap();
    assert_eq!(objects.denied, [fleetui_api::kinds::core("Machine")]);
    server.on(
        "/clusters/prod",
        Act::Status(403, "Forbidden", "clusters is forbidden".to_owned()),
    );
    let refused = read(&fleet.client, "prod", &options).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Denied);
    let unknown = fleet
        .client
        .read_cluster(
            &ManagementCluster::new("osaka"),
            &ObjectName::new("default", "prod"),
            &options,
        )
        .await;
    assert_eq!(unknown.unwrap_err().kind, FailureKind::Unreachable);
}
