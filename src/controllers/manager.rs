//! Starts the controllers, owns their tasks, and stops them.
//!
//! Must not know: what the controllers decide. It knows who is to be reconciled next and how failures are spaced out.

mod budgets;
mod connections;
mod contents;
mod dispatch;
mod election;
mod follow;
mod metrics;
mod queue;
pub(crate) mod rest;
mod standing;
pub(crate) mod watch;
mod workers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use fleetui_base::SharedClock;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cache::{Cache, Triggers};
use crate::context::Context;
use crate::kinds;
use crate::settings::ControllerSettings;
use crate::workloads::WorkloadClusters;

pub use election::{Election, ElectionTimes, Led};
pub use metrics::Metrics;
pub use rest::RestProbe;
pub use standing::Standing;

/// Running controllers. Dropping it stops them at once; [`ControllersHandle::stop`] lets them finish what they are at.
pub struct ControllersHandle {
    #[cfg(test)]
    context: Arc<Context>,
    #[cfg(test)]
    synced: Arc<watch::Synced>,
    rest: RestProbe,
    known: Arc<watch::Synced>,
    metrics: Arc<Metrics>,
    stop: Stop,
    tasks: JoinSet<()>,
    /// What each of them is for.
    names: HashMap<Id, String>,
}

/// How the tasks are told to end.
#[derive(Debug, Clone, Default)]
struct Stop {
    /// Nothing new begins.
    soon: CancellationToken,
    /// What is under way is broken off too.
    now: CancellationToken,
}

/// A task of the controllers has ended, although none does before it is told to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{task} has ended: {why}")]
pub struct TaskEnded {
    /// What it was for.
    pub task: String,
    /// How it ended.
    pub why: String,
}

impl TaskEnded {
    /// Of a task with this purpose, by what was heard of its end.
    pub(crate) fn new(task: &str, ended: Result<(), &JoinError>) -> Self {
        Self {
            task: task.to_owned(),
            why: ended.map_or_else(ToString::to_string, |()| "it returned".to_owned()),
        }
    }
}

impl std::fmt::Debug for ControllersHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControllersHandle")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl ControllersHandle {
    /// Looks whether they are at rest.
    pub fn rest_probe(&self) -> RestProbe {
        self.rest.clone()
    }

    /// What they have done so far, in numbers.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Tells whether all objects are known, so that work can begin.
    pub fn readiness(&self) -> Readiness {
        Readiness(Arc::clone(&self.known))
    }

    /// Waits until one of their tasks ends. None does before it is told to: from then on the controllers do only a part of
    /// what they should.
    pub async fn ended(&mut self) -> TaskEnded {
        let Some(ended) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let (id, how) = match &ended {
            Ok((id, ())) => (*id, Ok(())),
            Err(error) => (error.id(), Err(error)),
        };
        let name = self.names.get(&id).map_or("a task", String::as_str);
        TaskEnded::new(name, how)
    }

    /// Stops the controllers: no new reconcile starts, running ones end, and all tasks with them.
    pub async fn stop(mut self) {
        self.finish().await;
    }

    /// As [`stop`](Self::stop), for whoever may have to break it off with [`abort`](Self::abort).
    pub async fn finish(&mut self) {
        self.stop.soon.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            note(ended);
        }
    }

    /// Ends the controllers where they stand. Once this has returned, nothing more is sent.
    pub async fn abort(mut self) {
        self.stop.now.cancel();
        self.finish().await;
    }
}

#[cfg(test)]
impl ControllersHandle {
    /// Waits until all objects are known and every wished workload cluster has answered.
    pub(crate) async fn caught_up(&self) {
        self.synced.all().await;
        // Reconciled once, every Cluster wishes for its connection.
        let _ = self.round().await;
        for (id, _) in self.context.cache.ids(kinds::Watched::Cluster) {
            while !self.context.connections.reach(&id.name).is_live() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Reconciles every known object once, one after the other.
    pub(crate) async fn round(&self) -> Result<(), crate::error::Error> {
        for kind in kinds::ALL.into_iter().filter(|kind| kind.is_reconciled()) {
            for (id, _) in self.context.cache.ids(kind) {
                Box::pin(dispatch::reconcile(self.context.clone(), id)).await?;
            }
        }
        Ok(())
    }
}

/// Whether controllers know all that they need.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<watch::Synced>);

impl Readiness {
    /// Whether they do.
    pub fn is_ready(&self) -> bool {
        self.0.is_complete()
    }
}

/// Starts all controllers against the management cluster behind `client`, of which others may know by `standing` whether it
/// answers.
pub fn start(
    client: kube::Client,
    workloads: Arc<dyn WorkloadClusters>,
    settings: ControllerSettings,
    clock: SharedClock,
    standing: &Standing,
) -> ControllersHandle {
    let metrics = Arc::new(Metrics::default());
    let triggers = Arc::new(Triggers::default());
    let cache = Cache::new(triggers.clone());
    let context = Context::new(client, workloads, settings, clock, cache);
    let context = context.counting(metrics.requests()).knowing(standing);
    let context = Arc::new(context);
    let stop = Stop::default();
    let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
    let mut name = |task: AbortHandle, name: String| drop(names.insert(task.id(), name));
    let synced = Arc::new(watch::Synced::new(kinds::ALL.len()));
    for kind in kinds::ALL {
        let task = watch::run(context.clone(), kind, synced.clone(), stop.soon.clone());
        name(tasks.spawn(task), format!("the watch of {}", kind.kind()));
    }
    let task = contents::run::<ConfigMap>(context.clone(), stop.soon.clone());
    name(tasks.spawn(task), "the watch of ConfigMap".to_owned());
    let task = contents::run::<Secret>(context.clone(), stop.soon.clone());
    name(tasks.spawn(task), "the watch of Secret".to_owned());
    let task = connections::run(context.clone(), stop.soon.clone());
    name(tasks.spawn(task), "the task of workload clusters".to_owned());
    let task = budgets::run(context.clone(), stop.soon.clone());
    name(tasks.spawn(task), "the task of PodDisruptionBudgets".to_owned());
    let rest = RestProbe {
        context: context.clone(),
        triggers,
        activity: Arc::default(),
    };
    let task = dispatch::run(rest.clone(), synced.clone(), metrics.clone(), stop.clone());
    name(tasks.spawn(task), "the task that reconciles".to_owned());
    ControllersHandle {
        rest,
        known: synced.clone(),
        metrics,
        #[cfg(test)]
        context,
        #[cfg(test)]
        synced,
        stop,
        tasks,
        names,
    }
}

/// A task that panicked is a bug of ours: it is logged, and the rest goes on.
fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a controller task panicked");
    }
}
