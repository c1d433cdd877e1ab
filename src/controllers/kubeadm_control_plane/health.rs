//! How well a control plane is: its etcd, its components, and whether it can be used.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::Machine;
use fleetui_rules::condition_merge::{condition, find};
use jiff::SignedDuration;

use super::components::{COMPONENTS, ETCD_MEMBER, ETCD_POD};
use super::etcd_members;
use super::observe::{Etcd, Observed};
use crate::certificates;
use crate::counting;
use crate::etcd::Seen;
use crate::object::Object;

/// What is not well for a shorter time is not told of a control plane that can be used.
const SURFACES_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// What cannot be told for a shorter time does not change the word on the control plane.
const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_mins(2);
const AVAILABLE: &str = "Available";
/// An etcd that has just begun may take so long to tell its members.
const BEGINS_WITHIN: SignedDuration = SignedDuration::from_mins(2);

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
    if !observed.external_etcd && etcd_members::seen(observed).is_none() {
        return without_members(observed, machines);
    }
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    if certificates.is_some_and(|told| told.status != ConditionStatus::True) {
        problems.push("* Control plane certificates are not available".to_owned());
    }
    if let Some(seen) = etcd_members::seen(observed) {
        if !etcd_members::agrees_with_machines(observed, seen) {
            return not("The list of etcd members does not match the list of Machines and Nodes".to_owned());
        }
        etcd_tally(observed, seen).judge(&mut problems, &mut notes);
    }
    let kinds = machine_components(observed);
    let whole = Tally::of(observed, machines, &kinds);
    whole.judge(&mut problems, &mut notes);
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

/// `Available` of a control plane whose etcd does not tell its members: what was said last stays for a while.
fn without_members(observed: &Observed, machines: &[Arc<Object<Machine>>]) -> Condition {
    let control_plane = observed.control_plane.as_ref();
    let initialized = control_plane.condition("Initialized");
    let begins = initialized.is_none_or(|told| {
        let since = told.since.unwrap_or(observed.now);
        told.status != ConditionStatus::True || observed.now.duration_since(since) < BEGINS_WITHIN
    });
    let silent = machines
        .iter()
        .filter_map(|machine| machine.condition(ETCD_MEMBER));
    let mut silent = silent.filter(|told| told.status == ConditionStatus::Unknown);
    let lasts = silent.any(|told| {
        told.since
            .is_some_and(|since| observed.now.duration_since(since) >= UNKNOWN_GRACE)
    });
    if let Some(before) = control_plane.condition(AVAILABLE) {
        // Who was not asked has not refused to tell.
        let stays = observed.etcd == Etcd::Unasked || before.status == ConditionStatus::True;
        if stays && !lasts {
            return before.clone();
        }
    }
    let (status, reason, message) = if begins {
        let message = "Waiting for etcd to report the list of members";
        (ConditionStatus::False, "NotAvailable", message)
    } else {
        let message = "Failed to get etcd members";
        (ConditionStatus::Unknown, "InspectionFailed", message)
    };
    condition(AVAILABLE, status, reason, message)
}

/// How many of those that count are well.
struct Tally {
    healthy: usize,
    /// Not well for too short a time to be told of while all goes on.
    lately: usize,
    /// Not well for longer.
    ill: usize,
    needed: usize,
    /// The line where so many are well.
    line: Box<dyn Fn(usize) -> String>,
}

/// What is known of one that counts.
enum Health {
    Well,
    IllLately,
    Ill,
}

impl Health {
    /// What a machine says of these.
    fn of(observed: &Observed, machine: &Object<Machine>, kinds: &[&str]) -> Self {
        if kinds.iter().all(|kind| machine.is_true(kind)) {
            return Self::Well;
        }
        let told = kinds.iter().filter_map(|kind| machine.condition(kind));
        let mut since = told
            .filter(|condition| condition.status != ConditionStatus::True)
            .filter_map(|condition| condition.since);
        if since.any(|since| observed.now.duration_since(since) >= SURFACES_AFTER) {
            Self::Ill
        } else {
            Self::IllLately
        }
    }
}

impl Tally {
    fn count(all: &[Health], needed: usize, line: Box<dyn Fn(usize) -> String>) -> Self {
        let count = |what: fn(&Health) -> bool| all.iter().filter(|health| what(health)).count();
        Self {
            healthy: count(|health| matches!(health, Health::Well)),
            lately: count(|health| matches!(health, Health::IllLately)),
            ill: count(|health| matches!(health, Health::Ill)),
            needed,
            line,
        }
    }

    /// Of the machines that have joined and stay, how many have all of these, of which one has to.
    fn of(observed: &Observed, machines: &[Arc<Object<Machine>>], kinds: &[&str]) -> Self {
        let all: Vec<Health> = machines
            .iter()
            .filter(|machine| machine.status.node_ref.is_some() && !machine.is_deleting())
            .map(|machine| Health::of(observed, machine, kinds))
            .collect();
        let counted = all.len();
        let line = move |healthy: usize| match healthy {
            0 => "* There are no Machines with healthy control plane components, at least 1 required"
                .to_owned(),
            1 => {
                format!("* 1 of {counted} Machines has healthy control plane components, at least 1 required")
            }
            _ => format!(
                "* {healthy} of {counted} Machines have healthy control plane components, at least 1 required"
            ),
        };
        Self::count(&all, 1, Box::new(line))
    }

    /// Too few are a problem; a few that are not well are only told of.
    fn judge(&self, problems: &mut Vec<String>, notes: &mut Vec<String>) {
        if self.healthy < self.needed {
            problems.push((self.line)(self.healthy));
        } else if self.ill > 0 {
            notes.push((self.line)(self.healthy + self.lately));
        }
    }
}

/// Of the members of etcd, how many are well, of which a quorum has to be. One that has not started does not count yet; that of a
/// machine that goes serves until it is taken out.
fn etcd_tally(observed: &Observed, seen: &Seen) -> Tally {
    let joining: Vec<_> = observed
        .machines
        .iter()
        .filter(|member| etcd_members::node_of(member).is_none())
        .collect();
    let health = |member: &crate::etcd::Member| {
        let mut machines = observed.machines.iter();
        let own = machines.find(|machine| etcd_members::node_of(machine) == Some(&member.name));
        match (own, joining.as_slice()) {
            _ if member.name.is_empty() => Health::Well,
            (Some(own), _) if own.machine.is_deleting() => {
                if !member.learner && seen.alarms_of(member).is_empty() {
                    Health::Well
                } else {
                    Health::Ill
                }
            }
            (Some(own), _) => Health::of(observed, &own.machine, &[ETCD_MEMBER]),
            // One machine at a time joins: it is its.
            (None, [own]) => Health::of(observed, &own.machine, &[ETCD_MEMBER]),
            (None, [..]) => Health::Ill,
        }
    };
    let all: Vec<Health> = seen.members.iter().map(health).collect();
    let voting = seen.members.iter().filter(|member| member.votes()).count();
    let (members, quorum) = (all.len(), voting / 2 + 1);
    let learners = match members - voting {
        0 => String::new(),
        learners => format!(" {learners} learner etcd member,"),
    };
    let line = move |healthy: usize| {
        let whole = match healthy {
            0 => "There are no healthy etcd member".to_owned(),
            1 => format!("1 of {members} etcd members is healthy"),
            _ => format!("{healthy} of {members} etcd members are healthy"),
        };
        format!("* {whole},{learners} at least {quorum} healthy member required for etcd quorum")
    };
    Tally::count(&all, quorum, Box::new(line))
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
    let strays = etcd_members::strays(observed);
    let strays: Vec<String> = strays.into_iter().map(crate::etcd::Member::shown).collect();
    let healthy = unheard(observed, target, initialized)
        .unwrap_or_else(|| of_pods(machines, target, &[ETCD_MEMBER], &strays, "etcd member"));
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
