//! Upgrades that are walked, over an embedded management cluster: who holds them, who goes on with them, and what is written.

use std::sync::Arc;

use fleetui_api::kinds::core;
use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::clock::FrozenClock;
use fleetui_fleet::act::{Actor, Confirmed, Mode, Plan, WalkDeed};
use fleetui_fleet::preflight::{Aimed, preflight};
use fleetui_fleet::walk::{Here, Known, StepState, Walk, WalkState, plan_begin, plan_deed};
use http::Request;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::embedded::{management_clusters, send};
use super::*;
use crate::act::gate::Ground;
use crate::walk::{Held, Lease, Runner};
use crate::{Answer, FailureKind};

const NAMESPACE: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default";
const CONTROL_PLANES: &str =
    "/apis/controlplane.cluster.x-k8s.io/v1beta2/namespaces/default/kubeadmcontrolplanes";
const COMPONENTS: [&str; 5] = [
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "EtcdPodHealthy",
    "EtcdMemberHealthy",
];

/// Walks as a console is told of them.
type Told = mpsc::Receiver<Known>;

/// A management cluster with one cluster, `prod`, of which somebody else plays the controllers.
struct Stage {
    _server: ApiServer,
    api: kube::Client,
    clock: Arc<FrozenClock>,
    made: std::sync::atomic::AtomicUsize,
}

fn cluster_key() -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new("taipei"),
        core("Cluster"),
        ObjectName::new("default", "prod"),
    )
}

impl Stage {
    async fn set() -> Self {
        let (server, clusters) = management_clusters(&["taipei"]).await;
        let cluster: &LogicalCluster = &clusters[0];
        let stage = Self {
            api: server.client(cluster),
            _server: server,
            clock: FrozenClock::at("2026-06-01T12:00:00Z".parse().unwrap()),
            made: std::sync::atomic::AtomicUsize::new(0),
        };
        stage.objects().await;
        stage.roll_out().await;
        stage
    }

    async fn objects(&self) {
        let reference =
            |group: &str, kind: &str, name: &str| json!({"apiGroup": group, "kind": kind, "name": name});
        let infrastructure = reference("infrastructure.cluster.x-k8s.io", "DevMachineTemplate", "t");
        let cluster = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "prod"},
            "spec": {
                "controlPlaneRef": reference("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "prod-cp"),
                "infrastructureRef": reference("infrastructure.cluster.x-k8s.io", "DevCluster", "prod"),
            },
        });
        send(&self.api, "POST", &format!("{NAMESPACE}/clusters"), &cluster).await;
        let labels = json!({"cluster.x-k8s.io/cluster-name": "prod"});
        let control_plane = json!({
            "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlane",
            "metadata": {"name": "prod-cp", "labels": labels},
            "spec": {
                "replicas": 1, "version": "v1.31.2", "kubeadmConfigSpec": {"clusterConfiguration": {"imageRepository": "registry.k8s.io"}},
                "machineTemplate": {"spec": {"infrastructureRef": infrastructure}},
            },
        });
        send(&self.api, "POST", CONTROL_PLANES, &control_plane).await;
        let deployment = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
            "metadata": {"name": "md-0", "labels": labels},
            "spec": {
                "clusterName": "prod", "replicas": 1, "selector": {"matchLabels": {"pool": "md-0"}},
                "template": {
                    "metadata": {"labels": {"pool": "md-0"}},
                    "spec": {
                        "clusterName": "prod", "version": "v1.31.2", "bootstrap": {"dataSecretName": "s"},
                        "infrastructureRef": infrastructure,
                    },
                },
            },
        });
        send(
            &self.api,
            "POST",
            &format!("{NAMESPACE}/machinedeployments"),
            &deployment,
        )
        .await;
    }

    /// What the controllers would do in the end: machines of the versions that are asked for, and counters that say so.
    async fn roll_out(&self) {
        for (path, name, version) in [
            (CONTROL_PLANES.to_owned(), "prod-cp", "/spec/version"),
            (
                format!("{NAMESPACE}/machinedeployments"),
                "md-0",
                "/spec/template/spec/version",
            ),
        ] {
            let path = format!("{path}/{name}");
            let owner = send(&self.api, "GET", &path, &json!({})).await;
            let asked = owner.pointer(version).unwrap().clone();
            self.replace_machines(&owner, name, &asked).await;
            let status = json!({"status": {
                "observedGeneration": owner["metadata"]["generation"],
                "replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "upToDateReplicas": 1,
                "versions": [{"version": asked, "replicas": 1}],
                "initialization": {"controlPlaneInitialized": true},
                "conditions": [condition("Available")],
            }});
            self.merge(&format!("{path}/status"), &status).await;
        }
    }

    async fn replace_machines(&self, owner: &Value, name: &str, version: &Value) {
        let path = format!("{NAMESPACE}/machines");
        let list = send(&self.api, "GET", &path, &json!({})).await;
        let own: Vec<&Value> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|machine| machine["metadata"]["name"].as_str().unwrap().starts_with(name))
            .collect();
        if own.iter().any(|machine| machine["spec"]["version"] == *version) {
            return;
        }
        for old in own {
            let name = old["metadata"]["name"].as_str().unwrap();
            send(&self.api, "DELETE", &format!("{path}/{name}"), &json!({})).await;
        }
        let at = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let new = format!("{name}-{at}");
        let mut labels = json!({"cluster.x-k8s.io/cluster-name": "prod"});
        if owner["kind"] == "KubeadmControlPlane" {
            labels["cluster.x-k8s.io/control-plane"] = json!("");
        }
        let machine = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
            "metadata": {"name": new, "labels": labels, "ownerReferences": [{
                "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": name,
                "uid": owner["metadata"]["uid"], "controller": true,
            }]},
            "spec": {"clusterName": "prod", "version": version, "bootstrap": {"dataSecretName": "s"},
                "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": new}},
        });
        send(&self.api, "POST", &path, &machine).await;
        let conditions: Vec<Value> = COMPONENTS
            .iter()
            .chain(&["Available", "Ready"])
            .map(|kind| condition(kind))
            .collect();
        let status = json!({"status": {
            "phase": "Running", "nodeRef": {"name": new}, "conditions": conditions,
            "initialization": {"infrastructureProvisioned": true, "bootstrapDataSecretCreated": true},
        }});
        self.merge(&format!("{path}/{new}/status"), &status).await;
    }

    async fn merge(&self, path: &str, change: &Value) {
        let request = Request::patch(path)
            .header("content-type", "application/merge-patch+json")
            .body(change.to_string().into_bytes())
            .unwrap();
        self.api.request_text(request).await.unwrap();
    }

    /// A console of `user`, connected.
    async fn console(&self, user: &str) -> (FleetClient, Session) {
        let (client, session, mut told) = self.following_console(user).await;
        tokio::spawn(async move { while told.recv().await.is_some() {} });
        (client, session)
    }

    /// The same, and what it is told of walks.
    async fn following_console(&self, user: &str) -> (FleetClient, Session, Told) {
        let settings = ClientSettings {
            walk_every: Duration::from_millis(1),
            actor: Actor {
                user: user.into(),
                host: "jump-1".into(),
                by: "test".into(),
                ..Actor::default()
            },
            ..ClientSettings::default()
        };
        let target = Target::ready("taipei", self.api.clone());
        let (client, mut updates) = FleetClient::start(vec![target], self.clock.clone(), settings);
        let mut store = FleetStore::default();
        let name = ManagementCluster::new("taipei");
        while store.session(&name).is_none_or(|session| !session.is_live()) {
            store.apply(updates.recv().await.unwrap());
        }
        let session = store.session(&name).unwrap().as_ref().clone();
        let (sender, told) = mpsc::channel(1024);
        tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                if let Update::Walks(walks) = update {
                    for known in walks.walks {
                        // Nobody may listen any more.
                        let _ = sender.try_send(Known::clone(&known));
                    }
                }
            }
        });
        (client, session, told)
    }

    async fn asked_of(&self, path: &str, pointer: &str) -> Value {
        let object = send(&self.api, "GET", path, &json!({})).await;
        object.pointer(pointer).unwrap().clone()
    }

    async fn asked(&self) -> (Value, Value) {
        let control_plane = format!("{CONTROL_PLANES}/prod-cp");
        let workers = format!("{NAMESPACE}/machinedeployments/md-0");
        (
            self.asked_of(&control_plane, "/spec/version").await,
            self.asked_of(&workers, "/spec/template/spec/version").await,
        )
    }
}

fn condition(kind: &str) -> Value {
    json!({"type": kind, "status": "True", "reason": kind, "message": "", "lastTransitionTime": "2026-06-01T11:00:00Z"})
}

fn confirmed(plan: &Plan) -> Mode {
    Mode::Perform(Confirmed {
        digest: plan.digest(),
        typed: None,
        twice: true,
        anyway: true,
        dry_run_seconds: None,
    })
}

/// Plans the upgrade of the cluster, and stores it.
async fn begin(client: &FleetClient, session: &Session, to: &str) -> Walk {
    let key = cluster_key();
    let gathered = client.gather(&key).await.unwrap();
    let mut store = FleetStore::default();
    store.apply(Update::Session(Arc::new(session.clone())));
    let name = key.management_cluster.clone();
    store.apply(Update::Objects(fleetui_fleet::Batch {
        management_cluster: name.clone(),
        changes: gathered
            .objects
            .iter()
            .map(|object| {
                fleetui_fleet::Change::Upsert(Arc::new(fleetui_fleet::Row::project(name.clone(), object)))
            })
            .collect(),
    }));
    let to = to.parse().unwrap();
    let aimed = Aimed {
        to: Some(to),
        via: Vec::new(),
    };
    let found = preflight(&store, &key, &gathered, &aimed, gathered.read_at);
    assert_eq!(found.blocking(true).count(), 0, "{:?}", found.checks);
    let row = store.get(&key).unwrap();
    let by = (Actor::default(), None);
    let mut walk = Walk::planned(&found, row, aimed.to.as_ref().unwrap(), by, gathered.read_at);
    walk.anyway = true;
    let there = client.stored_walk(&key).await.unwrap();
    let there = there.as_ref().map(|there| &there.config_map);
    let plan = plan_begin(&store, row, (&found, &walk), there, gathered.read_at).unwrap();
    let mode = confirmed(&plan);
    let done = client.act(plan, mode).await;
    assert!(matches!(done, Ok(Answer::Done { .. })), "{done:?}");
    walk
}

async fn walk_of(client: &FleetClient) -> Walk {
    client
        .stored_walk(&cluster_key())
        .await
        .unwrap()
        .unwrap()
        .walk
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_line_pauses_and_another_console_resumes() {
    let stage = Arc::new(Stage::set().await);
    let (ada, session) = stage.console("ada").await;
    begin(&ada, &session, "v1.32.0").await;
    // Ada walks until the control plane was written, and her line drops.
    let (sender, mut written) = tokio::sync::mpsc::channel(64);
    let walking = {
        let (ada, session) = (ada.clone(), session.clone());
        tokio::spawn(async move {
            let stop = CancellationToken::new();
            let tell = |told: crate::WalkTold| {
                let is_rolling = matches!(told.walk.steps[0].state, StepState::Rolling(_));
                let _ = sender.try_send(is_rolling);
            };
            ada.walk(&cluster_key(), &session, &stop, tell).await
        })
    };
    while !written.recv().await.unwrap() {}
    walking.abort();
    assert!(walking.await.unwrap_err().is_cancelled());
    assert_eq!(stage.asked().await, (json!("v1.32.0"), json!("v1.31.2")));
    // What was begun rolls out by itself, and nothing further begins.
    stage.roll_out().await;
    let walk = walk_of(&ada).await;
    assert_eq!((walk.progress(), &walk.state), ((0, 2), &WalkState::Going));
    // Bob sees who held it, waits until that has run out, and goes on.
    let (bob, session) = stage.console("bob").await;
    let held = bob
        .stored_walk(&cluster_key())
        .await
        .unwrap()
        .unwrap()
        .holder
        .unwrap()
        .identity;
    assert!(held.starts_with("ada@jump-1 (test "), "{held}");
    let (sender, mut waits) = tokio::sync::mpsc::channel(64);
    let rolling = {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            while waits.recv().await.is_some() {
                stage.roll_out().await;
            }
        })
    };
    let mut said = Vec::new();
    let clock = stage.clock.clone();
    let stop = CancellationToken::new();
    let ended = bob
        .walk(&cluster_key(), &session, &stop, |told| {
            if told.what.contains("held it last") {
                clock.advance(Duration::from_secs(10));
            } else if told.what.contains("machines run") || told.what.contains("looked at since") {
                let _ = sender.try_send(());
            }
            said.push(told.what);
        })
        .await
        .unwrap();
    drop(sender);
    rolling.await.unwrap();
    assert_eq!(
        (ended.progress(), &ended.state),
        ((2, 2), &WalkState::Done),
        "{said:?}"
    );
    assert_eq!(stage.asked().await, (json!("v1.32.0"), json!("v1.32.0")));
    assert!(
        said[0].contains("ada@jump-1 (test ") && said[0].contains("held it last"),
        "{said:?}"
    );
    // Each object was written once, by whoever was there: an intent and an outcome each, and of Ada's the beginning as well.
    assert_eq!(ada.activity(50).await.unwrap().len(), 4);
    assert_eq!(bob.activity(50).await.unwrap().len(), 2);
    assert_eq!(
        bob.stored_walk(&cluster_key()).await.unwrap().unwrap().holder,
        None
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_is_paused_from_another_console_and_resumed() {
    let stage = Stage::set().await;
    let (ada, session) = stage.console("ada").await;
    begin(&ada, &session, "v1.32.0").await;
    let pause = async |deed: WalkDeed| {
        let there = ada.stored_walk(&cluster_key()).await.unwrap().unwrap();
        let now = fleetui_base::Clock::now(stage.clock.as_ref());
        let (plan, _) = plan_deed(
            &FleetStore::default(),
            (&cluster_key(), deed),
            &there.config_map,
            Vec::new(),
            "bob",
            now,
        )
        .unwrap();
        let mode = confirmed(&plan);
        ada.act(plan, mode).await.unwrap();
    };
    pause(WalkDeed::Pause).await;
    let stop = CancellationToken::new();
    let ended = ada.walk(&cluster_key(), &session, &stop, |_| {}).await.unwrap();
    assert_eq!(ended.state, WalkState::Paused("by bob".to_owned()));
    assert_eq!(stage.asked().await.0, json!("v1.31.2"));
    // Who is told to stop pauses it, too.
    pause(WalkDeed::Resume).await;
    stop.cancel();
    let interrupted = ada.walk(&cluster_key(), &session, &stop, |_| {}).await.unwrap();
    assert_eq!(interrupted.state, WalkState::Paused("by ada".to_owned()));
    pause(WalkDeed::Abandon).await;
    assert_eq!(walk_of(&ada).await.state, WalkState::Abandoned);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_lease_writes_nothing() {
    let stage = Stage::set().await;
    let (ada, session) = stage.console("ada").await;
    let (bob, _) = stage.console("bob").await;
    let walk = begin(&ada, &session, "v1.32.0").await;
    let key = cluster_key();
    let ground = ada.ground(&key.management_cluster).unwrap();
    let acts = ada.acts();
    let mut runner = Runner::new((&acts, &ground), &key, &session, |_| {});
    let stop = CancellationToken::new();
    runner.acquire(&stop).await.unwrap();
    runner.look().await.unwrap();
    assert_eq!(walk_of(&ada).await.steps[0].state, StepState::Writing);
    // Ada's machine sleeps; Bob sees her Lease stand still, and takes it.
    let other = bob.ground(&key.management_cluster).unwrap();
    let mut lease = Lease::new(&other, &key, "bob".to_owned());
    assert!(matches!(lease.take(Some(&walk)).await, Ok(Held::Theirs(..))));
    stage.clock.advance(Duration::from_secs(31));
    assert_eq!(lease.take(Some(&walk)).await, Ok(Held::Ours));
    let Err(lost) = runner.look().await else {
        panic!("it is lost")
    };
    assert_eq!(lost.kind, FailureKind::Conflict);
    assert!(lost.message.starts_with("bob walks this upgrade"), "{lost}");
    assert_eq!(stage.asked().await, (json!("v1.31.2"), json!("v1.31.2")));
    // Somebody who is there is not waited for.
    let clock = stage.clock.clone();
    let refused = {
        let mut renew = 0;
        let mut runner = Runner::new((&acts, &ground), &key, &session, |_| {
            renew += 1;
            clock.advance(Duration::from_secs(9));
        });
        let both = async {
            loop {
                lease.hold(Some(&walk)).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            refused = runner.acquire(&stop) => refused,
            () = both => unreachable!(),
        }
    };
    let refused = refused.unwrap_err();
    assert!(refused.message.starts_with("bob walks this upgrade"), "{refused}");
}

/// What a console is told of the walk of the cluster, the latest.
async fn until(told: &mut Told, holds: impl Fn(&Known) -> bool) -> Known {
    let waiting = async {
        loop {
            let known = told.recv().await.unwrap();
            if holds(&known) {
                return known;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting)
        .await
        .expect("it is never told")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_walked_by_one_console_is_seen_by_another_and_paused_when_that_ends() {
    let stage = Stage::set().await;
    let (ada, session, mut told) = stage.following_console("ada").await;
    begin(&ada, &session, "v1.32.0").await;
    let key = cluster_key();
    ada.take_up_walk(&key, &session).await.unwrap();
    // Twice is once.
    ada.take_up_walk(&key, &session).await.unwrap();
    let is_rolling = |known: &Known| matches!(known.walk().unwrap().steps[0].state, StepState::Rolling(_));
    let known = until(&mut told, |known| is_rolling(known) && known.is_walked_here()).await;
    assert!(known.holder.unwrap().identity.starts_with("ada@jump-1 (test "));
    // Bob has not begun it, and finds it among those that are stored; it is not his.
    let (bob, _, mut seen) = stage.following_console("bob").await;
    bob.look_at_walks(&key.management_cluster).await.unwrap();
    let known = until(&mut seen, |_| true).await;
    let now = fleetui_base::Clock::now(stage.clock.as_ref());
    assert_eq!(
        (known.cluster.clone(), known.is_walked_here()),
        (key.clone(), false)
    );
    assert!(known.is_walked(now), "{:?}", known.holder);
    assert!(known.holder.unwrap().identity.starts_with("ada@jump-1 (test "));
    // Ada leaves: it is paused, and nobody holds it.
    ada.shut_down().await;
    bob.look_at_walk(&key).await.unwrap();
    let known = until(&mut seen, |known| known.walk().unwrap().state != WalkState::Going).await;
    assert_eq!(
        known.walk().unwrap().state,
        WalkState::Paused("by ada".to_owned())
    );
    assert_eq!(known.holder, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_that_is_taken_up_twice_is_refused_to_the_second_and_it_is_told_why() {
    let stage = Arc::new(Stage::set().await);
    let (ada, session, mut told) = stage.following_console("ada").await;
    begin(&ada, &session, "v1.32.0").await;
    let key = cluster_key();
    ada.take_up_walk(&key, &session).await.unwrap();
    until(&mut told, |known| matches!(known.here, Some(Here::Walks(_)))).await;
    let (bob, session, mut seen) = stage.following_console("bob").await;
    bob.take_up_walk(&key, &session).await.unwrap();
    // Ada renews as time passes, and Bob sees that.
    let clock = stage.clock.clone();
    let passing = tokio::spawn(async move {
        loop {
            clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let fails = |known: &Known| matches!(known.here, Some(Here::Fails(_)));
    let known = until(&mut seen, fails).await;
    passing.abort();
    let Some(Here::Fails(why)) = &known.here else {
        panic!()
    };
    assert!(
        why.starts_with("ada@jump-1 (test ") && why.contains("walks this upgrade"),
        "{why}"
    );
    let again = bob.stored_walk(&key).await.unwrap().unwrap();
    assert_eq!(
        again.here, known.here,
        "it is known as long as nothing else happens"
    );
}

/// What one of two walkers does, or the clock.
#[derive(Debug, Clone, Copy)]
enum Event {
    Take(usize),
    Passes(u64),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_never_walk_at_once() {
    let stage = Stage::set().await;
    let (ada, _) = stage.console("ada").await;
    let ground: Ground = ada.ground(&ManagementCluster::new("taipei")).unwrap();
    let events = [
        Event::Take(0),
        Event::Take(1),
        Event::Passes(9),
        Event::Passes(31),
    ];
    let mut both = 0;
    for number in 0..events.len().pow(4) {
        let key = ObjectKey {
            object: ObjectName::new("default", &format!("c{number}")),
            ..cluster_key()
        };
        let mut leases = [0, 1].map(|who| Lease::new(&ground, &key, format!("walker-{who}")));
        // Somebody has it first; what comes then, in every order.
        let mut left = number;
        let mut story = vec![Event::Take(0)];
        for _ in 0..4 {
            story.push(events[left % events.len()]);
            left /= events.len();
        }
        for event in &story {
            match *event {
                Event::Take(who) => drop(leases[who].take(None).await.unwrap()),
                Event::Passes(seconds) => stage.clock.advance(Duration::from_secs(seconds)),
            }
            let fresh = leases.iter().filter(|lease| lease.is_fresh()).count();
            assert!(fresh <= 1, "{story:?}");
            both += usize::from(fresh == 1);
        }
    }
    // It is not that nobody ever walks.
    assert!(both > 100, "{both}");
}
