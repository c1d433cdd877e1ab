//! A manager that leads, is cut off, and breaks: what it sends, and what is heard of it.

use std::sync::Mutex;
use std::time::Duration;

use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::clock::SystemClock;
use http::{Method, Request};
use kube::api::{Api, DynamicObject, PostParams};
use kube::client::Body;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::json;
use tokio::time::Instant;

use super::super::serve::definitions;
use super::super::workloads::{Address, EmbeddedWorkloads};
use super::*;

const TIMES: ElectionTimes = ElectionTimes {
    lease: Duration::from_secs(3),
    renew: Duration::from_secs(2),
    retry: Duration::from_millis(500),
};

/// So long every write takes that is no Lease: several in a row outlive the Lease.
const SLOW: Duration = Duration::from_millis(1_500);

/// What a manager sends, and when.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Sent>>);

#[derive(Default)]
struct Sent {
    /// When the Lease was written last, and whether it can be no more.
    lease: Option<Instant>,
    cut: bool,
    writes: Vec<Instant>,
}

impl Line {
    /// The client of a manager that reaches its Lease until the first Secret is written, and everything else slowly.
    fn client(&self, server: kube::Client) -> kube::Client {
        let line = self.clone();
        let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
            let (line, server) = (line.clone(), server.clone());
            async move {
                let is_write = request.method() != Method::GET;
                let path = request.uri().path().to_owned();
                if !line.passes(is_write, &path).await {
                    return Err(axum::http::StatusCode::SERVICE_UNAVAILABLE);
                }
                let request = whole(request).await;
                let answer = server.send(request).await.unwrap();
                Ok(answer.map(axum::body::Body::new))
            }
        });
        kube::Client::new(router.into_service::<Body>(), "default")
    }

    async fn passes(&self, is_write: bool, path: &str) -> bool {
        if path.contains("/leases") {
            let mut sent = self.0.lock().unwrap();
            if sent.cut {
                return false;
            }
            if is_write {
                sent.lease = Some(Instant::now());
            }
            return true;
        }
        if is_write {
            {
                let mut sent = self.0.lock().unwrap();
                sent.cut |= path.contains("/secrets");
                sent.writes.push(Instant::now());
            }
            tokio::time::sleep(SLOW).await;
        }
        true
    }

    /// How many writes were sent after the Lease of the last renewal had ended, and how many at all.
    fn late(&self) -> (usize, usize) {
        let sent = self.0.lock().unwrap();
        let ends = sent.lease.unwrap() + TIMES.lease;
        (
            sent.writes.iter().filter(|write| **write > ends).count(),
            sent.writes.len(),
        )
    }
}

/// A request as the server's client takes it.
async fn whole(request: axum::extract::Request) -> Request<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Request::from_parts(parts, Body::from(body.to_vec()))
}

async fn server() -> Arc<ApiServer> {
    let server = Arc::new(ApiServer::builder().cluster_api().build().await.unwrap());
    definitions::install(&server.installer(&LogicalCluster::root()))
        .await
        .unwrap();
    server
}

fn candidate(server: &Arc<ApiServer>, client: kube::Client) -> Candidate {
    let credentials = fleetui_pki::ServerCredentials::ephemeral(
        &fleetui_apiserver::server::names(),
        SystemClock::shared().now(),
    );
    let address = Address {
        host: "127.0.0.1".to_owned(),
        port: 6443,
        authority_pem: credentials.unwrap().authority.certificate_pem().to_owned(),
    };
    Candidate {
        client,
        workloads: Arc::new(EmbeddedWorkloads::new(Arc::clone(server), address)),
        settings: ControllerSettings::default(),
        clock: SystemClock::shared(),
        namespace: "default".to_owned(),
        identity: "one".to_owned(),
        times: TIMES,
        health: Health::default(),
    }
}

/// A control plane, whose certificates are several Secrets that one reconcile writes one after the other.
async fn control_plane(client: &kube::Client) {
    let cluster_name = json!({"cluster.x-k8s.io/cluster-name": "c"});
    let reference = |group: &str, kind: &str| json!({"apiGroup": group, "kind": kind, "name": "c"});
    let (infra, plane) = ("infrastructure.cluster.x-k8s.io", "controlplane.cluster.x-k8s.io");
    let objects = [
        (infra, "DevCluster", json!({"backend": {"inMemory": {}}})),
        (
            infra,
            "DevMachineTemplate",
            json!({"template": {"spec": {"backend": {"inMemory": {}}}}}),
        ),
        (
            plane,
            "KubeadmControlPlane",
            json!({
                "replicas": 1, "version": "v1.31.0", "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}},
                "machineTemplate": {"spec": {"infrastructureRef": reference(infra, "DevMachineTemplate")}},
            }),
        ),
        (
            "cluster.x-k8s.io",
            "Cluster",
            json!({
                "controlPlaneRef": reference(plane, "KubeadmControlPlane"),
                "infrastructureRef": reference(infra, "DevCluster"),
            }),
        ),
    ];
    for (group, kind, spec) in objects {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1beta2", kind));
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource);
        let object = json!({
            "apiVersion": format!("{group}/v1beta2"), "kind": kind,
            "metadata": {"name": "c", "labels": cluster_name}, "spec": spec,
        });
        let object = serde_json::from_value(object).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_written_after_the_lease_has_ended() {
    let server = server().await;
    let plain = server.client(&LogicalCluster::root());
    let line = Line::default();
    let candidate = candidate(&server, line.client(plain.clone()));
    let (lost, mut hears) = tokio::sync::mpsc::channel(4);
    let stop = CancellationToken::new();
    let working = tokio::spawn(candidate.work(stop.clone(), move |said| {
        if said.contains("no longer") {
            lost.try_send(()).unwrap();
        }
    }));
    control_plane(&plain).await;
    tokio::time::timeout(Duration::from_mins(1), hears.recv())
        .await
        .expect("it is cut off")
        .unwrap();
    let (_, when_lost) = line.late();
    // So long a reconcile that went on would write.
    tokio::time::sleep_until(Instant::now() + TIMES.lease).await;
    let (late, all) = line.late();
    assert_eq!((late, all), (0, when_lost));
    assert!(all > 0);
    stop.cancel();
    working.await.unwrap().unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn a_manager_with_a_task_that_ended_says_so_and_ends() {
    let server = server().await;
    let plain = server.client(&LogicalCluster::root());
    let inner = plain.clone();
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let server = inner.clone();
        async move {
            assert!(
                !request.uri().path().ends_with("/machinedrainrules"),
                "on purpose"
            );
            let answer = server.send(whole(request).await).await.unwrap();
            answer.map(axum::body::Body::new)
        }
    });
    let client = kube::Client::new(router.into_service::<Body>(), "default");
    let candidate = candidate(&server, client);
    let health = candidate.health.clone();
    let work = candidate.work(CancellationToken::new(), |_| {});
    let ended = tokio::time::timeout(Duration::from_mins(1), work)
        .await
        .expect("it is noticed");
    let said = ended.unwrap_err().to_string();
    assert!(
        said.starts_with("the watch of MachineDrainRule has ended"),
        "{said}"
    );
    assert_eq!(health.complaint(), Some(said));
    server.shutdown().await;
}
