//! Bodies: how long they may be, and how their form is told.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use super::strict::{self, Document, Flaws};
use crate::protobuf;
use crate::registry::Resource;
use crate::status::ApiError;

/// The longest body that is read, as upstream.
pub(crate) const LIMIT: usize = 3 * 1024 * 1024;

/// How long a client may take to send a body.
const READ_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// Reads a body to its end.
pub(crate) async fn read(body: Body) -> Result<Bytes, ApiError> {
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, LIMIT).collect())
        .await
        .map_err(|_| ApiError::bad_request("the body did not come in time"))?;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::too_large(LIMIT)),
        Err(error) => Err(ApiError::bad_request(format!(
            "the body could not be read: {error}"
        ))),
    }
}

/// The media type of the body, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .unwrap_or_default()
}

/// An object in a body that is of no resource: options and the like.
pub(crate) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Value, ApiError> {
    parse(headers, body, |body| protobuf::object(body, None)).map(|document| document.object)
}

/// An object of this resource in a body, with the fields that the body names twice. Custom resources have no protobuf.
pub(crate) fn document(resource: &Resource, headers: &HeaderMap, body: &[u8]) -> Result<Document, ApiError> {
    if resource.custom && media_type(headers) == protobuf::MEDIA_TYPE {
        return Err(ApiError::unsupported_media_type(&ACCEPTED[..2]));
    }
    of_kind((&resource.api_version(), &resource.kind), headers, body)
}

/// An object in a body that is meant to be of this apiVersion and kind.
pub(crate) fn of_kind(kind: (&str, &str), headers: &HeaderMap, body: &[u8]) -> Result<Document, ApiError> {
    parse(headers, body, |body| protobuf::object(body, Some(kind)))
}

/// Media types of objects; the last is for built-in kinds alone.
const ACCEPTED: [&str; 3] = ["application/json", "application/yaml", protobuf::MEDIA_TYPE];

fn parse(
    headers: &HeaderMap,
    body: &[u8],
    protobuf: impl FnOnce(&[u8]) -> Result<Value, protobuf::DecodeError>,
) -> Result<Document, ApiError> {
    let kind = media_type(headers);
    let document = match kind.as_str() {
        "" | "application/json" | "*/*" => json_document(body)?,
        "application/yaml" | "application/x-yaml" | "text/yaml" => yaml_document(body)?,
        protobuf::MEDIA_TYPE => Document {
            object: protobuf(body).map_err(|error| ApiError::bad_request(error.to_string()))?,
            flaws: Flaws::default(),
        },
        _ => return Err(ApiError::unsupported_media_type(&ACCEPTED)),
    };
    if document.object.is_object() {
        Ok(document)
    } else {
        Err(ApiError::bad_request(
            "couldn't get version/kind; json parse error: the body is not an object",
        ))
    }
}

/// A JSON value, with the fields that are named twice.
pub(crate) fn json_document(body: &[u8]) -> Result<Document, ApiError> {
    strict::json(body).map_err(|error| {
        ApiError::bad_request(format!("couldn't get version/kind; json parse error: {error}"))
    })
}

/// A YAML value, with the fields that are named twice. JSON is YAML, too, and most of what comes as YAML is JSON.
pub(crate) fn yaml_document(body: &[u8]) -> Result<Document, ApiError> {
    if body.trim_ascii_start().starts_with(b"{")
        && let Ok(document) = strict::json(body)
    {
        return Ok(document);
    }
    let text = std::str::from_utf8(body)
        .map_err(|error| ApiError::bad_request(format!("the body is not UTF-8: {error}")))?;
    strict::yaml(text)
        .map_err(|error| ApiError::bad_request(format!("error converting YAML to JSON: {error}")))
}
