//! Whose token is this?

use serde_json::{Value, json};

use super::{text, texts};
use crate::authn::{Identity, accounts};
use crate::call::Call;
use crate::status::{ApiError, Cause};

/// Says whose token the review holds. A token that is nobody's is an answer and no failure.
pub(super) fn review(call: &Call, review: &Value) -> Result<Value, ApiError> {
    let token = text(review, "/spec/token");
    if token.is_empty() {
        let cause = Cause::required("spec.token", "token is required");
        return Err(ApiError::invalid_object(&call.place.resource, "", &[cause]));
    }
    let place = &call.place;
    let cluster = &place.collection.cluster;
    let audiences = texts(review.pointer("/spec/audiences"));
    let own = accounts::issuer(cluster);
    let administrator = place.shared.keys.credentials().administrator.clone();
    // The administrator's token is for the server and for nobody else.
    let known = if administrator.is_some_and(|known| known.matches(token)) {
        if audiences.is_empty() || audiences.contains(&own) {
            Ok((Identity::administrator(), vec![own]))
        } else {
            Err("token audiences are not those that are wanted")
        }
    } else {
        accounts::identify(&place.shared, cluster, token, &audiences)
            .map(|known| (known.identity, known.audiences))
    };
    Ok(match known {
        Ok((identity, audiences)) => json!({
            "authenticated": true,
            "user": identity.user_info(),
            "audiences": audiences,
        }),
        Err(why) => json!({"authenticated": false, "user": {}, "error": why}),
    })
}
