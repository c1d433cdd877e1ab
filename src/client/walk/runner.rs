//! Takes the steps of a walk: holds the Lease, reads what is there, asks what is next, does it and notes it.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::ObjectKey;
use fleetui_fleet::act::{Confirmed, Mode, Plan};
use fleetui_fleet::preflight::Gathered;
use fleetui_fleet::walk::{Holder, Move, StepState, Walk, WalkState, next, read};
use fleetui_fleet::{Batch, Change, FleetStore, Row, Session, Update};
use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::WalkTold;
use super::lease::{Held, LASTS, Lease};
use super::store::{config_map, note};
use crate::act::gate::{self, Ground};
use crate::act::tasks::Tasks;
use crate::command::{Failure, FailureKind};
use crate::gather::{Looks, gather};

/// Who walks.
pub(crate) struct Runner<'a, T> {
    acts: &'a Tasks,
    ground: &'a Ground,
    cluster: &'a ObjectKey,
    session: Arc<Session>,
    lease: Lease<'a>,
    tell: T,
}

/// How a look ended.
pub(crate) enum Look {
    /// Something was done: look again at once.
    Again,
    /// Nothing can be done now.
    Wait,
    /// The walk goes no further from here.
    End(Box<Walk>),
}

impl<'a, T: FnMut(WalkTold)> Runner<'a, T> {
    pub(crate) fn new(
        (acts, ground): (&'a Tasks, &'a Ground),
        cluster: &'a ObjectKey,
        session: &Session,
        tell: T,
    ) -> Self {
        let identity = identity(ground);
        Self {
            acts,
            ground,
            cluster,
            session: Arc::new(session.clone()),
            lease: Lease::new(ground, cluster, identity),
            tell,
        }
    }

    /// Walks until the walk ends, halts, or is told to stop, which pauses it.
    pub(crate) async fn run(mut self, stop: &CancellationToken) -> Result<Walk, Failure> {
        self.acquire(stop).await?;
        let ended = self.steps(stop).await;
        self.lease.give_back().await;
        ended
    }

    /// Waits for the Lease: as long as somebody else may still be there, but not while that is seen to be.
    pub(crate) async fn acquire(&mut self, stop: &CancellationToken) -> Result<(), Failure> {
        let mut before: Option<(String, Duration)> = None;
        loop {
            let (walk, config_map) = self.read().await?;
            match self.lease.take(Some(&walk)).await? {
                Held::Ours => return Ok(()),
                Held::Theirs(holder, still) => {
                    let renewed = before
                        .as_ref()
                        .is_some_and(|(known, seen)| *known == holder.identity && still < *seen);
                    if renewed {
                        return Err(held(&holder));
                    }
                    let left = LASTS.saturating_sub(still).as_secs();
                    let who = holder.identity.clone();
                    let name = holder.name();
                    let what =
                        format!("{name} held it last; it is free in {left} s unless that is still there");
                    (self.tell)(WalkTold {
                        walk,
                        what,
                        config_map,
                        holder: Some(holder),
                        ours: false,
                    });
                    before = Some((who, still));
                }
            }
            if self.rests(stop).await {
                return Err(Failure::new(
                    FailureKind::Conflict,
                    "interrupted before the upgrade was taken over",
                ));
            }
        }
    }

    async fn steps(&mut self, stop: &CancellationToken) -> Result<Walk, Failure> {
        loop {
            let looked = if stop.is_cancelled() {
                self.halt(WalkState::Paused(format!("by {}", self.who()))).await
            } else {
                self.look().await
            };
            let waits = match looked {
                Ok(Look::End(walk)) => return Ok(*walk),
                Ok(Look::Again) => false,
                Ok(Look::Wait) => true,
                Err(failure) if passes(&failure) && !stop.is_cancelled() => {
                    tracing::warn!(%failure, cluster = %self.cluster, "an upgrade waits for its management cluster");
                    true
                }
                Err(failure) => return Err(failure),
            };
            if waits {
                self.rests(stop).await;
            }
        }
    }

    /// One look: what is there, what is next, and that done.
    pub(crate) async fn look(&mut self) -> Result<Look, Failure> {
        let (mut walk, stored) = self.read().await?;
        if walk.state != WalkState::Going {
            return Ok(Look::End(Box::new(walk)));
        }
        if let Held::Theirs(holder, _) = self.lease.hold(Some(&walk)).await? {
            return Err(held(&holder));
        }
        let begins = walk.step().is_some_and(|step| step.state == StepState::Waiting);
        let looks = if begins { Looks::Whole } else { Looks::Progress };
        let now = self.now();
        let gathered = Box::pin(gather(
            &self.ground.handle,
            &self.cluster.object,
            (looks, now),
            &self.ground.settings,
        ))
        .await?;
        let store = self.rows(&gathered);
        let (state, what) = match next(&walk, self.cluster, &store, &gathered, now) {
            Move::Wait(what) => {
                self.told(walk, what, stored);
                return Ok(Look::Wait);
            }
            Move::Record(state) => {
                let what = told(&walk, state);
                walk.note(state, now);
                (None, what)
            }
            Move::Write(plan) => match self.write(&walk, &stored, *plan).await? {
                Written::Yes(what) => {
                    walk.note(StepState::Rolling(self.now()), self.now());
                    (None, what)
                }
                Written::NotNow => return Ok(Look::Wait),
                Written::Never(why) => (Some(WalkState::Stopped(why.clone())), why),
            },
            Move::Stop(why) => (Some(WalkState::Stopped(why.clone())), why),
            Move::Finish => (Some(WalkState::Done), "all steps are done".to_owned()),
        };
        if let Some(state) = state {
            walk.stand(state, now);
        }
        self.keep(&walk, &stored, what).await
    }

    /// Notes how the walk stands; where somebody else has written it, that is looked at first.
    async fn keep(&mut self, walk: &Walk, stored: &Value, what: String) -> Result<Look, Failure> {
        let name = &self.cluster.management_cluster;
        match note(self.ground, name, walk, stored).await {
            Ok(written) => {
                self.told(walk.clone(), what, written);
                Ok(Look::Again)
            }
            Err(failure) if failure.kind == FailureKind::Conflict => Ok(Look::Again),
            Err(failure) => Err(failure),
        }
    }

    fn told(&mut self, walk: Walk, what: String, config_map: Value) {
        let holder = self.lease.holder();
        (self.tell)(WalkTold {
            walk,
            what,
            config_map,
            holder,
            ours: true,
        });
    }

    async fn halt(&mut self, state: WalkState) -> Result<Look, Failure> {
        let (mut walk, stored) = self.read().await?;
        if walk.state != WalkState::Going {
            return Ok(Look::End(Box::new(walk)));
        }
        let what = format!("{} {}", state.word(), state.why());
        walk.stand(state, self.now());
        self.keep(&walk, &stored, what).await
    }

    /// Writes the object of a step, through the gate; only while the Lease is surely ours and the walk as it was read.
    async fn write(&mut self, walk: &Walk, stored: &Value, plan: Plan) -> Result<Written, Failure> {
        if !self.lease.is_fresh() {
            return match self.lease.take(Some(walk)).await? {
                Held::Ours => Ok(Written::NotNow),
                Held::Theirs(holder, _) => Err(held(&holder)),
            };
        }
        let there = config_map(self.ground, self.cluster).await?;
        if there.as_ref() != Some(stored) {
            return Ok(Written::NotNow);
        }
        let confirmed = Confirmed {
            digest: plan.digest(),
            typed: None,
            twice: true,
            anyway: walk.anyway,
            dry_run_seconds: None,
        };
        let what = plan.field().map_or_else(String::new, |(from, to)| {
            format!("{}: {from} -> {to}", plan.target())
        });
        // It is brought to its end and to its line in the audit log, also where this is cut off meanwhile.
        let ground = self.ground.clone();
        let passing = async move { Box::pin(gate::pass(&ground, &plan, &Mode::Perform(confirmed))).await };
        let Ok(outcome) = self.acts.run(passing).await else {
            // There was no room for one more act; nothing of it was begun.
            return Ok(Written::NotNow);
        };
        match outcome {
            Ok(_) => Ok(Written::Yes(what)),
            // What became of it, the next look tells.
            Err(failure) if passes(&failure) => Err(failure),
            Err(failure) if failure.kind == FailureKind::Conflict => Ok(Written::NotNow),
            Err(failure) => Ok(Written::Never(failure.message)),
        }
    }

    async fn read(&self) -> Result<(Walk, Value), Failure> {
        let gone = |why: String| Failure::new(FailureKind::NotFound, why);
        let stored = config_map(self.ground, self.cluster).await?;
        let stored =
            stored.ok_or_else(|| gone(format!("no upgrade of {} is stored", self.cluster.object)))?;
        let walk = read(&stored).map_err(gone)?;
        Ok((walk, stored))
    }

    /// What was gathered, as rows: what a look rests on is only what it has read itself.
    fn rows(&self, gathered: &Gathered) -> FleetStore {
        let mut store = FleetStore::default();
        store.apply(Update::Session(Arc::clone(&self.session)));
        let name = &self.cluster.management_cluster;
        let rows = gathered
            .objects
            .iter()
            .map(|object| Change::Upsert(Arc::new(Row::project(name.clone(), object))));
        store.apply(Update::Objects(Batch {
            management_cluster: name.clone(),
            changes: rows.collect(),
        }));
        store
    }

    /// What the clock of the management cluster shows.
    fn now(&self) -> Timestamp {
        self.session.server_time(self.ground.clock.now())
    }

    fn who(&self) -> String {
        self.ground.settings.actor.user.to_string()
    }

    /// Rests for a while; true where it was told to stop.
    async fn rests(&self, stop: &CancellationToken) -> bool {
        let pause = self.ground.settings.walk_every;
        tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(pause) => false,
        }
    }
}

/// What became of a write.
enum Written {
    /// It was done.
    Yes(String),
    /// Something is not as it was: it is looked at again.
    NotNow,
    /// It is not taken: why.
    Never(String),
}

/// Whether it may be otherwise in a moment, and nothing is lost by waiting.
fn passes(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::AuthNeeded
        | FailureKind::Unexpected => true,
        FailureKind::Refused(_)
        | FailureKind::Denied
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Invalid => false,
    }
}

fn held(holder: &Holder) -> Failure {
    let who = holder.name();
    let why = format!("{who} walks this upgrade; it can be paused there or from here");
    Failure::new(FailureKind::Conflict, why)
}

fn told(walk: &Walk, state: StepState) -> String {
    let step = walk.step();
    let name = step.map(fleetui_fleet::walk::WalkStep::name).unwrap_or_default();
    let to = step.map(|step| step.to.as_str()).unwrap_or_default();
    match state {
        StepState::Waiting => format!("{name} waits"),
        StepState::Writing => format!("{name} is taken to {to}"),
        StepState::Rolling(_) => format!("{name} asks for {to}"),
        StepState::Done(_) => format!("{name} is at {to}"),
    }
}

/// Who we are, which nobody else is: the user and the machine, the program and its process, and what no two walkers share.
fn identity(ground: &Ground) -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // A new state of the standard hasher is random; two in one program differ as well.
    let random = RandomState::new().hash_one(ground.clock.monotonic());
    Holder::identity(&ground.settings.actor, std::process::id(), random)
}
