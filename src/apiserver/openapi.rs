//! OpenAPI v3 documents: what `kubectl apply`, `explain` and `create --validate` need to know of each kind.
//!
//! A group version's document has, for each kind, its schema and the paths of its verbs. kubectl looks there for a PATCH
//! operation of the kind that takes `fieldValidation` (then the server validates) and, for built-in kinds, for
//! `application/strategic-merge-patch+json` among the bodies that it takes.
//!
//! Must not know: requests, storage.

mod descriptions;
mod documents;
mod operations;
mod schemas;
pub(crate) mod second;
mod types;

pub(crate) use documents::Documents;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, json};

use crate::discovery::{fingerprint, group_version as joined};
use crate::registry::Resource;

/// The document of one group version.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupVersionDocument {
    /// The OpenAPI v3 document, in JSON.
    pub text: Bytes,
    /// Its hash, as the index names it.
    pub hash: String,
}

/// `GET /openapi/v3/api/v1` and `GET /openapi/v3/apis/{group}/{version}`; absent where there is no resource in it.
pub fn group_version(
    resources: &[Arc<Resource>],
    group: &str,
    version: &str,
) -> Option<GroupVersionDocument> {
    let mut members: Vec<&Resource> = resources
        .iter()
        .map(AsRef::as_ref)
        .filter(|resource| resource.group == group && resource.version == version)
        .collect();
    if members.is_empty() {
        return None;
    }
    members.sort_by(|left, right| left.plural.cmp(&right.plural));
    let descriptions = descriptions::of(group, version);
    let mut paths = Map::new();
    let mut schemas = schemas::shared(&descriptions);
    for resource in members {
        operations::add_paths(resource, &mut paths);
        schemas::add(resource, &descriptions, &mut schemas);
    }
    types::add_plain(&descriptions, &mut schemas);
    schemas.sort_keys();
    let body = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": joined(group, version)},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    let text = Bytes::from(body.to_string());
    let hash = fingerprint(&text);
    Some(GroupVersionDocument { text, hash })
}

/// `api/v1` or `apis/{group}/{version}`: where a group version's paths begin, without the leading slash.
fn root_of(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("api/{version}")
    } else {
        format!("apis/{group}/{version}")
    }
}

#[cfg(test)]
mod tests;
