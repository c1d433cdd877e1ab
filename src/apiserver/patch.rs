//! Patches: what a body asks to change, and the object after it.

mod strategic;

use http::HeaderMap;
use json_patch::PatchOperation;
use serde_json::Value;

use crate::registry::Resource;
use crate::request::strict::{Document, Flaws};
use crate::request::{body, bounds};
use crate::status::ApiError;
use crate::types::Message;

/// The most operations of one json-patch, as upstream.
const MOST_OPERATIONS: usize = 10_000;

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// Server-side apply, which is no difference but a configuration; JSON is YAML, too.
pub(crate) const APPLY: &str = "application/apply-patch+yaml";

/// A patch that was read.
pub(crate) enum Patch {
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7396.
    Merge(Document),
    /// Kubernetes' own, for built-in kinds: their types say which lists are merged, and by which key.
    Strategic(Document, Option<&'static Message>),
}

impl Patch {
    /// Reads the body. Custom resources take no strategic patch: clients rely on the refusal to choose another.
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
            MERGE => Ok(Self::Merge(body::json_document(bytes)?)),
            STRATEGIC if !resource.custom => {
                Ok(Self::Strategic(body::json_document(bytes)?, resource.message()))
            }
            _ if resource.custom => Err(ApiError::unsupported_media_type(&[JSON, MERGE, APPLY])),
            _ => Err(ApiError::unsupported_media_type(&[JSON, MERGE, STRATEGIC, APPLY])),
        }
    }

    /// What is wrong with the patch's own text.
    pub(crate) fn flaws(&self) -> Flaws {
        match self {
            Self::Json(_) => Flaws::default(),
            Self::Merge(document) | Self::Strategic(document, _) => document.flaws.clone(),
        }
    }

    /// The object after the patch.
    pub(crate) fn apply(&self, object: &Value) -> Result<Value, ApiError> {
        let mut patched = object.clone();
        match self {
            Self::Json(patch) => {
                apply_operations(&mut patched, patch)?;
            }
            Self::Merge(patch) => {
                let patch = &patch.object;
                if !patch.is_object() {
                    return Err(ApiError::bad_request("error decoding patch: it is not an object"));
                }
                json_patch::merge(&mut patched, patch);
            }
            Self::Strategic(patch, message) => strategic::merge(&mut patched, &patch.object, *message)?,
        }
        if patched.is_object() {
            Ok(patched)
        } else {
            Err(ApiError::patch_does_not_fit("the result is not an object"))
        }
    }
}

/// Makes the changes of a json-patch. Copies of copies make much of little, so they are weighed before they are made; as
/// upstream, what they copy may be as large together as a body.
fn apply_operations(object: &mut Value, patch: &json_patch::Patch) -> Result<(), ApiError> {
    let copies = |operation: &PatchOperation| matches!(operation, PatchOperation::Copy(_));
    if patch.0.iter().any(copies) {
        let mut left = body::LIMIT;
        for operation in &patch.0 {
            if let PatchOperation::Copy(copy) = operation
                && let Some(source) = object.pointer(copy.from.as_str())
            {
                let weight = bounds::weight(source, left).ok_or_else(|| ApiError::too_large(body::LIMIT))?;
                left = left.saturating_sub(weight);
            }
            json_patch::patch(object, std::slice::from_ref(operation))
                .map_err(ApiError::patch_does_not_fit)?;
        }
    } else {
        json_patch::patch(object, patch).map_err(ApiError::patch_does_not_fit)?;
    }
    match bounds::weight(object, bounds::HEAVIEST) {
        Some(_) => Ok(()),
        None => Err(ApiError::patch_does_not_fit(
            "the result is too deep or too large",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(operations: &Value) -> Result<Value, ApiError> {
        let patch = Patch::Json(serde_json::from_value(operations.clone()).unwrap());
        patch.apply(&json!({"a": {"b": "x"}}))
    }

    #[test]
    fn copies_are_made_as_far_as_they_are_small() {
        let copy = |to: &str| json!({"op": "copy", "from": "/a", "path": to});
        assert_eq!(patched(&json!([copy("/c")])).unwrap()["c"], json!({"b": "x"}));
        assert!(patched(&json!([{"op": "copy", "from": "/nothing", "path": "/c"}])).is_err());
        let doubling: Vec<Value> = (0..60).map(|number| copy(&format!("/a/c{number}"))).collect();
        let error = patched(&json!(doubling)).unwrap_err();
        assert_eq!(error.code().as_u16(), 413, "{error}");
    }

    #[test]
    fn what_gets_too_deep_is_refused() {
        let deeper: Vec<Value> = (1..200)
            .map(|depth| json!({"op": "add", "path": format!("/a{}", "/a".repeat(depth)), "value": {}}))
            .collect();
        assert_eq!(patched(&json!(deeper[..50])).unwrap()["a"]["b"], "x");
        assert!(patched(&json!(deeper)).is_err());
    }
}
