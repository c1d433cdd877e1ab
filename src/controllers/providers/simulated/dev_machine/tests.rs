//! Tables of the DevMachine's plan: what it waits for, and when each step is over.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::samples;

fn observed(infrastructure: &Value, machine: &Value) -> Observed {
    Observed {
        infrastructure: samples::object("m", infrastructure),
        machine: Some(samples::machine("m", &[], machine)),
        config: None,
        cluster: Some(samples::cluster()),
        reach: Reach::default(),
        node: None,
        network: Network::Brought,
        has_network: false,
        settings: SimulationSettings {
            vm_startup: Duration::from_secs(10),
            node_startup: Duration::from_secs(2),
            jitter: 0.0,
            ..SimulationSettings::default()
        },
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

fn started(seconds_ago: i64) -> Value {
    let at = samples::now()
        .checked_sub(jiff::SignedDuration::from_secs(seconds_ago))
        .expect("a time");
    json!({"metadata": {"annotations": {STARTED_ANNOTATION: at.to_string()}}})
}

fn with_data() -> Value {
    json!({"spec": {"bootstrap": {"dataSecretName": "m"}}})
}

fn reason(outcome: &Outcome<DevMachine>, kind: &str) -> String {
    outcome
        .object
        .condition(kind)
        .map(|told| told.reason.to_string())
        .unwrap_or_default()
}

#[test]
fn a_machine_waits_for_data_starts_and_joins() {
    let waiting = plan(&observed(&json!({}), &json!({})));
    assert_eq!(reason(&waiting, "VMProvisioned"), "WaitingForBootstrapData");

    let starting = plan(&observed(&json!({}), &with_data()));
    assert_eq!(starting.requeue, Some(Duration::from_secs(10)));
    assert!(starting.object.metadata.annotation(STARTED_ANNOTATION).is_some());

    let under_way = plan(&observed(&started(4), &with_data()));
    assert_eq!(reason(&under_way, "VMProvisioned"), "WaitingForStartupTimeout");
    assert_eq!(under_way.requeue, Some(Duration::from_secs(6)));

    let runs = plan(&observed(&started(10), &with_data()));
    assert_eq!(runs.object.spec.provider_id.as_deref(), Some("in-memory://m"));
    assert!(runs.object.is_true("Ready"));
    assert_eq!(reason(&runs, "NodeProvisioned"), "WaitingForStartupTimeout");
    assert!(runs.changes.is_empty(), "the node takes longer");

    let joins = plan(&observed(&started(12), &with_data()));
    let kinds: Vec<&str> = joins
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Workload {
                write: WorkloadWrite::Create { resource, .. },
                ..
            } => Some(resource.kind.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, ["Node"]);
    assert_eq!(
        reason(&joins, "NodeProvisioned"),
        "WaitingForNode",
        "told only when it was seen"
    );
}

#[test]
fn the_workload_cluster_begins_with_the_first_control_plane_machine() {
    let control_plane = json!({"metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}}, "spec": {"bootstrap": {"dataSecretName": "m"}}});
    let begun = |world: &Observed| begins(world, &plan(world)).map(|cluster| cluster.to_string());
    let first = observed(&started(12), &control_plane);
    assert_eq!(begun(&first).as_deref(), Some("default/c"));
    assert_eq!(
        begun(&observed(&started(11), &control_plane)),
        None,
        "it still starts"
    );
    assert_eq!(begun(&observed(&started(12), &with_data())), None, "a worker");
    let mut joins = observed(&started(12), &control_plane);
    joins.config = Some(samples::object("m", &json!({"spec": {"joinConfiguration": {}}})));
    assert_eq!(begun(&joins), None, "another one was there before");
    let mut there = observed(&started(12), &control_plane);
    let seen = json!({"status": {"conditions": [
        {"type": "NodeProvisioned", "status": "True", "reason": "Provisioned"}
    ]}});
    let mut more = started(12);
    json_patch::merge(&mut more, &seen);
    there.infrastructure = samples::object("m", &more);
    assert_eq!(begun(&there), None, "it has begun");
}

#[test]
fn a_control_plane_machine_brings_its_pods_before_its_node() {
    let machine = json!({"metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}}, "spec": {"bootstrap": {"dataSecretName": "m"}}});
    let joins = plan(&observed(&started(12), &machine));
    let names: Vec<String> = joins
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Workload {
                write: WorkloadWrite::Create { object, .. },
                ..
            } => object.metadata.name.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(
        names,
        [
            "kubeadm-config",
            "coredns",
            "coredns",
            "kube-proxy",
            "etcd-m",
            "kube-apiserver-m",
            "kube-controller-manager-m",
            "kube-scheduler-m",
            "m"
        ]
    );
}

#[test]
fn a_failure_is_told_with_its_reason_and_stops_the_start() {
    let failing = json!({"metadata": {"annotations": {FAIL_ANNOTATION: "QuotaExceeded: 3 of 3 used"}}});
    let outcome = plan(&observed(&failing, &with_data()));
    let told = outcome.object.condition("VMProvisioned").expect("it is told");
    assert_eq!(
        (told.reason.as_str(), told.message.as_str()),
        ("QuotaExceeded", "3 of 3 used")
    );
    assert_eq!(
        outcome.object.condition("Ready").expect("it is told").message,
        "* VMProvisioned: 3 of 3 used"
    );
    assert_eq!(outcome.object.metadata.annotation(STARTED_ANNOTATION), None);
    let short = json!({"metadata": {"annotations": {FAIL_ANNOTATION: "no more"}}});
    assert_eq!(
        reason(&plan(&observed(&short, &with_data())), "VMProvisioned"),
        "ProvisioningFailed"
    );
}

/// A node that is Ready, or has this to say of why it is not.
fn node(why_not: &str) -> Node {
    let status = if why_not.is_empty() { "True" } else { "False" };
    let node = json!({"metadata": {"name": "m"}, "status": {"conditions": [
        {"type": "MemoryPressure", "status": "False", "lastTransitionTime": "2026-08-21T11:00:00Z"},
        {"type": "Ready", "status": status, "message": why_not, "lastTransitionTime": "2026-08-21T11:00:00Z"}
    ]}});
    serde_json::from_value(node).expect("a Node")
}

#[test]
fn a_node_waits_for_its_network_and_for_nothing_else() {
    let runs = json!({"status": {"initialization": {"provisioned": true}}});
    let mut world = observed(&runs, &with_data());
    world.reach = Reach {
        last_success: Some(samples::now()),
        listed: true,
        ..Reach::default()
    };
    world.node = Some(Arc::new(node(cni::NOT_READY)));
    let waiting = plan(&world);
    assert!(waiting.changes.is_empty());
    assert_eq!(waiting.requeue, Some(Duration::from_secs(15)));
    world.has_network = true;
    let changes = plan(&world).changes;
    let [
        Change::Workload {
            write: WorkloadWrite::Patch {
                status: true, patch, ..
            },
            ..
        },
    ] = changes.as_slice()
    else {
        panic!("{changes:?}");
    };
    let conditions = &patch["status"]["conditions"];
    assert_eq!(conditions[1]["status"], "True");
    assert_eq!(
        conditions[0]["lastTransitionTime"], "2026-08-21T11:00:00Z",
        "what has not changed stays"
    );
    world.node = Some(Arc::new(node("container runtime is down")));
    assert!(
        plan(&world).changes.is_empty(),
        "that is not for want of a network"
    );
}

#[test]
fn what_runs_does_not_fail_any_more() {
    let runs = json!({
        "metadata": {"annotations": {FAIL_ANNOTATION: "TooLate: yes"}},
        "status": {"initialization": {"provisioned": true}}
    });
    let mut observed = observed(&runs, &with_data());
    observed.node = Some(Arc::new(node("")));
    let outcome = plan(&observed);
    assert!(outcome.object.is_true("Ready") && outcome.object.is_true("NodeProvisioned"));
    assert!(outcome.changes.is_empty());
}

#[test]
fn a_machine_that_is_deleted_takes_its_time_to_stop() {
    let at = samples::now()
        .checked_sub(jiff::SignedDuration::from_secs(2))
        .expect("a time");
    let deleted =
        json!({"metadata": {"deletionTimestamp": at.to_string(), "finalizers": [MACHINE_FINALIZER]}});
    let mut observed = observed(&deleted, &with_data());
    observed.settings.vm_shutdown = Duration::from_secs(3);
    let stopping = plan(&observed);
    assert_eq!(stopping.requeue, Some(Duration::from_secs(1)));
    assert!(
        stopping
            .object
            .metadata
            .finalizers
            .as_ref()
            .is_some_and(|left| !left.is_empty())
    );

    observed.settings.vm_shutdown = Duration::ZERO;
    let gone = plan(&observed);
    assert!(gone.object.metadata.finalizers.as_ref().is_none_or(Vec::is_empty));
}
