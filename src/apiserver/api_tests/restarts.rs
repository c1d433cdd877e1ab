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
    let holder = Some(std::process::id());
    assert!(
        matches!(error, BuildError::Open(OpenError::InUse { holder: found, .. }) if found == holder),
        "{error}"
    );
    assert!(error.to_string().contains("in use by another process"));
    server.shutdown().await;
    drop(server);
    open(&directory).await;
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_of_one_revision_and_comes_back() {
    use crate::authn::Identity;
    let directory = tempfile::tempdir().unwrap();
    let server = open(&directory).await;
    let router = server.router();
    make(&server, "kept").await;
    let ask = async |identity: Option<Identity>| {
        let mut request = Request::get("/debug/backup").body(Body::empty()).unwrap();
        if let Some(identity) = identity {
            request.extensions_mut().insert(identity);
        }
        let response = within(router.clone().oneshot(request)).await.unwrap();
        (response.status().as_u16(), response.into_body())
    };
    let (code, body) = ask(Some(Identity::administrator())).await;
    let revision = server.revision();
    // What comes while it is read is not in it.
    make(&server, "late").await;
    let written = within(body.collect()).await.unwrap().to_bytes();
    assert_eq!(code, 200);
    for group in ["readers", fleetui_pki::directory::READERS] {
        assert_eq!(ask(Some(Identity::new("ada", &[group]))).await.0, 403);
    }
    let workload = LogicalCluster::new("w1").unwrap();
    server.create_logical_cluster(&workload).await.unwrap();
    assert_eq!(read(&router, "/clusters/w1/debug/backup").await.0.as_u16(), 404);
    server.shutdown().await;

    let restored = tempfile::tempdir().unwrap();
    let summary = crate::backup::restore(restored.path(), &mut &written[..]).unwrap();
    assert_eq!(summary.revision, revision);
    let server = open(&restored).await;
    assert!(server.revision() > revision + 1_000_000);
    let api = config_maps(&server);
    assert!(api.get_opt("kept").await.unwrap().is_some());
    assert!(api.get_opt("late").await.unwrap().is_none());
    server.shutdown().await;
}

/// Fails every write once it is told to.
#[derive(Default)]
struct Broken(std::sync::atomic::AtomicBool);

impl crate::storage::faults::Faults for Broken {
    fn at(&self, _: crate::storage::faults::FailPoint) -> std::io::Result<()> {
        if self.0.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(std::io::Error::other("no space left on device"));
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_store_that_failed_is_read_and_not_written_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let faults = std::sync::Arc::new(Broken::default());
    let server = ApiServer::builder()
        .data_dir(directory.path())
        .faults(faults.clone())
        .build()
        .await
        .unwrap();
    let router = server.router();
    make(&server, "one").await;
    assert_eq!(read(&router, "/readyz").await.0.as_u16(), 200);
    faults.0.store(true, std::sync::atomic::Ordering::SeqCst);
    let maps = "/api/v1/namespaces/default/configmaps";
    let (code, answer) = post(&router, maps, &json!({"metadata": {"name": "two"}})).await;
    assert_eq!(
        (code.as_u16(), &answer["reason"]),
        (500, &json!("InternalError")),
        "{answer}"
    );
    // The device is well again; what was lost meanwhile nobody knows, so nothing is written any more.
    faults.0.store(false, std::sync::atomic::Ordering::SeqCst);
    let (code, _) = post(&router, maps, &json!({"metadata": {"name": "three"}})).await;
    assert!(code.is_server_error(), "{code}");
    for check in ["/readyz", "/healthz", "/livez"] {
        assert_eq!(read(&router, check).await.0.as_u16(), 500, "{check}");
    }
    assert_eq!(read(&router, &format!("{maps}/one")).await.0.as_u16(), 200);
    assert_eq!(read(&router, &format!("{maps}/two")).await.0.as_u16(), 404);
    server.shutdown().await;
    drop((server, router));
    let server = open(&directory).await;
    assert!(config_maps(&server).get_opt("one").await.unwrap().is_some());
    assert!(config_maps(&server).get_opt("two").await.unwrap().is_none());
    server.shutdown().await;
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
    assert_eq!(
        (mode(&inner), mode(&inner.join("store/store.redb"))),
        (0o700, 0o600)
    );
    server.shutdown().await;
}
