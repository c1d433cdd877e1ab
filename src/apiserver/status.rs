//! Refusals: what went wrong becomes a Kubernetes `Status` with upstream's codes, reasons and details.

use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::admission::{Denied, Why};
use crate::registry::Resource;
use crate::storage::CommitError;
use crate::storage::stored::DraftError;

/// A refused request, as a client will see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError(Box<Failure>);

#[derive(Debug, Clone, PartialEq)]
struct Failure {
    code: StatusCode,
    reason: &'static str,
    message: String,
    details: Option<Value>,
    retry_after: Option<u32>,
    next_page: Option<String>,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid` and its like.
    pub reason: &'static str,
    /// What is wrong, without the field's path.
    pub message: String,
    /// The field's path.
    pub field: String,
}

impl Cause {
    /// A field whose value cannot be.
    pub(crate) fn invalid(field: &str, value: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {message}"),
            field: field.to_owned(),
        }
    }

    /// A field that must be there.
    pub(crate) fn required(field: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueRequired",
            message: if message.is_empty() {
                "Required value".to_owned()
            } else {
                format!("Required value: {message}")
            },
            field: field.to_owned(),
        }
    }

    /// A field that may not be there, or may not be changed.
    pub(crate) fn forbidden(field: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {message}"),
            field: field.to_owned(),
        }
    }

    /// A field whose value is none of those that are known.
    pub(crate) fn not_supported(field: &str, value: &str, known: &[&str]) -> Self {
        let known: Vec<String> = known.iter().map(|value| format!("{value:?}")).collect();
        Self {
            reason: "FieldValueNotSupported",
            message: format!(
                "Unsupported value: {value:?}: supported values: {}",
                known.join(", ")
            ),
            field: field.to_owned(),
        }
    }
}

impl ApiError {
    fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Failure {
            code,
            reason,
            message: message.into(),
            details: None,
            retry_after: None,
            next_page: None,
        }))
    }

    fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    fn about(self, resource: &Resource, name: &str) -> Self {
        self.with_details(details(name, &resource.group, &resource.plural))
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// No such object.
    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message).about(resource, name)
    }

    /// There is an object of this name.
    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message).about(resource, name)
    }

    /// The object is not as the writer thought.
    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            resource.qualified()
        );
        Self::new(StatusCode::CONFLICT, "Conflict", message).about(resource, name)
    }

    /// The object is not the one that the client means to delete. It is named by its Kind, as upstream has it here.
    pub(crate) fn precondition(resource: &Resource, name: &str, why: &str) -> Self {
        let kind = if resource.group.is_empty() {
            resource.kind.clone()
        } else {
            format!("{}.{}", resource.kind, resource.group)
        };
        let message = format!("Operation cannot be fulfilled on {kind} {name:?}: {why}");
        Self::new(StatusCode::CONFLICT, "Conflict", message).with_details(details(
            name,
            &resource.group,
            &resource.kind,
        ))
    }

    /// The object was changed since the writer read it.
    pub(crate) fn modified(resource: &Resource, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, why)
    }

    /// Not allowed, to nobody.
    pub(crate) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("{} {name:?} is forbidden: {why}", resource.qualified());
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message).about(resource, name)
    }

    /// Not allowed, to the one who asks. What is asked about need not be served; a path is no resource and has no name.
    pub(crate) fn not_allowed((group, resource): (&str, &str), name: &str, why: &str) -> Self {
        let qualified = if group.is_empty() {
            resource.to_owned()
        } else {
            format!("{resource}.{group}")
        };
        let message = match (resource, name) {
            ("", _) => format!("forbidden: {why}"),
            (_, "") => format!("{qualified} is forbidden: {why}"),
            (_, name) => format!("{qualified} {name:?} is forbidden: {why}"),
        };
        let details = if resource.is_empty() {
            json!({})
        } else {
            details(name, group, resource)
        };
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message).with_details(details)
    }

    /// The address is longer than is read.
    pub(crate) fn address_too_long(limit: usize) -> Self {
        let message = format!("the address of the request is too long: limit is {limit} bytes");
        Self::new(StatusCode::URI_TOO_LONG, "BadRequest", message)
    }

    /// The body is packed, which is not read here.
    pub(crate) fn packed_body() -> Self {
        let message = "bodies with a Content-Encoding are not read; send them as they are";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            message,
        )
    }

    /// Nothing may be made in a namespace that goes away.
    pub(crate) fn namespace_terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut details = details(name, &resource.group, &resource.plural);
        details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Self::forbidden(resource, name, &why).with_details(details)
    }

    /// The resource knows no such verb.
    pub(crate) fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    /// Fields are wrong. `kind` is the Kind here, as upstream has it.
    pub(crate) fn invalid((group, kind): (&str, &str), name: &str, causes: &[Cause]) -> Self {
        let texts: Vec<String> = causes
            .iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        let list = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let what = if group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{group}")
        };
        let mut details = details(name, group, kind);
        details["causes"] = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            format!("{what} {name:?} is invalid: {list}"),
        )
        .with_details(details)
    }

    /// Fields of an object are wrong.
    pub(crate) fn invalid_object(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        Self::invalid((&resource.group, &resource.kind), name, causes)
    }

    /// Whoever decides about writes denies this one. The answer is as for a webhook's denial.
    pub(crate) fn denied(Denied { webhook, why }: Denied) -> Self {
        let mut error = match why {
            Why::Invalid {
                group,
                kind,
                name,
                causes,
            } => Self::invalid((&group, &kind), &name, &causes),
            Why::Forbidden(text) => Self::new(StatusCode::FORBIDDEN, "Forbidden", text),
        };
        error.0.message = format!(
            "admission webhook {webhook:?} denied the request: {}",
            error.0.message
        );
        error
    }

    /// A json-patch that does not fit the object.
    pub(crate) fn patch_does_not_fit(why: impl fmt::Display) -> Self {
        let message = format!("the server rejected our request due to an error in our request: {why}");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message).with_details(json!({}))
    }

    /// A body in a form that is not read here.
    pub(crate) fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            message,
        )
    }

    /// An answer in a form that is not written here.
    pub(crate) fn not_acceptable() -> Self {
        let message = "only the following media types are accepted: application/json, application/yaml";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message)
    }

    /// The revision is no longer kept.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "Expired", message)
    }

    /// A page can no longer be told at the first page's revision; the token `fresh` goes on at the newest.
    pub(crate) fn expired_continue(fresh: String) -> Self {
        let mut error = Self::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        );
        error.0.next_page = Some(fresh);
        error
    }

    /// The body is longer than is read.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
    }

    /// A revision that the store has not reached.
    pub(crate) fn future_revision(asked: u64, current: u64) -> Self {
        let cause = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let mut error = Self::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", cause);
        error.0.retry_after = Some(1);
        error.with_details(json!({
            "retryAfterSeconds": 1,
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        }))
    }

    /// A Pod may not be disturbed now, for this reason.
    pub(crate) fn disruption_budget(why: &str, retry_after: Option<u32>) -> Self {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        let mut details = json!({"causes": [{"reason": "DisruptionBudget", "message": why}]});
        if let Some(seconds) = retry_after {
            details["retryAfterSeconds"] = json!(seconds);
        }
        error.0.retry_after = retry_after;
        error.with_details(details)
    }

    /// The server cannot answer now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// The store or the code failed.
    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        let message = format!("Internal error occurred: {message}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    /// Upstream's bare 500 for a resourceVersion in a create.
    pub(crate) fn revision_on_create() -> Self {
        Self::unforeseen("resourceVersion should not be set on objects to be created")
    }

    /// Upstream's bare 500 for what it did not foresee, such as a configuration of another type than its kind.
    pub(crate) fn unforeseen(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "", message)
    }

    /// Others own fields that are applied with other values.
    pub(crate) fn apply_conflict(message: impl Into<String>, causes: &[Cause]) -> Self {
        let causes: Vec<Value> = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        Self::new(StatusCode::CONFLICT, "Conflict", message).with_details(json!({"causes": causes}))
    }

    /// A failed commit that is not a conflict which the caller knows better.
    pub(crate) fn commit(error: &CommitError) -> Self {
        match error {
            CommitError::Conflict { .. } => Self::new(
                StatusCode::CONFLICT,
                "Conflict",
                format!("Operation cannot be fulfilled: {error}"),
            ),
            CommitError::Closed | CommitError::Timeout => Self::unavailable(error.to_string()),
            CommitError::Failed(_) => Self::internal(error),
        }
    }

    /// The HTTP code.
    pub fn code(&self) -> StatusCode {
        self.0.code
    }

    /// The machine-readable reason.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// As a `Status` object.
    pub fn to_status(&self) -> Value {
        let failure = &self.0;
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": failure.message,
        });
        if let Some(token) = &failure.next_page {
            status["metadata"]["continue"] = json!(token);
        }
        if !failure.reason.is_empty() {
            status["reason"] = json!(failure.reason);
        }
        if let Some(details) = &failure.details {
            status["details"] = details.clone();
        }
        status["code"] = json!(failure.code.as_u16());
        status
    }
}

fn details(name: &str, group: &str, kind: &str) -> Value {
    let mut details = json!({});
    if !name.is_empty() {
        details["name"] = json!(name);
    }
    if !group.is_empty() {
        details["group"] = json!(group);
    }
    details["kind"] = json!(kind);
    details
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ApiError {}

impl From<DraftError> for ApiError {
    fn from(error: DraftError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_status().to_string()));
        *response.status_mut() = self.0.code;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
