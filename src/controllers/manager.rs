//! Starts the controllers, owns their tasks, and stops them.
//!
//! Must not know: what the controllers decide. It knows who is to be reconciled next and how failures are spaced out.

mod connections;
mod contents;
mod election;
mod metrics;
mod queue;
mod rest;
pub(crate) mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use fleetui_base::SharedClock;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cache::{Cache, Triggers};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{self, ObjectId, Watched};
use crate::settings::ControllerSettings;
use crate::workloads::WorkloadClusters;
use crate::{
    cluster, cluster_resource_set, kubeadm_config, kubeadm_control_plane, machine, machine_deployment,
    machine_health_check, machine_pool, machine_set, providers,
};

pub use election::{Election, ElectionTimes};
pub use metrics::Metrics;
use queue::{Done, Queue};
pub use rest::RestProbe;

/// Running controllers. Dropping it stops them at once; [`ControllersHandle::stop`] lets them finish what they are at.
pub struct ControllersHandle {
    #[cfg(test)]
    context: Arc<Context>,
    #[cfg(test)]
    synced: Arc<watch::Synced>,
    rest: RestProbe,
    known: Arc<watch::Synced>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
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

    /// Stops the controllers: no new reconcile starts, running ones end, and all tasks with them.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            note(ended);
        }
    }
}

#[cfg(test)]
impl ControllersHandle {
    /// Waits until all objects are known and every wished workload cluster has answered.
    pub(crate) async fn caught_up(&self) {
        self.synced.all().await;
        // Reconciled once, every Cluster wishes for its connection.
        let _ = self.round().await;
        for (id, _) in self.context.cache.ids(Watched::Cluster) {
            while !self.context.connections.reach(&id.name).is_live() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Reconciles every known object once, one after the other.
    pub(crate) async fn round(&self) -> Result<(), Error> {
        for kind in kinds::ALL.into_iter().filter(|kind| kind.is_reconciled()) {
            for (id, _) in self.context.cache.ids(kind) {
                Box::pin(reconcile(self.context.clone(), id)).await?;
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

/// Starts all controllers against the management cluster behind `client`.
pub fn start(
    client: kube::Client,
    workloads: Arc<dyn WorkloadClusters>,
    settings: ControllerSettings,
    clock: SharedClock,
) -> ControllersHandle {
    let triggers = Arc::new(Triggers::default());
    let cache = Cache::new(triggers.clone());
    let context = Arc::new(Context::new(client, workloads, settings, clock, cache));
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let synced = Arc::new(watch::Synced::new(kinds::ALL.len()));
    for kind in kinds::ALL {
        tasks.spawn(watch::run(context.clone(), kind, synced.clone(), stop.clone()));
    }
    tasks.spawn(contents::run::<ConfigMap>(context.clone(), stop.clone()));
    tasks.spawn(contents::run::<Secret>(context.clone(), stop.clone()));
    tasks.spawn(connections::run(context.clone(), stop.clone()));
    let rest = RestProbe {
        context: context.clone(),
        triggers,
        activity: Arc::default(),
    };
    let metrics = Arc::new(Metrics::default());
    tasks.spawn(dispatch(
        rest.clone(),
        synced.clone(),
        metrics.clone(),
        stop.clone(),
    ));
    ControllersHandle {
        rest,
        known: synced.clone(),
        metrics,
        #[cfg(test)]
        context,
        #[cfg(test)]
        synced: synced.clone(),
        stop,
        tasks,
    }
}

/// Takes what is to be reconciled, keeps each object to one reconcile at a time, and spaces out what failed.
async fn dispatch(
    rest: RestProbe,
    synced: Arc<watch::Synced>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let RestProbe {
        context,
        triggers,
        activity,
    } = rest;
    activity.begin();
    // A set whose machines are not known yet would make them a second time.
    tokio::select! {
        () = stop.cancelled() => return,
        () = synced.all() => {}
    }
    let mut queue = Queue::new(&context.settings);
    let mut running: JoinSet<Result<Option<std::time::Duration>, Error>> = JoinSet::new();
    let mut who: HashMap<Id, (ObjectId, Instant)> = HashMap::new();
    loop {
        while running.len() < context.settings.concurrency.max(1) {
            let Some(id) = queue.next() else {
                break;
            };
            let task = running.spawn(reconcile(context.clone(), id.clone()));
            who.insert(task.id(), (id, Instant::now()));
        }
        metrics.depth(queue.waiting(), running.len());
        activity.settle(!running.is_empty() || queue.tries_again());
        tokio::select! {
            () = stop.cancelled() => break,
            () = triggers.rung() => {
                activity.begin();
                queue.add(triggers.take(), Instant::now());
            }
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => finish((&mut queue, &metrics), &mut who, ended),
            () = sleep_until(queue.deadline()) => {
                activity.begin();
                queue.wake(Instant::now());
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        note(ended.map(drop));
    }
}

fn finish(
    (queue, metrics): (&mut Queue, &Metrics),
    who: &mut HashMap<Id, (ObjectId, Instant)>,
    ended: Result<(Id, Result<Option<std::time::Duration>, Error>), JoinError>,
) {
    let (task, done) = match ended {
        Ok((task, Ok(requeue))) => (task, Done::Well { requeue }),
        Ok((task, Err(error))) => {
            let id = who.get(&task).map(|(id, _)| id);
            if error.is_conflict() {
                tracing::debug!(object = id.map(tracing::field::display), %error, "written by somebody else, tried again");
                (task, Done::Conflict)
            } else {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(object = id.map(tracing::field::display), %error, source, "a reconcile failed");
                (task, Done::Failed)
            }
        }
        Err(error) => {
            let task = error.id();
            note(Err(error));
            (task, Done::Failed)
        }
    };
    if let Some((id, since)) = who.remove(&task) {
        metrics.ended(id.kind, done, since.elapsed());
        queue.done(id, done, Instant::now());
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
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

async fn reconcile(context: Arc<Context>, id: ObjectId) -> Result<Option<std::time::Duration>, Error> {
    match id.kind {
        Watched::Cluster => cluster::reconcile(&context, &id).await,
        Watched::MachineDeployment => machine_deployment::reconcile(&context, &id).await,
        Watched::MachineSet => machine_set::reconcile(&context, &id).await,
        Watched::Machine => machine::reconcile(&context, &id).await,
        Watched::KubeadmControlPlane => kubeadm_control_plane::reconcile(&context, &id).await,
        Watched::KubeadmConfig => kubeadm_config::reconcile(&context, &id).await,
        Watched::MachineHealthCheck => machine_health_check::reconcile(&context, &id).await,
        Watched::ClusterResourceSet => cluster_resource_set::reconcile(&context, &id).await,
        Watched::ClusterResourceSetBinding => cluster_resource_set::reconcile_binding(&context, &id).await,
        Watched::MachinePool => machine_pool::reconcile(&context, &id).await,
        Watched::DevMachinePool => providers::simulated::dev_machine_pool::reconcile(&context, &id).await,
        Watched::DevCluster => providers::simulated::dev_cluster::reconcile(&context, &id).await,
        Watched::DevMachine => providers::simulated::dev_machine::reconcile(&context, &id).await,
        Watched::ByoCluster => providers::byoh::byo_cluster::reconcile(&context, &id).await,
        Watched::ByoHost => providers::byoh::byo_host::reconcile(&context, &id).await,
        Watched::ByoMachine => providers::byoh::byo_machine::reconcile(&context, &id).await,
        Watched::ByoMachineTemplate => providers::byoh::byo_machine_template::reconcile(&context, &id).await,
        Watched::K8sInstallerConfig => providers::byoh::installer::reconcile(&context, &id).await,
        Watched::KubeadmConfigTemplate
        | Watched::DevMachineTemplate
        | Watched::K8sInstallerConfigTemplate
        | Watched::MachineDrainRule => Ok(None),
    }
}
