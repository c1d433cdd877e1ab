//! What stands in the way of an upgrade, which versions are possible at all, and which steps lead there.
//!
//! Everything is decided by the rules that the controllers and the webhooks ask, from objects that were read for it. Must not
//! know: how they were read, and what is done with the answer.

mod aim;
mod arrived;
mod budgets;
mod control_plane;
mod gathered;
mod gitops;
mod health_checks;
mod hosts;
mod order;
pub(crate) mod pool;
pub(crate) mod scene;
mod settled;
mod table;
mod versions;

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use fleetui_rules::version::Version;
use jiff::Timestamp;

use crate::act::{Check, Found};
use crate::pace::{Pace, pace};
use crate::store::FleetStore;
use aim::Aim;
use scene::Scene;

pub(crate) use arrived::unfinished;
pub use gathered::{Budget, Gathered};
pub use table::ids;

/// At most so many versions are offered.
const MOST_VERSIONS: usize = 12;

/// Where an upgrade shall lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aimed {
    /// The version; without one only what is possible is looked at.
    pub to: Option<Version>,
    /// Patch versions of the minor versions in between.
    pub via: Vec<Version>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preflight {
    /// The version that it begins from: the topology's, else the control plane's.
    pub from: Option<Version>,
    /// Versions that somebody may mean, the newest first.
    pub versions: Vec<Possible>,
    /// What was looked at, in the order of the table. What is no question here is left out.
    pub checks: Vec<Check>,
    /// The steps, in the order in which they are taken.
    pub steps: Vec<Step>,
    /// How quickly machines come.
    pub pace: Option<Pace>,
}

/// A version that somebody may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Possible {
    /// The version.
    pub version: Version,
    /// Why it is not possible, if it is not.
    pub refused: Option<String>,
    /// Objects of the fleet that ask for it.
    pub seen_in: usize,
}

/// One step: one object gets another version, and what it made is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The object that is written.
    pub target: ObjectKey,
    /// Its uid.
    pub uid: CompactString,
    /// Its version before.
    pub from: String,
    /// Its version after.
    pub to: String,
    /// The machines that are there now and are replaced; those that only an earlier step makes have no names yet.
    pub replaces: Vec<CompactString>,
    /// How many machines are asked for, which come in their place: while a rollout has not ended others than there are.
    pub machines: i64,
    /// Machines that there are too many meanwhile.
    pub surge: i64,
    /// How long it takes, in seconds: likely and long. Absent where a provider decides on that.
    pub seconds: Option<(u64, u64)>,
    /// What is waited for before the next step.
    pub waits_for: &'static str,
}

impl Preflight {
    /// The checks that stand in the way, `anyway` without those that may be passed over.
    pub fn blocking(&self, anyway: bool) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| match check.found {
            Found::Blocks { overridable, .. } => !(overridable && anyway),
            Found::Well(_) | Found::Warns(_) | Found::Unknown(_) => false,
        })
    }

    /// How long all steps take, in seconds: likely and long; steps of which nothing is known count nothing.
    pub fn seconds(&self) -> Option<(u64, u64)> {
        let known = self.steps.iter().filter_map(|step| step.seconds);
        known.reduce(|all, one| (all.0.saturating_add(one.0), all.1.saturating_add(one.1)))
    }

    /// How many machines are made in all.
    pub fn machines(&self) -> i64 {
        self.steps.iter().map(|step| step.machines).sum()
    }

    /// How many machines are replaced in all.
    pub fn replaced(&self) -> i64 {
        self.steps.iter().map(Step::replaced).sum()
    }
}

impl Step {
    /// How many machines are replaced: those that have names; where none has one yet, as many as are asked for.
    pub fn replaced(&self) -> i64 {
        match i64::try_from(self.replaces.len()) {
            Ok(0) | Err(_) => self.machines,
            Ok(count) => count,
        }
    }
}

/// Looks at the cluster at `key` as it was gathered. The store tells how quick machines are here, which versions are about,
/// and which providers there are.
pub fn preflight(
    store: &FleetStore,
    key: &ObjectKey,
    gathered: &Gathered,
    aimed: &Aimed,
    now: Timestamp,
) -> Preflight {
    let now = store.time_of(&key.management_cluster, now);
    let session = store.session(&key.management_cluster).map(AsRef::as_ref);
    let Some(scene) = Scene::of(session, key, gathered, now) else {
        return Preflight {
            checks: vec![gone(key)],
            ..Preflight::default()
        };
    };
    let known = versions::known(store, &scene);
    let pace = learnt(store, &scene);
    let versions = known
        .iter()
        .rev()
        .filter(|(version, _)| scene.from().is_none_or(|from| **version > from))
        .take(MOST_VERSIONS)
        .map(|(version, seen)| {
            let one = Aimed {
                to: Some(version.clone()),
                via: aimed.via.clone(),
            };
            let aim = Aim::take(&scene, &one, &known, pace);
            Possible {
                version: version.clone(),
                refused: table::refusal(&scene, &aim),
                seen_in: *seen,
            }
        })
        .collect();
    let aim = Aim::take(&scene, aimed, &known, pace);
    Preflight {
        from: scene.from(),
        versions,
        checks: table::look(&scene, &aim),
        steps: aim.steps,
        pace: Some(pace),
    }
}

/// The pace of machines: that of the whole fleet's where it is known, else of what was gathered.
fn learnt(store: &FleetStore, scene: &Scene<'_>) -> Pace {
    let of_store = store
        .get(&scene.cluster.row.key())
        .map(|row| pace(store, row))
        .filter(|pace| pace.of > 0);
    of_store.unwrap_or_else(|| pace(&scene.store, &scene.cluster.row))
}

fn gone(key: &ObjectKey) -> Check {
    Check {
        id: "deleting".into(),
        title: "Nothing is being deleted".to_owned(),
        found: Found::Blocks {
            why: format!("{key} does not exist any more"),
            overridable: false,
        },
    }
}

#[cfg(test)]
pub(crate) mod tests;
