//! Discovery documents: which groups, versions and resources there are, in the legacy and the aggregated form.
//!
//! Everything is made from the registry's resources and nothing else, so that both forms always say the same.
//!
//! Must not know: requests, storage.

mod version;

pub use version::kube_order;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

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

/// Where upstream's own groups stand in lists, the highest first. A group of a CustomResourceDefinition has 1000.
/// Source: `pkg/controlplane/apiserver/apis.go` of Kubernetes.
const GROUP_PRIORITIES: [(&str, u32); 19] = [
    ("apiregistration.k8s.io", 20_000),
    ("apps", 17_800),
    ("events.k8s.io", 17_750),
    ("authentication.k8s.io", 17_700),
    ("authorization.k8s.io", 17_600),
    ("autoscaling", 17_500),
    ("batch", 17_400),
    ("certificates.k8s.io", 17_300),
    ("networking.k8s.io", 17_200),
    ("policy", 17_100),
    ("rbac.authorization.k8s.io", 17_000),
    ("storage.k8s.io", 16_800),
    ("admissionregistration.k8s.io", 16_700),
    ("apiextensions.k8s.io", 16_700),
    ("scheduling.k8s.io", 16_600),
    ("coordination.k8s.io", 16_500),
    ("node.k8s.io", 16_300),
    ("discovery.k8s.io", 16_200),
    ("flowcontrol.apiserver.k8s.io", 16_100),
];

/// Verbs of the subresources `status` and `scale`.
const SUBRESOURCE_VERBS: [&str; 3] = ["get", "patch", "update"];

/// A subresource as discovery lists it.
pub(crate) struct Subresource<'a> {
    /// Its name behind the object's.
    pub(crate) name: &'static str,
    /// Group, version and kind of what it takes and returns, where they are not the resource's.
    pub(crate) other_kind: Option<(&'a str, &'a str, &'a str)>,
    /// What can be done with it.
    pub(crate) verbs: &'static [&'static str],
}

/// The resources of one group: versions in preferred order, each with its resources by name.
struct Group<'a> {
    name: &'a str,
    versions: Vec<(&'a str, Vec<&'a Resource>)>,
}

/// `GET /api`: the versions of the core group.
pub fn api_versions(resources: &[Arc<Resource>]) -> Document {
    let groups = groups(resources);
    let versions: Vec<&str> = groups
        .iter()
        .filter(|group| group.name.is_empty())
        .flat_map(|group| group.versions.iter().map(|(version, _)| *version))
        .collect();
    Document::plain(json!({"kind": "APIVersions", "versions": versions, "serverAddressByClientCIDRs": []}))
}

/// `GET /apis`: all named groups.
pub fn api_group_list(resources: &[Arc<Resource>]) -> Document {
    let groups: Vec<Value> = groups(resources)
        .iter()
        .filter(|group| !group.name.is_empty())
        .map(|group| Value::Object(group.legacy()))
        .collect();
    Document::plain(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
}

/// `GET /apis/{group}`: one group; absent where no resource is in it.
pub fn api_group(resources: &[Arc<Resource>], group: &str) -> Option<Document> {
    let group = groups(resources).into_iter().find(|found| found.name == group)?;
    let mut body = Map::new();
    body.insert("kind".to_owned(), "APIGroup".into());
    body.insert("apiVersion".to_owned(), "v1".into());
    body.extend(group.legacy());
    Some(Document::plain(Value::Object(body)))
}

/// `GET /api/v1` and `GET /apis/{group}/{version}`; absent where there is no resource in it.
pub fn api_resource_list(resources: &[Arc<Resource>], group: &str, version: &str) -> Option<Document> {
    let groups = groups(resources);
    let (_, members) = groups
        .iter()
        .find(|found| found.name == group)?
        .versions
        .iter()
        .find(|(name, _)| *name == version)?;
    let mut entries = Vec::new();
    for resource in members {
        entries.push(legacy_resource(resource));
        entries.extend(
            subresources(resource)
                .iter()
                .map(|subresource| subresource.legacy(resource)),
        );
    }
    Some(Document::plain(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version(group, version),
        "resources": entries,
    })))
}

/// `GET /api` and `GET /apis` in the aggregated form.
pub fn aggregated(resources: &[Arc<Resource>], root: Root, version: AggregatedVersion) -> Document {
    let items: Vec<Value> = groups(resources)
        .iter()
        .filter(|group| group.name.is_empty() == (root == Root::Core))
        .map(Group::aggregated)
        .collect();
    let (api_version, content_type) = match version {
        AggregatedVersion::V2 => (
            "apidiscovery.k8s.io/v2",
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        ),
        AggregatedVersion::V2Beta1 => (
            "apidiscovery.k8s.io/v2beta1",
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        ),
    };
    Document::new(
        json!({"kind": "APIGroupDiscoveryList", "apiVersion": api_version, "metadata": {}, "items": items}),
        content_type,
    )
}

/// A hash of a document that is the same in every process, for ETags and for addresses that may be cached for ever.
/// 128 bits of FNV-1a: nobody gains anything from a collision, as only administrators shape these documents.
pub fn fingerprint(document: &[u8]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = document.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    });
    format!("{hash:032X}")
}

/// `v1` or `apps/v1`.
pub(crate) fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

impl Document {
    fn new(body: Value, content_type: &'static str) -> Self {
        let etag = format!("\"{}\"", fingerprint(body.to_string().as_bytes()));
        Self {
            body,
            etag,
            content_type,
        }
    }

    fn plain(body: Value) -> Self {
        Self::new(body, "application/json")
    }
}

/// The groups in the order of discovery: core first, upstream's own by priority, the others by name.
fn groups(resources: &[Arc<Resource>]) -> Vec<Group<'_>> {
    let mut by_group: BTreeMap<&str, BTreeMap<&str, Vec<&Resource>>> = BTreeMap::new();
    for resource in resources {
        by_group
            .entry(&resource.group)
            .or_default()
            .entry(&resource.version)
            .or_default()
            .push(resource);
    }
    let mut groups: Vec<Group<'_>> = by_group
        .into_iter()
        .map(|(name, versions)| {
            let mut versions: Vec<_> = versions.into_iter().collect();
            versions.sort_by(|(left, _), (right, _)| kube_order(left, right));
            for (_, members) in &mut versions {
                members.sort_by(|left, right| left.plural.cmp(&right.plural));
            }
            Group { name, versions }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(priority(group.name)));
    groups
}

/// Where a group stands in lists.
pub(crate) fn priority(group: &str) -> u32 {
    if group.is_empty() {
        return u32::MAX;
    }
    GROUP_PRIORITIES
        .iter()
        .find(|(name, _)| *name == group)
        .map_or(1000, |(_, priority)| *priority)
}

impl Group<'_> {
    /// The fields of an `APIGroup`. There is always a first version, as a group exists through its resources.
    fn legacy(&self) -> Map<String, Value> {
        let versions: Vec<Value> = self
            .versions
            .iter()
            .map(
                |(version, _)| json!({"groupVersion": group_version(self.name, version), "version": version}),
            )
            .collect();
        let preferred = versions.first().cloned().unwrap_or(Value::Null);
        Map::from_iter([
            ("name".to_owned(), self.name.into()),
            ("versions".to_owned(), versions.into()),
            ("preferredVersion".to_owned(), preferred),
        ])
    }

    fn aggregated(&self) -> Value {
        let versions: Vec<Value> = self
            .versions
            .iter()
            .map(|(version, members)| {
                let resources: Vec<Value> = members
                    .iter()
                    .map(|resource| aggregated_resource(resource))
                    .collect();
                json!({"version": version, "resources": resources, "freshness": "Current"})
            })
            .collect();
        let metadata = if self.name.is_empty() {
            json!({"creationTimestamp": null})
        } else {
            json!({"name": self.name, "creationTimestamp": null})
        };
        json!({"metadata": metadata, "versions": versions})
    }
}

/// The subresources of a resource.
pub(crate) fn subresources(resource: &Resource) -> Vec<Subresource<'_>> {
    let mut found = Vec::new();
    if resource.group.is_empty() && resource.kind == "Namespace" {
        found.push(Subresource {
            name: "finalize",
            other_kind: None,
            verbs: &["update"],
        });
    }
    if resource.is("", "pods") {
        found.push(Subresource {
            name: "eviction",
            other_kind: Some(("policy", "v1", "Eviction")),
            verbs: &["create"],
        });
    }
    if resource.is("certificates.k8s.io", "certificatesigningrequests") {
        found.push(Subresource {
            name: "approval",
            other_kind: None,
            verbs: &SUBRESOURCE_VERBS,
        });
    }
    if resource.scale.is_some() {
        found.push(Subresource {
            name: "scale",
            other_kind: Some(("autoscaling", "v1", "Scale")),
            verbs: &SUBRESOURCE_VERBS,
        });
    }
    if resource.status_subresource {
        found.push(Subresource {
            name: "status",
            other_kind: None,
            verbs: &SUBRESOURCE_VERBS,
        });
    }
    if resource.is("", "serviceaccounts") {
        found.push(Subresource {
            name: "token",
            other_kind: Some(("authentication.k8s.io", "v1", "TokenRequest")),
            verbs: &["create"],
        });
    }
    found
}

fn legacy_resource(resource: &Resource) -> Value {
    let mut entry = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": ordered(resource),
    });
    add_names(&mut entry, resource);
    entry
}

fn aggregated_resource(resource: &Resource) -> Value {
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": ordered(resource),
    });
    add_names(&mut entry, resource);
    let subresources: Vec<Value> = subresources(resource)
        .iter()
        .map(|subresource| {
            let (group, version, kind) =
                subresource
                    .other_kind
                    .unwrap_or((&resource.group, &resource.version, &resource.kind));
            json!({
                "subresource": subresource.name,
                "responseKind": {"group": group, "version": version, "kind": kind},
                "verbs": subresource.verbs,
            })
        })
        .collect();
    if let Some(entry) = entry.as_object_mut().filter(|_| !subresources.is_empty()) {
        entry.insert("subresources".to_owned(), subresources.into());
    }
    entry
}

/// Short names and categories, which both forms leave out where there are none.
fn add_names(entry: &mut Value, resource: &Resource) {
    let Some(entry) = entry.as_object_mut() else {
        return;
    };
    if !resource.short_names.is_empty() {
        entry.insert("shortNames".to_owned(), resource.short_names.clone().into());
    }
    if !resource.categories.is_empty() {
        entry.insert("categories".to_owned(), resource.categories.clone().into());
    }
}

/// The verbs of custom resources, in upstream's order for them.
const CUSTOM_VERBS: [&str; 8] = [
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
];

/// The verbs as upstream orders them: by name, but for custom resources.
fn ordered(resource: &Resource) -> Vec<&'static str> {
    let mut verbs = resource.verbs.clone();
    if resource.custom {
        verbs.sort_by_key(|verb| CUSTOM_VERBS.iter().position(|known| known == verb));
    } else {
        verbs.sort_unstable();
    }
    verbs
}

impl Subresource<'_> {
    fn legacy(&self, resource: &Resource) -> Value {
        let name = format!("{}/{}", resource.plural, self.name);
        match self.other_kind {
            Some((group, version, kind)) => json!({
                "name": name,
                "singularName": "",
                "namespaced": resource.namespaced,
                "group": group,
                "version": version,
                "kind": kind,
                "verbs": self.verbs,
            }),
            None => json!({
                "name": name,
                "singularName": "",
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": self.verbs,
            }),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
