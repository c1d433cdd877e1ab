//! Strategic merge patches, as far as the built-in kinds here need them: objects are merged, lists are replaced, but for
//! those that have a merge key.
//!
//! The lists and their keys are those of upstream's `patchStrategy` tags.

use serde_json::{Map, Value};

use crate::status::ApiError;

/// Paths of lists (without indices) that are merged, and the key of their elements; none for lists of plain values.
const MERGED: &[(&str, Option<&str>)] = &[
    ("metadata.finalizers", None),
    ("metadata.ownerReferences", Some("uid")),
    ("secrets", Some("name")),
    ("spec.containers", Some("name")),
    ("spec.containers.env", Some("name")),
    ("spec.containers.ports", Some("containerPort")),
    ("spec.containers.volumeMounts", Some("mountPath")),
    ("spec.imagePullSecrets", Some("name")),
    ("spec.initContainers", Some("name")),
    ("spec.podCIDRs", None),
    ("spec.ports", Some("port")),
    ("spec.template.spec.containers", Some("name")),
    ("spec.template.spec.containers.env", Some("name")),
    ("spec.template.spec.containers.ports", Some("containerPort")),
    ("spec.template.spec.containers.volumeMounts", Some("mountPath")),
    ("spec.template.spec.initContainers", Some("name")),
    ("spec.template.spec.volumes", Some("name")),
    ("spec.volumes", Some("name")),
    ("status.addresses", Some("type")),
    ("status.conditions", Some("type")),
];

const DIRECTIVE: &str = "$patch";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";
const RETAIN: &str = "$retainKeys";

/// Merges `patch` into `object`.
pub(super) fn merge(object: &mut Value, patch: &Value) -> Result<(), ApiError> {
    let Value::Object(patch) = patch else {
        return Err(ApiError::bad_request("error decoding patch: it is not an object"));
    };
    merge_objects(crate::object::map_of(object), patch, "")
}

fn merge_objects(
    object: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    at: &str,
) -> Result<(), ApiError> {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        None | Some("merge") => {}
        Some("replace") => {
            *object = patch
                .iter()
                .filter(|(field, _)| *field != DIRECTIVE)
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect();
            return Ok(());
        }
        Some("delete") => {
            object.clear();
            return Ok(());
        }
        Some(other) => return Err(unknown_directive(other)),
    }
    if let Some(Value::Array(kept)) = patch.get(RETAIN) {
        object.retain(|field, _| kept.iter().any(|name| name.as_str() == Some(field)));
    }
    for (field, value) in patch {
        if matches!(field.as_str(), DIRECTIVE | RETAIN) || field.starts_with(ORDER) {
            continue;
        }
        if let Some(list) = field.strip_prefix(DELETE_FROM) {
            if let (Some(Value::Array(old)), Value::Array(gone)) = (object.get_mut(list), value) {
                old.retain(|item| !gone.contains(item));
            }
            continue;
        }
        let inner = if at.is_empty() {
            field.clone()
        } else {
            format!("{at}.{field}")
        };
        merge_field(object, field, value, &inner)?;
    }
    for (field, order) in patch {
        if let (Some(list), Value::Array(order)) = (field.strip_prefix(ORDER), order) {
            let inner = if at.is_empty() {
                list.to_owned()
            } else {
                format!("{at}.{list}")
            };
            if let Some(Value::Array(items)) = object.get_mut(list) {
                sort(items, order, merge_key(&inner).flatten());
            }
        }
    }
    Ok(())
}

fn merge_field(
    object: &mut Map<String, Value>,
    field: &str,
    value: &Value,
    at: &str,
) -> Result<(), ApiError> {
    match value {
        Value::Null => {
            object.shift_remove(field);
        }
        Value::Object(changes) => {
            let place = object.entry(field).or_insert_with(|| Value::Object(Map::new()));
            merge_objects(crate::object::map_of(place), changes, at)?;
        }
        Value::Array(elements) => match merge_key(at) {
            None => {
                object.insert(field.to_owned(), value.clone());
            }
            Some(key) => {
                let place = object.entry(field).or_insert_with(|| Value::Array(Vec::new()));
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                if let Value::Array(items) = place {
                    merge_lists(items, elements, key, at)?;
                }
            }
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            object.insert(field.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn merge_lists(items: &mut Vec<Value>, patch: &[Value], key: Option<&str>, at: &str) -> Result<(), ApiError> {
    if patch.iter().any(|element| directive(element) == Some("replace")) {
        items.clear();
    }
    for element in patch {
        let same = |item: &Value| match key {
            None => item == element,
            Some(key) => item.get(key).is_some() && item.get(key) == element.get(key),
        };
        match directive(element) {
            Some("replace") => {}
            Some("delete") => items.retain(|item| !same(item)),
            None | Some("merge") => match (items.iter_mut().find(|item| same(item)), element) {
                (Some(Value::Object(item)), Value::Object(element)) => merge_objects(item, element, at)?,
                (Some(_), _) => {}
                (None, element) => {
                    if key.is_some_and(|key| element.get(key).is_none()) {
                        let key = key.unwrap_or_default();
                        return Err(ApiError::bad_request(format!(
                            "an element of {at} does not contain the declared merge key: {key}"
                        )));
                    }
                    items.push(element.clone());
                }
            },
            Some(other) => return Err(unknown_directive(other)),
        }
    }
    Ok(())
}

/// Puts the elements that `order` names into its order; the others stay where they are among them, behind.
fn sort(items: &mut [Value], order: &[Value], key: Option<&str>) {
    let place = |item: &Value| {
        order.iter().position(|wanted| match key {
            None => wanted == item,
            Some(key) => wanted.get(key).is_some() && wanted.get(key) == item.get(key),
        })
    };
    items.sort_by_key(|item| place(item).unwrap_or(usize::MAX));
}

#[allow(
    clippy::option_option,
    reason = "the outer one tells whether the list is merged, the inner one whether by a key"
)]
fn merge_key(at: &str) -> Option<Option<&'static str>> {
    MERGED.iter().find(|(list, _)| *list == at).map(|(_, key)| *key)
}

fn directive(element: &Value) -> Option<&str> {
    element.get(DIRECTIVE).and_then(Value::as_str)
}

fn unknown_directive(directive: &str) -> ApiError {
    ApiError::bad_request(format!("unrecognized patch directive: {directive}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_with_a_merge_key_are_merged() {
        let node = json!({
            "metadata": {"finalizers": ["a", "b"], "labels": {"x": "1", "y": "2"}},
            "spec": {"taints": [{"key": "t"}]},
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "R"}, {"type": "Disk", "status": "False"}]},
        });
        let cases = [
            (
                json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
                "/status/conditions",
                json!([{"type": "Ready", "status": "True", "reason": "R"}, {"type": "Disk", "status": "False"}]),
            ),
            (
                json!({"status": {"conditions": [{"type": "Disk", "$patch": "delete"}]}}),
                "/status/conditions",
                json!([{"type": "Ready", "status": "False", "reason": "R"}]),
            ),
            (
                json!({"status": {"conditions": [{"type": "New"}], "$setElementOrder/conditions": [{"type": "New"}, {"type": "Ready"}]}}),
                "/status/conditions",
                json!([{"type": "New"}, {"type": "Ready", "status": "False", "reason": "R"}, {"type": "Disk", "status": "False"}]),
            ),
            (
                json!({"metadata": {"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}}),
                "/metadata/finalizers",
                json!(["b", "c"]),
            ),
            (
                json!({"metadata": {"labels": {"x": null, "z": "3"}}}),
                "/metadata/labels",
                json!({"y": "2", "z": "3"}),
            ),
            (
                json!({"metadata": {"labels": {"$patch": "replace", "z": "3"}}}),
                "/metadata/labels",
                json!({"z": "3"}),
            ),
            (
                json!({"spec": {"taints": [{"key": "u"}]}}),
                "/spec/taints",
                json!([{"key": "u"}]),
            ),
        ];
        for (patch, path, expected) in cases {
            let mut object = node.clone();
            merge(&mut object, &patch).unwrap();
            assert_eq!(object.pointer(path), Some(&expected), "{patch}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for patch in [
            json!([]),
            json!({"$patch": "eat"}),
            json!({"status": {"conditions": [{"status": "True"}]}}),
        ] {
            assert!(merge(&mut json!({}), &patch).is_err(), "{patch}");
        }
    }
}
