//! Whom a management cluster takes the user for: Kubernetes' SelfSubjectReview (authentication.k8s.io/v1), a question that changes
//! nothing. It is asked once for the credentials there are; where the server does not say, the audit log does not either.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use fleetui_fleet::act::Actor;
use serde_json::{Value, json};

use super::gate::Ground;
use crate::execute::text_at;

/// Nobody waits longer for it: an act does not need it.
const LONGEST: Duration = Duration::from_secs(2);

/// Whom the server takes the user for, empty where it did not say, and how often the credentials had been renewed when it was asked.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    told: Mutex<Option<(u64, CompactString)>>,
}

impl Identity {
    /// What was answered with these credentials; nothing where it was not asked yet.
    fn known(&self, renewed: u64) -> Option<CompactString> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref()
            .filter(|(then, _)| *then == renewed)
            .map(|(_, name)| name.clone())
    }
}

/// Asks the server, unless it was asked already.
pub(super) async fn learn(ground: &Ground) {
    let handle = &ground.handle;
    let renewed = handle.requester.renewed();
    if handle.identity.known(renewed).is_some() {
        return;
    }
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let limit = LONGEST.min(ground.settings.request_timeout);
    let name = match handle.requester.who(&review, limit).await {
        Ok(answer) => {
            let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
            text_at(&answer, "/status/userInfo/username").into()
        }
        Err(fault) => {
            tracing::debug!(%fault, "whom the server takes the user for is not known");
            CompactString::default()
        }
    };
    let mut told = handle
        .identity
        .told
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *told = Some((renewed, name));
}

/// Who acts, as far as it is known by now.
pub(super) fn actor(ground: &Ground) -> Actor {
    let known = ground.handle.identity.known(ground.handle.requester.renewed());
    let actor = ground.settings.actor.clone();
    Actor {
        known_as: known.filter(|name| !name.is_empty()).or(actor.known_as),
        ..actor
    }
}
