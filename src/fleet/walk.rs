//! The upgrade of a whole cluster: its steps one after another, as they are kept in the management cluster.
//!
//! A walk is a value in a ConfigMap. Whoever holds its Lease asks `next` what to do and does it; whoever comes after a crash or
//! a dropped line asks the same, and goes on from what is there. Must not know: how it is stored, held or shown.

mod known;
mod next;
mod stored;

use compact_str::CompactString;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_rules::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::act::Actor;
use crate::edit;
use crate::preflight::{Aimed, Preflight};
use crate::rollout;
use crate::row::Row;
use crate::store::FleetStore;

pub use known::{Here, Holder, Known};
pub use next::{Move, next};
pub use stored::{
    Begun, LABEL, give_reason, later, name, object, plan_begin, plan_deed, plan_upgrade, read, record,
    what_blocks,
};

/// The version of the format.
pub const FORMAT: u8 = 1;

/// The upgrade of a whole cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The version of the format.
    pub format: u8,
    /// Its identity: another upgrade of the same cluster has another.
    pub id: CompactString,
    /// The cluster.
    pub cluster: ObjectName,
    /// Its uid; another life of the name is not upgraded.
    pub cluster_uid: CompactString,
    /// Its apiVersion.
    pub cluster_api_version: CompactString,
    /// Where it leads.
    pub to: CompactString,
    /// What is done, in this order.
    pub steps: Vec<WalkStep>,
    /// The step that is under way, or comes next.
    pub at: usize,
    /// How it stands.
    pub state: WalkState,
    /// Whether checks that may be passed over are.
    pub anyway: bool,
    /// Who began it.
    pub by: Actor,
    /// Why, as that person said.
    pub reason: Option<String>,
    /// When it was begun.
    pub begun: Timestamp,
    /// When it came a step further, or was halted.
    pub changed: Timestamp,
}

/// How a walk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WalkState {
    /// It goes on as long as somebody holds its Lease.
    Going,
    /// A person has halted it: who.
    Paused(String),
    /// Something is wrong: what.
    Stopped(String),
    /// All steps are done.
    Done,
    /// A person has given it up.
    Abandoned,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkStep {
    /// Kind of the object that is written.
    pub kind: GroupKind,
    /// Its name.
    pub target: ObjectName,
    /// Its uid.
    pub uid: CompactString,
    /// Its version before.
    pub from: CompactString,
    /// Its version after.
    pub to: CompactString,
    /// How many machines are replaced.
    pub machines: i64,
    /// How long it takes, in seconds: likely and long.
    pub seconds: Option<(u64, u64)>,
    /// How far it is.
    pub state: StepState,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It has not begun.
    Waiting,
    /// Its object is about to be written, or was.
    Writing,
    /// Its object was written, at that time; its machines are being replaced.
    Rolling(Timestamp),
    /// Its machines are all there, since then.
    Done(Timestamp),
}

impl WalkState {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Going => "going",
            Self::Paused(_) => "paused",
            Self::Stopped(_) => "stopped",
            Self::Done => "done",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether nothing comes of it any more, so that another one may be begun.
    pub fn has_ended(&self) -> bool {
        match self {
            Self::Done | Self::Abandoned => true,
            Self::Going | Self::Paused(_) | Self::Stopped(_) => false,
        }
    }

    /// What was said of it; empty where nothing was.
    pub fn why(&self) -> &str {
        match self {
            Self::Paused(why) | Self::Stopped(why) => why,
            Self::Going | Self::Done | Self::Abandoned => "",
        }
    }
}

impl StepState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waits",
            Self::Writing => "begins",
            Self::Rolling(_) => "rolls out",
            Self::Done(_) => "done",
        }
    }
}

impl WalkStep {
    /// The object in its management cluster.
    pub fn key(&self, management_cluster: &ManagementCluster) -> ObjectKey {
        ObjectKey::new(management_cluster.clone(), self.kind.clone(), self.target.clone())
    }

    /// Whether all that it is about is there, as far as the store tells, whether or not somebody has noted it: its object asks for
    /// the version, all of its machines run it, and it counts none that is missing.
    pub fn has_arrived(
        &self,
        management_cluster: &ManagementCluster,
        store: &FleetStore,
        now: Timestamp,
    ) -> bool {
        let runs = |row: &Row| is_version(row.facts.version.as_deref().unwrap_or_default(), &self.to);
        let row = store.get(&self.key(management_cluster));
        row.is_some_and(|row| {
            let machines = rollout::machines(store, row);
            runs(row)
                && !row.facts.behind
                && machines.iter().all(|machine| runs(machine))
                && rollout::progress(store, row, now).is_none()
        })
    }

    /// How its object is called in a sentence.
    pub fn name(&self) -> String {
        format!("{} {}", self.kind.kind, self.target.name)
    }
}

/// Whether two texts name the same version, as versions where they are some.
fn is_version(told: &str, version: &str) -> bool {
    match (edit::lenient(told), edit::lenient(version)) {
        (Some(told), Some(version)) => told == version,
        _ => told == version,
    }
}

impl Walk {
    /// The walk that a preflight has planned, before its first step.
    pub fn planned(
        preflight: &Preflight,
        cluster: &Row,
        to: &Version,
        (by, reason): (Actor, Option<String>),
        now: Timestamp,
    ) -> Self {
        let steps = preflight.steps.iter().map(|step| WalkStep {
            kind: step.target.kind.clone(),
            target: step.target.object.clone(),
            uid: step.uid.clone(),
            from: step.from.as_str().into(),
            to: step.to.as_str().into(),
            machines: step.machines,
            seconds: step.seconds,
            state: StepState::Waiting,
        });
        Self {
            format: FORMAT,
            id: format!("{:011x}", now.as_millisecond()).into(),
            cluster: cluster.facts.object.clone(),
            cluster_uid: cluster.facts.uid.clone(),
            cluster_api_version: cluster.facts.api_version.clone(),
            to: to.to_string().into(),
            steps: steps.collect(),
            at: 0,
            state: WalkState::Going,
            anyway: false,
            by,
            reason,
            begun: now,
            changed: now,
        }
    }

    /// Where it leads and over what, for a preflight on the way.
    pub fn aimed(&self) -> Aimed {
        let versions = self.steps.iter().filter_map(|step| step.to.parse().ok());
        Aimed {
            to: self.to.parse().ok(),
            via: versions.collect(),
        }
    }

    /// The step that is under way, or comes next.
    pub fn step(&self) -> Option<&WalkStep> {
        self.steps.get(self.at)
    }

    /// Notes how far the present step is; behind one that is done the next one begins.
    pub fn note(&mut self, state: StepState, now: Timestamp) {
        if let Some(step) = self.steps.get_mut(self.at) {
            step.state = state;
            if matches!(state, StepState::Done(_)) {
                self.at += 1;
            }
        }
        self.changed = now;
    }

    /// Notes how it stands. Who resumes a walk has a step that was written looked at anew.
    pub fn stand(&mut self, state: WalkState, now: Timestamp) {
        if state == WalkState::Going
            && let Some(step) = self.steps.get_mut(self.at)
            && let StepState::Rolling(since) = &mut step.state
        {
            // What stood still while nobody looked is given its time again.
            *since = now;
        }
        self.state = state;
        self.changed = now;
    }

    /// Steps that are done, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.at.min(self.steps.len()), self.steps.len())
    }

    /// How long the steps take that are not done, in seconds: likely and long; nothing where a provider decides. `rolling` is how
    /// long the one still takes that is under way, where that is known; else it counts whole.
    pub fn seconds_left(&self, rolling: Option<(u64, u64)>) -> Option<(u64, u64)> {
        let present = self.step().and_then(|step| rolling.or(step.seconds));
        let later = self.steps.iter().skip(self.at.saturating_add(1));
        let left = present.into_iter().chain(later.filter_map(|step| step.seconds));
        left.reduce(|all, one| (all.0.saturating_add(one.0), all.1.saturating_add(one.1)))
    }

    /// Its Cluster in a management cluster.
    pub fn cluster_key(&self, management_cluster: &ManagementCluster) -> ObjectKey {
        let kind = fleetui_api::kinds::core("Cluster");
        ObjectKey::new(management_cluster.clone(), kind, self.cluster.clone())
    }
}

#[cfg(test)]
mod tests;
