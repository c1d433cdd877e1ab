//! Logical clusters: apart from each other, cut and restored, deleted.

use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube::api::{Api, DeleteParams, ListParams, WatchParams};

use super::*;
use crate::{Extent, LogicalClusterError};

fn workload() -> LogicalCluster {
    LogicalCluster::new("w1").unwrap()
}

#[tokio::test]
async fn each_has_its_own_objects_and_definitions() {
    let (server, router) = with_things().await;
    server.create_logical_cluster(&workload()).await.unwrap();
    let again = server.create_logical_cluster(&workload()).await;
    assert!(matches!(again, Err(LogicalClusterError::Exists(_))), "{again:?}");
    make(&server, "in-root").await;
    let api: Api<ConfigMap> = Api::namespaced(server.client(&workload()), "default");
    api.create(&PostParams::default(), &config_map("in-w1"))
        .await
        .unwrap();
    let names = |list: Vec<ConfigMap>| -> Vec<String> {
        list.into_iter().filter_map(|item| item.metadata.name).collect()
    };
    assert_eq!(
        names(api.list(&ListParams::default()).await.unwrap().items),
        ["in-w1"]
    );
    assert_eq!(
        names(
            config_maps(&server)
                .list(&ListParams::default())
                .await
                .unwrap()
                .items
        ),
        ["in-root"]
    );
    let (code, _) = read(&router, "/clusters/w1/apis/ex.io/v1/things").await;
    assert_eq!(code.as_u16(), 404);
    let (code, _) = post(&router, &format!("/clusters/w1{DEFINITIONS}"), &definition()).await;
    assert_eq!(code.as_u16(), 201);
    let (code, _) = post(&router, &format!("/clusters/w1{THINGS}"), &thing("one")).await;
    assert_eq!(code.as_u16(), 201);
    assert_eq!(server.logical_clusters(), [LogicalCluster::root(), workload()]);
}

/// Whoever goes through thousands of them asks no API.
#[tokio::test]
async fn what_one_holds_and_when_it_changed_last_is_told_without_reading_it() {
    let server = server().await;
    server.create_logical_cluster(&workload()).await.unwrap();
    let extent = |cluster: &LogicalCluster| server.extent(cluster, "", "nodes");
    assert_eq!(extent(&workload()).objects, 0);
    let nodes: Api<Node> = Api::all(server.client(&workload()));
    let node: Node = serde_json::from_value(json!({"metadata": {"name": "n"}})).unwrap();
    nodes.create(&PostParams::default(), &node).await.unwrap();
    let there = extent(&workload());
    assert_eq!((there.objects, there.changed), (1, server.revision()));
    // What happens elsewhere is nothing to it.
    make(&server, "in-root").await;
    assert_eq!(extent(&workload()), there);
    assert_eq!(extent(&LogicalCluster::root()).objects, 0);
    nodes.delete("n", &DeleteParams::default()).await.unwrap();
    let gone = extent(&workload());
    assert_eq!((gone.objects, gone.changed), (0, server.revision()));
    assert!(gone.changed > there.changed);
    let unknown = LogicalCluster::new("unknown").unwrap();
    assert_eq!(extent(&unknown), Extent::default());
}

#[tokio::test]
async fn a_cut_one_answers_nobody_until_it_is_restored() {
    let server = server().await;
    server.create_logical_cluster(&workload()).await.unwrap();
    let nodes: Api<Node> = Api::all(server.client(&workload()));
    let mut watch = nodes
        .watch(&WatchParams::default(), &server.revision().to_string())
        .await
        .unwrap()
        .boxed();
    server.set_reachable(&workload(), false).unwrap();
    let end = within(watch.next()).await;
    assert!(end.is_none_or(|line| line.is_err()));
    let error = nodes.list(&ListParams::default()).await.unwrap_err();
    let kube::Error::Api(status) = error else {
        panic!("{error}")
    };
    assert_eq!((status.code, status.reason.as_str()), (503, "ServiceUnavailable"));
    // A short outage breaks a watch as a long one does.
    server.set_reachable(&workload(), true).unwrap();
    let mut watch = nodes
        .watch(&WatchParams::default(), &server.revision().to_string())
        .await
        .unwrap()
        .boxed();
    server.set_reachable(&workload(), false).unwrap();
    server.set_reachable(&workload(), true).unwrap();
    assert!(within(watch.next()).await.is_none_or(|line| line.is_err()));
    server.set_reachable(&workload(), false).unwrap();
    // The others do not notice.
    make(&server, "one").await;
    server.set_reachable(&workload(), true).unwrap();
    assert_eq!(nodes.list(&ListParams::default()).await.unwrap().items, []);
}

#[tokio::test]
async fn a_deleted_one_leaves_nothing() {
    let server = server().await;
    server.create_logical_cluster(&workload()).await.unwrap();
    let api: Api<ConfigMap> = Api::namespaced(server.client(&workload()), "default");
    let mut held = config_map("held");
    held.metadata.finalizers = Some(vec!["ex.io/hold".into()]);
    api.create(&PostParams::default(), &held).await.unwrap();
    server.delete_logical_cluster(&workload()).await.unwrap();
    assert!(api.list(&ListParams::default()).await.is_err());
    assert!(matches!(
        server.delete_logical_cluster(&workload()).await,
        Err(LogicalClusterError::Unknown(_))
    ));
    assert!(matches!(
        server.delete_logical_cluster(&LogicalCluster::root()).await,
        Err(LogicalClusterError::Root)
    ));
    assert!(matches!(
        server.set_reachable(&workload(), true),
        Err(LogicalClusterError::Unknown(_))
    ));
    server.create_logical_cluster(&workload()).await.unwrap();
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items, []);
}

#[tokio::test]
async fn of_two_who_make_the_same_one_one_does() {
    let server = server().await;
    let name = workload();
    let (first, second) = futures::join!(
        server.create_logical_cluster(&name),
        server.create_logical_cluster(&name)
    );
    assert_eq!(
        [first.is_ok(), second.is_ok()]
            .iter()
            .filter(|made| **made)
            .count(),
        1
    );
    let api: Api<ConfigMap> = Api::namespaced(server.client(&name), "default");
    api.create(&PostParams::default(), &config_map("one"))
        .await
        .unwrap();
}
