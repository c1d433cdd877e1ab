//! What the server keeps up by itself: rules of aggregated roles, tokens in Secrets, certificates of approved requests, the
//! end of requests and bootstrap tokens that nobody needs any more, definitions that wait for their names, and Pods whose Node
//! is gone.
//!
//! It sees every event through [`Queue::observe`], remembers in a set what to look at, and looks at each with what the
//! store holds then: looking once too often does nothing.

mod cleaning;
mod names;
mod pods;
mod roles;
mod secrets;
mod signing;
mod tokens;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Notify;

use crate::authz;
use crate::call::{Place, Shared};
use crate::logical::LogicalCluster;
use crate::registry::access::{CERTIFICATES, REQUESTS};
use crate::registry::custom;
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{CollectionKey, Event, EventKind, Key, Stored};
use crate::strategy::TOKEN_SECRET;

/// After what time a failed piece of work is tried again.
const RETRY: Duration = Duration::from_millis(200);
/// How often requests, tokens and Pods are looked through for those that nobody needs.
const CLEANING: Duration = Duration::from_mins(10);

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Work {
    /// The aggregated roles of a logical cluster.
    Roles(LogicalCluster),
    /// A Secret of an account.
    Secret(Key),
    /// The Secrets of an account that went.
    Account(Key),
    /// The definitions of a logical cluster that wait for names.
    Names(LogicalCluster),
    /// A certificate request.
    Request(Key),
    /// The Pods of a Node that went.
    Node(Key),
}

/// What has to be looked at. A set: bounded by what there is, however often it changes.
#[derive(Default)]
pub(crate) struct Queue {
    pending: Mutex<HashSet<Work>>,
    wake: Notify,
}

impl Queue {
    fn push(&self, work: impl IntoIterator<Item = Work>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.extend(work);
        if !pending.is_empty() {
            self.wake.notify_one();
        }
    }

    fn take(&self) -> HashSet<Work> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what follows from an event.
    pub(crate) fn observe(&self, event: &Event) {
        if let Some(work) = work(&event.object, event.kind == EventKind::Deleted) {
            self.push([work]);
        }
    }
}

/// What follows from a state of an object, or from its end.
fn work(object: &Stored, deleted: bool) -> Option<Work> {
    let collection = &object.key.collection;
    match (&*collection.group, &*collection.plural) {
        (authz::GROUP, "clusterroles") => Some(Work::Roles(collection.cluster.clone())),
        (custom::GROUP, custom::PLURAL) => Some(Work::Names(collection.cluster.clone())),
        (CERTIFICATES, REQUESTS) if !deleted => Some(Work::Request(object.key.clone())),
        ("", "nodes") if deleted => Some(Work::Node(object.key.clone())),
        ("", "serviceaccounts") if deleted => Some(Work::Account(object.key.clone())),
        ("", "secrets") if !deleted && is_of_account(&object.bytes) => Some(Work::Secret(object.key.clone())),
        _ => None,
    }
}

/// Whether a Secret is an account's. Nothing of it is kept but its type.
fn is_of_account(secret: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<Cow<'a, str>>,
    }
    serde_json::from_slice::<Typed<'_>>(secret)
        .is_ok_and(|secret| secret.kind.is_some_and(|kind| kind == TOKEN_SECRET))
}

/// Works until the server stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    look_at_all(&shared);
    let mut cleaning = tokio::time::interval(CLEANING);
    loop {
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = shared.upkeep.wake.notified() => {}
            _ = cleaning.tick() => {
                cleaning::clean(&shared).await;
                pods::clean(&shared).await;
                tokens::clean(&shared).await;
            }
        }
        loop {
            let work = shared.upkeep.take();
            if work.is_empty() || shared.stopping.is_cancelled() {
                break;
            }
            let mut failed = Vec::new();
            for work in work {
                if let Err(error) = look(&shared, &work).await {
                    tracing::debug!(%error, ?work, "upkeep tries again");
                    failed.push(work);
                }
            }
            if !failed.is_empty() {
                shared.upkeep.push(failed);
                tokio::select! {
                    () = shared.stopping.cancelled() => return,
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        }
    }
}

/// Looks at the certificate requests of a logical cluster once more: it has got the key that it signs them with.
pub(crate) fn look_at_requests(shared: &Shared, cluster: &LogicalCluster) {
    let requests = CollectionKey::new(cluster, CERTIFICATES, REQUESTS);
    let snapshot = shared
        .store
        .read(|memory| memory.snapshot(&requests, Range::default(), None));
    let stored = snapshot.into_iter().flat_map(|snapshot| snapshot.objects);
    shared
        .upkeep
        .push(stored.map(|request| Work::Request(request.key.clone())));
}

/// Looks at everything once more: at the start, and when the server has got the keys that it signs with.
pub(crate) fn look_at_all(shared: &Shared) {
    let everything: Vec<Work> = shared
        .store
        .read(|memory| memory.all().filter_map(|stored| work(stored, false)).collect());
    shared.upkeep.push(everything);
}

async fn look(shared: &Arc<Shared>, work: &Work) -> Result<(), ApiError> {
    let looked = match work {
        Work::Roles(cluster) => roles::aggregate(shared, cluster).await,
        Work::Names(cluster) => names::accept(shared, cluster).await,
        Work::Secret(key) => secrets::fill(shared, key).await,
        Work::Account(key) => secrets::remove_of(shared, key).await,
        Work::Request(key) => signing::sign(shared, key).await,
        Work::Node(key) => pods::remove_of(shared, key).await,
    };
    match looked {
        // Gone, or changed: whoever changed it has brought it here again.
        Err(error) if matches!(error.reason(), "NotFound" | "Conflict") => Ok(()),
        other => other,
    }
}

/// Where a collection is served; none where its logical cluster is gone.
fn place(shared: &Arc<Shared>, collection: &CollectionKey) -> Option<Place> {
    let hosted = shared.clusters.get(&collection.cluster)?;
    let resource = hosted
        .served()
        .of_collection(&collection.group, &collection.plural)?;
    Some(Place::new(shared, &hosted, resource))
}

/// The objects of a collection, all or those of a namespace.
fn objects(shared: &Shared, collection: &Arc<CollectionKey>, namespace: Option<&str>) -> Vec<Arc<Stored>> {
    let range = Range {
        namespace,
        after: None,
    };
    shared
        .store
        .read(|memory| memory.snapshot(collection, range, None))
        .map(|snapshot| snapshot.objects)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
