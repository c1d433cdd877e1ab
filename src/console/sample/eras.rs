//! One fleet with everything in it: management clusters of all three eras of the API and in every state of a connection, clusters
//! of several providers, a pool of hosts, pools, health checks, a class, something that is deleted, something paused, and an object
//! whose every text tries to steer the terminal.

use fleetui_fleet::session::{ApiEra, Connection};
use fleetui_fleet::{Session, Update};
use serde_json::{Value, json};

use super::{ago, cluster, condition, now, objects};

/// Steers a terminal in every way that one can think of, and is longer than any room.
fn hostile() -> String {
    let marks = "\u{301}".repeat(10_000);
    format!(
        "a\u{1b}]52;c;aGk=\u{7}b\u{1b}]0;title\u{7}c\u{202e}d\u{2066}e\u{200b}{marks}f\u{9b}31mg\nh\ti\u{0}j"
    )
}

fn session(name: &str, connection: Connection, era: Option<ApiEra>, version: &str) -> Session {
    let server = format!("https://{name}.example:6443");
    let mut session = Session::idle(fleetui_base::ManagementCluster::new(name), &server, false);
    session.permitted = fleetui_fleet::Permitted::Everything;
    session.connection = connection;
    session.era = era;
    session.server_version = Some("v1.33.1".into());
    session.heard = Some(now());
    session.away_since = match &session.connection {
        Connection::Stale { since, .. } => Some(*since),
        Connection::AuthNeeded { .. } | Connection::Denied { .. } | Connection::Offline { .. } => Some(now()),
        Connection::Idle | Connection::Connecting | Connection::Syncing { .. } | Connection::Live => None,
    };
    session.latency = Some(std::time::Duration::from_millis(23));
    if !version.is_empty() {
        session.providers = vec![
            ("cluster-api".into(), version.into()),
            ("bootstrap-kubeadm".into(), version.into()),
        ];
    }
    session
}

/// An object as its management cluster has it.
fn object(api_version: &str, kind: &str, name: &str, (minutes, body): (i64, Value)) -> Value {
    let mut object = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "namespace": "default", "name": name, "uid": format!("uid-{kind}-{name}"), "resourceVersion": "100",
            "creationTimestamp": ago(minutes), "generation": 1,
        },
    });
    for (field, value) in body.as_object().into_iter().flatten() {
        if field == "metadata" {
            for (field, value) in value.as_object().into_iter().flatten() {
                object["metadata"][field] = value.clone();
            }
        } else {
            object[field] = value.clone();
        }
    }
    object
}

fn of(cluster: &str) -> Value {
    json!({"cluster.x-k8s.io/cluster-name": cluster})
}

fn owned(api_version: &str, kind: &str, name: &str) -> Value {
    json!([{"apiVersion": api_version, "kind": kind, "name": name, "controller": true, "uid": format!("uid-{kind}-{name}")}])
}

/// A condition with a severity, as the older API has it.
fn old(kind: &str, status: &str, (severity, reason, message): (&str, &str, &str)) -> Value {
    let mut told = json!({"type": kind, "status": status, "lastTransitionTime": ago(90)});
    for (field, value) in [("severity", severity), ("reason", reason), ("message", message)] {
        if !value.is_empty() {
            told[field] = json!(value);
        }
    }
    told
}

/// A host of the pool.
fn host(name: &str, zone: &str, body: &Value) -> Value {
    let mut host = object(
        "infrastructure.cluster.x-k8s.io/v1beta1",
        "ByoHost",
        name,
        (
            700,
            json!({
                "metadata": {"labels": {
                    "site": zone, "topology.kubernetes.io/zone": zone, "kubernetes.io/arch": "amd64",
                    "byoh.infrastructure.cluster.x-k8s.io/os-family": "debian",
                }},
                "spec": {},
                "status": {
                    "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
                    "lastHeartbeatTime": now().to_string(),
                    "conditions": [old("AgentConnected", "True", ("", "", ""))],
                },
            }),
        ),
    );
    json_merge(&mut host, body);
    host
}

fn json_merge(base: &mut Value, more: &Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (field, value) in more {
                json_merge(base.entry(field.clone()).or_insert(Value::Null), value);
            }
        }
        (base, more) => *base = more.clone(),
    }
}

fn attached(machine: &str) -> Value {
    json!({
        "metadata": {"labels": of("byoh-cluster")},
        "spec": {"claimRef": {"kind": "ByoMachine", "namespace": "default", "name": machine}},
        "status": {
            "machineRef": {"kind": "ByoMachine", "namespace": "default", "name": machine},
            "conditions": [old("AgentConnected", "True", ("", "", "")), old("K8sComponentsInstallationSucceeded", "True", ("", "", "")),
                old("K8sNodeBootstrapSucceeded", "True", ("", "", ""))],
        },
    })
}

fn hosts() -> Vec<Value> {
    vec![
        host("node-1", "a", &json!({})),
        host(
            "node-2",
            "a",
            &json!({"status": {"lastHeartbeatTime": ago(15), "conditions": [
                old("AgentConnected", "False", ("Warning", "HeartbeatTimeout", "not heard for 15m"))]}}),
        ),
        host("node-3", "a", &attached("byoh-cluster-cp-tn4rn")),
        host("node-4", "a", &attached("byoh-cluster-md-0-x4b-79q9d")),
        host("node-5", "a", &attached("byoh-cluster-md-0-x4b-k8v2s")),
        host(
            "node-6",
            "b",
            &json!({"status": {"quarantine": {
                "failures": 3, "since": ago(70),
                "failure": {"step": "install", "command": "apt-get install -y kubelet=1.31.2-1.1", "exitStatus": 100,
                    "output": "E: Unable to locate package kubelet"},
            }}}),
        ),
        host(
            "node-7",
            "a",
            &json!({"spec": {"maintenance": {"reason": "disk is replaced"}}}),
        ),
    ]
}

/// Of a management cluster of today, beside its clusters.
fn today() -> Vec<Value> {
    let core = "cluster.x-k8s.io/v1beta2";
    let available = json!([
        condition("Available", "True", ""),
        condition("Paused", "False", "")
    ]);
    let cluster_of = |name: &str, minutes: i64, status: Value| {
        object(
            core,
            "Cluster",
            name,
            (
                minutes,
                json!({"metadata": {"labels": of(name)}, "spec": {}, "status": status}),
            ),
        )
    };
    let mut gone = cluster_of(
        "leaving",
        900,
        json!({"phase": "Deleting", "conditions": [
            condition("Available", "False", "* Deleting: MachineDeployments: leaving-md-0"),
            condition("Deleting", "True", "Waiting for MachineDeployments: leaving-md-0 to be deleted"),
        ]}),
    );
    gone["metadata"]["deletionTimestamp"] = json!(ago(17));
    gone["metadata"]["finalizers"] = json!(["cluster.cluster.x-k8s.io"]);
    let mut paused = cluster_of(
        "resting",
        9000,
        json!({"phase": "Provisioned", "conditions": available}),
    );
    paused["spec"]["paused"] = json!(true);
    let mut steering = cluster_of(
        "steering",
        10,
        json!({"phase": hostile(), "conditions": [condition("Available", "False", &hostile())]}),
    );
    steering["metadata"]["labels"]["note"] = json!(hostile());
    let mut classy = cluster_of(
        "classy",
        400,
        json!({"phase": "Provisioned", "conditions": available}),
    );
    classy["spec"]["topology"] = json!({"classRef": {"name": "standard"}, "version": "v1.33.4"});
    let mut objects = vec![gone, paused, steering, classy];
    objects.extend(beside());
    objects
}

/// What stands beside the clusters of today: a class, a pool, a health check.
fn beside() -> Vec<Value> {
    let core = "cluster.x-k8s.io/v1beta2";
    vec![
        object(
            core,
            "ClusterClass",
            "standard",
            (
                4000,
                json!({"spec": {}, "status": {"conditions": [condition("VariablesReady", "True", "")]}}),
            ),
        ),
        object(
            core,
            "MachinePool",
            "classy-pool",
            (
                300,
                json!({
                    "metadata": {"labels": of("classy"), "ownerReferences": owned(core, "Cluster", "classy")},
                    "spec": {"clusterName": "classy", "replicas": 3, "template": {"spec": {"version": "v1.33.4"}}},
                    "status": {"phase": "Running", "replicas": 3, "readyReplicas": 3, "availableReplicas": 3,
                        "upToDateReplicas": 3, "conditions": [condition("Available", "True", "")]},
                }),
            ),
        ),
        object(
            core,
            "MachineHealthCheck",
            "byoh-cluster-workers",
            (
                300,
                json!({
                    "metadata": {"labels": of("byoh-cluster")},
                    "spec": {"clusterName": "byoh-cluster",
                        "selector": {"matchLabels": {"cluster.x-k8s.io/cluster-name": "byoh-cluster"}}},
                    "status": {"expectedMachines": 3, "currentHealthy": 2,
                        "conditions": [condition("RemediationAllowed", "True", "")]},
                }),
            ),
        ),
    ]
}

/// Of a management cluster whose objects are v1beta1, with the new conditions beside the old ones.
fn between() -> Vec<Value> {
    let core = "cluster.x-k8s.io/v1beta1";
    let aws = "infrastructure.cluster.x-k8s.io/v1beta2";
    let reference = |api_version: &str, kind: &str, name: &str| json!({"apiVersion": api_version, "kind": kind, "name": name});
    vec![
        object(
            core,
            "Cluster",
            "shop",
            (
                60_000,
                json!({
                    "metadata": {"labels": of("shop")},
                    "spec": {"infrastructureRef": reference(aws, "AWSCluster", "shop")},
                    "status": {
                        "phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": true,
                        "conditions": [old("Ready", "True", ("", "", ""))],
                        "v1beta2": {"conditions": [condition("Available", "True", "")],
                            "workers": {"desiredReplicas": 2, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "upToDateReplicas": 2}},
                    },
                }),
            ),
        ),
        object(
            aws,
            "AWSCluster",
            "shop",
            (
                60_000,
                json!({
                    "metadata": {"labels": of("shop"), "ownerReferences": owned(core, "Cluster", "shop")},
                    "spec": {"region": "ap-northeast-1"},
                    "status": {"ready": true, "conditions": [old("Ready", "True", ("", "", ""))]},
                }),
            ),
        ),
    ]
}

/// Of a management cluster that has not been upgraded for years.
fn old_times() -> Vec<Value> {
    let core = "cluster.x-k8s.io/v1beta1";
    let why = (
        "Warning",
        "NodeStartupTimeout",
        "Node failed to report startup in 10m0s",
    );
    vec![
        object(
            core,
            "Cluster",
            "legacy",
            (
                400_000,
                json!({
                    "metadata": {"labels": of("legacy")}, "spec": {},
                    "status": {"phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": true,
                        "conditions": [old("Ready", "True", ("", "", "")), old("ControlPlaneReady", "True", ("", "", ""))]},
                }),
            ),
        ),
        object(
            core,
            "MachineDeployment",
            "legacy-md-0",
            (
                400_000,
                json!({
                    "metadata": {"labels": of("legacy"), "ownerReferences": owned(core, "Cluster", "legacy")},
                    "spec": {"clusterName": "legacy", "replicas": 1, "template": {"spec": {"version": "v1.24.17"}}},
                    "status": {"phase": "ScalingUp", "replicas": 1, "readyReplicas": 0, "unavailableReplicas": 1, "updatedReplicas": 1,
                        "conditions": [old("Available", "False", ("Warning", "WaitingForAvailableMachines",
                            "Minimum availability requires 1 replicas, current 0 available"))]},
                }),
            ),
        ),
        object(
            core,
            "MachineSet",
            "legacy-md-0-7c9f",
            (
                400_000,
                json!({
                    "metadata": {"labels": of("legacy"), "ownerReferences": owned(core, "MachineDeployment", "legacy-md-0")},
                    "spec": {"clusterName": "legacy", "replicas": 1, "template": {"spec": {"version": "v1.24.17"}}},
                    "status": {"replicas": 1},
                }),
            ),
        ),
        object(
            core,
            "Machine",
            "legacy-md-0-7c9f-qq4rx",
            (
                90,
                json!({
                    "metadata": {"labels": of("legacy"), "ownerReferences": owned(core, "MachineSet", "legacy-md-0-7c9f")},
                    "spec": {"clusterName": "legacy", "version": "v1.24.17"},
                    "status": {"phase": "Provisioned", "conditions": [
                        old("Ready", "True", ("", "", "")), old("HealthCheckSucceeded", "False", why)]},
                }),
            ),
        ),
    ]
}

/// A host on which that machine runs by now.
#[cfg(test)]
pub(crate) fn taken(name: &str, machine: &str) -> Update {
    objects("mgmt-2026", &[host(name, "a", &attached(machine))])
}

/// A host that nobody has, of which that is said by now.
#[cfg(test)]
pub(crate) fn untaken(name: &str, body: &Value) -> Update {
    objects("mgmt-2026", &[host(name, "a", body)])
}

/// The whole of it.
pub(crate) fn fleet() -> Vec<Update> {
    let later = now() + jiff::SignedDuration::from_secs(12);
    let stale = Connection::Stale {
        since: now() - jiff::SignedDuration::from_secs(42),
        why: "the watch was cut".to_owned(),
        retry_at: Some(later),
    };
    let offline = Connection::Offline {
        why: "connection refused".to_owned(),
        retry_at: later,
    };
    let login = Connection::AuthNeeded {
        how: "the credential plugin 'cloud' said: session expired; run: cloud login".to_owned(),
    };
    let denied = Connection::Denied {
        why: "clusters.cluster.x-k8s.io is forbidden: User \"oncall\" cannot list resource".to_owned(),
    };
    let mut read_only = session(
        "mgmt-2025",
        Connection::Live,
        Some(ApiEra::V1Beta1WithV1Beta2Status),
        "v1.10.7",
    );
    read_only.read_only = true;
    let sessions = [
        session("mgmt-2026", Connection::Live, Some(ApiEra::V1Beta2), "v1.14.0"),
        read_only,
        session("mgmt-2023", stale, Some(ApiEra::V1Beta1), "v1.5.3"),
        session("mgmt-away", offline, None, ""),
        session("mgmt-cloud", login, None, ""),
        session("mgmt-shut", denied, None, ""),
        session("mgmt-later", Connection::Idle, None, ""),
    ];
    let broken = "no free host matches site=b (1 free: site=a)";
    let workers = [("79q9d", "node-4"), ("k8v2s", "node-5")];
    let mut updates: Vec<Update> = sessions
        .into_iter()
        .map(|session| Update::Session(std::sync::Arc::new(session)))
        .collect();
    updates.push(objects(
        "mgmt-2026",
        &cluster("byoh-cluster", &workers, Some(broken)),
    ));
    updates.push(objects("mgmt-2026", &hosts()));
    updates.push(objects("mgmt-2026", &today()));
    updates.push(objects("mgmt-2025", &between()));
    updates.push(objects("mgmt-2023", &old_times()));
    updates
}
