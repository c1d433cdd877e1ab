//! Which pods leave a node when, and how a drain is told.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{Machine, MachineDrainRule};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

use super::pods::{self, Behaviour, Setting};
use super::*;
use crate::samples;

fn pod(name: &str, more: &Value) -> Pod {
    let mut pod = json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"containers": []}});
    json_patch::merge(&mut pod, more);
    serde_json::from_value(pod).expect("a Pod")
}

fn setting() -> Setting {
    let label = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    Setting {
        namespaces: BTreeMap::from([
            ("default".to_owned(), BTreeMap::new()),
            ("data".to_owned(), label("team", "data")),
        ]),
        daemon_sets: ["default/agent".to_owned()].into(),
        ..Setting::default()
    }
}

fn of_set(kind: &str, name: &str) -> Value {
    json!({"metadata": {"ownerReferences": [
        {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "1", "controller": true}
    ]}})
}

fn behaviour(more: &Value) -> Behaviour {
    pods::behaviour(&pod("p", more), &setting(), samples::now()).expect("it is clear")
}

#[test]
fn pods_of_daemon_sets_static_pods_and_marked_ones_stay() {
    let drain = Behaviour::Drain { order: 0 };
    let mut finished = of_set("DaemonSet", "agent");
    json_patch::merge(&mut finished, &json!({"status": {"phase": "Succeeded"}}));
    let label = |value: &str| json!({"metadata": {"labels": {"cluster.x-k8s.io/drain": value}}});
    let cases = [
        (json!({}), drain),
        (of_set("ReplicaSet", "web"), drain),
        (of_set("DaemonSet", "agent"), Behaviour::Skip),
        (of_set("DaemonSet", "gone"), drain),
        (finished, drain),
        (
            json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}),
            Behaviour::Skip,
        ),
        (label("skip"), Behaviour::Skip),
        (label("Skip"), Behaviour::Skip),
        (label("wait-completed"), Behaviour::WaitCompleted),
        (label("WaitCompleted"), Behaviour::WaitCompleted),
        (label("whatever"), drain),
    ];
    for (more, expected) in cases {
        assert_eq!(behaviour(&more), expected, "{more}");
    }
    let lost = json!({"metadata": {"namespace": "nowhere"}});
    assert!(pods::behaviour(&pod("p", &lost), &setting(), samples::now()).is_err());
}

#[test]
fn pods_that_should_be_gone_are_not_waited_for_on_a_node_that_does_not_answer() {
    let gone = pod(
        "p",
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:50Z"}}),
    );
    let fresh = pod(
        "p",
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:59Z"}}),
    );
    let unreachable = Setting {
        unreachable: true,
        ..setting()
    };
    let drain = Ok(Behaviour::Drain { order: 0 });
    assert_eq!(pods::behaviour(&gone, &setting(), samples::now()), drain);
    assert_eq!(
        pods::behaviour(&gone, &unreachable, samples::now()),
        Ok(Behaviour::Skip)
    );
    assert_eq!(pods::behaviour(&fresh, &unreachable, samples::now()), drain);
    let node = |status: &str| -> Node {
        serde_json::from_value(json!({"status": {"conditions": [{"type": "Ready", "status": status}]}}))
            .expect("a Node")
    };
    assert!(pods::is_unreachable(&node("Unknown")));
    assert!(!pods::is_unreachable(&node("False")));
}

fn rule(name: &str, spec: &Value) -> std::sync::Arc<crate::object::Object<MachineDrainRule>> {
    samples::object::<MachineDrainRule>(name, &json!({ "spec": spec }))
}

#[test]
fn the_first_rule_by_name_that_fits_machine_and_pod_decides() {
    let machine = samples::object::<Machine>("m", &json!({"metadata": {"labels": {"pool": "a"}}}));
    let labels = |key: &str, value: &str| json!({"matchLabels": {key: value}});
    let rules = vec![
        rule("z-last", &json!({"drain": {"behavior": "Drain", "order": 7}})),
        rule(
            "b-data",
            &json!({"drain": {"behavior": "WaitCompleted"}, "pods": [{"namespaceSelector": labels("team", "data")}]}),
        ),
        rule(
            "a-other-pool",
            &json!({"drain": {"behavior": "Skip"}, "machines": [{"selector": labels("pool", "b")}]}),
        ),
        rule(
            "c-db",
            &json!({
                "drain": {"behavior": "Drain", "order": -5},
                "machines": [{"selector": labels("pool", "a"), "clusterSelector": {}}],
                "pods": [{"selector": labels("app", "db")}]
            }),
        ),
    ];
    let cluster = samples::cluster();
    let rules = pods::rules_for(rules, &machine, Some(&cluster));
    let names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
    assert_eq!(names, ["b-data", "c-db", "z-last"]);
    let setting = Setting { rules, ..setting() };
    let of = |more: &Value| pods::behaviour(&pod("p", more), &setting, samples::now());
    assert_eq!(
        of(&json!({"metadata": {"namespace": "data"}})),
        Ok(Behaviour::WaitCompleted)
    );
    assert_eq!(
        of(&json!({"metadata": {"labels": {"app": "db"}}})),
        Ok(Behaviour::Drain { order: -5 })
    );
    assert_eq!(of(&json!({})), Ok(Behaviour::Drain { order: 7 }));
    let odd = Setting {
        rules: vec![rule("odd", &json!({"drain": {"behavior": "Dance"}}))],
        ..setting.clone()
    };
    assert!(
        pods::behaviour(&pod("p", &json!({})), &odd, samples::now()).is_err_and(|why| why.contains("Dance"))
    );
}

#[test]
fn lower_orders_go_first_and_the_rest_waits() {
    let going = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:50Z"}});
    let pods = vec![
        (pod("late", &json!({})), Behaviour::Drain { order: 3 }),
        (pod("b", &json!({})), Behaviour::Drain { order: -1 }),
        (pod("a", &json!({})), Behaviour::Drain { order: -1 }),
        (pod("going", &going), Behaviour::Drain { order: 3 }),
        (pod("job", &json!({})), Behaviour::WaitCompleted),
        (pod("agent", &json!({})), Behaviour::Skip),
    ];
    let batch = pods::batch(pods);
    let evict: Vec<String> = batch.evict.iter().map(pods::name).collect();
    assert_eq!(evict, ["default/a", "default/b"]);
    let expected = Drained {
        terminating: vec!["default/going".to_owned()],
        later: vec!["default/late".to_owned()],
        awaited_later: vec!["default/job".to_owned()],
        ..Drained::default()
    };
    assert_eq!(batch.rest, expected);
    let only_agents = pods::batch(vec![(pod("agent", &json!({})), Behaviour::Skip)]);
    assert!(only_agents.evict.is_empty() && only_agents.rest.is_complete());
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("ns/{name}")).collect()
}

#[test]
fn a_drain_is_told_as_upstream_tells_it() {
    let budget = "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web needs 2 healthy pods \
                  and has 2 currently";
    let drained = Drained {
        terminating: names(&["a", "b", "c", "d", "e"]),
        refused: BTreeMap::from([
            (budget.to_owned(), names(&["web-1"])),
            ("some other error".to_owned(), names(&["x", "y"])),
        ]),
        later: names(&["l"]),
        awaited: names(&["job"]),
        awaited_later: names(&["job-2"]),
    };
    assert!(!drained.is_complete());
    let started: Timestamp = samples::now();
    assert_eq!(
        drained.message(&started.to_string()),
        "Drain not completed yet (started at 2026-08-21T12:00:00Z):\n\
         * Pods ns/a, ns/b, ns/c, ... (2 more): deletionTimestamp set, but still not removed from the Node\n\
         * Pod ns/web-1: cannot evict pod as it would violate the pod's disruption budget. The disruption budget web needs 2 healthy \
         pods and has 2 currently\n\
         * Pods ns/x, ns/y: failed to evict Pod, some other error\n\
         * Pod ns/job: waiting for completion\n\
         After above Pods have been removed from the Node, the following Pods will be evicted: ns/l\n\
         After above Pods have been removed from the Node, waiting for the following Pods to complete without eviction: ns/job-2"
    );
    let told: Vec<&str> = delays(&drained.message("x")).collect();
    assert_eq!(
        told,
        [
            "PodDisruptionBudgets",
            "Pods not terminating",
            "Pod eviction errors",
            "Pods not completed yet"
        ]
    );
}

#[test]
fn many_different_refusals_are_cut_short() {
    let refused = (1..=7).map(|number| (format!("error {number}"), names(&["p"])));
    let mut drained = Drained {
        refused: refused.collect(),
        ..Drained::default()
    };
    let message = drained.message("x");
    assert!(
        message.ends_with("error 5\n* 2 Pods with other issues"),
        "{message}"
    );
    drained.refused.remove("error 7");
    assert!(drained.message("x").ends_with("* 1 Pod with other issues"));
}
