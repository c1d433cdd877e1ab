//! Whether one machine is healthy, and when that may change without anything happening.

use std::time::Duration;

use fleetui_api::conditions::Condition;
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, HealthChecks, Machine};
use fleetui_rules::health_check::go_duration;
use jiff::{SignedDuration, Timestamp};

use super::observe::{NodeState, Target};
use crate::object::{Metadata, Object};

/// How long a machine may take to become a node where the check does not say.
const NODE_STARTUP_TIMEOUT: i32 = 600;

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Nothing speaks against it.
    Healthy,
    /// It cannot be called healthy yet; look again, where time alone may change it.
    NotYet(Option<Duration>),
    /// It has to be repaired.
    Unhealthy(Ailment),
}

/// Why a machine is unhealthy, for both models of conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ailment {
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) old_reason: &'static str,
    pub(super) old_message: String,
}

/// What one kind of checks found: reasons with messages, or when to look again.
#[derive(Debug, Default)]
struct Findings {
    reasons: Option<(&'static str, &'static str)>,
    messages: Vec<String>,
    again: Option<Duration>,
}

impl Findings {
    fn look_again(&mut self, left: SignedDuration) {
        // A second later, so that the time is surely over then.
        if let Ok(left) = Duration::try_from(left + SignedDuration::from_secs(1))
            && !left.is_zero()
        {
            self.again = Some(self.again.map_or(left, |again| again.min(left)));
        }
    }
}

/// Judges a machine.
pub(super) fn judge(
    target: &Target,
    checks: Option<&HealthChecks>,
    cluster: &Object<Cluster>,
    now: Timestamp,
) -> Health {
    let machine = target.machine.as_ref();
    if machine.metadata.annotation(labels::REMEDIATE_MACHINE).is_some() {
        return Health::Unhealthy(Ailment {
            reason: "HasRemediateAnnotation",
            message: format!(
                "Health check failed: marked for remediation via {} annotation",
                labels::REMEDIATE_MACHINE
            ),
            old_reason: "HasRemediateMachineAnnotation",
            old_message: "Marked for remediation via remediate-machine annotation".to_owned(),
        });
    }
    // A cluster that is being made is nobody's fault; but its first machine may have to be replaced.
    let of_control_plane = machine.metadata.label(labels::CONTROL_PLANE).is_some();
    if !(cluster.is_true("ControlPlaneInitialized") || of_control_plane)
        || !cluster.is_true("InfrastructureReady")
    {
        return health_of(target, None);
    }
    let none = HealthChecks::default();
    let checks = checks.unwrap_or(&none);
    let of_machine = machine_conditions(machine, checks, now);
    let of_node = node(target, checks, cluster, now);
    if of_machine.messages.is_empty() && of_node.messages.is_empty() {
        let again = [of_machine.again, of_node.again].into_iter().flatten().min();
        return health_of(target, again);
    }
    let (reason, old_reason) = of_machine
        .reasons
        .or(of_node.reasons)
        .unwrap_or(("UnhealthyNode", "UnhealthyNode"));
    let messages = [of_machine.messages, of_node.messages].concat();
    let lines: Vec<String> = messages
        .iter()
        .map(|message| format!("\n  * {message}"))
        .collect();
    Health::Unhealthy(Ailment {
        reason,
        message: format!("Health check failed:{}", lines.concat()),
        old_reason,
        old_message: if old_reason == "NodeNotFound" {
            String::new()
        } else {
            messages.join("; ")
        },
    })
}

/// Healthy is who has a node and is in no danger.
fn health_of(target: &Target, again: Option<Duration>) -> Health {
    match (&target.node, again) {
        (NodeState::There(_), None) if !target.machine.is_deleting() => Health::Healthy,
        (NodeState::There(_) | NodeState::Gone | NodeState::None, again) => Health::NotYet(again),
    }
}

fn machine_conditions(machine: &Object<Machine>, checks: &HealthChecks, now: Timestamp) -> Findings {
    let mut findings = Findings::default();
    for wanted in &checks.unhealthy_machine_conditions {
        let Some(found) = machine
            .condition(&wanted.kind)
            .filter(|found| found.status.as_str() == wanted.status)
        else {
            continue;
        };
        let since = found.since.unwrap_or(now);
        let limit = SignedDuration::from_secs(wanted.timeout_seconds.into());
        lasting(
            &mut findings,
            ("Machine", &wanted.kind, &wanted.status, &found.reason),
            (since, limit),
            now,
        );
    }
    if !findings.messages.is_empty() {
        findings.reasons = Some(("UnhealthyMachine", "UnhealthyMachine"));
    }
    findings
}

fn node(target: &Target, checks: &HealthChecks, cluster: &Object<Cluster>, now: Timestamp) -> Findings {
    let mut findings = Findings::default();
    let node = match &target.node {
        NodeState::There(node) => node,
        NodeState::Gone => {
            let name = target.machine.status.node_ref.as_ref();
            let name = name.map_or("", |node| node.name.as_str());
            findings.reasons = Some(("NodeDeleted", "NodeNotFound"));
            findings.messages.push(format!("Node {name} has been deleted"));
            return findings;
        }
        NodeState::None => {
            startup(&mut findings, &target.machine, checks, cluster, now);
            return findings;
        }
    };
    let reported = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    for wanted in &checks.unhealthy_node_conditions {
        let found = reported
            .into_iter()
            .flatten()
            .find(|found| found.type_ == wanted.kind);
        // What a node has never told is unknown for as long as there is the node.
        let status = found.map_or("Unknown", |found| found.status.as_str());
        if status != wanted.status {
            continue;
        }
        let since = match found {
            Some(found) => found.last_transition_time.as_ref(),
            None => node.metadata.creation_timestamp.as_ref(),
        };
        let since = since.map_or(now, |time| time.0);
        let limit = SignedDuration::from_secs(wanted.timeout_seconds.into());
        let reason = found.map_or("NotReported", |found| found.reason.as_deref().unwrap_or_default());
        lasting(
            &mut findings,
            ("Node", &wanted.kind, &wanted.status, reason),
            (since, limit),
            now,
        );
    }
    if !findings.messages.is_empty() {
        findings.reasons = Some(("UnhealthyNode", "UnhealthyNode"));
    }
    findings
}

/// A condition that is unhealthy since some time: told once that has lasted too long.
fn lasting(
    findings: &mut Findings,
    (of, kind, status, reason): (&str, &str, &str, &str),
    (since, limit): (Timestamp, SignedDuration),
    now: Timestamp,
) {
    let left = limit - now.duration_since(since);
    if left.is_negative() {
        let limit = go_duration(limit.unsigned_abs());
        findings.messages.push(format!(
            "Condition {kind} on {of} is reporting status {status} with reason {reason} for more than {limit}"
        ));
    } else {
        findings.look_again(left);
    }
}

/// A machine without a node has so long after the last of its prerequisites.
fn startup(
    findings: &mut Findings,
    machine: &Object<Machine>,
    checks: &HealthChecks,
    cluster: &Object<Cluster>,
    now: Timestamp,
) {
    let seconds = checks
        .node_startup_timeout_seconds
        .unwrap_or(NODE_STARTUP_TIMEOUT);
    if seconds == 0 {
        return;
    }
    let true_since = |condition: Option<&Condition>| {
        condition
            .filter(|condition| condition.status.as_str() == "True")
            .and_then(|condition| condition.since)
    };
    let begun = [
        machine.metadata.created(),
        true_since(cluster.condition("ControlPlaneInitialized")),
        true_since(cluster.condition("InfrastructureReady")),
        true_since(machine.condition("InfrastructureReady")),
    ];
    let begun = begun.into_iter().flatten().max().unwrap_or(now);
    let limit = SignedDuration::from_secs(seconds.into());
    let left = limit - now.duration_since(begun);
    if left.is_negative() {
        findings.reasons = Some(("NodeStartupTimeout", "NodeStartupTimeout"));
        findings.messages.push(format!(
            "Node failed to report startup in {}",
            go_duration(limit.unsigned_abs())
        ));
    } else {
        findings.look_again(left);
    }
}
