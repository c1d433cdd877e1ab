//! `get`: one object, or its scale.

use axum::response::Response;
use http::StatusCode;

use crate::answer;
use crate::call::Call;
use crate::handlers::scale;
use crate::request::Subresource;
use crate::status::ApiError;

/// Answers with one object. Its status is read by reading it whole.
pub(crate) fn get(call: &Call, part: Option<Subresource>) -> Result<Response, ApiError> {
    if let Some(asked) = call.query.revision {
        let newest = call.place.shared.store.revision();
        if asked > newest {
            return Err(ApiError::future_revision(asked, newest));
        }
    }
    let stored = call.place.get(&call.key())?;
    match part {
        None
        | Some(
            Subresource::Status
            | Subresource::Finalize
            | Subresource::Eviction
            | Subresource::Approval
            | Subresource::Token,
        ) => answer::stored(call, StatusCode::OK, &stored),
        Some(Subresource::Scale) => {
            let paths = scale::paths(&call.place.resource)?;
            let scale = scale::read(paths, &call.place.read(&stored)?);
            Ok(answer::json_value(StatusCode::OK, &scale))
        }
    }
}
