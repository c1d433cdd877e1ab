//! Reviews: questions about who one is and what one may do. They are created, answered and never kept.
//!
//! They ask the same functions as requests do, so they say what a request would get.

mod access;
mod rules;
mod token_request;
mod tokens;

pub(crate) use token_request::create as create_token;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer;
use crate::authn::Identity;
use crate::call::Call;
use crate::handlers::create::{check_namespace, check_type, hold_to_type, judge};
use crate::request::body;
use crate::request::strict::Document;
use crate::status::ApiError;

/// Answers a review.
pub(crate) fn create(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let Document {
        object: mut review,
        mut flaws,
    } = body::document(&call.place.resource, &call.headers, bytes)?;
    check_type(call, &mut review)?;
    hold_to_type(call, &mut review, &mut flaws)?;
    judge(call, &flaws)?;
    check_namespace(call, &review)?;
    let status = match call.place.resource.kind.as_str() {
        "SelfSubjectReview" => json!({"userInfo": call.identity.user_info()}),
        "TokenReview" => tokens::review(call, &review)?,
        "SelfSubjectAccessReview" => access::of_self(call, &review)?,
        "SubjectAccessReview" => access::of_somebody(call, &review)?,
        "LocalSubjectAccessReview" => access::inside(call, &review)?,
        "SelfSubjectRulesReview" => rules::review(call, &review)?,
        other => return Err(ApiError::internal(format!("{other} is no review"))),
    };
    crate::object::metadata_mut(&mut review);
    review["status"] = status;
    answer::object(call, StatusCode::CREATED, &review)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The identity that a review's spec describes.
fn described(spec: &Value, user: &str) -> Identity {
    let extra = spec
        .get("extra")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, values)| (name.clone(), texts(Some(values))))
        .collect();
    Identity {
        user: user.to_owned(),
        groups: texts(spec.get("groups")),
        uid: Some(text(spec, "/uid").to_owned()).filter(|uid| !uid.is_empty()),
        extra,
    }
}

#[cfg(test)]
mod tests;
