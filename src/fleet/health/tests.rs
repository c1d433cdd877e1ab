//! Tables of objects and what is said of them.
#![allow(clippy::too_many_lines, reason = "tables of cases, one case a line or a few")]

use serde_json::{Value, json};

use super::{Health, connection, line, verdict};
use crate::fixtures::{
    INFRASTRUCTURE, cluster, condition, control_plane, deployment, infrastructure_machine, machine, now,
    object, old_condition, set, store, with,
};
use crate::session::{Connection, Session};

/// The verdict on the first of the objects, among the others.
fn judge(objects: &[Value]) -> (Health, String, String) {
    let store = store(objects);
    let name = objects[0]["metadata"]["name"].as_str().expect("a name");
    let kind = objects[0]["kind"].as_str().expect("a kind");
    let row = store
        .get(&crate::fixtures::key(&store, kind, name))
        .expect("the row");
    let verdict = verdict(row, &store, now());
    let condition = verdict
        .condition
        .map(|(kind, status)| format!("{kind} {status}"))
        .unwrap_or_default();
    (verdict.health, condition, verdict.line)
}

fn assert_judged(cases: Vec<(&str, Vec<Value>, Health, &str, &str)>) {
    for (name, objects, health, condition, line) in cases {
        let expected = (health, condition.to_owned(), line.to_owned());
        assert_eq!(judge(&objects), expected, "{name}");
    }
}

fn young(mut object: Value) -> Value {
    set(
        &mut object,
        "/metadata/creationTimestamp",
        json!("2026-08-21T11:58:00Z"),
    );
    object
}

fn conditions(object: Value, conditions: &[Value]) -> Value {
    with(object, &[("/status/conditions", json!(conditions))])
}

fn worker() -> Value {
    machine("prod", ("MachineSet", "set"), "m")
}

fn arriving(conditions_of: &[Value]) -> Value {
    with(
        conditions(worker(), conditions_of),
        &[
            ("/status/nodeRef", Value::Null),
            ("/status/phase", json!("Provisioning")),
        ],
    )
}

#[test]
fn machines() {
    let waits = [condition(
        "Ready",
        "Unknown",
        "ReadyUnknown",
        "* NodeHealthy: Waiting for DevMachine to report spec.providerID",
    )];
    let not_ready = [condition(
        "Ready",
        "False",
        "NotReady",
        "* NodeHealthy: Node.Ready: container runtime is down",
    )];
    let down = [condition(
        "Ready",
        "Unknown",
        "ReadyUnknown",
        "* NodeHealthy: Last successful probe at 2026-08-21T11:00:00Z",
    )];
    let failing = with(
        infrastructure_machine("prod", "m"),
        &[(
            "/status",
            json!({ "conditions": [
        condition("Ready", "False", "InstanceProvisionFailed", "quota exceeded")] }),
        )],
    );
    let mirrored = [
        condition(
            "Ready",
            "False",
            "NotReady",
            "* InfrastructureReady: quota exceeded",
        ),
        condition("InfrastructureReady", "False", "NotReady", "quota exceeded"),
    ];
    let remediated = [
        condition("Ready", "True", "Ready", ""),
        condition(
            "HealthCheckSucceeded",
            "False",
            "UnhealthyNode",
            "Health check failed:\n  * Condition Ready is False for more than 5m",
        ),
    ];
    assert_judged(vec![
        ("running", vec![worker()], Health::Good, "Ready True", ""),
        (
            "provisioning",
            vec![young(arriving(&waits))],
            Health::Progressing,
            "Ready Unknown",
            "Waiting for DevMachine to report spec.providerID",
        ),
        (
            "stuck",
            vec![arriving(&waits)],
            Health::Warning,
            "Ready Unknown",
            "Waiting for DevMachine to report spec.providerID",
        ),
        (
            "its node is lost",
            vec![conditions(worker(), &not_ready)],
            Health::Failed,
            "Ready False",
            "Node.Ready: container runtime is down",
        ),
        (
            "the node comes up",
            vec![young(conditions(worker(), &not_ready))],
            Health::Progressing,
            "Ready False",
            "Node.Ready: container runtime is down",
        ),
        (
            "the connection is lost",
            vec![conditions(worker(), &down)],
            Health::Unknown,
            "Ready Unknown",
            "Last successful probe at 2026-08-21T11:00:00Z",
        ),
        (
            "its infrastructure failed",
            vec![young(arriving(&mirrored)), failing],
            Health::Failed,
            "Ready False",
            "quota exceeded",
        ),
        (
            "it is to be replaced",
            vec![conditions(worker(), &remediated)],
            Health::Warning,
            "Ready True",
            "Health check failed: Condition Ready is False for more than 5m",
        ),
        (
            "nothing yet",
            vec![young(conditions(
                with(worker(), &[("/status/initialization", Value::Null)]),
                &[],
            ))],
            Health::Progressing,
            "",
            "",
        ),
        (
            "nothing for long",
            vec![conditions(
                with(worker(), &[("/status/initialization", Value::Null)]),
                &[],
            )],
            Health::Unknown,
            "",
            "nothing was reported yet",
        ),
    ]);
}

#[test]
fn deletions() {
    let draining = condition(
        "Deleting",
        "True",
        "DrainingNode",
        "Drain not completed yet (started at 2026-08-21T11:50:00Z):\n* Pod kube-system/dns: cannot evict pod as it would violate the pod's disruption budget",
    );
    let deleted = |at: &str, conditions_of: &[Value]| {
        with(
            conditions(worker(), conditions_of),
            &[("/metadata/deletionTimestamp", json!(at))],
        )
    };
    let line = "Drain not completed yet (started at 2026-08-21T11:50:00Z): Pod kube-system/dns: cannot evict pod as it would violate the pod's disruption budget";
    assert_judged(vec![
        (
            "under way",
            vec![deleted("2026-08-21T11:58:00Z", std::slice::from_ref(&draining))],
            Health::Progressing,
            "Deleting True",
            line,
        ),
        (
            "slow",
            vec![deleted("2026-08-21T11:40:00Z", &[draining])],
            Health::Warning,
            "Deleting True",
            line,
        ),
        (
            "silent",
            vec![deleted("2026-08-21T11:40:00Z", &[])],
            Health::Warning,
            "Deleting True",
            "being deleted, waits for finalizer machine.cluster.x-k8s.io",
        ),
    ]);
}

#[test]
fn clusters() {
    let unavailable = |message: &str, part: &str| {
        let mut object = cluster("prod");
        set(
            &mut object,
            "/status/conditions/0",
            condition("Available", "False", "NotAvailable", message),
        );
        let parts = object["status"]["conditions"]
            .as_array()
            .expect("conditions")
            .clone();
        let index = parts
            .iter()
            .position(|condition| condition["type"] == part)
            .expect(part);
        set(
            &mut object,
            &format!("/status/conditions/{index}/status"),
            json!("False"),
        );
        object
    };
    let creating = with(
        conditions(
            cluster("prod"),
            &[condition(
                "Available",
                "False",
                "NotAvailable",
                "* InfrastructureReady: the load balancer is being made",
            )],
        ),
        &[
            ("/status/initialization", json!({})),
            ("/status/phase", json!("Provisioning")),
        ],
    );
    let rolling = {
        let mut object = cluster("prod");
        let mut all = object["status"]["conditions"]
            .as_array()
            .expect("conditions")
            .clone();
        all.push(condition(
            "RollingOut",
            "True",
            "RollingOut",
            "* MachineDeployment md-0: Rolling out 2 not up-to-date replicas",
        ));
        set(&mut object, "/status/conditions", json!(all));
        object
    };
    let topology = {
        let mut object = cluster("prod");
        let mut all = object["status"]["conditions"]
            .as_array()
            .expect("conditions")
            .clone();
        all.push(condition(
            "TopologyReconciled",
            "False",
            "ReconcileFailed",
            "error computing the desired state: no template x",
        ));
        set(&mut object, "/status/conditions", json!(all));
        object
    };
    assert_judged(vec![
        ("well", vec![cluster("prod")], Health::Good, "Available True", ""),
        (
            "its control plane is down",
            vec![unavailable(
                "* ControlPlaneAvailable: no etcd quorum",
                "ControlPlaneAvailable",
            )],
            Health::Failed,
            "Available False",
            "no etcd quorum",
        ),
        (
            "it lacks workers",
            vec![unavailable(
                "* WorkersAvailable: too few machines",
                "WorkersAvailable",
            )],
            Health::Warning,
            "Available False",
            "too few machines",
        ),
        (
            "it is not reached",
            vec![unavailable(
                "* RemoteConnectionProbe: Remote connection probe failed",
                "RemoteConnectionProbe",
            )],
            Health::Failed,
            "Available False",
            "Remote connection probe failed",
        ),
        (
            "it is not reached yet",
            vec![young(unavailable(
                "* RemoteConnectionProbe: Remote connection not established yet",
                "RemoteConnectionProbe",
            ))],
            Health::Progressing,
            "Available False",
            "Remote connection not established yet",
        ),
        (
            "it is being made",
            vec![young(creating.clone())],
            Health::Progressing,
            "Available False",
            "the load balancer is being made",
        ),
        (
            "it is being made for hours",
            vec![creating],
            Health::Warning,
            "Available False",
            "the load balancer is being made",
        ),
        (
            "it rolls out",
            vec![rolling],
            Health::Progressing,
            "Available True",
            "MachineDeployment md-0: Rolling out 2 not up-to-date replicas",
        ),
        (
            "its topology is wrong",
            vec![topology],
            Health::Warning,
            "Available True",
            "error computing the desired state: no template x",
        ),
    ]);
}

#[test]
fn deployments_and_control_planes() {
    let short = |message: &str, available: i64, phase: &str, since: &str| {
        let mut object = deployment("prod", "md", 3);
        set(&mut object, "/status/availableReplicas", json!(available));
        set(&mut object, "/status/phase", json!(phase));
        set(
            &mut object,
            "/status/conditions/0",
            condition("Available", "False", "NotAvailable", message),
        );
        set(
            &mut object,
            "/status/conditions/0/lastTransitionTime",
            json!(since),
        );
        object
    };
    let few = "2 available replicas, at least 3 required";
    let blocked = {
        let mut object = deployment("prod", "md", 3);
        set(
            &mut object,
            "/status/conditions/2",
            condition(
                "ScalingUp",
                "True",
                "ScalingUp",
                "Scaling up from 3 to 5 replicas is blocked because:\n* DevMachineTemplate md does not exist",
            ),
        );
        object
    };
    let scaled = with(deployment("prod", "md", 5), &[("/status/replicas", json!(3))]);
    let behind = with(
        deployment("prod", "md", 3),
        &[
            ("/metadata/generation", json!(2)),
            ("/status/observedGeneration", json!(1)),
        ],
    );
    let etcd = {
        let mut object = control_plane("prod", 3);
        set(
            &mut object,
            "/status/conditions/1",
            condition(
                "EtcdClusterHealthy",
                "False",
                "NotHealthy",
                "* Machine m: EtcdMemberHealthy: alarm NOSPACE",
            ),
        );
        object
    };
    let down = with(
        control_plane("prod", 3),
        &[(
            "/status/conditions/0",
            condition(
                "Available",
                "False",
                "NotAvailable",
                "* 1 of 3 etcd members is healthy, at least 2 required",
            ),
        )],
    );
    assert_judged(vec![
        (
            "well",
            vec![deployment("prod", "md", 3)],
            Health::Good,
            "Available True",
            "",
        ),
        (
            "scaling lately",
            vec![short(few, 2, "ScalingUp", "2026-08-21T11:55:00Z")],
            Health::Progressing,
            "Available False",
            few,
        ),
        (
            "scaling for hours",
            vec![short(few, 2, "ScalingUp", "2026-08-21T09:00:00Z")],
            Health::Warning,
            "Available False",
            few,
        ),
        (
            "none left",
            vec![short(few, 0, "Running", "2026-08-21T11:55:00Z")],
            Health::Failed,
            "Available False",
            few,
        ),
        (
            "blocked",
            vec![blocked],
            Health::Warning,
            "Available True",
            "Scaling up from 3 to 5 replicas is blocked because: DevMachineTemplate md does not exist",
        ),
        (
            "counters alone tell",
            vec![scaled],
            Health::Progressing,
            "Available True",
            "3 of 5 machines",
        ),
        (
            "edited a moment ago",
            vec![behind],
            Health::Progressing,
            "Available True",
            "",
        ),
        (
            "etcd is unwell",
            vec![etcd],
            Health::Warning,
            "Available True",
            "Machine m: EtcdMemberHealthy: alarm NOSPACE",
        ),
        (
            "the quorum is lost",
            vec![down],
            Health::Failed,
            "Available False",
            "1 of 3 etcd members is healthy, at least 2 required",
        ),
    ]);
}

#[test]
fn the_old_model_says_itself_how_bad_it_is() {
    let old = |kind: &str, api_version: &str, all: &[Value]| {
        with(
            object(api_version, kind, "x"),
            &[
                ("/status/conditions", json!(all)),
                ("/spec/replicas", Value::Null),
            ],
        )
    };
    let ready = |severity: &str, reason: &str, message: &str| {
        vec![old_condition("Ready", "False", severity, reason, message)]
    };
    let machine = |all: &[Value]| old("Machine", "cluster.x-k8s.io/v1beta1", all);
    let kcp = |all: &[Value]| {
        old(
            "KubeadmControlPlane",
            "controlplane.cluster.x-k8s.io/v1beta1",
            all,
        )
    };
    let host = old(
        "ByoHost",
        "infrastructure.cluster.x-k8s.io/v1beta1",
        &[old_condition(
            "K8sNodeBootstrapSucceeded",
            "False",
            "Info",
            "WaitingForMachineRefToBeAssigned",
            "",
        )],
    );
    let vpc = old(
        "AWSCluster",
        "infrastructure.cluster.x-k8s.io/v1beta2",
        &ready("Error", "VpcReconciliationFailed", "limit"),
    );
    assert_judged(vec![
        (
            "true",
            vec![machine(&[old_condition("Ready", "True", "", "", "")])],
            Health::Good,
            "Ready True",
            "",
        ),
        ("an error", vec![vpc], Health::Failed, "Ready False", "limit"),
        (
            "waiting",
            vec![young(machine(&ready(
                "Info",
                "WaitingForInfrastructure @ ByoMachine/m",
                "",
            )))],
            Health::Progressing,
            "Ready False",
            "WaitingForInfrastructure",
        ),
        (
            "waiting for hours",
            vec![machine(&ready(
                "Info",
                "WaitingForInfrastructure",
                "1 of 2 completed",
            ))],
            Health::Warning,
            "Ready False",
            "1 of 2 completed",
        ),
        (
            "no host",
            vec![young(machine(&ready("Info", "BYOHostsUnavailable", "")))],
            Health::Warning,
            "Ready False",
            "BYOHostsUnavailable",
        ),
        (
            "a rollout",
            vec![young(kcp(&ready(
                "Warning",
                "RollingUpdateInProgress",
                "Rolling 3 replicas with outdated spec (0 replicas up to date)",
            )))],
            Health::Progressing,
            "Ready False",
            "Rolling 3 replicas with outdated spec (0 replicas up to date)",
        ),
        (
            "a warning",
            vec![young(kcp(&ready(
                "Warning",
                "CertificatesGenerationFailed",
                "no key",
            )))],
            Health::Warning,
            "Ready False",
            "no key",
        ),
        (
            "a free host",
            vec![host],
            Health::Good,
            "K8sNodeBootstrapSucceeded False",
            "",
        ),
        (
            "ready with a remark",
            vec![machine(&[
                old_condition("Ready", "True", "", "", ""),
                old_condition(
                    "NodeHealthy",
                    "False",
                    "Warning",
                    "NodeConditionsFailed",
                    "disk pressure",
                ),
            ])],
            Health::Warning,
            "Ready True",
            "disk pressure",
        ),
    ]);
}

#[test]
fn a_terminal_failure_of_v1beta1() {
    let failed = with(
        worker(),
        &[
            ("/status/failureReason", json!("CreateError")),
            ("/status/failureMessage", json!("the instance\nwas lost")),
        ],
    );
    assert_judged(vec![(
        "failed",
        vec![failed],
        Health::Failed,
        "Ready True",
        "the instance was lost",
    )]);
}

#[test]
fn anchor_93_a_pause_hides_nothing_that_is_broken() {
    let paused_cluster = with(cluster("prod"), &[("/spec/paused", json!(true))]);
    let paused = with(
        worker(),
        &[("/metadata/annotations", json!({ "cluster.x-k8s.io/paused": "" }))],
    );
    let broken = conditions(
        worker(),
        &[condition(
            "Ready",
            "False",
            "NotReady",
            "* NodeHealthy: the kubelet is gone",
        )],
    );
    assert_judged(vec![
        (
            "the cluster",
            vec![paused_cluster.clone()],
            Health::Paused,
            "Available True",
            "paused",
        ),
        (
            "with its cluster",
            vec![worker(), paused_cluster.clone()],
            Health::Paused,
            "Ready True",
            "",
        ),
        ("itself", vec![paused], Health::Paused, "Ready True", "paused"),
        (
            "broken",
            vec![broken, paused_cluster],
            Health::Failed,
            "Ready False",
            "paused; the kubelet is gone",
        ),
    ]);
}

#[test]
fn infrastructure_without_conditions_is_judged_by_its_contract() {
    let infrastructure =
        |status: Value| with(object(INFRASTRUCTURE, "DevMachine", "m"), &[("/status", status)]);
    let template = object(INFRASTRUCTURE, "DevMachineTemplate", "t");
    assert_judged(vec![
        (
            "ready",
            vec![infrastructure(json!({ "ready": true }))],
            Health::Good,
            "",
            "",
        ),
        (
            "not yet",
            vec![young(infrastructure(json!({ "ready": false })))],
            Health::Progressing,
            "",
            "",
        ),
        (
            "stuck",
            vec![infrastructure(json!({ "ready": false }))],
            Health::Warning,
            "",
            "",
        ),
        ("nothing to say", vec![template], Health::Good, "", ""),
    ]);
}

#[test]
fn messages_become_one_line() {
    let cases = [
        ("", "ScalingUp", "ScalingUp"),
        ("", "NotReady", ""),
        ("plain", "Reason", "plain"),
        ("two\nlines", "", "two lines"),
        ("* InfrastructureReady: no host", "", "no host"),
        (
            "* InfrastructureReady: NotReady",
            "",
            "InfrastructureReady: NotReady",
        ),
        (
            "* WorkersAvailable:\n  * MachineDeployment md-0: 1 of 2\n  * MachineDeployment md-1: 0 of 2",
            "",
            "MachineDeployment md-0: 1 of 2",
        ),
        (
            "* Machines a, b, c, ... (2 more):\n  * NodeHealthy: Node.Ready: the kubelet\n    is gone",
            "",
            "Machines a, b, c, ... (2 more): Node.Ready: the kubelet is gone",
        ),
        ("Only a heading:", "", "Only a heading:"),
    ];
    for (message, reason, expected) in cases {
        assert_eq!(line::one_line(message, reason), expected, "{message}");
    }
    let long = "é".repeat(1000);
    assert!(line::one_line(&long, "").len() < 310);
}

#[test]
fn connections() {
    let session = |connection: Connection| Session {
        connection,
        ..Session::idle(crate::fixtures::mgmt("a"), "https://a", false)
    };
    let cases = [
        (Connection::Live, Health::Good),
        (Connection::Connecting, Health::Progressing),
        (Connection::Idle, Health::Unknown),
        (
            Connection::Stale {
                since: now(),
                why: "reset".to_owned(),
                retry_at: None,
            },
            Health::Unknown,
        ),
        (
            Connection::Offline {
                why: "refused".to_owned(),
                retry_at: now(),
            },
            Health::Failed,
        ),
        (
            Connection::AuthNeeded {
                how: "log in".to_owned(),
            },
            Health::Failed,
        ),
        (
            Connection::Denied {
                why: "forbidden".to_owned(),
            },
            Health::Failed,
        ),
    ];
    for (state, health) in cases {
        assert_eq!(
            connection(Some(&session(state.clone()))).health,
            health,
            "{state:?}"
        );
    }
    let denied = Session {
        denied: vec![fleetui_api::kinds::core("Machine")],
        ..session(Connection::Live)
    };
    assert_eq!(connection(Some(&denied)).line, "not allowed to read Machine");
    assert_eq!(connection(None).health, Health::Unknown);
}

mod held;
mod waits;
