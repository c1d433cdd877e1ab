//! Strategic merge patches of the built-in kinds: objects are merged, lists are replaced, but for those that the types of
//! the kinds say are merged (by a key of their elements, or as plain values).
//!
//! A patch can say more than its values: `$patch` (`replace`, `delete`, `merge`) in an object or an element,
//! `$retainKeys` for the only fields that stay, `$setElementOrder/list` and `$deleteFromPrimitiveList/list` beside a list.

mod lists;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::object::map_of;
use crate::status::ApiError;
use crate::types::{Field, Message, Shape};

const DIRECTIVE: &str = "$patch";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";
const RETAIN: &str = "$retainKeys";

/// Merges `patch` into `object`, which is of the type `message` where that is known.
pub(super) fn merge(
    object: &mut Value,
    patch: &Value,
    message: Option<&'static Message>,
) -> Result<(), ApiError> {
    let Value::Object(patch) = patch else {
        return Err(ApiError::bad_request("error decoding patch: it is not an object"));
    };
    merge_objects(map_of(object), patch, message)
}

fn merge_objects(
    object: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    message: Option<&'static Message>,
) -> Result<(), ApiError> {
    match patch.get(DIRECTIVE) {
        None => {}
        Some(directive) => match directive.as_str() {
            Some("merge") => {}
            Some("replace") => {
                object.clear();
                return merge_objects(object, &without_directive(patch), message);
            }
            Some("delete") => {
                object.clear();
                return Ok(());
            }
            Some(_) | None => return Err(unknown_directive(directive)),
        },
    }
    retain(object, patch)?;
    if patch.values().any(Value::is_null) {
        // All at once: each that goes alone would move those behind it.
        object.retain(|name, _| is_directive(name) || !patch.get(name).is_some_and(Value::is_null));
    }
    for (name, value) in patch {
        if name.starts_with('$') && is_directive(name) {
            continue;
        }
        let field = message.and_then(|message| message.field(name));
        merge_field(object, (name, value), field, patch)?;
    }
    // Lists of which the patch says only what goes or in which order they are.
    for (name, value) in patch {
        let list = name
            .strip_prefix(DELETE_FROM)
            .or_else(|| name.strip_prefix(ORDER));
        let Some(list) = list.filter(|list| !patch.contains_key(*list)) else {
            continue;
        };
        if !value.is_array() {
            return Err(ApiError::bad_request(format!(
                "the value of {name} is not a list"
            )));
        }
        let field = message.and_then(|message| message.field(list));
        if let (Some(Value::Array(items)), Some(field)) = (object.get_mut(list), field) {
            lists::merge(items, &[], field, lists::Beside::of(patch, list))?;
        }
    }
    Ok(())
}

/// Whether a name is one of the words of patches and no field.
fn is_directive(name: &str) -> bool {
    matches!(name, DIRECTIVE | RETAIN) || name.starts_with(ORDER) || name.starts_with(DELETE_FROM)
}

fn without_directive(patch: &Map<String, Value>) -> Map<String, Value> {
    patch
        .iter()
        .filter(|(name, _)| *name != DIRECTIVE)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Takes away what `$retainKeys` does not name; the patch may set nothing else.
fn retain(object: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), ApiError> {
    let Some(kept) = patch.get(RETAIN) else {
        return Ok(());
    };
    let Value::Array(kept) = kept else {
        return Err(ApiError::bad_request(
            "invalid patch format of retainKeys: it is not a list",
        ));
    };
    let kept: HashSet<&str> = kept.iter().filter_map(Value::as_str).collect();
    let is_kept = |name: &str| kept.contains(name);
    let other = |(name, value): &(&String, &Value)| !is_directive(name) && !value.is_null() && !is_kept(name);
    if patch.iter().any(|field| other(&field)) {
        return Err(ApiError::bad_request(
            "invalid patch format of retainKeys: the patch sets fields that it does not keep",
        ));
    }
    object.retain(|name, _| is_kept(name));
    Ok(())
}

fn merge_field(
    object: &mut Map<String, Value>,
    (name, value): (&str, &Value),
    field: Option<&'static Field>,
    patch: &Map<String, Value>,
) -> Result<(), ApiError> {
    match (value, field) {
        // They went before.
        (Value::Null, _) => {}
        (Value::Object(changes), _) => {
            let whole = field.is_some_and(|field| field.shape == Shape::One && field.patch.replace);
            let place = object.entry(name).or_insert(Value::Null);
            if whole {
                *place = Value::Null;
            }
            merge_values(map_of(place), changes, field)?;
        }
        (Value::Array(elements), Some(field)) if field.patch.merge => {
            let place = object.entry(name).or_insert(Value::Null);
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(items) = place {
                lists::merge(items, elements, field, lists::Beside::of(patch, name))?;
            }
        }
        (value, _) => {
            object.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

/// Merges the value of a field that is an object: a struct, or a map whose values may be structs.
fn merge_values(
    object: &mut Map<String, Value>,
    changes: &Map<String, Value>,
    field: Option<&'static Field>,
) -> Result<(), ApiError> {
    match field {
        Some(field) if field.shape == Shape::Map => {
            let Some(message) = field.message() else {
                return merge_objects(object, changes, None);
            };
            for (name, value) in changes {
                match value {
                    Value::Object(inner) if !name.starts_with('$') => {
                        merge_objects(
                            map_of(object.entry(name).or_insert(Value::Null)),
                            inner,
                            Some(message),
                        )?;
                    }
                    _ => {
                        let one = Map::from_iter([(name.clone(), value.clone())]);
                        merge_objects(object, &one, None)?;
                    }
                }
            }
            Ok(())
        }
        Some(field) => merge_objects(object, changes, field.message()),
        None => merge_objects(object, changes, None),
    }
}

fn directive(element: &Value) -> Option<&Value> {
    element.get(DIRECTIVE)
}

fn unknown_directive(directive: &Value) -> ApiError {
    ApiError::bad_request(format!("unrecognized patch directive: {directive}"))
}

#[cfg(test)]
mod tests;
