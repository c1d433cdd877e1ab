//! What a schema says that is not taken, or that contradicts itself.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{Part, each_part, flag, says, text};
use crate::schema::causes::{Path, shown};
use crate::status::Cause;

/// The types that there are.
const TYPES: [&str; 5] = ["array", "boolean", "integer", "number", "object"];

/// What the root of a schema may say where the status is a part of its own.
const AT_ROOT: [&str; 22] = [
    "description",
    "type",
    "format",
    "title",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "required",
    "items",
    "properties",
    "externalDocs",
    "example",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// What is not taken at all, and why.
const UNSUPPORTED: [(&str, &str); 6] = [
    ("id", "id is not supported"),
    ("additionalItems", "additionalItems is not supported"),
    ("patternProperties", "patternProperties is not supported"),
    ("definitions", "definitions is not supported"),
    ("dependencies", "dependencies is not supported"),
    ("$ref", "$ref is not supported"),
];

/// What the root may not say.
pub(super) fn check_root(root: &Map<String, Value>, has_status: bool, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if has_status
        && let Some((field, _)) = root
            .iter()
            .find(|(field, _)| says(root, field) && !AT_ROOT.contains(&field.as_str()))
    {
        let message = format!(
            "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
            AT_ROOT.join(" ")
        );
        causes.push(Cause::invalid_value(path, &json!(field), &message));
    }
    if flag(root, "nullable") {
        causes.push(Cause::forbidden(
            &path.field("nullable").to_string(),
            "nullable cannot be true at the root",
        ));
    }
    causes
}

/// What is wrong anywhere in it.
pub(super) fn check(root: &Map<String, Value>, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    node(root, path, None, false, &mut causes);
    if let Some(Value::Object(properties)) = root.get("properties") {
        let parent = path.field("properties");
        for name in ["apiVersion", "kind", "metadata"] {
            if properties
                .get(name)
                .is_some_and(|inner| inner.get("default").is_some_and(|value| !value.is_null()))
            {
                causes.push(Cause::forbidden(
                    &parent.key(name).field("default").to_string(),
                    &format!("must not be set in top-level {name}"),
                ));
            }
        }
    }
    causes
}

fn node(
    schema: &Map<String, Value>,
    path: &Path<'_>,
    no_defaults: Option<&str>,
    in_metadata: bool,
    causes: &mut Vec<Cause>,
) {
    let forbidden = |field: &str, message: &str| Cause::forbidden(&path.field(field).to_string(), message);
    match schema.get("type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind == "null" => {
            causes.push(forbidden(
                "type",
                "type cannot be set to null, use nullable as an alternative",
            ));
        }
        Some(Value::String(kind))
            if kind.is_empty() || kind == "string" || TYPES.contains(&kind.as_str()) => {}
        Some(other) => {
            let known: Vec<Value> = TYPES.iter().chain(&["string"]).map(|kind| json!(kind)).collect();
            causes.push(Cause::no_choice(&path.field("type"), other, &known));
        }
    }
    for (field, message) in UNSUPPORTED {
        if says(schema, field) {
            causes.push(forbidden(field, message));
        }
    }
    if matches!(schema.get("items"), Some(Value::Array(_))) {
        causes.push(forbidden(
            "items",
            "items must be a schema object and not an array",
        ));
    }
    if let Some(why) = no_defaults
        && says(schema, "default")
    {
        causes.push(forbidden("default", &format!("must not be set {why}")));
    }
    if in_metadata && flag(schema, "x-kubernetes-embedded-resource") {
        causes.push(forbidden(
            "x-kubernetes-embedded-resource",
            "must not be used inside of resource meta",
        ));
    }
    if flag(schema, "uniqueItems") {
        let message = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        causes.push(forbidden("uniqueItems", message));
    }
    let additional = schema.get("additionalProperties");
    if says(schema, "properties")
        && matches!(additional, Some(Value::Bool(false) | Value::Object(_)))
        && schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|map| !map.is_empty())
    {
        let message = "additionalProperties and properties are mutual exclusive";
        causes.push(forbidden("additionalProperties", message));
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
        causes.push(Cause::invalid_value(
            &path.field("x-kubernetes-preserve-unknown-fields"),
            &Value::Bool(false),
            "must be true or undefined",
        ));
    }
    maps(schema, path, causes);
    lists(schema, path, causes);
    let resource = flag(schema, "x-kubernetes-embedded-resource");
    each_part(schema, path, &mut |part, inner, place| {
        let meta = in_metadata || (resource && part == Part::Property("metadata".to_owned()));
        let why = match part {
            Part::Additional if in_metadata => {
                Some("inside additionalProperties applying to object metadata")
            }
            _ => no_defaults,
        };
        node(inner, place, why, meta, causes);
    });
}

fn wrong_type(schema: &Map<String, Value>, wanted: &str, message: &str, path: &Path<'_>) -> Option<Cause> {
    match text(schema, "type") {
        kind if kind == wanted => None,
        "" => Some(Cause::required(&path.field("type").to_string(), message)),
        kind => Some(Cause::invalid_value(&path.field("type"), &json!(kind), message)),
    }
}

fn maps(schema: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let Some(map_type) = schema
        .get("x-kubernetes-map-type")
        .filter(|value| !value.is_null())
    else {
        return;
    };
    let message = "must be object if x-kubernetes-map-type is specified";
    causes.extend(wrong_type(schema, "object", message, path));
    let known = [json!("atomic"), json!("granular")];
    if !known.contains(map_type) {
        causes.push(Cause::no_choice(
            &path.field("x-kubernetes-map-type"),
            map_type,
            &known,
        ));
    }
}

fn lists(schema: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let kind = schema
        .get("x-kubernetes-list-type")
        .filter(|value| !value.is_null());
    let keys: Vec<&str> = schema
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !keys.is_empty() && kind != Some(&json!("map")) {
        let message = "must be map if x-kubernetes-list-map-keys is non-empty";
        let place = path.field("x-kubernetes-list-type");
        causes.push(match kind {
            None => Cause::required(&place.to_string(), message),
            Some(kind) => Cause::invalid_value(&place, kind, message),
        });
    }
    let Some(kind) = kind else {
        return;
    };
    let message = "must be array if x-kubernetes-list-type is specified";
    causes.extend(wrong_type(schema, "array", message, path));
    let known = [json!("atomic"), json!("set"), json!("map")];
    if !known.contains(kind) {
        causes.push(Cause::no_choice(
            &path.field("x-kubernetes-list-type"),
            kind,
            &known,
        ));
    }
    let none = Map::new();
    let items = schema.get("items").and_then(Value::as_object);
    let place = path.field("items");
    if matches!(kind.as_str(), Some("set" | "map")) && items.is_some_and(|items| flag(items, "nullable")) {
        causes.push(Cause::forbidden(
            &place.field("nullable").to_string(),
            &format!(
                "cannot be nullable when x-kubernetes-list-type is {}",
                kind.as_str().unwrap_or_default()
            ),
        ));
    }
    match kind.as_str() {
        Some("set") => set(items.unwrap_or(&none), &place, causes),
        Some("map") => map(items, &keys, path, causes),
        _ => {}
    }
}

fn set(items: &Map<String, Value>, place: &Path<'_>, causes: &mut Vec<Cause>) {
    let message = "must be atomic as item of a list with x-kubernetes-list-type=set";
    let (field, atomic_by_default) = match text(items, "type") {
        "array" => ("x-kubernetes-list-type", true),
        "object" => ("x-kubernetes-map-type", false),
        _ => return,
    };
    let is_atomic = match text(items, field) {
        "" => atomic_by_default,
        kind => kind == "atomic",
    };
    if !is_atomic {
        let value = items.get(field).cloned().unwrap_or(Value::Null);
        causes.push(Cause::invalid_value(&place.field(field), &value, message));
    }
}

fn map(items: Option<&Map<String, Value>>, keys: &[&str], path: &Path<'_>, causes: &mut Vec<Cause>) {
    let key_path = path.field("x-kubernetes-list-map-keys");
    if keys.is_empty() {
        let message = "must not be empty if x-kubernetes-list-type is map";
        causes.push(Cause::required(&key_path.to_string(), message));
    }
    let place = path.field("items");
    let Some(items) = items else {
        let message = "must have a schema if x-kubernetes-list-type is map";
        causes.push(Cause::required(&place.to_string(), message));
        return;
    };
    if text(items, "type") != "object" {
        let message = "must be object if parent array's x-kubernetes-list-type is map";
        causes.push(Cause::invalid_value(
            &place.field("type"),
            &json!(text(items, "type")),
            message,
        ));
        return;
    }
    let required: HashSet<&str> = items
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut seen = HashSet::new();
    let properties = place.field("properties");
    for key in keys {
        let wrong = |message: &str| Cause::invalid_value(&key_path, &json!(keys), message);
        if !seen.insert(key) {
            causes.push(wrong("must not contain duplicate entries"));
        }
        let Some(Value::Object(field)) = items.get("properties").and_then(|all| all.get(key)) else {
            causes.push(wrong("entries must all be names of item properties"));
            continue;
        };
        let key_place = properties.key(key);
        if matches!(text(field, "type"), "array" | "object") {
            let message = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            let kind = shown(&json!(text(field, "type")));
            causes.push(Cause::invalid(
                &key_place.field("type").to_string(),
                &kind,
                message,
            ));
        }
        if !required.contains(key) && !says_default(field) {
            let message = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            causes.push(Cause::required(&key_place.field("default").to_string(), message));
        }
        if flag(field, "nullable") {
            let message = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            causes.push(Cause::forbidden(
                &key_place.field("nullable").to_string(),
                message,
            ));
        }
    }
}

fn says_default(schema: &Map<String, Value>) -> bool {
    schema.get("default").is_some_and(|default| !default.is_null())
}
