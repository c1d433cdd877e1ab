//! Whether the controllers are at rest: everything is seen, nothing is under way, and only time could bring more to do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, DynamicObject, ListParams};

use crate::cache::Triggers;
use crate::context::Context;
use crate::kinds::{self, Watched};

/// How often it is looked whether workload clusters were asked.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What the dispatcher is at, for others to see.
#[derive(Debug, Default)]
pub(super) struct Activity {
    busy: AtomicBool,
    rounds: AtomicU64,
}

impl Activity {
    /// Something is about to be done. Said before it is taken from those who ask for it, so that no one finds neither.
    pub(super) fn begin(&self) {
        self.busy.store(true, Ordering::SeqCst);
        self.rounds.fetch_add(1, Ordering::SeqCst);
    }

    /// All that was asked for is under way; `busy` says whether anything is.
    pub(super) fn settle(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    /// How often something began, where nothing is under way.
    fn idle(&self) -> Option<u64> {
        (!self.busy.load(Ordering::SeqCst)).then(|| self.rounds.load(Ordering::SeqCst))
    }
}

/// Looks whether controllers are at rest.
#[derive(Clone)]
pub struct RestProbe {
    pub(super) context: Arc<Context>,
    pub(super) triggers: Arc<Triggers>,
    pub(super) activity: Arc<Activity>,
}

impl RestProbe {
    /// Whether nothing is under way, and what the controllers know of the management cluster and of the workload clusters
    /// that answer is what is there. Reads all that they watch.
    ///
    /// Fails where the management cluster does not answer.
    pub async fn at_rest(&self) -> kube::Result<bool> {
        let Some(before) = self.idle() else {
            return Ok(false);
        };
        for kind in kinds::ALL {
            if self.known(kind) != self.there(kind).await? {
                return Ok(false);
            }
        }
        Ok(self.workloads_are_known().await && self.idle() == Some(before))
    }

    /// Lets every workload cluster that is watched be asked anew whether it is there, and waits until each was. For clocks that
    /// jump: what is known of a cluster is then of the time that it is now. May be dropped at any time.
    pub async fn ask_workloads(&self) {
        let connections = &self.context.connections;
        let mut waiting = connections.asked();
        while !waiting.is_empty() {
            for cluster in waiting.keys() {
                connections.hurry(cluster);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            let asked = connections.asked();
            // The first answer may be to a question from before. One that is watched no longer is not asked any more.
            waiting.retain(|cluster, before| asked.get(cluster).is_some_and(|times| *times < *before + 2));
        }
    }

    fn idle(&self) -> Option<u64> {
        self.triggers.is_empty().then(|| self.activity.idle()).flatten()
    }

    /// What is known of a kind: names with their resourceVersions.
    fn known(&self, kind: Watched) -> BTreeMap<(String, String), String> {
        let cache = &self.context.cache;
        let entries = cache.ids(kind).into_iter().filter_map(|(id, _)| cache.entry(&id));
        entries.map(|entry| version(&entry.object)).collect()
    }

    async fn there(&self, kind: Watched) -> kube::Result<BTreeMap<(String, String), String>> {
        let api: Api<DynamicObject> = Api::all_with(self.context.client.clone(), &kind.resource());
        let parameters = ListParams::default();
        let listed = tokio::time::timeout(self.context.settings.request_timeout, api.list(&parameters));
        match listed.await {
            Ok(list) => Ok(list?.items.iter().map(version).collect()),
            // Who is too busy to answer is not at rest.
            Err(_elapsed) => Ok(BTreeMap::new()),
        }
    }

    async fn workloads_are_known(&self) -> bool {
        for (id, _) in self.context.cache.ids(Watched::Cluster) {
            let connections = &self.context.connections;
            if !connections.reach(&id.name).is_live() {
                continue;
            }
            let Ok(client) = self.context.workload_client(&id.name).await else {
                continue;
            };
            let parameters = ListParams::default();
            let nodes: Api<Node> = Api::all(client.clone());
            let pods: Api<Pod> = Api::namespaced(client, "kube-system");
            let control_plane = ListParams::default().labels("tier=control-plane");
            let read = async { tokio::try_join!(nodes.list(&parameters), pods.list(&control_plane)) };
            let read = tokio::time::timeout(self.context.settings.probe_timeout, read).await;
            let Ok(Ok((nodes, pods))) = read else {
                return false;
            };
            let versions = connections.versions(&id.name);
            let there = (
                nodes.items.iter().map(|node| named(&node.metadata)).collect(),
                pods.items.iter().map(|pod| named(&pod.metadata)).collect(),
            );
            if versions != there {
                return false;
            }
        }
        true
    }
}

/// The namespace and the name, and the resourceVersion.
pub(crate) fn version(object: &DynamicObject) -> ((String, String), String) {
    let metadata = &object.metadata;
    let (name, version) = named(metadata);
    ((metadata.namespace.clone().unwrap_or_default(), name), version)
}

/// The name and the resourceVersion.
fn named(metadata: &kube::api::ObjectMeta) -> (String, String) {
    (
        metadata.name.clone().unwrap_or_default(),
        metadata.resource_version.clone().unwrap_or_default(),
    )
}
