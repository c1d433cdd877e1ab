//! Merging lists: by a key of their elements, or as plain values.
//!
//! Elements are found by their keys in a table, so that a patch of many elements to a list of many costs no more than both.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{DELETE_FROM, ORDER, directive, merge_objects, unknown_directive};
use crate::status::ApiError;
use crate::types::Field;

/// What a patch says beside a list.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Plain values that go.
    gone: Option<&'a Value>,
    /// The order of the elements that the patch knows of.
    order: Option<&'a Value>,
}

impl<'a> Beside<'a> {
    /// What `patch` says beside `list`.
    pub(super) fn of(patch: &'a Map<String, Value>, list: &str) -> Self {
        let find = |prefix: &str| {
            patch
                .iter()
                .find(|(name, _)| name.strip_prefix(prefix) == Some(list))
                .map(|(_, value)| value)
        };
        Self {
            gone: find(DELETE_FROM),
            order: find(ORDER),
        }
    }
}

/// By what an element is told from others: its key's value, or itself, as JSON.
fn identity(element: &Value, key: Option<&str>) -> Option<String> {
    match key {
        None => Some(element.to_string()),
        Some(key) => element.get(key).map(Value::to_string),
    }
}

/// Merges the patch's elements into the list.
pub(super) fn merge(
    items: &mut Vec<Value>,
    patch: &[Value],
    field: &'static Field,
    beside: Beside<'_>,
) -> Result<(), ApiError> {
    let key = field.patch.merge_key;
    let before: Vec<Value> = items.clone();
    if let Some(Value::Array(gone)) = beside.gone {
        let gone: HashSet<String> = gone.iter().filter_map(|value| identity(value, None)).collect();
        items.retain(|item| !gone.contains(&item.to_string()));
    }
    let replaced = patch
        .iter()
        .any(|element| directive(element).and_then(Value::as_str) == Some("replace"));
    if replaced {
        items.clear();
    }
    let kept = delete(items, patch, field)?;
    // Where a key occurs twice, as port 53 of two protocols, the first one is meant.
    let mut places: HashMap<String, usize> = HashMap::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        if let Some(identity) = identity(item, key) {
            places.entry(identity).or_insert(place);
        }
    }
    for element in kept {
        let Some(identity) = identity(element, key) else {
            return Err(missing_key(field));
        };
        let place = *places.entry(identity).or_insert(items.len());
        if place == items.len() {
            items.push(if key.is_some() {
                Value::Null
            } else {
                element.clone()
            });
        }
        if let (Some(_), Some(item), Value::Object(element)) = (key, items.get_mut(place), element) {
            merge_objects(crate::object::map_of(item), element, field.message())?;
        }
    }
    let named = match beside.order {
        Some(Value::Array(order)) => order.as_slice(),
        Some(_) | None => patch,
    };
    arrange(items, named, &before, key);
    Ok(())
}

/// Takes the elements away that the patch deletes; answers with its other elements.
fn delete<'a>(
    items: &mut Vec<Value>,
    patch: &'a [Value],
    field: &'static Field,
) -> Result<Vec<&'a Value>, ApiError> {
    let key = field.patch.merge_key;
    let (mut kept, mut gone) = (Vec::new(), HashSet::new());
    for element in patch {
        match directive(element).map(|word| (word.as_str(), word)) {
            None | Some((Some("merge"), _)) => kept.push(element),
            Some((Some("replace"), _)) => {}
            Some((Some("delete"), _)) => {
                gone.insert(identity(element, key).ok_or_else(|| missing_key(field))?);
            }
            Some((_, word)) => return Err(unknown_directive(word)),
        }
    }
    if !gone.is_empty() {
        items.retain(|item| identity(item, key).is_none_or(|identity| !gone.contains(&identity)));
    }
    Ok(kept)
}

fn missing_key(field: &Field) -> ApiError {
    ApiError::bad_request(format!(
        "an element of {} does not contain the declared merge key: {}",
        field.json_name,
        field.patch.merge_key.unwrap_or_default()
    ))
}

/// Brings the elements that the patch names into its order. The others keep theirs, and stand among the named ones as
/// they stood before, as far as that is possible.
fn arrange(items: &mut Vec<Value>, named: &[Value], before: &[Value], key: Option<&str>) {
    let table = |values: &[Value]| -> HashMap<String, usize> {
        values
            .iter()
            .enumerate()
            .filter_map(|(place, value)| Some((identity(value, key)?, place)))
            .collect()
    };
    let (order, old) = (table(named), table(before));
    let mut others = Vec::new();
    let mut ordered = Vec::new();
    for item in items.drain(..) {
        let identity = identity(&item, key).unwrap_or_default();
        let was = old.get(&identity).copied();
        match order.get(&identity) {
            Some(place) => ordered.push((*place, was, item)),
            None => others.push((was, item)),
        }
    }
    ordered.sort_by_key(|(place, ..)| *place);
    others.sort_by_key(|(was, _)| was.unwrap_or(usize::MAX));
    let (mut others, mut ordered) = (others.into_iter().peekable(), ordered.into_iter().peekable());
    loop {
        let other_first = match (others.peek(), ordered.peek()) {
            (Some((Some(other), _)), Some((_, Some(named), _))) => other < named,
            (Some(_) | None, Some(_)) => false,
            (Some(_), None) => true,
            (None, None) => return,
        };
        if other_first {
            items.extend(others.next().map(|(_, item)| item));
        } else {
            items.extend(ordered.next().map(|(.., item)| item));
        }
    }
}
