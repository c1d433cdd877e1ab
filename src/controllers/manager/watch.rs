//! One task per kind that keeps the cache like the management cluster.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, pin_mut};
use kube::Api;
use kube::core::DynamicObject;
use kube::runtime::watcher::{self, Event, watcher};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::Metadata;

/// Watches a kind until it is told to stop. Failures are tried again for ever, with the settings' first pause between.
pub(super) async fn run(context: Arc<Context>, kind: Watched, stop: CancellationToken) {
    let api: Api<DynamicObject> = Api::all_with(context.client.clone(), &kind.resource());
    let events = watcher(api, watcher::Config::default());
    pin_mut!(events);
    // What was known when a list began, and has not come up in it yet.
    let mut unseen: HashMap<ObjectId, String> = HashMap::new();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            Some(Ok(Event::Init)) => unseen = context.cache.ids(kind).into_iter().collect(),
            Some(Ok(Event::InitApply(object))) => {
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
            }
            Some(Ok(Event::Apply(object))) => context.cache.put(id(kind, &object), object),
            Some(Ok(Event::Delete(object))) => {
                context.cache.remove(
                    &id(kind, &object),
                    object.metadata.uid.as_deref().unwrap_or_default(),
                );
            }
            Some(Err(error)) => {
                tracing::warn!(kind = kind.kind(), %error, "a watch failed and is tried again");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(context.settings.backoff_start) => {}
                }
            }
            None => return,
        }
    }
}

fn id(kind: Watched, object: &DynamicObject) -> ObjectId {
    ObjectId::new(kind, object.metadata.namespace(), object.metadata.name())
}
