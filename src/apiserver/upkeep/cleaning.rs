//! Certificate requests that are answered or forgotten go after a time, as upstream's cleaner has it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_pki::CertificateFacts;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{objects, place};
use crate::call::Shared;
use crate::certificates::conditions;
use crate::handlers::delete::{Deletion, remove};
use crate::object::metadata_text;
use crate::registry::access::{CERTIFICATES, REQUESTS};
use crate::storage::CollectionKey;

/// How long an answered request is kept: whoever asked has fetched the answer by then.
const ANSWERED: SignedDuration = SignedDuration::from_hours(1);
/// How long a request waits for an answer.
const PENDING: SignedDuration = SignedDuration::from_hours(24);

/// Removes the requests of all logical clusters that are too old.
pub(super) async fn clean(shared: &Arc<Shared>) {
    let now = shared.clock.now();
    for cluster in shared.clusters.names() {
        let collection = CollectionKey::new(&cluster, CERTIFICATES, REQUESTS);
        let Some(place) = place(shared, &collection) else {
            continue;
        };
        for stored in objects(shared, &collection, None) {
            if !stored.value().is_ok_and(|request| is_over(&request, now)) {
                continue;
            }
            // Only this state: it may be decided meanwhile.
            let deletion = Deletion {
                revision: Some(stored.revision.to_string()),
                ..Deletion::default()
            };
            if let Err(error) = remove(&place, &stored.key, &deletion).await {
                tracing::debug!(%error, request = %stored.key, "an old request stays for now");
            }
        }
    }
}

/// Whether nobody needs a request any more.
pub(super) fn is_over(request: &Value, now: Timestamp) -> bool {
    let since = |text: &str, length: SignedDuration| {
        text.parse::<Timestamp>()
            .is_ok_and(|moment| now.duration_since(moment) > length)
    };
    let decided = |kind: &str| conditions::find(request, kind);
    let past = |kind: &str, length: SignedDuration| {
        decided(kind).is_some_and(|condition| {
            let moment = condition.get("lastUpdateTime").and_then(Value::as_str);
            since(moment.unwrap_or_default(), length)
        })
    };
    let certificate = conditions::certificate(request);
    let expired = STANDARD
        .decode(certificate)
        .ok()
        .and_then(|bytes| CertificateFacts::of_pem(&String::from_utf8(bytes).ok()?).ok())
        .is_some_and(|facts| facts.not_after < now);
    let issued = !certificate.is_empty();
    let undecided = ["Approved", "Denied", conditions::FAILED]
        .into_iter()
        .all(|kind| decided(kind).is_none());
    let waits = undecided || (decided("Approved").is_some() && !issued);
    expired
        || past("Denied", ANSWERED)
        || past(conditions::FAILED, ANSWERED)
        || (issued && past("Approved", ANSWERED))
        || (waits && since(metadata_text(request, "creationTimestamp"), PENDING))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_go_when_they_are_answered_and_old() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let request = |hours: i64, kind: &str, certificate: &str| {
            let moment = (now - SignedDuration::from_hours(hours) - SignedDuration::from_secs(1)).to_string();
            let conditions: Vec<Value> = (!kind.is_empty())
                .then(|| json!({"type": kind, "status": "True", "lastUpdateTime": moment}))
                .into_iter()
                .collect();
            json!({
                "metadata": {"name": "a", "creationTimestamp": moment},
                "status": {"conditions": conditions, "certificate": certificate},
            })
        };
        for (hours, kind, certificate, over) in [
            (0, "", "", false),
            (23, "", "", false),
            (24, "", "", true),
            (0, "Denied", "", false),
            (1, "Denied", "", true),
            (1, "Failed", "", true),
            (0, "Failed", "", false),
            (0, "Approved", "AAAA", false),
            (1, "Approved", "AAAA", true),
            (1, "Approved", "", false),
            (24, "Approved", "", true),
        ] {
            let request = request(hours, kind, certificate);
            assert_eq!(is_over(&request, now), over, "{hours} {kind} {certificate}");
        }
    }
}
