//! Defaulting: a field that is missing and has a default, has it.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/defaulting`.

use serde_json::Value;

use super::structural::Structural;
use crate::request::bounds::{HEAVIEST, weight};

/// Fills what is missing in an object; answers whether anything was. Small items of a long list can have large defaults: once
/// what was filled in weighs more than an object may, the rest stays missing.
pub(crate) fn fill(value: &mut Value, schema: &Structural) -> bool {
    let mut filling = Filling {
        left: HEAVIEST,
        filled: false,
    };
    filling.value(value, schema);
    filling.filled
}

struct Filling {
    /// What may still be filled in weighs this much.
    left: usize,
    filled: bool,
}

impl Filling {
    fn value(&mut self, value: &mut Value, schema: &Structural) {
        if !schema.below.defaults {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (name, inner) in &schema.properties {
                    let Some(default) = &inner.default else {
                        continue;
                    };
                    let missing = fields
                        .get(name)
                        .is_none_or(|value| value.is_null() && !inner.nullable);
                    if missing && self.spend(default) {
                        fields.insert(name.clone(), default.clone());
                    }
                }
                for (name, value) in fields.iter_mut() {
                    if let Some(inner) = schema.properties.get(name) {
                        self.value(value, inner);
                    } else if let Some(inner) = schema.additional.schema() {
                        self.no_null(value, inner);
                        self.value(value, inner);
                    }
                }
            }
            Value::Array(items) => {
                let Some(inner) = schema.items.as_deref() else {
                    return;
                };
                for item in items {
                    self.no_null(item, inner);
                    self.value(item, inner);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Puts the default where a null may not be.
    fn no_null(&mut self, value: &mut Value, schema: &Structural) {
        if let Some(default) = &schema.default
            && value.is_null()
            && !schema.nullable
            && self.spend(default)
        {
            *value = default.clone();
        }
    }

    /// Whether a default may still be filled in. The last one may weigh more than what is left, so that an object in which
    /// something stays missing is too large in any case.
    fn spend(&mut self, default: &Value) -> bool {
        if self.left == 0 {
            return false;
        }
        self.filled = true;
        self.left = weight(default, self.left).map_or(0, |weight| self.left - weight);
        true
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

    #[test]
    fn small_items_do_not_become_a_large_list() {
        let schema = Structural::read(
            &json!({"type": "array", "items": {"type": "object", "properties": {
            "a": {"type": "string", "default": "x".repeat(1000)}}}}),
        );
        let mut few = json!(vec![json!({}); 100]);
        assert!(fill(&mut few, &schema));
        assert!(weight(&few, HEAVIEST).is_some() && few[99]["a"].is_string());
        let mut many = json!(vec![json!({}); 100_000]);
        assert!(fill(&mut many, &schema));
        assert_eq!(weight(&many, HEAVIEST), None, "which is refused");
        assert!(weight(&many, 3 * HEAVIEST).is_some());
    }
}
