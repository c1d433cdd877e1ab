//! Runs all agents: one task, one queue of times. An agent is looked at when its host has changed or its time has come, and has at
//! most one thing under way.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::agent::{self, Action, Decision, Journal, PodNetwork};
use super::networks::Networks;
use super::rest::{Questions, Seen};
use super::work::{self, Site};
use super::{SimulatedHostSettings, facts};
use crate::cache::Triggers;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::manager::watch::Synced;

/// The first pause after something went wrong, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(30)];
/// A conflict is no failure: the newer host is there in a moment.
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);
/// A wall clock may be set, so that no sleep trusts it for longer.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// One agent.
#[derive(Debug, Default)]
struct Agent {
    /// Its host has been there; one that is deleted is not made again.
    registered: bool,
    journal: Journal,
    /// Something is under way.
    busy: bool,
    failures: u32,
    /// Not before that time, after something went wrong.
    resting: Option<Timestamp>,
    next_beat: Option<Timestamp>,
    /// Where it stands in the queue of times.
    due: Option<Timestamp>,
}

/// All agents.
pub(super) struct Engine {
    context: Arc<Context>,
    settings: Arc<SimulatedHostSettings>,
    count: u32,
    agents: BTreeMap<u32, Agent>,
    ready: VecDeque<u32>,
    waiting: BTreeSet<u32>,
    times: BTreeSet<(Timestamp, u32)>,
    running: JoinSet<Result<(), Error>>,
    tasks: HashMap<Id, (u32, Action)>,
    networks: Networks,
    /// How often something was begun that writes.
    begun: u64,
}

impl Engine {
    pub(super) fn new(context: Arc<Context>, settings: SimulatedHostSettings, count: u32) -> Self {
        Self {
            networks: Networks::new(context.clone()),
            context,
            settings: Arc::new(settings),
            count,
            agents: (1..=count).map(|number| (number, Agent::default())).collect(),
            ready: VecDeque::new(),
            waiting: BTreeSet::new(),
            times: BTreeSet::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            begun: 0,
        }
    }

    /// Runs until it is told to stop; what is under way then ends first.
    pub(super) async fn run(
        mut self,
        triggers: Arc<Triggers>,
        synced: Arc<Synced>,
        mut questions: Questions,
        stop: CancellationToken,
    ) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = synced.all() => {}
        }
        for number in 1..=self.count {
            self.look_at(number);
        }
        loop {
            self.start_what_is_ready();
            let sleep = self.until_next();
            tokio::select! {
                () = stop.cancelled() => break,
                () = triggers.rung() => self.changed(&triggers),
                Some(ended) = self.running.join_next_with_id(), if !self.running.is_empty() => self.ended(ended),
                waited = self.networks.next() => self.network_has_come(waited),
                Some(question) = questions.recv() => {
                    let seen = self.look_around(&triggers);
                    // Who does not wait for it any more does not need it.
                    let _ = question.send(seen);
                }
                () = rest(sleep) => self.time_has_come(),
            }
        }
        while self.running.join_next().await.is_some() {}
    }

    fn changed(&mut self, triggers: &Triggers) {
        for id in triggers.take().into_keys() {
            if id.kind == Watched::ByoHost
                && id.name.namespace == self.settings.namespace.as_str()
                && let Some(number) = facts::number(&self.settings, &id.name.name)
            {
                self.look_at(number);
            }
        }
    }

    /// Does what is due by now, and tells what is known of the hosts if that was nothing. A clock that stands still brings no
    /// second try of what went wrong, so that it is tried now.
    fn look_around(&mut self, triggers: &Triggers) -> Option<Seen> {
        let tried: Vec<u32> = self
            .agents
            .iter_mut()
            .filter_map(|(number, agent)| agent.resting.take().map(|_| *number))
            .collect();
        for number in tried {
            self.look_at(number);
        }
        self.time_has_come();
        self.changed(triggers);
        self.start_what_is_ready();
        let is_idle = self.running.is_empty() && self.ready.is_empty();
        is_idle.then(|| Seen::of(&self.context.cache, self.begun))
    }

    fn network_has_come(&mut self, waited: BTreeSet<u32>) {
        for number in waited {
            if let Some(agent) = self.agents.get_mut(&number) {
                agent.journal.network = PodNetwork::There;
            }
            self.look_at(number);
        }
    }

    fn time_has_come(&mut self) {
        let now = self.context.now();
        while let Some((at, number)) = self.times.first().copied() {
            if at > now {
                break;
            }
            self.times.remove(&(at, number));
            if let Some(agent) = self.agents.get_mut(&number) {
                agent.due = None;
            }
            self.look_at(number);
        }
    }

    fn look_at(&mut self, number: u32) {
        if self.agents.contains_key(&number) && self.waiting.insert(number) {
            self.ready.push_back(number);
        }
    }

    fn until_next(&self) -> Option<Duration> {
        let (at, _) = self.times.first()?;
        let left = at.duration_since(self.context.now());
        let left = if left.is_negative() {
            Duration::ZERO
        } else {
            left.unsigned_abs()
        };
        // A timer's grain is a millisecond; without one more the last part of it would be spent turning around.
        Some((left + Duration::from_millis(1)).min(LONGEST_SLEEP))
    }

    fn start_what_is_ready(&mut self) {
        // Those that are decided without a request are all looked at; requests are bounded.
        while self.running.len() < self.settings.concurrency.max(1) {
            let Some(number) = self.ready.pop_front() else {
                return;
            };
            self.waiting.remove(&number);
            self.start(number);
        }
    }

    fn start(&mut self, number: u32) {
        let now = self.context.now();
        let id = ObjectId::new(
            Watched::ByoHost,
            &self.settings.namespace,
            &facts::name(&self.settings, number),
        );
        let host = self
            .context
            .cache
            .get::<fleetui_api::byoh::ByoHost>(&id.name.namespace, &id.name.name);
        let Some(agent) = self.agents.get_mut(&number) else {
            return;
        };
        if agent.busy {
            // It is looked at again when that ends.
            return;
        }
        if let Some(resting) = agent.resting.filter(|resting| *resting > now) {
            self.schedule(number, Some(resting));
            return;
        }
        let Some(host) = host else {
            if agent.registered {
                // Somebody took the host out of the pool.
                self.schedule(number, None);
                self.agents.remove(&number);
                self.networks.leave(number);
            } else {
                self.spawn(number, Action::Register);
            }
            return;
        };
        agent.registered = true;
        let decision = agent::decide(&host, &agent.journal, now, &self.settings);
        let beat = *agent.next_beat.get_or_insert(now);
        match decision {
            Decision::Silence => self.schedule(number, None),
            Decision::SilentUntil(at) => self.schedule(number, Some(at)),
            Decision::Do(action) => self.spawn(number, action),
            Decision::Begin(work) => {
                if work.step != agent::Step::Reset {
                    agent.journal.served = Some(work.machine.clone());
                }
                let until = work.until;
                agent.journal.work = Some(work);
                self.beat_or_wait(number, beat, Some(until));
            }
            Decision::Wait(until) => self.beat_or_wait(number, beat, Some(until)),
            Decision::AwaitNetwork => {
                if let Some(cluster) = work::cluster(&host) {
                    agent.journal.network = PodNetwork::Awaited;
                    self.networks.await_one(cluster, number);
                }
                self.beat_or_wait(number, beat, None);
            }
            Decision::Nothing => self.beat_or_wait(number, beat, None),
        }
    }

    /// A heartbeat, where it is time for one; else the agent waits for whatever comes first.
    fn beat_or_wait(&mut self, number: u32, beat: Timestamp, until: Option<Timestamp>) {
        if beat <= self.context.now() {
            self.spawn(number, Action::Heartbeat);
        } else {
            self.schedule(number, Some(until.map_or(beat, |until| until.min(beat))));
        }
    }

    /// Puts an agent at a place in the queue of times, or takes it out.
    fn schedule(&mut self, number: u32, at: Option<Timestamp>) {
        let Some(agent) = self.agents.get_mut(&number) else {
            return;
        };
        if let Some(before) = agent.due.take() {
            self.times.remove(&(before, number));
        }
        if let Some(at) = at {
            agent.due = Some(at);
            self.times.insert((at, number));
        }
    }

    fn spawn(&mut self, number: u32, action: Action) {
        let (context, settings, count) = (self.context.clone(), self.settings.clone(), self.count);
        let what = action.clone();
        let failures = self.agents.get(&number).map_or(0, |agent| agent.failures);
        let task = self.running.spawn(async move {
            let site = Site {
                context: &context,
                settings: &settings,
                count,
                number,
                failures,
            };
            site.act(action).await
        });
        self.begun += 1;
        self.tasks.insert(task.id(), (number, what));
        if let Some(agent) = self.agents.get_mut(&number) {
            agent.busy = true;
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), Error>), JoinError>) {
        let (task, answer) = match ended {
            Ok((task, answer)) => (task, answer),
            Err(error) => {
                tracing::error!(%error, "what a simulated host did panicked");
                (error.id(), Err(Error::Unclear("it panicked".to_owned())))
            }
        };
        let Some((number, action)) = self.tasks.remove(&task) else {
            return;
        };
        let now = self.context.now();
        let interval = self.interval(number, &action);
        let action_tells = !matches!(action, Action::TurnReady | Action::LoseNode | Action::RegainNode);
        let Some(agent) = self.agents.get_mut(&number) else {
            return;
        };
        agent.busy = false;
        match answer {
            Ok(()) => {
                agent.failures = 0;
                agent.resting = None;
                match action {
                    Action::Finish(agent::Step::Reset) => {
                        agent.journal = Journal::default();
                        self.networks.leave(number);
                    }
                    Action::TurnReady => agent.journal.network = PodNetwork::Used,
                    Action::LoseNode => agent.journal.node_lost = true,
                    Action::RegainNode => {
                        agent.journal.node_lost = false;
                        agent.journal.network = PodNetwork::Unknown;
                    }
                    Action::Register
                    | Action::Tell(..)
                    | Action::Finish(_)
                    | Action::Fail(..)
                    | Action::Heartbeat => {}
                }
                // Every write of an agent to its host tells that it lives.
                if action_tells {
                    agent.next_beat = now.checked_add(interval).ok();
                }
            }
            Err(error) => {
                if action == Action::TurnReady {
                    // Its cluster does not answer, which keeps no host from saying that it lives.
                    agent.journal.network = PodNetwork::Unknown;
                }
                let pause = if error.is_conflict() {
                    CONFLICT_PAUSE
                } else {
                    tracing::debug!(number, ?action, %error, "a simulated host tries again");
                    let [first, longest] = PAUSES;
                    let doubled = 2_u32.saturating_pow(agent.failures.min(16));
                    agent.failures = agent.failures.saturating_add(1);
                    first.saturating_mul(doubled).min(longest)
                };
                agent.resting = SignedDuration::try_from(pause)
                    .ok()
                    .and_then(|pause| now.checked_add(pause).ok());
            }
        }
        self.look_at(number);
    }

    /// Until the next heartbeat. The first one comes anywhere in the interval, so that thousands that came up together do not
    /// beat together.
    fn interval(&self, number: u32, action: &Action) -> SignedDuration {
        let usual = self.settings.heartbeat.max(Duration::from_millis(10));
        let interval = match action {
            Action::Register => {
                let spread = fleetui_rules::names::seeded(self.settings.simulation.seed, &number.to_string());
                usual.mul_f64(f64::from(u32::try_from(spread >> 32).unwrap_or(0)) / f64::from(u32::MAX))
            }
            Action::Tell(..)
            | Action::Finish(_)
            | Action::Fail(..)
            | Action::TurnReady
            | Action::LoseNode
            | Action::RegainNode
            | Action::Heartbeat => usual,
        };
        SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX)
    }
}

async fn rest(sleep: Option<Duration>) {
    match sleep {
        Some(sleep) => tokio::time::sleep(sleep).await,
        None => std::future::pending().await,
    }
}
