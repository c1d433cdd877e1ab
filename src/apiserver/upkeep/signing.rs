//! Approved certificate requests get their certificate, or the reason why there is none.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::place;
use crate::call::Shared;
use crate::certificates::{conditions, signers};
use crate::handlers::update::change;
use crate::hosted::authority::OwnAuthority;
use crate::object::{map_of, timestamp};
use crate::status::ApiError;
use crate::storage::Key;
use crate::strategy::Part;

/// Signs a request, if it is one of our signers', approved, and not answered yet.
pub(super) async fn sign(shared: &Arc<Shared>, key: &Key) -> Result<(), ApiError> {
    let (Some(stored), Some(place)) = (shared.store.get(key), place(shared, &key.collection)) else {
        return Ok(());
    };
    let request = stored.value()?;
    // What the server's own authority signs counts in every cluster, so that no other cluster may have it sign.
    let (credentials, own) = (shared.keys.credentials(), place.hosted.authority());
    let authority = if place.hosted.name.is_root() {
        credentials.authority.as_ref()
    } else {
        own.as_deref().map(OwnAuthority::signing)
    };
    let Some(authority) = authority.filter(|_| waits(&request)) else {
        return Ok(());
    };
    let now = shared.clock.now();
    let signed = signers::sign(&request, authority, now);
    change(&place, key, (Part::Status, false), |request| {
        let mut request = request.clone();
        if !waits(&request) {
            return Ok(request);
        }
        let status = map_of(&mut request).entry("status").or_insert_with(|| json!({}));
        let status = map_of(status);
        match &signed {
            Ok(certificate) => {
                status.insert("certificate".to_owned(), json!(STANDARD.encode(certificate)));
            }
            Err(why) => {
                let condition = json!({
                    "type": conditions::FAILED,
                    "status": "True",
                    "reason": "SignerValidationFailure",
                    "message": why,
                    "lastUpdateTime": timestamp(now),
                    "lastTransitionTime": timestamp(now),
                });
                let all = status.entry("conditions").or_insert_with(|| json!([]));
                if let Some(all) = all.as_array_mut() {
                    all.push(condition);
                }
            }
        }
        Ok(request)
    })
    .await
    .map(|_| ())
}

fn waits(request: &Value) -> bool {
    signers::is_ours(request)
        && conditions::find(request, "Approved").is_some()
        && conditions::find(request, "Denied").is_none()
        && conditions::find(request, conditions::FAILED).is_none()
        && conditions::certificate(request).is_empty()
}
