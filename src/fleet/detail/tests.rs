//! What the detail pane says.

use serde_json::json;

use super::{Presence, detail};
use crate::fixtures::{cluster, key, machine, now, object, set, store, whole_cluster, with};
use crate::health::Health;
use crate::store::FleetStore;

fn names(keys: &[fleetui_base::ObjectKey]) -> Vec<String> {
    keys.iter()
        .map(|key| format!("{} {}", key.kind.kind, key.object.name))
        .collect()
}

#[test]
fn a_machine_with_its_way_up_and_what_it_stands_on() {
    let mut objects = whole_cluster("prod");
    objects.retain(|object| object["kind"] != "KubeadmConfig");
    let store = store(&objects);
    let detail = detail(&store, &key(&store, "Machine", "prod-md-0-79q9d-x7k2p"), now()).expect("a detail");
    assert_eq!(detail.verdict.health, Health::Good);
    assert_eq!(
        names(&detail.path),
        [
            "Cluster prod",
            "MachineDeployment prod-md-0",
            "MachineSet prod-md-0-79q9d"
        ]
    );
    let references: Vec<_> = detail
        .references
        .iter()
        .map(|(name, key, there)| (name.as_str(), key.kind.kind.as_ref(), *there))
        .collect();
    assert_eq!(
        references,
        [
            ("infrastructure", "DevMachine", Presence::There),
            ("bootstrap", "KubeadmConfig", Presence::NotFound),
            ("owner", "MachineSet", Presence::There)
        ]
    );
    let kinds: Vec<&str> = detail
        .conditions
        .iter()
        .map(|condition| condition.kind.as_str())
        .collect();
    assert_eq!(kinds.first().copied(), Some("Available"));
    assert_eq!(kinds[kinds.len() - 2..], ["Paused", "Deleting"]);
}

#[test]
fn owners_that_own_each_other_end() {
    let mut one = machine("prod", ("Machine", "two"), "one");
    let two = machine("prod", ("Machine", "one"), "two");
    set(&mut one, "/spec/clusterName", json!("lost"));
    let store = store(&[one, two]);
    let detail = detail(&store, &key(&store, "Machine", "one"), now()).expect("a detail");
    assert_eq!(
        names(&detail.path),
        ["Cluster lost", "Machine one", "Machine two"]
    );
}

#[test]
fn a_cluster_is_its_own_beginning_and_what_is_gone_has_no_detail() {
    let store = store(&[cluster("prod")]);
    let mut key = key(&store, "Cluster", "prod");
    assert_eq!(detail(&store, &key, now()).expect("a detail").path, []);
    key.object.name = "gone".into();
    assert!(detail(&store, &key, now()).is_none());
}

#[test]
fn of_templates_nobody_says_that_they_are_missing() {
    let mut objects = whole_cluster("prod");
    let mut deployments = objects
        .iter_mut()
        .filter(|object| object["kind"] == "MachineDeployment");
    let deployment = deployments.next().expect("a MachineDeployment");
    let template = json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "prod-md-0"});
    set(deployment, "/spec/template/spec/infrastructureRef", template);
    let store = store(&objects);
    let detail = detail(&store, &key(&store, "MachineDeployment", "prod-md-0"), now()).expect("a detail");
    let template = detail
        .references
        .iter()
        .find(|(name, _, _)| name == "infrastructure template");
    assert_eq!(
        template.map(|(_, _, presence)| *presence),
        Some(Presence::NotWatched)
    );
}

/// A cluster of which one machine runs on a host, and a host that is free; with it the name of what stands between the two.
fn on_a_host(machine: &str) -> (FleetStore, String) {
    let mut objects = whole_cluster("prod");
    let is_machine = |object: &&mut serde_json::Value| {
        object["kind"] == "Machine" && object["metadata"]["name"] == machine
    };
    let found = objects.iter_mut().find(is_machine).expect("a machine");
    let infrastructure = found["spec"]["infrastructureRef"]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    set(found, "/status/nodeRef", json!({"name": "node-7"}));
    let owner = json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": machine, "controller": true,
        "uid": found["metadata"]["uid"]}]);
    set(
        found,
        "/spec/infrastructureRef",
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": infrastructure}),
    );
    let labels = json!({"cluster.x-k8s.io/cluster-name": "prod"});
    let byoh = "infrastructure.cluster.x-k8s.io/v1beta1";
    objects.push(with(
        object(byoh, "ByoMachine", &infrastructure),
        &[
            ("/metadata/labels", labels.clone()),
            ("/metadata/ownerReferences", owner),
        ],
    ));
    let claim =
        json!({"apiVersion": byoh, "kind": "ByoMachine", "namespace": "default", "name": infrastructure});
    objects.push(with(
        object(byoh, "ByoHost", "host-7"),
        &[
            ("/metadata/labels", labels),
            ("/spec/claimRef", claim),
            ("/status", json!({"hostinfo": {}})),
        ],
    ));
    objects.push(with(
        object(byoh, "ByoHost", "free"),
        &[("/status", json!({"hostinfo": {}}))],
    ));
    (store(&objects), infrastructure)
}

#[test]
fn a_machine_and_the_host_that_it_runs_on_lead_to_each_other() {
    let machine = "prod-md-0-79q9d-x7k2p";
    let (store, infrastructure) = on_a_host(machine);
    let told = |kind: &str, name: &str| {
        let (related, _) = super::related(&store, &key(&store, kind, name), 9, now());
        let told = related
            .iter()
            .map(|it| format!("{} {} {}", it.relation, it.key.kind.kind, it.key.object.name));
        told.collect::<Vec<_>>()
    };
    let of_machine = told("Machine", machine);
    let of_host = told("ByoHost", "host-7");
    let of_infrastructure = told("ByoMachine", &infrastructure);
    let holds = |told: &[String], expected: &[String]| {
        for line in expected {
            assert_eq!(
                told.iter().filter(|it| *it == line).count(),
                1,
                "{line}: {told:?}"
            );
        }
    };
    let (host, node) = ("host ByoHost host-7".to_owned(), "node Node node-7".to_owned());
    holds(
        &of_machine,
        &[
            host.clone(),
            node.clone(),
            format!("infrastructure ByoMachine {infrastructure}"),
        ],
    );
    holds(
        &of_host,
        &[
            "above Cluster prod".to_owned(),
            format!("machine Machine {machine}"),
            format!("infrastructure ByoMachine {infrastructure}"),
            node,
        ],
    );
    holds(&of_infrastructure, &[host, format!("owner Machine {machine}")]);
    assert!(
        told("ByoHost", "free").is_empty(),
        "{:?}",
        told("ByoHost", "free")
    );
}

#[test]
fn what_an_object_owns_is_related_to_it_and_the_rest_is_counted() {
    let store = store(&whole_cluster("prod"));
    let (related, more) = super::related(&store, &key(&store, "MachineSet", "prod-md-0-79q9d"), 1, now());
    let told: Vec<_> = related
        .iter()
        .map(|related| {
            format!(
                "{} {} {}",
                related.relation, related.key.kind.kind, related.key.object.name
            )
        })
        .collect();
    assert_eq!(more, 1);
    assert!(
        told.contains(&"owner MachineDeployment prod-md-0".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"above Cluster prod".to_owned()), "{told:?}");
    assert!(
        told.contains(&"owned Machine prod-md-0-79q9d-b4x8z".to_owned()),
        "{told:?}"
    );
    assert!(
        related
            .iter()
            .all(|related| related.verdict.is_some() || related.presence != Presence::There)
    );
}
