//! The figures of the controllers: a thousand simulated clusters from their creation until all are available, the memory with
//! them, what the controllers do when there is nothing to do; and of a pool of 5,000 hosts. Prints what they were taken on. Everything is a `fleetui serve` in
//! a process of its own, with the durations of upstream's in-memory template.
//!
//! `cargo bench --bench controllers`; `FLEETUI_BENCH_CLUSTERS` for another number.

#[allow(dead_code, reason = "the bench of the console needs other parts of it")]
#[path = "fleet/measure.rs"]
mod measure;
#[path = "controllers/pool.rs"]
mod pool;
#[allow(dead_code, reason = "the bench of the API server needs other parts of it")]
#[path = "apiserver/served.rs"]
mod served;

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, PostParams};
use measure::{print_figure, report_machine};
use serde_json::{Value, json};
use served::{Home, Served};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo};

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many clusters there are.
const CLUSTERS: usize = 1000;
/// How many are created at a time.
const AT_ONCE: usize = 32;
/// The longest that it may all take.
const PATIENCE: Duration = Duration::from_mins(20);
/// How long the controllers have nothing to do while they are looked at.
const IDLE: Duration = Duration::from_mins(1);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    report_machine();
    let clusters = match std::env::var("FLEETUI_BENCH_CLUSTERS") {
        Ok(text) => text.parse()?,
        Err(_) => CLUSTERS,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        measure(clusters).await?;
        pool::measure().await
    })
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures the real time")]
async fn measure(clusters: usize) -> Result<()> {
    let served = Served::with(Home::new()?, &[]).await?;
    let client = served.home.client(false).await?;
    let before = revision(&client).await?;
    let start = Instant::now();
    stream::iter((0..clusters).map(|number| create(&client, number)))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    print_figure(
        "created clusters after",
        &format!("{:.1} s", start.elapsed().as_secs_f64()),
    );
    while available(&client).await? < clusters {
        if start.elapsed() > PATIENCE {
            return Err(format!("only {} of them are available", available(&client).await?).into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let name = format!("{clusters} clusters of two machines are available after");
    print_figure(&name, &format!("{:.1} s", start.elapsed().as_secs_f64()));
    print_figure("memory with them", &served.memory());
    print_figure("keys of each cluster", &keys(&client, "c0000").await?);
    let machines = list(&client, "Machine").await?.len();
    let writes = revision(&client).await?.saturating_sub(before);
    print_figure(
        "revisions for each machine, workload clusters with it",
        &per(writes, machines),
    );
    let reconciles = served
        .metric("controller_runtime_reconcile_time_seconds_count")
        .await?;
    let took = served
        .metric("controller_runtime_reconcile_time_seconds_sum")
        .await?;
    let figure = format!("{reconciles:.0}, {:.1} ms on average", took / reconciles * 1e3);
    print_figure("reconciles until then", &figure);
    print_figure("processor time until then", &seconds(served.ticks()));
    tokio::time::sleep(IDLE).await;
    let (ticks, at) = (served.ticks(), revision(&client).await?);
    tokio::time::sleep(IDLE).await;
    let used = served.ticks().saturating_sub(ticks);
    print_figure("processor while idle", &format!("{} of a core", percent(used)));
    print_figure(
        "revisions while idle",
        &revision(&client).await?.saturating_sub(at).to_string(),
    );
    served.stop().await
}

/// Which keys a cluster was given, and of which sort they are: the authorities by their certificates, the one that signs tokens by
/// itself.
async fn keys(client: &Client, cluster: &str) -> Result<String> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), "default");
    let mut told = Vec::new();
    for purpose in ["ca", "etcd", "proxy", "sa"] {
        let secret = secrets.get(&format!("{cluster}-{purpose}")).await?;
        let text = secret
            .data
            .and_then(|mut data| data.remove("tls.crt"))
            .ok_or("no certificate")?;
        let (_, block) = parse_x509_pem(&text.0)?;
        let key = if purpose == "sa" {
            SubjectPublicKeyInfo::from_der(&block.contents)?.1
        } else {
            block.parse_x509()?.tbs_certificate.subject_pki.clone()
        };
        let size = key.parsed()?.key_size();
        let sort = match key.algorithm.algorithm.to_id_string().as_str() {
            "1.2.840.10045.2.1" => "ECDSA",
            "1.2.840.113549.1.1.1" => "RSA",
            other => return Err(format!("a key of sort {other}").into()),
        };
        told.push(format!("{purpose} {sort} {size}"));
    }
    Ok(format!("{}, made by ring in the process", told.join(", ")))
}

#[allow(clippy::cast_precision_loss, reason = "a figure to be read by people")]
fn per(count: u64, of: usize) -> String {
    format!("{:.1}", count as f64 / of.max(1) as f64)
}

#[allow(clippy::cast_precision_loss, reason = "a figure to be read by people")]
fn seconds(ticks: u64) -> String {
    format!("{:.1} s", ticks as f64 / 100.0)
}

/// Ticks of a hundredth of a second in what the idle time had.
#[allow(clippy::cast_precision_loss, reason = "a figure to be read by people")]
fn percent(ticks: u64) -> String {
    format!("{:.1} %", ticks as f64 / IDLE.as_secs_f64())
}

fn resource(kind: &str) -> ApiResource {
    let (group, version) = match kind {
        "ByoHost" | "ByoCluster" | "ByoMachineTemplate" | "K8sInstallerConfigTemplate" => {
            ("infrastructure.cluster.x-k8s.io", "v1beta1")
        }
        "DevCluster" | "DevMachineTemplate" => ("infrastructure.cluster.x-k8s.io", "v1beta2"),
        "KubeadmControlPlane" => ("controlplane.cluster.x-k8s.io", "v1beta2"),
        "KubeadmConfigTemplate" => ("bootstrap.cluster.x-k8s.io", "v1beta2"),
        _ => ("cluster.x-k8s.io", "v1beta2"),
    };
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

async fn list(client: &Client, kind: &str) -> Result<Vec<DynamicObject>> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource(kind));
    Ok(api.list(&ListParams::default()).await?.items)
}

async fn revision(client: &Client) -> Result<u64> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource("ClusterClass"));
    let list = api.list(&ListParams::default()).await?;
    Ok(list.metadata.resource_version.unwrap_or_default().parse()?)
}

async fn available(client: &Client) -> Result<usize> {
    let is_available = |cluster: &DynamicObject| {
        let conditions = cluster
            .data
            .pointer("/status/conditions")
            .and_then(Value::as_array);
        conditions
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Available" && condition["status"] == "True")
    };
    Ok(list(client, "Cluster")
        .await?
        .iter()
        .filter(|cluster| is_available(cluster))
        .count())
}

async fn create(client: &Client, number: usize) -> Result<()> {
    for (kind, object) in objects(&format!("c{number:04}")) {
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource(kind));
        api.create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
    }
    Ok(())
}

/// One control plane machine and one worker, and all that belongs to them.
fn objects(name: &str) -> Vec<(&'static str, Value)> {
    let (version, backend) = ("v1.33.4", json!({"inMemory": {}}));
    let reference =
        |group: &str, kind: &str, name: &str| json!({"apiGroup": group, "kind": kind, "name": name});
    let infrastructure = "infrastructure.cluster.x-k8s.io";
    let object = |kind: &str, name: &str, spec: Value| {
        let resource = resource(kind);
        json!({"apiVersion": resource.api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
    };
    let template = json!({"template": {"spec": {"backend": backend}}});
    let kubeadm = json!({"joinConfiguration": {"nodeRegistration": {"criSocket": "unix:///run/containerd/containerd.sock"}}});
    let machines = reference(infrastructure, "DevMachineTemplate", name);
    vec![
        ("DevMachineTemplate", object("DevMachineTemplate", name, template)),
        (
            "KubeadmConfigTemplate",
            object(
                "KubeadmConfigTemplate",
                name,
                json!({"template": {"spec": kubeadm}}),
            ),
        ),
        (
            "DevCluster",
            object("DevCluster", name, json!({"backend": backend})),
        ),
        (
            "KubeadmControlPlane",
            object(
                "KubeadmControlPlane",
                name,
                json!({
                    "replicas": 1, "version": version, "kubeadmConfigSpec": kubeadm,
                    "machineTemplate": {"spec": {"infrastructureRef": machines}},
                }),
            ),
        ),
        (
            "Cluster",
            object(
                "Cluster",
                name,
                json!({
                    "controlPlaneRef": reference("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", name),
                    "infrastructureRef": reference(infrastructure, "DevCluster", name),
                }),
            ),
        ),
        (
            "MachineDeployment",
            object(
                "MachineDeployment",
                name,
                json!({
                    "clusterName": name, "replicas": 1, "selector": {"matchLabels": {}},
                    "template": {"spec": {
                        "clusterName": name, "version": version, "infrastructureRef": machines,
                        "bootstrap": {"configRef": reference("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", name)},
                    }},
                }),
            ),
        ),
    ]
}
