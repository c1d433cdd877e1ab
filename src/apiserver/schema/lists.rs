//! Lists that are sets or maps: whose items are there once, and whose items of before are found again.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/listtype`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::causes::{Path, shown};
use super::structural::{ListType, Structural};
use crate::status::Cause;

/// The most causes that are told of.
const MOST: usize = 100;

/// What is there more than once in sets and maps.
pub(crate) fn check(object: &Value, schema: &Structural) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(object, schema, &Path::Root, &mut causes);
    causes.truncate(MOST);
    causes
}

fn walk(value: &Value, schema: &Structural, path: &Path<'_>, causes: &mut Vec<Cause>) {
    if !schema.below.lists || causes.len() >= MOST {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(inner) = schema.properties.get(name) {
                    walk(value, inner, &path.field(name), causes);
                } else if let Some(inner) = schema.additional.schema() {
                    walk(value, inner, &path.key(name), causes);
                }
            }
        }
        Value::Array(items) => {
            match &schema.list {
                ListType::Atomic => {}
                ListType::Set => {
                    for index in Items::new(items).repeated() {
                        let item = items.get(index).unwrap_or(&Value::Null);
                        causes.push(Cause::duplicate(&path.index(index), &shown(item)));
                    }
                }
                ListType::Map(keys) => check_map(items, keys, path, causes),
            }
            if let Some(inner) = schema.items.as_deref() {
                for (index, item) in items.iter().enumerate() {
                    walk(item, inner, &path.index(index), causes);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check_map(items: &[Value], keys: &[String], path: &Path<'_>, causes: &mut Vec<Cause>) {
    let wrong = items
        .iter()
        .enumerate()
        .find(|(_, item)| !item.is_object() && !item.is_null());
    if let Some((index, item)) = wrong {
        let message = "must be an object for an array of list-type map";
        causes.push(Cause::invalid_value(&path.index(index), item, message));
        return;
    }
    let of_items: Vec<Value> = items.iter().map(|item| key_of(item, keys)).collect();
    for index in Items::new(&of_items).repeated() {
        let key = of_items.get(index).unwrap_or(&Value::Null);
        causes.push(Cause::duplicate(&path.index(index), &shown(key)));
    }
}

/// The fields by which an item is told apart; what is missing is no part of it.
fn key_of(item: &Value, keys: &[String]) -> Value {
    let fields: Map<String, Value> = keys
        .iter()
        .filter_map(|key| Some((key.clone(), item.get(key)?.clone())))
        .collect();
    Value::Object(fields)
}

/// Values that are compared with each other.
pub(crate) struct Items<'a>(&'a [Value]);

impl<'a> Items<'a> {
    pub(crate) fn new(items: &'a [Value]) -> Self {
        Self(items)
    }

    /// Where each value that is there more than once is there for the second time.
    pub(crate) fn repeated(&self) -> Vec<usize> {
        if self.0.len() < 2 {
            return Vec::new();
        }
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(self.0.len());
        let mut repeated = Vec::new();
        for (index, item) in self.0.iter().enumerate() {
            let times = seen.entry(canonical(item)).or_default();
            *times += 1;
            if *times == 2 {
                repeated.push(index);
            }
        }
        repeated
    }
}

/// A text that equal values share, whatever the order of their fields.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut parts: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical(value)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// The items of before, found by their keys. Only maps have such: in other lists nothing says which item became which.
pub(crate) struct OldItems<'a> {
    keys: &'a [String],
    items: HashMap<String, &'a Value>,
}

/// Looks up the items that a list had.
pub(crate) fn correlate<'a>(list: &'a ListType, old: Option<&'a Value>) -> OldItems<'a> {
    match (list, old) {
        (ListType::Map(keys), Some(Value::Array(items))) => OldItems {
            keys,
            items: items
                .iter()
                .map(|item| (canonical(&key_of(item, keys)), item))
                .collect(),
        },
        _ => OldItems {
            keys: &[],
            items: HashMap::new(),
        },
    }
}

impl<'a> OldItems<'a> {
    /// What an item was before.
    pub(crate) fn of(&self, item: &Value) -> Option<&'a Value> {
        if self.items.is_empty() {
            return None;
        }
        self.items.get(&canonical(&key_of(item, self.keys))).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_there_twice_is_told_of_once() {
        let schema = Structural::read(&json!({"type": "object", "properties": {
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                "items": {"type": "object", "properties": {"k": {"type": "string"}}}},
            "two": {"type": "object", "additionalProperties": {"type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k", "l"], "items": {"type": "object"}}},
            "any": {"type": "array", "items": {"type": "string"}},
        }}));
        let object = json!({
            "set": ["a", "b", "a", "a", {"x": 1, "y": 2}, {"y": 2, "x": 1}],
            "map": [{"k": "1", "v": 1}, {"k": "2"}, {"k": "1", "v": 2}, {}, {}],
            "two": {"one": [{"k": 1, "l": 1}, {"k": 1, "l": 2}, {"l": 1, "k": 1}]},
            "any": ["a", "a"],
        });
        let found: Vec<(String, String)> = check(&object, &schema)
            .into_iter()
            .map(|cause| (cause.field, cause.message))
            .collect();
        let expected = [
            ("set[2]", r#"Duplicate value: "a""#),
            ("set[5]", r#"Duplicate value: {"y":2,"x":1}"#),
            ("map[2]", r#"Duplicate value: {"k":"1"}"#),
            ("map[4]", "Duplicate value: {}"),
            ("two[one][2]", r#"Duplicate value: {"k":1,"l":1}"#),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(field, message)| ((*field).to_owned(), (*message).to_owned()))
            .collect();
        assert_eq!(found, expected);
        let wrong = check(&json!({"map": ["a"]}), &schema);
        assert_eq!(
            wrong.first().map(|cause| cause.message.as_str()),
            Some(r#"Invalid value: "a": must be an object for an array of list-type map"#)
        );
    }

    #[test]
    fn only_items_of_maps_are_found_again() {
        let old = json!([{"k": "1", "v": 1}, {"k": "2", "v": 2}]);
        let map = ListType::Map(vec!["k".to_owned()]);
        let found = correlate(&map, Some(&old));
        assert_eq!(
            found.of(&json!({"k": "2", "v": 9})),
            Some(&json!({"k": "2", "v": 2}))
        );
        assert_eq!(found.of(&json!({"k": "3"})), None);
        assert_eq!(
            correlate(&ListType::Set, Some(&old)).of(&json!({"k": "1", "v": 1})),
            None
        );
    }
}
