//! Tables of the MachineSet's plan.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{ContractReference, Machine, MachineSet};
use fleetui_rules::preflight::ControlPlane;
use serde_json::{Value, json};

use super::observe::{Observed, Wanted};
use super::old_status;
use super::plan::plan;
use crate::change::Change;
use crate::kinds::Watched;
use crate::object::Object;
use crate::samples;

mod events;
mod remediation;

fn observed(set: &Value, machines: Vec<Arc<Object<Machine>>>) -> Observed {
    let mut whole = json!({
        "metadata": {"ownerReferences": [{
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "name": "md", "uid": "uid-md", "controller": true
        }]},
        "spec": {"clusterName": "c", "replicas": 2, "template": {"spec": {"clusterName": "c", "version": "v1.31.0"}}}
    });
    json_patch::merge(&mut whole, set);
    Observed {
        set: samples::object::<MachineSet>("set", &whole),
        cluster: Some(samples::cluster()),
        deployment: None,
        machines,
        strays: Vec::new(),
        parts: Vec::new(),
        bootstrap: Wanted::Nothing,
        infrastructure: Wanted::Nothing,
        control_plane: None,
        orphans: Vec::new(),
        random: 1,
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

/// What the plan asks for, `+Machine` or `-Machine a`.
fn asked(observed: &Observed) -> Vec<String> {
    let outcome = plan(observed);
    let told = outcome.changes.iter().filter_map(|change| match change {
        Change::Create { id, .. } => Some(format!("+{}", id.kind.kind())),
        Change::Delete { id, .. } => Some(format!("-{} {}", id.kind.kind(), id.name.name)),
        Change::Patch { .. }
        | Change::PatchStatus { .. }
        | Change::CreateSecret(_)
        | Change::PatchSecret { .. }
        | Change::Workload { .. }
        | Change::Etcd { .. } => None,
    });
    told.collect()
}

fn healthy(name: &str) -> Arc<Object<Machine>> {
    samples::machine(
        name,
        &[("Ready", "True"), ("Available", "True"), ("NodeHealthy", "True")],
        &json!({}),
    )
}

#[test]
fn a_set_on_its_own_gets_a_selector_before_machines() {
    let mut observed = observed(&json!({}), vec![]);
    let bare =
        json!({"spec": {"clusterName": "c", "replicas": 2, "template": {"spec": {"version": "1.31.0"}}}});
    observed.set = samples::object::<MachineSet>("set", &bare);
    assert!(asked(&observed).is_empty(), "they would not be its own");
    let object = plan(&observed).object;
    assert_eq!(object.spec.template.spec.version.as_deref(), Some("v1.31.0"));
    assert!(
        object
            .spec
            .selector
            .selects(&object.spec.template.metadata.labels)
    );
    let selector = "cluster.x-k8s.io/cluster-name=c,cluster.x-k8s.io/set-name=set";
    assert_eq!(object.status.selector.as_deref(), Some(selector));
    observed.set = Arc::new(object);
    assert_eq!(asked(&observed), ["+Machine", "+Machine"]);
}

#[test]
fn machines_are_made_until_there_are_enough() {
    assert_eq!(asked(&observed(&json!({}), vec![])), ["+Machine", "+Machine"]);
    assert_eq!(asked(&observed(&json!({}), vec![healthy("a")])), ["+Machine"]);
    assert!(asked(&observed(&json!({}), vec![healthy("a"), healthy("b")])).is_empty());
    let disabled = json!({"metadata": {"annotations": {"cluster.x-k8s.io/disable-machine-create": "true"}}});
    assert!(asked(&observed(&disabled, vec![])).is_empty());
}

#[test]
fn too_many_machines_go_the_worst_first() {
    let sick = samples::machine("z", &[("NodeHealthy", "False")], &json!({}));
    let deleting = samples::machine(
        "y",
        &[],
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}),
    );
    let marked = samples::machine(
        "x",
        &[],
        &json!({"metadata": {"annotations": {"cluster.x-k8s.io/delete-machine": ""}}}),
    );
    let machines = vec![healthy("a"), healthy("b"), sick, deleting, marked];
    assert_eq!(
        asked(&observed(&json!({"spec": {"replicas": 4}}), machines.clone())),
        [""; 0],
        "one goes already"
    );
    assert_eq!(
        asked(&observed(&json!({"spec": {"replicas": 3}}), machines.clone())),
        ["-Machine x"]
    );
    assert_eq!(
        asked(&observed(&json!({"spec": {"replicas": 1}}), machines)),
        ["-Machine a", "-Machine z", "-Machine x"]
    );
}

fn provisioning() -> ControlPlane {
    ControlPlane {
        kind: "KubeadmControlPlane".to_owned(),
        name: "default/c".to_owned(),
        version: "v1.31.0".parse().ok(),
        ..ControlPlane::default()
    }
}

#[test]
fn what_blocks_new_machines_is_told() {
    let mut observed = observed(&json!({}), vec![]);
    observed.control_plane = Some(provisioning());
    observed.infrastructure = Wanted::Missing(ContractReference {
        kind: "DevMachineTemplate".to_owned(),
        ..ContractReference::default()
    });
    assert!(asked(&observed).is_empty());
    let outcome = plan(&observed);
    assert_eq!(outcome.requeue, Some(Duration::from_secs(15)));
    let scaling = outcome.object.condition("ScalingUp").expect("it is told");
    assert_eq!(
        scaling.message,
        "Scaling up from 0 to 2 replicas is blocked because:\n* KubeadmControlPlane default/c is provisioning (\"ControlPlaneIsStable\" \
         preflight check failed)\n* DevMachineTemplate does not exist"
    );
    let enough = Observed {
        machines: vec![healthy("a"), healthy("b")],
        ..observed
    };
    let scaling = plan(&enough).object.condition("ScalingUp").cloned();
    assert_eq!(
        scaling.expect("it is told").message,
        "Scaling up would be blocked because DevMachineTemplate does not exist"
    );
}

#[test]
fn a_deleted_set_takes_its_machines_along_and_then_lets_go() {
    let deleting = json!({"metadata": {
        "deletionTimestamp": "2026-08-21T11:59:00Z", "finalizers": ["cluster.x-k8s.io/machineset"]
    }});
    let with_machines = observed(&deleting, vec![healthy("a")]);
    assert_eq!(asked(&with_machines), ["-Machine a"]);
    let outcome = plan(&with_machines);
    assert_eq!(
        outcome.object.metadata.finalizers,
        Some(vec!["cluster.x-k8s.io/machineset".to_owned()])
    );
    assert_eq!(
        outcome.object.condition("Deleting").expect("it is told").message,
        "Deleting 1 Machine"
    );
    let outcome = plan(&observed(&deleting, vec![]));
    assert_eq!(outcome.object.metadata.finalizers, Some(vec![]));
}

#[test]
fn counters_follow_the_machines_conditions() {
    let fresh = samples::machine(
        "b",
        &[("Ready", "True"), ("Available", "False"), ("UpToDate", "True")],
        &json!({}),
    );
    let status = plan(&observed(&json!({}), vec![healthy("a"), fresh]))
        .object
        .status;
    let counters = (
        status.replicas,
        status.ready_replicas,
        status.available_replicas,
        status.up_to_date_replicas,
    );
    assert_eq!(counters, (Some(2), Some(2), Some(1), Some(1)));
}

#[test]
fn a_paused_set_does_nothing_but_say_so() {
    let mut paused = observed(
        &json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}}}),
        vec![],
    );
    let outcome = plan(&paused);
    assert!(outcome.changes.is_empty());
    let condition = outcome.object.condition("Paused").expect("it is told");
    assert_eq!(
        condition.message,
        "MachineSet has the cluster.x-k8s.io/paused annotation"
    );
    assert_eq!(outcome.object.metadata, paused.set.metadata);
    paused.set = Arc::new(outcome.object);
    let again = plan(&paused);
    assert_eq!(again.object, *paused.set, "a second pass changes nothing");
}

#[test]
fn template_metadata_reaches_machines_in_place() {
    let set = json!({"spec": {"replicas": 1, "template": {"metadata": {"labels": {"tier": "gold"}}}}});
    let outcome = plan(&observed(&set, vec![healthy("a")]));
    let Some(Change::Patch { id, patch, version }) = outcome.changes.first() else {
        panic!("no patch: {:?}", outcome.changes);
    };
    assert_eq!((id.kind, version.as_deref()), (Watched::Machine, Some("1")));
    assert_eq!(patch["metadata"]["labels"]["tier"], "gold");
    assert_eq!(patch.get("spec"), None);
}

/// `False Warning ScalingUp: message`, or `True`.
fn old(observed: &Observed, kind: &str) -> String {
    let object = plan(observed).object;
    let Some(found) = object.old(kind) else {
        return "-".to_owned();
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match found.status.as_str() {
        "True" => "True".to_owned(),
        status => format!(
            "{status} {} {}: {}",
            text(&found.severity),
            text(&found.reason),
            text(&found.message)
        ),
    }
}

#[test]
fn v1beta1_clients_see_counters_and_severities() {
    let ready = |status: &str| {
        json!({"status": {"deprecated": {"v1beta1": {"conditions": [
            {"type": "Ready", "status": status, "severity": "Info", "reason": "WaitingForBootstrapData", "message": ""}
        ]}}}})
    };
    let one = samples::machine("a", &[("NodeReady", "True")], &ready("True"));
    let other = samples::machine("b", &[("NodeReady", "False")], &ready("False"));
    let world = observed(
        &json!({"spec": {"replicas": 3}}),
        vec![one.clone(), other.clone()],
    );
    assert_eq!(
        old(&world, "Resized"),
        "False Warning ScalingUp: Scaling up MachineSet to 3 replicas (actual 2)"
    );
    assert_eq!(
        old(&world, "MachinesReady"),
        "False Info WaitingForBootstrapData @ Machine/b: 1 of 2 completed"
    );
    assert_eq!(
        old(&world, "Ready"),
        "False Warning ScalingUp: Scaling up MachineSet to 3 replicas (actual 2)"
    );
    let object = plan(&world).object;
    let shown = object.status.deprecated.expect("shown").v1beta1.expect("shown");
    assert_eq!(
        (shown.ready_replicas, shown.fully_labeled_replicas),
        (Some(1), Some(2))
    );
    let mut blocked = observed(&json!({}), vec![one.clone()]);
    blocked.control_plane = Some(provisioning());
    assert!(
        old(&blocked, "MachinesCreated").starts_with("False Error PreflightCheckFailed: KubeadmControlPlane")
    );
    let refused = old_status::refused(&observed(&json!({}), vec![one.clone()]), "no such field");
    let refused = refused.expect("one is missing").object;
    let told = refused.old("MachinesCreated").expect("told");
    assert_eq!(
        (told.reason.as_deref(), told.message.as_deref()),
        (Some("MachineCreationFailed"), Some("no such field"))
    );
    assert!(
        old_status::refused(
            &observed(&json!({"spec": {"replicas": 1}}), vec![one.clone()]),
            ""
        )
        .is_none()
    );
    let missing = |kind: &str| {
        Wanted::Missing(ContractReference {
            kind: kind.to_owned(),
            ..ContractReference::default()
        })
    };
    let mut lost = observed(&json!({}), vec![one.clone()]);
    lost.infrastructure = missing("DevMachineTemplate");
    let text = "DevMachineTemplate does not exist";
    assert_eq!(
        old(&lost, "MachinesCreated"),
        format!("False Error InfrastructureTemplateCloningFailed: {text}")
    );
    assert!(
        plan(&lost).told.is_empty(),
        "templates may be applied a moment later"
    );
    lost.bootstrap = missing("KubeadmConfigTemplate");
    assert!(old(&lost, "MachinesCreated").starts_with("False Error BootstrapTemplateCloningFailed: "));
    let whole = observed(&json!({"spec": {"replicas": 1}}), vec![one]);
    assert_eq!(old(&whole, "Ready"), "True");
}

#[test]
fn what_machines_are_made_of_gets_their_labels_too() {
    let mut world = observed(
        &json!({"spec": {"template": {"metadata": {"labels": {"team": "a"}, "annotations": {"note": "n"}}}}}),
        vec![healthy("a"), healthy("b")],
    );
    let cache = crate::cache::Cache::new(Arc::new(crate::cache::Triggers::default()));
    let part: kube::core::DynamicObject = serde_json::from_value(json!({
        "apiVersion": Watched::DevMachine.api_version(), "kind": "DevMachine",
        "metadata": {"name": "a", "namespace": "default", "uid": "1", "resourceVersion": "1", "labels": {"own": "x"}}
    }))
    .expect("an object");
    let id = crate::kinds::ObjectId::new(Watched::DevMachine, "default", "a");
    cache.put(id.clone(), part);
    world.parts = vec![cache.entry(&id).expect("it was put")];
    let patch = plan(&world).changes.into_iter().find_map(|change| match change {
        Change::Patch { id, patch, .. } if id.kind == Watched::DevMachine => Some(patch),
        _ => None,
    });
    let metadata = patch.expect("a patch")["metadata"].clone();
    assert_eq!(metadata["labels"]["team"], "a");
    assert_eq!(metadata["labels"]["cluster.x-k8s.io/cluster-name"], "c");
    assert_eq!(metadata["annotations"], json!({"note": "n"}));
}
