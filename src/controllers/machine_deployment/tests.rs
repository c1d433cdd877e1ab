//! Tables of the MachineDeployment's plan. How many replicas each set gets is `rules::rollout`'s, and tested there.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{MachineDeployment, MachineSet};
use serde_json::{Value, json};

use super::observe::Observed;
use super::plan::plan;
use crate::change::Change;
use crate::object::Object;
use crate::{samples, templates};

mod events;

const REVISION: &str = "machinedeployment.clusters.x-k8s.io/revision";

fn deployment(more: &Value) -> Arc<Object<MachineDeployment>> {
    let labels = json!({"cluster.x-k8s.io/cluster-name": "c", "cluster.x-k8s.io/deployment-name": "md"});
    let mut whole = json!({"spec": {
        "clusterName": "c", "replicas": 2, "selector": {"matchLabels": labels},
        "rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}},
        "template": {"metadata": {"labels": labels}, "spec": {"clusterName": "c", "version": "v1.31.0"}}
    }});
    json_patch::merge(&mut whole, more);
    samples::object("md", &whole)
}

fn set(name: &str, version: &str, replicas: [i32; 3], more: &Value) -> Arc<Object<MachineSet>> {
    let [spec, status, available] = replicas;
    let mut whole = json!({
        "spec": {"clusterName": "c", "replicas": spec, "template": {"spec": {"clusterName": "c", "version": version}}},
        "status": {
            "replicas": status, "availableReplicas": available, "readyReplicas": available, "upToDateReplicas": available,
            "observedGeneration": 1
        }
    });
    json_patch::merge(&mut whole, more);
    samples::object(name, &whole)
}

fn observed(deployment: Arc<Object<MachineDeployment>>, sets: Vec<Arc<Object<MachineSet>>>) -> Observed {
    Observed {
        deployment,
        cluster: Some(samples::cluster()),
        sets,
        strays: Vec::new(),
        machines: Vec::new(),
        templates: Vec::new(),
        missing: None,
        random: 1,
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

#[test]
fn what_cannot_be_cloned_is_told_as_long_as_it_is_missing() {
    let deployment =
        samples::object::<MachineDeployment>("md", &json!({"spec": {"clusterName": "c", "replicas": 1}}));
    let mut world = observed(deployment, Vec::new());
    world.missing = templates::missing(&["DevMachineTemplate"]);
    let scaling = plan(&world)
        .object
        .condition("ScalingUp")
        .cloned()
        .expect("it is told");
    assert_eq!(
        scaling.message,
        "Scaling up from 0 to 1 replicas is blocked because DevMachineTemplate does not exist"
    );
    let none = json!({"spec": {"clusterName": "c", "replicas": 0}});
    world.deployment = samples::object::<MachineDeployment>("md", &none);
    let scaling = plan(&world)
        .object
        .condition("ScalingUp")
        .cloned()
        .expect("it is told");
    assert_eq!(
        scaling.message,
        "Scaling up would be blocked because DevMachineTemplate does not exist"
    );
}

/// What the plan asks of sets: `+2` for a new one, `old=1` for a change of replicas, `-old` for a deletion.
fn asked(observed: &Observed) -> Vec<String> {
    let told = plan(observed)
        .changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Create { object, .. } => Some(format!("+{}", object.data["spec"]["replicas"])),
            Change::Delete { id, .. } => Some(format!("-{}", id.name.name)),
            Change::Patch { id, patch, .. } => patch
                .pointer("/spec/replicas")
                .map(|replicas| format!("{}={replicas}", id.name.name)),
            Change::PatchStatus { .. }
            | Change::CreateSecret(_)
            | Change::PatchSecret { .. }
            | Change::Workload { .. }
            | Change::Etcd { .. } => None,
        });
    told.collect()
}

#[test]
fn a_first_set_is_made_with_hash_owner_and_revision() {
    let observed = observed(deployment(&json!({})), vec![]);
    assert_eq!(asked(&observed), ["+2"]);
    let outcome = plan(&observed);
    let Some(Change::Create { object, .. }) = outcome.changes.first() else {
        panic!("nothing is made");
    };
    let labels = object.metadata.labels.as_ref().expect("labels");
    let hash = &labels["machine-template-hash"];
    assert_eq!(
        object.data["spec"]["selector"]["matchLabels"]["machine-template-hash"],
        **hash
    );
    assert_eq!(
        object.data["spec"]["template"]["metadata"]["labels"]["machine-template-hash"],
        **hash
    );
    let annotations = object.metadata.annotations.as_ref().expect("annotations");
    assert_eq!(annotations[REVISION], "1");
    assert_eq!(
        annotations["machinedeployment.clusters.x-k8s.io/desired-replicas"],
        "2"
    );
    assert_eq!(
        annotations["machinedeployment.clusters.x-k8s.io/max-replicas"],
        "3"
    );
    assert_eq!(annotations["cluster.x-k8s.io/disable-machine-create"], "false");
    let owner = &object.metadata.owner_references.as_ref().expect("an owner")[0];
    assert_eq!(
        (owner.kind.as_str(), owner.controller),
        ("MachineDeployment", Some(true))
    );
    assert_eq!(
        outcome.object.metadata.annotations.expect("annotations")[REVISION],
        "1"
    );
}

#[test]
fn annotations_are_handed_down_but_not_what_is_kept_of_the_deployment() {
    let annotations = json!({
        "mine": "a", "cluster.x-k8s.io/conversion-data": "b", "conversion.fleetui.dev/v1beta1-data": "c"
    });
    let mut deployment = Arc::unwrap_or_clone(deployment(&json!({})));
    deployment.metadata.annotations = serde_json::from_value(annotations).expect("annotations");
    let outcome = plan(&observed(Arc::new(deployment), vec![]));
    let Some(Change::Create { object, .. }) = outcome.changes.first() else {
        panic!("nothing is made");
    };
    let annotations = object.metadata.annotations.as_ref().expect("annotations");
    assert_eq!(annotations["mine"], "a");
    assert!(
        !annotations.keys().any(|name| name.contains("conver")),
        "{annotations:?}"
    );
}

#[test]
fn defaults_come_before_sets() {
    let bare = samples::object(
        "md",
        &json!({"spec": {"clusterName": "c", "template": {"spec": {"version": "1.31.0"}}}}),
    );
    let observed = observed(bare, vec![]);
    assert!(
        asked(&observed).is_empty(),
        "a set made from an unfinished template would be thrown away at once"
    );
    let object = plan(&observed).object;
    let selector = "cluster.x-k8s.io/cluster-name=c,cluster.x-k8s.io/deployment-name=md";
    assert_eq!(
        object.status.selector.as_deref(),
        Some(selector),
        "an empty one is refused"
    );
    let spec = object.spec;
    assert_eq!(spec.replicas, Some(1));
    assert_eq!(spec.template.spec.version.as_deref(), Some("v1.31.0"));
    assert_eq!(
        spec.selector.match_labels["cluster.x-k8s.io/deployment-name"],
        "md"
    );
    assert!(spec.selector.selects(&spec.template.metadata.labels));
    let rollout = serde_json::to_value(&spec.rollout).expect("JSON");
    assert_eq!(rollout["strategy"]["type"], "RollingUpdate");
}

/// They began with one, below what the autoscaler may have.
#[test]
fn replicas_that_nobody_says_begin_with_the_autoscalers_least() {
    let key = |what: &str| format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{what}-size");
    let bounded = samples::object(
        "md",
        &json!({
            "metadata": {"annotations": {key("min"): "3", key("max"): "5"}},
            "spec": {"clusterName": "c", "template": {"spec": {"version": "v1.31.0"}}}
        }),
    );
    let spec = plan(&observed(bounded, vec![])).object.spec;
    assert_eq!(spec.replicas, Some(3));
}

#[test]
fn only_rollout_fields_make_a_new_set() {
    let current = || vec![set("a", "v1.31.0", [2, 2, 2], &json!({}))];
    assert!(asked(&observed(deployment(&json!({})), current())).is_empty());
    let in_place = json!({"spec": {"template": {"spec": {"minReadySeconds": 30}}}});
    assert!(asked(&observed(deployment(&in_place), current())).is_empty());
    let rollout = json!({"spec": {"template": {"spec": {"version": "v1.31.4"}}}});
    assert_eq!(asked(&observed(deployment(&rollout), current())), ["+1"]);
    let failure_domain = json!({"spec": {"template": {"spec": {"failureDomain": "b"}}}});
    assert_eq!(asked(&observed(deployment(&failure_domain), current())), ["+1"]);
    let after = |time: &str| json!({"spec": {"rollout": {"after": time}}});
    assert_eq!(
        asked(&observed(deployment(&after("2026-08-21T11:30:00Z")), current())),
        ["+1"]
    );
    assert!(
        asked(&observed(deployment(&after("2026-08-21T12:30:00Z")), current())).is_empty(),
        "not yet"
    );
    assert!(
        asked(&observed(deployment(&after("2026-08-21T10:30:00Z")), current())).is_empty(),
        "made after it"
    );
}

#[test]
fn old_sets_go_when_everything_is_done_and_not_before() {
    let old = || set("old", "v1.30.0", [0, 0, 0], &json!({}));
    let done = vec![set("new", "v1.31.0", [2, 2, 2], &json!({})), old()];
    assert_eq!(asked(&observed(deployment(&json!({})), done)), ["-old"]);
    let not_available = vec![set("new", "v1.31.0", [2, 2, 1], &json!({})), old()];
    assert!(asked(&observed(deployment(&json!({})), not_available)).is_empty());
    let stale = vec![
        set(
            "new",
            "v1.31.0",
            [2, 2, 2],
            &json!({"metadata": {"generation": 2}}),
        ),
        old(),
    ];
    assert!(
        asked(&observed(deployment(&json!({})), stale)).is_empty(),
        "its status is of an older generation"
    );
}

#[test]
fn a_paused_deployment_rolls_nothing_out() {
    let paused =
        json!({"spec": {"paused": true, "replicas": 5, "template": {"spec": {"version": "v1.31.4"}}}});
    let sets = vec![set("a", "v1.31.0", [2, 2, 2], &json!({}))];
    assert_eq!(
        asked(&observed(deployment(&paused), sets)),
        ["a=5"],
        "it is scaled, though"
    );
}

#[test]
fn phase_and_availability_follow_the_sets() {
    let status = |deployment: &Value, replicas: [i32; 3]| {
        let sets = vec![set("a", "v1.31.0", replicas, &json!({}))];
        let object = plan(&observed(super::tests::deployment(deployment), sets)).object;
        let available = object.condition("Available").expect("it is told").clone();
        (
            object.status.phase.expect("a phase"),
            available.status.as_str(),
            available.message,
        )
    };
    let none = String::new;
    assert_eq!(
        status(&json!({}), [2, 2, 2]),
        ("Running".to_owned(), "True", none())
    );
    let message = "1 available replicas, at least 2 required (spec.strategy.rollout.maxUnavailable is 0, spec.replicas is 2)";
    assert_eq!(
        status(&json!({}), [2, 2, 1]),
        ("Running".to_owned(), "False", message.to_owned())
    );
    assert_eq!(
        status(&json!({"spec": {"replicas": 3}}), [2, 2, 2]).0,
        "ScalingUp"
    );
    assert_eq!(
        status(&json!({"spec": {"replicas": 1}}), [2, 2, 2]).0,
        "ScalingDown"
    );
    let deleting = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
    let told = (
        "ScalingDown".to_owned(),
        "False",
        "Deletion in progress".to_owned(),
    );
    assert_eq!(status(&deleting, [2, 2, 2]), told);
}

#[test]
fn a_new_set_that_says_nothing_yet_takes_no_availability_away() {
    let mut silent = Object::clone(&set("b", "v1.32.0", [1, 0, 0], &json!({})));
    silent.status = fleetui_api::v1beta2::MachineSetStatus::default();
    let silent = Arc::new(silent);
    let available = |sets: Vec<Arc<Object<MachineSet>>>| {
        let object = plan(&observed(deployment(&json!({})), sets)).object;
        object.condition("Available").expect("it is told").status.as_str()
    };
    let running = set("a", "v1.31.0", [2, 2, 2], &json!({}));
    assert_eq!(available(vec![running, Arc::clone(&silent)]), "True");
    assert_eq!(available(vec![silent]), "Unknown");
}

#[test]
fn v1beta1_clients_see_counters_and_severities() {
    let deprecated = |available: i32, ready: &str| {
        json!({"status": {"deprecated": {"v1beta1": {
            "readyReplicas": available, "availableReplicas": available,
            "conditions": [{"type": "Ready", "status": ready, "severity": "Info", "reason": "Waits", "message": "why"}]
        }}}})
    };
    let world = observed(
        deployment(&json!({"metadata": {"finalizers": ["cluster.x-k8s.io/machinedeployment"]}})),
        vec![set("new", "v1.31.0", [2, 2, 1], &deprecated(1, "False"))],
    );
    let object = plan(&world).object;
    let shown = object
        .status
        .deprecated
        .clone()
        .expect("shown")
        .v1beta1
        .expect("shown");
    assert_eq!(
        (
            shown.updated_replicas,
            shown.available_replicas,
            shown.unavailable_replicas
        ),
        (Some(2), Some(1), Some(1))
    );
    let available = object.old("Available").expect("told");
    assert_eq!(
        available.message.as_deref(),
        Some("Minimum availability requires 2 replicas, current 1 available")
    );
    let of_set = object.old("MachineSetReady").expect("told");
    assert_eq!(
        (of_set.severity.as_deref(), of_set.reason.as_deref()),
        (Some("Info"), Some("Waits"))
    );
    let ready = object.old("Ready").expect("told");
    assert_eq!(ready.reason.as_deref(), Some("WaitingForAvailableMachines"));
    let none = plan(&observed(deployment(&json!({})), vec![])).object;
    let of_set = none.old("MachineSetReady").expect("told");
    assert_eq!(of_set.message.as_deref(), Some("MachineSet not found"));
}

#[test]
fn sets_of_the_selector_that_nobody_controls_are_taken_in_before_any_is_made() {
    let mut world = observed(deployment(&json!({})), vec![]);
    world.deployment = Arc::new(plan(&world).object);
    assert!(!asked(&world).is_empty());
    world.strays = vec![set("stray", "v1.31.0", [2, 2, 2], &json!({}))];
    assert!(asked(&world).is_empty(), "{:?}", asked(&world));
    let owners = plan(&world).changes.into_iter().find_map(|change| match change {
        Change::Patch { patch, .. } => Some(patch["metadata"]["ownerReferences"].clone()),
        _ => None,
    });
    assert_eq!(owners.expect("it is taken in")[0]["name"], "md");
}

#[test]
fn a_rollout_that_is_to_come_is_looked_at_in_time() {
    let soon = json!({"spec": {"rollout": {"after": "2026-08-21T12:01:00Z"}}});
    let mut world = observed(deployment(&soon), vec![]);
    world.deployment = Arc::new(plan(&world).object);
    assert_eq!(plan(&world).requeue, Some(Duration::from_mins(1)));
}
