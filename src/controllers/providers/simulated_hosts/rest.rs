//! Whether simulated hosts are at rest: every change of a host is seen, nothing is under way, and only time could bring more to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::{Api, DynamicObject, ListParams};
use tokio::sync::{mpsc, oneshot};

use crate::cache::Cache;
use crate::context::Context;
use crate::kinds::Watched;
use crate::manager::rest::version;

/// What the agents are asked: whether nothing is under way, and what they know then.
pub(super) type Questions = mpsc::Receiver<oneshot::Sender<Option<Seen>>>;

/// Questions wait for each other; nobody asks many at once.
const QUESTIONS: usize = 4;

/// What agents that are idle know of the hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Namespaces and names with resourceVersions.
    hosts: BTreeMap<(String, String), String>,
    /// How often one of them began to write.
    begun: u64,
}

impl Seen {
    pub(super) fn of(cache: &Cache, begun: u64) -> Self {
        let hosts = cache.ids(Watched::ByoHost).into_iter();
        let hosts = hosts.filter_map(|(id, _)| cache.entry(&id));
        Self {
            hosts: hosts.map(|entry| version(&entry.object)).collect(),
            begun,
        }
    }
}

/// Looks whether simulated hosts are at rest.
#[derive(Clone)]
pub struct HostsProbe {
    context: Arc<Context>,
    questions: mpsc::Sender<oneshot::Sender<Option<Seen>>>,
}

impl std::fmt::Debug for HostsProbe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostsProbe").finish_non_exhaustive()
    }
}

impl HostsProbe {
    pub(super) fn new(context: Arc<Context>) -> (Self, Questions) {
        let (questions, asked) = mpsc::channel(QUESTIONS);
        (Self { context, questions }, asked)
    }

    /// Lets them do what is due by now, also on a clock that was put forward, and tells how often one of them has written so
    /// far; nothing while something is under way or not seen yet. Who hears the same number twice knows that they did nothing in
    /// between.
    ///
    /// # Errors
    /// Where the management cluster does not answer.
    pub async fn at_rest(&self) -> kube::Result<Option<u64>> {
        let (answer, answered) = oneshot::channel();
        if self.questions.send(answer).await.is_err() {
            // Hosts that have been stopped do nothing.
            return Ok(Some(0));
        }
        let Ok(Some(seen)) = answered.await else {
            return Ok(None);
        };
        let api: Api<DynamicObject> =
            Api::all_with(self.context.client.clone(), &Watched::ByoHost.resource());
        let parameters = ListParams::default();
        let listed = tokio::time::timeout(self.context.settings.request_timeout, api.list(&parameters));
        let Ok(listed) = listed.await else {
            // Who is too busy to answer is not at rest.
            return Ok(None);
        };
        let there: BTreeMap<_, _> = listed?.items.iter().map(version).collect();
        Ok((there == seen.hosts).then_some(seen.begun))
    }
}
