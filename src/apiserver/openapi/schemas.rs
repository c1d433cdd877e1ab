//! The schemas part of a document: each kind with its list, and the few types that all of them share.

use serde_json::{Map, Value, json};

use crate::registry::Resource;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

/// The name of a kind's schema: the group's labels reversed, version, kind, `io.x-k8s.cluster.v1beta2.Machine`.
/// Built-in kinds have upstream's names.
pub(super) fn name(resource: &Resource) -> String {
    let Resource {
        group, version, kind, ..
    } = resource;
    if !resource.custom {
        return match group.as_str() {
            "apiextensions.k8s.io" => {
                format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{kind}")
            }
            "apiregistration.k8s.io" => {
                format!("io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{kind}")
            }
            _ => {
                let short = group
                    .split('.')
                    .next()
                    .filter(|short| !short.is_empty())
                    .unwrap_or("core");
                format!("io.k8s.api.{short}.{version}.{kind}")
            }
        };
    }
    let reversed: Vec<&str> = group.rsplit('.').collect();
    format!("{}.{version}.{kind}", reversed.join("."))
}

/// A reference to the schema called `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A reference to a type of `meta/v1`.
pub(super) fn meta(kind: &str) -> Value {
    reference(&format!("{META}.{kind}"))
}

/// Adds the schemas of the kind and of its list.
pub(super) fn add(resource: &Resource, schemas: &mut Map<String, Value>) {
    let name = name(resource);
    let mut schema = match resource.schema.as_deref() {
        Some(Value::Object(schema)) => schema.clone(),
        Some(_) | None => unstructured(),
    };
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        properties.insert(
            "apiVersion".to_owned(),
            json!({"type": "string", "description": API_VERSION}),
        );
        properties.insert("kind".to_owned(), json!({"type": "string", "description": KIND}));
        properties.insert(
            "metadata".to_owned(),
            json!({"allOf": [meta("ObjectMeta")], "default": {}, "description": "Standard object's metadata."}),
        );
    }
    schema.insert(
        "x-kubernetes-group-version-kind".to_owned(),
        json!([group_version_kind(resource, &resource.kind)]),
    );
    let list = json!({
        "type": "object",
        "description": format!("{} is a list of {}", resource.list_kind, resource.kind),
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": API_VERSION},
            "kind": {"type": "string", "description": KIND},
            "metadata": {"allOf": [meta("ListMeta")]},
            "items": {"type": "array", "items": reference(&name)},
        },
        "x-kubernetes-group-version-kind": [group_version_kind(resource, &resource.list_kind)],
    });
    schemas.insert(format!("{name}List"), list);
    schemas.insert(name, Value::Object(schema));
}

const API_VERSION: &str = "The version of the schema of this representation of an object.";
const KIND: &str = "The resource that this object represents, in CamelCase.";

/// A kind as `x-kubernetes-group-version-kind` names it.
pub(super) fn group_version_kind(resource: &Resource, kind: &str) -> Value {
    json!({"group": resource.group, "version": resource.version, "kind": kind})
}

/// A kind of which no schema is known: everything is let through.
fn unstructured() -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), "object".into()),
        ("x-kubernetes-preserve-unknown-fields".to_owned(), true.into()),
    ])
}

/// The types that every document has.
pub(super) fn shared() -> Map<String, Value> {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string", "default": ""}});
    let time = meta("Time");
    Map::from_iter([
        (
            format!("{META}.Time"),
            json!({"type": "string", "format": "date-time", "description": "A moment, in RFC 3339."}),
        ),
        (
            format!("{META}.FieldsV1"),
            json!({"type": "object", "description": "A set of fields, as a trie in JSON."}),
        ),
        (
            format!("{META}.Patch"),
            json!({"type": "object", "description": "A change of an object."}),
        ),
        (format!("{META}.OwnerReference"), owner_reference()),
        (format!("{META}.ManagedFieldsEntry"), managed_fields_entry()),
        (
            format!("{META}.ListMeta"),
            json!({"type": "object", "properties": {
                "continue": {"type": "string"},
                "remainingItemCount": {"type": "integer", "format": "int64"},
                "resourceVersion": {"type": "string"},
                "selfLink": {"type": "string"},
            }}),
        ),
        (
            format!("{META}.ObjectMeta"),
            json!({"type": "object", "description": "What every object has.", "properties": {
                "annotations": texts,
                "creationTimestamp": time,
                "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
                "deletionTimestamp": time,
                "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set",
                    "x-kubernetes-patch-strategy": "merge"},
                "generateName": {"type": "string"},
                "generation": {"type": "integer", "format": "int64"},
                "labels": texts,
                "managedFields": {"type": "array", "items": meta("ManagedFieldsEntry"), "x-kubernetes-list-type": "atomic"},
                "name": {"type": "string"},
                "namespace": {"type": "string"},
                "ownerReferences": {"type": "array", "items": meta("OwnerReference"), "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["uid"], "x-kubernetes-patch-merge-key": "uid",
                    "x-kubernetes-patch-strategy": "merge"},
                "resourceVersion": {"type": "string"},
                "selfLink": {"type": "string"},
                "uid": {"type": "string"},
            }}),
        ),
    ])
}

fn owner_reference() -> Value {
    json!({
        "type": "object",
        "required": ["apiVersion", "kind", "name", "uid"],
        "properties": {
            "apiVersion": {"type": "string"},
            "blockOwnerDeletion": {"type": "boolean"},
            "controller": {"type": "boolean"},
            "kind": {"type": "string"},
            "name": {"type": "string"},
            "uid": {"type": "string"},
        },
        "x-kubernetes-map-type": "atomic",
    })
}

fn managed_fields_entry() -> Value {
    json!({
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "fieldsType": {"type": "string"},
            "fieldsV1": meta("FieldsV1"),
            "manager": {"type": "string"},
            "operation": {"type": "string"},
            "subresource": {"type": "string"},
            "time": meta("Time"),
        },
    })
}
