//! The walkthrough on six hosts, from the template to the last host given back: on a clock that stands still while anything is under
//! way and then steps to the next moment at which something is due. The real durations, in a few seconds, with the same names each time.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use fleetui_apiserver::ApiServer;
use fleetui_base::clock::Clock;
use fleetui_rules::template::Template;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::DaemonSet;
use kube::api::PostParams;
use kube::runtime::watcher::{self, Event as Watch, watcher};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::fleet_tests::harness::number;
use crate::settings::{ControllerSettings, Network};

const CLUSTER: &str = "byoh-cluster";
const DEPLOYMENT: &str = "byoh-cluster-md-0";
const CONTROL_PLANE: &str = "byoh-cluster-control-plane";

/// What `fleetui generate cluster --infrastructure byoh` fills in.
const TEMPLATE: &str = include_str!("../../../fleet/create/byoh.yaml");

/// The clock of a paused runtime: whoever sleeps and whoever asks for the time go by the same one.
struct RuntimeClock {
    start: Timestamp,
    began: Instant,
}

impl RuntimeClock {
    fn shared() -> Arc<Self> {
        Arc::new(Self {
            start: "2026-06-01T12:00:00Z".parse().expect("a time"),
            began: Instant::now(),
        })
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).expect("a while");
        self.start.checked_add(passed).expect("a time")
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

/// What has come to pass, and when.
#[derive(Clone)]
struct Tale {
    clock: Arc<RuntimeClock>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Tale {
    fn note(&self, what: &str) {
        let line = format!("{:>4} {what}", self.clock.monotonic().as_secs());
        self.lines.lock().expect("a list").push(line);
    }

    fn told(&self) -> Vec<String> {
        self.lines.lock().expect("a list").clone()
    }

    /// Notes whenever the phase of an object of this kind changes, and its end.
    async fn follow(self, api: Api<kube::core::DynamicObject>, kind: Watched) {
        let mut phases: BTreeSet<String> = BTreeSet::new();
        let events = watcher(api, watcher::Config::default());
        futures::pin_mut!(events);
        while let Some(event) = events.next().await {
            match event.expect("a watch") {
                Watch::Apply(object) | Watch::InitApply(object) => {
                    let name = object.metadata.name.clone().expect("a name");
                    let phase = object.data.pointer("/status/phase").and_then(Value::as_str);
                    let what = format!("{} {name} {}", kind.kind(), phase.unwrap_or("there"));
                    if phases.insert(what.clone()) {
                        self.note(&what);
                    }
                }
                Watch::Delete(object) => {
                    let name = object.metadata.name.expect("a name");
                    self.note(&format!("{} {name} gone", kind.kind()));
                }
                Watch::Init | Watch::InitDone => {}
            }
        }
    }

    /// Where a line that ends so stands.
    fn place(&self, end: &str) -> usize {
        let told = self.told();
        let place = told.iter().position(|line| line.ends_with(end));
        place.unwrap_or_else(|| panic!("{end:?} is not in {told:#?}"))
    }
}

/// The pool, its tale and those who write it.
struct Story {
    pool: Pool,
    tale: Tale,
    followers: JoinSet<()>,
}

impl Story {
    async fn begin() -> Self {
        let clock = RuntimeClock::shared();
        let tale = Tale {
            clock: clock.clone(),
            lines: Arc::default(),
        };
        let settings = ControllerSettings {
            name_seed: Some(1),
            ..ControllerSettings::default()
        };
        let builder = ApiServer::builder().named_uids(1);
        let fleet = Fleet::start_on(builder, Arc::new(|client| client), settings, clock.clone()).await;
        let mut followers = JoinSet::new();
        for kind in [
            Watched::Cluster,
            Watched::KubeadmControlPlane,
            Watched::MachineDeployment,
            Watched::MachineSet,
            Watched::Machine,
            Watched::ByoMachine,
            Watched::ByoCluster,
        ] {
            followers.spawn(tale.clone().follow(fleet.api(kind), kind));
        }
        let usual = SimulatedHostSettings {
            simulation: SimulationSettings {
                network: Network::Awaited,
                ..SimulationSettings::default()
            },
            ..SimulatedHostSettings::default()
        };
        let hosts = simulate_hosts(fleet.client.clone(), fleet.workloads(), 6, usual, clock);
        let pool = Pool { fleet, hosts };
        pool.wait_free(6).await;
        Self {
            pool,
            tale,
            followers,
        }
    }

    /// Lets a step of the story come to pass, and tells how many seconds it took.
    async fn within<T>(&self, step: impl Future<Output = T>) -> (T, u64) {
        let before = self.tale.clock.monotonic();
        let result = step.await;
        let took = self.tale.clock.monotonic().saturating_sub(before);
        (result, took.as_secs())
    }

    /// As kubectl prints a list: a line for each row, without the age.
    async fn table(&self, client: &kube::Client, path: &str) -> Vec<String> {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
        let request = http::Request::get(path).header("Accept", accept);
        let request = request.body(Vec::new()).expect("a request");
        let table: Value = client.request(request).await.expect("a table");
        let columns = table["columnDefinitions"].as_array().expect("columns");
        let shown = |cells: &[Value]| {
            let mut line = String::new();
            for (column, cell) in columns.iter().zip(cells) {
                if column["priority"] == 0 && column["name"] != "Age" {
                    let cell = cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
                    let _ = write!(line, "{} ", if cell == "null" { "-" } else { &cell });
                }
            }
            line.trim_end().to_owned()
        };
        let rows = table["rows"].as_array().expect("rows");
        rows.iter()
            .map(|row| shown(row["cells"].as_array().expect("cells")))
            .collect()
    }

    async fn listed(&self, group: &str, version: &str, plural: &str) -> Vec<String> {
        let path = format!("/apis/{group}.x-k8s.io/{version}/namespaces/default/{plural}");
        self.table(&self.pool.fleet.client, &path).await
    }

    async fn nodes(&self) -> Vec<String> {
        self.table(&self.pool.fleet.workload(CLUSTER), "/api/v1/nodes")
            .await
    }

    /// An object as clients of v1beta1 see it.
    async fn old(&self, kind: Watched, name: &str) -> Value {
        let mut resource = kind.resource();
        resource.version = "v1beta1".to_owned();
        resource.api_version = format!("{}/v1beta1", kind.group());
        let api: Api<kube::core::DynamicObject> =
            Api::namespaced_with(self.pool.fleet.client.clone(), "default", &resource);
        serde_json::to_value(api.get(name).await.expect("it is there")).expect("JSON")
    }

    /// The machines of the MachineDeployment.
    async fn workers(&self) -> Vec<Value> {
        let mut machines = self.pool.fleet.list(Watched::Machine).await;
        machines.retain(|machine| name_of(machine).starts_with(DEPLOYMENT));
        machines
    }

    async fn available(&self, workers: i64) {
        self.pool
            .fleet
            .wait_available_with(CLUSTER, DEPLOYMENT, workers)
            .await;
    }

    async fn all_run(&self, count: usize) {
        let runs = |machine: &Value| machine["status"]["phase"] == "Running";
        self.pool.fleet.wait_count(Watched::Machine, count, runs).await;
    }
}

/// The objects of the template with the walkthrough's variables.
fn generated() -> Vec<Value> {
    let value = |name: &str| {
        let value = match name {
            "CLUSTER_NAME" => CLUSTER,
            "NAMESPACE" => "default",
            "KUBERNETES_VERSION" => "v1.31.2",
            "KUBERNETES_MINOR" => "31",
            "CONTROL_PLANE_MACHINE_COUNT" | "WORKER_MACHINE_COUNT" => "1",
            "CONTROL_PLANE_ENDPOINT_IP" => "192.0.2.7",
            "BUNDLE_LOOKUP_BASE_REGISTRY" => "registry.example/byoh",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let template = Template::parse(TEMPLATE).expect("a template");
    let text = template.render(value).expect("all variables");
    let objects = text.split("\n---\n").map(serde_yaml::from_str);
    objects.collect::<Result<_, _>>().expect("YAML")
}

async fn a_cluster_is_applied(story: &Story) {
    let objects = generated();
    assert_eq!(objects.len(), 9);
    for object in objects {
        let (group, _) = object["apiVersion"]
            .as_str()
            .and_then(|text| text.split_once('/'))
            .expect("a group");
        let kind = object["kind"].as_str().expect("a kind");
        let kind = Watched::find(group, kind).unwrap_or_else(|| panic!("nobody watches {kind}"));
        let object = serde_json::from_value(object).expect("an object");
        let created = story
            .pool
            .fleet
            .api(kind)
            .create(&PostParams::default(), &object)
            .await;
        created.expect("created");
    }
}

async fn its_machines_run_on_two_hosts(story: &Story) {
    let fleet = &story.pool.fleet;
    let hosts = story
        .listed("infrastructure.cluster", "v1beta1", "byohosts")
        .await;
    let expected: Vec<String> = (1..=6)
        .map(|number| format!("node-{number} linux Ubuntu 22.04.5 LTS amd64"))
        .collect();
    assert_eq!(hosts, expected);
    let ((), took) = story
        .within(async {
            a_cluster_is_applied(story).await;
            story.all_run(2).await;
        })
        .await;
    assert!(
        (60..80).contains(&took),
        "two installations one after the other: {took} s"
    );
    story.pool.wait_free(4).await;
    let taken = |host: &Value| host["spec"]["claimRef"].is_object();
    let taken = fleet.wait_count(Watched::ByoHost, 2, taken).await;
    let taken: Vec<_> = taken.iter().map(name_of).collect();
    assert_eq!(taken, ["node-1", "node-2"], "the first of those that are alike");
}

/// Until there is a network for Pods, nothing above the nodes is Available: in the columns of either version.
async fn without_a_network_nothing_is_available(story: &Story) {
    assert_eq!(
        story.nodes().await,
        [
            "node-1 NotReady control-plane v1.31.2",
            "node-2 NotReady <none> v1.31.2"
        ]
    );
    let machines = story.listed("cluster", "v1beta2", "machines").await;
    let ends = |ends: [&str; 2]| {
        machines.len() == 2 && machines.iter().zip(ends).all(|(line, end)| line.ends_with(end))
    };
    assert!(
        ends([
            " byoh-cluster node-1 - False False True Running v1.31.2",
            " byoh-cluster node-2 - False False True Running v1.31.2"
        ]),
        "{machines:#?}"
    );
    for line in story.listed("cluster", "v1beta1", "machines").await {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words.len(), 6, "{line}");
        assert!(words[3].starts_with(&format!("byoh://{}/", words[2])), "{line}");
        assert_eq!((words[1], words[4], words[5]), (CLUSTER, "Running", "v1.31.2"));
    }
    for (version, line) in [
        (
            "v1beta2",
            "byoh-cluster-md-0 byoh-cluster False 1 1 0 0 1 Running v1.31.2",
        ),
        (
            "v1beta1",
            "byoh-cluster-md-0 byoh-cluster 1 0 1 1 ScalingUp v1.31.2",
        ),
    ] {
        assert_eq!(
            story.listed("cluster", version, "machinedeployments").await,
            [line]
        );
    }
    for (version, line) in [
        (
            "v1beta2",
            "byoh-cluster-control-plane byoh-cluster True 1 1 0 0 1 true v1.31.2",
        ),
        (
            "v1beta1",
            "byoh-cluster-control-plane byoh-cluster true false 1 0 1 1 v1.31.2",
        ),
    ] {
        let listed = story
            .listed("controlplane.cluster", version, "kubeadmcontrolplanes")
            .await;
        assert_eq!(listed, [line]);
    }
    for (version, line) in [
        ("v1beta2", "byoh-cluster - False 1 0 1 1 0 1 Provisioned -"),
        ("v1beta1", "byoh-cluster - Provisioned -"),
    ] {
        assert_eq!(story.listed("cluster", version, "clusters").await, [line]);
    }
}

/// Each version says why in its own words; and the cause is told with every machine.
async fn the_missing_network_is_told(story: &Story) {
    let fleet = &story.pool.fleet;
    let old = story.old(Watched::MachineDeployment, DEPLOYMENT).await;
    let available = old_condition(&old, "Available").expect("a condition");
    assert_eq!(
        (&available["reason"], &available["message"]),
        (
            &json!("WaitingForAvailableMachines"),
            &json!("Minimum availability requires 1 replicas, current 0 available")
        )
    );
    let deployment = fleet.get(Watched::MachineDeployment, DEPLOYMENT).await;
    let available = old_condition(&deployment, "Available").expect("a condition");
    assert_eq!(
        (&available["status"], &available["message"]),
        (
            &json!("False"),
            &json!(
                "0 available replicas, at least 1 required (spec.strategy.rollout.maxUnavailable is 0, spec.replicas is 1)"
            )
        )
    );
    for worker in story.workers().await {
        let ready = old_condition(&worker, "Ready").expect("a condition");
        let message = ready["message"].as_str().expect("a message");
        assert!(message.contains("cni plugin not initialized"), "{message}");
    }
    fleet.settle().await;
}

async fn a_network_makes_everything_available(story: &Story) {
    let network: DaemonSet = serde_json::from_value(json!({
        "metadata": {"name": "network"},
        "spec": {
            "selector": {"matchLabels": {"app": "network"}},
            "template": {
                "metadata": {"labels": {"app": "network"}},
                "spec": {
                    "containers": [{"name": "network", "image": "registry.example/network:v1"}],
                    "volumes": [{"name": "networks", "hostPath": {"path": "/etc/cni/net.d"}}]
                }
            }
        }
    }))
    .expect("a DaemonSet");
    let sets: Api<DaemonSet> = Api::namespaced(story.pool.fleet.workload(CLUSTER), "kube-system");
    let ((), took) = story
        .within(async {
            sets.create(&PostParams::default(), &network)
                .await
                .expect("created");
            story.available(1).await;
        })
        .await;
    assert!(took < 2, "nobody waits for a heartbeat: {took} s");
    assert_eq!(
        story.nodes().await,
        [
            "node-1 Ready control-plane v1.31.2",
            "node-2 Ready <none> v1.31.2"
        ]
    );
    let clusters = story.listed("cluster", "v1beta2", "clusters").await;
    assert_eq!(clusters, ["byoh-cluster - True 1 1 1 1 1 1 Provisioned -"]);
    for version in ["v1beta2", "v1beta1"] {
        let deployments = story.listed("cluster", version, "machinedeployments").await;
        assert!(deployments[0].ends_with(" Running v1.31.2"), "{deployments:?}");
    }
}

async fn more_and_fewer(story: &Story) {
    let fleet = &story.pool.fleet;
    let scale = async |replicas: i64| {
        let patch = json!({"spec": {"replicas": replicas}});
        fleet.patch(Watched::MachineDeployment, DEPLOYMENT, patch).await;
    };
    scale(3).await;
    let grows = |deployment: &Value| number(deployment, "/status/replicas") == 3;
    fleet.wait(Watched::MachineDeployment, DEPLOYMENT, grows).await;
    let old = story.old(Watched::MachineDeployment, DEPLOYMENT).await;
    assert_eq!(old["status"]["phase"], "ScalingUp", "two are not ready");
    let ((), took) = story.within(story.available(3)).await;
    assert!(
        (30..45).contains(&took),
        "both at the same time, and Ready at once: {took} s"
    );
    story.pool.wait_free(2).await;
    assert_eq!(story.nodes().await.len(), 4);
    scale(1).await;
    story.available(1).await;
    story.pool.wait_free(4).await;
    assert_eq!(story.nodes().await.len(), 2);
    fleet.settle().await;
}

/// One more than wished comes up at the new version; only then the old one goes.
async fn the_workers_are_upgraded(story: &Story) {
    let fleet = &story.pool.fleet;
    let [before] = story.workers().await.try_into().expect("one worker");
    let before = name_of(&before);
    let patch = json!({"spec": {"template": {"spec": {"version": "v1.31.4"}}}});
    fleet.patch(Watched::MachineDeployment, DEPLOYMENT, patch).await;
    let surges = |deployment: &Value| number(deployment, "/status/replicas") == 2;
    fleet.wait(Watched::MachineDeployment, DEPLOYMENT, surges).await;
    let mut both = story.workers().await;
    both.retain(|machine| name_of(machine) != before);
    let [after] = both.try_into().expect("one more");
    assert_eq!(after["spec"]["version"], "v1.31.4");
    let after = name_of(&after);
    fleet.wait_gone(Watched::Machine, &before).await;
    let (came, went) = (
        story.tale.place(&format!(" Machine {after} Running")),
        story.tale.place(&format!(" Machine {before} Deleting")),
    );
    assert!(came < went, "{:#?}", story.tale.told());
    let done = |deployment: &Value| {
        number(deployment, "/status/replicas") == 1 && number(deployment, "/status/upToDateReplicas") == 1
    };
    fleet.wait(Watched::MachineDeployment, DEPLOYMENT, done).await;
    story.available(1).await;
    let machines = story.listed("cluster", "v1beta2", "machines").await;
    assert_eq!(machines.len(), 2);
    assert!(
        machines[1].starts_with(&after) && machines[1].ends_with(" True True True Running v1.31.4"),
        "{machines:#?}"
    );
    let nodes = story.nodes().await;
    assert!(
        nodes.len() == 2 && nodes[1].ends_with(" Ready <none> v1.31.4"),
        "{nodes:?}"
    );
    story.pool.wait_free(4).await;
    fleet.settle().await;
}

async fn the_end(story: &Story) {
    let fleet = &story.pool.fleet;
    let [worker] = story.workers().await.try_into().expect("one worker");
    let worker = name_of(&worker);
    let plane = fleet.list(Watched::Machine).await;
    let plane = plane
        .iter()
        .map(name_of)
        .find(|name| name.starts_with(CONTROL_PLANE));
    let plane = plane.expect("a control plane");
    let cluster = fleet.api(Watched::Cluster);
    cluster
        .delete(CLUSTER, &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, CLUSTER).await;
    story.pool.wait_free(6).await;
    nothing_is_left(&story.pool).await;
    let order = [
        format!(" Machine {worker} gone"),
        format!(" Machine {plane} Deleting"),
        format!(" Machine {plane} gone"),
        format!(" KubeadmControlPlane {CONTROL_PLANE} gone"),
        format!(" ByoCluster {CLUSTER} gone"),
        format!(" Cluster {CLUSTER} gone"),
    ];
    let places: Vec<usize> = order.iter().map(|end| story.tale.place(end)).collect();
    assert!(places.is_sorted(), "{:#?}", story.tale.told());
}

#[tokio::test(start_paused = true)]
async fn the_walkthrough_on_hosts() {
    let mut story = Story::begin().await;
    its_machines_run_on_two_hosts(&story).await;
    without_a_network_nothing_is_available(&story).await;
    the_missing_network_is_told(&story).await;
    a_network_makes_everything_available(&story).await;
    more_and_fewer(&story).await;
    the_workers_are_upgraded(&story).await;
    the_end(&story).await;
    story.followers.shutdown().await;
    let told = story.tale.told();
    let of_plane = |line: &&String| line.contains(&format!(" Machine {CONTROL_PLANE}"));
    let phases: Vec<_> = told
        .iter()
        .filter(of_plane)
        .filter_map(|line| line.split(' ').next_back())
        .collect();
    let phases = phases.join(" ");
    // Its bootstrap data may be there before its first phase is.
    assert!(
        phases.ends_with("Provisioning Provisioned Running Deleting gone"),
        "{told:#?}"
    );
    // Workers wait for theirs.
    let waits =
        |line: &String| line.contains(&format!(" Machine {DEPLOYMENT}")) && line.ends_with(" Pending");
    assert!(told.iter().any(waits), "{told:#?}");
    story.pool.stop().await;
}
