//! Tables of what a Machine shows v1beta1 clients, and of what it keeps on its Node.

use fleetui_rules::old_conditions::find;

use super::super::drain::Drained;
use super::super::leaving::Answer;
use super::*;
use crate::old_conditions::OldStatus;

/// `False/Info WaitingForInfrastructure: message`, or `True`.
fn old(outcome: &Outcome<Machine>, kind: &str) -> String {
    let Some(found) = find(outcome.object.status.old(), kind) else {
        return "-".to_owned();
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match found.status.as_str() {
        "True" => "True".to_owned(),
        status => format!(
            "{status}/{} {}: {}",
            text(&found.severity),
            text(&found.reason),
            text(&found.message)
        ),
    }
}

#[test]
fn steps_are_counted_while_a_machine_comes_up() {
    let mut world = observed(
        &json!({"spec": {"clusterName": "c", "bootstrap": {"configRef": {"kind": "KubeadmConfig"}}}}),
    );
    world.bootstrap = external(Watched::KubeadmConfig, &json!({}));
    world.infrastructure = external(Watched::DevMachine, &json!({}));
    let outcome = plan(&world);
    assert_eq!(
        old(&outcome, "BootstrapReady"),
        "False/Info WaitingForDataSecret: "
    );
    assert_eq!(
        old(&outcome, "Ready"),
        "False/Info WaitingForInfrastructure: 0 of 2 completed"
    );
    assert_eq!(old(&outcome, "NodeHealthy"), "False/Info WaitingForNodeRef: ");
    world.bootstrap = external(
        Watched::KubeadmConfig,
        &json!({"status": {"initialization": {"dataSecretCreated": true}, "dataSecretName": "m"}}),
    );
    let why = json!({"status": {"deprecated": {"v1beta1": {"conditions": [{
        "type": "Ready", "status": "False", "severity": "Warning", "reason": "NoCapacity", "message": "full"
    }]}}}});
    world.infrastructure = external(Watched::DevMachine, &why);
    let outcome = plan(&world);
    assert_eq!(
        old(&outcome, "InfrastructureReady"),
        "False/Warning NoCapacity: full"
    );
    assert_eq!(
        old(&outcome, "Ready"),
        "False/Warning NoCapacity: 1 of 2 completed"
    );
}

#[test]
fn a_running_machine_is_ready_and_its_node_has_its_own_condition() {
    let joined = json!({
        "spec": {"clusterName": "c", "providerID": "in-memory://m", "bootstrap": {"dataSecretName": "x"}},
        "status": {"nodeRef": {"name": "n"}}
    });
    let mut world = observed(&joined);
    world.bootstrap = External::None;
    world.infrastructure = external(
        Watched::DevMachine,
        &json!({"spec": {"providerID": "in-memory://m"}, "status": {"initialization": {"provisioned": true}}}),
    );
    let of = |world: &Observed| old(&plan(world), "NodeHealthy");
    assert_eq!(of(&world), "False/Error NodeNotFound: ");
    world.node = Some(healthy_node());
    assert_eq!(of(&world), "True");
    assert_eq!(old(&plan(&world), "Ready"), "True");
    world.node = Some(node(&[("Ready", "Unknown", ""), ("MemoryPressure", "True", "")]));
    assert_eq!(
        of(&world),
        "False/Warning NodeConditionsFailed: Node condition Ready is Unknown. Node condition MemoryPressure is True"
    );
    let all = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map(|kind| (kind, "Unknown", ""));
    world.node = Some(node(&all));
    assert!(of(&world).starts_with("Unknown/ NodeConditionsFailed: Node condition Ready is Unknown."));
    world.reach = silent(400);
    assert_eq!(
        of(&world),
        "Unknown/ NodeInspectionFailed: Failed to get the Node for this Machine by ProviderID"
    );
}

#[test]
fn a_machine_that_has_lost_what_it_runs_on_has_failed() {
    let mut world = observed(&json!({
        "spec": {"clusterName": "c", "infrastructureRef": {"kind": "DevMachine", "name": "x"}},
        "status": {"initialization": {"infrastructureProvisioned": true}}
    }));
    let failure = |world: &Observed| {
        let status = plan(world).object.status;
        let shown = status.deprecated.and_then(|deprecated| deprecated.v1beta1);
        shown.and_then(|shown| shown.failure_reason)
    };
    assert_eq!(failure(&world).as_deref(), Some("InvalidConfiguration"));
    world.infrastructure = external(Watched::DevMachine, &json!({}));
    assert_eq!(failure(&world), None);
}

#[test]
fn the_steps_of_a_deletion_are_told() {
    let leaving = |annotations: Value, drain: Answer<Drained>| {
        let mut world = observed(&json!({
            "metadata": {"deletionTimestamp": "2026-08-21T11:59:30Z", "annotations": annotations},
            "spec": {"clusterName": "c", "providerID": "in-memory://m"},
            "status": {"nodeRef": {"name": "n"}}
        }));
        world.node = Some(healthy_node());
        world.infrastructure = external(Watched::DevMachine, &json!({}));
        world.leaving.drain = drain;
        plan(&world)
    };
    let hooked = leaving(
        json!({"pre-drain.delete.hook.machine.cluster.x-k8s.io/a": ""}),
        Answer::NotAsked,
    );
    assert_eq!(
        old(&hooked, "PreDrainDeleteHookSucceeded"),
        "False/Info WaitingExternalHook: "
    );
    assert_eq!(old(&hooked, "DrainingSucceeded"), "-");
    let begun = leaving(json!({}), Answer::NotAsked);
    assert_eq!(old(&begun, "PreDrainDeleteHookSucceeded"), "True");
    assert_eq!(
        old(&begun, "DrainingSucceeded"),
        "False/Info Draining: Draining the node before deletion"
    );
    let failed = leaving(json!({}), Answer::Failed("no answer".to_owned()));
    assert!(old(&failed, "Ready").starts_with("False/Warning DrainingFailed: "));
    let drained = leaving(json!({}), Answer::Is(Drained::default()));
    assert_eq!(old(&drained, "DrainingSucceeded"), "True");
    assert_eq!(
        old(&drained, "VolumeDetachSucceeded"),
        "False/Info WaitingForVolumeDetach: Waiting for node volumes to be detached"
    );
    let terminating = leaving(
        json!({
            "pre-terminate.delete.hook.machine.cluster.x-k8s.io/a": "",
            "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach": ""
        }),
        Answer::Is(Drained::default()),
    );
    assert_eq!(
        old(&terminating, "PreTerminateDeleteHookSucceeded"),
        "False/Info WaitingExternalHook: "
    );
}

/// What the plan writes on the node.
fn on_node(world: &Observed) -> Value {
    let write = plan(world).changes.into_iter().find_map(|change| match change {
        Change::Workload {
            write: WorkloadWrite::Patch { patch, .. },
            ..
        } => Some(patch),
        _ => None,
    });
    write.unwrap_or_default()
}

fn with_node(machine: &Value, node: &Value) -> Observed {
    let mut whole = json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}});
    json_patch::merge(&mut whole, machine);
    let mut world = observed(&whole);
    let mut object = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "n", "annotations": {
            "cluster.x-k8s.io/cluster-name": "c", "cluster.x-k8s.io/cluster-namespace": "default", "cluster.x-k8s.io/machine": "m",
            "cluster.x-k8s.io/labels-from-machine": "", "cluster.x-k8s.io/annotations-from-machine": "",
            "cluster.x-k8s.io/taints-from-machine": ""
        }},
        "spec": {"providerID": "in-memory://m"}
    });
    json_patch::merge(&mut object, node);
    world.node = Some(Arc::new(serde_json::from_value(object).expect("a Node")));
    world
}

#[test]
fn a_nodes_labels_and_annotations_follow_its_machine() {
    assert_eq!(
        on_node(&with_node(&json!({}), &json!({}))),
        Value::Null,
        "nothing to do"
    );
    let labelled = json!({"metadata": {
        "labels": {"node-role.kubernetes.io/worker": "", "a.node.cluster.x-k8s.io/x": "1", "mine": "no"},
        "annotations": {"node.cluster.x-k8s.io/note": "n", "other": "no"}
    }});
    let patch = on_node(&with_node(&labelled, &json!({})));
    assert_eq!(
        patch["metadata"]["labels"],
        json!({"a.node.cluster.x-k8s.io/x": "1", "node-role.kubernetes.io/worker": ""})
    );
    assert_eq!(
        patch["metadata"]["annotations"],
        json!({
            "node.cluster.x-k8s.io/note": "n",
            "cluster.x-k8s.io/annotations-from-machine": "node.cluster.x-k8s.io/note",
            "cluster.x-k8s.io/labels-from-machine": "a.node.cluster.x-k8s.io/x,node-role.kubernetes.io/worker"
        })
    );
    let earlier = json!({"metadata": {
        "labels": {"node-role.kubernetes.io/worker": "", "foreign": "stays"},
        "annotations": {"cluster.x-k8s.io/labels-from-machine": "node-role.kubernetes.io/worker"}
    }});
    assert_eq!(
        on_node(&with_node(&json!({}), &earlier)),
        json!({"metadata": {
            "labels": {"node-role.kubernetes.io/worker": null}, "annotations": {"cluster.x-k8s.io/labels-from-machine": ""}
        }})
    );
}

#[test]
fn taints_that_are_kept_come_back_and_those_for_the_beginning_do_not() {
    let tainted = json!({"spec": {"taints": [
        {"key": "always", "effect": "NoSchedule", "value": "v", "propagation": "Always"},
        {"key": "once", "effect": "NoSchedule", "propagation": "OnInitialization"}
    ]}});
    let fresh = json!({"metadata": {"annotations": {"cluster.x-k8s.io/taints-from-machine": null}}});
    let keys = |patch: &Value| -> Vec<String> {
        let taints = patch["spec"]["taints"].as_array().cloned().unwrap_or_default();
        taints
            .iter()
            .map(|taint| taint["key"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let patch = on_node(&with_node(&tainted, &fresh));
    assert_eq!(keys(&patch), ["always", "once"]);
    assert_eq!(
        patch["metadata"]["annotations"]["cluster.x-k8s.io/taints-from-machine"],
        "always:NoSchedule"
    );
    let noted =
        json!({"metadata": {"annotations": {"cluster.x-k8s.io/taints-from-machine": "always:NoSchedule"}}});
    assert_eq!(keys(&on_node(&with_node(&tainted, &noted))), ["always"]);
    let mut removed = noted;
    json_patch::merge(
        &mut removed,
        &json!({"spec": {"taints": [{"key": "always", "effect": "NoSchedule", "value": "v"}, {"key": "mine", "effect": "NoExecute"}]}}),
    );
    assert_eq!(keys(&on_node(&with_node(&json!({}), &removed))), ["mine"]);
}

#[test]
fn nodes_of_an_older_revision_are_marked() {
    let mut world = with_node(&json!({}), &json!({}));
    let revision = |revision: &str| json!({"metadata": {"annotations": {"machinedeployment.clusters.x-k8s.io/revision": revision}}});
    world.set = Some(samples::object::<MachineSet>("set", &revision("1")));
    world.deployment = Some(samples::object::<MachineDeployment>("md", &revision("2")));
    assert_eq!(
        on_node(&world)["spec"]["taints"],
        json!([{"effect": "PreferNoSchedule", "key": "node.cluster.x-k8s.io/outdated-revision"}])
    );
    world.deployment = Some(samples::object::<MachineDeployment>("md", &revision("1")));
    assert_eq!(on_node(&world), Value::Null);
}
