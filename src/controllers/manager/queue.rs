//! Who is reconciled next: each object once, never twice at the same time, and after failures ever later.

mod later;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::cache::Cause;
use crate::kinds::{ObjectId, Watched};
use crate::settings::{ControllerSettings, Timers};
use later::Later;

/// A conflict is no failure: the newer object is there in a moment.
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);

/// What fails is tried at most once in so many first pauses, however much happens around it.
const EVENT_PAUSES: u32 = 5;

/// What has failed more often than this is not about to come right.
const SOON: u32 = 4;

/// Whether objects of this kind say how many others are, which seldom change alone.
fn sums_up(kind: Watched) -> bool {
    matches!(
        kind,
        Watched::Cluster
            | Watched::MachineDeployment
            | Watched::MachineSet
            | Watched::Machine
            | Watched::KubeadmControlPlane
    )
}

/// How a reconcile ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// As planned; with a wish when to look again.
    Well { requeue: Option<Duration> },
    /// Somebody else wrote in between.
    Conflict,
    /// It failed.
    Failed,
}

/// How it went with an object that fails.
#[derive(Debug, Clone, Copy)]
struct Failing {
    /// How often in a row.
    times: u32,
    /// Not before then it is tried again, also where it is asked for.
    rests: Instant,
}

/// The queue. It holds every object at most once, so that the number of objects bounds it.
#[derive(Debug)]
pub(super) struct Queue {
    ready: VecDeque<ObjectId>,
    queued: BTreeSet<ObjectId>,
    running: BTreeSet<ObjectId>,
    /// Asked for while they were running.
    again: BTreeMap<ObjectId, Cause>,
    later: Later,
    /// Of those, the ones that were asked for and only wait for more to happen.
    summing: BTreeSet<ObjectId>,
    /// When objects that sum up others were reconciled, for as long as that matters.
    summed: HashMap<ObjectId, Instant>,
    summary_pause: Duration,
    /// How many have been put in since this was asked last.
    added: u64,
    failures: HashMap<ObjectId, Failing>,
    backoff_start: Duration,
    backoff_limit: Duration,
    timers: Timers,
}

impl Queue {
    /// An empty queue with the pauses of these settings.
    pub(super) fn new(settings: &ControllerSettings) -> Self {
        Self {
            ready: VecDeque::new(),
            queued: BTreeSet::new(),
            running: BTreeSet::new(),
            again: BTreeMap::new(),
            later: Later::default(),
            summing: BTreeSet::new(),
            summed: HashMap::new(),
            summary_pause: settings.summary_pause,
            added: 0,
            failures: HashMap::new(),
            backoff_start: settings.backoff_start,
            backoff_limit: settings.backoff_limit,
            timers: settings.timers,
        }
    }

    /// Asks for an object. One that waits after a failure is tried now: what happened may have cured it, or it is to go.
    pub(super) fn add(&mut self, id: ObjectId, cause: Cause, now: Instant) {
        if self.running.contains(&id) {
            let known = self.again.entry(id).or_insert(cause);
            *known = cause.max(*known);
        } else {
            self.ask(id, now);
        }
    }

    /// Queues what was asked for; but what sums up many others waits a little after each time, as they seldom change alone,
    /// and so does what has only just failed.
    fn ask(&mut self, id: ObjectId, now: Instant) {
        let summed = self.summed.get(&id).map(|last| *last + self.summary_pause);
        let due = summed.max(self.failures.get(&id).map(|failing| failing.rests));
        if let Some(due) = due.filter(|due| *due > now) {
            let due = self.later.until(&id).map_or(due, |until| until.min(due));
            self.wait(id.clone(), due);
            self.summing.insert(id);
        } else {
            self.later.remove(&id);
            self.summing.remove(&id);
            self.push(id);
        }
    }

    /// How many objects wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// How many have been put in since this was asked last.
    pub(super) fn take_added(&mut self) -> u64 {
        std::mem::take(&mut self.added)
    }

    /// The next object to reconcile; it counts as running until [`Queue::done`].
    pub(super) fn next(&mut self) -> Option<ObjectId> {
        let id = self.ready.pop_front()?;
        self.queued.remove(&id);
        self.running.insert(id.clone());
        Some(id)
    }

    /// Takes note that a reconcile has ended.
    pub(super) fn done(&mut self, id: ObjectId, done: Done, now: Instant) {
        self.running.remove(&id);
        let again = self.again.remove(&id);
        let pause = match done {
            Done::Well { requeue } => {
                self.failures.remove(&id);
                if sums_up(id.kind) {
                    self.summed.insert(id.clone(), now);
                }
                if again.is_some() {
                    self.ask(id, now);
                    return;
                }
                match self.timers {
                    Timers::Running => requeue,
                    // Nothing becomes due on a clock that stands still.
                    Timers::Stopped => requeue.filter(Duration::is_zero),
                }
            }
            Done::Conflict => Some(CONFLICT_PAUSE),
            Done::Failed => {
                self.failed(id, again, now);
                return;
            }
        };
        if let Some(pause) = pause {
            self.wait(id, now + pause);
        }
    }

    /// Tries it again after a pause; sooner where something else happened meanwhile than what it wrote itself.
    fn failed(&mut self, id: ObjectId, again: Option<Cause>, now: Instant) {
        let times = self.failures.get(&id).map_or(0, |failing| failing.times);
        let doubled = 2_u32.saturating_pow(times.min(20));
        let pause = self.backoff_start.saturating_mul(doubled).min(self.backoff_limit);
        let rest = pause.min(self.backoff_start.saturating_mul(EVENT_PAUSES));
        let failing = Failing {
            times: times.saturating_add(1),
            rests: now + rest,
        };
        self.failures.insert(id.clone(), failing);
        self.wait(id.clone(), now + pause);
        if again == Some(Cause::Others) {
            self.ask(id, now);
        }
    }

    fn wait(&mut self, id: ObjectId, until: Instant) {
        let failures = self.failures.get(&id).map_or(0, |failing| failing.times);
        let soon = match self.timers {
            Timers::Running => (1..=SOON).contains(&failures),
            Timers::Stopped => failures <= SOON,
        };
        self.later.set(id, until, soon);
    }

    /// Whether something waits because it clashed or failed, and will be tried again soon; or for more to sum up.
    pub(super) fn tries_again(&self) -> bool {
        !self.summing.is_empty() || self.later.has_soon()
    }

    /// When the next waiting object is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.later.first()
    }

    /// Queues what is due.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some(id) = self.later.take_due(now) {
            self.summing.remove(&id);
            self.push(id);
        }
        let pause = self.summary_pause;
        self.summed.retain(|_, last| *last + pause > now);
    }

    fn push(&mut self, id: ObjectId) {
        if self.queued.insert(id.clone()) {
            self.added += 1;
            self.ready.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn id(name: &str) -> ObjectId {
        ObjectId::new(Watched::DevMachine, "default", name)
    }

    fn queue() -> Queue {
        Queue::new(&ControllerSettings {
            backoff_start: SECOND,
            backoff_limit: 8 * SECOND,
            ..ControllerSettings::default()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_is_queued_once_and_never_runs_twice_at_once() {
        let mut queue = queue();
        for name in ["a", "b", "a"] {
            queue.add(id(name), Cause::Others, Instant::now());
        }
        assert_eq!(queue.next(), Some(id("a")));
        queue.add(id("a"), Cause::Itself, Instant::now());
        assert_eq!(queue.next(), Some(id("b")));
        assert_eq!(queue.next(), None, "it is running");
        queue.done(id("a"), Done::Well { requeue: None }, Instant::now());
        assert_eq!(queue.next(), Some(id("a")), "it was asked for while it ran");
        queue.done(id("a"), Done::Well { requeue: None }, Instant::now());
        assert_eq!(queue.next(), None);
        assert_eq!(queue.deadline(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_spaced_out_and_forgotten_after_success() {
        let mut queue = queue();
        let start = Instant::now();
        queue.add(id("a"), Cause::Others, Instant::now());
        for pause in [1, 2, 4, 8, 8] {
            let running = queue.next().expect("due");
            queue.done(running, Done::Failed, start);
            assert_eq!(queue.deadline(), Some(start + pause * SECOND));
            queue.wake(start + pause * SECOND);
        }
        let running = queue.next().expect("due");
        queue.done(
            running,
            Done::Well {
                requeue: Some(3 * SECOND),
            },
            start,
        );
        assert_eq!(queue.deadline(), Some(start + 3 * SECOND));
        queue.add(id("a"), Cause::Others, Instant::now());
        assert_eq!(queue.next(), Some(id("a")), "a wish to look again is no pause");
        queue.done(id("a"), Done::Failed, start);
        assert_eq!(queue.deadline(), Some(start + SECOND));
    }

    /// An object that had failed for long was deaf for a minute, also to its deletion.
    #[tokio::test(start_paused = true)]
    async fn what_happens_to_an_object_that_fails_is_worked_on_at_once_and_a_storm_is_bounded() {
        let mut queue = Queue::new(&ControllerSettings {
            backoff_start: SECOND,
            backoff_limit: 60 * SECOND,
            ..ControllerSettings::default()
        });
        let mut now = Instant::now();
        queue.add(id("a"), Cause::Others, now);
        for pause in [1, 2, 4, 8, 16, 32, 60] {
            let running = queue.next().expect("due");
            queue.done(running, Done::Failed, now);
            assert_eq!(queue.deadline(), Some(now + pause * SECOND));
            now += pause * SECOND;
            queue.wake(now);
        }
        let running = queue.next().expect("due");
        queue.add(id("a"), Cause::Itself, now);
        queue.done(running, Done::Failed, now);
        assert_eq!(
            queue.deadline(),
            Some(now + 60 * SECOND),
            "what it wrote itself cures nothing"
        );
        now += 10 * SECOND;
        queue.add(id("a"), Cause::Others, now);
        assert_eq!(queue.next(), Some(id("a")), "at once");
        assert_eq!(queue.deadline(), None, "and not twice");
        // While it is tried something happens: that must not be lost.
        queue.add(id("a"), Cause::Others, now);
        queue.done(id("a"), Done::Failed, now);
        assert_eq!(queue.deadline(), Some(now + EVENT_PAUSES * SECOND));
        let mut tries = 0;
        for _ in 0..1000 {
            queue.add(id("a"), Cause::Others, now);
            queue.wake(now);
            if let Some(running) = queue.next() {
                tries += 1;
                queue.done(running, Done::Failed, now);
            }
            now += SECOND / 10;
        }
        assert_eq!(tries, 1000 / 10 / EVENT_PAUSES - 1, "the first came too soon");
        queue.wake(now);
        let running = queue.next().expect("it is tried again all the same");
        queue.done(running, Done::Failed, now);
        assert_eq!(queue.deadline(), Some(now + 60 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_tried_again_at_once() {
        let mut queue = queue();
        let start = Instant::now();
        queue.add(id("a"), Cause::Others, Instant::now());
        let running = queue.next().expect("due");
        queue.done(running, Done::Conflict, start);
        assert_eq!(queue.deadline(), Some(start + CONFLICT_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn what_sums_up_others_waits_for_more_and_is_not_at_rest_meanwhile() {
        let mut queue = queue();
        let start = Instant::now();
        let pause = ControllerSettings::default().summary_pause;
        let cluster = ObjectId::new(Watched::Cluster, "default", "c");
        queue.add(cluster.clone(), Cause::Others, start);
        assert_eq!(queue.next(), Some(cluster.clone()), "the first time at once");
        queue.add(cluster.clone(), Cause::Others, start);
        queue.done(cluster.clone(), Done::Well { requeue: None }, start);
        queue.add(cluster.clone(), Cause::Others, start + pause / 2);
        assert_eq!((queue.next(), queue.tries_again()), (None, true));
        assert_eq!(queue.deadline(), Some(start + pause));
        queue.wake(start + pause);
        assert_eq!(queue.next(), Some(cluster.clone()));
        assert!(!queue.tries_again());
        queue.done(
            cluster.clone(),
            Done::Well {
                requeue: Some(SECOND),
            },
            start + pause,
        );
        queue.add(cluster.clone(), Cause::Others, start + 3 * pause);
        assert_eq!(queue.next(), Some(cluster), "long after the last time at once");
    }
}
