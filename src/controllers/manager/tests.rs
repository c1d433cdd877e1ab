//! The controllers as tasks: what is heard of one that ends, and what is sent after they were broken off.

use std::sync::atomic::{AtomicUsize, Ordering};

use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::ObjectName;
use fleetui_base::clock::SystemClock;
use fleetui_pki::KeyedCertificate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Request;
use kube::client::Body;

use super::*;
use crate::workloads::{WorkloadAccess, WorkloadEndpoint, WorkloadError};

/// There are none.
struct Nowhere;

fn nowhere<T>(cluster: &ObjectName) -> Result<T, WorkloadError> {
    Err(WorkloadError {
        cluster: cluster.clone(),
        reason: "it is not there".to_owned(),
    })
}

impl WorkloadClusters for Nowhere {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        std::future::ready(nowhere(cluster)).boxed()
    }

    fn endpoint(&self, cluster: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        nowhere(cluster)
    }

    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        std::future::ready(nowhere(cluster)).boxed()
    }

    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        std::future::ready(nowhere(cluster)).boxed()
    }

    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        _: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>> {
        std::future::ready(nowhere(cluster)).boxed()
    }
}

/// What comes of a request before it reaches the server.
type Before = fn(&Request<Body>) -> BoxFuture<'static, ()>;

async fn controllers(before: Before) -> (ApiServer, ControllersHandle) {
    let server = ApiServer::builder().cluster_api().build().await.unwrap();
    let client = server.client(&LogicalCluster::root());
    let service = tower::service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            before(&request).await;
            client.send(request).await
        }
    });
    let client = kube::Client::new(service, "default");
    let settings = ControllerSettings::default();
    let handle = start(
        client,
        Arc::new(Nowhere),
        settings,
        SystemClock::shared(),
        &Standing::default(),
    );
    (server, handle)
}

#[tokio::test]
async fn the_end_of_a_task_is_noticed() {
    let (server, mut controllers) = controllers(|request| {
        assert!(
            !request.uri().path().ends_with("/machinedrainrules"),
            "on purpose"
        );
        std::future::ready(()).boxed()
    })
    .await;
    let ended = controllers.ended().await;
    assert_eq!(ended.task, "the watch of MachineDrainRule");
    assert!(ended.why.contains("panicked"), "{}", ended.why);
    controllers.abort().await;
    server.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hangs_is_asked_for_again() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let (server, controllers) = controllers(|request| {
        let hangs =
            request.uri().path().ends_with("/machinedrainrules") && ASKED.fetch_add(1, Ordering::SeqCst) == 0;
        if hangs {
            std::future::pending().boxed()
        } else {
            std::future::ready(()).boxed()
        }
    })
    .await;
    // The other kinds are not served, which is another matter.
    while ASKED.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(ControllerSettings::default().list_timeout).await;
    }
    controllers.stop().await;
    server.shutdown().await;
}

#[tokio::test]
async fn of_configmaps_and_secrets_the_metadata_alone_is_asked_for() {
    static FULL: AtomicUsize = AtomicUsize::new(0);
    static METADATA: AtomicUsize = AtomicUsize::new(0);
    let (server, controllers) = controllers(|request| {
        let path = request.uri().path();
        if path.ends_with("/secrets") || path.ends_with("/configmaps") {
            let accept = request.headers().get(http::header::ACCEPT);
            let wants = accept.and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            let is_metadata = wants.contains("as=PartialObjectMetadata");
            let count = if is_metadata { &METADATA } else { &FULL };
            count.fetch_add(1, Ordering::SeqCst);
        }
        std::future::ready(()).boxed()
    })
    .await;
    // A list and a watch of each.
    while METADATA.load(Ordering::SeqCst) < 4 {
        assert_eq!(FULL.load(Ordering::SeqCst), 0);
        tokio::task::yield_now().await;
    }
    controllers.stop().await;
    server.shutdown().await;
}
