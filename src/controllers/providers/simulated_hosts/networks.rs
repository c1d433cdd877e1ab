//! Nodes that wait for the network for pods of their workload cluster. One watch for each cluster in which somebody waits, and only
//! as long as somebody does, so that thousands of hosts cost nothing once they are up.
//!
//! Must not know: what a node does when its network is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::ObjectName;
use futures::{StreamExt, pin_mut};
use k8s_openapi::api::apps::v1::DaemonSet;
use kube::Api;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::task::{AbortHandle, JoinSet};

use crate::context::Context;
use crate::error::Error;
use crate::providers::simulated::cni;

/// The first pause after a cluster did not answer, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(10)];

/// Who waits, and for which cluster.
pub(super) struct Networks {
    context: Arc<Context>,
    clusters: BTreeMap<ObjectName, Waiting>,
    cluster_of: BTreeMap<u32, ObjectName>,
    watches: JoinSet<ObjectName>,
}

struct Waiting {
    numbers: BTreeSet<u32>,
    watch: AbortHandle,
}

impl Networks {
    /// Nobody waits yet.
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            clusters: BTreeMap::new(),
            cluster_of: BTreeMap::new(),
            watches: JoinSet::new(),
        }
    }

    /// The agent of this number waits for the network of a cluster.
    pub(super) fn await_one(&mut self, cluster: ObjectName, number: u32) {
        if self.cluster_of.get(&number) == Some(&cluster) {
            return;
        }
        self.leave(number);
        let waiting = self.clusters.entry(cluster.clone()).or_insert_with(|| Waiting {
            numbers: BTreeSet::new(),
            watch: self.watches.spawn(come(self.context.clone(), cluster.clone())),
        });
        waiting.numbers.insert(number);
        self.cluster_of.insert(number, cluster);
    }

    /// It waits no more. Nobody watches for nobody.
    pub(super) fn leave(&mut self, number: u32) {
        let Some(cluster) = self.cluster_of.remove(&number) else {
            return;
        };
        if let Some(waiting) = self.clusters.get_mut(&cluster) {
            waiting.numbers.remove(&number);
            if waiting.numbers.is_empty() {
                waiting.watch.abort();
                self.clusters.remove(&cluster);
            }
        }
    }

    /// Waits until some cluster has its network, and tells who waited for it; they wait no more.
    pub(super) async fn next(&mut self) -> BTreeSet<u32> {
        loop {
            match self.watches.join_next().await {
                Some(Ok(cluster)) => {
                    let waited = self.clusters.remove(&cluster).map(|waiting| waiting.numbers);
                    let waited = waited.unwrap_or_default();
                    self.cluster_of.retain(|number, _| !waited.contains(number));
                    return waited;
                }
                Some(Err(error)) => {
                    if error.is_panic() {
                        tracing::error!(%error, "a watch for the network of a workload cluster panicked");
                    }
                }
                None => std::future::pending().await,
            }
        }
    }
}

/// Waits until a cluster has its network. One that does not answer is asked again and again.
async fn come(context: Arc<Context>, cluster: ObjectName) -> ObjectName {
    let [first, longest] = PAUSES;
    let mut pause = first;
    loop {
        match watch(&context, &cluster).await {
            Ok(()) => return cluster,
            Err(error) => {
                tracing::debug!(%cluster, %error, "the network of a workload cluster is not known");
            }
        }
        tokio::time::sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

/// Watches until a network is there, or until the watch breaks.
async fn watch(context: &Context, cluster: &ObjectName) -> Result<(), Error> {
    let client = context.workload_client(cluster).await?;
    let events = watcher(Api::<DaemonSet>::all(client), watcher::Config::default());
    pin_mut!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::InitApply(set) | Event::Apply(set)) if cni::brings_network(&set) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(Error::Unclear(error.to_string())),
        }
    }
    Err(Error::Unclear("the watch has ended".to_owned()))
}
