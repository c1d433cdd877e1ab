//! Clusters on simulated hosts: from nothing to Running and gone again, and what becomes of hosts that fail or fall silent.

mod asking;
mod certificates;
mod defects;
mod failing;
mod faults;
mod operators;
mod permissions;
mod pool;
mod templates;
mod upstream;
mod walkthrough;

use std::sync::Arc;
use std::time::Duration;

use fleetui_apiserver::LogicalCluster;
use fleetui_base::clock::SystemClock;
use k8s_openapi::api::core::v1::{Event, Node, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{Wrap, status_of};
use crate::kinds::{self, Watched};
use crate::settings::SimulationSettings;
use crate::{SimulatedHostSettings, SimulatedHosts, simulate_hosts};

/// A fleet with hosts.
struct Pool {
    fleet: Fleet,
    hosts: SimulatedHosts,
}

/// Hosts that take no time; they beat at the start and then no more while a test lasts.
fn quick_hosts() -> SimulatedHostSettings {
    SimulatedHostSettings {
        heartbeat: Duration::from_hours(1),
        install: Duration::from_millis(30),
        bootstrap: Duration::from_millis(20),
        reset: Duration::from_millis(20),
        simulation: SimulationSettings {
            seed: 7,
            ..SimulationSettings::default()
        },
        ..SimulatedHostSettings::default()
    }
}

fn hosts_of(fleet: &Fleet, count: u32, settings: SimulatedHostSettings) -> SimulatedHosts {
    let client = fleet.client.clone();
    simulate_hosts(client, fleet.workloads(), count, settings, SystemClock::shared())
}

/// Whether a machine could take the host.
fn is_free(host: &Value) -> bool {
    host["metadata"]["labels"]
        .get("cluster.x-k8s.io/cluster-name")
        .is_none()
        && host["spec"].get("claimRef").is_none()
        && host["status"].get("machineRef").is_none()
        && host["metadata"]["annotations"]
            .get("byoh.infrastructure.cluster.x-k8s.io/unregistering")
            .is_none()
        && host["status"]["hostinfo"].is_object()
}

fn old_condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == kind)
}

fn old_reason(object: &Value, kind: &str) -> String {
    let reason = old_condition(object, kind).and_then(|condition| condition["reason"].as_str());
    reason.unwrap_or_default().to_owned()
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().expect("a name").to_owned()
}

impl Pool {
    async fn start(count: u32) -> Self {
        Self::start_with(count, quick_hosts()).await
    }

    async fn start_with(count: u32, settings: SimulatedHostSettings) -> Self {
        Self::start_behind(count, settings, Arc::new(|client| client)).await
    }

    /// With something between the controllers and their servers; the hosts reach theirs.
    async fn start_behind(count: u32, settings: SimulatedHostSettings, wrap: Wrap) -> Self {
        let fleet = Fleet::start_behind(wrap).await;
        let hosts = hosts_of(&fleet, count, settings);
        let pool = Self { fleet, hosts };
        pool.wait_free(usize::try_from(count).expect("few")).await;
        pool
    }

    /// Waits until so many hosts are free.
    async fn wait_free(&self, count: usize) {
        self.fleet.wait_count(Watched::ByoHost, count, is_free).await;
    }

    /// The nine objects of a cluster on hosts.
    async fn cluster(&self, name: &str, workers: i32) {
        self.cluster_as(name, workers, &json!({})).await;
    }

    /// As [`Pool::cluster`], with whatever its control plane's machines ask of a host.
    async fn cluster_as(&self, name: &str, workers: i32, plane: &Value) {
        self.cluster_at("v1.31.2", name, workers, plane).await;
    }

    /// As [`Pool::cluster_as`], at another version of Kubernetes.
    async fn cluster_at(&self, version: &str, name: &str, workers: i32, plane: &Value) {
        let fleet = &self.fleet;
        let reference = |group: &str, kind: &str, name: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": name});
        for part in ["control-plane", "md"] {
            let name = format!("{name}-{part}");
            let installer =
                json!({"template": {"spec": {"bundleRepo": "registry.example/k8s", "bundleType": "k8s"}}});
            fleet
                .create(Watched::K8sInstallerConfigTemplate, &name, installer)
                .await;
            let mut machine = json!({"template": {"spec": {"installerRef": {
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "K8sInstallerConfigTemplate", "name": name
            }}}});
            if part == "control-plane" {
                json_patch::merge(&mut machine["template"]["spec"], plane);
            }
            fleet.create(Watched::ByoMachineTemplate, &name, machine).await;
        }
        fleet
            .create(Watched::KubeadmConfigTemplate, name, json!({"template": {"spec": {"joinConfiguration": {"nodeRegistration": {"criSocket": "/var/run/containerd/containerd.sock"}}}}}))
            .await;
        let endpoint = json!({"controlPlaneEndpoint": {"host": "192.0.2.7"}, "bundleLookupBaseRegistry": "registry.example/k8s"});
        fleet.create(Watched::ByoCluster, name, endpoint).await;
        let template =
            |part: &str| reference("infrastructure", "ByoMachineTemplate", &format!("{name}-{part}"));
        let plane = json!({
            "replicas": 1, "version": version,
            "machineTemplate": {"spec": {"infrastructureRef": template("control-plane")}},
            "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}}
        });
        fleet.create(Watched::KubeadmControlPlane, name, plane).await;
        let deployment = json!({
            "clusterName": name, "replicas": workers,
            "template": {"spec": {
                "clusterName": name, "version": version,
                "bootstrap": {"configRef": reference("bootstrap", "KubeadmConfigTemplate", name)},
                "infrastructureRef": template("md")
            }}
        });
        fleet
            .create(Watched::MachineDeployment, &format!("{name}-md"), deployment)
            .await;
        let cluster = json!({
            "controlPlaneRef": reference("controlplane", "KubeadmControlPlane", name),
            "infrastructureRef": reference("infrastructure", "ByoCluster", name)
        });
        fleet.create(Watched::Cluster, name, cluster).await;
    }

    async fn scale(&self, name: &str, replicas: i32) {
        let patch = json!({"spec": {"replicas": replicas}});
        self.fleet
            .patch(Watched::MachineDeployment, &format!("{name}-md"), patch)
            .await;
    }

    async fn events(&self) -> Vec<(String, String)> {
        let api: Api<Event> = Api::namespaced(self.fleet.client.clone(), "default");
        let events = api.list(&ListParams::default()).await.expect("events");
        let told = |event: Event| {
            let about = event.involved_object;
            (event.reason.unwrap_or_default(), about.kind.unwrap_or_default())
        };
        events.items.into_iter().map(told).collect()
    }

    async fn stop(self) {
        self.hosts.stop().await;
        self.fleet.controllers.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_comes_up_on_six_hosts_is_scaled_and_gives_all_of_them_back() {
    let pool = Pool::start(6).await;
    hosts_tell_what_they_are(&pool).await;
    pool.cluster("byoh-cluster", 1).await;
    pool.fleet.wait_available("byoh-cluster", 1).await;
    pool.wait_free(4).await;
    machines_run_on_hosts(&pool).await;
    pool.fleet.settle().await;

    pool.scale("byoh-cluster", 3).await;
    pool.fleet.wait_available("byoh-cluster", 3).await;
    pool.wait_free(2).await;
    pool.scale("byoh-cluster", 1).await;
    pool.fleet.wait_available("byoh-cluster", 1).await;
    pool.wait_free(4).await;
    let nodes: Api<Node> = Api::all(pool.fleet.workload("byoh-cluster"));
    let nodes = nodes.list(&ListParams::default()).await.expect("nodes").items;
    assert_eq!(nodes.len(), 2, "the nodes of machines that are gone are gone");
    pool.fleet.settle().await;

    let cluster = pool.fleet.api(Watched::Cluster);
    cluster
        .delete("byoh-cluster", &DeleteParams::background())
        .await
        .expect("deleted");
    pool.fleet.wait_gone(Watched::Cluster, "byoh-cluster").await;
    pool.wait_free(6).await;
    nothing_is_left(&pool).await;
    pool.stop().await;
}

async fn hosts_tell_what_they_are(pool: &Pool) {
    let hosts = pool.fleet.list(Watched::ByoHost).await;
    let names: Vec<String> = hosts.iter().map(name_of).collect();
    assert_eq!(
        names,
        ["node-1", "node-2", "node-3", "node-4", "node-5", "node-6"]
    );
    for host in &hosts {
        let info = json!({"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"});
        assert_eq!(host["status"]["hostinfo"], info);
        assert_eq!(
            host["metadata"]["labels"]["byoh.infrastructure.cluster.x-k8s.io/os-family"],
            "debian"
        );
        let versions = host["status"]["installableVersions"]
            .as_array()
            .expect("versions");
        assert!(versions.contains(&json!("v1.31")), "{versions:?}");
    }
    let connected = |host: &Value| status_of_old(host, "AgentConnected") == "True";
    pool.fleet.wait(Watched::ByoHost, "node-6", connected).await;
}

fn status_of_old(object: &Value, kind: &str) -> String {
    let status = old_condition(object, kind).and_then(|condition| condition["status"].as_str());
    status.unwrap_or_default().to_owned()
}

async fn machines_run_on_hosts(pool: &Pool) {
    let fleet = &pool.fleet;
    for machine in fleet.list(Watched::Machine).await {
        let name = name_of(&machine);
        assert_eq!(machine["status"]["phase"], "Running", "{name}");
        let infrastructure = fleet.get(Watched::ByoMachine, &name).await;
        let host = infrastructure["status"]["hostRef"]["name"]
            .as_str()
            .expect("a host")
            .to_owned();
        let provider_id = machine["spec"]["providerID"].as_str().expect("an identity");
        assert!(
            fleetui_rules::hosts::is_provider_id_of(provider_id, &host),
            "{provider_id}"
        );
        assert_eq!(infrastructure["spec"]["providerID"], provider_id);
        assert_eq!(machine["status"]["nodeRef"]["name"], host);
        let status = &infrastructure["status"];
        assert_eq!(
            (&status["ready"], &status["initialization"]["provisioned"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(
            status["addresses"][0],
            json!({"type": "Hostname", "address": host})
        );
        assert!(
            status["addresses"][1]["address"]
                .as_str()
                .is_some_and(|address| address.starts_with("192.0.2."))
        );
        for kind in ["Ready", "BYOHostReady"] {
            assert_eq!(status_of_old(&infrastructure, kind), "True", "{name} {kind}");
        }
        let beside = json!({"status": {"conditions": status["v1beta2"]["conditions"]}});
        for (kind, wished) in [("Ready", "True"), ("BYOHostReady", "True"), ("Paused", "False")] {
            assert_eq!(status_of(&beside, kind), wished, "{name} {kind}");
        }
        assert_eq!(status_of(&machine, "InfrastructureReady"), "True");
        assert_eq!(machine["status"]["addresses"], status["addresses"]);
        assert_eq!(status["addresses"][1]["type"], "InternalIP");

        host_knows_its_machine(fleet, &host, &name).await;
    }
    let cluster = fleet.get(Watched::Cluster, "byoh-cluster").await;
    assert_eq!(
        cluster["spec"]["controlPlaneEndpoint"],
        json!({"host": "192.0.2.7", "port": 6443})
    );
    let events = pool.events().await;
    for (reason, kind) in [
        ("ByoHostAttachSucceeded", "ByoMachine"),
        ("ByoHostAttachSucceeded", "ByoHost"),
        ("NodeProvisionedSucceeded", "ByoMachine"),
        ("InstallScriptExecutionSucceeded", "ByoHost"),
        ("BootstrapK8sNodeSucceeded", "ByoHost"),
    ] {
        assert!(
            events.contains(&(reason.to_owned(), kind.to_owned())),
            "{reason} of {kind}: {events:?}"
        );
    }
}

async fn host_knows_its_machine(fleet: &Fleet, host: &str, name: &str) {
    let host = fleet.get(Watched::ByoHost, host).await;
    assert_eq!(host["status"]["machineRef"]["name"], name);
    assert_eq!(host["status"]["machineRef"]["kind"], "ByoMachine");
    assert_eq!(
        host["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"],
        "byoh-cluster"
    );
    let prefix = "byoh.infrastructure.cluster.x-k8s.io";
    let annotations = &host["metadata"]["annotations"];
    assert_eq!(
        host["metadata"]["labels"][format!("{prefix}/byomachine-name")],
        format!("default.{name}")
    );
    assert_eq!(annotations[format!("{prefix}/k8sversion")], "v1.31.2");
    assert_eq!(annotations[format!("{prefix}/endpointip")], "192.0.2.7");
    assert_eq!(
        annotations[format!("{prefix}/bundle-registry")],
        "registry.example/k8s"
    );
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    for path in ["/spec/bootstrapSecret/name", "/spec/installationSecret/name"] {
        let secret = host.pointer(path).and_then(Value::as_str).expect(path);
        assert!(
            secrets.get_opt(secret).await.expect("an answer").is_some(),
            "{path}"
        );
    }
    assert!(host["spec"]["uninstallationScript"].is_string());
}

async fn nothing_is_left(pool: &Pool) {
    let fleet = &pool.fleet;
    for kind in kinds::ALL.into_iter().filter(|kind| *kind != Watched::ByoHost) {
        for object in fleet.list(kind).await {
            fleet.wait_gone(kind, &name_of(&object)).await;
        }
    }
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    for secret in secrets.list(&ListParams::default()).await.expect("secrets") {
        let name = secret.metadata.name.expect("a name");
        let gone = kube::runtime::wait::await_condition(secrets.clone(), &name, |secret: Option<&Secret>| {
            secret.is_none()
        });
        let waited = tokio::time::timeout(Duration::from_secs(20), gone).await;
        assert!(waited.is_ok(), "Secret {name} is left");
    }
    assert_eq!(
        fleet.server.logical_clusters(),
        [LogicalCluster::root()],
        "its control plane ended"
    );
    for host in fleet.list(Watched::ByoHost).await {
        let name = name_of(&host);
        assert_eq!(
            host.pointer("/spec").cloned().unwrap_or(json!({})),
            json!({}),
            "{name}"
        );
        // What said whose it was is gone; that it is simulated stays.
        let annotations = host["metadata"]["annotations"].as_object().expect("annotations");
        assert!(annotations.contains_key("simulated.fleetui.dev/host"), "{name}");
        let of_binding = |key: &String| key.starts_with("byoh.infrastructure.cluster.x-k8s.io/");
        assert!(!annotations.keys().any(of_binding), "{name}: {annotations:?}");
    }
    assert!(
        pool.events()
            .await
            .iter()
            .any(|(reason, _)| reason == "ByoHostReleaseSucceeded")
    );
}
