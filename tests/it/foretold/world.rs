//! An embedded management cluster with controllers, simulated machines and hosts, on a clock that goes with tokio's: hours of it
//! pass in a moment.

use std::sync::Arc;
use std::time::Duration;

use fleetui_apiserver::server::{self, Serving};
use fleetui_base::clock::SystemClock;
use fleetui_base::{Clock, ObjectName, SharedClock};
use fleetui_controllers::{
    ControllerSettings, ControllersHandle, SimulatedHostSettings, SimulatedHosts, SimulationSettings,
    simulate_hosts,
};
use fleetui_pki::ServerCredentials;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::machines::{Machines, condition};
use crate::embedded::Embedded;
use crate::workloads::{Address, EmbeddedWorkloads, logical};

/// The cluster of every namespace, and its control plane.
pub(super) const CLUSTER: &str = "c";
pub(super) const CONTROL_PLANE: &str = "c-cp";
/// What its first workers are called.
pub(super) const WORKERS: &str = "md-0";
/// The name of the management cluster.
pub(super) const HERE: &str = "here";

/// A clock that goes with tokio's.
struct Paused {
    start: Timestamp,
    since: Instant,
}

impl Paused {
    fn shared() -> SharedClock {
        // Certificates are judged by the machine's own clock, so that what is made in the hours that pass here is valid by then.
        let day = SignedDuration::from_hours(24);
        Arc::new(Self {
            start: SystemClock.now() - day,
            since: Instant::now(),
        })
    }
}

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.since.elapsed()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.since.elapsed()
    }
}

/// What the machines of a cluster stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    Simulated,
    Hosts,
}

/// How a cluster is made.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ground: Ground,
    pub(super) version: &'static str,
    pub(super) control_plane: i64,
    /// The `rollout` of the control plane.
    pub(super) rollout: Value,
    /// Its MachineDeployments: name, replicas, and what is merged into each.
    pub(super) workers: Vec<(&'static str, i64, Value)>,
}

/// The world.
pub(super) struct World {
    pub(super) embedded: Embedded,
    pub(super) clock: SharedClock,
    pub(super) machines: Machines,
    workloads: Arc<EmbeddedWorkloads>,
    controllers: ControllersHandle,
    serving: Serving,
    hosts: Vec<SimulatedHosts>,
}

/// An object of this kind, as it is asked for.
pub(super) fn thing(kind: &str, namespace: &str, name: &str) -> Value {
    let api_version = match kind {
        "Namespace" | "Pod" | "Node" => "v1",
        "PodDisruptionBudget" => "policy/v1",
        "KubeadmControlPlane" => "controlplane.cluster.x-k8s.io/v1beta2",
        "KubeadmConfigTemplate" => "bootstrap.cluster.x-k8s.io/v1beta2",
        "DevCluster" | "DevMachineTemplate" => "infrastructure.cluster.x-k8s.io/v1beta2",
        "ByoHost" | "ByoCluster" | "ByoMachine" | "ByoMachineTemplate" | "K8sInstallerConfigTemplate" => {
            "infrastructure.cluster.x-k8s.io/v1beta1"
        }
        _ => "cluster.x-k8s.io/v1beta2",
    };
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}

fn with_spec(kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    let mut object = thing(kind, namespace, name);
    object["spec"] = spec;
    object
}

fn reference(group: &str, kind: &str, name: &str) -> Value {
    json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": name})
}

fn settings() -> ControllerSettings {
    ControllerSettings {
        simulation: SimulationSettings {
            seed: 7,
            ..SimulationSettings::default()
        },
        name_seed: Some(7),
        // Nothing is cut here, so that it need not be asked for that often.
        probe_interval: Duration::from_mins(1),
        remote_connection_grace: Duration::from_mins(3),
        budget_interval: Duration::from_secs(10),
        ..ControllerSettings::default()
    }
}

impl World {
    pub(super) async fn start() -> Self {
        let clock = Paused::shared();
        let embedded = Embedded::as_served_at(clock.clone()).await;
        let server = embedded.server();
        let credentials = ServerCredentials::ephemeral(&server::names(), SystemClock.now()).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let serving = server.serve(listen, &credentials).await.unwrap();
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: serving.local_address().port(),
            authority_pem: credentials.authority.certificate_pem().to_owned(),
        };
        let workloads = Arc::new(EmbeddedWorkloads::new(server, address));
        let client = embedded.client();
        let controllers = fleetui_controllers::start(
            client.clone(),
            workloads.clone(),
            settings(),
            clock.clone(),
            &fleetui_controllers::Standing::default(),
        );
        Self {
            machines: Machines::follow(client, clock.clone()),
            embedded,
            clock,
            workloads,
            controllers,
            serving,
            hosts: Vec::new(),
        }
    }

    /// Ends it in order: who writes stops first.
    pub(super) async fn end(self) {
        for hosts in self.hosts {
            hosts.stop().await;
        }
        self.controllers.stop().await;
        self.serving.shutdown().await;
        self.embedded.stop().await;
    }

    /// Simulated hosts that join a namespace.
    pub(super) fn add_hosts(&mut self, namespace: &str, prefix: &str, count: u32, os_image: &str) {
        let settings = SimulatedHostSettings {
            namespace: namespace.to_owned(),
            prefix: prefix.to_owned(),
            os_image: os_image.to_owned(),
            ..SimulatedHostSettings::default()
        };
        let hosts = simulate_hosts(
            self.embedded.client(),
            self.workloads.clone(),
            count,
            settings,
            self.clock.clone(),
        );
        self.hosts.push(hosts);
    }

    /// Makes a namespace and the cluster in it.
    pub(super) async fn cluster(&self, namespace: &str, shape: &Shape) {
        self.embedded.create(&thing("Namespace", "", namespace)).await;
        for object in objects(namespace, shape) {
            self.embedded.create(&object).await;
        }
    }

    /// The API of the workload cluster of a namespace.
    pub(super) fn workload(&self, namespace: &str) -> Embedded {
        self.embedded
            .beside(&logical(&ObjectName::new(namespace, CLUSTER)))
    }

    pub(super) async fn get(&self, kind: &str, namespace: &str, name: &str) -> Value {
        self.embedded.read(&thing(kind, namespace, name)).await
    }

    pub(super) async fn merge(&self, kind: &str, namespace: &str, name: &str, patch: Value) {
        let merged = self.embedded.merge(&thing(kind, namespace, name), &patch).await;
        merged.unwrap_or_else(|why| panic!("{kind} {namespace}/{name}: {why}"));
    }

    /// The names of the machines that `maker` made, in their order.
    pub(super) fn machines_of(&self, namespace: &str, maker: &str) -> Vec<String> {
        self.machines.of(namespace, maker).into_keys().collect()
    }

    /// The node of a machine.
    pub(super) async fn node_of(&self, namespace: &str, machine: &str) -> String {
        let machine = self.get("Machine", namespace, machine).await;
        machine["status"]["nodeRef"]["name"]
            .as_str()
            .expect("a node")
            .to_owned()
    }

    /// Whether the cluster of the namespace is Available with all of its machines.
    pub(super) async fn is_available(&self, namespace: &str) -> bool {
        let cluster = self.get("Cluster", namespace, CLUSTER).await;
        condition(&cluster, "Available").is_some_and(|available| available["status"] == "True")
    }

    /// What the conditions of all objects of a kind in the namespace say.
    pub(super) async fn says(&self, kind: &str, namespace: &str) -> Vec<String> {
        let all = self.embedded.list(&thing(kind, namespace, "any")).await;
        let mut said = Vec::new();
        for object in &all {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
            for told in conditions.into_iter().flatten() {
                let text = |field: &str| told[field].as_str().unwrap_or_default();
                said.push(format!(
                    "{name}: {} {} {}: {}",
                    text("type"),
                    text("status"),
                    text("reason"),
                    text("message")
                ));
            }
        }
        said
    }
}

/// Everything that a cluster is made of.
fn objects(namespace: &str, shape: &Shape) -> Vec<Value> {
    let (template, infrastructure) = match shape.ground {
        Ground::Simulated => ("DevMachineTemplate", "DevCluster"),
        Ground::Hosts => ("ByoMachineTemplate", "ByoCluster"),
    };
    let mut objects = Vec::new();
    match shape.ground {
        Ground::Simulated => {
            let machine = json!({"template": {"spec": {"backend": {"inMemory": {}}}}});
            objects.push(with_spec(template, namespace, "t", machine));
            let cluster = json!({"backend": {"inMemory": {}}});
            objects.push(with_spec(infrastructure, namespace, CLUSTER, cluster));
        }
        Ground::Hosts => {
            let installer =
                json!({"template": {"spec": {"bundleRepo": "registry.example/k8s", "bundleType": "k8s"}}});
            objects.push(with_spec("K8sInstallerConfigTemplate", namespace, "t", installer));
            let machine = json!({"template": {"spec": {"installerRef": {
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "K8sInstallerConfigTemplate", "name": "t"
            }}}});
            objects.push(with_spec(template, namespace, "t", machine));
            let cluster = json!({"controlPlaneEndpoint": {"host": "192.0.2.7"}, "bundleLookupBaseRegistry": "registry.example/k8s"});
            objects.push(with_spec(infrastructure, namespace, CLUSTER, cluster));
        }
    }
    let joins =
        json!({"template": {"spec": {"joinConfiguration": {"nodeRegistration": {"name": "{{ name }}"}}}}});
    objects.push(with_spec("KubeadmConfigTemplate", namespace, "t", joins));
    let control_plane = json!({
        "replicas": shape.control_plane, "version": shape.version, "rollout": shape.rollout,
        "machineTemplate": {"spec": {"infrastructureRef": reference("infrastructure", template, "t")}},
        "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}},
    });
    objects.push(with_spec(
        "KubeadmControlPlane",
        namespace,
        CONTROL_PLANE,
        control_plane,
    ));
    for (name, replicas, more) in &shape.workers {
        let spec = json!({
            "clusterName": CLUSTER, "replicas": replicas,
            "template": {"spec": {
                "clusterName": CLUSTER, "version": shape.version,
                "bootstrap": {"configRef": reference("bootstrap", "KubeadmConfigTemplate", "t")},
                "infrastructureRef": reference("infrastructure", template, "t"),
            }},
        });
        let mut deployment = with_spec("MachineDeployment", namespace, name, spec);
        merge(&mut deployment, more);
        objects.push(deployment);
    }
    let cluster = json!({
        "controlPlaneRef": reference("controlplane", "KubeadmControlPlane", CONTROL_PLANE),
        "infrastructureRef": reference("infrastructure", infrastructure, CLUSTER),
    });
    objects.push(with_spec("Cluster", namespace, CLUSTER, cluster));
    objects
}

/// Fields of one object over those of another.
fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, field) in more {
                merge(into.entry(name).or_insert(Value::Null), field);
            }
        }
        (into, more) => *into = more.clone(),
    }
}
