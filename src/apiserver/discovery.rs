//! Discovery documents: which groups, versions and resources there are, in the legacy and the aggregated form.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::registry::Resource;

/// Version of the aggregated form that a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregatedVersion {
    /// `apidiscovery.k8s.io/v2`.
    V2,
    /// `apidiscovery.k8s.io/v2beta1`, which kubectl 1.27 and 1.28 ask for.
    V2Beta1,
}

/// Which half of the API a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `/api`, the core group.
    Core,
    /// `/apis`, all named groups.
    Groups,
}

/// A document with what HTTP needs to cache it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The document.
    pub body: Value,
    /// Its strong ETag, quotes included.
    pub etag: String,
    /// Its Content-Type.
    pub content_type: &'static str,
}

/// `GET /api`: the versions of the core group.
pub fn api_versions(resources: &[Arc<Resource>]) -> Document { unfinished(resources) }
/// `GET /apis`: all named groups.
pub fn api_group_list(resources: &[Arc<Resource>]) -> Document { unfinished(resources) }
/// `GET /apis/{group}`: one group; absent where no resource is in it.
pub fn api_group(resources: &[Arc<Resource>], group: &str) -> Option<Document> { let _ = group; Some(unfinished(resources)) }
/// `GET /api/v1` and `GET /apis/{group}/{version}`; absent where there is no resource in it.
pub fn api_resource_list(resources: &[Arc<Resource>], group: &str, version: &str) -> Option<Document> { let _ = (group, version); Some(unfinished(resources)) }
/// `GET /api` and `GET /apis` in the aggregated form.
pub fn aggregated(resources: &[Arc<Resource>], root: Root, version: AggregatedVersion) -> Document { let _ = (root, version); unfinished(resources) }
fn unfinished(_resources: &[Arc<Resource>]) -> Document { Document { body: json!({}), etag: String::new(), content_type: "application/json" } }
