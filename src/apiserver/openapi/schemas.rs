//! The schemas part of a document: each kind with its list, and the few types that all of them share.

use serde_json::{Map, Value, json};

use super::descriptions::Descriptions;
use super::types;
use crate::discovery::subresources;
use crate::registry::Resource;
use crate::schema::WrittenSchema;

/// Where the types of `meta/v1` are.
pub(super) const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

/// The name of a kind's schema: the group's labels reversed, version, kind, `io.x-k8s.cluster.v1beta2.Machine`.
/// Built-in kinds have upstream's names.
pub(super) fn name(resource: &Resource) -> String {
    let Resource {
        group, version, kind, ..
    } = resource;
    if let Some(message) = resource.message() {
        return types::name(message);
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
pub(super) fn add(resource: &Resource, descriptions: &Descriptions, schemas: &mut Map<String, Value>) {
    let name = name(resource);
    match resource.message() {
        Some(message) => types::add(message, descriptions, schemas),
        None => {
            schemas.insert(name.clone(), of_definition(resource));
        }
    }
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
        "x-kubernetes-group-version-kind": [of_resource(resource, &resource.list_kind)],
    });
    schemas.insert(format!("{name}List"), list);
    for subresource in subresources(resource) {
        let other = subresource.other_kind;
        let message = other.and_then(|(group, version, kind)| crate::types::of(group, version, kind));
        if let Some(message) = message {
            types::add(message, descriptions, schemas);
        }
    }
}

/// The schema of a CustomResourceDefinition, with what every object has.
fn of_definition(resource: &Resource) -> Value {
    let mut schema = match resource.schema.as_ref().map(WrittenSchema::read) {
        Some(Value::Object(schema)) => schema,
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
        json!([of_resource(resource, &resource.kind)]),
    );
    Value::Object(schema)
}

const API_VERSION: &str = "The version of the schema of this representation of an object.";
const KIND: &str = "The resource that this object represents, in CamelCase.";

/// A kind as `x-kubernetes-group-version-kind` names it.
pub(super) fn group_version_kind((group, version): (&str, &str), kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

/// A kind of the resource's group and version.
pub(super) fn of_resource(resource: &Resource, kind: &str) -> Value {
    group_version_kind((&resource.group, &resource.version), kind)
}

/// A kind of which no schema is known: everything is let through.
fn unstructured() -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), "object".into()),
        ("x-kubernetes-preserve-unknown-fields".to_owned(), true.into()),
    ])
}

/// The types that every document has.
pub(super) fn shared(descriptions: &Descriptions) -> Map<String, Value> {
    let patch = json!({"type": "object", "description": "A change of an object."});
    let mut schemas = Map::from_iter([(format!("{META}.Patch"), patch)]);
    for name in ["meta/v1.ObjectMeta", "meta/v1.ListMeta"] {
        if let Some(message) = crate::types::named(name) {
            types::add(message, descriptions, &mut schemas);
        }
    }
    schemas
}
