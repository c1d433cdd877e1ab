//! What people are told of a set's changes, and what goes from machines when the template drops it.

use super::super::events::tale;
use super::*;
use crate::cache::{Cache, Triggers};
use crate::kinds::ObjectId;

/// What is told of everything that the plan asks for: `reason: message`, of success and of failure.
fn told(observed: &Observed) -> Vec<(String, String)> {
    let changes = plan(observed).changes.into_iter();
    changes.map(|change| tale(observed, &change).texts()).collect()
}

#[test]
fn new_machines_are_told_and_parts_only_when_they_fail() {
    let observed = observed(&json!({"spec": {"replicas": 1}}), vec![]);
    let made = told(&observed);
    assert_eq!(made.len(), 1);
    assert!(made[0].0.starts_with("SuccessfulCreate: Created Machine \"set-"));
    assert!(
        made[0]
            .1
            .starts_with("FailedCreate: Failed to create Machine \"set-")
    );
    let part = Change::create(
        Watched::DevMachine,
        &json!({"name": "m", "namespace": "default"}),
        &json!({}),
    );
    let of_part = tale(&observed, &part.expect("a change"));
    let failed = of_part.failed.map(|failed| failed.message);
    assert_eq!(
        (of_part.done, failed.as_deref()),
        (None, Some("Failed to create DevMachine \"m\""))
    );
}

#[test]
fn deletions_are_told_where_the_set_shrinks() {
    let two = || vec![healthy("a"), healthy("b")];
    let gone = (
        "SuccessfulDelete: Deleted Machine \"a\"".to_owned(),
        "FailedDelete: Failed to delete Machine \"a\"".to_owned(),
    );
    let deleted = |observed: &Observed| {
        let changes = plan(observed).changes.into_iter();
        let mut deletions = changes.filter(|change| matches!(change, Change::Delete { .. }));
        let change = deletions.next().expect("a deletion");
        tale(observed, &change)
    };
    let shrinks = observed(&json!({"spec": {"replicas": 1}}), two());
    assert!(told(&shrinks).contains(&gone), "{:?}", told(&shrinks));
    let going = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}, "spec": {"replicas": 1}});
    assert_eq!(deleted(&observed(&going, two())), crate::events::Tale::default());
    let ill = json!({"status": {"conditions": [
        {"type": "HealthCheckSucceeded", "status": "False", "reason": "x", "message": ""},
        {"type": "OwnerRemediated", "status": "False", "reason": "MachineDeleting", "message": "Machine is deleting"}
    ]}});
    let ill = samples::machine("a", &[], &ill);
    let mut replaced = observed(&json!({}), vec![ill, healthy("b")]);
    replaced.set = {
        let mut set = Object::clone(&replaced.set);
        set.metadata.owner_references = None;
        // What a set of its own gets first of all.
        crate::object::Metadata::set_label(&mut set.metadata, "cluster.x-k8s.io/cluster-name", "c");
        for (key, value) in [("cluster-name", "c"), ("set-name", "set")] {
            let key = format!("cluster.x-k8s.io/{key}");
            let spec = &mut set.spec;
            spec.selector.match_labels.insert(key.clone(), value.to_owned());
            spec.template.metadata.labels.insert(key, value.to_owned());
        }
        Arc::new(set)
    };
    assert_eq!(
        deleted(&replaced),
        crate::events::Tale::default(),
        "its condition tells"
    );
}

#[test]
fn machines_that_are_taken_in_are_told() {
    let mut world = observed(&json!({}), vec![]);
    world.strays = vec![healthy("stray")];
    let taken_in = (
        "SuccessfulAdopt: Adopted Machine \"stray\"".to_owned(),
        "FailedAdopt: Failed to adopt Machine \"stray\"".to_owned(),
    );
    assert_eq!(told(&world), [taken_in]);
}

/// Metadata whose labels `team` and `tier` and annotation `note` were handed down by the set, `own` and `mine` set by a person.
fn handed_down(name: &str) -> Value {
    json!({
        "name": name, "namespace": "default", "uid": name, "resourceVersion": "1",
        "labels": {"team": "a", "tier": "gold", "own": "x"}, "annotations": {
            "note": "n", "mine": "m", "cluster.x-k8s.io/cloned-from-name": "t"
        },
        "managedFields": [
            {"manager": "capi-machineset", "operation": "Update", "fieldsV1": {"f:metadata": {
                "f:labels": {"f:team": {}, "f:tier": {}},
                "f:annotations": {"f:note": {}, "f:cluster.x-k8s.io/cloned-from-name": {}}
            }}},
            {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:metadata": {
                "f:labels": {"f:own": {}}, "f:annotations": {"f:mine": {}}
            }}}
        ]
    })
}

#[test]
fn what_the_template_drops_goes_from_machines_and_parts_and_what_is_anybody_elses_stays() {
    let cache = Cache::new(Arc::new(Triggers::default()));
    let put = |kind: Watched, name: &str, more: Value| {
        let mut object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(), "metadata": handed_down(name)
        });
        json_patch::merge(&mut object, &more);
        let id = ObjectId::new(kind, "default", name);
        cache.put(id.clone(), serde_json::from_value(object).expect("an object"));
        cache.entry(&id).expect("it was put")
    };
    // The infrastructure's own template brings `tier`, too.
    let template = json!({"spec": {"template": {"metadata": {"labels": {"tier": "gold"}}, "spec": {}}}});
    put(Watched::DevMachineTemplate, "t", template);
    let reference: ContractReference = serde_json::from_value(json!({
        "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "t"
    }))
    .expect("a reference");
    let template = crate::templates::Template::find(&cache, &reference, "default").expect("it was put");
    let machine = put(
        Watched::Machine,
        "m",
        json!({"spec": {"clusterName": "c", "version": "v1.31.0"}}),
    );
    let mut world = observed(
        &json!({"spec": {"replicas": 1, "template": {"metadata": {"labels": {"team": "b"}}}}}),
        vec![machine.typed().expect("a machine")],
    );
    world.infrastructure = Wanted::Found(Box::new(template));
    world.parts = vec![put(Watched::DevMachine, "m", json!({}))];
    let patched = |world: &Observed, kind: Watched| {
        let changes = plan(world).changes.into_iter();
        let mut patches = changes.filter_map(|change| match change {
            Change::Patch { id, patch, .. } if id.kind == kind => Some(patch["metadata"].clone()),
            _ => None,
        });
        let mut metadata = patches.next().expect("a patch");
        let labels = metadata["labels"].as_object_mut().expect("labels");
        labels.retain(|key, _| !key.starts_with("cluster.x-k8s.io/"));
        metadata
    };
    assert_eq!(
        patched(&world, Watched::Machine),
        json!({"labels": {"team": "b", "tier": null}, "annotations": {"note": null}})
    );
    assert_eq!(
        patched(&world, Watched::DevMachine),
        json!({"labels": {"team": "b"}, "annotations": {"note": null}})
    );
    // Of what another template brought nothing is known.
    world.infrastructure = Wanted::Nothing;
    assert_eq!(
        patched(&world, Watched::DevMachine),
        json!({"labels": {"team": "b"}})
    );
}

#[test]
fn checks_are_skipped_by_an_annotation_of_the_set_its_deployment_or_its_bootstrap_template() {
    let skip = json!({"metadata": {"annotations": {"machineset.cluster.x-k8s.io/skip-preflight-checks": "ControlPlaneIsStable"}}});
    let provisioning = |set: &Value| {
        let mut world = observed(set, vec![]);
        world.control_plane = Some(super::provisioning());
        world
    };
    assert!(asked(&provisioning(&json!({}))).is_empty());
    assert_eq!(asked(&provisioning(&skip)).len(), 2);
    let mut by_deployment = provisioning(&json!({}));
    by_deployment.deployment = Some(samples::object("md", &skip));
    assert_eq!(asked(&by_deployment).len(), 2);
    let cache = Cache::new(Arc::new(Triggers::default()));
    let mut template = json!({
        "apiVersion": Watched::KubeadmConfigTemplate.api_version(), "kind": "KubeadmConfigTemplate",
        "metadata": {"name": "t", "namespace": "default", "uid": "t", "resourceVersion": "1"}, "spec": {}
    });
    json_patch::merge(&mut template, &skip);
    let id = ObjectId::new(Watched::KubeadmConfigTemplate, "default", "t");
    cache.put(id, serde_json::from_value(template).expect("an object"));
    let reference: ContractReference = serde_json::from_value(json!({
        "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfigTemplate", "name": "t"
    }))
    .expect("a reference");
    let mut by_template = provisioning(&json!({}));
    let template = crate::templates::Template::find(&cache, &reference, "default").expect("it was put");
    by_template.bootstrap = Wanted::Found(Box::new(template));
    assert_eq!(
        asked(&by_template),
        ["+KubeadmConfig", "+Machine", "+KubeadmConfig", "+Machine"]
    );
}
