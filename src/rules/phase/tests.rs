//! Tables of the phases.

use super::*;

#[test]
fn a_cluster_goes_from_pending_to_provisioned() {
    let mut facts = ClusterFacts::default();
    assert_eq!(cluster(facts), ClusterPhase::Pending);
    facts.has_references = true;
    assert_eq!(cluster(facts), ClusterPhase::Provisioning);
    facts.infrastructure_provisioned = true;
    assert_eq!(
        cluster(facts),
        ClusterPhase::Provisioning,
        "the endpoint is not known yet"
    );
    facts.has_endpoint = true;
    assert_eq!(cluster(facts), ClusterPhase::Provisioned);
    facts.deleting = true;
    assert_eq!(cluster(facts), ClusterPhase::Deleting);
}

#[test]
fn a_machine_goes_from_pending_to_running() {
    let mut facts = MachineFacts::default();
    assert_eq!(machine(facts), MachinePhase::Pending);
    facts.bootstrap_created = true;
    assert_eq!(machine(facts), MachinePhase::Provisioning);
    facts.has_provider_id = true;
    assert_eq!(machine(facts), MachinePhase::Provisioned);
    facts.infrastructure_provisioned = true;
    assert_eq!(machine(facts), MachinePhase::Provisioned, "no node yet");
    facts.has_node = true;
    assert_eq!(machine(facts), MachinePhase::Running);
    facts.updating = true;
    assert_eq!(machine(facts), MachinePhase::Updating);
    facts.deleting = true;
    assert_eq!(machine(facts), MachinePhase::Deleting);
}

#[test]
fn a_deployment_compares_its_wish_with_its_machines() {
    let cases = [
        (Some(3), Some(3), false, DeploymentPhase::Running),
        (Some(3), Some(1), false, DeploymentPhase::ScalingUp),
        (Some(1), Some(3), false, DeploymentPhase::ScalingDown),
        (Some(3), Some(3), true, DeploymentPhase::ScalingDown),
        (None, Some(3), false, DeploymentPhase::Unknown),
        (Some(3), None, false, DeploymentPhase::Unknown),
    ];
    for (wished, machines, deleting, phase) in cases {
        assert_eq!(
            deployment(wished, machines, deleting),
            phase,
            "{wished:?} {machines:?} {deleting}"
        );
    }
}

#[test]
fn a_pool_compares_its_wish_with_its_ready_nodes() {
    let mut facts = PoolFacts {
        wished: 3,
        ..PoolFacts::default()
    };
    assert_eq!(pool(facts), PoolPhase::Pending);
    facts.bootstrap_created = true;
    assert_eq!(pool(facts), PoolPhase::Provisioning);
    facts.has_nodes = true;
    assert_eq!(pool(facts), PoolPhase::Provisioned);
    facts.infrastructure_provisioned = true;
    assert_eq!(pool(facts), PoolPhase::ScalingUp);
    facts.ready = 3;
    assert_eq!(pool(facts), PoolPhase::Running);
    facts.ready = 4;
    assert_eq!(pool(facts), PoolPhase::ScalingDown);
    facts.managed_elsewhere = true;
    assert_eq!(pool(facts), PoolPhase::Scaling);
    facts.deleting = true;
    assert_eq!(pool(facts), PoolPhase::Deleting);
}
