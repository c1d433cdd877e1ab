//! OpenAPI v3 documents: what `kubectl apply`, `explain` and `create --validate` need to know of each kind.
//!
//! A group version's document has, for each kind, its schema and the paths of its verbs. kubectl looks there for a PATCH
//! operation of the kind that takes `fieldValidation` (then the server validates) and, for built-in kinds, for
//! `application/strategic-merge-patch+json` among the bodies that it takes.
//!
//! Must not know: requests, storage.

mod operations;
mod schemas;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::discovery::{fingerprint, group_version as joined};
use crate::registry::Resource;

/// The document of one group version.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupVersionDocument {
    /// The OpenAPI v3 document.
    pub body: Value,
    /// Its hash, as the index names it.
    pub hash: String,
}

/// `GET /openapi/v3`: the address of every group version's document, with its hash. `prefix` stands before the
/// addresses; it is empty but for logical clusters.
pub fn index(resources: &[Arc<Resource>], prefix: &str) -> Value {
    let group_versions: BTreeSet<(&str, &str)> = resources
        .iter()
        .map(|resource| (resource.group.as_str(), resource.version.as_str()))
        .collect();
    let mut paths = Map::new();
    for (group, version) in group_versions {
        if let Some(document) = group_version(resources, group, version) {
            let key = root_of(group, version);
            let url = format!("{prefix}/openapi/v3/{key}?hash={}", document.hash);
            paths.insert(key, json!({"serverRelativeURL": url}));
        }
    }
    json!({"paths": paths})
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
    let mut paths = Map::new();
    let mut schemas = schemas::shared();
    for resource in members {
        operations::add_paths(resource, &mut paths);
        schemas::add(resource, &mut schemas);
    }
    let body = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": joined(group, version)},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    let hash = fingerprint(body.to_string().as_bytes());
    Some(GroupVersionDocument { body, hash })
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
