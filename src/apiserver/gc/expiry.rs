//! Events are kept for an hour after they were last seen.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::call::{Place, Shared};
use crate::handlers::delete::{Deletion, remove};
use crate::logical::LogicalCluster;
use crate::storage::memory::Range;
use crate::storage::{CollectionKey, Stored};

/// How long an Event is kept, as upstream.
const KEPT_SECONDS: i64 = 60 * 60;

/// Deletes the Events of `cluster` that are too old.
pub(super) async fn events(shared: &Arc<Shared>, cluster: &LogicalCluster) {
    let collection = CollectionKey::new(cluster, "", "events");
    let Some(place) = super::place_of(shared, &collection) else {
        return;
    };
    let events = shared
        .store
        .read(|memory| memory.snapshot(&collection, Range::default(), None))
        .map(|snapshot| snapshot.objects)
        .unwrap_or_default();
    for event in events.iter().filter(|event| expired(event, shared.clock.now())) {
        forget(&place, event).await;
    }
}

async fn forget(place: &Place, event: &Stored) {
    // Only this state: an Event that is seen again meanwhile stays.
    let deletion = Deletion {
        revision: Some(event.revision.to_string()),
        ..Deletion::default()
    };
    if let Err(error) = remove(place, &event.key, &deletion).await {
        tracing::debug!(%error, event = %event.key, "an old event stays for now");
    }
}

fn expired(event: &Stored, now: Timestamp) -> bool {
    let Ok(event) = event.value() else {
        return false;
    };
    let seen = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .filter_map(|path| {
        event
            .pointer(path)
            .and_then(Value::as_str)?
            .parse::<Timestamp>()
            .ok()
    })
    .max();
    seen.is_some_and(|seen| now.duration_since(seen).as_secs() > KEPT_SECONDS)
}
