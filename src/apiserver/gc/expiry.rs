//! Events are kept for an hour after they were last seen.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

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

/// When an Event was seen, of what it says: nothing else of it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen<'e> {
    #[serde(borrow)]
    metadata: Made<'e>,
    series: Option<Series<'e>>,
    last_timestamp: Option<&'e str>,
    event_time: Option<&'e str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made<'e> {
    creation_timestamp: Option<&'e str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Series<'e> {
    last_observed_time: Option<&'e str>,
}

fn expired(event: &Stored, now: Timestamp) -> bool {
    let Ok(event) = serde_json::from_slice::<Seen<'_>>(&event.bytes) else {
        return false;
    };
    let observed = event.series.and_then(|series| series.last_observed_time);
    let seen = [
        observed,
        event.last_timestamp,
        event.event_time,
        event.metadata.creation_timestamp,
    ];
    let seen = seen
        .into_iter()
        .flatten()
        .filter_map(|text| text.parse::<Timestamp>().ok())
        .max();
    seen.is_some_and(|seen| now.duration_since(seen).as_secs() > KEPT_SECONDS)
}
