//! One task per workload cluster: asks its API whether it is there, and watches its nodes and its control plane's pods.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, ClusterResourceSet};
use fleetui_base::ObjectName;
use fleetui_rules::selector;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt, pin_mut};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::follow::{Failure, Patience, follow};
use crate::context::Context;
use crate::kinds::Watched;
use crate::object::Metadata;

/// After so many questions without an answer the client is thrown away and a fresh one is asked for.
const FAILURES_UNTIL_RECONNECT: u32 = 5;

/// So small a part of the usual pause lies between two beats, at which the usual questions are asked: the process wakes for a
/// crowd of them, not for each.
const BEAT_PART: u32 = 40;

/// So small a part of the usual pause is the first one after somebody said that a cluster is likely to answer.
const HURRIED_PART: u32 = 32;

/// Keeps one task for each cluster that is wished for.
pub(super) async fn run(context: Arc<Context>, stop: CancellationToken) {
    let mut keepers = Keepers {
        context,
        wishes: BTreeSet::new(),
        tasks: JoinSet::new(),
        running: BTreeMap::new(),
        who: HashMap::new(),
        beats: Instant::now(),
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            wishes = keepers.context.connections.wishes() => keepers.wish(wishes),
            Some(ended) = keepers.tasks.join_next_with_id(), if !keepers.tasks.is_empty() => keepers.ended(ended),
        }
    }
    keepers.tasks.shutdown().await;
}

/// The tasks, and for whom they are.
struct Keepers {
    context: Arc<Context>,
    wishes: BTreeSet<ObjectName>,
    tasks: JoinSet<()>,
    running: BTreeMap<ObjectName, AbortHandle>,
    who: HashMap<Id, ObjectName>,
    /// From here the beats of all tasks are counted.
    beats: Instant,
}

impl Keepers {
    fn wish(&mut self, wishes: BTreeSet<ObjectName>) {
        for (cluster, task) in &self.running {
            if !wishes.contains(cluster) {
                task.abort();
            }
        }
        self.wishes = wishes;
        let missing: Vec<_> = self
            .wishes
            .iter()
            .filter(|cluster| !self.running.contains_key(*cluster))
            .cloned()
            .collect();
        for cluster in missing {
            self.start(cluster, Start::Now);
        }
    }

    fn start(&mut self, cluster: ObjectName, start: Start) {
        let task = self
            .tasks
            .spawn(keep(self.context.clone(), cluster.clone(), start, self.beats));
        self.who.insert(task.id(), cluster.clone());
        self.running.insert(cluster, task);
    }

    /// Only now nothing more comes in from the cluster. One that is wished for, again or still, gets a new task.
    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, start) = match &ended {
            Ok((id, ())) => (*id, Start::Later),
            Err(error) if error.is_cancelled() => (error.id(), Start::Now),
            // What panicked might panic again.
            Err(error) => (error.id(), Start::Later),
        };
        super::note(ended.map(drop));
        let Some(cluster) = self.who.remove(&id) else {
            return;
        };
        self.running.remove(&cluster);
        self.context.connections.forget(&cluster);
        self.context.workloads.forget(&cluster);
        if self.wishes.contains(&cluster) {
            self.start(cluster, start);
        }
    }
}

/// When a task connects first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Now,
    Later,
}

/// Why a connection is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// There is no answer any more.
    Silent,
    /// The credentials are refused.
    Unauthorized,
    /// There was no answer and now there is one; watches that rest after a failure would not know.
    Back,
}

/// A workload cluster with a client that may be good.
struct Connection<'a> {
    context: &'a Context,
    cluster: &'a ObjectName,
    client: kube::Client,
    /// From here the beats are counted at which it is asked.
    beats: Instant,
    /// Whether its API has answered this client.
    answered: AtomicBool,
}

/// Connects again and again.
async fn keep(context: Arc<Context>, cluster: ObjectName, start: Start, beats: Instant) {
    let hurry = context.connections.hurried(&cluster);
    let mut rest = Rest::new(context.settings.probe_interval, beats);
    if start == Start::Later {
        rest.after(&hurry).await;
    }
    loop {
        match context.workload_client(&cluster).await {
            Ok(client) => {
                let connection = Connection {
                    context: &context,
                    cluster: &cluster,
                    client,
                    beats,
                    answered: AtomicBool::new(false),
                };
                let lost = connection.hold().await;
                context.workloads.forget(&cluster);
                // Credentials end and are written anew; ones that were never good are not read in a circle.
                if lost == Lost::Unauthorized && connection.has_answered() {
                    continue;
                }
            }
            Err(error) => {
                tracing::debug!(%cluster, %error, "no client for a workload cluster");
                probed(&context, &cluster, false);
            }
        }
        rest.after(&hurry).await;
    }
}

/// The pauses between questions: the usual one, until the beat after it, but short ones for a while after somebody said that an
/// answer is likely.
struct Rest {
    usual: Duration,
    next: Duration,
    /// From here the beats are counted.
    beats: Instant,
}

impl Rest {
    fn new(usual: Duration, beats: Instant) -> Self {
        Self {
            usual,
            next: usual,
            beats,
        }
    }

    /// When the next pause ends that begins now.
    fn end(&self) -> Instant {
        let end = Instant::now() + self.next;
        let beat = self.usual / BEAT_PART;
        if self.next < self.usual || beat.is_zero() {
            return end;
        }
        let beats = end.duration_since(self.beats).div_duration_f64(beat).ceil();
        self.beats + beat.mul_f64(beats)
    }

    async fn after(&mut self, hurry: &Notify) {
        tokio::select! {
            () = tokio::time::sleep_until(self.end()) => self.next = self.usual.min(self.next * 2),
            () = hurry.notified() => self.next = self.usual / HURRIED_PART,
        }
    }
}

impl Connection<'_> {
    /// Asks and watches until the connection is lost.
    async fn hold(&self) -> Lost {
        loop {
            // Of the three only the one that something happened to is polled: there are thousands of these tasks.
            let mut all = FuturesUnordered::<BoxFuture<'_, Lost>>::from_iter([
                self.probe().boxed(),
                self.watch_nodes().boxed(),
                self.watch_pods().boxed(),
            ]);
            match all.next().await {
                Some(Lost::Back) => {}
                Some(lost) => return lost,
                None => return Lost::Silent,
            }
        }
    }

    /// Asks whether the API is there, until it has not answered several times in a row or refuses.
    async fn probe(&self) -> Lost {
        let (context, cluster) = (self.context, self.cluster);
        let hurry = context.connections.hurried(cluster);
        let mut rest = Rest::new(context.settings.probe_interval, self.beats);
        let mut failed = false;
        loop {
            // Unlike its version, this is not told to everybody.
            let answer = match http::Request::get("/").body(Vec::new()) {
                Ok(question) => {
                    let answer = self.client.request_text(question);
                    tokio::time::timeout(context.settings.probe_timeout, answer)
                        .await
                        .ok()
                }
                Err(_) => None,
            };
            let refused = matches!(&answer, Some(Err(kube::Error::Api(status))) if status.code == 401);
            if refused && self.has_answered() {
                return Lost::Unauthorized;
            }
            let good = matches!(answer, Some(Ok(_)));
            self.answered.fetch_or(good, Ordering::Relaxed);
            probed(context, cluster, good);
            if refused {
                return Lost::Unauthorized;
            }
            if good && failed {
                return Lost::Back;
            }
            failed |= !good;
            if context.connections.reach(cluster).failures >= FAILURES_UNTIL_RECONNECT {
                return Lost::Silent;
            }
            rest.after(&hurry).await;
        }
    }

    fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    fn patience(&self) -> Patience {
        let settings = &self.context.settings;
        Patience {
            first: settings.probe_interval,
            longest: settings.backoff_limit.max(settings.probe_interval),
            ..Patience::of(settings)
        }
    }

    async fn watch_nodes(&self) -> Lost {
        let (context, cluster) = (self.context, self.cluster);
        let watch = || watcher(Api::<Node>::all(self.client.clone()), watcher::Config::default());
        let events = follow(watch, self.patience());
        pin_mut!(events);
        let mut listed: BTreeSet<String> = BTreeSet::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(node)) => {
                    listed.extend(node.metadata.name.clone());
                    context.connections.put_node(cluster, node);
                }
                Ok(Event::InitDone) => {
                    context.connections.nodes_listed(cluster, &listed);
                    wake_all(context, cluster);
                }
                Ok(Event::Apply(node)) => {
                    let provider_id = provider_id(&node);
                    context.connections.put_node(cluster, node);
                    context.cache.wake_machine(cluster, &provider_id);
                }
                Ok(Event::Delete(node)) => {
                    context
                        .connections
                        .remove_node(cluster, node.metadata.name.as_deref().unwrap_or_default());
                    context.cache.wake_machine(cluster, &provider_id(&node));
                }
                Err(error) if error.is_unauthorized() => return Lost::Unauthorized,
                Err(error) => tell(cluster, &error),
            }
        }
        Lost::Silent
    }

    async fn watch_pods(&self) -> Lost {
        let (context, cluster) = (self.context, self.cluster);
        let watch = || {
            let config = watcher::Config::default().labels("tier=control-plane");
            watcher(Api::<Pod>::namespaced(self.client.clone(), "kube-system"), config)
        };
        let events = follow(watch, self.patience());
        pin_mut!(events);
        let mut listed: BTreeSet<String> = BTreeSet::new();
        let wake = || {
            context
                .cache
                .wake_cluster(cluster, |kind| kind == Watched::KubeadmControlPlane);
        };
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(pod)) => {
                    listed.extend(pod.metadata.name.clone());
                    context.connections.put_pod(cluster, pod);
                }
                Ok(Event::InitDone) => {
                    context.connections.pods_listed(cluster, &listed);
                    wake_all(context, cluster);
                }
                Ok(Event::Apply(pod)) => {
                    context.connections.put_pod(cluster, pod);
                    wake();
                }
                Ok(Event::Delete(pod)) => {
                    context
                        .connections
                        .remove_pod(cluster, pod.metadata.name.as_deref().unwrap_or_default());
                    wake();
                }
                Err(error) if error.is_unauthorized() => return Lost::Unauthorized,
                Err(error) => tell(cluster, &error),
            }
        }
        Lost::Silent
    }
}

fn probed(context: &Context, cluster: &ObjectName, answered: bool) {
    let settings = &context.settings;
    let graces = [settings.remote_connection_grace, settings.remote_conditions_grace];
    if context
        .connections
        .probed(cluster, answered, context.now(), graces)
    {
        wake_all(context, cluster);
    }
}

fn wake_all(context: &Context, cluster: &ObjectName) {
    if context.connections.has_turned(cluster) {
        wake_sets(context, cluster);
    }
    context.cache.wake_cluster(cluster, |kind| {
        matches!(
            kind,
            Watched::Cluster
                | Watched::Machine
                | Watched::KubeadmControlPlane
                | Watched::KubeadmConfig
                | Watched::MachineHealthCheck
                | Watched::MachinePool
                | Watched::DevMachinePool
        )
    });
}

/// Wakes the ClusterResourceSets that are for this cluster.
fn wake_sets(context: &Context, name: &ObjectName) {
    let Some(cluster) = context.cache.get::<Cluster>(&name.namespace, &name.name) else {
        return;
    };
    let sets = context.cache.in_namespace::<ClusterResourceSet>(&name.namespace);
    let selecting = sets.iter().filter(|set| {
        let wanted = &set.spec.cluster_selector;
        !selector::is_empty(wanted) && selector::accepts(wanted, cluster.metadata.all_labels())
    });
    context.cache.wake(selecting.filter_map(|set| set.id()));
}

fn tell(cluster: &ObjectName, error: &Failure) {
    tracing::debug!(%cluster, %error, "a watch in a workload cluster failed and is tried again");
}

fn provider_id(node: &Node) -> String {
    node.spec
        .as_ref()
        .and_then(|spec| spec.provider_id.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_usual_pauses_end_at_common_beats_and_the_hurried_ones_do_not() {
        let (usual, beats) = (Duration::from_secs(10), Instant::now());
        let hurry = Notify::new();
        let since = || beats.elapsed().as_millis();
        let mut ends = Vec::new();
        for late in [130, 20] {
            tokio::time::sleep(Duration::from_millis(late)).await;
            let mut rest = Rest::new(usual, beats);
            rest.after(&hurry).await;
            ends.push(since());
        }
        assert_eq!(
            ends,
            [10_250, 20_500],
            "at quarters of a second, never before the pause is over"
        );
        let mut rest = Rest::new(usual, beats);
        hurry.notify_one();
        rest.after(&hurry).await;
        let pauses = [312, 625, 1_250, 2_500, 5_000];
        for pause in pauses {
            let before = since();
            rest.after(&hurry).await;
            assert!(
                (pause..pause + 2).contains(&(since() - before)),
                "{pause}: {}",
                since() - before
            );
        }
    }
}
