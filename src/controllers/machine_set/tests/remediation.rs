//! Tables of the replacement of unhealthy machines, and of machines that are taken in.

use fleetui_api::v1beta2::MachineDeployment;

use super::super::remediation::{self, Verdict};
use super::*;

fn ill(name: &str, created: &str, more: &Value) -> Arc<Object<Machine>> {
    let mut whole = json!({"metadata": {"creationTimestamp": created}});
    json_patch::merge(&mut whole, more);
    samples::machine(
        name,
        &[("HealthCheckSucceeded", "False"), ("OwnerRemediated", "False")],
        &whole,
    )
}

fn three_ill() -> Vec<Arc<Object<Machine>>> {
    vec![
        ill("old", "2026-08-21T10:00:00Z", &json!({})),
        ill("new", "2026-08-21T11:00:00Z", &json!({})),
        ill("middle", "2026-08-21T10:30:00Z", &json!({})),
    ]
}

fn world(limit: &Value, machines: Vec<Arc<Object<Machine>>>) -> Observed {
    let revision = json!({"machinedeployment.clusters.x-k8s.io/revision": "2"});
    let set = json!({"metadata": {"annotations": revision}, "spec": {"replicas": 3}});
    let mut world = observed(&set, machines);
    let deployment = json!({
        "metadata": {"annotations": revision}, "spec": {"replicas": 3, "remediation": {"maxInFlight": limit}}
    });
    world.deployment = Some(samples::object::<MachineDeployment>("md", &deployment));
    world
}

/// Reasons by machine, `new MachineDeleting`.
fn reasons(world: &Observed, preflight: &[String]) -> Vec<String> {
    let remediation = remediation::plan(world, || preflight.to_vec());
    let verdicts = remediation.verdicts.iter();
    let told = verdicts.map(|(name, verdict)| match verdict {
        Verdict::Cured => format!("{name} cured"),
        Verdict::Told(told) => format!("{name} {}", told.0.reason),
    });
    told.collect()
}

#[test]
fn as_many_are_replaced_at_once_as_the_deployment_allows_the_newest_first() {
    let all = [
        "middle MachineDeleting",
        "new MachineDeleting",
        "old MachineDeleting",
    ];
    assert_eq!(reasons(&world(&Value::Null, three_ill()), &[]), all);
    assert_eq!(
        reasons(&world(&json!(1), three_ill()), &[]),
        [
            "middle RemediationDeferred",
            "new MachineDeleting",
            "old RemediationDeferred"
        ]
    );
    // 34 % of three is more than one, and rounds up.
    assert_eq!(
        reasons(&world(&json!("34%"), three_ill()), &[]),
        [
            "middle MachineDeleting",
            "new MachineDeleting",
            "old RemediationDeferred"
        ]
    );
    let mut machines = three_ill();
    machines[0] = ill(
        "old",
        "2026-08-21T10:00:00Z",
        &json!({"metadata": {"annotations": {"cluster.x-k8s.io/remediate-machine": ""}}}),
    );
    assert_eq!(
        reasons(&world(&json!(1), machines), &[])[2],
        "old MachineDeleting",
        "who is asked for comes first"
    );
}

#[test]
fn machines_on_their_way_out_count() {
    let mut machines = three_ill();
    let going = json!({
        "metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"},
        "status": {"conditions": [
            {"type": "HealthCheckSucceeded", "status": "False", "reason": "x", "message": ""},
            {"type": "OwnerRemediated", "status": "False", "reason": "MachineDeleting", "message": ""}
        ]}
    });
    machines[1] = ill("new", "2026-08-21T11:00:00Z", &going);
    assert_eq!(
        reasons(&world(&json!(1), machines), &[]),
        ["middle RemediationDeferred", "old RemediationDeferred"]
    );
}

#[test]
fn old_sets_leave_it_to_the_rollout_and_checks_hold_it_up() {
    let mut outdated = world(&Value::Null, three_ill());
    outdated.deployment = Some(samples::object::<MachineDeployment>(
        "md",
        &json!({"metadata": {"annotations": {"machinedeployment.clusters.x-k8s.io/revision": "3"}}}),
    ));
    assert!(
        reasons(&outdated, &[])
            .iter()
            .all(|told| told.ends_with("CannotBeRemediated"))
    );
    let held = world(&json!(1), three_ill());
    let told = reasons(&held, &["the control plane is upgrading".to_owned()]);
    assert!(told.iter().all(|told| told.ends_with("RemediationDeferred")));
    assert!(remediation::plan(&held, || vec!["x".to_owned()]).held_up);
}

#[test]
fn a_machine_is_told_before_it_goes() {
    let mut world = world(&json!(1), three_ill());
    assert!(asked(&world).is_empty(), "not told yet");
    let told = json!({"status": {"conditions": [
        {"type": "HealthCheckSucceeded", "status": "False", "reason": "x", "message": ""},
        {"type": "OwnerRemediated", "status": "False", "reason": "MachineDeleting", "message": "Machine is deleting"}
    ]}});
    world.machines[1] = ill("new", "2026-08-21T11:00:00Z", &told);
    assert_eq!(asked(&world), ["-Machine new"]);
}

#[test]
fn a_machine_that_is_well_again_is_not_replaced() {
    let cured = samples::machine(
        "a",
        &[("HealthCheckSucceeded", "True"), ("OwnerRemediated", "False")],
        &json!({}),
    );
    assert_eq!(reasons(&world(&Value::Null, vec![cured]), &[]), ["a cured"]);
}

#[test]
fn machines_of_the_selector_that_nobody_controls_are_taken_in_before_any_is_made() {
    let mut world = observed(&json!({}), vec![]);
    world.strays = vec![healthy("stray")];
    let outcome = plan(&world);
    let patched = outcome.changes.iter().find_map(|change| match change {
        Change::Patch { id, patch, .. } => Some((id.name.name.to_string(), patch.clone())),
        _ => None,
    });
    let (name, patch) = patched.expect("it is taken in");
    let owner = &patch["metadata"]["ownerReferences"][0];
    assert_eq!(
        (name.as_str(), &owner["kind"], &owner["controller"]),
        ("stray", &json!("MachineSet"), &json!(true))
    );
    assert!(asked(&world).is_empty(), "{:?}", asked(&world));
}

#[test]
fn machines_are_named_as_the_set_wishes() {
    let naming = json!({"spec": {"machineNaming": {"template": "{{ .cluster.name }}-worker-{{ .random }}"}}});
    let outcome = plan(&observed(&naming, vec![]));
    let made = outcome.changes.iter().filter_map(|change| match change {
        Change::Create { id, .. } => Some(id.name.name.to_string()),
        _ => None,
    });
    let names: Vec<String> = made.collect();
    assert_eq!(names.len(), 2);
    assert!(
        names.iter().all(|name| name.starts_with("c-worker-")),
        "{names:?}"
    );
    assert_ne!(names[0], names[1]);
}
