//! What goes on only once somebody acts is a problem after minutes, and not before.

use fleetui_api::kinds::Role;
use serde_json::{Value, json};

use super::{Health, conditions, judge, worker};
use crate::drain::HOLDS;
use crate::fixtures::{
    condition, key, machine as running, machine_set, now, set, store, whole_cluster, with,
};
use crate::problems::Problems;
use crate::store::FleetStore;
use crate::waits_for::WaitsFor;
use crate::workload::NO_CNI;

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
    assert_eq!(problem.waits_for, WaitsFor::Person(NO_CNI));
    // Before it is a problem, what is on its way says what it waits for.
    let early = |message: &str| {
        let early = Problems::build(&store(&[without(message, "2026-08-21T11:58:00Z")]), now());
        assert_eq!(early.list(), []);
        early.on_their_way().person
    };
    assert_eq!(early(cni).told().as_deref(), Some(NO_CNI));
    assert!(!early("the kubelet starts").any());
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
    assert_eq!(early(held).told().as_deref(), Some(crate::drain::HELD));
    assert!(!early(goes).any());
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

#[test]
fn a_missing_plugin_and_a_held_drain_are_told_both_of_a_machine_and_of_what_makes_it() {
    let both = Some(format!("{NO_CNI}; and {}", crate::drain::HELD));
    let cni = "* NodeHealthy: Node.Ready: cni plugin not initialized";
    let held = "Drain not completed yet (started at 2026-08-21T11:50:00Z):\n* Pod default/db-0: cannot evict pod as it \
                would violate the pod's disruption budget. The disruption budget db needs 1 healthy pods and has 1 currently";
    let at = "2026-08-21T11:58:00Z";
    let says = |object: Value, says: &[Value]| {
        let mut says = says.to_vec();
        for says in &mut says {
            set(says, "/lastTransitionTime", json!(at));
        }
        let times = [("/metadata/creationTimestamp", json!("2026-08-21T11:50:00Z"))];
        with(conditions(object, &says), &times)
    };
    let without = || condition("Ready", "False", "NotReady", cni);
    let deleted = |machine: Value| {
        let deletion = [
            ("/metadata/deletionTimestamp", json!(at)),
            ("/metadata/finalizers", json!(["machine.cluster.x-k8s.io"])),
        ];
        with(machine, &deletion)
    };
    let drains = || condition("Deleting", "True", "DrainingNode", held);
    let line = |store: &FleetStore, role: Role, name: &str| {
        let row = store
            .rows(None)
            .find(|row| row.facts.role == role && row.facts.object.name == name);
        let verdict = crate::health::verdict(row.unwrap(), store, now());
        assert_eq!(verdict.health, Health::Progressing, "{verdict:?}");
        verdict.line
    };
    // One machine that has both.
    let one = store(&[deleted(says(worker(), &[drains(), without()]))]);
    let said = line(&one, Role::Machine, "m");
    assert!(
        said.contains("default/db-0") && said.ends_with(&format!("; and {NO_CNI}")),
        "{said}"
    );
    let problems = Problems::build(&one, now());
    assert_eq!(
        (problems.list(), problems.on_their_way().person.told()),
        (&[][..], both.clone())
    );
    // Two machines of one set, each with one of them; the set's own words tell of the first.
    let of_set = condition(
        "MachinesReady",
        "False",
        "NotReady",
        "* Machine m: cni plugin not initialized",
    );
    let scales = condition("ScalingDown", "True", "ScalingDown", "");
    let other = running("prod", ("MachineSet", "set"), "n");
    let two = store(&[
        says(machine_set("prod", "md", "set", 2), &[of_set, scales]),
        says(worker(), &[without()]),
        deleted(says(other, &[drains()])),
    ]);
    assert_eq!(Problems::build(&two, now()).on_their_way().person.told(), both);
    let said = line(&two, Role::MachineSet, "set");
    assert!(
        said.contains("cni plugin not initialized") && said.ends_with(&format!("; and {HOLDS}")),
        "{said}"
    );
}

/// A Cluster and its deployment say only that too few machines are available; what ends that is what people have to know.
#[test]
fn what_makes_machines_without_a_network_plugin_names_it() {
    let at = "2026-08-21T11:58:00Z";
    let says = |object: &Value, kind: &str, message: &str| {
        let mut says = condition(kind, "False", "NotAvailable", message);
        set(&mut says, "/lastTransitionTime", json!(at));
        let times = [("/metadata/creationTimestamp", json!(at))];
        with(conditions(object.clone(), &[says]), &times)
    };
    let few = "0 available replicas, at least 2 required";
    let objects: Vec<Value> = whole_cluster("new")
        .iter()
        .map(|object| match object["kind"].as_str().unwrap() {
            "Machine" => says(
                object,
                "Ready",
                "* NodeHealthy: Node.Ready: cni plugin not initialized",
            ),
            "MachineDeployment" => with(
                says(object, "Available", few),
                &[("/status/availableReplicas", json!(0))],
            ),
            "Cluster" => says(
                object,
                "Available",
                &format!("* WorkersAvailable:\n  * MachineDeployment new-md-0: {few}"),
            ),
            _ => object.clone(),
        })
        .collect();
    let new = store(&objects);
    for (kind, name) in [("Cluster", "new"), ("MachineDeployment", "new-md-0")] {
        let row = new.get(&key(&new, kind, name)).unwrap();
        let verdict = crate::health::verdict(row, &new, now());
        assert_eq!(verdict.health, Health::Progressing, "{verdict:?}");
        assert_eq!(crate::health::brief(&verdict.line), NO_CNI, "{verdict:?}");
    }
    let waits_for = crate::create::progress(&new, &key(&new, "Cluster", "new"), now());
    let waits_for = waits_for.unwrap().waits_for;
    assert!(
        waits_for.starts_with("Machine new-")
            && waits_for.ends_with(&format!(" waits for a person: {NO_CNI}")),
        "{waits_for}"
    );
}
