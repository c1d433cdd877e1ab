//! Tables of the MachineHealthCheck: who is unhealthy and why, what is told, and when nobody is repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, Machine, MachineHealthCheck, VersionedReference};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};

use super::checks::{self, Health};
use super::observe::{NodeState, Observed, Target};
use super::plan::plan;
use super::requests::{Other, Remedy, Request};
use crate::change::Change;
use crate::object::Object;
use crate::samples;

fn cluster(initialised: &str, infrastructure: &str) -> Arc<Object<Cluster>> {
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "reason": "x", "message": "", "lastTransitionTime": "2026-08-21T11:30:00Z"});
    samples::object(
        "c",
        &json!({"status": {"conditions": [
            condition("ControlPlaneInitialized", initialised), condition("InfrastructureReady", infrastructure)
        ]}}),
    )
}

fn node(status: &str, since: &str) -> NodeState {
    let node = json!({"metadata": {"name": "n"}, "status": {"conditions": [
        {"type": "Ready", "status": status, "reason": "NodeStatusUnknown", "lastTransitionTime": since}
    ]}});
    NodeState::There(Arc::new(serde_json::from_value(node).expect("a Node")))
}

fn machine(name: &str, more: &Value) -> Arc<Object<Machine>> {
    let mut machine = json!({
        "metadata": {"labels": {"cluster.x-k8s.io/cluster-name": "c"}},
        "spec": {"clusterName": "c"}, "status": {"nodeRef": {"name": "n"}}
    });
    json_patch::merge(&mut machine, more);
    samples::object(name, &machine)
}

fn check(more: &Value) -> Arc<Object<MachineHealthCheck>> {
    let mut check = json!({"spec": {
        "clusterName": "c",
        "selector": {"matchLabels": {"cluster.x-k8s.io/cluster-name": "c"}},
        "checks": {
            "nodeStartupTimeoutSeconds": 600,
            "unhealthyNodeConditions": [{"type": "Ready", "status": "Unknown", "timeoutSeconds": 300}],
            "unhealthyMachineConditions": [{"type": "Broken", "status": "True", "timeoutSeconds": 60}]
        }
    }});
    json_patch::merge(&mut check, more);
    samples::object("check", &check)
}

fn judged(machine: Arc<Object<Machine>>, node: NodeState, cluster: &Object<Cluster>) -> Health {
    let target = Target { machine, node };
    let check = check(&json!({}));
    checks::judge(&target, check.spec.checks.as_ref(), cluster, samples::now())
}

/// Reason and message of an unhealthy machine.
fn ailment(machine: Arc<Object<Machine>>, node: NodeState) -> (String, String) {
    match judged(machine, node, &cluster("True", "True")) {
        Health::Unhealthy(ailment) => (ailment.reason.to_owned(), ailment.message),
        other @ (Health::Healthy | Health::NotYet(_)) => panic!("{other:?}"),
    }
}

fn broken(since: &str) -> Value {
    json!({"status": {"conditions": [
        {"type": "Broken", "status": "True", "reason": "Disk", "message": "", "lastTransitionTime": since}
    ]}})
}

#[test]
fn every_check_has_its_reason_and_message() {
    let fine = || node("True", "2026-08-21T11:00:00Z");
    let annotated = json!({"metadata": {"annotations": {"cluster.x-k8s.io/remediate-machine": ""}}});
    assert_eq!(
        ailment(machine("m", &annotated), fine()),
        (
            "HasRemediateAnnotation".to_owned(),
            "Health check failed: marked for remediation via cluster.x-k8s.io/remediate-machine annotation"
                .to_owned()
        )
    );
    let tell = |reason: &str, message: &str| (reason.to_owned(), message.to_owned());
    assert_eq!(
        ailment(machine("m", &json!({})), node("Unknown", "2026-08-21T11:54:59Z")),
        tell(
            "UnhealthyNode",
            "Health check failed:\n  * Condition Ready on Node is reporting status Unknown with reason NodeStatusUnknown for more \
             than 5m0s"
        )
    );
    assert_eq!(
        ailment(machine("m", &json!({})), NodeState::Gone),
        tell("NodeDeleted", "Health check failed:\n  * Node n has been deleted")
    );
    let late =
        json!({"metadata": {"creationTimestamp": "2026-08-21T11:40:00Z"}, "status": {"nodeRef": null}});
    assert_eq!(
        ailment(machine("m", &late), NodeState::None),
        tell(
            "NodeStartupTimeout",
            "Health check failed:\n  * Node failed to report startup in 10m0s"
        )
    );
    assert_eq!(
        ailment(machine("m", &broken("2026-08-21T11:58:00Z")), NodeState::Gone),
        tell(
            "UnhealthyMachine",
            "Health check failed:\n  * Condition Broken on Machine is reporting status True with reason Disk for more than 1m0s\n  * \
             Node n has been deleted"
        )
    );
}

/// A kubelet that never came to telling its condition would never be noticed.
#[test]
fn a_condition_that_a_node_does_not_tell_is_unknown() {
    let silent = |created: &str| {
        let node = json!({"metadata": {"name": "n", "creationTimestamp": created}, "status": {"conditions": [
            {"type": "MemoryPressure", "status": "False", "lastTransitionTime": "2026-08-21T11:00:00Z"}
        ]}});
        NodeState::There(Arc::new(serde_json::from_value(node).expect("a Node")))
    };
    let stands = cluster("True", "True");
    let long = ailment(machine("m", &json!({})), silent("2026-08-21T11:54:59Z"));
    assert_eq!(long.0, "UnhealthyNode");
    assert!(
        long.1.contains(
            "Condition Ready on Node is reporting status Unknown with reason NotReported for more than 5m0s"
        ),
        "{}",
        long.1
    );
    let soon = judged(machine("m", &json!({})), silent("2026-08-21T11:56:00Z"), &stands);
    assert_eq!(soon, Health::NotYet(Some(Duration::from_secs(61))));
}

#[test]
fn what_may_become_unhealthy_is_looked_at_when_its_time_is_over() {
    let ready = cluster("True", "True");
    let again = |machine: Arc<Object<Machine>>, node: NodeState| judged(machine, node, &ready);
    let in_seconds = |seconds| Health::NotYet(Some(Duration::from_secs(seconds)));
    assert_eq!(
        again(machine("m", &json!({})), node("Unknown", "2026-08-21T11:59:00Z")),
        in_seconds(241)
    );
    assert_eq!(
        again(
            machine("m", &broken("2026-08-21T11:59:30Z")),
            node("True", "2026-08-21T11:00:00Z")
        ),
        in_seconds(31)
    );
    // The latest of all prerequisites counts.
    let young = json!({"status": {"nodeRef": null, "conditions": [{
        "type": "InfrastructureReady", "status": "True", "reason": "x", "message": "",
        "lastTransitionTime": "2026-08-21T11:55:00Z"
    }]}});
    assert_eq!(again(machine("m", &young), NodeState::None), in_seconds(301));
}

#[test]
fn nobody_is_blamed_before_the_cluster_stands_but_its_own_control_plane() {
    let late =
        json!({"metadata": {"creationTimestamp": "2026-08-21T11:00:00Z"}, "status": {"nodeRef": null}});
    let mut first = late.clone();
    json_patch::merge(
        &mut first,
        &json!({"metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}}}),
    );
    let young = cluster("False", "True");
    let bare = cluster("True", "False");
    let waits = Health::NotYet(None);
    assert_eq!(judged(machine("m", &late), NodeState::None, &young), waits);
    assert_eq!(judged(machine("m", &late), NodeState::None, &bare), waits);
    assert!(matches!(
        judged(machine("m", &first), NodeState::None, &young),
        Health::Unhealthy(_)
    ));
    let fine = node("True", "2026-08-21T11:00:00Z");
    assert_eq!(
        judged(machine("m", &json!({})), fine.clone(), &cluster("True", "True")),
        Health::Healthy
    );
    let going = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
    assert_eq!(
        judged(machine("m", &going), fine, &cluster("True", "True")),
        Health::NotYet(None)
    );
}

fn observed(check: Arc<Object<MachineHealthCheck>>, targets: Vec<Target>) -> Observed {
    Observed {
        check,
        cluster: Some(cluster("True", "True")),
        targets,
        can_judge: true,
        remedy: Remedy::Owner,
        failed_requests: BTreeSet::new(),
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

fn target(name: &str, node: NodeState) -> Target {
    Target {
        machine: machine(name, &json!({})),
        node,
    }
}

/// Conditions of a machine that the plan writes, `HealthCheckSucceeded False NodeDeleted`.
fn told(observed: &Observed, name: &str) -> Vec<String> {
    let outcome = plan(observed).outcome;
    let patch = outcome.changes.iter().find_map(|change| match change {
        Change::PatchStatus { id, patch, .. } if id.name.name == *name => Some(patch.clone()),
        _ => None,
    });
    let conditions = patch.map(|patch| patch["status"]["conditions"].clone());
    let conditions = conditions.unwrap_or_default();
    let text = |condition: &Value, key: &str| condition[key].as_str().unwrap_or_default().to_owned();
    let told = conditions.as_array().into_iter().flatten().map(|condition| {
        [
            text(condition, "type"),
            text(condition, "status"),
            text(condition, "reason"),
        ]
        .join(" ")
    });
    told.collect()
}

fn two_of_three_ill(trigger: &Value) -> Observed {
    let fine = node("True", "2026-08-21T11:00:00Z");
    let check = check(&json!({"spec": {"remediation": {"triggerIf": trigger}}}));
    observed(
        check,
        vec![
            target("a", NodeState::Gone),
            target("b", NodeState::Gone),
            target("c", fine),
        ],
    )
}

#[test]
fn unhealthy_machines_are_marked_for_their_owner() {
    let world = two_of_three_ill(&json!({"unhealthyLessThanOrEqualTo": 2}));
    let ill = [
        "HealthCheckSucceeded False NodeDeleted",
        "OwnerRemediated False WaitingForRemediation",
    ];
    assert_eq!(told(&world, "a"), ill);
    assert_eq!(told(&world, "b"), ill);
    assert_eq!(
        told(&world, "c"),
        ["HealthCheckSucceeded True HealthCheckSucceeded"]
    );
    let object = plan(&world).outcome.object;
    let status = &object.status;
    assert_eq!(
        (
            status.expected_machines,
            status.current_healthy,
            status.remediations_allowed
        ),
        (Some(3), Some(1), Some(0))
    );
    assert_eq!(status.targets, ["a", "b", "c"]);
    assert!(object.is_true("RemediationAllowed"));
    let owner = object.metadata.owner_references.expect("an owner");
    assert_eq!(owner[0].kind, "Cluster");
}

#[test]
fn too_many_unhealthy_machines_are_told_and_not_marked() {
    let cases = [
        (
            json!({"unhealthyLessThanOrEqualTo": "40%"}),
            "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: 3, unhealthy: \
             2, maxUnhealthy: 40%)",
        ),
        (
            json!({"unhealthyInRange": "[3-5]"}),
            "Remediation is not allowed, the number of not started or unhealthy machines does not fall within the range (total: 3, \
             unhealthy: 2, unhealthyRange: [3-5])",
        ),
    ];
    for (trigger, message) in cases {
        let world = two_of_three_ill(&trigger);
        assert_eq!(
            told(&world, "a"),
            ["HealthCheckSucceeded False NodeDeleted"],
            "{trigger}"
        );
        let object = plan(&world).outcome.object;
        let refused = object.condition("RemediationAllowed").expect("told");
        assert_eq!(
            (refused.reason.as_str(), refused.message.as_str()),
            ("TooManyUnhealthy", message)
        );
        assert_eq!(object.status.remediations_allowed, Some(0));
    }
}

#[test]
fn what_the_owner_says_stays_and_a_second_pass_writes_nothing() {
    let deferred = json!({"status": {"conditions": [
        {"type": "OwnerRemediated", "status": "False", "reason": "RemediationDeferred", "message": "",
         "lastTransitionTime": "2026-08-21T11:59:00Z"}
    ]}});
    let mut world = observed(
        check(&json!({})),
        vec![Target {
            machine: machine("a", &deferred),
            node: NodeState::Gone,
        }],
    );
    assert_eq!(
        told(&world, "a"),
        [
            "HealthCheckSucceeded False NodeDeleted",
            "OwnerRemediated False RemediationDeferred"
        ]
    );
    let first = plan(&world).outcome;
    let patch = first.changes.iter().find_map(|change| match change {
        Change::PatchStatus { patch, .. } => Some(patch.clone()),
        _ => None,
    });
    let mut patched = deferred;
    json_patch::merge(&mut patched, &patch.expect("a patch"));
    world.targets[0].machine = machine("a", &patched);
    world.check = Arc::new(first.object);
    let second = plan(&world).outcome;
    assert!(second.changes.is_empty(), "{:?}", second.changes);
    assert_eq!(second.object, *world.check);
}

#[test]
fn a_cluster_that_does_not_answer_makes_nobody_ill() {
    let mut world = two_of_three_ill(&json!({}));
    world.can_judge = false;
    let outcome = plan(&world).outcome;
    assert!(outcome.changes.is_empty());
    assert_eq!(outcome.requeue, Some(Duration::from_secs(15)));
    world.can_judge = true;
    world.cluster = Some(samples::object("c", &json!({"spec": {"paused": true}})));
    let outcome = plan(&world).outcome;
    assert!(outcome.changes.is_empty() && outcome.object.is_true("Paused"));
}

fn by_other(template: bool, asked: &[(&str, Option<&str>)]) -> Remedy {
    let resource = |kind: &str| ApiResource {
        group: "repair.example.org".to_owned(),
        version: "v1".to_owned(),
        api_version: "repair.example.org/v1".to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
    };
    let object: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "repair.example.org/v1", "kind": "RebootTemplate", "metadata": {"name": "t"},
        "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"times": 3}}}
    }))
    .expect("a template");
    let asked: BTreeMap<String, Option<String>> = asked
        .iter()
        .map(|(machine, uid)| ((*machine).to_owned(), uid.map(str::to_owned)))
        .collect();
    Remedy::Other(Box::new(Other {
        reference: VersionedReference {
            api_version: "repair.example.org/v1".to_owned(),
            kind: "RebootTemplate".to_owned(),
            name: "t".to_owned(),
        },
        template: template.then(|| (object, resource("Reboot"))),
        asked,
    }))
}

#[test]
fn repairs_by_others_are_asked_for_once_and_withdrawn() {
    let mut world = two_of_three_ill(&json!({}));
    world.remedy = by_other(true, &[("b", Some("1")), ("c", Some("2"))]);
    let waiting = "ExternallyRemediated False WaitingForRemediation".to_owned();
    assert!(
        told(&world, "b").contains(&waiting),
        "also where the first word was lost"
    );
    let requests = plan(&world).requests;
    let [
        Request::Delete {
            machine: cured, uid, ..
        },
        Request::Create { machine, object, .. },
    ] = requests.as_slice()
    else {
        panic!("{requests:?}");
    };
    assert_eq!((cured.as_str(), uid.as_str(), machine.as_str()), ("c", "2", "a"));
    assert_eq!(object.data["spec"], json!({"times": 3}));
    let labels = object.metadata.labels.clone().expect("labels");
    assert_eq!((labels["a"].as_str(), labels.len()), ("b", 2));
    assert_eq!(
        told(&world, "a"),
        [
            "HealthCheckSucceeded False NodeDeleted",
            "ExternallyRemediated False WaitingForRemediation"
        ]
    );
}

#[test]
fn a_missing_template_and_a_failed_request_are_told() {
    let mut world = two_of_three_ill(&json!({}));
    world.remedy = by_other(false, &[]);
    assert!(told(&world, "a").contains(&"ExternallyRemediated False RemediationTemplateNotFound".to_owned()));
    world.remedy = by_other(true, &[]);
    world.failed_requests = ["a".to_owned()].into();
    assert!(
        told(&world, "a").contains(&"ExternallyRemediated False RemediationRequestCreationFailed".to_owned())
    );
    assert!(told(&world, "b").contains(&"ExternallyRemediated False WaitingForRemediation".to_owned()));
}

/// What people are told, `reason: message`.
fn events(world: &Observed) -> Vec<String> {
    let told = plan(world).outcome.told.into_iter();
    told.map(|told| told.text()).collect()
}

#[test]
fn a_machine_that_is_marked_is_told_once() {
    let mut world = observed(check(&json!({})), vec![target("a", NodeState::Gone)]);
    let name = world.check.name().to_owned();
    assert_eq!(
        events(&world),
        [format!(
            "MachineMarkedUnhealthy: Machine default/a has been marked as unhealthy by default/{name}"
        )]
    );
    let marked = json!({"status": {"conditions": [
        {"type": "HealthCheckSucceeded", "status": "False", "reason": "NodeDeleted", "message": ""},
        {"type": "OwnerRemediated", "status": "False", "reason": "WaitingForRemediation", "message": ""}
    ]}});
    world.targets[0].machine = machine("a", &marked);
    assert_eq!(events(&world), [""; 0]);
    // It was ill before, and only now somebody may repair it.
    let found = json!({"status": {"conditions": [
        {"type": "HealthCheckSucceeded", "status": "False", "reason": "NodeDeleted", "message": ""}
    ]}});
    world.targets[0].machine = machine("a", &found);
    assert_eq!(events(&world).len(), 1);
}

#[test]
fn that_too_many_are_unhealthy_is_told_once_and_only_where_some_are() {
    let mut world = two_of_three_ill(&json!({"unhealthyLessThanOrEqualTo": 1}));
    let message = "RemediationRestricted: Remediation is not allowed, the number of not started or unhealthy machines exceeds \
                   maxUnhealthy (total: 3, unhealthy: 2, maxUnhealthy: 1)";
    assert_eq!(events(&world), [message]);
    world.check = Arc::new(plan(&world).outcome.object);
    assert_eq!(events(&world), [""; 0]);
    let mut starting = two_of_three_ill(&json!({"unhealthyLessThanOrEqualTo": 0}));
    starting.targets = vec![Target {
        machine: samples::machine(
            "new",
            &[],
            &json!({"metadata": {"creationTimestamp": "2026-08-21T11:59:59Z"}, "status": {"nodeRef": null}}),
        ),
        node: NodeState::None,
    }];
    let outcome = plan(&starting).outcome;
    assert!(outcome.object.is_false("RemediationAllowed"));
    assert!(outcome.told.is_empty(), "it has only not started yet");
}
