//! Tables of the ClusterResourceSet: what is applied when, what is written down, and what is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{ClusterResourceSet, ClusterResourceSetBinding, ResourceReference};
use serde_json::{Value, json};

use super::apply::Applied;
use super::observe::{Observed, Resource, Target};
use super::plan::{clusters_to_apply, plan};
use crate::change::Change;
use crate::object::Object;
use crate::samples;

fn set(more: &Value) -> Arc<Object<ClusterResourceSet>> {
    let mut set = json!({
        "metadata": {"finalizers": ["addons.cluster.x-k8s.io"]},
        "spec": {"clusterSelector": {"matchLabels": {"cni": "x"}}, "resources": [{"kind": "ConfigMap", "name": "cni"}]}
    });
    json_patch::merge(&mut set, more);
    samples::object("set", &set)
}

fn binding(applied: bool, hash: &str) -> Arc<Object<ClusterResourceSetBinding>> {
    samples::object(
        "c",
        &json!({"spec": {"clusterName": "c", "bindings": [{
            "clusterResourceSetName": "set",
            "resources": [{
                "kind": "ConfigMap", "name": "cni", "applied": applied, "hash": hash, "lastAppliedTime": "2026-08-21T11:00:00Z"
            }]
        }]}}),
    )
}

fn there() -> Resource {
    Resource::There {
        data: BTreeMap::from([("cni.yaml".to_owned(), b"x".to_vec())]),
        hash: "sha256:1".to_owned(),
    }
}

fn observed(more: &Value, binding: Option<Arc<Object<ClusterResourceSetBinding>>>) -> Observed {
    Observed {
        set: set(more),
        targets: vec![Target {
            cluster: samples::cluster(),
            binding,
            live: true,
            applied: Applied::default(),
        }],
        bindings: Vec::new(),
        resources: vec![(
            ResourceReference {
                kind: "ConfigMap".to_owned(),
                name: "cni".to_owned(),
            },
            there(),
        )],
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

#[test]
fn what_is_applied_once_stays_and_what_is_reconciled_follows() {
    let again = json!({"spec": {"strategy": "Reconcile"}});
    let cases = [
        (json!({}), None, true),
        (json!({}), Some(binding(false, "sha256:1")), true),
        (json!({}), Some(binding(true, "sha256:1")), false),
        (json!({}), Some(binding(true, "sha256:0")), false),
        (again.clone(), Some(binding(true, "sha256:1")), false),
        (again, Some(binding(true, "sha256:0")), true),
    ];
    for (more, binding, expected) in cases {
        let mut world = observed(&more, binding.clone());
        assert_eq!(
            !clusters_to_apply(&world).is_empty(),
            expected,
            "{more} {binding:?}"
        );
        world.targets[0].live = false;
        assert!(clusters_to_apply(&world).is_empty(), "nobody answers");
    }
    for held in [
        json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}}}),
        json!({"metadata": {"finalizers": null}}),
        json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}),
    ] {
        assert!(clusters_to_apply(&observed(&held, None)).is_empty(), "{held}");
    }
}

/// What the plan writes about the binding.
fn written(world: &Observed) -> Option<Value> {
    plan(world).changes.into_iter().find_map(|change| match change {
        Change::Create { object, .. } => object.data.get("spec").cloned(),
        Change::Patch { patch, .. } => patch.get("spec").cloned(),
        Change::Delete { .. } => Some(json!("deleted")),
        Change::PatchStatus { .. }
        | Change::CreateSecret(_)
        | Change::PatchSecret { .. }
        | Change::Workload { .. }
        | Change::Etcd { .. } => None,
    })
}

fn told(world: &Observed) -> (String, String) {
    let object = plan(world).object;
    let told = object.condition("ResourcesApplied").expect("told");
    (told.reason.to_string(), told.message.clone())
}

#[test]
fn what_was_applied_is_written_down_for_the_cluster() {
    let mut world = observed(&json!({}), None);
    let named = json!([{"clusterResourceSetName": "set"}]);
    assert_eq!(
        written(&world),
        Some(json!({"clusterName": "c", "bindings": named})),
        "nothing was applied yet"
    );
    world.targets[0].applied.resources.insert(0, true);
    let entry = |applied: bool| {
        json!([{"clusterResourceSetName": "set", "resources": [{
            "applied": applied, "kind": "ConfigMap", "name": "cni", "hash": "sha256:1", "lastAppliedTime": "2026-08-21T12:00:00Z"
        }]}])
    };
    assert_eq!(
        written(&world),
        Some(json!({"clusterName": "c", "bindings": entry(true)}))
    );
    let other = json!({"spec": {"clusterName": "c", "bindings": [{"clusterResourceSetName": "other"}]}});
    world.targets[0].binding = Some(samples::object("c", &other));
    let both = written(&world).expect("a patch");
    assert_eq!(both["bindings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_failure_is_written_down_once_and_told() {
    let mut world = observed(&json!({}), Some(binding(false, "sha256:1")));
    world.targets[0].applied = Applied {
        resources: BTreeMap::from([(0, false)]),
        failure: Some("no such kind".to_owned()),
    };
    assert_eq!(written(&world), None, "known already");
    assert_eq!(
        told(&world),
        (
            "NotApplied".to_owned(),
            "Failed to apply ClusterResourceSet resources to Cluster".to_owned()
        )
    );
    assert_eq!(plan(&world).requeue, Some(Duration::from_secs(15)));
    let object = plan(&world).object;
    let old = object.old("ResourcesApplied").expect("told");
    assert_eq!(
        (old.reason.as_deref(), old.message.as_deref()),
        (Some("ApplyFailed"), Some("no such kind"))
    );
}

#[test]
fn every_obstacle_has_its_reason() {
    let mut world = observed(&json!({}), None);
    world.resources[0].1 = Resource::WrongType;
    assert_eq!(
        told(&world),
        (
            "WrongSecretType".to_owned(),
            "Secret type of resource cni is not supported".to_owned()
        )
    );
    assert_eq!(plan(&world).requeue, None, "its watch tells when it is replaced");
    let old = |world: &Observed| {
        let object = plan(world).object;
        let old = object.old("ResourcesApplied").expect("told");
        (old.reason.clone(), old.message.clone())
    };
    assert_eq!(
        old(&world),
        (
            Some("WrongSecretType".to_owned()),
            Some("unsupported secret type".to_owned())
        )
    );
    world.targets[0].live = false;
    for resource in [Resource::Missing, there()] {
        world.resources[0].1 = resource;
        assert_eq!(told(&world).0, "InternalError");
        assert_eq!(old(&world).0.as_deref(), Some("RemoteClusterClientFailed"));
        assert_eq!(plan(&world).requeue, Some(Duration::from_secs(15)));
    }
    world.targets.clear();
    assert!(
        plan(&world).object.condition("ResourcesApplied").is_none(),
        "for nobody"
    );
}

/// The ConfigMap or Secret may come later: its watch tells.
#[test]
fn what_is_missing_holds_up_nothing_and_the_cluster_is_noted() {
    let mut world = observed(&json!({}), None);
    let missing = world.resources[0].0.clone();
    world.resources[0].1 = Resource::Missing;
    let named = json!({"clusterName": "c", "bindings": [{"clusterResourceSetName": "set"}]});
    assert_eq!(written(&world), Some(named));
    assert_eq!(told(&world), ("Applied".to_owned(), String::new()));
    let outcome = plan(&world);
    let old = outcome.object.old("ResourcesApplied").expect("told");
    assert_eq!((old.status.as_str(), old.reason.as_deref()), ("True", None));
    assert_eq!(outcome.requeue, None);
    // Nor does it hide what another one has met.
    world.resources = vec![(missing.clone(), Resource::Missing), (missing, there())];
    world.targets[0].applied = Applied {
        resources: BTreeMap::from([(1, false)]),
        failure: Some("no such kind".to_owned()),
    };
    assert_eq!(told(&world).0, "NotApplied");
    assert_eq!(plan(&world).requeue, Some(Duration::from_secs(15)));
}

#[test]
fn a_deleted_set_is_forgotten_by_its_bindings() {
    let deleted = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
    let mut world = observed(&deleted, None);
    world.bindings = vec![binding(true, "sha256:1")];
    assert_eq!(written(&world), Some(json!("deleted")));
    let mut two = Object::clone(&world.bindings[0]);
    let mut other = two.spec.bindings[0].clone();
    other.cluster_resource_set_name = "other".to_owned();
    two.spec.bindings.push(other);
    world.bindings = vec![Arc::new(two)];
    let left = written(&world).expect("a patch");
    assert_eq!(left["bindings"][0]["clusterResourceSetName"], "other");
    assert_eq!(plan(&world).object.metadata.finalizers, Some(vec![]));
}

#[test]
fn a_second_pass_writes_nothing() {
    let mut world = observed(&json!({}), Some(binding(true, "sha256:1")));
    let owned = {
        let mut binding = Object::clone(world.targets[0].binding.as_ref().expect("a binding"));
        let owner = crate::ownership::reference(world.set.as_ref(), false);
        crate::ownership::add(&mut binding.metadata, owner);
        binding
    };
    world.targets[0].binding = Some(Arc::new(owned));
    let first = plan(&world);
    assert!(first.changes.is_empty(), "{:?}", first.changes);
    assert!(first.object.is_true("ResourcesApplied"));
    world.set = Arc::new(first.object);
    assert_eq!(plan(&world).object, *world.set);
}
