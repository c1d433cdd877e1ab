//! Tables of a Machine's deletion: its order, its time limits, its exceptions, and what is told of each stage.

use super::super::drain::Drained;
use super::super::leaving::Answer;
use super::super::volumes::Attached;
use super::*;

fn deleting(more: &Value) -> Value {
    let mut machine = json!({
        "metadata": {"deletionTimestamp": "2026-08-21T11:59:30Z", "finalizers": ["machine.cluster.x-k8s.io"]},
        "spec": {"clusterName": "c", "providerID": "in-memory://m"},
        "status": {"nodeRef": {"name": "n"}}
    });
    json_patch::merge(&mut machine, more);
    machine
}

fn annotated(key: &str) -> Value {
    deleting(&json!({"metadata": {"annotations": {key: ""}}}))
}

/// A machine with everything that belongs to it, whose node is drained and empty.
fn whole(machine: &Value) -> Observed {
    let mut world = observed(machine);
    world.node = Some(healthy_node());
    world.infrastructure = external(Watched::DevMachine, &json!({}));
    world.bootstrap = external(Watched::KubeadmConfig, &json!({}));
    world.leaving = Leaving {
        drain: Answer::Is(Drained::default()),
        volumes: Answer::Is(Attached::default()),
        node: Answer::NotAsked,
    };
    world
}

fn gone(kind: &str) -> External {
    External::Missing {
        kind: kind.to_owned(),
        watched: true,
    }
}

/// The stage of a deletion, and what it asks for.
fn stage(world: &Observed) -> (String, Vec<String>) {
    let outcome = plan(world);
    assert_eq!(outcome.object.status.phase.as_deref(), Some("Deleting"));
    let asked = outcome.changes.iter().map(|change| match change {
        Change::Delete { id, .. } => format!("delete {}", id.kind.kind()),
        Change::Workload {
            write: WorkloadWrite::Patch { patch, .. },
            ..
        } => format!("patch Node {patch}"),
        other => format!("{other:?}"),
    });
    (told(&outcome, "Deleting").1, asked.collect())
}

fn message(world: &Observed) -> String {
    told(&plan(world), "Deleting").2
}

fn step(reason: &str, asked: &[&str]) -> (String, Vec<String>) {
    let asked = asked.iter().map(|change| (*change).to_owned());
    (reason.to_owned(), asked.collect())
}

const CORDON: &str = "patch Node {\"spec\":{\"unschedulable\":true}}";

#[test]
fn a_machine_is_taken_apart_in_order() {
    let pre_drain = whole(&annotated("pre-drain.delete.hook.machine.cluster.x-k8s.io/a"));
    assert_eq!(stage(&pre_drain), step("WaitingForPreDrainHook", &[]));
    assert_eq!(
        message(&pre_drain),
        "Waiting for pre-drain hooks to succeed (hooks: pre-drain.delete.hook.machine.cluster.x-k8s.io/a)"
    );
    let patient = json!({"spec": {"deletion": {"nodeDeletionTimeoutSeconds": 0}}});
    let mut world = whole(&deleting(&patient));
    world.leaving = Leaving::default();
    assert_eq!(stage(&world), step("DrainingNode", &[CORDON]));
    assert_eq!(
        message(&world),
        "Drain not completed yet (started at 2026-08-21T12:00:00Z):"
    );
    world.leaving.drain = Answer::Is(Drained::default());
    assert_eq!(stage(&world), step("WaitingForVolumeDetach", &[]));
    let hooked = whole(&annotated("pre-terminate.delete.hook.machine.cluster.x-k8s.io/a"));
    assert_eq!(stage(&hooked), step("WaitingForPreTerminateHook", &[]));
    world.leaving.volumes = Answer::Is(Attached::default());
    assert_eq!(
        stage(&world),
        step("WaitingForInfrastructureDeletion", &["delete DevMachine"])
    );
    assert_eq!(message(&world), "Waiting for DevMachine to be deleted");
    world.infrastructure = gone("DevMachine");
    assert_eq!(
        stage(&world),
        step("WaitingForBootstrapDeletion", &["delete KubeadmConfig"])
    );
    world.bootstrap = gone("KubeadmConfig");
    assert_eq!(stage(&world), step("DeletingNode", &[]));
    world.leaving.node = Answer::Is(());
    assert_eq!(stage(&world), step("DeletionCompleted", &[]));
    assert_eq!(plan(&world).object.metadata.finalizers, Some(vec![]));
}

#[test]
fn what_is_under_way_is_not_asked_for_again_and_ends_the_drain() {
    let mut world = whole(&deleting(&json!({})));
    world.leaving = Leaving::default();
    world.infrastructure = external(
        Watched::DevMachine,
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:40Z", "finalizers": ["x"]}}),
    );
    assert_eq!(stage(&world), step("WaitingForInfrastructureDeletion", &[]));
}

#[test]
fn pods_that_stay_are_told_and_looked_at_again() {
    let mut world = whole(&deleting(
        &json!({"status": {"deletion": {"nodeDrainStartTime": "2026-08-21T11:50:00Z"}}}),
    ));
    let drained = Drained {
        terminating: vec!["default/web".to_owned()],
        ..Drained::default()
    };
    world.leaving.drain = Answer::Is(drained.clone());
    assert_eq!(stage(&world), step("DrainingNode", &[]));
    assert_eq!(message(&world), drained.message("2026-08-21T11:50:00Z"));
    assert_eq!(plan(&world).requeue, Some(Duration::from_secs(20)));
    world.leaving.drain = Answer::Failed("no answer".to_owned());
    assert_eq!(
        message(&world),
        "Error draining Node, please check controller logs for errors"
    );
}

#[test]
fn steps_end_with_their_time() {
    let limited = |drain: i32, volumes: i32| {
        deleting(&json!({
            "spec": {"deletion": {"nodeDrainTimeoutSeconds": drain, "nodeVolumeDetachTimeoutSeconds": volumes}},
            "status": {"deletion": {
                "nodeDrainStartTime": "2026-08-21T11:59:00Z", "waitForNodeVolumeDetachStartTime": "2026-08-21T11:59:00Z"
            }}
        }))
    };
    let reason = |drain: i32, volumes: i32| {
        let mut world = whole(&limited(drain, volumes));
        world.leaving.drain = Answer::Failed("no answer".to_owned());
        world.leaving.volumes = Answer::Failed("no answer".to_owned());
        let outcome = plan(&world);
        (told(&outcome, "Deleting").1, outcome.requeue)
    };
    let cases = [
        (0, 0, "DrainingNode", Some(20)),
        (70, 0, "DrainingNode", Some(10)),
        (60, 0, "WaitingForVolumeDetach", Some(20)),
        (60, 65, "WaitingForVolumeDetach", Some(5)),
        (30, 30, "WaitingForInfrastructureDeletion", None),
    ];
    for (drain, volumes, expected, again) in cases {
        let again = again.map(Duration::from_secs);
        assert_eq!(
            reason(drain, volumes),
            (expected.to_owned(), again),
            "{drain} {volumes}"
        );
    }
}

#[test]
fn annotations_exclude_steps_and_a_begun_termination_ends_them() {
    let mut undrained = whole(&annotated("machine.cluster.x-k8s.io/exclude-node-draining"));
    undrained.leaving = Leaving::default();
    assert_eq!(stage(&undrained), step("WaitingForVolumeDetach", &[]));
    let mut attached = whole(&annotated(
        "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach",
    ));
    attached.leaving.volumes = Answer::NotAsked;
    assert_eq!(
        stage(&attached),
        step("WaitingForInfrastructureDeletion", &["delete DevMachine"])
    );
    let mut begun = whole(&deleting(&json!({
        "status": {"deletion": {"waitForPreTerminateHookStartTime": "2026-08-21T11:59:00Z"}}
    })));
    begun.leaving = Leaving::default();
    assert_eq!(
        stage(&begun),
        step("WaitingForInfrastructureDeletion", &["delete DevMachine"])
    );
}

#[test]
fn without_a_control_plane_that_stays_nodes_and_hooks_do_not_matter() {
    let hooked = annotated("pre-drain.delete.hook.machine.cluster.x-k8s.io/a");
    let mut world = observed(&hooked);
    world.node = Some(healthy_node());
    world.control_plane_stays = false;
    assert_eq!(stage(&world), step("DeletionCompleted", &[]));
    world.control_plane_stays = true;
    let cluster = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
    world.cluster = Some(samples::object("c", &cluster));
    assert_eq!(stage(&world), step("DeletionCompleted", &[]));
}

#[test]
fn a_node_that_nobody_noted_is_drained_all_the_same() {
    let mut world = whole(&deleting(&json!({"status": {"nodeRef": null}})));
    world.leaving = Leaving::default();
    assert_eq!(stage(&world), step("DrainingNode", &[CORDON]));
    let noted = plan(&world).object.status.node_ref;
    assert_eq!(noted.map(|node| node.name).as_deref(), Some("n"));
    world.node = None;
    assert_eq!(
        stage(&world),
        step("WaitingForInfrastructureDeletion", &["delete DevMachine"])
    );
}

#[test]
fn a_node_that_cannot_be_deleted_is_given_up_after_a_while() {
    let world = |deleted: &str, more: &Value| {
        let mut machine = deleting(&json!({"metadata": {"deletionTimestamp": deleted}}));
        json_patch::merge(&mut machine, more);
        let mut world = observed(&machine);
        world.reach = silent(400);
        world.leaving.node = Answer::Failed("no answer".to_owned());
        world
    };
    let early = world("2026-08-21T11:59:55Z", &json!({}));
    assert_eq!(stage(&early), step("DeletingNode", &[]));
    assert_eq!(
        message(&early),
        "Error deleting Node, please check controller logs for errors"
    );
    assert_eq!(
        stage(&world("2026-08-21T11:59:00Z", &json!({}))),
        step("DeletionCompleted", &[])
    );
    let forever = json!({"spec": {"deletion": {"nodeDeletionTimeoutSeconds": 0}}});
    assert_eq!(stage(&world("2026-08-21T10:00:00Z", &forever)).0, "DeletingNode");
}

#[test]
fn the_summary_tells_what_holds_a_slow_drain_up() {
    let slow = |message: &str| {
        let mut world = whole(&deleting(&json!({
            "metadata": {"deletionTimestamp": "2026-08-21T11:40:00Z"},
            "status": {"deletion": {"nodeDrainStartTime": "2026-08-21T11:50:00Z"}}
        })));
        world.leaving.drain = Answer::Is(Drained {
            refused: [(message.to_owned(), vec!["ns/web".to_owned()])].into(),
            ..Drained::default()
        });
        told(&plan(&world), "Ready").2
    };
    let budget = slow(
        "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web needs 2",
    );
    assert!(
        budget.starts_with(
            "* Deleting: Machine deletion in progress since more than 15m, stage: DrainingNode, delay likely due to \
             PodDisruptionBudgets"
        ),
        "{budget}"
    );
    assert!(slow("no").contains("delay likely due to Pod eviction errors"));
}

#[test]
fn a_second_pass_over_a_drain_changes_nothing() {
    let mut world = whole(&deleting(&json!({})));
    world.leaving.drain = Answer::Is(Drained {
        terminating: vec!["default/web".to_owned()],
        ..Drained::default()
    });
    let first = plan(&world).object;
    world.machine = Arc::new(first);
    world.now = Timestamp::from_second(world.now.as_second() + 20).expect("a time");
    let second = plan(&world);
    assert_eq!(second.object, *world.machine);
    assert!(second.changes.is_empty());
}
