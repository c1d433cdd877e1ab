//! The merge patch (RFC 7396) that makes one JSON value of another.

use serde_json::{Map, Value};

/// What has to be sent so that `old` becomes `new`; `None` when they are the same. Lists are replaced as a whole.
pub(crate) fn difference(old: &Value, new: &Value) -> Option<Value> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let mut patch = Map::new();
            for (key, value) in new {
                match old.get(key) {
                    None => {
                        patch.insert(key.clone(), value.clone());
                    }
                    Some(before) => {
                        if let Some(change) = difference(before, value) {
                            patch.insert(key.clone(), change);
                        }
                    }
                }
            }
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                patch.insert(key.clone(), Value::Null);
            }
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        _ if old == new => None,
        _ => Some(new.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_sent() {
        let cases = [
            (json!({"a": 1}), json!({"a": 1}), None),
            (
                json!({"a": 1, "b": {"c": 2, "d": 3}}),
                json!({"a": 1, "b": {"c": 4, "d": 3}}),
                Some(json!({"b": {"c": 4}})),
            ),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), Some(json!({"b": null}))),
            (json!({"a": [1, 2]}), json!({"a": [2]}), Some(json!({"a": [2]}))),
            (json!({}), json!({"a": {}}), Some(json!({"a": {}}))),
        ];
        for (old, new, expected) in cases {
            let patch = difference(&old, &new);
            assert_eq!(patch, expected, "{old} to {new}");
            if let Some(patch) = patch {
                let mut patched = old.clone();
                json_patch::merge(&mut patched, &patch);
                assert_eq!(patched, new);
            }
        }
    }
}
