//! How well a control plane is: its etcd, its components, and whether it can be used.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::Machine;
use fleetui_rules::condition_merge::{condition, find};
use jiff::SignedDuration;

use super::components::{COMPONENTS, ETCD_MEMBER, ETCD_POD};
use super::observe::{Etcd, Member, Observed};
use crate::certificates;
use crate::counting;
use crate::kinds::Watched;
use crate::object::Object;

/// What is not well for a shorter time is not told of a control plane that can be used.
const SURFACES_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// What cannot be told for a shorter time does not change the word on the control plane.
const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_mins(2);
const AVAILABLE: &str = "Available";
/// What a condition that speaks well of a real etcd does not know.
const SEEN_BY_PODS: &str = "Members are seen by their Pods alone: one whose Pod is gone is not known, and none is taken out of etcd here";

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
    let kinds = machine_components(observed);
    let target = "ControlPlaneComponentsHealthy";
    unheard(observed, target, initialized)
        .unwrap_or_else(|| of_pods(machines, target, &kinds, &[], "control plane"))
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
    let mut healthy = unheard(observed, target, initialized).unwrap_or_else(|| {
        of_pods(
            machines,
            target,
            &[ETCD_MEMBER],
            &observed.stray_members,
            "etcd member",
        )
    });
    if observed.etcd == Etcd::Real && healthy.status == ConditionStatus::True {
        SEEN_BY_PODS.clone_into(&mut healthy.message);
    }
    Some(healthy)
}

/// Whether the removal of this machine could cost etcd its quorum, as its member may stay behind. A host that is given back takes
/// its member out itself while that works (`kubeadm reset`); nobody here does it for any other machine.
pub(super) fn endangers_etcd(observed: &Observed, going: &Member) -> bool {
    let resets = going
        .infrastructure
        .entry()
        .is_some_and(|entry| entry.id.kind == Watched::ByoMachine);
    if observed.etcd == Etcd::Simulated || (resets && going.machine.is_true(ETCD_MEMBER)) {
        return false;
    }
    let others = || {
        let uid = going.machine.uid();
        observed
            .machines
            .iter()
            .filter(move |member| member.machine.uid() != uid)
    };
    let healthy = others()
        .filter(|member| member.machine.is_true(ETCD_MEMBER) && !member.machine.is_deleting())
        .count();
    let voting = others().count() + observed.stray_members.len() + 1;
    healthy < voting / 2 + 1
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

/// One line for all machines of which the same is not healthy, and one for each member without a machine. `note` is what nobody
/// reports where nobody does.
fn of_pods(
    machines: &[Arc<Object<Machine>>],
    target: &str,
    kinds: &[&str],
    strays: &[String],
    note: &str,
) -> Condition {
    let mut worst = None;
    let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for machine in machines.iter().filter(|machine| !machine.is_deleting()) {
        let told: Vec<&Condition> = kinds
            .iter()
            .filter_map(|kind| find(&machine.status.conditions, kind))
            .collect();
        // What only begins cannot be known yet, and is no news about the control plane.
        let begins = machine.spec.provider_id.is_none();
        let counts = |condition: &&&Condition| !(begins && condition.status == ConditionStatus::Unknown);
        if !told.is_empty() {
            let rank = told.iter().filter(counts).map(|condition| rank(condition.status));
            worst = worst.max(Some(rank.max().unwrap_or_default()));
        }
        let lines: Vec<String> = told.iter().filter(counts).filter_map(|told| line(told)).collect();
        if lines.is_empty() {
            continue;
        }
        let text = match told.as_slice() {
            [first, others @ ..]
                if !others.is_empty() && others.iter().all(|other| other.message == first.message) =>
            {
                format!("  * Control plane components: {}", first.message)
            }
            [..] => lines.join("\n"),
        };
        alike.entry(text).or_default().push(machine.name());
    }
    let mut groups: Vec<(String, Vec<&str>)> = alike.into_iter().collect();
    for (_, names) in &mut groups {
        names.sort_unstable();
    }
    groups.sort_by(|(_, one), (_, other)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    let mut lines: Vec<String> = groups
        .iter()
        .map(|(text, names)| {
            let plural = if names.len() == 1 { "" } else { "s" };
            format!("* Machine{plural} {}:\n{text}", counting::listed(names, 3))
        })
        .collect();
    for stray in strays {
        worst = Some(rank(ConditionStatus::False));
        lines.push(format!(
            "* Etcd member {stray} does not have a corresponding Machine"
        ));
    }
    let message = lines.join("\n");
    match worst {
        Some(0) => condition(target, ConditionStatus::True, "Healthy", message),
        Some(1) => condition(target, ConditionStatus::Unknown, "HealthUnknown", message),
        Some(_) => condition(target, ConditionStatus::False, "NotHealthy", message),
        None => {
            let message = format!("No Machines reporting {note} status");
            condition(target, ConditionStatus::Unknown, "HealthUnknown", message)
        }
    }
}

/// How bad it is.
fn rank(status: ConditionStatus) -> u8 {
    match status {
        ConditionStatus::True => 0,
        ConditionStatus::Unknown => 1,
        ConditionStatus::False => 2,
    }
}

/// `  * Type: message`, where it does not hold.
fn line(told: &Condition) -> Option<String> {
    let text = match (told.status, told.message.as_str()) {
        (ConditionStatus::True, _) => return None,
        (status, "") => format!("condition is {}", status.as_str()),
        (_, message) => message.to_owned(),
    };
    Some(format!("  * {}: {text}", told.kind))
}

/// The condition of the Secrets, as it stands after this pass.
pub(super) fn certificates_of(conditions: &[Condition]) -> Option<&Condition> {
    find(conditions, certificates::CONDITION)
}
