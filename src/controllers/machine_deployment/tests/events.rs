//! What people are told of a deployment's changes, and what goes from sets when the template drops it.

use super::super::events::tale;
use super::*;
use crate::cache::{Cache, Triggers};
use crate::events::Tale;
use crate::kinds::{ObjectId, Watched};

/// What is told of everything that the plan asks for: `reason: message`, of success and of failure.
fn told(observed: &Observed) -> Vec<(String, String)> {
    let changes = plan(observed).changes.into_iter();
    changes.map(|change| tale(observed, &change).texts()).collect()
}

fn both(done: &str, failed: &str) -> (String, String) {
    (done.to_owned(), failed.to_owned())
}

#[test]
fn sets_that_are_made_scaled_and_deleted_are_told() {
    let made = told(&observed(deployment(&json!({})), vec![]));
    let (done, failed) = &made[0];
    assert!(
        done.starts_with("SuccessfulCreate: Created MachineSet default/md-")
            && done.ends_with(" with 2 replicas"),
        "{done}"
    );
    assert!(
        failed.starts_with("FailedCreate: Failed to create MachineSet default/md-"),
        "{failed}"
    );

    let more = json!({"spec": {"replicas": 5}});
    let scaled = observed(
        deployment(&more),
        vec![set("a", "v1.31.0", [2, 2, 2], &json!({}))],
    );
    assert_eq!(
        told(&scaled),
        [both(
            "SuccessfulScale: Scaled up MachineSet a: 2 -> 5",
            "FailedScale: Failed to scale MachineSet default/a"
        )]
    );

    let old = || set("old", "v1.30.0", [0, 0, 0], &json!({}));
    let mut done = observed(
        deployment(&json!({})),
        vec![set("new", "v1.31.0", [2, 2, 2], &json!({})), old()],
    );
    let deleted = both(
        "SuccessfulDelete: Deleted MachineSet \"old\"",
        "FailedDelete: Failed to delete MachineSet \"old\"",
    );
    assert!(told(&done).contains(&deleted), "{:?}", told(&done));
    done.deployment = deployment(&json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}));
    let silent = both("", "");
    assert_eq!(
        told(&done),
        [silent.clone(), silent],
        "all of them go with the deployment"
    );
}

#[test]
fn sets_that_are_taken_in_are_told_and_other_changes_only_when_they_fail() {
    let mut world = observed(deployment(&json!({})), vec![]);
    world.strays = vec![set("stray", "v1.31.0", [2, 2, 2], &json!({}))];
    assert_eq!(
        told(&world),
        [both(
            "SuccessfulAdopt: Adopted MachineSet \"stray\"",
            "FailedAdopt: Failed to adopt MachineSet \"stray\""
        )]
    );
    let labelled = json!({"spec": {"template": {"metadata": {"labels": {"team": "a"}}}}});
    let in_place = observed(
        deployment(&labelled),
        vec![set("a", "v1.31.0", [2, 2, 2], &json!({}))],
    );
    assert_eq!(
        told(&in_place),
        [both("", "FailedUpdate: Failed to update MachineSet default/a")]
    );
    let template = Change::Patch {
        id: ObjectId::new(Watched::DevMachineTemplate, "default", "t"),
        version: None,
        patch: json!({}),
    };
    assert_eq!(tale(&in_place, &template), Tale::default());
}

#[test]
fn what_deployment_and_template_drop_goes_from_sets_and_what_is_anybody_elses_stays() {
    let labels = json!({"cluster.x-k8s.io/cluster-name": "c", "cluster.x-k8s.io/deployment-name": "md"});
    let mut template_labels = labels.clone();
    json_patch::merge(
        &mut template_labels,
        &json!({"machine-template-hash": "1-a", "team": "a", "tier": "gold"}),
    );
    let object = json!({
        "apiVersion": Watched::MachineSet.api_version(), "kind": "MachineSet",
        "metadata": {
            "name": "a", "namespace": "default", "uid": "a", "resourceVersion": "1", "generation": 1,
            "creationTimestamp": "2026-08-21T11:00:00Z",
            "labels": {"team": "a", "tier": "gold", "own": "x", "machine-template-hash": "1-a"},
            "annotations": {"note": "n", "mine": "m"},
            "managedFields": [
                {"manager": "capi-machinedeployment", "operation": "Update", "fieldsV1": {"f:metadata": {
                    "f:labels": {"f:team": {}, "f:tier": {}, "f:machine-template-hash": {}},
                    "f:annotations": {"f:note": {}}
                }}},
                {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:metadata": {
                    "f:labels": {"f:own": {}}, "f:annotations": {"f:mine": {}}
                }}}
            ]
        },
        "spec": {
            "clusterName": "c", "replicas": 2, "selector": {"matchLabels": {"machine-template-hash": "1-a", "chosen": "y"}},
            "template": {"metadata": {"labels": template_labels}, "spec": {"clusterName": "c", "version": "v1.31.0"}}
        },
        "status": {"replicas": 2, "availableReplicas": 2, "readyReplicas": 2, "upToDateReplicas": 2, "observedGeneration": 1}
    });
    let mut object = object;
    object["spec"]["template"]["metadata"]["labels"]["chosen"] = json!("y");
    let cache = Cache::new(Arc::new(Triggers::default()));
    let id = ObjectId::new(Watched::MachineSet, "default", "a");
    cache.put(id.clone(), serde_json::from_value(object).expect("an object"));
    let set = cache.entry(&id).expect("it was put").typed().expect("a set");
    let mut wishes = labels;
    json_patch::merge(&mut wishes, &json!({"team": "b"}));
    let world = observed(
        deployment(&json!({"spec": {"template": {"metadata": {"labels": wishes}}}})),
        vec![set],
    );
    let patch = plan(&world).changes.into_iter().find_map(|change| match change {
        Change::Patch { patch, .. } => Some(patch),
        _ => None,
    });
    let patch = patch.expect("a patch");
    let dropped = |path: &str| {
        let changes = patch.pointer(path).and_then(Value::as_object).expect("changes");
        let mut names: Vec<String> = changes
            .iter()
            .filter(|(_, value)| value.is_null())
            .map(|(key, _)| key.clone())
            .collect();
        names.sort_unstable();
        names
    };
    assert_eq!(dropped("/metadata/labels"), ["tier"]);
    assert_eq!(dropped("/metadata/annotations"), ["note"]);
    assert_eq!(
        dropped("/spec/template/metadata/labels"),
        ["tier"],
        "the set still selects its machines"
    );
    assert_eq!(patch["metadata"]["labels"]["team"], "b");
}
