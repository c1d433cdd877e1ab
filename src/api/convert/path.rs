//! Places in an object, by dotted path.

use serde_json::Value;

use super::Fields;

/// Takes a value out. Objects that are empty without it go too: neither version writes empty ones.
pub(super) fn take(fields: &mut Fields, path: &str) -> Option<Value> {
    let Some((head, rest)) = path.split_once('.') else {
        return fields.shift_remove(path);
    };
    let inner = fields.get_mut(head)?.as_object_mut()?;
    let value = take(inner, rest)?;
    if inner.is_empty() {
        fields.shift_remove(head);
    }
    Some(value)
}

/// Puts a value there, with the objects that lead to it. Where something else is in the way nothing is put: what is missing
/// then is kept by the annotation.
pub(super) fn put(fields: &mut Fields, path: &str, value: Value) {
    let Some((head, rest)) = path.split_once('.') else {
        fields.insert(path.to_owned(), value);
        return;
    };
    let inner = fields.entry(head).or_insert_with(|| Value::Object(Fields::new()));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

/// The value there.
pub(super) fn at<'v>(fields: &'v mut Fields, path: &str) -> Option<&'v mut Value> {
    match path.split_once('.') {
        None => fields.get_mut(path),
        Some((head, rest)) => at(fields.get_mut(head)?.as_object_mut()?, rest),
    }
}

/// The text there.
pub(super) fn text(fields: &mut Fields, path: &str) -> Option<String> {
    at(fields, path)?.as_str().map(str::to_owned)
}

/// The labels or the annotations.
pub(super) fn metadata<'v>(object: &'v mut Fields, of: &str) -> Option<&'v mut Fields> {
    object.get_mut("metadata")?.get_mut(of)?.as_object_mut()
}

/// Takes a label or an annotation away.
pub(super) fn take_of_metadata(object: &mut Fields, of: &str, name: &str) -> Option<String> {
    let texts = metadata(object, of)?;
    if !texts.get(name)?.is_string() {
        return None;
    }
    let value = texts.shift_remove(name);
    if texts.is_empty() {
        take(object, &format!("metadata.{of}"));
    }
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Sets a label or an annotation; whether that was possible.
pub(super) fn put_into_metadata(object: &mut Fields, of: &str, name: &str, text: String) -> bool {
    let empty = || Value::Object(Fields::new());
    let metadata = object.entry("metadata").or_insert_with(empty);
    let texts = metadata
        .as_object_mut()
        .map(|metadata| metadata.entry(of).or_insert_with(empty));
    match texts.and_then(Value::as_object_mut) {
        Some(texts) => {
            texts.insert(name.to_owned(), Value::String(text));
            true
        }
        None => false,
    }
}
