//! How well a control plane is: its etcd, its components, and whether it can be used.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::Machine;
use fleetui_rules::condition_merge::{SummaryInput, condition, find, summarise};
use jiff::SignedDuration;

use super::components::{COMPONENTS, ETCD_MEMBER, ETCD_POD};
use super::observe::Observed;
use crate::certificates;
use crate::object::Object;

/// What is not well for a shorter time is not told of a control plane that can be used.
const SURFACES_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// What cannot be told for a shorter time does not change the word on the control plane.
const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_mins(2);
const AVAILABLE: &str = "Available";

/// Certificates, a quorum of etcd members, and at least one machine with all its components.
pub(super) fn available(
    observed: &Observed,
    machines: &[Arc<Object<Machine>>],
    initialized: bool,
    certificates: Option<&Condition>,
) -> Condition {
    let not = |message: String| condition(AVAILABLE, ConditionStatus::False, "NotAvailable", message);
    if observed.control_plane.is_deleting() {
        return not("* Control plane metadata.deletionTimestamp is set".to_owned());
    }
    if !initialized {
        return not("Control plane not yet initialized".to_owned());
    }
    if !machines.is_empty() && machines.iter().all(|machine| is_connection_down(machine)) {
        let message = format!("* {}", observed.reach.describe());
        return condition(AVAILABLE, ConditionStatus::Unknown, "AvailableUnknown", message);
    }
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    if certificates.is_some_and(|told| told.status != ConditionStatus::True) {
        problems.push("* Control plane certificates are not available".to_owned());
    }
    if !observed.external_etcd {
        let etcd = Tally::of(observed, machines, &[ETCD_MEMBER]);
        let voting = etcd.counted + observed.stray_members.len();
        let quorum = voting / 2 + 1;
        let line = format!(
            "* {} of {voting} etcd members are healthy, at least {quorum} required for etcd quorum",
            etcd.healthy
        );
        etcd.judge(quorum, line, &mut problems, &mut notes);
    }
    let kinds = machine_components(observed);
    let whole = Tally::of(observed, machines, &kinds);
    let line = if whole.healthy == 0 {
        "* There are no Machines with healthy control plane components, at least 1 required".to_owned()
    } else {
        format!(
            "* {} of {} Machines have healthy control plane components, at least 1 required",
            whole.healthy, whole.counted
        )
    };
    whole.judge(1, line, &mut problems, &mut notes);
    if problems.is_empty() {
        return condition(AVAILABLE, ConditionStatus::True, AVAILABLE, notes.join("\n"));
    }
    let before = observed.control_plane.condition(AVAILABLE);
    match before {
        // A moment without an answer is no bad news.
        Some(before) if only_unheard(observed, machines) => before.clone(),
        Some(_) | None => not(problems.join("\n")),
    }
}

/// How many of the machines that count are well.
struct Tally {
    counted: usize,
    healthy: usize,
    /// Whether some have not been well for long enough to be told of.
    lasting: bool,
}

impl Tally {
    fn of(observed: &Observed, machines: &[Arc<Object<Machine>>], kinds: &[&str]) -> Self {
        // A machine that is only joining is no voting member yet.
        let counted: Vec<&Arc<Object<Machine>>> = machines
            .iter()
            .filter(|machine| machine.status.node_ref.is_some() && !machine.is_deleting())
            .collect();
        let broken = |machine: &Object<Machine>| kinds.iter().any(|kind| !machine.is_true(kind));
        let lasts = |machine: &Object<Machine>| {
            kinds
                .iter()
                .filter_map(|kind| machine.condition(kind))
                .filter(|condition| condition.status != ConditionStatus::True)
                .any(|condition| {
                    condition
                        .since
                        .is_some_and(|since| observed.now.duration_since(since) >= SURFACES_AFTER)
                })
        };
        Self {
            counted: counted.len(),
            healthy: counted.iter().filter(|machine| !broken(machine)).count(),
            lasting: counted.iter().any(|machine| lasts(machine)),
        }
    }

    /// Too few are a problem; a few that are not well are only told of.
    fn judge(&self, needed: usize, line: String, problems: &mut Vec<String>, notes: &mut Vec<String>) {
        if self.healthy < needed {
            problems.push(line);
        } else if self.healthy < self.counted && self.lasting {
            notes.push(line);
        }
    }
}

/// The components that every machine has, etcd's pod among them where it runs there.
fn machine_components(observed: &Observed) -> Vec<&'static str> {
    let all = COMPONENTS.iter().map(|(kind, _)| *kind);
    all.filter(|kind| !(observed.external_etcd && *kind == ETCD_POD))
        .collect()
}

/// Whether nothing is known to be broken, and what is not known has not been so for long.
fn only_unheard(observed: &Observed, machines: &[Arc<Object<Machine>>]) -> bool {
    let mut kinds = machine_components(observed);
    kinds.push(ETCD_MEMBER);
    let told: Vec<&Condition> = machines
        .iter()
        .filter(|machine| !machine.is_deleting())
        .flat_map(|machine| kinds.iter().filter_map(|kind| machine.condition(kind)))
        .filter(|condition| condition.status != ConditionStatus::True)
        .collect();
    !told.is_empty()
        && told.iter().all(|condition| {
            let young = condition
                .since
                .is_some_and(|since| observed.now.duration_since(since) < UNKNOWN_GRACE);
            condition.status == ConditionStatus::Unknown && condition.reason != "ConnectionDown" && young
        })
}

fn is_connection_down(machine: &Object<Machine>) -> bool {
    machine
        .condition("APIServerPodHealthy")
        .is_some_and(|condition| condition.reason == "ConnectionDown")
}

/// `Initialized`.
pub(super) fn initialized(initialized: bool) -> Condition {
    if initialized {
        condition("Initialized", ConditionStatus::True, "Initialized", "")
    } else {
        condition("Initialized", ConditionStatus::False, "NotInitialized", "")
    }
}

/// `ControlPlaneComponentsHealthy`.
pub(super) fn components(
    observed: &Observed,
    machines: &[Arc<Object<Machine>>],
    initialized: bool,
) -> Condition {
    let kinds: Vec<&str> = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| *kind != ETCD_POD)
        .collect();
    let target = "ControlPlaneComponentsHealthy";
    unheard(observed, target, initialized).unwrap_or_else(|| of_pods(machines, target, &kinds, &[]))
}

/// `EtcdClusterHealthy`; nothing where etcd is run elsewhere.
pub(super) fn etcd(
    observed: &Observed,
    machines: &[Arc<Object<Machine>>],
    initialized: bool,
) -> Option<Condition> {
    if observed.external_etcd {
        return None;
    }
    let target = "EtcdClusterHealthy";
    let healthy = unheard(observed, target, initialized).unwrap_or_else(|| {
        of_pods(
            machines,
            target,
            &[ETCD_POD, ETCD_MEMBER],
            &observed.stray_members,
        )
    });
    Some(healthy)
}

/// What is told while nobody can be asked.
fn unheard(observed: &Observed, target: &str, initialized: bool) -> Option<Condition> {
    let unknown =
        |reason: &str, message: String| Some(condition(target, ConditionStatus::Unknown, reason, message));
    if !initialized {
        let message = "Waiting for Cluster control plane to be initialized".to_owned();
        return unknown("InspectionFailed", message);
    }
    if observed.reach.is_lost(observed.now, observed.grace) {
        return unknown("ConnectionDown", observed.reach.describe());
    }
    None
}

/// One line for each machine of which something is not healthy, and for each member without a machine.
fn of_pods(machines: &[Arc<Object<Machine>>], target: &str, kinds: &[&str], strays: &[String]) -> Condition {
    let mut worst = ConditionStatus::True;
    let mut lines = Vec::new();
    for machine in machines.iter().filter(|machine| !machine.is_deleting()) {
        let known: Vec<Condition> = kinds
            .iter()
            .filter_map(|kind| find(&machine.status.conditions, kind).cloned())
            .collect();
        let input = SummaryInput {
            target,
            kinds: kinds.to_vec(),
            reasons: ["NotHealthy", "HealthUnknown", "Healthy"],
            ..SummaryInput::default()
        };
        let summary = summarise(&input, &known);
        worst = match (worst, summary.status) {
            (ConditionStatus::False, _) | (_, ConditionStatus::False) => ConditionStatus::False,
            (ConditionStatus::Unknown, _) | (_, ConditionStatus::Unknown) => ConditionStatus::Unknown,
            (ConditionStatus::True, ConditionStatus::True) => ConditionStatus::True,
        };
        if summary.status != ConditionStatus::True {
            let mut text = format!("* Machine {}:", machine.name());
            for line in summary.message.lines() {
                text.push_str("\n  ");
                text.push_str(line);
            }
            lines.push(text);
        }
    }
    for stray in strays {
        worst = ConditionStatus::False;
        lines.push(format!(
            "* Etcd member {stray} does not have a corresponding Machine"
        ));
    }
    let reason = match worst {
        ConditionStatus::True => "Healthy",
        ConditionStatus::False => "NotHealthy",
        ConditionStatus::Unknown => "HealthUnknown",
    };
    condition(target, worst, reason, lines.join("\n"))
}

/// The condition of the Secrets, as it stands after this pass.
pub(super) fn certificates_of(conditions: &[Condition]) -> Option<&Condition> {
    find(conditions, certificates::CONDITION)
}
