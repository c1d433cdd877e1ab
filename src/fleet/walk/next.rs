//! What a walk does next. All of its sense is here: the same objects and the same walk always give the same move, so that it
//! does not matter who asks, or how often, or what was cut off before.

use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use fleetui_rules::version::Version;
use jiff::{SignedDuration, Timestamp};

use super::{StepState, Walk, WalkState, WalkStep, is_version};
use crate::act::{Found, Plan, plan};
use crate::edit::{self, Field};
use crate::health::{self, Health};
use crate::pace::{Pace, Patience, moves, pace};
use crate::preflight::scene::{Part, Scene};
use crate::preflight::{Gathered, pool, preflight, unfinished};
use crate::store::FleetStore;

/// Between two steps, what has to become quiet by itself is given so long.
const SETTLES: SignedDuration = SignedDuration::from_mins(5);
/// Where nobody tells which version the nodes of a pool run, its provider is given so long.
const PROVIDER: SignedDuration = SignedDuration::from_mins(5);
/// Checks that may need a moment after the step before.
const SETTLING: [&str; 6] = [
    "rollout-settled",
    "topology-settled",
    "control-plane-health",
    "etcd-quorum",
    "remediation-under-way",
    "spare-hosts",
];

/// What is done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// The object of the step is written.
    Write(Box<Plan>),
    /// Nothing, for now: what is waited for.
    Wait(String),
    /// It is noted how far the step is.
    Record(StepState),
    /// The walk halts: why.
    Stop(String),
    /// All steps are done.
    Finish,
}

/// What `walk` does next in the cluster at `key`, as it was gathered.
pub fn next(walk: &Walk, key: &ObjectKey, store: &FleetStore, gathered: &Gathered, now: Timestamp) -> Move {
    match &walk.state {
        WalkState::Going => {}
        WalkState::Paused(_) | WalkState::Stopped(_) | WalkState::Done | WalkState::Abandoned => {
            return Move::Wait(format!("the upgrade is {}", walk.state.word()));
        }
    }
    let session = store.session(&key.management_cluster).map(AsRef::as_ref);
    let Some(scene) = Scene::of(session, key, gathered, now) else {
        return Move::Stop(format!("{key} does not exist any more"));
    };
    let cluster = &scene.cluster.row.facts;
    if cluster.uid != walk.cluster_uid {
        return Move::Stop(format!("{key} was deleted; another Cluster has its name now"));
    }
    if cluster.deleting_since.is_some() {
        return Move::Stop(format!("{key} is being deleted"));
    }
    let Some(step) = walk.step() else {
        return Move::Finish;
    };
    let mut parts = std::iter::once(&scene.cluster).chain(scene.parts());
    let Some(part) = parts.find(|part| part.row.facts.uid == step.uid) else {
        return Move::Stop(format!("{} does not exist any more", step.name()));
    };
    let around = Around {
        walk,
        step,
        part,
        scene: &scene,
        store,
        now,
    };
    match step.state {
        StepState::Waiting => around.begin(key, gathered),
        StepState::Writing => around.write(),
        StepState::Rolling(since) => around.follow(since),
        StepState::Done(at) => Move::Record(StepState::Done(at)),
    }
}

struct Around<'a> {
    walk: &'a Walk,
    step: &'a WalkStep,
    part: &'a Part<'a>,
    scene: &'a Scene<'a>,
    store: &'a FleetStore,
    now: Timestamp,
}

impl Around<'_> {
    /// Whether the object of the step asks for a version.
    fn asks_for(&self, version: &str) -> bool {
        is_version(
            self.part.row.facts.version.as_deref().unwrap_or_default(),
            version,
        )
    }

    /// Somebody else has written another version.
    fn meddled(&self) -> Move {
        let told = self.part.row.facts.version.as_deref().unwrap_or("nothing");
        Move::Stop(format!(
            "{} asks for {told} by now, neither {} nor {}: somebody else has changed it",
            self.step.name(),
            self.step.from,
            self.step.to
        ))
    }

    /// A step that has not begun: whether it may.
    fn begin(&self, key: &ObjectKey, gathered: &Gathered) -> Move {
        if self.asks_for(&self.step.to) {
            return Move::Record(StepState::Rolling(self.now));
        }
        if !self.asks_for(&self.step.from) {
            return self.meddled();
        }
        let found = preflight(self.store, key, gathered, &self.walk.aimed(), self.now);
        let mut blocking = found.blocking(self.walk.anyway);
        let blocking = blocking.find_map(|check| match &check.found {
            Found::Blocks { why, .. } => Some((check.id.as_str(), why.clone())),
            Found::Well(_) | Found::Warns(_) | Found::Unknown(_) => None,
        });
        let Some((id, why)) = blocking else {
            return Move::Record(StepState::Writing);
        };
        let settles = self.walk.at > 0
            && SETTLING.contains(&id)
            && self.now.duration_since(self.walk.changed) < SETTLES;
        if settles {
            Move::Wait(why)
        } else {
            Move::Stop(format!("before {}: {why}", self.step.name()))
        }
    }

    /// A step whose object is about to be written, or was before whoever did it was cut off.
    fn write(&self) -> Move {
        if self.asks_for(&self.step.to) {
            return Move::Record(StepState::Rolling(self.now));
        }
        if !self.asks_for(&self.step.from) {
            return self.meddled();
        }
        // The rules are asked of the rows that were just read.
        let key = self.part.row.key();
        let planned = plan::field(&self.scene.store, &key, Field::Version, &self.step.to, self.now);
        match planned {
            Ok(mut plan) => {
                // The rows that were read have no hosts; the preflight has looked at those.
                plan.checks.retain(|check| check.id != plan::SPARE_HOSTS);
                let (at, all) = (self.walk.at + 1, self.walk.steps.len());
                let why = self.walk.reason.as_deref().map(|why| format!(": {why}"));
                let why = why.unwrap_or_default();
                plan.act.reason = Some(format!("step {at} of {all} of upgrade {}{why}", self.walk.id));
                Move::Write(Box::new(plan))
            }
            Err(refused) => Move::Stop(format!("{}: {refused}", self.step.name())),
        }
    }

    /// A step whose machines are being replaced.
    fn follow(&self, since: Timestamp) -> Move {
        let to = edit::lenient(&self.step.to).filter(|_| self.asks_for(&self.step.to));
        let Some(to) = to else {
            return self.meddled();
        };
        let parts = self.parts();
        if let Some(why) = self.red(&parts, &to, since) {
            return Move::Stop(why);
        }
        let open = parts.iter().find_map(|part| unfinished(self.scene, part, &to));
        let Some(open) = open.or_else(|| self.unsure(&parts, &to, since)) else {
            return Move::Record(StepState::Done(self.now));
        };
        let still = self.now.duration_since(moved(self.scene, &parts, since));
        let patience = self.patience();
        if still > patience.usual {
            return Move::Stop(format!("{open}; nothing has moved for {} min", still.as_mins()));
        }
        if still > patience.with_a_fault
            && let Some(fault) = self.fault(&parts, &to)
        {
            let still = still.as_mins();
            return Move::Stop(format!("{open}; nothing has moved for {still} min; {fault}"));
        }
        Move::Wait(open)
    }

    /// What the step replaces machines of: of a topology, all that it owns.
    fn parts(&self) -> Vec<&Part<'_>> {
        if self.part.row.facts.role == Role::Cluster {
            let owned = self.scene.parts();
            owned.filter(|part| part.row.facts.topology.is_some()).collect()
        } else {
            vec![self.part]
        }
    }

    /// A pool of which nobody tells which version its nodes run: counters alone are as they should be from the first moment.
    fn unsure(&self, parts: &[&Part<'_>], to: &Version, since: Timestamp) -> Option<String> {
        let left = PROVIDER - self.now.duration_since(since);
        if left <= SignedDuration::ZERO {
            return None;
        }
        let mut pools = parts.iter().filter(|part| pool::is_bare(self.scene, part));
        let unsure = pools.find(|part| pool::nodes(self.scene, part, to) == pool::Nodes::Unknown)?;
        Some(format!(
            "{}: nobody tells which version its nodes run; its provider is given {} min more",
            unsure.name(),
            (left.as_secs() + 59) / 60
        ))
    }

    /// What is broken of what the step has made, or has broken since it began. What was broken before, the person was told of
    /// and went on: the step may well mend it, as it replaces what is old.
    fn red(&self, parts: &[&Part<'_>], to: &Version, began: Timestamp) -> Option<String> {
        let new = parts
            .iter()
            .flat_map(|part| self.scene.machines_of(part))
            .filter(|machine| machine.version().as_ref() == Some(to));
        let behind = parts.iter().filter_map(|part| self.scene.behind(part));
        let makers = parts
            .iter()
            .copied()
            .chain(behind)
            .map(|part| (part, Some(began)));
        let mut all = new.map(|part| (part, None)).chain(makers);
        all.find_map(|(part, began)| self.broken(part, began))
    }

    /// That something has failed, where it is not so since before `began`.
    fn broken(&self, part: &Part<'_>, began: Option<Timestamp>) -> Option<String> {
        if part.row.facts.deleting_since.is_some() {
            return None;
        }
        let (verdict, since) = health::verdict_and_since(&part.row, &self.scene.store, self.now);
        let is_older = began.zip(since).is_some_and(|(began, since)| since < began);
        (verdict.health == Health::Failed && !is_older).then(|| format!("{}: {}", part.name(), verdict.line))
    }

    /// What of the machines that the step has made needs a look: it need not be broken for all time.
    fn fault(&self, parts: &[&Part<'_>], to: &Version) -> Option<String> {
        let machines = parts.iter().flat_map(|part| self.scene.machines_of(part));
        let new = machines.filter(|machine| machine.version().as_ref() == Some(to));
        new.filter(|machine| machine.row.facts.deleting_since.is_none())
            .find_map(|machine| {
                let verdict = health::verdict(&machine.row, &self.scene.store, self.now);
                verdict
                    .health
                    .is_fault()
                    .then(|| format!("{}: {}", machine.name(), verdict.line))
            })
    }

    /// How long nothing may move: some machines' time.
    fn patience(&self) -> Patience {
        let cluster = self.store.get(&self.scene.cluster.row.key());
        let pace = cluster.map_or(Pace::GUESS, |row| pace(self.store, row));
        pace.until_it_halts()
    }
}

/// When something last moved: a machine came, or a condition changed.
fn moved(scene: &Scene<'_>, parts: &[&Part<'_>], since: Timestamp) -> Timestamp {
    let machines = parts.iter().flat_map(|part| scene.machines_of(part));
    let behind = parts.iter().filter_map(|part| scene.behind(part));
    let all = parts.iter().copied().chain(machines).chain(behind);
    let times = all.flat_map(|part| moves(&part.row.facts));
    times.fold(since, std::cmp::max)
}
