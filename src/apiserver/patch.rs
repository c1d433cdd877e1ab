//! Patches: what a body asks to change, and the object after it.

mod strategic;

use http::HeaderMap;
use serde_json::Value;

use crate::registry::Resource;
use crate::request::body;
use crate::status::ApiError;
use crate::types::Message;

/// The most operations of one json-patch, as upstream.
const MOST_OPERATIONS: usize = 10_000;

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// A patch that was read.
pub(crate) enum Patch {
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7396.
    Merge(Value),
    /// Kubernetes' own, for built-in kinds: their types say which lists are merged, and by which key.
    Strategic(Value, Option<&'static Message>),
}

impl Patch {
    /// Reads the body. Server-side apply (`application/apply-patch+yaml`) is not among what is read yet, and custom
    /// resources take no strategic patch: clients rely on the refusal to choose another.
    pub(crate) fn read(resource: &Resource, headers: &HeaderMap, bytes: &[u8]) -> Result<Self, ApiError> {
        match body::media_type(headers).as_str() {
            JSON => {
                let patch: json_patch::Patch = serde_json::from_slice(bytes)
                    .map_err(|error| ApiError::bad_request(format!("error decoding patch: {error}")))?;
                if patch.0.len() > MOST_OPERATIONS {
                    return Err(ApiError::too_large(MOST_OPERATIONS));
                }
                Ok(Self::Json(patch))
            }
            MERGE => Ok(Self::Merge(body::json(bytes)?)),
            STRATEGIC if !resource.custom => Ok(Self::Strategic(body::json(bytes)?, resource.message())),
            _ if resource.custom => Err(ApiError::unsupported_media_type(&[JSON, MERGE])),
            _ => Err(ApiError::unsupported_media_type(&[JSON, MERGE, STRATEGIC])),
        }
    }

    /// The object after the patch.
    pub(crate) fn apply(&self, object: &Value) -> Result<Value, ApiError> {
        let mut patched = object.clone();
        match self {
            Self::Json(patch) => {
                json_patch::patch(&mut patched, patch).map_err(ApiError::patch_does_not_fit)?;
            }
            Self::Merge(patch) => {
                if !patch.is_object() {
                    return Err(ApiError::bad_request("error decoding patch: it is not an object"));
                }
                json_patch::merge(&mut patched, patch);
            }
            Self::Strategic(patch, message) => strategic::merge(&mut patched, patch, *message)?,
        }
        if patched.is_object() {
            Ok(patched)
        } else {
            Err(ApiError::patch_does_not_fit("the result is not an object"))
        }
    }
}
