//! One task per workload cluster: asks its API whether it is there, and watches its nodes and its control plane's pods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::ObjectName;
use futures::{StreamExt, pin_mut};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::kinds::Watched;

/// After so many questions without an answer the client is thrown away and a fresh one is asked for.
const FAILURES_UNTIL_RECONNECT: u32 = 5;

/// So small a part of the usual pause is the first one after somebody said that a cluster is likely to answer.
const HURRIED_PART: u32 = 32;

/// Keeps one task for each cluster that is wished for.
pub(super) async fn run(context: Arc<Context>, stop: CancellationToken) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut known: BTreeMap<ObjectName, AbortHandle> = BTreeMap::new();
    loop {
        let wishes = tokio::select! {
            () = stop.cancelled() => break,
            wishes = context.connections.wishes() => wishes,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                super::note(ended);
                continue;
            }
        };
        known.retain(|cluster, task| {
            let keep = wishes.contains(cluster);
            if !keep {
                task.abort();
                context.connections.forget(cluster);
            }
            keep
        });
        for cluster in wishes {
            known
                .entry(cluster.clone())
                .or_insert_with(|| tasks.spawn(keep(context.clone(), cluster)));
        }
    }
    tasks.shutdown().await;
}

/// Connects again and again.
async fn keep(context: Arc<Context>, cluster: ObjectName) {
    let hurry = context.connections.hurried(&cluster);
    let mut rest = Rest::new(context.settings.probe_interval);
    loop {
        match context.workload_client(&cluster).await {
            Ok(client) => {
                tokio::select! {
                    () = probe(&context, &cluster, &client) => {}
                    () = watch_nodes(&context, &cluster, client.clone()) => {}
                    () = watch_pods(&context, &cluster, client.clone()) => {}
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

/// Asks whether the API is there, until it has not answered several times in a row.
async fn probe(context: &Context, cluster: &ObjectName, client: &kube::Client) {
    let hurry = context.connections.hurried(cluster);
    let mut rest = Rest::new(context.settings.probe_interval);
    loop {
        let answer = tokio::time::timeout(context.settings.probe_timeout, client.apiserver_version()).await;
        probed(context, cluster, matches!(answer, Ok(Ok(_))));
        if context.connections.reach(cluster).failures >= FAILURES_UNTIL_RECONNECT {
            return;
        }
        rest.after(&hurry).await;
    }
}

/// The pauses between questions: the usual one, but short ones for a while after somebody said that an answer is likely.
struct Rest {
    usual: Duration,
    next: Duration,
}

impl Rest {
    fn new(usual: Duration) -> Self {
        Self { usual, next: usual }
    }

    async fn after(&mut self, hurry: &Notify) {
        tokio::select! {
            () = tokio::time::sleep(self.next) => self.next = self.usual.min(self.next * 2),
            () = hurry.notified() => self.next = self.usual / HURRIED_PART,
        }
    }
}

fn probed(context: &Context, cluster: &ObjectName, answered: bool) {
    if context.connections.probed(cluster, answered, context.now()) {
        wake_all(context, cluster);
    }
}

fn wake_all(context: &Context, cluster: &ObjectName) {
    context
        .cache
        .wake_namespace(&cluster.namespace, Watched::ClusterResourceSet);
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

async fn watch_nodes(context: &Context, cluster: &ObjectName, client: kube::Client) {
    let events = watcher(Api::<Node>::all(client), watcher::Config::default());
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
            Err(error) => pause(context, cluster, &error).await,
        }
    }
}

async fn watch_pods(context: &Context, cluster: &ObjectName, client: kube::Client) {
    let config = watcher::Config::default().labels("tier=control-plane");
    let events = watcher(Api::<Pod>::namespaced(client, "kube-system"), config);
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
            Err(error) => pause(context, cluster, &error).await,
        }
    }
}

async fn pause(context: &Context, cluster: &ObjectName, error: &watcher::Error) {
    tracing::debug!(%cluster, %error, "a watch in a workload cluster failed and is tried again");
    tokio::time::sleep(context.settings.probe_interval).await;
}

fn provider_id(node: &Node) -> String {
    node.spec
        .as_ref()
        .and_then(|spec| spec.provider_id.clone())
        .unwrap_or_default()
}
