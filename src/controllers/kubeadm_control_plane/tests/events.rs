//! What people are told of a control plane, and what goes from machines when the template drops it.

use super::super::events::tale;
use super::*;

/// What is told of the failure of everything that the plan makes or deletes.
fn failures(world: &Observed) -> Vec<String> {
    let changes = plan(world).changes.into_iter();
    let acts = changes.filter(|change| match change {
        Change::Create { .. } => true,
        Change::Delete { id, .. } => id.kind == Watched::Machine,
        _ => false,
    });
    let tales = acts.map(|change| tale(world, &change));
    let mut told: Vec<String> = tales
        .filter_map(|tale| {
            assert_eq!(tale.done, None, "machines tell of themselves");
            tale.failed.map(|told| told.text())
        })
        .collect();
    told.dedup();
    told
}

#[test]
fn what_cannot_be_made_or_deleted_is_told() {
    let mut first = observed(&json!({}), vec![]);
    first.kubeadm_config_exists = false;
    assert_eq!(
        failures(&first),
        [
            "FailedInitialization: Failed to create initial control plane Machine for cluster default/c control plane"
        ]
    );
    assert_eq!(
        failures(&observed(&json!({}), vec![healthy("a")])),
        ["FailedScaleUp: Failed to create additional control plane Machine for cluster default/c"]
    );
    let three = || vec![healthy("a"), healthy("b"), healthy("c")];
    let fewer = observed(&json!({"spec": {"replicas": 1}}), three());
    let told = failures(&fewer);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("FailedScaleDown: Failed to delete control plane Machine ")
            && told[0].ends_with(" for cluster default/c control plane"),
        "{told:?}"
    );
    let deleted = observed(
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}),
        three(),
    );
    assert_eq!(
        failures(&deleted),
        ["FailedDelete: Failed to delete control plane Machines for cluster default/c control plane"]
    );
}

/// What is told when the plan has come true.
fn told(world: &Observed) -> Vec<String> {
    let told = plan(world).told.into_iter();
    told.map(|told| told.text()).collect()
}

#[test]
fn machines_that_are_not_well_enough_for_the_next_change_are_told() {
    let waits = "ControlPlaneUnhealthy: Waiting for control plane to pass preflight checks to continue reconciliation: ";
    let nodeless = |name: &str| member(samples::machine(name, &[], &json!({"status": {"nodeRef": null}})));
    let missing = |name: &str| {
        format!("Machine {name} does not have a corresponding Node yet (Machine.status.nodeRef not set)")
    };
    assert_eq!(
        told(&observed(&json!({}), vec![nodeless("a")])),
        [format!("{waits}{}", missing("a"))]
    );
    assert_eq!(
        told(&observed(&json!({}), vec![nodeless("a"), nodeless("b")])),
        [format!("{waits}[{}, {}]", missing("a"), missing("b"))]
    );
    // Of a machine with a node each component that is not well is told by itself, in the words of its condition.
    let unwell = healthy_with(
        "c",
        &json!({"status": {"conditions": [
            {"type": "APIServerPodHealthy", "status": "True", "reason": "Running"},
            {"type": "SchedulerPodHealthy", "status": "False", "reason": "Failed", "message": "It crashed"},
            {"type": "EtcdPodHealthy", "status": "True", "reason": "Running"},
            {"type": "EtcdMemberHealthy", "status": "Unknown", "reason": "InspectionFailed", "message": "No answer"}
        ]}}),
    );
    assert_eq!(
        told(&observed(&json!({}), vec![nodeless("a"), unwell])),
        [format!(
            "{waits}[{}, Machine c does not have ControllerManagerPodHealthy condition, \
             Machine c reports SchedulerPodHealthy condition is false (It crashed), \
             Machine c reports EtcdMemberHealthy condition is unknown (No answer)]",
            missing("a")
        )]
    );
    // Nothing is to be changed.
    let whole = observed(&json!({"spec": {"replicas": 1}}), vec![nodeless("a")]);
    assert_eq!(told(&whole), [""; 0]);
    // What has to come first is told by conditions alone.
    let going = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
    let deleting = observed(&json!({}), vec![nodeless("a"), healthy_with("b", &going)]);
    assert_eq!(told(&deleting), [""; 0]);
}

#[test]
fn machines_that_cannot_be_taken_in_are_told() {
    let mut world = observed(&json!({}), vec![]);
    let old = json!({"spec": {"version": "v1.29.0", "bootstrap": {"configRef": {
        "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": "f"
    }}}});
    world.foreign = vec![samples::machine("f", &[], &old)];
    let told = told(&world);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("AdoptionFailed: Could not adopt Machine f: its version (v1.29.0) is outside"),
        "{told:?}"
    );
}

#[test]
fn what_the_template_drops_goes_from_machines_and_what_is_kept_of_them_stays() {
    let managed = json!({"managedFields": [{"manager": "capi-kubeadmcontrolplane", "operation": "Update", "fieldsV1": {
        "f:metadata": {"f:labels": {"f:team": {}}, "f:annotations": {
            "f:note": {}, "f:machine.cluster.x-k8s.io/certificates-expiry": {},
            "f:controlplane.cluster.x-k8s.io/remediation-for": {}
        }}
    }}]});
    let annotations = json!({
        "note": "n", "machine.cluster.x-k8s.io/certificates-expiry": "2027-08-21T12:00:00Z",
        "controlplane.cluster.x-k8s.io/remediation-for": "{}", labels::CLEANUP_HOOK: ""
    });
    let mut metadata = json!({"labels": {"team": "a", "own": "x"}, "annotations": annotations});
    json_patch::merge(&mut metadata, &managed);
    let cache = Cache::new(Arc::new(Triggers::default()));
    let entry = |kind: Watched| {
        let mut object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(), "metadata": metadata,
            "spec": {"clusterName": "c", "version": "v1.31.0"}
        });
        json_patch::merge(
            &mut object,
            &json!({"metadata": {"name": "m", "namespace": "default", "uid": "m", "resourceVersion": "1"}}),
        );
        let id = ObjectId::new(kind, "default", "m");
        cache.put(id.clone(), serde_json::from_value(object).expect("an object"));
        cache.entry(&id).expect("it was put")
    };
    let mut m = member(entry(Watched::Machine).typed().expect("a machine"));
    m.config = entry(Watched::KubeadmConfig).typed();
    let world = observed(&json!({"spec": {"replicas": 1}}), vec![m]);
    let mut patches = plan(&world)
        .changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Patch { id, patch, .. } => Some((id.kind, patch["metadata"].clone())),
            _ => None,
        });
    for kind in [Watched::Machine, Watched::KubeadmConfig] {
        let (_, patch) = patches.find(|(patched, _)| *patched == kind).expect("a patch");
        assert_eq!(patch["annotations"], json!({"note": null}), "{kind:?}");
        assert_eq!(patch["labels"].get("team"), Some(&Value::Null), "{kind:?}");
        assert_eq!(patch["labels"].get("own"), None, "{kind:?}");
    }
}
