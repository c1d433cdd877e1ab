//! One task per kind that keeps the cache like the management cluster.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, pin_mut};
use kube::Api;
use kube::core::DynamicObject;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::follow::{Patience, Told, follow};
use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::Metadata;
use crate::received::Received;

/// Whether every kind has been listed once.
#[derive(Debug)]
pub(crate) struct Synced {
    missing: watch::Sender<usize>,
}

impl Synced {
    /// So many kinds are awaited.
    pub(crate) fn new(kinds: usize) -> Self {
        Self {
            missing: watch::Sender::new(kinds),
        }
    }

    fn one_more(&self) {
        self.missing
            .send_modify(|missing| *missing = missing.saturating_sub(1));
    }

    /// Whether all have been listed.
    pub(super) fn is_complete(&self) -> bool {
        *self.missing.borrow() == 0
    }

    /// Waits until all have been listed.
    pub(crate) async fn all(&self) {
        let mut missing = self.missing.subscribe();
        // The sender is ours, so that it cannot go before.
        let _ = missing.wait_for(|missing| *missing == 0).await;
    }
}

/// Watches a kind until it is told to stop. Failures are tried again for ever, with pauses that grow.
///
/// A kind that is not served has no objects, and is known for that; once it is served, its objects are.
pub(crate) async fn run(context: Arc<Context>, kind: Watched, synced: Arc<Synced>, stop: CancellationToken) {
    let api: Api<Received> = Api::all_with(context.client.clone(), &kind.resource());
    let watch = || watcher(api.clone(), watcher::Config::default());
    let events = follow(watch, Patience::of(&context.settings));
    pin_mut!(events);
    // What was known when a list began, and has not come up in it yet.
    let mut unseen: HashMap<ObjectId, String> = HashMap::new();
    let mut first = true;
    let mut told = Told::new(kind.kind(), &context.standing);
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            Some(Ok(Event::Init)) => unseen = context.cache.ids(kind).into_iter().collect(),
            Some(Ok(Event::InitApply(Received(object)))) => {
                let id = id(kind, &object);
                if unseen
                    .get(&id)
                    .is_some_and(|uid| object.metadata.uid.as_ref() == Some(uid))
                {
                    unseen.remove(&id);
                }
                context.cache.put(id, object);
            }
            Some(Ok(Event::InitDone)) => {
                for (id, uid) in unseen.drain() {
                    context.cache.remove(&id, &uid);
                }
                told.well();
                if std::mem::take(&mut first) {
                    synced.one_more();
                }
            }
            Some(Ok(Event::Apply(Received(object)))) => {
                told.well();
                context.cache.put(id(kind, &object), object);
            }
            Some(Ok(Event::Delete(Received(object)))) => {
                told.well();
                context.cache.remove(
                    &id(kind, &object),
                    object.metadata.uid.as_deref().unwrap_or_default(),
                );
            }
            Some(Err(error)) => {
                if error.is_not_served() {
                    for (id, uid) in context.cache.ids(kind) {
                        context.cache.remove(&id, &uid);
                    }
                    if std::mem::take(&mut first) {
                        synced.one_more();
                    }
                }
                told.tell(&error);
            }
            None => return,
        }
    }
}

fn id(kind: Watched, object: &DynamicObject) -> ObjectId {
    ObjectId::new(kind, object.metadata.namespace(), object.metadata.name())
}
