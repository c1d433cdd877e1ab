//! What is being asked of clusters at the moment: a bounded set of tasks, each with a limit of time and an owner.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::{Mode, Try};
use fleetui_fleet::tree::Layers;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;

use super::{AtTerminal, Fleet};
use crate::effect::{Answer, EffectId, Failure, FailureKind, Outcome, Request};
use crate::looks::due;

/// A request that has no answer by then has failed. Longer than the client's own limits, which know more.
const LIMIT: Duration = Duration::from_secs(45);

/// How often it is looked at the upgrades that are stored.
const GLANCES: SignedDuration = SignedDuration::from_secs(30);

/// What was looked at so short a time ago is known.
const A_MOMENT: Duration = Duration::from_secs(1);

/// The most requests that run at once; a person does not make more, so more is a fault.
const MOST: usize = 64;

/// The tasks. When this is dropped, all of them end.
pub(super) struct Work<F> {
    fleet: Arc<F>,
    tasks: JoinSet<Answer>,
    running: HashMap<Id, EffectId>,
    handles: HashMap<EffectId, AbortHandle>,
    /// What nobody waits for, and when it was begun last for each management cluster.
    glances: JoinSet<()>,
    glanced: BTreeMap<ManagementCluster, Timestamp>,
    /// When it was looked last as somebody was about to write.
    looked: BTreeMap<ManagementCluster, Instant>,
}

impl<F: Fleet> Work<F> {
    pub(super) fn new(fleet: Arc<F>) -> Self {
        Self {
            fleet,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            handles: HashMap::new(),
            glances: JoinSet::new(),
            glanced: BTreeMap::new(),
            looked: BTreeMap::new(),
        }
    }

    /// Looks from time to time at the upgrades that are stored in what is connected, whatever is on the screen: one that nobody
    /// goes on with is a problem. What is found is told by the fleet; who may not look is told where upgrades are shown.
    pub(super) fn glance(&mut self, fleet: &FleetStore, now: Timestamp) {
        while self.glances.try_join_next().is_some() {}
        let last = |name: &ManagementCluster| self.glanced.get(name).copied();
        let room = MOST.saturating_sub(self.glances.len());
        for name in due(fleet, (now, GLANCES), last).into_iter().take(room) {
            self.glanced.insert(name.clone(), now);
            self.look_at_walks(name);
        }
    }

    /// The same at once, and for many requests in a row once.
    fn look_once(&mut self, name: &ManagementCluster) {
        while self.glances.try_join_next().is_some() {}
        let is_known = self.looked.get(name).is_some_and(|at| at.elapsed() < A_MOMENT);
        if !is_known && self.glances.len() < MOST {
            self.looked.insert(name.clone(), Instant::now());
            self.look_at_walks(name.clone());
        }
    }

    fn look_at_walks(&mut self, name: ManagementCluster) {
        let look = self.fleet.execute(Request::LookAtWalks(name));
        self.glances.spawn(async move {
            // Looked at again soon, whatever came of it.
            let _: Result<Answer, _> = tokio::time::timeout(LIMIT, look).await;
        });
    }

    /// Makes ready what needs the terminal: what is done there, without a limit, as a person is at it, or the answer where it
    /// comes to that no more.
    pub(super) fn make_ready(&self, request: Request) -> BoxFuture<'static, Result<AtTerminal, Answer>> {
        let whom = request.management_cluster().to_string();
        let ready = self.fleet.make_ready(request);
        async move {
            let within = tokio::time::timeout(LIMIT, ready).await;
            within.unwrap_or_else(|_| Err(no_answer(&whom)))
        }
        .boxed()
    }

    /// Begins a request; where there are too many already, the outcome is that. Whoever is about to write is told of an upgrade that
    /// somebody has stored a moment ago.
    pub(super) fn begin(&mut self, id: EffectId, request: Request) -> Option<Outcome> {
        if is_before_a_write(&request) {
            self.look_once(request.management_cluster());
        }
        let whom = request.management_cluster().to_string();
        self.spawn(id, whom, |fleet| fleet.execute(request))
    }

    /// The same for the latest lines of what was done and tried.
    pub(super) fn begin_activity(&mut self, id: EffectId, most: usize) -> Option<Outcome> {
        self.spawn(id, "the audit log".to_owned(), |fleet| fleet.activity(most))
    }

    fn spawn(
        &mut self,
        id: EffectId,
        whom: String,
        ask: impl FnOnce(&F) -> BoxFuture<'static, Answer>,
    ) -> Option<Outcome> {
        if self.tasks.len() >= MOST {
            let message = Shown::ours("too much is being asked at once; wait for an answer");
            return Some(failed(id, FailureKind::Refused, message));
        }
        let answer = ask(&self.fleet);
        let handle = self.tasks.spawn(async move {
            let within = tokio::time::timeout(LIMIT, answer).await;
            within.unwrap_or_else(|_| no_answer(&whom))
        });
        self.running.insert(handle.id(), id);
        self.handles.insert(id, handle);
        None
    }

    /// Says which layers of the tree are shown; there is nothing to wait for.
    pub(super) fn show_layers(&self, layers: Layers) {
        self.fleet.show_layers(layers);
    }

    /// Has a try written down that was refused here.
    pub(super) fn note(&self, tried: Try) {
        self.fleet.note(tried);
    }

    /// Has every write refused, or not any more.
    pub(super) fn set_read_only(&self, why: Option<String>) {
        self.fleet.set_read_only(why);
    }

    /// Stops waiting for a request.
    pub(super) fn abandon(&mut self, id: EffectId) {
        if let Some(handle) = self.handles.remove(&id) {
            handle.abort();
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next outcome; waits for ever where nothing is under way. Abandoned requests have none.
    pub(super) async fn next(&mut self) -> Outcome {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else {
                return std::future::pending().await;
            };
            if let Some(outcome) = self.ended(ended) {
                return outcome;
            }
        }
    }

    fn ended(&mut self, ended: Result<(Id, Answer), tokio::task::JoinError>) -> Option<Outcome> {
        match ended {
            Ok((task, answer)) => {
                let id = self.running.remove(&task)?;
                self.handles.remove(&id).map(|_| Outcome { id, answer })
            }
            Err(error) => {
                let id = self.running.remove(&error.id())?;
                self.handles.remove(&id)?;
                let message = Shown::ours("asking failed by a fault of this program");
                Some(failed(id, FailureKind::Refused, message))
            }
        }
    }
}

fn no_answer(whom: &str) -> Answer {
    let message = format!("no answer from {whom} in {} s", LIMIT.as_secs());
    Answer::Failed(Failure {
        kind: FailureKind::TimedOut,
        message: Shown::line(&message),
    })
}

/// Whether a request looks at what is to be written.
fn is_before_a_write(request: &Request) -> bool {
    matches!(
        request,
        Request::Inspect(..) | Request::Editable { .. } | Request::Act(_, Mode::Preview | Mode::Drains)
    )
}

fn failed(id: EffectId, kind: FailureKind, message: Shown) -> Outcome {
    Outcome {
        id,
        answer: Answer::Failed(Failure { kind, message }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use compact_str::CompactString;
    use fleetui_base::{GroupKind, ObjectKey, ObjectName};

    use super::*;
    use crate::effect::Effects;

    /// Writes down whose upgrades are looked at; nothing is ever answered.
    #[derive(Default)]
    struct Looked(Mutex<Vec<ManagementCluster>>);

    impl Fleet for Looked {
        fn execute(&self, request: Request) -> BoxFuture<'static, Answer> {
            if let Request::LookAtWalks(name) = request {
                self.0.lock().unwrap().push(name);
            }
            std::future::pending().boxed()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_about_to_write_is_told_of_upgrades_as_they_are_now() {
        let fleet = Arc::new(Looked::default());
        let mut work = Work::new(Arc::clone(&fleet));
        let mut effects = Effects::default();
        let key = ObjectKey::new(
            ManagementCluster::new("lab"),
            GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            ObjectName::new("default", "md"),
        );
        let uid = CompactString::from("u");
        let read = Request::Events {
            key: key.clone(),
            uid: uid.clone(),
        };
        for (request, looks) in [
            (read, 0),
            (Request::Inspect(key.clone(), uid.clone()), 1),
            (Request::Inspect(key.clone(), uid.clone()), 1),
            (Request::Editable { key, uid }, 2),
        ] {
            if looks == 2 {
                tokio::time::advance(A_MOMENT).await;
            }
            let id = effects.ask(request.clone());
            assert!(work.begin(id, request).is_none());
            assert_eq!(fleet.0.lock().unwrap().len(), looks);
        }
        assert!(fleet.0.lock().unwrap().iter().all(|name| name.as_str() == "lab"));
    }
}
