//! Ten thousand Machines: what they take in memory, and how soon a list of them is there.

use std::pin::pin;

use futures::{AsyncReadExt as _, StreamExt as _, TryStreamExt as _, stream};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::Result;
use super::measure::{Samples, print_figure};
use super::served::Served;

const MACHINES: u64 = 10_000;
/// Machines that are made at a time.
const AT_ONCE: usize = 64;
const LISTS: usize = 10;

pub(crate) async fn measure(served: &Served) -> Result<()> {
    let client = served.home.client(false).await?;
    let before = served.resident_bytes();
    make(&client).await?;
    let held = served.resident_bytes().saturating_sub(before);
    let (length, _) = read(&client, "?limit=1000").await?;
    print_figure(
        "a stored Machine as JSON, on average",
        &format!("{} B", length / 1000),
    );
    print_figure(
        "memory of a stored Machine, its history of 5 minutes with it",
        &format!("{} B resident", held / MACHINES),
    );
    for (compressed, name) in [
        (false, "list of 10,000 Machines over TLS, last byte"),
        (true, "the same with gzip"),
    ] {
        let client = served.home.client(compressed).await?;
        let mut samples = Samples::new(name);
        let mut length = 0;
        for _ in 0..LISTS {
            length = samples.time_async(read(&client, "?resourceVersion=0")).await?.0;
        }
        samples.print();
        print_figure("  of", &format!("{length} bytes"));
    }
    print_figure("memory after it", &served.memory());
    Ok(())
}

/// Reads a list to its end: its bytes, and how many pieces they came in.
async fn read(client: &Client, query: &str) -> Result<(usize, usize)> {
    let path = format!("/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines{query}");
    let body = client
        .request_stream(http::Request::get(path).body(Vec::new())?)
        .await?;
    let mut body = pin!(body);
    let mut piece = vec![0; 256 * 1024];
    let (mut length, mut pieces) = (0, 0);
    loop {
        let read = body.read(&mut piece).await?;
        if read == 0 {
            return Ok((length, pieces));
        }
        (length, pieces) = (length + read, pieces + 1);
    }
}

async fn make(client: &Client) -> Result<()> {
    let kind = GroupVersionKind::gvk("cluster.x-k8s.io", "v1beta2", "Machine");
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource);
    stream::iter(0..MACHINES)
        .map(|index| {
            let api = api.clone();
            async move {
                let machine: DynamicObject = serde_json::from_value(machine(index))?;
                let name = machine.metadata.name.clone().unwrap_or_default();
                api.create(&PostParams::default(), &machine).await?;
                let status = Patch::Merge(json!({ "status": status(&name) }));
                api.patch_status(&name, &PatchParams::default(), &status).await?;
                Result::Ok(())
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

fn machine(index: u64) -> Value {
    let cluster = format!("cluster-{:05}", index / 100);
    let set = format!("{cluster}-md-0-{}", index % 3);
    let name = format!("{set}-{index:06}");
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Machine",
        "metadata": {
            "name": name,
            "namespace": "default",
            "labels": {
                "cluster.x-k8s.io/cluster-name": cluster,
                "cluster.x-k8s.io/deployment-name": format!("{cluster}-md-0"),
                "cluster.x-k8s.io/set-name": set,
                "machine-template-hash": "4085316412-bxk2p",
            },
            "annotations": {
                "cluster.x-k8s.io/cloned-from-groupkind": "DevMachineTemplate.infrastructure.cluster.x-k8s.io",
                "cluster.x-k8s.io/cloned-from-name": format!("{cluster}-md-0-template"),
                "kubectl.kubernetes.io/last-applied-configuration": "x".repeat(2000),
            },
            "finalizers": ["machine.cluster.x-k8s.io"],
        },
        "spec": {
            "clusterName": cluster,
            "version": "v1.33.4",
            "providerID": format!("dev:////{name}"),
            "bootstrap": {
                "configRef": { "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": name },
                "dataSecretName": name,
            },
            "infrastructureRef": { "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": name },
        },
    })
}

/// A status with a dozen conditions, as a busy controller leaves it.
fn status(name: &str) -> Value {
    let condition = |kind: &str| {
        json!({
            "type": kind, "status": "True", "reason": format!("{kind}Reason"),
            "message": "* the state of what stands behind this condition, told in about as many words as usual",
            "lastTransitionTime": "2026-05-30T08:00:00Z", "observedGeneration": 1,
        })
    };
    let kinds = [
        "Available",
        "Ready",
        "UpToDate",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
        "NodeReady",
        "HealthCheckSucceeded",
        "OwnerRemediated",
        "Updating",
        "Paused",
        "Deleting",
    ];
    json!({
        "phase": "Running",
        "nodeRef": { "name": name },
        "initialization": { "bootstrapDataSecretCreated": true, "infrastructureProvisioned": true },
        "conditions": kinds.map(condition),
    })
}
