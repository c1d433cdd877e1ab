//! The kinds of objects that inputs are about: the built-in ones, one with every sort of list, and some of Cluster API's.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::registry::{Resource, Served, custom};
use crate::typed;

/// All of them.
pub(super) fn all() -> &'static [Arc<Resource>] {
    static ALL: LazyLock<Vec<Arc<Resource>>> = LazyLock::new(|| {
        let built_in = Served::builtin().all().into_iter();
        let built_in = built_in.filter(|resource| resource.message().is_some());
        built_in.chain(custom_kinds()).collect()
    });
    &ALL
}

/// Where a kind stands among them, as the byte that chooses it.
pub(super) fn choice(kind: &str) -> u8 {
    let place = all().iter().position(|resource| resource.kind == kind);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or_default()
}

fn custom_kinds() -> impl Iterator<Item = Arc<Resource>> {
    let cluster_api = [
        ("cluster.x-k8s.io", "Cluster"),
        ("cluster.x-k8s.io", "Machine"),
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane"),
    ];
    let cluster_api = cluster_api
        .into_iter()
        .filter_map(|(group, kind)| fleetui_api::crds::of(group, kind));
    std::iter::once(things())
        .chain(cluster_api)
        .flat_map(|mut definition| {
            let names = definition.pointer("/spec/names").cloned();
            definition["status"] = json!({
                "acceptedNames": names,
                "conditions": [{"type": "Established", "status": "True"}],
            });
            custom::resources(&definition, 1, &custom::Made::default()).served
        })
}

/// The schema of Things: one field of each sort that the walks over objects tell apart.
pub(super) fn schema() -> Value {
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "n": {"type": "integer", "minimum": 0, "maximum": 99},
        "x": {"type": "number", "multipleOf": 0.5},
        "text": {"type": "string", "pattern": "^[a-z]*$", "maxLength": 9, "default": "ab"},
        "when": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": ["one", "two"]},
        "either": {"x-kubernetes-int-or-string": true},
        "null": {"type": "string", "nullable": true},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "atom": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"x": {"type": "integer", "default": 1}}},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "list": {"type": "array", "maxItems": 5, "items": {"type": "object", "properties": {"y": {"type": "boolean"}}}},
        "keyed": {
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k", "p"],
            "items": {"type": "object", "required": ["k"], "properties": {
                "k": {"type": "string"}, "p": {"type": "string", "default": "TCP"}, "v": {"type": "integer"}}},
        },
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
        "some": {
            "type": "object", "minProperties": 1, "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "not": {"required": ["c"]},
        }}, "x-kubernetes-validations": [
            {"rule": "!has(self.n) || self.n != 7", "message": "not seven"},
            {"rule": "!has(self.set) || self.set.all(x, x.size() < 5)", "messageExpression": "'of ' + string(self.set.size())"},
            {"rule": "!has(self.n) || !has(oldSelf.n) || self.n >= oldSelf.n", "reason": "FieldValueForbidden"},
        ]}, "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}})
}

/// The definition of Things.
fn things() -> Value {
    json!({
        "metadata": {"name": "things.ex.io"},
        "spec": {
            "group": "ex.io", "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema()},
            }],
        },
    })
}

/// Makes an object into what the store would have of it; none where it would be refused.
pub(super) fn hold(resource: &Resource, object: &mut Value) -> Option<()> {
    if let Some(schema) = resource.structural() {
        schema.prune(object);
        schema.fill(object);
        if !schema.validate(object, None).is_empty() {
            return None;
        }
    }
    match resource.message() {
        Some(message) => typed::round_trip(object, message).map(drop).ok(),
        None => Some(()),
    }
}
