//! May somebody do something?

use serde_json::{Value, json};

use super::{described, text};
use crate::authn::Identity;
use crate::authz::{Asked, AskedResource, decide};
use crate::call::Call;
use crate::status::{ApiError, Cause};

/// May the one who asks do it?
pub(super) fn of_self(call: &Call, review: &Value) -> Result<Value, ApiError> {
    check_one(call, review)?;
    Ok(status(call, &call.identity, review))
}

/// May somebody else do it?
pub(super) fn of_somebody(call: &Call, review: &Value) -> Result<Value, ApiError> {
    check_one(call, review)?;
    let spec = review.get("spec").unwrap_or(&Value::Null);
    let identity = described(spec, text(spec, "/user"));
    if identity.user.is_empty() && identity.groups.is_empty() {
        let cause = Cause::invalid(
            "spec.user",
            "\"\"",
            "at least one of user or group must be specified",
        );
        return Err(ApiError::invalid_object(&call.place.resource, "", &[cause]));
    }
    Ok(status(call, &identity, review))
}

/// May somebody do it in the namespace of the path?
pub(super) fn inside(call: &Call, review: &Value) -> Result<Value, ApiError> {
    let asked = text(review, "/spec/resourceAttributes/namespace");
    if asked != call.namespace() {
        let cause = Cause::invalid(
            "spec.resourceAttributes.namespace",
            &format!("{asked:?}"),
            "must match metadata.namespace",
        );
        return Err(ApiError::invalid_object(&call.place.resource, "", &[cause]));
    }
    if review
        .pointer("/spec/nonResourceAttributes")
        .is_some_and(|attributes| !attributes.is_null())
    {
        let cause = Cause::invalid(
            "spec.nonResourceAttributes",
            "\"\"",
            "disallowed on this kind of request",
        );
        return Err(ApiError::invalid_object(&call.place.resource, "", &[cause]));
    }
    of_somebody(call, review)
}

fn given<'a>(review: &'a Value, field: &str) -> Option<&'a Value> {
    let spec = review.get("spec")?;
    spec.get(field).filter(|attributes| !attributes.is_null())
}

fn check_one(call: &Call, review: &Value) -> Result<(), ApiError> {
    let resource = given(review, "resourceAttributes").is_some();
    let path = given(review, "nonResourceAttributes").is_some();
    if resource != path {
        return Ok(());
    }
    let message = if resource {
        "cannot be specified in combination with resourceAttributes"
    } else {
        "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    };
    let field = if resource {
        "spec.nonResourceAttributes"
    } else {
        "spec.resourceAttributes"
    };
    let cause = Cause::invalid(field, "\"\"", message);
    Err(ApiError::invalid_object(&call.place.resource, "", &[cause]))
}

fn status(call: &Call, identity: &Identity, review: &Value) -> Value {
    let decision = decide(&call.place.hosted, identity, &asked(review));
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = json!(decision.reason);
    }
    status
}

/// What the review asks about, in the same words as a request's.
fn asked(review: &Value) -> Asked<'_> {
    if let Some(attributes) = given(review, "nonResourceAttributes") {
        return Asked::Path {
            verb: text(attributes, "/verb"),
            path: text(attributes, "/path"),
        };
    }
    let attributes = given(review, "resourceAttributes").unwrap_or(&Value::Null);
    Asked::Resource(AskedResource {
        verb: text(attributes, "/verb"),
        group: text(attributes, "/group"),
        resource: text(attributes, "/resource"),
        subresource: text(attributes, "/subresource"),
        namespace: text(attributes, "/namespace"),
        name: text(attributes, "/name"),
    })
}
