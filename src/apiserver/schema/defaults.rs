//! Defaulting: a field that is missing and has a default, has it.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/defaulting`.

use serde_json::Value;

use super::structural::Structural;

/// Fills what is missing in an object; answers whether anything was.
pub(crate) fn fill(value: &mut Value, schema: &Structural) -> bool {
    if !schema.below.defaults {
        return false;
    }
    match value {
        Value::Object(fields) => {
            let mut filled = false;
            for (name, inner) in &schema.properties {
                let Some(default) = &inner.default else {
                    continue;
                };
                let missing = fields
                    .get(name)
                    .is_none_or(|value| value.is_null() && !inner.nullable);
                if missing {
                    fields.insert(name.clone(), default.clone());
                    filled = true;
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(inner) = schema.properties.get(name) {
                    filled |= fill(value, inner);
                } else if let Some(inner) = schema.additional.schema() {
                    filled |= replace_null(value, inner) | fill(value, inner);
                }
            }
            filled
        }
        Value::Array(items) => {
            let Some(inner) = schema.items.as_deref() else {
                return false;
            };
            let mut filled = false;
            for item in items {
                filled |= replace_null(item, inner) | fill(item, inner);
            }
            filled
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn replace_null(value: &mut Value, schema: &Structural) -> bool {
    match &schema.default {
        Some(default) if value.is_null() && !schema.nullable => {
            *value = default.clone();
            true
        }
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_is_filled_and_what_is_there_stays() {
        let schema = Structural::read(&json!({"type": "object", "properties": {
            "a": {"type": "string", "default": "x"},
            "b": {"type": "string", "default": "x", "nullable": true},
            "c": {"type": "object", "default": {"d": 1}, "properties": {
                "d": {"type": "integer"}, "e": {"type": "integer", "default": 2}}},
            "f": {"type": "object", "properties": {"g": {"type": "integer", "default": 3}}},
            "l": {"type": "array", "items": {"type": "object", "properties": {"h": {"type": "boolean", "default": false}}}},
            "m": {"type": "object", "additionalProperties": {"type": "string", "default": "y"}},
        }}));
        let filled = |mut object: Value| {
            let changed = fill(&mut object, &schema);
            (object, changed)
        };
        let (object, changed) =
            filled(json!({"b": null, "l": [{}, {"h": true}], "m": {"k": null, "j": "z"}}));
        assert_eq!(
            object,
            json!({
                "a": "x", "b": null, "c": {"d": 1, "e": 2},
                "l": [{"h": false}, {"h": true}], "m": {"k": "y", "j": "z"},
            })
        );
        assert!(changed);
        // A default fills nothing below what is not there, and what is full changes no more.
        let (object, changed) =
            filled(json!({"a": "mine", "b": "mine", "c": {"d": 5, "e": 6}, "f": {"g": 7}}));
        assert_eq!(
            object,
            json!({"a": "mine", "b": "mine", "c": {"d": 5, "e": 6}, "f": {"g": 7}})
        );
        assert!(!changed);
    }
}
