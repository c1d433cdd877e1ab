use serde_json::json;

use super::*;
use crate::fixtures::{cluster, deployment, key, now, store, with};

fn read(object: &Value) -> Editable {
    Editable::new(object.clone(), Vec::new(), None)
}

/// What becomes of an object by a change of its text.
fn changed(base: &Editable, changes: &[(&str, Value)]) -> Value {
    with(Value::clone(&base.object), changes)
}

fn whole() -> Value {
    with(
        deployment("prod", "md", 3),
        &[
            ("/metadata/resourceVersion", json!("7")),
            ("/metadata/generation", json!(2)),
            ("/metadata/managedFields", json!([{"manager": "x"}])),
            (
                "/metadata/annotations",
                json!({"kubectl.kubernetes.io/last-applied-configuration": "SENSITIVE"}),
            ),
            ("/metadata/finalizers", json!(["one"])),
            ("/spec/token", json!("SENSITIVE")),
            ("/status", json!({"phase": "Running"})),
        ],
    )
}

#[test]
fn what_is_edited_holds_neither_secrets_nor_what_the_server_writes() {
    let edited = read(&whole());
    let text = edited.object.to_string();
    for gone in [
        "SENSITIVE",
        "managedFields",
        "resourceVersion",
        "generation",
        "status",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert_eq!(edited.object["spec"]["token"], "*** (9 bytes)");
    assert_eq!(
        (edited.resource_version.as_str(), edited.api_version.as_str()),
        ("7", "cluster.x-k8s.io/v1beta2")
    );
    assert!(!edited.uid.is_empty());
}

#[test]
fn what_cannot_be_changed_is_told_where_it_stands() {
    let edited = read(&whole());
    let told = |changes: &[(&str, Value)]| -> Vec<String> {
        let mistakes = edited.check(&changed(&edited, changes)).into_iter();
        mistakes.map(|mistake| mistake.pointer).collect()
    };
    assert!(told(&[]).is_empty());
    assert!(told(&[("/spec/replicas", json!(5)), ("/metadata/labels/a", json!("b"))]).is_empty());
    for pointer in [
        "/kind",
        "/apiVersion",
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/uid",
        "/metadata/ownerReferences",
        "/metadata/deletionTimestamp",
    ] {
        assert_eq!(told(&[(pointer, json!("other"))]), [pointer]);
    }
    assert_eq!(told(&[("/status", json!({}))]), ["/status"]);
    assert_eq!(edited.check(&json!("text")).len(), 1);
}

#[test]
fn a_change_of_the_text_is_a_patch_of_its_fields() {
    let fleet = store(&[cluster("prod"), whole()]);
    let key = key(&fleet, "MachineDeployment", "md");
    let edited = read(&whole());
    let mine = changed(&edited, &[("/spec/replicas", json!(5))]);
    let planned = plan(&fleet, &key, (&edited, &mine), now()).unwrap();
    let [write] = planned.writes.as_slice() else {
        panic!("{planned:?}")
    };
    assert_eq!(
        write.body,
        json!([
            {"op": "test", "path": "/spec/replicas", "value": 3},
            {"op": "replace", "path": "/spec/replicas", "value": 5},
        ])
    );
    assert_eq!(
        (&write.target, write.uid.as_str(), write.verb),
        (&key, edited.uid.as_str(), Verb::Patch)
    );
    assert_eq!(planned.confirm, Confirm::Key);
    assert_eq!(planned.preview.happens, ["1 field changes: spec.replicas"]);
    let nothing = plan(&fleet, &key, (&edited, &edited.object), now()).unwrap();
    assert!(nothing.writes.is_empty(), "{nothing:?}");
}

#[test]
fn finalizers_tools_and_topologies_are_asked_about_once_more() {
    let topology = with(
        whole(),
        &[("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!(""))],
    );
    let asked = |object: &Value, owners: Vec<FieldOwner>, changes: &[(&str, Value)]| {
        let fleet = store(&[cluster("prod"), object.clone()]);
        let key = key(&fleet, "MachineDeployment", "md");
        let edited = Editable::new(object.clone(), owners, None);
        let mine = changed(&edited, changes);
        match plan(&fleet, &key, (&edited, &mine), now()).unwrap().confirm {
            Confirm::Twice(why) => why,
            Confirm::Key => String::new(),
            Confirm::Name(name) => panic!("{name}"),
        }
    };
    let replicas = [("/spec/replicas", json!(5))];
    assert_eq!(asked(&whole(), Vec::new(), &replicas), "");
    assert!(asked(&whole(), Vec::new(), &[("/metadata/finalizers", json!([]))]).contains("finalizers"));
    let tool = FieldOwner {
        manager: "argocd-controller".to_owned(),
        gitops: true,
        pointers: vec!["/spec/replicas".to_owned()],
    };
    assert!(asked(&whole(), vec![tool], &replicas).contains("argocd-controller"));
    assert!(asked(&topology, Vec::new(), &replicas).contains("edit Cluster prod"));
}

#[test]
fn a_hidden_value_that_would_go_elsewhere_is_a_mistake_there() {
    let fleet = store(&[cluster("prod"), whole()]);
    let key = key(&fleet, "MachineDeployment", "md");
    let edited = read(&whole());
    let mine = changed(&edited, &[("/spec/other", json!("*** (9 bytes)"))]);
    let mistake = plan(&fleet, &key, (&edited, &mine), now()).unwrap_err();
    assert_eq!(mistake.pointer, "/spec/other");
}

#[test]
fn a_secret_is_not_edited() {
    assert!(refuses(&GroupKind::new("", "Secret")).is_some());
    assert!(refuses(&GroupKind::new("", "ConfigMap")).is_none());
    assert!(refuses(&GroupKind::new("example.org", "Secret")).is_none());
}
