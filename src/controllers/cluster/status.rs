//! What a Cluster tells of itself.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus, TOPOLOGY_NOT_SUPPORTED};
use fleetui_api::v1beta2::{
    Cluster, ClusterInitialization, Endpoint, ReplicaCounters, UpgradeStep, VersionCount,
};
use fleetui_rules::condition_merge::{
    AggregateTarget, Source, SummaryInput, aggregate, condition, summarise, turn_negative,
};
use fleetui_rules::phase::{self, ClusterFacts};

use super::observe::Observed;
use super::old_status;
use crate::change::Outcome;
use crate::counting;
use crate::external::{External, Mirror, absent};

/// What is told of a topology.
pub(super) const NO_TOPOLOGIES: &str = "This controller does not reconcile topologies yet; spec.topology has no effect, the objects of the \
                                        Cluster have to be written themselves";

/// Writes counters, conditions and the phase.
pub(super) fn write(
    observed: &Observed,
    outcome: &mut Outcome<Cluster>,
    stage: Option<(&'static str, String)>,
) {
    let now = observed.now;
    let machines = [
        observed.control_plane_machines.as_slice(),
        observed.workers.as_slice(),
    ]
    .concat();
    let initialization = outcome.object.status.initialization.clone().unwrap_or_default();
    let conditions = [
        remote_connection(observed),
        infrastructure_ready(observed, &initialization),
        initialized(observed, &initialization),
        control_plane_available(observed, &initialization),
        workers_available(observed),
        counting::machines_ready("ControlPlaneMachinesReady", &observed.control_plane_machines),
        counting::machines_ready("WorkerMachinesReady", &observed.workers),
        counting::machines_up_to_date(
            "ControlPlaneMachinesUpToDate",
            &observed.control_plane_machines,
            now,
        ),
        counting::machines_up_to_date("WorkerMachinesUpToDate", &observed.workers, now),
        under_way(
            observed,
            "RollingOut",
            ["RollingOut", "RollingOutUnknown", "NotRollingOut"],
        ),
        under_way(
            observed,
            "ScalingUp",
            ["ScalingUp", "ScalingUpUnknown", "NotScalingUp"],
        ),
        under_way(
            observed,
            "ScalingDown",
            ["ScalingDown", "ScalingDownUnknown", "NotScalingDown"],
        ),
        counting::remediating(&machines),
        counting::deleting(stage),
    ];
    for condition in conditions.into_iter().chain(topology_reconciled(observed)) {
        outcome.object.set_condition(condition, now);
    }
    let available = available(observed, &outcome.object.status.conditions);
    outcome.object.set_condition(available, now);
    let phase = phase::cluster(ClusterFacts {
        has_references: outcome.object.spec.infrastructure_ref.is_some()
            || outcome.object.spec.control_plane_ref.is_some(),
        infrastructure_provisioned: initialization.infrastructure_provisioned == Some(true),
        has_endpoint: outcome
            .object
            .spec
            .control_plane_endpoint
            .as_ref()
            .is_some_and(Endpoint::is_valid),
        deleting: observed.cluster.is_deleting(),
    });
    let status = &mut outcome.object.status;
    status.phase = Some(phase.to_string());
    status.control_plane = control_plane_counters(observed);
    status.workers = Some(worker_counters(observed));
    status.observed_generation = observed.cluster.metadata.generation;
    old_status::write(observed, outcome);
}

/// What is told where the Cluster itself cannot be written, as where its ClusterClass is missing: all the same, and why not.
pub(super) fn alone(observed: &Observed, mut outcome: Outcome<Cluster>, why: &str) -> Outcome<Cluster> {
    let object = &mut outcome.object;
    object.metadata.clone_from(&observed.cluster.metadata);
    object.spec.clone_from(&observed.cluster.spec);
    outcome.changes.clear();
    if let Some(mut told) = topology_reconciled(observed) {
        told.message = format!("{NO_TOPOLOGIES}\n* {why}");
        outcome.object.set_condition(told, observed.now);
    }
    outcome.look_again(observed.recheck);
    outcome
}

/// Who writes a topology has to know that nothing comes of it here.
fn topology_reconciled(observed: &Observed) -> Option<Condition> {
    observed.cluster.spec.topology.as_ref()?;
    Some(condition(
        "TopologyReconciled",
        ConditionStatus::False,
        TOPOLOGY_NOT_SUPPORTED,
        NO_TOPOLOGIES,
    ))
}

fn available(observed: &Observed, conditions: &[Condition]) -> Condition {
    let gates = &observed.cluster.spec.availability_gates;
    let mut conditions = conditions.to_vec();
    turn_negative(gates, &mut conditions);
    let mut kinds = vec![
        "Deleting",
        "RemoteConnectionProbe",
        "InfrastructureReady",
        "ControlPlaneAvailable",
        "WorkersAvailable",
        "TopologyReconciled",
    ];
    kinds.extend(gates.iter().map(|gate| gate.condition_type.as_str()));
    summarise(
        &SummaryInput {
            target: "Available",
            kinds,
            ignore_if_missing: vec!["TopologyReconciled"],
            reasons: ["NotAvailable", "AvailableUnknown", "Available"],
            ..SummaryInput::default()
        },
        &conditions,
    )
}

fn remote_connection(observed: &Observed) -> Condition {
    let (kind, reach) = ("RemoteConnectionProbe", observed.reach);
    if reach.is_lost(observed.now, observed.grace) {
        return condition(kind, ConditionStatus::False, "ProbeFailed", reach.describe());
    }
    if reach.last_success.is_some() {
        return condition(kind, ConditionStatus::True, "ProbeSucceeded", "");
    }
    // Not asked yet, or only just: the last word stays, also over a restart of the controllers.
    let before = observed.cluster.condition(kind).cloned();
    before.unwrap_or_else(|| condition(kind, ConditionStatus::False, "ProbeFailed", reach.describe()))
}

/// What a topology would make is not there before it is reconciled.
fn awaits_topology(observed: &Observed, external: &External, kind: &str) -> Option<Condition> {
    let awaited = matches!(external, External::None) && observed.cluster.spec.topology.is_some();
    let message = if observed.cluster.is_deleting() {
        ""
    } else {
        "Waiting for cluster topology to be reconciled"
    };
    awaited.then(|| condition(kind, ConditionStatus::False, "ObjectDoesNotExist", message))
}

/// How the Cluster is called to which something is lost that it still needs.
fn stays(observed: &Observed) -> Option<&'static str> {
    (!observed.cluster.is_deleting()).then_some("cluster")
}

fn infrastructure_ready(observed: &Observed, initialization: &ClusterInitialization) -> Condition {
    if let Some(awaited) = awaits_topology(observed, &observed.infrastructure, "InfrastructureReady") {
        return awaited;
    }
    observed.infrastructure.mirror(&Mirror {
        target: "InfrastructureReady",
        of: "Ready",
        fallback: "/status/initialization/provisioned",
        reasons: ["Ready", "NotReady"],
        was_there: initialization.infrastructure_provisioned == Some(true),
        stays: stays(observed),
    })
}

fn initialized(observed: &Observed, initialization: &ClusterInitialization) -> Condition {
    let kind = "ControlPlaneInitialized";
    if initialization.control_plane_initialized == Some(true) {
        return condition(kind, ConditionStatus::True, "Initialized", "");
    }
    // While there is nobody to say so, it is not known.
    if let Some(awaited) = awaits_topology(observed, &observed.control_plane, kind) {
        return Condition {
            status: ConditionStatus::Unknown,
            ..awaited
        };
    }
    let message = match &observed.control_plane {
        External::None => "Waiting for the first control plane machine to have status.nodeRef set",
        External::Missing {
            kind: missing,
            watched,
        } => {
            let message = absent(missing, *watched);
            return condition(kind, ConditionStatus::Unknown, "ObjectDoesNotExist", message);
        }
        External::Found(_) => "Control plane not yet initialized",
    };
    condition(kind, ConditionStatus::False, "NotInitialized", message)
}

fn control_plane_available(observed: &Observed, initialization: &ClusterInitialization) -> Condition {
    if let Some(awaited) = awaits_topology(observed, &observed.control_plane, "ControlPlaneAvailable") {
        return awaited;
    }
    observed.control_plane.mirror(&Mirror {
        target: "ControlPlaneAvailable",
        of: "Available",
        fallback: "/status/initialization/controlPlaneInitialized",
        reasons: ["Available", "NotAvailable"],
        was_there: initialization.control_plane_initialized == Some(true),
        stays: stays(observed),
    })
}

fn workers_available(observed: &Observed) -> Condition {
    let target = AggregateTarget {
        kind: "WorkersAvailable",
        of: "Available",
        positive: true,
        reasons: ["NotAvailable", "AvailableUnknown", "Available"],
    };
    if observed.deployments.is_empty() {
        return target.of_nothing("NoWorkers");
    }
    aggregate(target, &counting::sources(&observed.deployments, "Available"))
}

/// `RollingOut`, `ScalingUp` and `ScalingDown`: whether any part of the cluster is at it.
fn under_way(observed: &Observed, kind: &str, reasons: [&str; 3]) -> Condition {
    let target = AggregateTarget {
        kind,
        of: kind,
        positive: false,
        reasons,
    };
    let mut sources = counting::sources(&observed.deployments, kind);
    // Sets do not roll out by themselves.
    if kind != "RollingOut" {
        sources.extend(counting::sources(&observed.lone_sets, kind));
    }
    if let External::Found(entry) = &observed.control_plane {
        sources.push(Source {
            kind: entry.id.kind.kind().to_owned(),
            name: entry.id.name.name.to_string(),
            control_plane: true,
            condition: observed.control_plane.reported(kind),
        });
    }
    if sources.is_empty() {
        return target.of_nothing(reasons[2]);
    }
    aggregate(target, &sources)
}

fn control_plane_counters(observed: &Observed) -> Option<ReplicaCounters> {
    let control_plane = &observed.control_plane;
    match control_plane {
        External::Found(_) => Some(ReplicaCounters {
            desired_replicas: control_plane.number("/spec/replicas"),
            replicas: control_plane.number("/status/replicas"),
            up_to_date_replicas: control_plane.number("/status/upToDateReplicas"),
            ready_replicas: control_plane.number("/status/readyReplicas"),
            available_replicas: control_plane.number("/status/availableReplicas"),
            versions: control_plane
                .read::<Vec<VersionCount>>("/status/versions")
                .unwrap_or_default(),
            upgrade_plan: planned(observed.cluster.status.control_plane.as_ref()),
        }),
        External::Missing { .. } => observed.cluster.status.control_plane.clone(),
        External::None if observed.control_plane_machines.is_empty() => None,
        External::None => {
            let counts = counting::count(&observed.control_plane_machines);
            Some(ReplicaCounters {
                upgrade_plan: planned(observed.cluster.status.control_plane.as_ref()),
                ..counters(counts.replicas, counts)
            })
        }
    }
}

fn worker_counters(observed: &Observed) -> ReplicaCounters {
    let lone: Vec<_> = observed.lone_workers().map(Arc::clone).collect();
    let alone = counting::count(&lone);
    let mut sum = counters(alone.replicas, alone);
    let mut add = |desired: Option<i32>, status: [Option<i32>; 4]| {
        let fields = [
            &mut sum.desired_replicas,
            &mut sum.replicas,
            &mut sum.up_to_date_replicas,
            &mut sum.ready_replicas,
            &mut sum.available_replicas,
        ];
        for (field, more) in fields.into_iter().zip([desired].into_iter().chain(status)) {
            *field = Some(field.unwrap_or(0) + more.unwrap_or(0));
        }
    };
    for deployment in &observed.deployments {
        let status = &deployment.status;
        let counts = [
            status.replicas,
            status.up_to_date_replicas,
            status.ready_replicas,
            status.available_replicas,
        ];
        add(deployment.spec.replicas, counts);
    }
    for pool in &observed.pools {
        let status = &pool.status;
        let counts = [
            status.replicas,
            status.up_to_date_replicas,
            status.ready_replicas,
            status.available_replicas,
        ];
        add(pool.spec.replicas, counts);
    }
    for set in &observed.lone_sets {
        let status = &set.status;
        let counts = [
            status.replicas,
            status.up_to_date_replicas,
            status.ready_replicas,
            status.available_replicas,
        ];
        add(set.spec.replicas, counts);
    }
    sum.versions = counting::count(&observed.workers).versions;
    sum.upgrade_plan = planned(observed.cluster.status.workers.as_ref());
    sum
}

/// The plan of an upgrade belongs to whoever manages the topology; it stays as it is.
fn planned(counters: Option<&ReplicaCounters>) -> Vec<UpgradeStep> {
    counters
        .map(|counters| counters.upgrade_plan.clone())
        .unwrap_or_default()
}

fn counters(desired: i32, counts: counting::Counts) -> ReplicaCounters {
    ReplicaCounters {
        desired_replicas: Some(desired),
        replicas: Some(counts.replicas),
        up_to_date_replicas: Some(counts.up_to_date),
        ready_replicas: Some(counts.ready),
        available_replicas: Some(counts.available),
        versions: counts.versions,
        ..ReplicaCounters::default()
    }
}
