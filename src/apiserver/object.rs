//! Reading and writing the parts that every object has: `apiVersion`, `kind`, `metadata`.

use fleetui_base::clock::whole_seconds;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A time as objects carry it: RFC3339 in UTC, whole seconds.
pub(crate) fn timestamp(now: Timestamp) -> String {
    whole_seconds(now).to_string()
}

/// The text at a field of `metadata`; empty where there is none.
pub(crate) fn metadata_text<'a>(object: &'a Value, field: &str) -> &'a str {
    metadata(object, field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A field of `metadata`.
pub(crate) fn metadata<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get("metadata")?.get(field)
}

/// The `metadata` of an object, made where it is missing.
pub(crate) fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    map_mut(map_of(object).entry("metadata").or_insert(Value::Null))
}

/// The object as a map; anything else becomes an empty one.
pub(crate) fn map_of(object: &mut Value) -> &mut Map<String, Value> {
    map_mut(object)
}

fn map_mut(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("it was made an object just above")
        }
    }
}

/// Sets a field of `metadata`, or takes it away.
pub(crate) fn set_metadata(object: &mut Value, field: &str, value: Option<Value>) {
    let metadata = metadata_mut(object);
    match value {
        Some(value) => {
            metadata.insert(field.to_owned(), value);
        }
        None => {
            metadata.shift_remove(field);
        }
    }
}

/// Sets or takes away a top-level field.
pub(crate) fn set_field(object: &mut Value, field: &str, value: Option<Value>) {
    let map = map_of(object);
    match value {
        Some(value) => {
            map.insert(field.to_owned(), value);
        }
        None => {
            map.shift_remove(field);
        }
    }
}

/// The finalizers of an object.
pub(crate) fn finalizers(object: &Value) -> Vec<String> {
    metadata(object, "finalizers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|finalizer| finalizer.as_str().map(str::to_owned))
        .collect()
}

/// Replaces the finalizers; none at all leaves the field out.
pub(crate) fn set_finalizers(object: &mut Value, finalizers: &[String]) {
    let value = (!finalizers.is_empty()).then(|| json!(finalizers));
    set_metadata(object, "finalizers", value);
}

/// Whether deletion was asked for.
pub(crate) fn deleting(object: &Value) -> bool {
    metadata(object, "deletionTimestamp").is_some_and(|time| !time.is_null())
}

/// `metadata.generation`; zero where there is none.
pub(crate) fn generation(object: &Value) -> i64 {
    metadata(object, "generation")
        .and_then(Value::as_i64)
        .unwrap_or(0)
}
