//! A server that is opened again over its data directory.

use kube::api::{DeleteParams, ListParams, WatchParams};

use super::*;
use crate::{BuildError, OpenError};

async fn open(directory: &tempfile::TempDir) -> ApiServer {
    ApiServer::builder()
        .data_dir(directory.path())
        .build()
        .await
        .unwrap()
}

#[tokio::test]
async fn everything_is_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let workload = LogicalCluster::new("w1").unwrap();
    let server = open(&directory).await;
    let router = server.router();
    post(&router, DEFINITIONS, &definition()).await;
    let (_, made) = post(&router, THINGS, &thing("one")).await;
    make(&server, "gone").await;
    config_maps(&server)
        .delete("gone", &DeleteParams::default())
        .await
        .unwrap();
    server.create_logical_cluster(&workload).await.unwrap();
    let revision = server.revision();
    server.shutdown().await;
    drop((server, router));

    let server = open(&directory).await;
    let router = server.router();
    assert_eq!(server.revision(), revision);
    assert_eq!(
        read(&router, &format!("{THINGS}/one")).await,
        (StatusCode::OK, made)
    );
    assert_eq!(
        config_maps(&server)
            .list(&ListParams::default())
            .await
            .unwrap()
            .items,
        []
    );
    assert_eq!(server.logical_clusters(), [LogicalCluster::root(), workload]);
    let next = make(&server, "next").await.metadata.resource_version.unwrap();
    assert_eq!(next, (revision + 1).to_string());
}

#[tokio::test]
async fn a_watch_of_a_quiet_collection_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let server = open(&directory).await;
    make(&server, "one").await;
    let quiet = server.revision();
    let router = server.router();
    post(
        &router,
        "/api/v1/namespaces/default/secrets",
        &json!({"metadata": {"name": "s"}}),
    )
    .await;
    let busy = server.revision() - 1;
    server.shutdown().await;
    drop((server, router));

    let server = open(&directory).await;
    let router = server.router();
    tokio::time::pause();
    let watch = async |resource: &str, from: u64| {
        let path = format!(
            "/api/v1/namespaces/default/{resource}?watch=true&timeoutSeconds=1&resourceVersion={from}"
        );
        read(&router, &path).await.1
    };
    assert_eq!(watch("configmaps", quiet).await, json!(""));
    // Of the time before the restart no events are left, and that is said.
    assert_eq!(watch("secrets", busy).await["object"]["code"], json!(410));
    let parameters = WatchParams::default();
    assert!(
        config_maps(&server)
            .watch(&parameters, &quiet.to_string())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn garbage_that_was_left_is_collected() {
    let directory = tempfile::tempdir().unwrap();
    let server = open(&directory).await;
    let router = server.router();
    let owner = make(&server, "owner").await;
    let body = json!({"metadata": {"name": "child", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid}]}});
    post(&router, "/api/v1/namespaces/default/configmaps", &body).await;
    // The owner goes, and the server ends before anything follows from it.
    server.shared().stopping.cancel();
    tokio::task::yield_now().await;
    config_maps(&server)
        .delete("owner", &DeleteParams::default())
        .await
        .unwrap();
    assert!(config_maps(&server).get_opt("child").await.unwrap().is_some());
    server.shutdown().await;
    drop((server, router));

    let server = open(&directory).await;
    let api = config_maps(&server);
    until(&server, || async {
        api.get_opt("child").await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let server = open(&directory).await;
    let second = ApiServer::builder().data_dir(directory.path()).build().await;
    let Err(error) = second else {
        panic!("it was opened twice")
    };
    assert!(matches!(error, BuildError::Open(OpenError::InUse(_))), "{error}");
    assert!(error.to_string().contains("in use by another process"));
    server.shutdown().await;
    drop(server);
    open(&directory).await;
}

#[tokio::test]
async fn another_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("format"), "fleetui-store 9\n").unwrap();
    let server = ApiServer::builder().data_dir(directory.path()).build().await;
    let Err(error) = server else {
        panic!("it was opened")
    };
    assert!(
        matches!(error, BuildError::Open(OpenError::Format { .. })),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn objects_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("data");
    let server = ApiServer::builder().data_dir(&inner).build().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&inner), mode(&inner.join("store.redb"))), (0o700, 0o600));
    server.shutdown().await;
}
