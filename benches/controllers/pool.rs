//! The figures of a large pool of hosts: how long it takes to choose one of them, and to bring further machines up on them.

use std::time::Duration;

use fleetui_api::byoh::host::{ByoHostSpec, ByoHostStatus};
use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_base::clock::SystemClock;
use fleetui_rules::hosts::selection::{Request, select};
use fleetui_rules::hosts::{Host, Watch};
use kube::Client;
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::process::Command;

use super::measure::{Samples, Stopwatch, print_figure};
use super::served::{Home, Served};
use super::{PATIENCE, Result, resource};

/// How many hosts there are.
const HOSTS: usize = 5000;
/// How many machines come at once.
const MORE: usize = 20;
/// How often one host is chosen.
const DECISIONS: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// A host as it came over the wire.
struct Wire {
    object: DynamicObject,
    spec: ByoHostSpec,
    status: ByoHostStatus,
}

impl Wire {
    fn read(object: DynamicObject) -> Result<Self> {
        let part = |name: &str| object.data.get(name).cloned().unwrap_or_else(|| json!({}));
        let (spec, status) = (
            serde_json::from_value(part("spec"))?,
            serde_json::from_value(part("status"))?,
        );
        Ok(Self { object, spec, status })
    }
}

/// Prints the figures.
pub(crate) async fn measure() -> Result<()> {
    let count = HOSTS.to_string();
    let since = Stopwatch::start();
    let served = Served::with(Home::new()?, &["--simulated-hosts", &count]).await?;
    let client = served.home.client(false).await?;
    let hosts: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource("ByoHost"));
    let mut all = Vec::new();
    while all.len() < HOSTS {
        patient(&since)?;
        tokio::time::sleep(10 * PAUSE).await;
        all = registered(&hosts).await?;
    }
    let seconds = |since: &Stopwatch| format!("{:.1} s", since.elapsed().as_secs_f64());
    print_figure("5,000 hosts have registered after", &seconds(&since));
    print_figure("memory with them", &served.memory());
    decide(&all);
    create_cluster(&served, &client).await?;
    let claimed = ListParams::default().labels("cluster.x-k8s.io/cluster-name=pool");
    wait_claimed(&hosts, &claimed, 2).await?;
    let since = Stopwatch::start();
    let deployments: Api<DynamicObject> =
        Api::namespaced_with(client, "default", &resource("MachineDeployment"));
    let patch = Patch::Merge(json!({"spec": {"replicas": 1 + MORE}}));
    deployments
        .patch("pool-md-0", &PatchParams::default(), &patch)
        .await?;
    wait_claimed(&hosts, &claimed, 2 + MORE).await?;
    print_figure(
        "20 further machines have taken hosts of 5,000 after",
        &seconds(&since),
    );
    served.stop().await
}

fn patient(since: &Stopwatch) -> Result<()> {
    if since.elapsed() > PATIENCE {
        return Err("the hosts do not come".into());
    }
    Ok(())
}

async fn registered(hosts: &Api<DynamicObject>) -> Result<Vec<Wire>> {
    let listed = hosts.list(&ListParams::default()).await?.items;
    let registered = listed
        .into_iter()
        .filter(|host| host.data.pointer("/status/hostinfo").is_some());
    registered.map(Wire::read).collect()
}

/// Chooses a host again and again, each time from what is known of all of them, as a reconcile does.
fn decide(all: &[Wire]) {
    let none = std::collections::BTreeMap::new();
    let watch = Watch {
        now: SystemClock::shared().now(),
        timeout: Duration::from_mins(2),
    };
    let (spec, installs) = (ByoMachineSpec::default(), "v1.31.2".parse().ok());
    let mut decision = Samples::new("one binding decision among 5,000 hosts");
    for _ in 0..DECISIONS {
        let chosen = decision.time(|| {
            let hosts: Vec<Host<'_>> = all
                .iter()
                .map(|wire| Host {
                    name: wire.object.metadata.name.as_deref().unwrap_or_default(),
                    labels: wire.object.metadata.labels.as_ref().unwrap_or(&none),
                    annotations: wire.object.metadata.annotations.as_ref().unwrap_or(&none),
                    deleting: false,
                    spec: &wire.spec,
                    status: &wire.status,
                    heard: Some(watch.now),
                })
                .collect();
            let request = Request {
                spec: &spec,
                installs: installs.as_ref(),
                failure_domain: None,
                cluster: Some("pool"),
                owner: Some("pool/pool-md-0"),
                tried: Vec::new(),
                being_taken: Vec::new(),
                watch,
            };
            select(&hosts, &request).candidates.len()
        });
        assert_eq!(chosen, all.len(), "all of them could be taken");
    }
    decision.print();
}

async fn create_cluster(served: &Served, client: &Client) -> Result<()> {
    let kubeconfig = served.home.path().join("data/kubeconfig");
    let written = Command::new(env!("CARGO_BIN_EXE_fleetui"))
        .args(["generate", "cluster", "pool", "--infrastructure", "byoh"])
        .args(["--kubernetes-version", "v1.31.2", "--target-namespace", "default"])
        .args([
            "--control-plane-machine-count",
            "1",
            "--worker-machine-count",
            "1",
        ])
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .env("HOME", served.home.path())
        .env("CONTROL_PLANE_ENDPOINT_IP", "198.19.255.250")
        .output()
        .await?;
    if !written.status.success() {
        return Err(String::from_utf8_lossy(&written.stderr).into());
    }
    let objects: Vec<Value> = serde_yaml::from_multiple(std::str::from_utf8(&written.stdout)?)?;
    for object in objects {
        let object: DynamicObject = serde_json::from_value(object)?;
        let kind = object.types.as_ref().map(|types| types.kind.clone());
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), "default", &resource(&kind.unwrap_or_default()));
        api.create(&PostParams::default(), &object).await?;
    }
    Ok(())
}

async fn wait_claimed(hosts: &Api<DynamicObject>, claimed: &ListParams, count: usize) -> Result<()> {
    let since = Stopwatch::start();
    while hosts.list_metadata(claimed).await?.items.len() < count {
        patient(&since)?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
