//! Reconciles what is to be reconciled: each object at most once at a time, so many of a kind at a time, and spaces out what
//! failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::metrics::Metrics;
use super::queue::Done;
use super::rest::RestProbe;
use super::standing::{LASTS, Standing};
use super::watch::Synced;
use super::workers::Workers;
use super::{Stop, note};
use crate::belonging::{self, Belonging};
use crate::cache::of_itself;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::{
    cluster, cluster_class, cluster_resource_set, kubeadm_config, kubeadm_control_plane, machine,
    machine_deployment, machine_health_check, machine_pool, machine_set, providers,
};

/// Goes on until it is told to stop; then what is under way ends, or is broken off.
pub(super) async fn run(rest: RestProbe, synced: Arc<Synced>, metrics: Arc<Metrics>, stop: Stop) {
    let RestProbe {
        context,
        triggers,
        activity,
    } = rest;
    activity.begin();
    // A set whose machines are not known yet would make them a second time.
    tokio::select! {
        () = stop.soon.cancelled() => return,
        () = synced.all() => {}
    }
    let mut workers = Workers::new(&context.settings, &metrics);
    let mut running: JoinSet<Result<Option<Duration>, Error>> = JoinSet::new();
    let mut who: HashMap<Id, (ObjectId, Instant)> = HashMap::new();
    let mut failing = Failing::new(&context.standing);
    loop {
        while let Some(id) = workers.next() {
            let task = running.spawn(of_itself(id.clone(), reconcile(context.clone(), id.clone())));
            who.insert(task.id(), (id, Instant::now()));
        }
        activity.settle(!running.is_empty() || workers.tries_again());
        tokio::select! {
            () = stop.soon.cancelled() => break,
            () = triggers.rung() => {
                activity.begin();
                workers.add(triggers.take(), Instant::now());
            }
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                // What it wrote itself has rung by now, and is taken for that only while it counts as running.
                workers.add(triggers.take(), Instant::now());
                finish(&mut workers, &mut failing, &mut who, ended);
            }
            () = sleep_until(workers.deadline()) => {
                activity.begin();
                workers.wake(Instant::now());
            }
        }
    }
    loop {
        tokio::select! {
            // Waits for all of them: a task that is told to end may still be sending.
            () = stop.now.cancelled() => return running.shutdown().await,
            ended = running.join_next() => match ended {
                Some(ended) => note(ended.map(drop)),
                None => return,
            }
        }
    }
}

/// Why objects fail: what stays the same is told once, however often it is tried, and what may pass by itself when it lasts.
#[derive(Debug)]
struct Failing {
    standing: Standing,
    failures: HashMap<ObjectId, Failure>,
}

#[derive(Debug)]
struct Failure {
    why: String,
    since: Instant,
    told: bool,
}

impl Failing {
    fn new(standing: &Standing) -> Self {
        Self {
            standing: standing.clone(),
            failures: HashMap::new(),
        }
    }

    /// Whether this is news.
    fn hear(&mut self, id: &ObjectId, why: String, may_pass: bool) -> bool {
        let failure = self.failures.entry(id.clone()).or_insert_with(|| Failure {
            why: why.clone(),
            since: Instant::now(),
            told: false,
        });
        if failure.why != why {
            (failure.why, failure.told) = (why, false);
        }
        let held_back = may_pass && (self.standing.is_gone() || failure.since.elapsed() < LASTS);
        let news = !failure.told && !held_back;
        failure.told |= news;
        news
    }

    fn well(&mut self, id: &ObjectId) {
        self.failures.remove(id);
    }
}

fn finish(
    workers: &mut Workers,
    failing: &mut Failing,
    who: &mut HashMap<Id, (ObjectId, Instant)>,
    ended: Result<(Id, Result<Option<Duration>, Error>), JoinError>,
) {
    let (task, done) = match ended {
        Ok((task, Ok(requeue))) => {
            if let Some((id, _)) = who.get(&task) {
                failing.well(id);
            }
            (task, Done::Well { requeue })
        }
        Ok((task, Err(error))) => {
            let id = who.get(&task).map(|(id, _)| id);
            if error.is_conflict() {
                tracing::debug!(object = id.map(tracing::field::display), %error, "written by somebody else, tried again");
                (task, Done::Conflict)
            } else {
                let object = id.map(tracing::field::display);
                let may_pass = error.may_pass();
                if id.is_none_or(|id| failing.hear(id, error.to_string(), may_pass)) {
                    tracing::warn!(object, %error, "a reconcile failed and is tried again");
                } else {
                    tracing::debug!(object, %error, "a reconcile failed again");
                }
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
        workers.done(id, done, since.elapsed(), Instant::now());
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Reconciles one object.
pub(super) async fn reconcile(context: Arc<Context>, id: ObjectId) -> Result<Option<Duration>, Error> {
    if let Belonging::Awaited(why) = belonging::look(&context.cache, &id)? {
        tracing::info!(object = %id, why, "an object is left alone");
        return Ok(None);
    }
    match id.kind {
        Watched::Cluster => Box::pin(cluster::reconcile(&context, &id)).await,
        Watched::ClusterClass => cluster_class::reconcile(&context, &id).await,
        Watched::MachineDeployment => machine_deployment::reconcile(&context, &id).await,
        Watched::MachineSet => Box::pin(machine_set::reconcile(&context, &id)).await,
        Watched::Machine => machine::reconcile(&context, &id).await,
        Watched::KubeadmControlPlane => {
            // What is asked of etcd makes it larger than the others.
            Box::pin(kubeadm_control_plane::reconcile(&context, &id)).await
        }
        Watched::KubeadmConfig => kubeadm_config::reconcile(&context, &id).await,
        Watched::MachineHealthCheck => machine_health_check::reconcile(&context, &id).await,
        Watched::ClusterResourceSet => cluster_resource_set::reconcile(&context, &id).await,
        Watched::ClusterResourceSetBinding => cluster_resource_set::reconcile_binding(&context, &id).await,
        Watched::MachinePool => machine_pool::reconcile(&context, &id).await,
        Watched::DevMachinePool => providers::simulated::dev_machine_pool::reconcile(&context, &id).await,
        Watched::DevCluster => providers::simulated::dev_cluster::reconcile(&context, &id).await,
        Watched::DevMachine => providers::simulated::dev_machine::reconcile(&context, &id).await,
        Watched::ByoCluster => providers::byoh::byo_cluster::reconcile(&context, &id).await,
        Watched::ByoHost => Box::pin(providers::byoh::byo_host::reconcile(&context, &id)).await,
        Watched::ByoMachine => providers::byoh::byo_machine::reconcile(&context, &id).await,
        Watched::ByoMachineTemplate => providers::byoh::byo_machine_template::reconcile(&context, &id).await,
        Watched::K8sInstallerConfig => providers::byoh::installer::reconcile(&context, &id).await,
        Watched::KubeadmConfigTemplate
        | Watched::DevMachineTemplate
        | Watched::K8sInstallerConfigTemplate
        | Watched::MachineDrainRule => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_the_same_reason_is_told_once_until_it_goes_well() {
        let id = ObjectId::new(Watched::Machine, "default", "m");
        let mut failing = Failing::new(&Standing::default());
        let mut told = |why: &str| failing.hear(&id, why.to_owned(), false);
        assert_eq!(
            [told("a"), told("a"), told("b"), told("a")],
            [true, false, true, true]
        );
        failing.well(&id);
        assert!(failing.hear(&id, "a".to_owned(), false));
        // A missing answer is told when it lasts, where it is not the management cluster's.
        failing.well(&id);
        let mut told = || failing.hear(&id, "no answer".to_owned(), true);
        assert!(!told() && !told());
        tokio::time::sleep(LASTS).await;
        assert_eq!([told(), told()], [true, false]);
    }
}
