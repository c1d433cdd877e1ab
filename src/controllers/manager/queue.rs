//! Who is reconciled next: each object once, never twice at the same time, and after failures ever later.

mod later;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::kinds::{ObjectId, Watched};
use crate::settings::{ControllerSettings, Timers};
use later::Later;

/// A conflict is no failure: the newer object is there in a moment.
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);

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

/// The queue. It holds every object at most once, so that the number of objects bounds it.
#[derive(Debug)]
pub(super) struct Queue {
    ready: VecDeque<ObjectId>,
    queued: BTreeSet<ObjectId>,
    running: BTreeSet<ObjectId>,
    /// Asked for while they were running.
    again: BTreeSet<ObjectId>,
    later: Later,
    /// Of those, the ones that were asked for and only wait for more to happen.
    summing: BTreeSet<ObjectId>,
    /// When objects that sum up others were reconciled, for as long as that matters.
    summed: HashMap<ObjectId, Instant>,
    summary_pause: Duration,
    failures: HashMap<ObjectId, u32>,
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
            again: BTreeSet::new(),
            later: Later::default(),
            summing: BTreeSet::new(),
            summed: HashMap::new(),
            summary_pause: settings.summary_pause,
            failures: HashMap::new(),
            backoff_start: settings.backoff_start,
            backoff_limit: settings.backoff_limit,
            timers: settings.timers,
        }
    }

    /// Asks for these objects. What waits after a failure keeps waiting: the failure is not cured by being asked for.
    pub(super) fn add(&mut self, ids: impl IntoIterator<Item = ObjectId>, now: Instant) {
        for id in ids {
            if self.running.contains(&id) {
                self.again.insert(id);
            } else if !(self.failures.contains_key(&id) && self.later.until(&id).is_some()) {
                self.ask(id, now);
            }
        }
    }

    /// Queues what was asked for; but what sums up many others waits a little after each time, as they seldom change alone.
    fn ask(&mut self, id: ObjectId, now: Instant) {
        let due = self.summed.get(&id).map(|last| *last + self.summary_pause);
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
                if again {
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
                let failures = self.failures.entry(id.clone()).or_default();
                let doubled = 2_u32.saturating_pow((*failures).min(20));
                *failures = failures.saturating_add(1);
                Some(self.backoff_start.saturating_mul(doubled).min(self.backoff_limit))
            }
        };
        if let Some(pause) = pause {
            self.wait(id, now + pause);
        }
    }

    fn wait(&mut self, id: ObjectId, until: Instant) {
        let failures = self.failures.get(&id).copied().unwrap_or(0);
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
        queue.add([id("a"), id("b"), id("a")], Instant::now());
        assert_eq!(queue.next(), Some(id("a")));
        queue.add([id("a"), id("a")], Instant::now());
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
        queue.add([id("a")], Instant::now());
        for pause in [1, 2, 4, 8, 8] {
            let running = queue.next().expect("due");
            queue.done(running, Done::Failed, start);
            assert_eq!(queue.deadline(), Some(start + pause * SECOND));
            queue.add([id("a")], Instant::now());
            assert_eq!(queue.next(), None, "asking does not shorten the pause");
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
        queue.add([id("a")], Instant::now());
        assert_eq!(queue.next(), Some(id("a")), "a wish to look again is no pause");
        queue.done(id("a"), Done::Failed, start);
        assert_eq!(queue.deadline(), Some(start + SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_tried_again_at_once() {
        let mut queue = queue();
        let start = Instant::now();
        queue.add([id("a")], Instant::now());
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
        queue.add([cluster.clone()], start);
        assert_eq!(queue.next(), Some(cluster.clone()), "the first time at once");
        queue.add([cluster.clone()], start);
        queue.done(cluster.clone(), Done::Well { requeue: None }, start);
        queue.add([cluster.clone()], start + pause / 2);
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
        queue.add([cluster.clone()], start + 3 * pause);
        assert_eq!(queue.next(), Some(cluster), "long after the last time at once");
    }
}
