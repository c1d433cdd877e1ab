//! Objects for tests, as the three eras of Cluster API write them.

use std::sync::Arc;

use fleetui_base::{ManagementCluster, ObjectKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::batch::{Batch, Change, Update};
use crate::row::Row;
use crate::session::{Connection, Session};
use crate::store::FleetStore;

pub(crate) use layers::with_layers;

pub(crate) mod hosts;
mod layers;

/// The time at which tests look.
pub(crate) const NOW: &str = "2026-08-21T12:00:00Z";
/// Long before.
pub(crate) const CREATED: &str = "2026-08-21T07:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

pub(crate) fn mgmt(name: &str) -> ManagementCluster {
    ManagementCluster::new(name)
}

/// A metav1 condition.
pub(crate) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": CREATED, "observedGeneration": 1,
    })
}

/// An old condition.
pub(crate) fn old_condition(kind: &str, status: &str, severity: &str, reason: &str, message: &str) -> Value {
    let mut condition = json!({ "type": kind, "status": status, "lastTransitionTime": CREATED });
    for (key, value) in [("severity", severity), ("reason", reason), ("message", message)] {
        if !value.is_empty() {
            condition[key] = json!(value);
        }
    }
    condition
}

/// An object of `default`; spec and status are merged into it by the caller.
pub(crate) fn object(api_version: &str, kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "namespace": "default", "name": name, "uid": format!("{:0>36}", format!("{kind}-{name}")),
            "resourceVersion": "1000", "creationTimestamp": CREATED, "generation": 1,
        },
        "spec": {}, "status": {},
    })
}

/// Puts `value` at the JSON pointer `pointer`, making objects on the way.
pub(crate) fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for key in pointer.trim_start_matches('/').split('/') {
        let key = key.replace("~1", "/");
        place = match place {
            Value::Array(list) => &mut list[key.parse::<usize>().expect("an index")],
            other => &mut other[key],
        };
    }
    *place = value;
}

pub(crate) fn with(mut object: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        set(&mut object, pointer, value.clone());
    }
    object
}

fn owner(api_version: &str, kind: &str, name: &str) -> Value {
    json!([{ "apiVersion": api_version, "kind": kind, "name": name, "controller": true,
        "uid": format!("{:0>36}", format!("{kind}-{name}")) }])
}

pub(crate) const CORE: &str = "cluster.x-k8s.io/v1beta2";
pub(crate) const KCP: &str = "controlplane.cluster.x-k8s.io/v1beta2";
pub(crate) const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io/v1beta2";
pub(crate) const BOOTSTRAP: &str = "bootstrap.cluster.x-k8s.io/v1beta2";

pub(crate) fn cluster(name: &str) -> Value {
    with(
        object(CORE, "Cluster", name),
        &[
            (
                "/spec/infrastructureRef",
                json!({ "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": name }),
            ),
            (
                "/spec/controlPlaneRef",
                json!({ "apiGroup": "controlplane.cluster.x-k8s.io", "kind": "KubeadmControlPlane", "name": format!("{name}-cp") }),
            ),
            ("/status/phase", json!("Provisioned")),
            (
                "/status/initialization",
                json!({ "infrastructureProvisioned": true, "controlPlaneInitialized": true }),
            ),
            (
                "/status/conditions",
                json!([
                    condition("Available", "True", "Available", ""),
                    condition("RemoteConnectionProbe", "True", "ProbeSucceeded", ""),
                    condition("InfrastructureReady", "True", "Ready", ""),
                    condition("ControlPlaneAvailable", "True", "Available", ""),
                    condition("WorkersAvailable", "True", "Available", ""),
                    condition("Paused", "False", "NotPaused", ""),
                    condition("Deleting", "False", "NotDeleting", ""),
                ]),
            ),
            ("/status/controlPlane", counters(1)),
            ("/status/workers", counters(2)),
        ],
    )
}

fn counters(count: i64) -> Value {
    json!({ "desiredReplicas": count, "replicas": count, "readyReplicas": count, "availableReplicas": count, "upToDateReplicas": count })
}

pub(crate) fn infrastructure_cluster(name: &str) -> Value {
    with(
        object(INFRASTRUCTURE, "DevCluster", name),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": name }),
            ),
            ("/metadata/ownerReferences", owner(CORE, "Cluster", name)),
            ("/status/initialization/provisioned", json!(true)),
            (
                "/status/conditions",
                json!([condition("Ready", "True", "Ready", "")]),
            ),
        ],
    )
}

pub(crate) fn control_plane(cluster: &str, replicas: i64) -> Value {
    with(
        object(KCP, "KubeadmControlPlane", &format!("{cluster}-cp")),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": cluster }),
            ),
            ("/metadata/ownerReferences", owner(CORE, "Cluster", cluster)),
            (
                "/spec",
                json!({ "replicas": replicas, "version": "v1.31.2", "kubeadmConfigSpec": { "clusterConfiguration": {} } }),
            ),
            ("/status", counters(replicas)),
            ("/status/initialization/controlPlaneInitialized", json!(true)),
            (
                "/status/versions",
                json!([{ "version": "v1.31.2", "replicas": replicas }]),
            ),
            (
                "/status/conditions",
                json!([
                    condition("Available", "True", "Available", ""),
                    condition("MachinesReady", "True", "Ready", ""),
                    condition("RollingOut", "False", "NotRollingOut", ""),
                ]),
            ),
        ],
    )
}

pub(crate) fn deployment(cluster: &str, name: &str, replicas: i64) -> Value {
    with(
        object(CORE, "MachineDeployment", name),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": cluster }),
            ),
            ("/metadata/ownerReferences", owner(CORE, "Cluster", cluster)),
            ("/spec/clusterName", json!(cluster)),
            ("/spec/replicas", json!(replicas)),
            ("/spec/template/spec/version", json!("v1.31.2")),
            (
                "/spec/template/spec/bootstrap/configRef",
                json!({ "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfigTemplate", "name": name }),
            ),
            ("/status", counters(replicas)),
            ("/status/phase", json!("Running")),
            (
                "/status/conditions",
                json!([
                    condition("Available", "True", "Available", ""),
                    condition("MachinesReady", "True", "Ready", ""),
                    condition("ScalingUp", "False", "NotScalingUp", ""),
                ]),
            ),
        ],
    )
}

pub(crate) fn machine_set(cluster: &str, deployment: &str, name: &str, replicas: i64) -> Value {
    with(
        object(CORE, "MachineSet", name),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": cluster }),
            ),
            (
                "/metadata/ownerReferences",
                owner(CORE, "MachineDeployment", deployment),
            ),
            ("/spec/clusterName", json!(cluster)),
            ("/spec/replicas", json!(replicas)),
            ("/spec/template/spec/version", json!("v1.31.2")),
            ("/status", counters(replicas)),
            (
                "/status/conditions",
                json!([condition("MachinesReady", "True", "Ready", "")]),
            ),
        ],
    )
}

/// A running machine; `owner` is `("MachineSet", name)` or `("KubeadmControlPlane", name)`.
pub(crate) fn machine(cluster: &str, owned_by: (&str, &str), name: &str) -> Value {
    let (kind, owner_name) = owned_by;
    let owner_version = if kind == "KubeadmControlPlane" { KCP } else { CORE };
    let mut labels = json!({
        "cluster.x-k8s.io/cluster-name": cluster,
        "cluster.x-k8s.io/set-name": owner_name,
        "machine-template-hash": "2486793151-x7k2p",
    });
    if kind == "KubeadmControlPlane" {
        labels["cluster.x-k8s.io/control-plane"] = json!("");
    }
    let good = [
        "Available",
        "Ready",
        "UpToDate",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
        "NodeReady",
    ];
    let mut conditions: Vec<Value> = good
        .iter()
        .map(|kind| condition(kind, "True", kind, ""))
        .collect();
    for kind in ["Updating", "Paused", "Deleting"] {
        conditions.push(condition(kind, "False", &format!("Not{kind}"), ""));
    }
    with(
        object(CORE, "Machine", name),
        &[
            ("/metadata/labels", labels),
            ("/metadata/finalizers", json!(["machine.cluster.x-k8s.io"])),
            (
                "/metadata/ownerReferences",
                owner(owner_version, kind, owner_name),
            ),
            (
                "/spec",
                json!({
                    "clusterName": cluster, "version": "v1.31.2", "providerID": format!("dev:////{name}"),
                    "infrastructureRef": { "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": name },
                    "bootstrap": { "configRef": { "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": name } },
                }),
            ),
            (
                "/status",
                json!({
                    "phase": "Running", "nodeRef": { "name": name }, "observedGeneration": 1,
                    "initialization": { "infrastructureProvisioned": true, "bootstrapDataSecretCreated": true },
                }),
            ),
            ("/status/conditions", json!(conditions)),
        ],
    )
}

pub(crate) fn infrastructure_machine(cluster: &str, name: &str) -> Value {
    with(
        object(INFRASTRUCTURE, "DevMachine", name),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": cluster }),
            ),
            ("/metadata/ownerReferences", owner(CORE, "Machine", name)),
            ("/status/initialization/provisioned", json!(true)),
            (
                "/status/conditions",
                json!([condition("Ready", "True", "Ready", "")]),
            ),
        ],
    )
}

pub(crate) fn bootstrap(cluster: &str, name: &str) -> Value {
    with(
        object(BOOTSTRAP, "KubeadmConfig", name),
        &[
            (
                "/metadata/labels",
                json!({ "cluster.x-k8s.io/cluster-name": cluster }),
            ),
            ("/metadata/ownerReferences", owner(CORE, "Machine", name)),
            ("/status/initialization/dataSecretCreated", json!(true)),
            (
                "/status/conditions",
                json!([condition("Ready", "True", "Ready", "")]),
            ),
        ],
    )
}

/// Everything of a healthy cluster: one control plane machine, two workers.
pub(crate) fn whole_cluster(name: &str) -> Vec<Value> {
    let (deployment_name, set) = (format!("{name}-md-0"), format!("{name}-md-0-79q9d"));
    let mut objects = vec![
        cluster(name),
        infrastructure_cluster(name),
        control_plane(name, 1),
        deployment(name, &deployment_name, 2),
        machine_set(name, &deployment_name, &set, 2),
        machine(
            name,
            ("KubeadmControlPlane", &format!("{name}-cp")),
            &format!("{name}-cp-tn4rn"),
        ),
        machine(name, ("MachineSet", &set), &format!("{set}-b4x8z")),
        machine(name, ("MachineSet", &set), &format!("{set}-x7k2p")),
    ];
    for machine in [
        format!("{name}-cp-tn4rn"),
        format!("{set}-b4x8z"),
        format!("{set}-x7k2p"),
    ] {
        objects.push(infrastructure_machine(name, &machine));
        objects.push(bootstrap(name, &machine));
    }
    objects
}

pub(crate) fn row(management_cluster: &str, object: &Value) -> Arc<Row> {
    Arc::new(Row::project(mgmt(management_cluster), object))
}

pub(crate) fn upserts(management_cluster: &str, objects: &[Value]) -> Update {
    Update::Objects(Batch {
        management_cluster: mgmt(management_cluster),
        changes: objects
            .iter()
            .map(|object| Change::Upsert(row(management_cluster, object)))
            .collect(),
    })
}

pub(crate) fn session(management_cluster: &str, connection: Connection) -> Update {
    let idle = Session::idle(mgmt(management_cluster), "https://127.0.0.1:6443", false);
    Update::Session(Arc::new(Session { connection, ..idle }))
}

/// A store with one live management cluster, `mgmt-taipei`.
pub(crate) fn store(objects: &[Value]) -> FleetStore {
    let mut store = FleetStore::default();
    store.apply(session("mgmt-taipei", Connection::Live));
    store.apply(upserts("mgmt-taipei", objects));
    store
}

/// The key of the only object of that name and kind in `store`.
pub(crate) fn key(store: &FleetStore, kind: &str, name: &str) -> ObjectKey {
    let mut rows = store.rows(None);
    let found = rows.find(|row| row.facts.kind.kind.as_ref() == kind && row.facts.object.name == name);
    found
        .unwrap_or_else(|| panic!("{kind} {name} is not in the store"))
        .key()
}
