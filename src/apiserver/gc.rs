//! Garbage collection: what follows from deletions. Dependents of owners that are gone, owners that wait for their
//! dependents, namespaces and definitions that are emptied before they go.
//!
//! It sees every event through [`Queue::observe`], remembers in a set which objects to look at, and looks at each with
//! what the store holds then: looking once too often does nothing.

mod cascade;
mod conditions;
mod emptying;
mod expiry;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use futures::{StreamExt, stream};
use tokio::sync::Notify;

use crate::call::{Place, Shared};
use crate::furnishing;
use crate::logical::LogicalCluster;
use crate::registry::custom;
use crate::status::ApiError;
use crate::storage::{CollectionKey, Event, EventKind, Key, Stored};

/// How many objects are worked on at once: their writes share a sync of the store.
const AT_ONCE: usize = 32;

/// After what time a failed piece of work is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// Time between two rounds of housekeeping.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Work {
    /// An object: does anything follow from its owners, its finalizers, its mark of deletion?
    Object(Key),
    /// The owner with this uid went, or one of its dependents did.
    Owner(LogicalCluster, CompactString),
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
        let before = pending.len();
        pending.extend(work);
        if pending.len() > before {
            self.wake.notify_one();
        }
    }

    fn take(&self) -> HashSet<Work> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what follows from an event.
    pub(crate) fn observe(&self, event: &Event) {
        let object = &event.object;
        match event.kind {
            EventKind::Created | EventKind::Updated => {
                if concerns(object) {
                    self.push([Work::Object(object.key.clone())]);
                }
            }
            EventKind::Deleted => self.push(after_deletion(object)),
        }
    }
}

/// Whether anything can follow from this state of an object.
fn concerns(stored: &Stored) -> bool {
    !stored.meta.owner_references.is_empty() || stored.meta.deleting()
}

fn after_deletion(object: &Stored) -> Vec<Work> {
    let collection = &object.key.collection;
    let cluster = &collection.cluster;
    let mut work = vec![Work::Owner(cluster.clone(), object.meta.uid.clone())];
    for owner in &object.meta.owner_references {
        work.push(Work::Owner(cluster.clone(), owner.uid.clone()));
    }
    let namespace = object.key.object.namespace.as_str();
    if !namespace.is_empty() {
        let namespaces = CollectionKey::new(cluster, "", "namespaces");
        work.push(Work::Object(Key::new(&namespaces, "", namespace)));
    }
    if !collection.group.is_empty() {
        let definitions = CollectionKey::new(cluster, custom::GROUP, custom::PLURAL);
        let definition = format!("{}.{}", collection.plural, collection.group);
        work.push(Work::Object(Key::new(&definitions, "", &definition)));
    }
    work
}

/// Works until the server stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let everything: BTreeSet<Key> = shared.store.read(|memory| {
        let concerned = memory.all().filter(|stored| concerns(stored));
        concerned.map(|stored| stored.key.clone()).collect()
    });
    shared.garbage.push(everything.into_iter().map(Work::Object));
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    loop {
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = shared.garbage.wake.notified() => {}
            _ = housekeeping.tick() => housekeep(&shared).await,
        }
        loop {
            let work = shared.garbage.take();
            if work.is_empty() || shared.stopping.is_cancelled() {
                break;
            }
            let failed: Vec<Work> = stream::iter(work)
                .map(|work| look(Arc::clone(&shared), work))
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect()
                .await;
            if !failed.is_empty() {
                shared.garbage.push(failed);
                tokio::select! {
                    () = shared.stopping.cancelled() => return,
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        }
    }
}

/// Forgets what is too old.
pub(crate) async fn housekeep(shared: &Arc<Shared>) {
    shared.store.compact();
    for cluster in shared.clusters.names() {
        expiry::events(shared, &cluster).await;
    }
}

/// Looks at one thing; answers with it where it has to be looked at again.
async fn look(shared: Arc<Shared>, work: Work) -> Option<Work> {
    let keys = match &work {
        Work::Object(key) => vec![key.clone()],
        Work::Owner(cluster, uid) => shared.store.read(|memory| {
            let owner = memory.by_uid(cluster, uid).map(|owner| owner.key.clone());
            let dependents = memory.dependents(cluster, uid);
            owner
                .into_iter()
                .chain(dependents.into_iter().map(|stored| stored.key.clone()))
                .collect()
        }),
    };
    if let Work::Owner(..) = work {
        shared.garbage.push(keys.into_iter().map(Work::Object));
        return None;
    }
    for key in &keys {
        match look_at_object(&shared, key).await {
            Ok(()) => {}
            // Gone meanwhile: nothing is left to do.
            Err(error) if error.reason() == "NotFound" => {}
            Err(error) => {
                tracing::debug!(%error, object = %key, "garbage collection tries again");
                return Some(work);
            }
        }
    }
    None
}

async fn look_at_object(shared: &Arc<Shared>, key: &Key) -> Result<(), ApiError> {
    let Some(stored) = shared.store.get(key) else {
        return Ok(());
    };
    let Some(place) = place_of(shared, &key.collection) else {
        return Ok(());
    };
    if key.collection.is("", "namespaces") && !stored.meta.deleting() {
        furnishing::restore(&place, &key.object.name).await?;
    }
    if stored.meta.deleting() {
        if key.collection.is("", "namespaces") {
            emptying::namespace(&place, &stored).await?;
        } else if key.collection.is(custom::GROUP, custom::PLURAL) {
            emptying::definition(&place, &stored).await?;
        }
        cascade::owner(&place, &stored).await?;
    }
    cascade::dependent(&place, &stored).await
}

/// Where a collection is served; none where its logical cluster or its definition is gone.
fn place_of(shared: &Arc<Shared>, collection: &CollectionKey) -> Option<Place> {
    let hosted = shared.clusters.get(&collection.cluster)?;
    let resource = hosted
        .served()
        .of_collection(&collection.group, &collection.plural)?;
    Some(Place::new(shared, &hosted, resource))
}
