//! Where machines come and go, how they are named, what goes to them in place, and whose they are.

use serde_json::{Value, json};

use super::*;
use crate::events::Happening;
use crate::kubeadm_control_plane::{adoption, failure_domains, machines, preflight};

fn with_domains(mut world: Observed) -> Observed {
    world.cluster = Some(samples::object(
        "c",
        &json!({
            "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
            "status": {
                "initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true},
                "failureDomains": [
                    {"name": "a", "controlPlane": true}, {"name": "b", "controlPlane": true}, {"name": "workers"}
                ]
            }
        }),
    ));
    world
}

fn placed(name: &str, domain: &str, created: &str) -> Member {
    healthy_with(
        name,
        &json!({"metadata": {"creationTimestamp": created}, "spec": {"failureDomain": domain}}),
    )
}

fn old_placed(name: &str, domain: &str) -> Member {
    healthy_with(
        name,
        &json!({"spec": {"failureDomain": domain, "version": "v1.30.0"}}),
    )
}

/// All but what makes the cluster an owner of the template.
fn beside_template(mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(
        |change| !matches!(change, Change::Patch { id, .. } if id.kind == Watched::DevMachineTemplate),
    );
    changes
}

#[test]
fn a_new_machine_goes_where_the_fewest_up_to_date_ones_are() {
    let domain =
        |machines: Vec<Member>| failure_domains::for_new(&with_domains(observed(&json!({}), machines)));
    assert_eq!(failure_domains::for_new(&observed(&json!({}), vec![])), None);
    assert_eq!(domain(vec![]).as_deref(), Some("a"));
    assert_eq!(
        domain(vec![healthy("x"), placed("y", "a", "2026-08-21T11:00:00Z")]).as_deref(),
        Some("b")
    );
    // Outdated ones go anyway.
    let rolled = vec![
        old_placed("x", "a"),
        old_placed("y", "a"),
        placed("z", "b", "2026-08-21T11:00:00Z"),
    ];
    assert_eq!(domain(rolled).as_deref(), Some("a"));
    let world = with_domains(observed(
        &json!({}),
        vec![placed("x", "a", "2026-08-21T11:00:00Z")],
    ));
    let outcome = plan(&world);
    let machine = outcome.changes.iter().find_map(|change| match change {
        Change::Create { id, object } if id.kind == Watched::Machine => Some(object),
        _ => None,
    });
    assert_eq!(machine.expect("a machine").data["spec"]["failureDomain"], "b");
}

#[test]
fn the_oldest_of_the_most_crowded_domain_goes_first_and_who_is_outside_before() {
    let world = |machines| with_domains(observed(&json!({"spec": {"replicas": 1}}), machines));
    let machines = || {
        vec![
            placed("x", "a", "2026-08-21T10:00:00Z"),
            placed("y", "b", "2026-08-21T10:30:00Z"),
            placed("z", "b", "2026-08-21T10:20:00Z"),
        ]
    };
    assert_eq!(step(&world(machines())), Step::ScaleDown("z".to_owned()));
    let mut outside = machines();
    outside.push(placed("w", "gone", "2026-08-21T11:30:00Z"));
    assert_eq!(step(&world(outside)), Step::ScaleDown("w".to_owned()));
}

#[test]
fn names_follow_their_template_and_stay_short() {
    let name = |naming: &Value| {
        let world = observed(&json!({"spec": {"machineNaming": naming}}), vec![]);
        machines::name_for_tests(&world, &samples::cluster())
    };
    assert!(name(&Value::Null).starts_with("cp-"), "{}", name(&Value::Null));
    let own = name(&json!({"template": "{{ .cluster.name }}-x-{{.random}}"}));
    assert!(own.starts_with("c-x-") && own.len() == 9, "{own}");
    let long = format!("{}-{{{{ .random }}}}", "n".repeat(70));
    assert!(name(&json!({"template": long})).len() <= 63);
}

#[test]
fn what_may_change_in_place_goes_to_the_machines_once() {
    let wishes = json!({"spec": {"replicas": 1, "machineTemplate": {
        "metadata": {"labels": {"team": "a"}, "annotations": {"note": "b"}},
        "spec": {
            "deletion": {"nodeDrainTimeoutSeconds": 60},
            "taints": [{"key": "k", "effect": "NoSchedule", "propagation": "Always"}],
            "readinessGates": [{"conditionType": "Own"}]
        }
    }}});
    let machine = json!({"spec": {"deletion": {"nodeDeletionTimeoutSeconds": 10}}});
    let mut world = observed(&wishes, vec![healthy_with("m", &machine)]);
    world.machines[0].config = Some(samples::object("m", &json!({})));
    let outcome = plan(&world);
    let patch = |kind: Watched| {
        outcome.changes.iter().find_map(|change| match change {
            Change::Patch { id, patch, .. } if id.kind == kind => Some(patch.clone()),
            _ => None,
        })
    };
    let patched = patch(Watched::Machine).expect("a patch");
    assert_eq!(patched["metadata"]["labels"]["team"], "a");
    assert_eq!(patched["metadata"]["annotations"]["note"], "b");
    assert_eq!(
        patched["spec"]["deletion"],
        json!({"nodeDrainTimeoutSeconds": 60}),
        "the other timeout stays"
    );
    assert_eq!(patched["spec"]["taints"][0]["key"], "k");
    assert_eq!(
        patched["spec"]["readinessGates"].as_array().map(Vec::len),
        Some(7)
    );
    assert_eq!(
        patch(Watched::KubeadmConfig).expect("a patch")["metadata"]["labels"]["team"],
        "a"
    );
    assert!(
        !outcome
            .changes
            .iter()
            .any(|change| matches!(change, Change::Create { .. } | Change::Delete { .. }))
    );
    // Merged into the machine, nothing is left to patch.
    let mut whole = machine.clone();
    json_patch::merge(&mut whole, &patched);
    let mut again = healthy_with("m", &whole);
    let mut config = json!({});
    json_patch::merge(&mut config, &patch(Watched::KubeadmConfig).expect("a patch"));
    again.config = Some(samples::object("m", &config));
    world.machines = vec![again];
    let left = beside_template(plan(&world).changes);
    assert!(
        !left.iter().any(|change| matches!(change, Change::Patch { .. })),
        "{left:?}"
    );
}

#[test]
fn machines_that_stand_alone_are_adopted_and_those_of_others_stop_everything() {
    let foreign = |more: &Value| {
        let mut machine = json!({"spec": {"bootstrap": {"configRef": {
            "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": "f"
        }}}});
        json_patch::merge(&mut machine, more);
        let mut world = observed(&json!({}), vec![]);
        world.foreign = vec![samples::machine("f", &[], &machine)];
        world
    };
    let world = foreign(&json!({"spec": {"version": "v1.30.5"}}));
    let adoption::Adoption::Adopts(changes) = adoption::decide(&world) else {
        panic!("not adopted");
    };
    let [Change::Patch { patch, .. }] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(
        patch["metadata"]["ownerReferences"][0]["kind"],
        "KubeadmControlPlane"
    );
    assert!(
        !plan(&world)
            .changes
            .iter()
            .any(|change| matches!(change, Change::Create { .. })),
        "first they are adopted"
    );
    let owned = json!({"metadata": {"ownerReferences": [{
        "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlane", "name": "other", "uid": "o",
        "controller": true
    }]}});
    let cases = [
        (
            owned,
            "not all control plane machines are owned by this KubeadmControlPlane",
        ),
        (
            json!({"spec": {"version": "v1.29.0"}}),
            "Could not adopt Machine f: its version (v1.29.0) is outside",
        ),
        (
            json!({"spec": {"bootstrap": {"configRef": {"kind": "Other"}}}}),
            "unable to adopt Machine f: expected a ConfigRef",
        ),
    ];
    for (more, expected) in cases {
        let world = foreign(&more);
        let outcome = plan(&world);
        let scaling = outcome
            .object
            .condition("ScalingUp")
            .expect("it is told")
            .message
            .clone();
        assert!(scaling.contains(expected), "{scaling}");
        let changes = beside_template(outcome.changes);
        assert!(changes.is_empty(), "{changes:?}");
    }
}

#[test]
fn wishes_that_cannot_be_are_told_and_nothing_is_done() {
    let told = |wishes: &Value, machines: Vec<Member>| {
        let outcome = plan(&observed(wishes, machines));
        let acts = outcome
            .changes
            .iter()
            .any(|change| matches!(change, Change::Create { .. } | Change::Delete { .. }));
        assert!(!acts, "{:?}", outcome.changes);
        outcome
            .object
            .condition("ScalingUp")
            .expect("it is told")
            .message
            .clone()
    };
    assert_eq!(
        told(&json!({"spec": {"replicas": 2}}), vec![healthy("a")]),
        "Scaling up from 1 to 2 replicas is blocked because:\n\
         * spec.replicas: Forbidden: cannot be an even number when etcd is stacked"
    );
    let skipped = preflight::forbidden(&observed(
        &json!({"spec": {"version": "v1.33.1"}}),
        vec![healthy("a")],
    ));
    assert_eq!(
        skipped,
        ["spec.version: Forbidden: cannot update Kubernetes version from v1.31.0 to v1.33.1"]
    );
    assert!(matches!(
        step(&observed(
            &json!({"spec": {"version": "v1.33.1", "replicas": 1}}),
            vec![healthy("a")]
        )),
        Step::Blocked(_)
    ));
    let mut world = observed(&json!({"spec": {"replicas": 1}}), vec![healthy("a")]);
    world.template = None;
    let outcome = plan(&world);
    let scaling = outcome.object.condition("ScalingUp").expect("it is told");
    assert_eq!(
        (scaling.status.as_str(), scaling.message.as_str()),
        (
            "False",
            "Scaling up would be blocked because DevMachineTemplate does not exist"
        )
    );
    let mut world = observed(&json!({"spec": {"replicas": 1}}), Vec::new());
    world.template = None;
    let told: Vec<String> = plan(&world).told.iter().map(Happening::text).collect();
    let failed = "FailedInitialization: Failed to create initial control plane Machine for cluster default/c control plane: DevMachineTemplate does not exist";
    assert_eq!(told, [failed]);
}

#[test]
fn the_end_of_the_certificates_is_written_down_once_it_is_known() {
    let mut world = observed(&json!({"spec": {"replicas": 1}}), vec![healthy("m")]);
    world.machines[0].config = Some(samples::object("m", &json!({})));
    world.machines[0].serving_until = "2027-08-21T12:00:00Z".parse().ok();
    let written = plan(&world).changes.into_iter().find_map(|change| match change {
        Change::Patch { id, patch, .. } if id.kind == Watched::KubeadmConfig => Some(patch),
        _ => None,
    });
    let key = "machine.cluster.x-k8s.io/certificates-expiry";
    let annotations = written.expect("a patch")["metadata"]["annotations"].clone();
    assert_eq!(annotations, json!({key: "2027-08-21T12:00:00Z"}));
    // The Machine takes it over from there: its status has one writer.
    let noted = json!({"metadata": {"annotations": annotations}});
    world.machines[0].config = Some(samples::object("m", &noted));
    let told = plan(&world)
        .changes
        .into_iter()
        .filter_map(|change| match change {
            Change::PatchStatus { patch, .. } => Some(patch),
            _ => None,
        });
    for patch in told {
        assert_eq!(patch["status"].get("certificatesExpiryDate"), None, "{patch}");
    }
}
