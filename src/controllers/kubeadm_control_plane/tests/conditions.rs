//! What is told of machines and of the control plane, in both models.

use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

use super::*;
use crate::kubeadm_control_plane::components::{self, Component, ETCD_POD};

fn pod(name: &str, status: &Value) -> Arc<Pod> {
    Arc::new(serde_json::from_value(json!({"metadata": {"name": name}, "status": status})).expect("a pod"))
}

fn running() -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})
}

fn node(labels: &Value, taints: &Value) -> Arc<Node> {
    let node = json!({"metadata": {"name": "m", "labels": labels}, "spec": {"taints": taints}});
    Arc::new(serde_json::from_value(node).expect("a node"))
}

fn whole(status: &Value) -> Member {
    let mut whole = member(samples::machine("m", &[], &json!({})));
    whole.components = COMPONENTS
        .iter()
        .map(|(condition, component)| {
            let name = format!("{component}-m");
            let status = if *condition == ETCD_POD {
                status.clone()
            } else {
                running()
            };
            let pod = (!status.is_null()).then(|| pod(&name, &status));
            Component { condition, name, pod }
        })
        .collect();
    let mark = "node-role.kubernetes.io/control-plane";
    whole.node = Some(node(
        &json!({mark: ""}),
        &json!([{"key": mark, "effect": "NoSchedule"}]),
    ));
    whole
}

/// Status, reason and message of one condition of the machine.
fn told(world: &Observed, member: &Member, kind: &str) -> (String, String, String) {
    let conditions = components::conditions(world, member);
    let told = conditions
        .into_iter()
        .find(|told| told.kind == kind)
        .expect("it is told");
    (
        told.status.as_str().to_owned(),
        told.reason.to_string(),
        told.message,
    )
}

#[test]
fn pods_members_and_nodes_become_conditions() {
    let mut world = observed(&json!({}), vec![]);
    world.etcd = etcd_of(&["m"]);
    let of = |status: &Value, kind: &str| {
        let (status, reason, message) = told(&world, &whole(status), kind);
        format!("{status} {reason} {message}").trim_end().to_owned()
    };
    let cases = [
        (running(), "True Running", "True Healthy"),
        (
            json!({"phase": "Running"}),
            "False Provisioning Waiting for the Pod to be ready",
            "False NotHealthy The member in Pod etcd-m does not answer its readiness check",
        ),
        (
            json!({"phase": "Failed"}),
            "False Failed All the containers have been terminated",
            "False NotHealthy The member in Pod etcd-m does not answer its readiness check",
        ),
        (
            Value::Null,
            "False DoesNotExist Pod etcd-m does not exist",
            "True Healthy",
        ),
    ];
    for (status, pod, member) in cases {
        assert_eq!(of(&status, ETCD_POD), pod);
        assert_eq!(of(&status, ETCD_MEMBER), member);
        assert_eq!(of(&status, "APIServerPodHealthy"), "True Running");
        assert_eq!(of(&status, NODE_MARKED), "True Set");
    }
    let mut bare = whole(&running());
    bare.node = Some(node(&json!({}), &json!([])));
    let (status, reason, message) = told(&world, &bare, NODE_MARKED);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "NotSet"));
    assert_eq!(
        message,
        "Node m does not have label node-role.kubernetes.io/control-plane, taint node-role.kubernetes.io/control-plane:NoSchedule"
    );
    bare.machine = samples::machine("m", &[(NODE_MARKED, "True")], &json!({}));
    assert_eq!(
        told(&world, &bare, NODE_MARKED).0,
        "True",
        "taken away later is somebody's wish"
    );
    let mut elsewhere = observed(&json!({}), vec![]);
    elsewhere.external_etcd = true;
    let kinds: Vec<String> = components::conditions(&elsewhere, &whole(&running()))
        .iter()
        .map(|told| told.kind.to_string())
        .collect();
    assert!(!kinds.iter().any(|kind| kind.starts_with("Etcd")), "{kinds:?}");
}

#[test]
fn without_an_answer_the_last_word_stays_until_the_grace_has_passed() {
    let mut world = observed(&json!({}), vec![]);
    world.reach.failures = 1;
    let new = whole(&running());
    assert_eq!(told(&world, &new, ETCD_MEMBER).1, "InspectionFailed");
    let mut known = whole(&running());
    known.machine = healthy("m").machine;
    assert!(components::conditions(&world, &known).is_empty());
    world.now += jiff::SignedDuration::from_mins(6);
    assert_eq!(told(&world, &known, ETCD_MEMBER).1, "ConnectionDown");
}

fn initialized(more: &Value) -> Value {
    let mut whole = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    json_patch::merge(&mut whole, more);
    whole
}

#[test]
fn a_control_plane_that_can_be_used_tells_of_what_lasts() {
    let sick = |since: &str| {
        let conditions: Vec<Value> = COMPONENTS
            .iter()
            .map(|(kind, _)| *kind)
            .chain([ETCD_MEMBER])
            .map(|kind| json!({
                "type": kind, "status": "False", "reason": "Because", "message": "it is ill", "lastTransitionTime": since
            }))
            .collect();
        member(samples::machine(
            "s",
            &[],
            &json!({"status": {"conditions": conditions}}),
        ))
    };
    let available = |ill: Member| {
        let outcome = plan(&observed(
            &initialized(&json!({})),
            vec![healthy("a"), healthy("b"), ill],
        ));
        let told = outcome.object.condition("Available").expect("it is told").clone();
        (told.status.as_str(), told.message)
    };
    assert_eq!(available(sick("2026-08-21T11:59:55Z")), ("True", String::new()));
    assert_eq!(
        available(sick("2026-08-21T11:59:00Z")),
        (
            "True",
            "* 2 of 3 etcd members are healthy, at least 2 healthy member required for etcd quorum\n\
             * 2 of 3 Machines have healthy control plane components, at least 1 required"
                .to_owned()
        )
    );
}

#[test]
fn a_member_without_a_machine_spoils_etcds_health() {
    let mut world = observed(
        &initialized(&json!({})),
        vec![healthy("a"), healthy("b"), healthy("c")],
    );
    let told = |world: &Observed, kind: &str| {
        let outcome = plan(world);
        let told = outcome.object.condition(kind).expect("it is told").clone();
        (told.status.as_str(), told.reason.to_string(), told.message)
    };
    assert_eq!(told(&world, "EtcdClusterHealthy").1, "Healthy");
    world.etcd = etcd_of(&["a", "b", "c", "lost"]);
    let (status, reason, message) = told(&world, "EtcdClusterHealthy");
    assert_eq!(
        (status, reason.as_str(), message.as_str()),
        (
            "False",
            "NotHealthy",
            "* Etcd member lost does not have a corresponding Machine"
        )
    );
    assert_eq!(
        told(&world, "Available").2,
        "The list of etcd members does not match the list of Machines and Nodes"
    );
    world.kubeadm_config_exists = false;
    world.control_plane = observed(&json!({}), vec![]).control_plane;
    let (status, reason, message) = told(&world, "EtcdClusterHealthy");
    assert_eq!(
        (status, reason.as_str(), message.as_str()),
        (
            "Unknown",
            "InspectionFailed",
            "Waiting for Cluster control plane to be initialized"
        )
    );
}

#[test]
fn certificates_that_are_not_available_make_it_unavailable() {
    let mut world = observed(
        &initialized(&json!({})),
        vec![healthy("a"), healthy("b"), healthy("c")],
    );
    world.secrets = Secrets::Read {
        certificates: Certificates {
            found: BTreeMap::from([(Purpose::Etcd, Found::Missing("why".to_owned()))]),
            cluster: "c".to_owned(),
            of_machines: Vec::new(),
        },
        kubeconfig: Kubeconfig::Present,
    };
    let outcome = plan(&world);
    let told = outcome.object.condition("Available").expect("it is told");
    assert_eq!(told.message, "* Control plane certificates are not available");
    let older = outcome
        .object
        .status
        .deprecated
        .and_then(|older| older.v1beta1)
        .expect("it is told");
    let certificates = older
        .conditions
        .iter()
        .find(|told| told.kind == "CertificatesAvailable")
        .expect("it is told");
    assert_eq!(certificates.severity.as_deref(), Some("Warning"));
    assert_eq!(
        certificates.message.as_deref(),
        Some("Secret c-etcd does not exist: why")
    );
    assert_eq!(
        (
            older.conditions[0].kind.as_str(),
            older.conditions[0].status.as_str()
        ),
        ("Ready", "False")
    );
}

#[test]
fn the_older_model_tells_of_rollouts_and_sizes() {
    let older = |wishes: &Value, machines: Vec<Member>| {
        let status = plan(&observed(&initialized(wishes), machines)).object.status;
        status
            .deprecated
            .and_then(|older| older.v1beta1)
            .expect("it is told")
    };
    let up_to_date = |name: &str| {
        let mut conditions: Vec<(&str, &str)> = COMPONENTS.iter().map(|(kind, _)| (*kind, "True")).collect();
        conditions.extend([
            (ETCD_MEMBER, "True"),
            (NODE_MARKED, "True"),
            ("UpToDate", "True"),
            ("Ready", "True"),
        ]);
        member(samples::machine(name, &conditions, &json!({})))
    };
    let told = older(
        &json!({"spec": {"replicas": 5}}),
        vec![
            up_to_date("a"),
            up_to_date("b"),
            outdated("c", "2026-08-21T11:00:00Z"),
        ],
    );
    let of = |kind: &str| {
        let told = told.conditions.iter().find(|told| told.kind == kind).expect(kind);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{} {} {} {}",
            told.status,
            text(&told.severity),
            text(&told.reason),
            text(&told.message)
        )
    };
    assert_eq!(
        of("MachinesSpecUpToDate"),
        "False Warning RollingUpdateInProgress Rolling 1 replicas with outdated spec (2 replicas up to date)"
    );
    assert_eq!(
        of("Resized"),
        "False Warning ScalingUp Scaling up control plane to 5 replicas (actual 3)"
    );
    assert_eq!(
        of("MachinesReady"),
        "False Info NotYetReported @ Machine/c 2 of 3 completed"
    );
    assert_eq!(of("Available"), "True   ");
    assert_eq!(of("ControlPlaneComponentsHealthy"), "True   ");
    assert_eq!(of("Ready"), of("MachinesSpecUpToDate"), "the first of the worst");
    assert_eq!(
        (
            told.ready_replicas,
            told.unavailable_replicas,
            told.updated_replicas
        ),
        (Some(2), Some(3), Some(2))
    );
    // One that has just been made has not been told that it is up to date.
    let told = older(
        &json!({"spec": {"replicas": 3}}),
        vec![
            up_to_date("a"),
            up_to_date("b"),
            member(samples::machine("new", &[], &json!({}))),
        ],
    );
    let rolling = told
        .conditions
        .iter()
        .find(|told| told.kind == "MachinesSpecUpToDate");
    assert_eq!(rolling.map(|told| told.status.as_str()), Some("True"));
    assert_eq!(told.updated_replicas, Some(3));
}

/// Status and message of a condition of a control plane with two machines, of which one is only coming.
#[test]
fn a_machine_that_comes_leaves_the_word_on_the_others() {
    let told = |coming: &Value, kind: &str| {
        let kinds = COMPONENTS.iter().map(|(kind, _)| *kind).chain([ETCD_MEMBER]);
        let conditions: Vec<Value> = kinds
            .map(|kind| json!({"type": kind, "status": "Unknown", "reason": "InspectionFailed", "message": "waits"}))
            .collect();
        let mut more = json!({"status": {"nodeRef": null, "conditions": conditions}});
        json_patch::merge(&mut more, coming);
        let new = |name: &str| member(samples::machine(name, &[], &more));
        let world = observed(&initialized(&json!({})), vec![healthy("a"), new("c"), new("b")]);
        let told = plan(&world).object.condition(kind).expect("it is told").clone();
        format!("{} {}", told.status.as_str(), told.message)
    };
    let known = json!({"spec": {"providerID": "in-memory://b"}});
    for (kind, line) in [
        ("ControlPlaneComponentsHealthy", "Control plane components: waits"),
        ("EtcdClusterHealthy", "EtcdMemberHealthy: waits"),
    ] {
        assert_eq!(told(&json!({}), kind), "True ");
        assert_eq!(
            told(&known, kind),
            format!("Unknown * Machines b, c:\n  * {line}")
        );
    }
}

#[test]
fn a_machine_without_a_node_says_what_it_waits_for() {
    let world = observed(&json!({}), vec![]);
    let nodeless = |more: &Value| {
        let mut whole = json!({"status": {"nodeRef": null}});
        json_patch::merge(&mut whole, more);
        let mut new = member(samples::machine("b", &[], &whole));
        new.infrastructure = External::Missing {
            kind: "DevMachine".to_owned(),
            watched: true,
        };
        told(&world, &new, ETCD_MEMBER).2
    };
    assert_eq!(
        nodeless(&json!({})),
        "Waiting for DevMachine to report spec.providerID"
    );
    assert_eq!(
        nodeless(&json!({"spec": {"providerID": "in-memory://b"}})),
        "Waiting for a Node with spec.providerID in-memory://b to exist"
    );
}

#[test]
fn what_the_cluster_waits_for_does_not_hold_the_control_plane_up() {
    let mut world = observed(&json!({}), vec![]);
    world.cluster = Some(samples::object("c", &json!({})));
    let told = plan(&world)
        .object
        .condition("ScalingUp")
        .expect("it is told")
        .message
        .clone();
    assert_eq!(told, "Scaling up from 0 to 3 replicas");
}

#[test]
fn of_a_node_that_is_not_heard_of_nothing_is_known() {
    let world = observed(&json!({}), vec![]);
    let mut lost = whole(&running());
    let taints = json!([{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]);
    lost.node = Some(node(&json!({}), &taints));
    for kind in ["APIServerPodHealthy", ETCD_MEMBER] {
        let (status, reason, message) = told(&world, &lost, kind);
        assert_eq!(
            (status.as_str(), reason.as_str()),
            ("Unknown", "InspectionFailed")
        );
        assert!(
            message.starts_with("Node ") && message.ends_with(" is unreachable"),
            "{message}"
        );
    }
}
