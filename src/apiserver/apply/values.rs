//! JSON values as fields of objects: when two are the same, how they are ordered, how they are written in messages.
//!
//! A whole number and a float of the same size are the same here, which `serde_json` does not say.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// Whether two values are the same.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || order_numbers(one, other) == Ordering::Equal
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && Pairs::new(one, other)
                    .all(|(_, one, other)| one.zip(other).is_some_and(|(one, other)| same(one, other)))
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => one == other,
    }
}

/// An order of all values: numbers, texts, truth values, lists, maps, null.
pub(crate) fn order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => order_numbers(one, other),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other).map(|(one, other)| order(one, other));
            first_difference(pairs).then(one.len().cmp(&other.len()))
        }
        (Value::Object(one), Value::Object(other)) => {
            let (one, other) = (sorted(one), sorted(other));
            let pairs = one
                .iter()
                .zip(&other)
                .map(|((name, value), (other_name, other))| name.cmp(other_name).then(order(value, other)));
            first_difference(pairs).then(one.len().cmp(&other.len()))
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => rank(one).cmp(&rank(other)),
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

fn order_numbers(one: &Number, other: &Number) -> Ordering {
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        return one.cmp(&other);
    }
    let (one, other) = (one.as_f64().unwrap_or(0.0), other.as_f64().unwrap_or(0.0));
    one.partial_cmp(&other).unwrap_or(Ordering::Equal)
}

/// A value as upstream writes it inside a path: texts in quotes.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(quoted).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => fields.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{name}={}", quoted(value));
            text
        }),
    }
}

/// A value as upstream writes it in messages about wrong types, which is how Go prints it.
pub(crate) fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(printed).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = sorted(fields)
                .into_iter()
                .map(|(name, value)| format!("{name}:{}", printed(value)))
                .collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// The same with Go's syntax for it: texts in quotes, types before lists and maps.
pub(crate) fn printed_as_source(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(printed_as_source).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = sorted(fields)
                .into_iter()
                .map(|(name, value)| format!("{name:?}:{}", printed_as_source(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// What Go calls the type of a value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// Walks two maps at once: every name of the first with both values, then the names that only the second has. Where the
/// names stand in the same order, as they do in two states of one object, nothing is looked up.
pub(crate) struct Pairs<'a> {
    one: serde_json::map::Iter<'a>,
    other: Option<serde_json::map::Iter<'a>>,
    maps: (&'a Map<String, Value>, &'a Map<String, Value>),
    rest: Option<serde_json::map::Iter<'a>>,
}

impl<'a> Pairs<'a> {
    /// Over two maps.
    pub(crate) fn new(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Self {
        Self {
            one: one.iter(),
            other: Some(other.iter()),
            maps: (one, other),
            rest: None,
        }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a String, Option<&'a Value>, Option<&'a Value>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((name, value)) = self.one.next() {
            if let Some(in_step) = &mut self.other {
                match in_step.next() {
                    Some((other_name, other)) if other_name == name => {
                        return Some((name, Some(value), Some(other)));
                    }
                    Some(_) | None => self.other = None,
                }
            }
            return Some((name, Some(value), self.maps.1.get(name)));
        }
        // In step to the end of the first, what is left of the second is its own.
        let one = self.maps.0;
        let in_step = self.other.take();
        let rest = self
            .rest
            .get_or_insert_with(|| in_step.unwrap_or_else(|| self.maps.1.iter()));
        rest.find(|(name, _)| !one.contains_key(*name))
            .map(|(name, value)| (name, None, Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_one_order() {
        let sorted = [
            json!(-1),
            json!(1),
            json!(1.5),
            json!(2),
            json!(""),
            json!("a"),
            json!(false),
            json!(true),
            json!([]),
            json!([1]),
            json!([1, 2]),
            json!([2]),
            json!({}),
            json!({"a": 1}),
            json!({"a": 2}),
            json!({"b": 1}),
            json!(null),
        ];
        for (place, one) in sorted.iter().enumerate() {
            for (other_place, other) in sorted.iter().enumerate() {
                assert_eq!(order(one, other), place.cmp(&other_place), "{one} {other}");
                assert_eq!(same(one, other), place == other_place, "{one} {other}");
            }
        }
        assert!(same(
            &json!({"a": [1, {"b": 2.0}]}),
            &json!({"a": [1.0, {"b": 2}]})
        ));
        assert!(!same(&json!({"a": 1, "b": 2}), &json!({"a": 1, "c": 2})));
    }

    #[test]
    fn maps_are_walked_together_whatever_their_order() {
        let cases = [
            (json!({"a": 1, "b": 2}), json!({"a": 3, "b": 4}), "a13 b24"),
            (json!({"a": 1, "b": 2}), json!({"b": 4, "a": 3}), "a13 b24"),
            (json!({"a": 1}), json!({"a": 3, "b": 4}), "a13 b-4"),
            (json!({"a": 1}), json!({"b": 4, "a": 3}), "a13 b-4"),
            (json!({"a": 1, "b": 2}), json!({"a": 3}), "a13 b2-"),
            (json!({}), json!({"a": 3}), "a-3"),
            (json!({"x": 1, "a": 2}), json!({"a": 3, "y": 4}), "x1- a23 y-4"),
        ];
        for (one, other, expected) in cases {
            let pairs = Pairs::new(one.as_object().unwrap(), other.as_object().unwrap());
            let text = |value: Option<&Value>| value.map_or("-".to_owned(), Value::to_string);
            let seen: Vec<String> = pairs
                .map(|(name, one, other)| format!("{name}{}{}", text(one), text(other)))
                .collect();
            assert_eq!(seen.join(" "), expected);
        }
    }

    #[test]
    fn values_are_written_as_upstream_writes_them() {
        let value = json!({"b": [1, "x"], "a": null});
        assert_eq!(printed(&value), "map[a:<nil> b:[1 x]]");
        assert_eq!(
            printed_as_source(&value),
            r#"map[string]interface {}{"a":interface {}(nil), "b":[]interface {}{1, "x"}}"#
        );
        assert_eq!(quoted(&json!(["a", 1, true])), r#"["a",1,true]"#);
    }
}
