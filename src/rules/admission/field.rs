//! Fields of objects by their paths. A field of a wrong type counts as one that is not there: types are the schema's to judge.

use serde_json::{Map, Value, json};

/// `metadata.name`.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// `metadata.namespace`.
pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// The text at a path; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a path.
pub(super) fn integer(object: &Value, path: &str) -> Option<i64> {
    object.pointer(path).and_then(Value::as_i64)
}

/// The list at a path; empty where there is none.
pub(super) fn list<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    object
        .pointer(path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The value at a path, where it is there and not empty.
pub(super) fn defined<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.pointer(path).filter(|value| match value {
        Value::Null => false,
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    })
}

/// The text of an annotation.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Whether there is such a label.
pub(super) fn has_label(object: &Value, key: &str) -> bool {
    object
        .pointer("/metadata/labels")
        .is_some_and(|labels| labels.get(key).is_some())
}

/// The map at a path, made with all above it where it is missing.
pub(super) fn map_mut<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let mut place = object;
    for step in path {
        let fields = place.as_object_mut()?;
        place = fields.entry((*step).to_owned()).or_insert_with(|| json!({}));
        if place.is_null() {
            *place = json!({});
        }
    }
    place.as_object_mut()
}

/// Sets a field where it is missing.
pub(super) fn set_missing(object: &mut Value, path: &[&str], field: &str, value: Value) {
    if let Some(fields) = map_mut(object, path)
        && fields.get(field).is_none_or(Value::is_null)
    {
        fields.insert(field.to_owned(), value);
    }
}

/// Sets a field.
pub(super) fn set(object: &mut Value, path: &[&str], field: &str, value: Value) {
    if let Some(fields) = map_mut(object, path) {
        fields.insert(field.to_owned(), value);
    }
}

/// Puts the `v` before the version at a path.
pub(super) fn with_leading_v(object: &mut Value, path: &str) {
    if let Some(Value::String(version)) = object.pointer_mut(path)
        && !version.is_empty()
        && !version.starts_with('v')
    {
        version.insert(0, 'v');
    }
}

/// Sets the label that names the cluster.
pub(super) fn label_with_cluster(object: &mut Value) {
    let cluster = text(object, "/spec/clusterName").to_owned();
    set(
        object,
        &["metadata", "labels"],
        fleetui_api::labels::CLUSTER_NAME,
        cluster.into(),
    );
}
