//! Schemas of the built-in types, from their table.

use serde_json::{Map, Value, json};

use super::schemas::{META, group_version_kind, reference};
use crate::types::{self, Field, Kind, ListType, Message, Shape};

/// The name of a type's schema, as upstream calls it.
pub(super) fn name(message: &Message) -> String {
    let package = message.package.replace('/', ".");
    match message.package {
        "meta/v1" => format!("{META}.{}", message.name),
        "apiextensions/v1" => format!("{}.{}", apiextensions(), message.name),
        "apiregistration/v1" => format!("io.k8s.kube-aggregator.pkg.apis.{package}.{}", message.name),
        _ => format!("io.k8s.api.{package}.{}", message.name),
    }
}

fn apiextensions() -> &'static str {
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
}

/// Adds the schema of a type and of all that it refers to, with the descriptions of schemas of the same names.
pub(super) fn add(
    message: &'static Message,
    descriptions: &Map<String, Value>,
    schemas: &mut Map<String, Value>,
) {
    let mut waiting = vec![message];
    while let Some(message) = waiting.pop() {
        let name = name(message);
        if schemas.contains_key(&name) {
            continue;
        }
        schemas.insert(name.clone(), schema(message, descriptions.get(&name)));
        waiting.extend(message.json_fields().filter_map(Field::message));
        if message.json_fields().any(|field| is_schema_or(field.kind)) {
            waiting.extend(types::named("apiextensions/v1.JSONSchemaProps"));
        }
    }
}

fn is_schema_or(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SchemaOrArray | Kind::SchemaOrBool | Kind::SchemaOrStrings
    )
}

fn schema(message: &Message, described: Option<&Value>) -> Value {
    let mut properties = Map::new();
    if message.is_kind() {
        for field in ["apiVersion", "kind"] {
            let mut property = json!({"type": "string"});
            describe(&mut property, described, field);
            properties.insert(field.to_owned(), property);
        }
    }
    for field in message.json_fields() {
        let mut property = property(field);
        describe(&mut property, described, field.json_name);
        properties.insert(field.json_name.to_owned(), property);
    }
    properties.sort_keys();
    let mut schema = json!({"type": "object", "properties": properties});
    let mut required: Vec<&str> = message
        .json_fields()
        .filter(|field| field.required)
        .map(|field| field.json_name)
        .collect();
    required.sort_unstable();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some(description) = described.and_then(|described| described.get("description")) {
        schema["description"] = description.clone();
    }
    if message.atomic {
        schema["x-kubernetes-map-type"] = json!("atomic");
    }
    if let Some((group, version)) = message.group_version {
        let group = if group == "meta.k8s.io" { "" } else { group };
        schema["x-kubernetes-group-version-kind"] =
            json!([group_version_kind((group, version), message.name)]);
    }
    schema
}

/// Takes over the description of a property.
fn describe(property: &mut Value, described: Option<&Value>, name: &str) {
    let description = described
        .and_then(|described| described.get("properties")?.get(name)?.get("description"))
        .cloned();
    if let Some(description) = description {
        property["description"] = description;
    }
}

fn property(field: &Field) -> Value {
    let mut property = match field.shape {
        // What stands beside a reference counts only where the reference is one of a list.
        Shape::One => match value(field.kind) {
            Value::Object(of) if of.contains_key("$ref") => json!({"allOf": [of]}),
            plain => plain,
        },
        Shape::List => json!({"type": "array", "items": inner(field.kind)}),
        Shape::Map => json!({"type": "object", "additionalProperties": inner(field.kind)}),
    };
    if field.shape == Shape::List {
        match &field.list_type {
            ListType::Atomic => property["x-kubernetes-list-type"] = json!("atomic"),
            ListType::Set => property["x-kubernetes-list-type"] = json!("set"),
            ListType::Map(keys) => {
                property["x-kubernetes-list-type"] = json!("map");
                property["x-kubernetes-list-map-keys"] = json!(keys);
            }
        }
    } else if field.atomic {
        property["x-kubernetes-map-type"] = json!("atomic");
    }
    let strategy: Vec<&str> = [
        (field.patch.merge, "merge"),
        (field.patch.replace, "replace"),
        (field.patch.retain_keys, "retainKeys"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    if !strategy.is_empty() {
        property["x-kubernetes-patch-strategy"] = json!(strategy.join(","));
    }
    if let Some(key) = field.patch.merge_key {
        property["x-kubernetes-patch-merge-key"] = json!(key);
    }
    if let Some(default) = &field.default {
        property["default"] = default.clone();
    } else if let (Shape::One, Some(zero)) = (field.shape, zero(field)) {
        property["default"] = zero;
    }
    property
}

/// The default of a field that is always there, as upstream's generator writes it.
fn zero(field: &Field) -> Option<Value> {
    match field.kind {
        _ if field.pointer => None,
        Kind::Message(_) => Some(json!({})),
        Kind::String if !field.omit_empty => Some(json!("")),
        Kind::Bool if !field.omit_empty => Some(json!(false)),
        Kind::Int32 | Kind::Int64 if !field.omit_empty => Some(json!(0)),
        _ => None,
    }
}

/// An element of a list or a value of a map.
fn inner(kind: Kind) -> Value {
    match value(kind) {
        Value::Object(of) if of.contains_key("$ref") => match kind {
            Kind::Message(_) => json!({"allOf": [of], "default": {}}),
            _ => Value::Object(of),
        },
        mut plain => {
            if kind == Kind::String {
                plain["default"] = json!("");
            }
            plain
        }
    }
}

fn value(kind: Kind) -> Value {
    let of_meta = |name: &str| reference(&format!("{META}.{name}"));
    let of_extensions = |name: &str| reference(&format!("{}.{name}", apiextensions()));
    match kind {
        Kind::String => json!({"type": "string"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int32 => json!({"type": "integer", "format": "int32"}),
        Kind::Int64 => json!({"type": "integer", "format": "int64"}),
        Kind::Double => json!({"type": "number", "format": "double"}),
        Kind::Bytes => json!({"type": "string", "format": "byte"}),
        Kind::Time => of_meta("Time"),
        Kind::MicroTime => of_meta("MicroTime"),
        Kind::FieldsV1 => of_meta("FieldsV1"),
        Kind::IntOrString => reference(INT_OR_STRING),
        Kind::Quantity => reference(QUANTITY),
        Kind::RawExtension => reference(RAW_EXTENSION),
        Kind::Json => of_extensions("JSON"),
        Kind::SchemaOrArray => of_extensions("JSONSchemaPropsOrArray"),
        Kind::SchemaOrBool => of_extensions("JSONSchemaPropsOrBool"),
        Kind::SchemaOrStrings => of_extensions("JSONSchemaPropsOrStringArray"),
        Kind::Strings => json!({"type": "array", "items": {"type": "string", "default": ""}}),
        Kind::Message(id) => reference(&name(id.message())),
    }
}

const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const RAW_EXTENSION: &str = "io.k8s.apimachinery.pkg.runtime.RawExtension";

/// The types that are no structs, as far as `schemas` refer to them.
pub(super) fn add_plain(descriptions: &Map<String, Value>, schemas: &mut Map<String, Value>) {
    let text = Value::Object(schemas.clone()).to_string();
    let extensions = |name: &str| format!("{}.{name}", apiextensions());
    let plain = [
        (
            format!("{META}.Time"),
            json!({"type": "string", "format": "date-time"}),
        ),
        (
            format!("{META}.MicroTime"),
            json!({"type": "string", "format": "date-time"}),
        ),
        (format!("{META}.FieldsV1"), json!({"type": "object"})),
        (
            INT_OR_STRING.to_owned(),
            json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
        ),
        (
            QUANTITY.to_owned(),
            json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
        ),
        (RAW_EXTENSION.to_owned(), json!({"type": "object"})),
        (extensions("JSON"), json!({})),
        (extensions("JSONSchemaPropsOrArray"), json!({})),
        (extensions("JSONSchemaPropsOrBool"), json!({})),
        (extensions("JSONSchemaPropsOrStringArray"), json!({})),
    ];
    for (name, mut schema) in plain {
        if !text.contains(&format!("schemas/{name}\"")) {
            continue;
        }
        let described = descriptions.get(&name);
        if let Some(description) = described.and_then(|described| described.get("description")) {
            schema["description"] = description.clone();
        }
        schemas.insert(name, schema);
    }
}
