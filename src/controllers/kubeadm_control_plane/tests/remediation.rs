//! Who is repaired, when, and how often.

use serde_json::{Value, json};

use super::*;
use crate::kubeadm_control_plane::remediation::{Verdict, decide};
use crate::object::Metadata;

fn ill_with(name: &str, broken: &[&str], more: &Value) -> Member {
    let mut conditions: Vec<(&str, &str)> = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .chain([ETCD_MEMBER, NODE_MARKED])
        .map(|kind| (kind, if broken.contains(&kind) { "False" } else { "True" }))
        .collect();
    conditions.extend([("HealthCheckSucceeded", "False"), ("OwnerRemediated", "False")]);
    member(samples::machine(name, &conditions, more))
}

fn ill(name: &str) -> Member {
    ill_with(name, &[], &json!({}))
}

fn world(more: &Value, machines: Vec<Member>) -> Observed {
    let mut whole = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    json_patch::merge(&mut whole, more);
    observed(&whole, machines)
}

fn replaced(verdict: &Verdict) -> (&str, i32) {
    match verdict {
        Verdict::Replace { machine, repair } => (machine, repair.retry_count),
        other => panic!("not replaced: {other:?}"),
    }
}

fn refusal(verdict: Verdict) -> (&'static str, String) {
    match verdict {
        Verdict::Refused { reason, message, .. } => (reason, message),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_one_most_in_need_is_replaced_and_that_is_remembered() {
    let none = json!({});
    assert_eq!(
        decide(&world(&none, vec![healthy("a"), healthy("b"), healthy("c")])),
        Verdict::Nothing
    );
    let order = [
        ill_with(
            "wished",
            &[],
            &json!({"metadata": {"annotations": {"cluster.x-k8s.io/remediate-machine": ""}}}),
        ),
        ill_with("member", &[ETCD_MEMBER], &none),
        ill_with("server", &["APIServerPodHealthy"], &none),
        ill_with("plain", &[], &none),
    ];
    for most in 0..order.len() {
        let mut machines: Vec<Member> = order[most..].iter().rev().cloned().collect();
        // Enough well ones that a quorum stays.
        machines.extend(["w", "x", "y", "z"].map(healthy));
        let verdict = decide(&world(&none, machines));
        assert_eq!(replaced(&verdict).0, order[most].machine.name());
    }
    let outcome = plan(&world(&none, vec![healthy("a"), healthy("b"), ill("c")]));
    let deleted: Vec<_> = outcome
        .changes
        .iter()
        .filter(|change| matches!(change, Change::Delete { .. }))
        .collect();
    assert_eq!(deleted.len(), 1);
    let annotation = outcome
        .object
        .metadata
        .annotation("controlplane.cluster.x-k8s.io/remediation-in-progress");
    assert_eq!(
        annotation,
        Some(r#"{"machine":"c","timestamp":"2026-08-21T12:00:00Z","retryCount":0}"#)
    );
}

#[test]
fn the_new_machine_takes_the_memory_over_although_others_are_not_well() {
    let repair = r#"{"machine":"gone","timestamp":"2026-08-21T11:50:00Z","retryCount":2}"#;
    let wishes = json!({"metadata": {"annotations": {"controlplane.cluster.x-k8s.io/remediation-in-progress": repair}}});
    let sick = member(samples::machine(
        "b",
        &[("APIServerPodHealthy", "False")],
        &json!({}),
    ));
    let outcome = plan(&world(&wishes, vec![healthy("a"), sick]));
    let machine = outcome.changes.iter().find_map(|change| match change {
        Change::Create { id, object } if id.kind == Watched::Machine => Some(object),
        _ => None,
    });
    let machine = machine.expect("it is made");
    assert_eq!(
        machine
            .metadata
            .annotation("controlplane.cluster.x-k8s.io/remediation-for"),
        Some(repair)
    );
    assert_eq!(
        outcome
            .object
            .metadata
            .annotation("controlplane.cluster.x-k8s.io/remediation-in-progress"),
        None
    );
    let last = outcome.object.status.last_remediation.expect("it is told");
    assert_eq!(
        (last.machine.as_str(), last.retry_count, last.time.as_str()),
        ("gone", 2, "2026-08-21T11:50:00Z")
    );
}

#[test]
fn a_repair_that_was_begun_is_ended() {
    let key = "controlplane.cluster.x-k8s.io/remediation-in-progress";
    let repair = r#"{"machine":"c","timestamp":"2026-08-21T11:50:00Z","retryCount":2}"#;
    let wishes = json!({"metadata": {"annotations": {key: repair}}});
    let begun = world(&wishes, vec![healthy("a"), healthy("b"), ill("c")]);
    assert_eq!(replaced(&decide(&begun)), ("c", 2), "the deletion had failed");
    let gone = world(&wishes, vec![healthy("a"), healthy("b"), ill("d")]);
    assert_eq!(decide(&gone), Verdict::Nothing);
    assert_eq!(
        plan(&gone).object.metadata.annotation(key),
        None,
        "nobody has to come for it"
    );
    let missing = world(&wishes, vec![healthy("a"), healthy("b")]);
    let outcome = plan(&missing);
    assert!(
        outcome
            .changes
            .iter()
            .any(|change| matches!(change, Change::Create { .. }))
    );
}

#[test]
fn nobody_is_replaced_at_the_price_of_the_others() {
    let none = json!({});
    let (reason, message) = refusal(decide(&world(&none, vec![ill("a")])));
    assert_eq!(
        (reason, message.as_str()),
        (
            "CannotBeRemediated",
            "KubeadmControlPlane can't remediate if current replicas are less or equal to 1"
        )
    );
    let going = healthy_with(
        "g",
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}),
    );
    let joining = member(samples::machine("j", &[], &json!({"status": {"nodeRef": null}})));
    let bad = || member(samples::machine("s", &[(ETCD_MEMBER, "False")], &none));
    let cases = [
        (
            vec![ill("a"), healthy("b"), going],
            "RemediationDeferred",
            "deletion to complete",
        ),
        (
            vec![ill("a"), healthy("b"), joining],
            "RemediationDeferred",
            "provisioning to complete",
        ),
        (
            vec![ill("a"), healthy("b"), bad()],
            "CannotBeRemediated",
            "in etcd quorum loss",
        ),
    ];
    for (machines, expected, part) in cases {
        let (reason, message) = refusal(decide(&world(&none, machines)));
        assert!(
            reason == expected && message.contains(part),
            "{reason}: {message}"
        );
    }
    let mut five = vec![ill("a"), bad()];
    five.extend(["c", "d", "e"].map(healthy));
    assert_eq!(
        replaced(&decide(&world(&none, five))).0,
        "a",
        "three of four are a quorum"
    );
    // Before there is a cluster there is nothing to lose.
    let mut first = observed(
        &none,
        vec![ill_with("a", &[], &json!({"status": {"nodeRef": null}}))],
    );
    first.kubeadm_config_exists = false;
    assert_eq!(replaced(&decide(&first)).0, "a");
    // What is told of it stands on the machine.
    let outcome = plan(&world(&none, vec![ill("a")]));
    let told = outcome.changes.iter().find_map(|change| match change {
        Change::PatchStatus { patch, .. } => Some(patch["status"]["conditions"].clone()),
        _ => None,
    });
    let told = told.map(|told| told.to_string()).unwrap_or_default();
    let main_first = outcome
        .changes
        .iter()
        .any(|change| matches!(change, Change::Patch { .. }));
    assert!(main_first || told.contains("CannotBeRemediated"), "{told}");
}

#[test]
fn repairs_in_a_row_are_counted_spaced_and_ended() {
    let replacement = |minutes_ago: i64, count: i32| {
        let time = samples::now() - jiff::SignedDuration::from_mins(minutes_ago);
        let repair =
            json!({"machine": "gone", "timestamp": time.to_string(), "retryCount": count}).to_string();
        let more =
            json!({"metadata": {"annotations": {"controlplane.cluster.x-k8s.io/remediation-for": repair}}});
        vec![healthy("a"), healthy("b"), ill_with("c", &[], &more)]
    };
    let limits = json!({"spec": {"remediation": {"maxRetry": 3, "retryPeriodSeconds": 300, "minHealthyPeriodSeconds": 1800}}});
    assert_eq!(replaced(&decide(&world(&limits, replacement(10, 1)))), ("c", 2));
    assert_eq!(
        replaced(&decide(&world(&limits, replacement(31, 3)))),
        ("c", 0),
        "it was well for long"
    );
    let (reason, message) = refusal(decide(&world(&limits, replacement(4, 1))));
    assert!(
        reason == "RemediationDeferred" && message.ends_with("in the latest 300s (RetryPeriod)"),
        "{message}"
    );
    let (reason, message) = refusal(decide(&world(&limits, replacement(10, 3))));
    assert!(
        reason == "CannotBeRemediated" && message.ends_with("failed 3 times (MaxRetry)"),
        "{message}"
    );
    assert_eq!(
        replaced(&decide(&world(&json!({}), replacement(1, 99)))),
        ("c", 100),
        "without limits"
    );
}

#[test]
fn who_is_well_again_is_left_in_peace() {
    let conditions = [("HealthCheckSucceeded", "True"), ("OwnerRemediated", "False")];
    let recovered = member(samples::machine("a", &conditions, &json!({})));
    let mut machine = Object::clone(&recovered.machine);
    crate::kubeadm_control_plane::remediation::forget_recovered(&mut machine);
    assert!(machine.condition("OwnerRemediated").is_none());
    assert_eq!(decide(&world(&json!({}), vec![recovered])), Verdict::Nothing);
}
