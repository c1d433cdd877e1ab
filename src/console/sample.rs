//! A small fleet for tests: the one of the design's picture, in the shape that v1beta2 objects have.

pub(crate) mod eras;

use std::sync::Arc;

use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_fleet::session::{ApiEra, Connection};
use fleetui_fleet::{Batch, Change, Permitted, Row, Session, Update};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, AppOptions};
use crate::chord::sequence;
use crate::effect::Effect;
use crate::msg::Msg;
use crate::update::update;

pub(crate) const CORE: &str = "cluster.x-k8s.io";
const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";
const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";

pub(crate) fn now() -> Timestamp {
    "2026-08-21T12:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> String {
    (now() - jiff::SignedDuration::from_mins(minutes)).to_string()
}

pub(crate) fn key(management_cluster: &str, group: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new(management_cluster),
        GroupKind::new(group, kind),
        ObjectName::new("default", name),
    )
}

/// What differs from object to object.
pub(crate) struct Object<'a> {
    pub(crate) group: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) cluster: &'a str,
    pub(crate) owner: Option<(&'a str, &'a str, &'a str)>,
    pub(crate) minutes: i64,
    pub(crate) spec: Value,
    pub(crate) status: Value,
}

impl Object<'_> {
    pub(crate) fn value(&self) -> Value {
        let owners: Vec<Value> = self
            .owner
            .iter()
            .map(|(group, kind, name)| {
                json!({"apiVersion": format!("{group}/v1beta2"), "kind": kind, "name": name, "controller": true,
                    "uid": format!("uid-{kind}-{name}")})
            })
            .collect();
        let mut labels = json!({"cluster.x-k8s.io/cluster-name": self.cluster});
        if self
            .owner
            .is_some_and(|(_, kind, _)| kind == "KubeadmControlPlane")
        {
            labels["cluster.x-k8s.io/control-plane"] = json!("");
        }
        json!({
            "apiVersion": format!("{}/v1beta2", self.group), "kind": self.kind,
            "metadata": {
                "namespace": "default", "name": self.name, "uid": format!("uid-{}-{}", self.kind, self.name),
                "resourceVersion": "100", "creationTimestamp": ago(self.minutes), "generation": 1,
                "labels": labels, "ownerReferences": owners,
            },
            "spec": self.spec, "status": self.status,
        })
    }
}

pub(crate) fn condition(kind: &str, status: &str, message: &str) -> Value {
    let reason = if message.is_empty() {
        kind.to_owned()
    } else {
        format!("Not{kind}")
    };
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": ago(46), "observedGeneration": 1})
}

fn counters(desired: i64, available: i64) -> Value {
    json!({"desiredReplicas": desired, "replicas": desired, "readyReplicas": available,
        "availableReplicas": available, "upToDateReplicas": desired})
}

fn reference(group: &str, kind: &str, name: &str) -> Value {
    json!({"apiGroup": group, "kind": kind, "name": name})
}

fn with(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

/// Everything of a cluster: its infrastructure, a control plane with one machine, a deployment with `workers` machines.
/// With `broken`, the last worker finds no host, and everything above it says so.
pub(crate) fn cluster(name: &str, workers: &[(&str, &str)], broken: Option<&str>) -> Vec<Value> {
    let (control_plane, set) = (format!("{name}-cp"), format!("{name}-md-0-x4b"));
    let there = i64::try_from(workers.len()).unwrap();
    let wished = there + i64::from(broken.is_some());
    let status = if broken.is_some() { "False" } else { "True" };
    let why = broken
        .map(|why| format!("* Machine {set}-x7k2p: {why}"))
        .unwrap_or_default();
    let conditions = |kind: &str| json!([condition(kind, status, &why), condition("Paused", "False", "")]);
    let in_cluster = Some((CORE, "Cluster", name));
    let mut objects = [
        Object {
            group: CORE,
            kind: "Cluster",
            name,
            cluster: name,
            owner: None,
            minutes: 312,
            spec: json!({
                "infrastructureRef": reference(INFRASTRUCTURE, "ByoCluster", name),
                "controlPlaneRef": reference(CONTROL_PLANE, "KubeadmControlPlane", &control_plane),
            }),
            status: json!({
                "phase": "Provisioned", "conditions": conditions("Available"),
                "initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true},
                "controlPlane": counters(1, 1), "workers": counters(wished, there),
            }),
        },
        Object {
            group: INFRASTRUCTURE,
            kind: "ByoCluster",
            name,
            cluster: name,
            owner: in_cluster,
            minutes: 312,
            spec: json!({}),
            status: json!({"initialization": {"provisioned": true}, "conditions": [condition("Ready", "True", "")]}),
        },
        Object {
            group: CONTROL_PLANE,
            kind: "KubeadmControlPlane",
            name: &control_plane,
            cluster: name,
            owner: in_cluster,
            minutes: 310,
            spec: json!({"replicas": 1, "version": "v1.31.2"}),
            status: with(
                counters(1, 1),
                json!({"initialization": {"controlPlaneInitialized": true}, "conditions": [condition("Available", "True", "")],
                    "versions": [{"version": "v1.31.2", "replicas": 1}]}),
            ),
        },
    ]
    .iter()
    .map(Object::value)
    .collect::<Vec<_>>();
    objects.extend(workers_of(name, (wished, there), broken));
    objects.push(machine(
        name,
        ("KubeadmControlPlane", &control_plane),
        "tn4rn",
        Ok("node-3"),
    ));
    for (suffix, node) in workers {
        objects.push(machine(name, ("MachineSet", &set), suffix, Ok(node)));
    }
    if let Some(why) = broken {
        objects.push(machine(name, ("MachineSet", &set), "x7k2p", Err(why)));
    }
    objects
}

/// The deployment of a cluster and its set.
fn workers_of(name: &str, (wished, there): (i64, i64), broken: Option<&str>) -> Vec<Value> {
    let (deployment, set) = (format!("{name}-md-0"), format!("{name}-md-0-x4b"));
    let status = if broken.is_some() { "False" } else { "True" };
    let why = broken
        .map(|why| format!("* Machine {set}-x7k2p: {why}"))
        .unwrap_or_default();
    let in_cluster = Some((CORE, "Cluster", name));
    [
        Object {
            group: CORE,
            kind: "MachineDeployment",
            name: &deployment,
            cluster: name,
            owner: in_cluster,
            minutes: 308,
            spec: json!({"clusterName": name, "replicas": wished, "template": {"spec": {"version": "v1.31.2"}}}),
            status: with(
                counters(wished, there),
                json!({"phase": if broken.is_some() { "ScalingUp" } else { "Running" }, "conditions": [condition("Available", status, &why), condition("Paused", "False", "")]}),
            ),
        },
        Object {
            group: CORE,
            kind: "MachineSet",
            name: &set,
            cluster: name,
            owner: Some((CORE, "MachineDeployment", &deployment)),
            minutes: 308,
            spec: json!({"clusterName": name, "replicas": wished, "template": {"spec": {"version": "v1.31.2"}}}),
            status: with(counters(wished, there), json!({"conditions": [condition("MachinesReady", status, &why)]})),
        },
    ]
    .iter()
    .map(Object::value)
    .collect()
}

/// A machine with a node, or one that waits, and why.
pub(crate) fn machine(cluster: &str, owner: (&str, &str), suffix: &str, node: Result<&str, &str>) -> Value {
    let name = format!("{}-{suffix}", owner.1);
    let group = if owner.0 == "MachineSet" {
        CORE
    } else {
        CONTROL_PLANE
    };
    let (status, why) = match node {
        Ok(_) => ("True", ""),
        Err(why) => ("False", why),
    };
    let mut conditions = vec![condition("Ready", status, why)];
    for kind in [
        "Available",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
    ] {
        conditions.push(condition(kind, status, why));
    }
    let mut phase =
        json!({"phase": if node.is_ok() { "Running" } else { "Pending" }, "conditions": conditions});
    if let Ok(node) = node {
        phase["nodeRef"] = json!({"name": node});
    }
    Object {
        group: CORE,
        kind: "Machine",
        name: &name,
        cluster,
        owner: Some((group, owner.0, owner.1)),
        minutes: if node.is_ok() { 308 } else { 46 },
        spec: json!({"clusterName": cluster, "version": "v1.31.2"}),
        status: phase,
    }
    .value()
}

pub(crate) fn row(management_cluster: &str, object: &Value) -> Change {
    Change::Upsert(Arc::new(Row::project(
        ManagementCluster::new(management_cluster),
        object,
    )))
}

pub(crate) fn objects(management_cluster: &str, objects: &[Value]) -> Update {
    Update::Objects(Batch {
        management_cluster: ManagementCluster::new(management_cluster),
        changes: objects
            .iter()
            .map(|object| row(management_cluster, object))
            .collect(),
    })
}

pub(crate) fn gone(key: &ObjectKey) -> Update {
    Update::Objects(Batch {
        management_cluster: key.management_cluster.clone(),
        changes: vec![Change::Delete(
            key.clone(),
            format!("uid-{}-{}", key.kind.kind, key.object.name).into(),
        )],
    })
}

pub(crate) fn session(name: &str, connection: Connection) -> Update {
    let server = format!("https://{name}.example:6443");
    let mut session = Session::idle(ManagementCluster::new(name), &server, false);
    session.permitted = Permitted::Everything;
    session.connection = connection;
    session.era = Some(ApiEra::V1Beta2);
    session.server_version = Some("v1.33.1".into());
    session.providers = vec![("cluster-api".into(), "v1.14.0".into())];
    Update::Session(Arc::new(session))
}

/// The fleet of the picture.
pub(crate) fn updates() -> Vec<Update> {
    let broken = "no free host matches site=b (3 free: site=a)";
    let stale = Connection::Stale {
        since: now() - jiff::SignedDuration::from_secs(42),
        why: "the watch was cut".to_owned(),
        retry_at: None,
    };
    vec![
        session("mgmt-taipei", Connection::Live),
        session("mgmt-tokyo", Connection::Live),
        session("mgmt-lab", stale),
        objects(
            "mgmt-taipei",
            &cluster(
                "byoh-cluster",
                &[("79q9d", "node-4"), ("k8v2s", "node-5")],
                Some(broken),
            ),
        ),
        objects("mgmt-tokyo", &cluster("payments", &[("2hx7l", "node-9")], None)),
        objects("mgmt-lab", &cluster("scratch", &[], None)),
    ]
}

pub(crate) fn options(size: (u16, u16)) -> AppOptions {
    AppOptions {
        size,
        ..AppOptions::new(now()).unwrap()
    }
}

/// The console over the fleet of the picture.
pub(crate) fn app(size: (u16, u16)) -> App {
    app_with(options(size), updates())
}

pub(crate) fn app_with(options: AppOptions, updates: Vec<Update>) -> App {
    let mut app = App::new(options).unwrap();
    update(&mut app, Msg::Tick(now()));
    update(&mut app, Msg::Fleet(updates));
    app
}

/// Presses keys; gives all effects that they asked for.
pub(crate) fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    sequence(keys)
        .unwrap()
        .into_iter()
        .flat_map(|chord| update(app, Msg::Key(chord)))
        .collect()
}

/// Types text, blanks included.
pub(crate) fn type_text(app: &mut App, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|character| update(app, Msg::Key(crate::chord::Chord::char(character))))
        .collect()
}

pub(crate) fn plain(app: &App) -> String {
    crate::runtime::Frame::of(app).plain()
}
