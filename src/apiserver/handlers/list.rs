//! `list`: the newest objects or those of a revision, selected, and in pages that all tell of the first page's revision.

mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use fleetui_base::ObjectName;

pub(crate) use token::Token;

use crate::answer::{self, ListMeta};
use crate::call::{Call, Place};
use crate::forms;
use crate::registry::Kept;
use crate::request::query::Match;
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{Snapshot, Stored};

/// How long a list waits for a revision that is not reached yet.
const FUTURE: Duration = Duration::from_secs(3);

/// Lists the objects of the path.
pub(crate) async fn list(call: &Call) -> Result<Response, ApiError> {
    call.accept.form()?;
    let (meta, objects) = page(call).await?;
    answer::list(call, &meta, &objects)
}

/// The objects of one page, and what is said of them.
pub(crate) async fn page(call: &Call) -> Result<(ListMeta, Vec<Arc<Stored>>), ApiError> {
    call.query.check_list_options()?;
    call.query.fields.check(&call.place.resource)?;
    let namespace = call.path.namespace.as_deref();
    let (at, after) = match &call.query.next_page {
        Some(token) => {
            let (revision, last) = Token::decode(token, namespace)?;
            (revision, Some(last))
        }
        None => (wanted_revision(call).await?, None),
    };
    let snapshot = selected(call, at, after.as_ref())?;
    let mut meta = ListMeta {
        revision: snapshot.revision,
        ..ListMeta::default()
    };
    let mut objects = snapshot.objects;
    if let Some(limit) = call.query.limit.filter(|limit| objects.len() > *limit) {
        let unselected = call.query.labels.is_empty() && call.query.fields.is_empty();
        meta.remaining = unselected.then_some(objects.len() - limit);
        objects.truncate(limit);
        let revision = i64::try_from(snapshot.revision).unwrap_or(i64::MAX);
        meta.next_page = objects
            .last()
            .map(|last| Token::encode(revision, &last.key.object, namespace));
    }
    Ok((meta, objects))
}

/// The objects that the request selects, at a revision (none for the newest) and behind a place.
pub(crate) fn selected(
    call: &Call,
    at: Option<u64>,
    after: Option<&ObjectName>,
) -> Result<Snapshot, ApiError> {
    let mut snapshot = match forms::made(&call.place) {
        // They have no past: a page of them is of what is there now.
        Some(made) => {
            let (revision, mut objects) = made?;
            objects.retain(|stored| after.is_none_or(|after| stored.key.object > *after));
            Snapshot { revision, objects }
        }
        None => stored(call, at, after)?,
    };
    let query = &call.query;
    if !query.labels.is_empty() || !query.fields.is_empty() {
        snapshot
            .objects
            .retain(|stored| query.labels.matches(&stored.meta) && query.fields.matches(&call.place, stored));
    }
    Ok(snapshot)
}

/// What the store holds of them.
fn stored(call: &Call, at: Option<u64>, after: Option<&ObjectName>) -> Result<Snapshot, ApiError> {
    let namespace = call.path.namespace.as_deref();
    let range = Range { namespace, after };
    let collection = &call.place.collection;
    let store = &call.place.shared.store;
    let mut snapshot = store
        .read(|memory| memory.snapshot(collection, range, at))
        .map_err(|expired| match after {
            Some(last) => ApiError::expired_continue(Token::encode(-1, last, namespace)),
            None => ApiError::expired(format!(
                "The resourceVersion for the provided list is too old: {} ({})",
                at.unwrap_or(0),
                expired.oldest
            )),
        })?;
    let resource = &call.place.resource;
    if resource.kept != Kept::AsServed {
        let served = snapshot
            .objects
            .into_iter()
            .map(|stored| forms::served(resource, stored));
        snapshot.objects = served.collect::<Result<_, _>>()?;
    }
    Ok(snapshot)
}

/// The revision that the query names, where it names one exactly. A future one is waited for.
async fn wanted_revision(call: &Call) -> Result<Option<u64>, ApiError> {
    let query = &call.query;
    let Some(revision) = query.revision.filter(|revision| *revision > 0) else {
        return Ok(None);
    };
    reach(&call.place, revision).await?;
    let exact = match query.revision_match {
        Some(Match::Exact) => true,
        Some(Match::NotOlderThan) => false,
        // Who asks for pages of a revision, without a word on how it is meant, means that one, as upstream has it.
        None => query.limit.is_some(),
    };
    Ok(exact.then_some(revision))
}

/// Waits until the store has reached `revision`.
pub(crate) async fn reach(place: &Place, revision: u64) -> Result<(), ApiError> {
    let mut revisions = place.shared.store.revisions();
    let reached = tokio::time::timeout(FUTURE, revisions.wait_for(|current| *current >= revision)).await;
    match reached {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) => Err(ApiError::unavailable("the store is closed")),
        Err(_) => Err(ApiError::future_revision(revision, place.shared.store.revision())),
    }
}
