//! How an object is doing, in one word and one line.
//!
//! Must not know: how a verdict is shown. Times are arguments.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;
use jiff::Timestamp;

use crate::for_person::{self, ForPerson};
use crate::premises::Around;
use crate::row::Row;
use crate::session::{Connection, Session};
use crate::store::FleetStore;
use crate::why;

pub(crate) use blame::{Blame, has_no_connection};
pub(crate) use cause::stands_on;
pub(crate) use waits::{is_held_by_budget, tells_of_budget};

mod below;
mod blame;
mod cause;
mod first;
mod host;
mod judge;
mod line;
mod waits;

/// How long a machine or a cluster usually takes at most to be there. What takes longer needs a look.
pub const USUAL_PROVISIONING: Duration = Duration::from_mins(15);

/// What stands before the line of what is broken and paused.
const PAUSED: &str = "paused; ";

/// How long a deletion usually takes at most; the time after which Cluster API itself calls it slow.
pub const USUAL_DELETION: Duration = Duration::from_mins(15);

/// How an object is doing. Later ones are worse; a roll-up takes the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Good,
    /// Paused by a person: nothing moves, nothing is wrong.
    Paused,
    /// On its way: being provisioned, scaled, rolled out, deleted, within its usual time.
    Progressing,
    /// It cannot be told (conditions Unknown, nothing reported yet, connection lost).
    Unknown,
    /// Something needs a look: degraded, or stuck.
    Warning,
    /// Broken: a condition says so with an error.
    Failed,
}

impl Health {
    /// Whether somebody should look at it.
    pub fn is_fault(self) -> bool {
        match self {
            Self::Good | Self::Paused | Self::Progressing => false,
            Self::Unknown | Self::Warning | Self::Failed => true,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Paused => "Paused",
            Self::Progressing => "Progressing",
            Self::Unknown => "Unknown",
            Self::Warning => "Warning",
            Self::Failed => "Failed",
        }
    }
}

/// How an object is doing and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The word.
    pub health: Health,
    /// Name and status of the condition that decides, `("Available", "False")`; for the CONDITION column.
    pub condition: Option<(CompactString, &'static str)>,
    /// The reason in one line, empty where all is well. From the cluster: not yet safe to show.
    pub line: String,
}

impl Verdict {
    /// A verdict without a condition.
    pub fn new(health: Health, line: impl Into<String>) -> Self {
        Self {
            health,
            condition: None,
            line: line.into(),
        }
    }
}

/// How the object of `row` is doing at `now`. The store is asked for what the row alone does not say: whether its Cluster is
/// paused, and what the objects that it stands on say.
pub fn verdict(row: &Row, store: &FleetStore, now: Timestamp) -> Verdict {
    let cluster_paused = store.cluster_of(row).is_some_and(|cluster| cluster.facts.paused);
    let now = store.time_of(&row.management_cluster, now);
    verdict_within(row, cluster_paused, &Around::new(store, now))
}

/// The same, and since when the object says so; nothing where it does not tell, as with the failure messages of old, which have
/// no time.
pub(crate) fn verdict_and_since(
    row: &Row,
    store: &FleetStore,
    now: Timestamp,
) -> (Verdict, Option<Timestamp>) {
    let around = Around::new(store, store.time_of(&row.management_cluster, now));
    let particulars = row.facts.particulars.as_ref();
    let has_message = particulars.is_some_and(|particulars| particulars.failure.is_some());
    let is_told =
        !has_message && main_condition(&row.facts).is_some_and(|main| main.status != ConditionStatus::True);
    let since = own_words(row, &around).since.filter(|_| is_told);
    (verdict(row, store, now), since)
}

/// The same for who already knows whether the Cluster is paused.
pub(crate) fn verdict_within(row: &Row, cluster_paused: bool, around: &Around<'_>) -> Verdict {
    if is_plainly_good(&row.facts, cluster_paused) {
        plainly_good(row)
    } else {
        thorough_verdict(row, cluster_paused, around)
    }
}

/// The verdict of a row of which it takes no thought to see that all is well.
pub(crate) fn plainly_good(row: &Row) -> Verdict {
    Verdict {
        health: Health::Good,
        condition: main_condition(&row.facts).map(|main| (main.kind.clone(), main.status.as_str())),
        line: String::new(),
    }
}

/// A verdict, and what is known of where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// How the object is doing, by what it says itself.
    pub(crate) verdict: Verdict,
    /// Where that comes from.
    pub(crate) blame: Blame,
    /// Since when it is so.
    pub(crate) since: Option<Timestamp>,
}

/// The verdict of a row that needs thought.
pub(crate) fn thorough_verdict(row: &Row, cluster_paused: bool, around: &Around<'_>) -> Verdict {
    let mut judged = own_words(row, around);
    say_what_is_at_the_bottom(row, &mut judged, around);
    let of_machines = || {
        below::machines(row, around)
            .into_iter()
            .map(|machine| ForPerson::of(&machine.facts))
    };
    judged.verdict.line = for_person::with_others(judged.verdict.line, || of_machines().sum());
    decorate(&row.facts, cluster_paused, &mut judged.verdict);
    judged.verdict
}

/// How an object is doing by its own words; what is at the bottom of it is not asked.
pub(crate) fn assess(row: &Row, cluster_paused: bool, around: &Around<'_>) -> Judged {
    let mut judged = own_words(row, around);
    decorate(&row.facts, cluster_paused, &mut judged.verdict);
    judged
}

/// The word alone, without a pause of the Cluster.
fn word(row: &Row, around: &Around<'_>) -> Health {
    if is_plainly_good(&row.facts, false) {
        Health::Good
    } else {
        assess(row, false, around).verdict.health
    }
}

/// What a machine is held up by, of what it stands on.
pub(crate) fn held_up_by<'a>(row: &Row, around: &Around<'a>) -> Option<&'a Row> {
    cause::below(row, around).map(|(found, _)| found)
}

fn own_words(row: &Row, around: &Around<'_>) -> Judged {
    let facts = &row.facts;
    let main = main_condition(facts);
    let mut deciding = main;
    let mut blame = None;
    let mut since = None;
    let mut verdict = if let Some(asked) = facts.deleting_since {
        (blame, since) = (Some(Blame::Deletion), Some(asked));
        deleting(facts, asked, around)
    } else if let Some((reason, message)) = facts.particulars.as_ref().and_then(|some| some.failure.as_ref())
    {
        Verdict::new(Health::Failed, line::one_line(message, reason))
    } else if facts.phase.as_deref() == Some("Failed") {
        Verdict::new(Health::Failed, main.map(line::of).unwrap_or_default())
    } else {
        let (verdict, condition) = judge::judge(row, main, around);
        deciding = condition;
        match host::held_up(facts) {
            Some((held_up, condition)) if held_up.health >= verdict.health => {
                deciding = Some(condition);
                held_up
            }
            Some(_) | None => verdict,
        }
    };
    if verdict.condition.is_none() {
        verdict.condition = main.map(|main| (main.kind.clone(), main.status.as_str()));
    }
    if facts.deleting_since.is_none()
        && facts.phase.as_deref() != Some("Failed")
        && let Some((blocked, condition)) = below::blocked(row, around)
    {
        // Why nothing moves says more than that it does not; but a Cluster may have worse to tell than of its workers.
        if facts.role != Role::Cluster || !verdict.health.is_fault() || is_of_workers(&verdict.line) {
            verdict.line = blocked.line;
            deciding = condition.or(deciding);
            blame = (facts.role == Role::Cluster).then_some(Blame::Workers);
        }
        verdict.health = verdict.health.max(blocked.health);
    }
    verdict.line = for_person::with_others(verdict.line, || ForPerson::of(facts));
    Judged {
        // What cannot be read is said before anything that follows from the rest.
        blame: if facts.broken.is_empty() {
            blame.unwrap_or_else(|| Blame::of(row, deciding))
        } else {
            Blame::Itself
        },
        since: since
            .or_else(|| deciding.and_then(CompactCondition::since))
            .or(facts.created),
        verdict,
    }
}

/// What a row says names what is at the bottom of its trouble, unless it does so already; of what is on its way, what only a person
/// ends.
fn say_what_is_at_the_bottom(row: &Row, judged: &mut Judged, around: &Around<'_>) {
    let Some((_, speaker, root)) = why::bottom(row, judged, around) else {
        return;
    };
    if !judged.verdict.health.is_fault() && !ForPerson::told_in(&root.verdict.line).any() {
        return;
    }
    let said = root.verdict.line.trim_start_matches(PAUSED);
    if !said.is_empty() && !judged.verdict.line.contains(said) {
        judged.verdict.line = below::named(speaker, said);
    }
}

/// What a pause and what cannot be read do to a verdict.
fn decorate(facts: &Facts, cluster_paused: bool, verdict: &mut Verdict) {
    pause(facts, cluster_paused, verdict);
    if !facts.broken.is_empty() {
        unreadable(facts, verdict);
    }
}

/// Whether a line of a Cluster only says that its workers are too few.
fn is_of_workers(line: &str) -> bool {
    line.is_empty() || line.contains("MachineDeployment ")
}

/// What cannot be read is said before anything that follows from the rest.
fn unreadable(facts: &Facts, verdict: &mut Verdict) {
    let mut what = format!("unreadable: {}", facts.broken.join("; "));
    if verdict.health >= Health::Warning && !verdict.line.is_empty() {
        what = format!("{what}; {}", verdict.line);
    }
    verdict.health = verdict.health.max(Health::Warning);
    verdict.line = line::flat(&what);
}

/// Whether it takes no thought to see that all is well; nearly all rows of a fleet are such.
pub(crate) fn is_plainly_good(facts: &Facts, cluster_paused: bool) -> bool {
    facts.quiet
        && facts.broken.is_empty()
        && !cluster_paused
        && !facts.paused
        && !facts.behind
        && facts.deleting_since.is_none()
        && facts.replicas.is_none()
        && facts.particulars.is_none()
        && facts.phase.as_deref() != Some("Failed")
        && main_condition(facts).is_some()
}

/// A line for where there is little room: of a drain the pods that hold it, and not since when it goes on; of nodes without a
/// network that there is none, and not what all of a container runtime's parts say.
pub fn brief(line: &str) -> &str {
    for_person::brief(line).unwrap_or_else(|| pods_of_drain(line))
}

/// A line in a table: of nodes without a network that there is none and what to do about it, instead of what all of a container
/// runtime's parts say.
pub fn cause(line: &str) -> &str {
    for_person::brief(line).unwrap_or(line)
}

/// A line of a drain without since when it goes on: it begins with the pods that hold it. Any other line as it is.
pub(crate) fn pods_of_drain(line: &str) -> &str {
    let is_of_drain = line.starts_with("Drain not completed yet");
    let pods = line.split_once(": ").filter(|_| is_of_drain);
    pods.map(|(_, pods)| pods)
        .filter(|pods| !pods.is_empty())
        .unwrap_or(line)
}

/// What a condition says, in one line; empty where it only repeats its status.
pub fn line_of(condition: &CompactCondition) -> String {
    line::of(condition)
}

/// The condition that speaks for the whole object.
pub fn main_condition(facts: &Facts) -> Option<&CompactCondition> {
    let find = |kind: &str| facts.conditions.iter().find(|condition| condition.kind == kind);
    match facts.role {
        Role::Cluster | Role::ControlPlane | Role::MachineDeployment => {
            let (available, ready) = (find("Available"), find("Ready"));
            // In the old model `Available` is one input of `Ready`; in the new one it is the summary.
            let old = available.is_some_and(|condition| condition.observed_generation.is_none());
            if old {
                ready.or(available)
            } else {
                available.or(ready)
            }
        }
        Role::MachineSet => find("Ready").or_else(|| find("MachinesReady")),
        Role::MachinePool => find("Ready").or_else(|| find("ReplicasReady")),
        Role::MachineHealthCheck => find("RemediationAllowed"),
        Role::ClusterClass => find("VariablesReady"),
        Role::Host => find("Ready").or_else(|| find("K8sNodeBootstrapSucceeded")),
        Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::Template
        | Role::Provider
        | Role::Other => find("Ready").or_else(|| find("Available")),
    }
}

/// How the connection to a management cluster stands, as a verdict.
pub fn connection(session: Option<&Session>) -> Verdict {
    let Some(session) = session else {
        return Verdict::new(Health::Unknown, "nothing is known of its connection");
    };
    match &session.connection {
        Connection::Idle => Verdict::new(Health::Unknown, "not connected"),
        Connection::Connecting => Verdict::new(Health::Progressing, "connecting"),
        Connection::Syncing { done, total } => {
            Verdict::new(Health::Progressing, format!("reading {done} of {total} kinds"))
        }
        Connection::Live if session.denied.is_empty() => Verdict::new(Health::Good, ""),
        Connection::Live => {
            let kinds: Vec<&str> = session.denied.iter().map(|denied| denied.kind.as_ref()).collect();
            Verdict::new(Health::Good, format!("not allowed to read {}", kinds.join(", ")))
        }
        Connection::Stale { why, .. } => Verdict::new(Health::Unknown, line::flat(why)),
        Connection::AuthNeeded { how } => Verdict::new(Health::Failed, line::flat(how)),
        Connection::Denied { why } => {
            let said = match session.refused() {
                Some(kinds) => line::flat(&format!("{kinds}: {why}")),
                None => line::flat(why),
            };
            Verdict::new(Health::Failed, said)
        }
        Connection::Offline { why, .. } => Verdict::new(Health::Failed, line::flat(why)),
    }
}

fn deleting(facts: &Facts, since: Timestamp, around: &Around<'_>) -> Verdict {
    let condition = facts
        .conditions
        .iter()
        .find(|condition| condition.kind == "Deleting" && condition.status == ConditionStatus::True);
    let said = condition.map(line::of).filter(|line| !line.is_empty());
    let waits = || match &*facts.finalizers {
        [] => "being deleted".to_owned(),
        [finalizer, ..] => format!("being deleted, waits for finalizer {finalizer}"),
    };
    let line = said.unwrap_or_else(waits);
    let health = if around.older(since, USUAL_DELETION) || waits::is_held_for_long(facts, since, around) {
        Health::Warning
    } else {
        Health::Progressing
    };
    Verdict {
        health,
        condition: Some((CompactString::const_new("Deleting"), "True")),
        line,
    }
}

/// A pause hides that nothing moves, not that something is broken.
fn pause(facts: &Facts, cluster_paused: bool, verdict: &mut Verdict) {
    let said = || {
        let holds = |condition: &&CompactCondition| condition.status == ConditionStatus::True;
        facts
            .conditions
            .iter()
            .filter(holds)
            .any(|condition| condition.kind == "Paused")
    };
    if !facts.paused && !cluster_paused && !said() {
        return;
    }
    match verdict.health {
        Health::Warning | Health::Failed => {
            verdict.line = if verdict.line.is_empty() {
                "paused".to_owned()
            } else {
                format!("{PAUSED}{}", verdict.line)
            };
        }
        Health::Good | Health::Paused | Health::Progressing | Health::Unknown => {
            verdict.health = Health::Paused;
            // The Cluster says it once for all that belongs to it.
            verdict.line = if facts.paused {
                "paused".to_owned()
            } else {
                String::new()
            };
        }
    }
}

#[cfg(test)]
mod tests;
