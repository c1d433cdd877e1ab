//! What people are told of a machine's node.

use super::super::drain::Drained;
use super::super::events::{happenings, tale};
use super::super::leaving::Answer;
use super::super::volumes::Attached;
use super::*;

/// What is told when the plan has come true, `reason: message`.
fn told(world: &Observed) -> Vec<String> {
    let told = happenings(world, &plan(world).object).into_iter();
    told.map(|told| told.text()).collect()
}

#[test]
fn a_node_is_told_when_it_is_found() {
    let machine = json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}});
    let mut world = observed(&machine);
    assert_eq!(told(&world), [""; 0]);
    world.node = Some(healthy_node());
    assert_eq!(told(&world), ["SuccessfulSetNodeRef: n"]);
    world.machine = Arc::new(plan(&world).object);
    assert_eq!(told(&world), [""; 0]);
}

#[test]
fn that_a_node_can_be_taken_away_is_told_when_it_is_written_on_it() {
    let machine = json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}});
    let mut world = observed(&machine);
    world.node = Some(healthy_node());
    let written = |world: &Observed| {
        let tales = plan(world)
            .changes
            .into_iter()
            .filter_map(|change| tale(world, &change).done);
        tales.map(|told| told.text()).collect::<Vec<_>>()
    };
    assert_eq!(written(&world), [""; 0]);
    world.infrastructure = external(Watched::DevMachine, &json!({"status": {"interruptible": true}}));
    assert_eq!(written(&world), ["SuccessfulSetInterruptibleNodeLabel: n"]);
}

/// A machine whose deletion is at `stage`, with everything that belongs to it.
fn at(stage: &str) -> Observed {
    let conditions = json!([
        {"type": "Deleting", "status": "True", "reason": stage, "message": "", "lastTransitionTime": "2026-08-21T11:59:31Z"}
    ]);
    let mut world = observed(&json!({
        "metadata": {"deletionTimestamp": "2026-08-21T11:59:30Z", "finalizers": ["machine.cluster.x-k8s.io"]},
        "spec": {"clusterName": "c", "providerID": "in-memory://m"},
        "status": {"nodeRef": {"name": "n"}, "conditions": conditions}
    }));
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

#[test]
fn a_node_that_is_drained_and_without_volumes_is_told_once() {
    let drained = "SuccessfulDrainNode: success draining Machine's node \"n\"";
    let detached = "NodeVolumesDetached: success waiting for node volumes detaching Machine's node \"n\"";
    assert_eq!(told(&at("DrainingNode")), [drained, detached]);
    assert_eq!(told(&at("WaitingForVolumeDetach")), [detached]);
    for later in ["WaitingForInfrastructureDeletion", "WaitingForPreTerminateHook"] {
        assert_eq!(told(&at(later)), [""; 0], "{later}");
    }
    let mut waits = at("DrainingNode");
    waits.leaving.drain = Answer::Is(Drained {
        terminating: vec!["default/web".to_owned()],
        ..Drained::default()
    });
    waits.leaving.volumes = Answer::NotAsked;
    assert_eq!(told(&waits), [""; 0]);
}

#[test]
fn what_keeps_a_node_is_told() {
    let failed = || Answer::Failed("no answer".to_owned());
    let mut world = at("DrainingNode");
    world.leaving = Leaving {
        drain: failed(),
        ..Leaving::default()
    };
    assert_eq!(
        told(&world),
        ["FailedDrainNode: error draining Machine's node \"n\": no answer"]
    );
    let mut world = at("WaitingForVolumeDetach");
    world.leaving.volumes = Answer::Failed("no answer".to_owned());
    assert_eq!(
        told(&world),
        [
            "FailedWaitForVolumeDetach: error waiting for node volumes detaching, Machine's node \"n\": no answer"
        ]
    );
    let mut world = at("WaitingForBootstrapDeletion");
    let gone = |kind: &str| External::Missing {
        kind: kind.to_owned(),
        watched: true,
    };
    (world.infrastructure, world.bootstrap) = (gone("DevMachine"), gone("KubeadmConfig"));
    world.leaving = Leaving::default();
    world.leaving.node = Answer::Failed("no answer".to_owned());
    assert_eq!(
        told(&world),
        ["FailedDeleteNode: error deleting Machine's Node: no answer"]
    );
}
