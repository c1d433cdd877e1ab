//! What a Machine tells of itself. Nothing of its node is told that the workload cluster's API has not said.

use std::time::Duration;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::{Machine, MachineInitialization, ReadinessGate};
use fleetui_base::clock::whole_seconds;
use fleetui_rules::condition_merge::{self, SummaryInput, condition, summarise, turn_negative};
use fleetui_rules::phase::{self, MachineFacts};
use jiff::SignedDuration;

use super::deletion::Stage;
use super::observe::Observed;
use super::{node, old_status, up_to_date};
use crate::change::Outcome;
use crate::counting;
use crate::external::{External, Mirror};

/// A deletion that takes longer is told of.
const SLOW_DELETION: SignedDuration = SignedDuration::from_mins(15);

/// Writes conditions and the phase.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<Machine>, stage: Option<&Stage>) {
    let now = observed.now;
    let told = stage.map(|stage| (stage.reason, stage.message.clone()));
    let deleting = counting::deleting(told);
    let [node_ready, node_healthy] = node_conditions(observed, outcome);
    let conditions = [
        bootstrap_ready(observed),
        infrastructure_ready(observed),
        node_ready,
        node_healthy,
        deleting,
    ];
    for condition in conditions {
        outcome.object.set_condition(condition, now);
    }
    if !outcome.object.is_true("Updating") {
        // Nobody updates machines in place here; who does so elsewhere tells it.
        let still = condition("Updating", ConditionStatus::False, "NotUpdating", "");
        outcome.object.set_condition(still, now);
    }
    if let Some(up_to_date) = up_to_date::condition_of(observed) {
        outcome.object.set_condition(up_to_date, now);
    }
    let ready = ready(observed, &outcome.object.status.conditions);
    outcome.object.set_condition(ready, now);
    available(observed, outcome);
    write_phase(observed, outcome);
    outcome.object.status.observed_generation = observed.machine.metadata.generation;
    old_status::write(observed, outcome, stage);
}

fn write_phase(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let object = &mut outcome.object;
    let initialization = object.status.initialization.clone().unwrap_or_default();
    let phase = phase::machine(MachineFacts {
        bootstrap_created: initialization.bootstrap_data_secret_created == Some(true),
        infrastructure_provisioned: initialization.infrastructure_provisioned == Some(true),
        has_provider_id: object.spec.provider_id.is_some(),
        has_node: object.status.node_ref.is_some(),
        updating: object.is_true("Updating"),
        deleting: observed.machine.is_deleting(),
    })
    .to_string();
    if object.status.phase.as_ref() != Some(&phase) {
        object.status.phase = Some(phase);
        object.status.last_updated = Some(whole_seconds(observed.now).to_string());
    }
}

fn bootstrap_ready(observed: &Observed) -> Condition {
    let machine = observed.machine.as_ref();
    if matches!(observed.bootstrap, External::None) && machine.spec.bootstrap.data_secret_name.is_some() {
        return condition(
            "BootstrapConfigReady",
            ConditionStatus::True,
            "DataSecretProvided",
            "",
        );
    }
    observed.bootstrap.mirror(&Mirror {
        target: "BootstrapConfigReady",
        of: "Ready",
        fallback: "/status/initialization/dataSecretCreated",
        reasons: ["Ready", "NotReady"],
        // A machine that runs needs its configuration no more, so that its loss is nobody's.
        was_there: observed.machine.is_deleting()
            && initialization(observed).bootstrap_data_secret_created == Some(true),
        stays: None,
    })
}

fn infrastructure_ready(observed: &Observed) -> Condition {
    observed.infrastructure.mirror(&Mirror {
        target: "InfrastructureReady",
        of: "Ready",
        fallback: "/status/initialization/provisioned",
        reasons: ["Ready", "NotReady"],
        was_there: initialization(observed).infrastructure_provisioned == Some(true),
        stays: (!observed.machine.is_deleting()).then_some("Machine"),
    })
}

fn initialization(observed: &Observed) -> MachineInitialization {
    observed.machine.status.initialization.clone().unwrap_or_default()
}

/// `NodeReady` and `NodeHealthy`.
fn node_conditions(observed: &Observed, outcome: &Outcome<Machine>) -> [Condition; 2] {
    let both = |status: ConditionStatus, reason: &str, message: &str| {
        ["NodeReady", "NodeHealthy"].map(|kind| condition(kind, status, reason, message))
    };
    let unknown = |message: &str| both(ConditionStatus::Unknown, "InspectionFailed", message);
    let machine = observed.machine.as_ref();
    let cluster = observed
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.status.initialization.clone())
        .unwrap_or_default();
    if cluster.infrastructure_provisioned != Some(true) {
        return unknown("Waiting for Cluster status.initialization.infrastructureProvisioned to be true");
    }
    if cluster.control_plane_initialized != Some(true) {
        return unknown("Waiting for Cluster control plane to be initialized");
    }
    let reach = observed.reach;
    if reach.is_lost(observed.now, observed.grace) {
        return both(ConditionStatus::Unknown, "ConnectionDown", &reach.describe());
    }
    if !reach.is_live() {
        // The last word stays for a while; also over a restart of the controllers.
        return match (machine.condition("NodeReady"), machine.condition("NodeHealthy")) {
            (Some(ready), Some(healthy)) => [ready.clone(), healthy.clone()],
            (None, _) | (_, None) => unknown(&reach.describe()),
        };
    }
    if let Some(found) = observed.node.as_deref() {
        return node::conditions(found);
    }
    if let Some(node) = &machine.status.node_ref {
        let (reason, message) = if machine.is_deleting() {
            ("NodeDeleted", format!("Node {} has been deleted", node.name))
        } else {
            (
                "NodeDeleted",
                format!(
                    "Node {} has been deleted while the Machine still exists",
                    node.name
                ),
            )
        };
        return both(ConditionStatus::False, reason, &message);
    }
    if let Some(id) = &outcome.object.spec.provider_id {
        return unknown(&format!("Waiting for a Node with spec.providerID {id} to exist"));
    }
    let kind = observed.infrastructure.kind("infrastructure");
    unknown(&format!("Waiting for {kind} to report spec.providerID"))
}

/// Ready: the summary of the conditions above and of the readiness gates.
fn ready(observed: &Observed, conditions: &[Condition]) -> Condition {
    let machine = observed.machine.as_ref();
    let mut conditions = conditions.to_vec();
    let deleting = machine.is_deleting();
    if deleting {
        shorten_deleting(&mut conditions, observed);
    }
    let gates: Vec<&str> = machine
        .spec
        .readiness_gates
        .iter()
        .map(|gate| gate.condition_type.as_str())
        .collect();
    turn_negative(&machine.spec.readiness_gates, &mut conditions);
    let mut kinds = vec![
        "Deleting",
        "Updating",
        "BootstrapConfigReady",
        "InfrastructureReady",
        "NodeHealthy",
        "HealthCheckSucceeded",
    ];
    kinds.extend(gates);
    summarise(
        &SummaryInput {
            target: "Ready",
            kinds,
            ignore_if_missing: vec!["Updating", "HealthCheckSucceeded"],
            issues_as_info: if deleting { gone(&conditions) } else { Vec::new() },
            together: Some(together(&machine.spec.readiness_gates)),
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
        },
        &conditions,
    )
}

/// What may be missing of a machine that is being taken apart, where it is.
fn gone(conditions: &[Condition]) -> Vec<&'static str> {
    let parts = ["BootstrapConfigReady", "InfrastructureReady", "NodeHealthy"];
    let reasons = [
        "ObjectDeleted",
        "ObjectDoesNotExist",
        "NodeDeleted",
        "NodeDoesNotExist",
    ];
    let is_gone = |part: &str| {
        condition_merge::find(conditions, part)
            .is_some_and(|condition| reasons.contains(&condition.reason.as_str()))
    };
    parts.into_iter().filter(|part| is_gone(part)).collect()
}

/// The gates that speak of the components of a control plane: what they all say is told once.
fn together(gates: &[ReadinessGate]) -> (&'static str, Vec<&str>) {
    let speaks_of = |kind: &&str| {
        let components = ["APIServer", "ControllerManager", "Scheduler"];
        *kind == "EtcdPodHealthy" || components.iter().any(|component| kind.starts_with(component))
    };
    let kinds = gates.iter().map(|gate| gate.condition_type.as_str());
    ("Control plane components", kinds.filter(speaks_of).collect())
}

/// In the summary only the stage of a deletion is told, and whether it is slow.
fn shorten_deleting(conditions: &mut [Condition], observed: &Observed) {
    let since = observed
        .machine
        .metadata
        .deletion_timestamp
        .as_ref()
        .map(|time| time.0);
    let slow = since.is_some_and(|since| observed.now.duration_since(since) > SLOW_DELETION);
    if let Some(deleting) = conditions
        .iter_mut()
        .find(|condition| condition.kind == "Deleting")
    {
        let delay = if slow {
            counting::delay(&observed.machine, deleting, observed.now)
        } else {
            Vec::new()
        };
        let slow = if slow { " since more than 15m" } else { "" };
        deleting.message = format!("Machine deletion in progress{slow}, stage: {}", deleting.reason);
        deleting.message.push_str(&counting::likely(&delay));
    }
}

/// Available: Ready for as long as the machine asks.
fn available(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let now = observed.now;
    let minimum =
        Duration::from_secs(u64::try_from(observed.machine.spec.min_ready_seconds.unwrap_or(0)).unwrap_or(0));
    let ready = condition_merge::find(&outcome.object.status.conditions, "Ready").cloned();
    let available = match ready {
        Some(ready) if ready.status == ConditionStatus::True => {
            let passed = ready
                .since
                .map_or(Duration::ZERO, |since| now.duration_since(since).unsigned_abs());
            if passed >= minimum {
                condition("Available", ConditionStatus::True, "Available", "")
            } else {
                outcome.look_again(minimum.saturating_sub(passed));
                condition(
                    "Available",
                    ConditionStatus::False,
                    "WaitingForMinReadySeconds",
                    "",
                )
            }
        }
        _ => condition("Available", ConditionStatus::False, "NotReady", ""),
    };
    outcome.object.set_condition(available, now);
}
