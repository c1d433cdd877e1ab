//! The cache against late, repeated and missing events.

use std::sync::Arc;

use fleetui_api::v1beta2;
use kube::core::DynamicObject;
use serde_json::json;

use super::{Cache, Cause, Triggers, of_itself};
use crate::kinds::{ObjectId, Watched};

fn machine(name: &str, uid: &str, version: u64, owner: &str) -> (ObjectId, DynamicObject) {
    let object = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
        "metadata": {
            "name": name, "namespace": "default", "uid": uid, "resourceVersion": version.to_string(),
            "labels": {"cluster.x-k8s.io/cluster-name": "c"},
            "ownerReferences": [{
                "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet", "name": owner, "uid": owner, "controller": true
            }]
        },
        "spec": {"clusterName": "c", "version": format!("v1.31.{version}")}
    });
    (
        ObjectId::new(Watched::Machine, "default", name),
        serde_json::from_value(object).expect("an object"),
    )
}

fn cache() -> (Cache, Arc<Triggers>) {
    let triggers = Arc::new(Triggers::default());
    (Cache::new(triggers.clone()), triggers)
}

fn version(cache: &Cache, name: &str) -> Option<String> {
    cache
        .get::<v1beta2::Machine>("default", name)
        .and_then(|machine| machine.spec.version.clone())
}

#[test]
fn an_older_event_does_not_undo_a_newer_write() {
    let (cache, triggers) = cache();
    let put = |(id, object)| cache.put(id, object);
    put(machine("a", "1", 5, "set"));
    triggers.take();
    put(machine("a", "1", 4, "set"));
    put(machine("a", "1", 5, "set"));
    assert_eq!(version(&cache, "a").as_deref(), Some("v1.31.5"));
    assert!(triggers.take().is_empty(), "nothing new, nobody is woken");
    put(machine("a", "2", 3, "set"));
    assert_eq!(
        version(&cache, "a").as_deref(),
        Some("v1.31.3"),
        "another life of the name"
    );
}

#[test]
fn what_is_gone_does_not_come_back_through_a_late_event_or_answer() {
    let (cache, _) = cache();
    let (id, object) = machine("a", "1", 5, "set");
    cache.put(id.clone(), object);
    cache.remove(&id, "1");
    // The watch says so too, and only then the answer to a slow write arrives.
    cache.remove(&id, "1");
    let (_, late) = machine("a", "1", 6, "set");
    cache.put(id.clone(), late);
    assert_eq!(version(&cache, "a"), None);
    let (_, next) = machine("a", "2", 9, "set");
    cache.put(id.clone(), next);
    cache.remove(&id, "1");
    assert!(version(&cache, "a").is_some(), "another life of that name stays");
}

#[test]
fn objects_are_found_by_owner_and_cluster_also_after_they_move() {
    let (cache, _) = cache();
    let put = |(id, object)| cache.put(id, object);
    put(machine("a", "1", 1, "old"));
    put(machine("b", "2", 1, "old"));
    put(machine("a", "1", 2, "new"));
    let names = |uid: &str| {
        let machines = cache.owned_by::<v1beta2::Machine>(uid);
        machines
            .iter()
            .map(|machine| machine.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("old"), ["b"]);
    assert_eq!(names("new"), ["a"]);
    let cluster = fleetui_base::ObjectName::new("default", "c");
    assert_eq!(cache.in_cluster::<v1beta2::Machine>(&cluster).len(), 2);
}

#[test]
fn a_change_wakes_the_object_its_owners_and_its_cluster() {
    let (cache, triggers) = cache();
    let (id, object) = machine("a", "1", 1, "set");
    cache.put(id.clone(), object);
    let woken = triggers.take();
    for expected in [
        id,
        ObjectId::new(Watched::MachineSet, "default", "set"),
        ObjectId::new(Watched::Cluster, "default", "c"),
    ] {
        assert!(woken.contains_key(&expected), "{expected} in {woken:?}");
    }
}

#[tokio::test]
async fn what_a_reconcile_writes_is_its_own_cause_and_news_to_others() {
    let (cache, triggers) = cache();
    let (id, object) = machine("a", "1", 1, "set");
    of_itself(id.clone(), async { cache.put(id.clone(), object) }).await;
    let set = ObjectId::new(Watched::MachineSet, "default", "set");
    let mut woken = triggers.take();
    assert_eq!(
        (woken.remove(&id), woken.remove(&set)),
        (Some(Cause::Itself), Some(Cause::Others))
    );
    of_itself(id.clone(), async { triggers.add([id.clone()]) }).await;
    triggers.add([id.clone()]);
    of_itself(id.clone(), async { triggers.add([id.clone()]) }).await;
    assert_eq!(triggers.take().remove(&id), Some(Cause::Others), "once is enough");
}

#[test]
fn what_a_machine_says_of_itself_wakes_its_bootstrap_and_infrastructure_only_where_they_read_it() {
    let (cache, triggers) = cache();
    let woken = |version: u64, change: &dyn Fn(&mut DynamicObject)| {
        let (id, mut object) = machine("a", "1", version, "set");
        let part = |group: &str, kind: &str| json!({"apiGroup": group, "kind": kind, "name": "a"});
        let infrastructure = "infrastructure.cluster.x-k8s.io";
        object.data["spec"] = json!({
            "clusterName": "c",
            "bootstrap": {"configRef": part("bootstrap.cluster.x-k8s.io", "KubeadmConfig")},
            "infrastructureRef": part(infrastructure, "DevMachine"),
        });
        change(&mut object);
        cache.put(id, object);
        let woken = triggers.take();
        let is_part = |kind| woken.contains_key(&ObjectId::new(kind, "default", "a"));
        (
            is_part(Watched::Machine),
            is_part(Watched::KubeadmConfig),
            is_part(Watched::DevMachine),
        )
    };
    let status = |status: &'static str| {
        move |object: &mut DynamicObject| {
            object.data["status"] = serde_json::from_str(status).expect("a status");
        }
    };
    assert_eq!(woken(1, &|_| {}), (true, true, true), "it comes");
    let conditions = status(r#"{"conditions": [{"type": "Ready", "status": "False"}]}"#);
    assert_eq!(woken(2, &conditions), (true, false, false));
    let node = status(r#"{"nodeRef": {"name": "a"}}"#);
    assert_eq!(woken(3, &node), (true, true, true));
    assert_eq!(woken(4, &node), (true, false, false));
    let changes: [&dyn Fn(&mut DynamicObject); 5] = [
        &|object| object.metadata.generation = Some(2),
        &|object| object.metadata.labels = None,
        &|object| object.metadata.annotations = Some([("a".to_owned(), "b".to_owned())].into()),
        &|object| object.metadata.owner_references = None,
        &|object| {
            object.metadata.deletion_timestamp = serde_json::from_value(json!("2026-08-21T11:00:00Z")).ok();
        },
    ];
    for (version, change) in (5..).zip(changes) {
        let both = |object: &mut DynamicObject| {
            node(object);
            change(object);
        };
        assert_eq!(woken(version, &both), (true, true, true), "change to {version}");
    }
}

/// A template that the MachineDeployment of the same name makes machines from, at that generation.
fn template(name: &str, version: u64, generation: i64) -> (ObjectId, DynamicObject) {
    let object = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevMachineTemplate",
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("template-{name}"),
            "resourceVersion": version.to_string(), "generation": generation,
        },
        "spec": {"template": {"spec": {}}}
    });
    (
        ObjectId::new(Watched::DevMachineTemplate, "default", name),
        serde_json::from_value(object).expect("an object"),
    )
}

fn deployment(name: &str) -> (ObjectId, DynamicObject) {
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": name});
    let object = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {"name": name, "namespace": "default", "uid": format!("deployment-{name}"), "resourceVersion": "1"},
        "spec": {"clusterName": "c", "template": {"spec": {"clusterName": "c", "infrastructureRef": reference}}}
    });
    (
        ObjectId::new(Watched::MachineDeployment, "default", name),
        serde_json::from_value(object).expect("an object"),
    )
}

#[test]
fn a_template_wakes_those_that_use_it_when_it_comes_changes_or_goes() {
    let (cache, triggers) = cache();
    let put = |(id, object)| {
        cache.put(id, object);
        triggers.take()
    };
    let (mine, _) = deployment("mine");
    put(deployment("mine"));
    put(deployment("other"));
    let woken = |ids: std::collections::BTreeMap<ObjectId, Cause>| {
        let deployments = ids.into_keys().filter(|id| id.kind == Watched::MachineDeployment);
        deployments.map(|id| id.name.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(woken(put(template("mine", 1, 1))), ["mine"], "it comes");
    assert_eq!(
        woken(put(template("mine", 2, 1))),
        [""; 0],
        "somebody owns it now"
    );
    assert_eq!(woken(put(template("mine", 3, 2))), ["mine"], "it is another");
    cache.remove(&template("mine", 3, 2).0, "template-mine");
    assert_eq!(woken(triggers.take()), ["mine"], "it goes");
    cache.remove(&mine, "deployment-mine");
    triggers.take();
    let (id, mut again) = template("mine", 4, 1);
    again.metadata.uid = Some("another life".to_owned());
    assert_eq!(
        woken(put((id.clone(), again))),
        [""; 0],
        "nobody is left that uses it"
    );
    assert!(cache.entry(&id).is_some(), "though it is there");
}

#[test]
fn a_namespace_is_read_by_its_own_name_alone() {
    let (cache, _) = cache();
    for namespace in ["a", "ab", "b"] {
        let (mut id, mut object) = machine("m", namespace, 1, "set");
        id.name.namespace = namespace.into();
        object.metadata.namespace = Some(namespace.into());
        cache.put(id, object);
    }
    for namespace in ["a", "ab", "b"] {
        let machines = cache.in_namespace::<v1beta2::Machine>(namespace);
        let uids: Vec<&str> = machines.iter().map(|machine| machine.uid()).collect();
        assert_eq!(uids, [namespace]);
    }
    assert!(cache.in_namespace::<v1beta2::Machine>("").is_empty());
}
