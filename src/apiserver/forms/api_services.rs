//! APIServices: one for each group and version that is served, all of them by this server.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::Made;
use crate::call::Place;
use crate::discovery;
use crate::object::metadata;
use crate::registry::Served;
use crate::status::ApiError;
use crate::storage::{CollectionKey, Draft, Key, Stored};

/// All of them, by name.
pub(super) fn all(place: &Place) -> Result<Made, ApiError> {
    let served = place.hosted.served();
    Ok((served.revision.max(1), of(place, &served)?))
}

fn of(place: &Place, served: &Served) -> Result<Vec<Arc<Stored>>, ApiError> {
    let mut group_versions: BTreeMap<String, (String, String, bool)> = BTreeMap::new();
    for resource in served.all() {
        let name = format!("{}.{}", resource.version, resource.group);
        group_versions
            .entry(name)
            .or_insert_with(|| (resource.group.clone(), resource.version.clone(), resource.custom));
    }
    let since = since(place);
    group_versions
        .into_iter()
        .map(|(name, (group, version, custom))| {
            let priority = discovery::priority(&group).min(18_000);
            let mut object = json!({
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {
                    "name": name,
                    "uid": identity(&name),
                    "creationTimestamp": since,
                    "labels": {"kube-aggregator.kubernetes.io/automanaged": if custom { "true" } else { "onstart" }},
                },
                "spec": {
                    "groupPriorityMinimum": priority,
                    "version": version,
                    "versionPriority": if custom { 100 } else { 15 },
                },
                "status": {"conditions": [{
                    "type": "Available",
                    "status": "True",
                    "reason": "Local",
                    "message": "Local APIServices are always available",
                    "lastTransitionTime": since,
                }]},
            });
            if !group.is_empty() {
                object["spec"]["group"] = json!(group);
            }
            let key = place.key("", &name);
            // They change with what is served, and that is no revision of the store.
            Ok(Arc::new(Draft::encode(&object)?.stamp(key, 1)))
        })
        .collect()
}

/// When the logical cluster came: its first namespace tells.
fn since(place: &Place) -> serde_json::Value {
    let namespaces = CollectionKey::new(&place.collection.cluster, "", "namespaces");
    let first = place.shared.store.get(&Key::new(&namespaces, "", "default"));
    first
        .and_then(|first| metadata(&first.value().ok()?, "creationTimestamp").cloned())
        .unwrap_or_default()
}

/// A uid that is the same in every process.
fn identity(name: &str) -> String {
    let hash = discovery::fingerprint(name.as_bytes()).to_lowercase();
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    parts.join("-")
}
