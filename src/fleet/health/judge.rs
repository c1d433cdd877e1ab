//! The word: from the main condition, its severity or its history, and from what moves.

use fleetui_api::conditions::{ConditionStatus, NEGATIVE_POLARITY, ORDER, Severity};
use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;

use super::below::{is_blocked, is_held, on_its_way, weight};
use super::cause::{self, Weight};
use super::{Health, USUAL_PROVISIONING, Verdict, line, main_condition, waits};
use crate::premises::Around;
use crate::row::Row;

/// Judges an object that is neither deleted nor failed for good; with the condition that decided.
pub(super) fn judge<'a>(
    row: &'a Row,
    main: Option<&'a CompactCondition>,
    around: &Around<'_>,
) -> (Verdict, Option<&'a CompactCondition>) {
    let facts = &row.facts;
    let Some(main) = main else {
        return (unspoken(row, around), None);
    };
    let verdict = match main.status {
        ConditionStatus::True => return good(row, main, around),
        ConditionStatus::False => {
            let cause = cause::find(row, main, around);
            let health = match main.severity {
                Some(severity) => by_severity(row, main, severity, cause.weight(), around),
                None => by_history(row, main, cause.weight(), around),
            };
            // What is as it should be needs no reason.
            let line = if health == Health::Good {
                String::new()
            } else {
                cause.line
            };
            Verdict::new(health, line)
        }
        ConditionStatus::Unknown => {
            let cause = cause::find(row, main, around);
            let health = if settled(facts) {
                Health::Unknown
            } else {
                arriving(row, cause.weight(), around)
            };
            Verdict::new(health, cause.line)
        }
    };
    (verdict, Some(main))
}

/// An object without the condition that would speak for it.
fn unspoken(row: &Row, around: &Around<'_>) -> Verdict {
    let facts = &row.facts;
    match facts.role {
        // These have nothing to report.
        Role::Template
        | Role::Provider
        | Role::ClusterClass
        | Role::MachineHealthCheck
        | Role::Host
        | Role::Other => Verdict::new(Health::Good, ""),
        Role::MachineSet | Role::MachinePool => moving_counters(facts),
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig => match facts.initialized {
            Some(true) => moving_counters(facts),
            Some(false) => Verdict::new(arriving(row, Weight::Passing, around), ""),
            None if young(facts, around) => Verdict::new(Health::Progressing, ""),
            None => Verdict::new(Health::Unknown, "nothing was reported yet"),
        },
    }
}

/// The main condition holds; something below it may still not.
fn good<'a>(
    row: &'a Row,
    main: &'a CompactCondition,
    around: &Around<'_>,
) -> (Verdict, Option<&'a CompactCondition>) {
    let facts = &row.facts;
    // What providers and other kinds add to their Ready has a polarity of their own making.
    let judged = match facts.role {
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine => true,
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => false,
    };
    if !judged {
        return (Verdict::new(Health::Good, ""), Some(main));
    }
    let moves = facts.conditions.iter().any(moves);
    let others = facts
        .conditions
        .iter()
        .filter(|condition| condition.kind != main.kind);
    let mut on_its_way_at_all = None;
    let worst = others
        .map(|condition| {
            let health = match beside(condition, moves, around) {
                // What a machine that is coming up does not do yet is no loss.
                Health::Warning
                    if (is_of_machines(&condition.kind) || waits_for_its_own(facts, condition))
                        && *on_its_way_at_all.get_or_insert_with(|| on_its_way(row, around)) =>
                {
                    Health::Progressing
                }
                health => health,
            };
            (health, condition)
        })
        .max_by(|(one, _), (other, _)| {
            // The first of equals speaks.
            one.cmp(other).then(std::cmp::Ordering::Greater)
        });
    match worst {
        Some((health, condition)) if health != Health::Good => {
            (Verdict::new(health, line::of(condition)), Some(condition))
        }
        // Counters do not say since when.
        _ => (moving_counters(facts), None),
    }
}

/// Whether a control plane, or its Cluster, is said to be blocked: by its own newest machine, if that is on its way. What
/// blocks workers is found where they say it.
fn waits_for_its_own(facts: &Facts, condition: &CompactCondition) -> bool {
    matches!(facts.role, Role::Cluster | Role::ControlPlane) && moves(condition) && is_blocked(condition)
}

/// Whether a condition sums up what machines say.
fn is_of_machines(kind: &str) -> bool {
    kind.ends_with("MachinesReady")
        || matches!(
            kind,
            "Available"
                | "ControlPlaneAvailable"
                | "WorkersAvailable"
                | "EtcdClusterHealthy"
                | "ControlPlaneComponentsHealthy"
        )
}

/// Whether a condition says that the object is on its way somewhere.
fn moves(condition: &CompactCondition) -> bool {
    condition.status == ConditionStatus::True
        && matches!(
            condition.kind.as_str(),
            "RollingOut" | "ScalingUp" | "ScalingDown" | "Updating" | "Remediating"
        )
}

/// What a condition beside a main condition that holds means.
fn beside(condition: &CompactCondition, moves_anyway: bool, around: &Around<'_>) -> Health {
    let kind = condition.kind.as_str();
    match condition.severity {
        Some(Severity::Info) => return Health::Good,
        Some(Severity::Warning | Severity::Error) => return Health::Warning,
        None => {}
    }
    if moves(condition) {
        return if is_blocked(condition) {
            weight(condition, around)
        } else {
            Health::Progressing
        };
    }
    if condition.good()
        || condition.status == ConditionStatus::Unknown
        || NEGATIVE_POLARITY.contains(&kind)
        || !ORDER.contains(&kind)
    {
        return Health::Good;
    }
    match kind {
        // RollingOut tells of it once it is being done.
        _ if kind.ends_with("UpToDate") => Health::Good,
        "TopologyReconciled"
            if cause::weight(&condition.reason) == Weight::Passing
                && condition.reason != "ClusterClassNotReconciled" =>
        {
            Health::Progressing
        }
        "Available" if condition.reason == "WaitingForMinReadySeconds" => Health::Progressing,
        "MachinesReady" | "ControlPlaneMachinesReady" | "WorkerMachinesReady" if moves_anyway => {
            Health::Progressing
        }
        _ => Health::Warning,
    }
}

/// Counters that differ from what is wished tell of movement where no condition does.
fn moving_counters(facts: &Facts) -> Verdict {
    let Some(replicas) = &facts.replicas else {
        let health = if facts.behind {
            Health::Progressing
        } else {
            Health::Good
        };
        return Verdict::new(health, "");
    };
    let differs = |counter: Option<i64>| {
        counter
            .zip(replicas.desired)
            .is_some_and(|(is, wished)| is != wished)
    };
    match (replicas.desired, replicas.current, replicas.up_to_date) {
        (Some(wished), Some(is), _) if is < wished => {
            Verdict::new(Health::Progressing, format!("{is} of {wished} machines"))
        }
        (Some(wished), Some(is), _) if is > wished => {
            Verdict::new(Health::Progressing, format!("{is} machines, {wished} wished"))
        }
        (Some(wished), _, Some(is)) if differs(Some(is)) => {
            Verdict::new(Health::Progressing, format!("{is} of {wished} up to date"))
        }
        _ if facts.behind => Verdict::new(Health::Progressing, ""),
        _ => Verdict::new(Health::Good, ""),
    }
}

/// The old model says itself how bad it is; it calls some things a warning that every scaling goes through.
fn by_severity(
    row: &Row,
    main: &CompactCondition,
    severity: Severity,
    weight: Weight,
    around: &Around<'_>,
) -> Health {
    let facts = &row.facts;
    // A host that no machine asks for is free, not waiting.
    if facts.role == Role::Host && severity == Severity::Info {
        return Health::Good;
    }
    let usual = [
        "ScalingUp",
        "ScalingDown",
        "RollingUpdateInProgress",
        "WaitingForAvailableMachines",
    ];
    let passing = severity == Severity::Info || usual.contains(&line::plain_reason(&main.reason));
    if severity == Severity::Error {
        Health::Failed
    } else if passing && lately(facts, main, around) && !is_held(row, around) {
        match weight {
            Weight::Passing => Health::Progressing,
            Weight::Blocked | Weight::Failed => Health::Warning,
        }
    } else {
        Health::Warning
    }
}

/// The new model has no severity; what is bad follows from what the object has already been.
fn by_history(row: &Row, main: &CompactCondition, weight: Weight, around: &Around<'_>) -> Health {
    let facts = &row.facts;
    if !settled(facts) {
        return arriving(row, weight, around);
    }
    match facts.role {
        Role::Cluster => {
            let is_false = |condition: &CompactCondition, kind: &str| {
                condition.kind == kind && condition.status == ConditionStatus::False
            };
            // The API server of a young cluster has only just begun to answer.
            let is_new = young(facts, around);
            let is_down = |condition: &CompactCondition| {
                is_false(condition, "InfrastructureReady")
                    || (is_false(condition, "RemoteConnectionProbe") && !is_new)
                    || (is_false(condition, "ControlPlaneAvailable") && !control_plane_moves(row, around))
            };
            let mut conditions = facts.conditions.iter();
            if facts.conditions.iter().any(is_down) {
                Health::Failed
            } else if conditions.any(|condition| is_false(condition, "RemoteConnectionProbe")) {
                arriving(row, weight, around)
            } else {
                left(row, main, around)
            }
        }
        Role::MachineDeployment | Role::MachineSet | Role::MachinePool => left(row, main, around),
        Role::Machine if waits::lacks_network(facts, around) => Health::Warning,
        // Its Node comes up a little after it is known.
        Role::Machine if young(facts, around) && weight == Weight::Passing => Health::Progressing,
        Role::MachineHealthCheck | Role::ClusterClass | Role::Host => Health::Warning,
        // While a member joins, etcd counts it before it answers.
        Role::ControlPlane if facts.conditions.iter().any(moves) && on_its_way(row, around) => {
            Health::Progressing
        }
        Role::ControlPlane
        | Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::Template
        | Role::Provider
        | Role::Other => Health::Failed,
    }
}

/// Fewer than wished; and nothing at all, where not one is left.
fn left(row: &Row, main: &CompactCondition, around: &Around<'_>) -> Health {
    let none_left = row.facts.replicas.as_ref().is_some_and(|replicas| {
        replicas.available == Some(0) && replicas.desired.is_some_and(|wished| wished > 0)
    });
    match degraded(row, main, around) {
        Health::Warning if none_left => Health::Failed,
        health => health,
    }
}

/// Fewer than wished: on the way while it is being worked on, and worth a look when that takes long.
fn degraded(row: &Row, main: &CompactCondition, around: &Around<'_>) -> Health {
    let facts = &row.facts;
    let phase = facts.phase.as_deref().unwrap_or_default();
    let moving = facts.conditions.iter().any(moves) || phase.starts_with("Scaling") || facts.behind;
    if (moving && lately(facts, main, around) && !is_held(row, around)) || on_its_way(row, around) {
        Health::Progressing
    } else {
        Health::Warning
    }
}

/// Whether the Cluster's control plane is not available only because it is on its way.
fn control_plane_moves(cluster: &Row, around: &Around<'_>) -> bool {
    let reference = cluster.facts.control_plane_reference.as_deref();
    let control_plane = reference.and_then(|reference| around.find(cluster, reference));
    control_plane.is_some_and(|row| {
        main_condition(&row.facts).is_some_and(|main| main.status == ConditionStatus::False)
            && row.facts.conditions.iter().any(moves)
            && on_its_way(row, around)
    })
}

/// An object that was never complete. It is not on its way while one of its machines does not go on by itself.
fn arriving(row: &Row, weight: Weight, around: &Around<'_>) -> Health {
    match weight {
        Weight::Failed => Health::Failed,
        Weight::Passing if young(&row.facts, around) && !is_held(row, around) => Health::Progressing,
        Weight::Blocked | Weight::Passing => Health::Warning,
    }
}

/// Whether the object has once been complete, so that a False condition is a loss and not a beginning.
fn settled(facts: &Facts) -> bool {
    match facts.role {
        Role::Machine => facts.node.is_some(),
        Role::Cluster
        | Role::ControlPlane
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig => facts.initialized == Some(true),
        Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => true,
    }
}

fn young(facts: &Facts, around: &Around<'_>) -> bool {
    facts
        .created
        .is_some_and(|created| !around.older(created, USUAL_PROVISIONING))
}

/// Whether the condition has been so for less than the usual time, or the object itself is that young.
fn lately(facts: &Facts, main: &CompactCondition, around: &Around<'_>) -> bool {
    young(facts, around)
        || main
            .since()
            .is_some_and(|since| !around.older(since, USUAL_PROVISIONING))
}
