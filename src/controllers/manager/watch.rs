//! One task per kind that keeps the cache like the management cluster.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::Api;
use kube::core::DynamicObject;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::Metadata;
use crate::settings::ControllerSettings;

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
    let api: Api<DynamicObject> = Api::all_with(context.client.clone(), &kind.resource());
    let events = watcher(api, watcher::Config::default());
    pin_mut!(events);
    // What was known when a list began, and has not come up in it yet.
    let mut unseen: HashMap<ObjectId, String> = HashMap::new();
    let mut first = true;
    let mut failures = Failures::default();
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
                failures = Failures::default();
                if std::mem::take(&mut first) {
                    synced.one_more();
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
                if is_not_served(&error) {
                    for (id, uid) in context.cache.ids(kind) {
                        context.cache.remove(&id, &uid);
                    }
                    if std::mem::take(&mut first) {
                        synced.one_more();
                    }
                }
                let pause = failures.pause(kind.kind(), &error, &context.settings);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
            None => return,
        }
    }
}

/// The failures of one watch since it went well.
#[derive(Debug, Default)]
pub(super) struct Failures {
    count: u32,
    said: Option<String>,
}

impl Failures {
    /// Takes note of a failure, tells it where it is another one than the last, and how long to wait.
    pub(super) fn pause(
        &mut self,
        kind: &str,
        error: &watcher::Error,
        settings: &ControllerSettings,
    ) -> Duration {
        let text = error.to_string();
        if self.said.as_ref() == Some(&text) {
            tracing::debug!(kind, error = text, "a watch failed again");
        } else {
            let what = if is_not_served(error) {
                "a kind is not served; its objects are waited for"
            } else {
                "a watch failed and is tried again"
            };
            tracing::warn!(kind, error = text, "{what}");
            self.said = Some(text);
        }
        let doubled = 2_u32.saturating_pow(self.count);
        self.count = self.count.saturating_add(1);
        let longest = settings.recheck.max(settings.backoff_start);
        settings.backoff_start.saturating_mul(doubled).min(longest)
    }
}

/// Whether the management cluster does not know the kind. A server that is not ready to tell answers otherwise.
fn is_not_served(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::InitialListFailed(kube::Error::Api(status)) if status.code == 404)
}

fn id(kind: Watched, object: &DynamicObject) -> ObjectId {
    ObjectId::new(kind, object.metadata.namespace(), object.metadata.name())
}
