//! `list`: the newest objects or those of a revision, selected, and in pages that all tell of the first page's revision.

use std::time::Duration;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use fleetui_base::ObjectName;
use serde::{Deserialize, Serialize};

use crate::answer::{self, ListMeta};
use crate::call::{Call, Place};
use crate::request::query::Match;
use crate::status::ApiError;
use crate::storage::Snapshot;
use crate::storage::memory::Range;

/// How long a list waits for a revision that is not reached yet.
const FUTURE: Duration = Duration::from_secs(3);

/// Where the next page starts; the form is upstream's.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Token {
    v: String,
    /// The revision of the first page; -1 to go on with the newest objects, whatever they are.
    rv: i64,
    /// Namespace (where there is one), slash, name, NUL.
    start: String,
}

impl Token {
    fn encode(revision: i64, last: &ObjectName) -> String {
        let token = Self {
            v: "meta.k8s.io/v1".to_owned(),
            rv: revision,
            start: format!("{last}\0"),
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_string(&token).unwrap_or_default())
    }

    pub(crate) fn decode(text: &str) -> Result<(Option<u64>, ObjectName), ApiError> {
        let refuse = || ApiError::bad_request("continue key is not valid: invalid continue token");
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .or_else(|_| URL_SAFE.decode(text))
            .map_err(|_| refuse())?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|_| refuse())?;
        let last = token.start.strip_suffix('\0').ok_or_else(refuse)?;
        let (namespace, name) = last.split_once('/').unwrap_or(("", last));
        let revision = match token.rv {
            -1 => None,
            revision => Some(u64::try_from(revision).map_err(|_| refuse())?),
        };
        if token.v != "meta.k8s.io/v1" {
            return Err(refuse());
        }
        Ok((revision, ObjectName::new(namespace, name)))
    }
}

/// Lists the objects of the path.
pub(crate) async fn list(call: &Call) -> Result<Response, ApiError> {
    call.accept.form()?;
    call.query.check_list_options()?;
    call.query.fields.check(&call.place.resource)?;
    let (at, after) = match &call.query.next_page {
        Some(token) => {
            let (revision, last) = Token::decode(token)?;
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
            .map(|last| Token::encode(revision, &last.key.object));
    }
    answer::list(call, &meta, &objects)
}

/// The objects that the request selects, at a revision (none for the newest) and behind a place.
pub(crate) fn selected(
    call: &Call,
    at: Option<u64>,
    after: Option<&ObjectName>,
) -> Result<Snapshot, ApiError> {
    let range = Range {
        namespace: call.path.namespace.as_deref(),
        after,
    };
    let collection = &call.place.collection;
    let store = &call.place.shared.store;
    let mut snapshot = store
        .read(|memory| memory.snapshot(collection, range, at))
        .map_err(|expired| match after {
            Some(last) => ApiError::expired_continue(Token::encode(-1, last)),
            None => ApiError::expired(format!(
                "The resourceVersion for the provided list is too old: {} ({})",
                at.unwrap_or(0),
                expired.oldest
            )),
        })?;
    let query = &call.query;
    if !query.labels.is_empty() || !query.fields.is_empty() {
        snapshot
            .objects
            .retain(|stored| query.labels.matches(&stored.meta) && query.fields.matches(&call.place, stored));
    }
    Ok(snapshot)
}

/// The revision that the query names, where it names one exactly. A future one is waited for.
async fn wanted_revision(call: &Call) -> Result<Option<u64>, ApiError> {
    let Some(revision) = call.query.revision.filter(|revision| *revision > 0) else {
        return Ok(None);
    };
    reach(&call.place, revision).await?;
    Ok((call.query.revision_match == Some(Match::Exact)).then_some(revision))
}

/// Waits until the store has reached `revision`.
async fn reach(place: &Place, revision: u64) -> Result<(), ApiError> {
    let mut revisions = place.shared.store.revisions();
    let reached = tokio::time::timeout(FUTURE, revisions.wait_for(|current| *current >= revision)).await;
    match reached {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) => Err(ApiError::unavailable("the store is closed")),
        Err(_) => Err(ApiError::future_revision(revision, place.shared.store.revision())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        let name = ObjectName::new("team-a", "one");
        assert_eq!(
            Token::decode(&Token::encode(7, &name)).unwrap(),
            (Some(7), name.clone())
        );
        assert_eq!(Token::decode(&Token::encode(-1, &name)).unwrap(), (None, name));
        let cluster_wide = ObjectName::new("", "node-1");
        assert_eq!(
            Token::decode(&Token::encode(7, &cluster_wide)).unwrap(),
            (Some(7), cluster_wide)
        );
        for text in ["", "x", "e30", "!!!"] {
            assert_eq!(Token::decode(text).unwrap_err().code().as_u16(), 400, "{text}");
        }
    }
}
