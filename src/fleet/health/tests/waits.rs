//! What goes on only once somebody acts is a problem after minutes, and not before.

use serde_json::{Value, json};

use super::{Health, conditions, judge, worker};
use crate::fixtures::{condition, now, set, store, with};
use crate::problems::Problems;
use crate::waits_for::WaitsFor;

/// A machine that is ten minutes old, with a condition that has been so since then.
fn machine(mut says: Value, since: &str) -> Value {
    set(&mut says, "/lastTransitionTime", json!(since));
    with(
        conditions(worker(), &[says]),
        &[("/metadata/creationTimestamp", json!("2026-08-21T11:50:00Z"))],
    )
}

#[test]
fn a_node_without_a_network_plugin_waits_for_a_person_after_three_minutes() {
    let without = |message: &str, since: &str| {
        let said = format!("* NodeHealthy:\n  * Node.Ready: {message}");
        machine(condition("Ready", "False", "NotReady", &said), since)
    };
    let cni = "container runtime network not ready: cni plugin not initialized";
    let of = |message: &str, since: &str| judge(&[without(message, since)]).0;
    assert_eq!(of(cni, "2026-08-21T11:58:00Z"), Health::Progressing);
    assert_eq!(of(cni, "2026-08-21T11:56:00Z"), Health::Warning);
    assert_eq!(
        of("the kubelet starts", "2026-08-21T11:56:00Z"),
        Health::Progressing
    );
    let problems = Problems::build(&store(&[without(cni, "2026-08-21T11:56:00Z")]), now());
    let [problem] = problems.list() else {
        panic!("{:#?}", problems.list());
    };
    assert_eq!(problem.waits_for, WaitsFor::Person(crate::workload::NO_CNI));
    // Before it is a problem, what is on its way says what it waits for.
    let early = |message: &str| {
        let early = Problems::build(&store(&[without(message, "2026-08-21T11:58:00Z")]), now());
        assert_eq!(early.list(), []);
        early.on_their_way().person
    };
    assert_eq!(early(cni), Some(crate::workload::NO_CNI));
    assert_eq!(early("the kubelet starts"), None);
}

#[test]
fn a_drain_that_a_budget_holds_is_a_problem_after_three_minutes_and_names_the_pod() {
    let draining = |message: &str, since: &str| {
        let says = condition("Deleting", "True", "DrainingNode", message);
        with(
            machine(says, since),
            &[
                ("/metadata/deletionTimestamp", json!(since)),
                ("/metadata/finalizers", json!(["machine.cluster.x-k8s.io"])),
            ],
        )
    };
    let held = "Drain not completed yet (started at 2026-08-21T11:50:00Z):\n* Pod default/db-0: cannot evict pod as it \
                would violate the pod's disruption budget. The disruption budget db needs 1 healthy pods and has 1 currently";
    let of = |message: &str, since: &str| judge(&[draining(message, since)]).0;
    assert_eq!(of(held, "2026-08-21T11:58:00Z"), Health::Progressing);
    assert_eq!(of(held, "2026-08-21T11:56:00Z"), Health::Warning);
    let goes = "Drain not completed yet (started at 2026-08-21T11:50:00Z):\n* Pod default/db-0: deletionTimestamp set, but still not removed from the Node";
    assert_eq!(of(goes, "2026-08-21T11:56:00Z"), Health::Progressing);
    // Before it is a problem, what is on its way says what it waits for.
    let early = |message: &str| {
        let early = Problems::build(&store(&[draining(message, "2026-08-21T11:58:00Z")]), now());
        assert_eq!(early.list(), []);
        early.on_their_way().person
    };
    assert_eq!(early(held), Some(crate::drain::HELD));
    assert_eq!(early(goes), None);
    let problems = Problems::build(&store(&[draining(held, "2026-08-21T11:56:00Z")]), now());
    let [problem] = problems.list() else {
        panic!("{:#?}", problems.list());
    };
    assert_eq!(problem.waits_for, WaitsFor::Drain);
    assert!(
        problem.line.contains("default/db-0") && problem.line.contains("budget db"),
        "{}",
        problem.line
    );
}
