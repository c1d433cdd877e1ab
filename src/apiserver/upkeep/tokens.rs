//! Bootstrap tokens that have ended: with them nobody joins any more.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::{objects, place};
use crate::call::Shared;
use crate::handlers::delete::{Deletion, remove};
use crate::storage::CollectionKey;

/// Where bootstrap tokens are kept.
const NAMESPACE: &str = "kube-system";
/// The type of their Secrets.
const TOKEN: &str = "bootstrap.kubernetes.io/token";

/// Removes those of all logical clusters that have ended.
pub(super) async fn clean(shared: &Arc<Shared>) {
    let now = shared.clock.now();
    for cluster in shared.clusters.names() {
        let secrets = CollectionKey::new(&cluster, "", "secrets");
        let Some(place) = place(shared, &secrets) else {
            continue;
        };
        for secret in objects(shared, &secrets, Some(NAMESPACE)) {
            if !secret.value().is_ok_and(|secret| has_ended(&secret, now)) {
                continue;
            }
            // Only this state: it may be made to last longer meanwhile.
            let deletion = Deletion {
                revision: Some(secret.revision.to_string()),
                ..Deletion::default()
            };
            if let Err(error) = remove(&place, &secret.key, &deletion).await {
                tracing::debug!(%error, secret = %secret.key, "a bootstrap token that has ended stays for now");
            }
        }
    }
}

/// Whether a Secret is a bootstrap token of which it is written that it has ended.
fn has_ended(secret: &Value, now: Timestamp) -> bool {
    if secret.get("type").and_then(Value::as_str) != Some(TOKEN) {
        return false;
    }
    let expiration = secret.pointer("/data/expiration").and_then(Value::as_str);
    let bytes = expiration.and_then(|encoded| STANDARD.decode(encoded).ok());
    let end = bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<Timestamp>().ok());
    end.is_some_and(|end| end <= now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_end_when_they_say() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let secret =
            |kind: &str, end: &str| json!({"type": kind, "data": {"expiration": STANDARD.encode(end)}});
        assert!(has_ended(&secret(TOKEN, "2026-11-23T12:00:00Z"), now));
        assert!(!has_ended(&secret(TOKEN, "2026-11-23T12:00:01Z"), now));
        assert!(!has_ended(&secret("Opaque", "2026-11-23T11:00:00Z"), now));
        assert!(!has_ended(&json!({"type": TOKEN}), now), "this one lasts");
        assert!(!has_ended(&secret(TOKEN, "some day"), now));
    }
}
