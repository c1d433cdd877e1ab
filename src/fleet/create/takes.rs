//! What the schema of a variable takes, in words, before anybody has to find it out by a wrong answer: type, bounds, choices,
//! pattern, the fields of an object and what is in a list.
//!
//! Source: Cluster API's variables, whose schemas are structural as those of CustomResourceDefinitions are.

use serde_json::Value;

use super::value::possible;

/// So deep the fields of objects are told.
const DEEPEST: usize = 2;

/// What a value of that schema is: `integer, 1 to 9`. Not yet safe to show.
pub(super) fn takes(schema: &Value) -> String {
    told(schema, 0)
}

fn told(schema: &Value, depth: usize) -> String {
    let word = |field: &str| schema.get(field).and_then(Value::as_str);
    let either = schema.get("x-kubernetes-int-or-string").and_then(Value::as_bool) == Some(true);
    let kind = match word("type") {
        _ if either => "integer or string",
        Some("array") => "list",
        Some(kind) => kind,
        None => "any value",
    };
    let mut parts = Vec::new();
    parts.extend(choices(schema));
    parts.extend(bounds(schema));
    for (least, most, of) in [
        ("minLength", "maxLength", "character"),
        ("minItems", "maxItems", "element"),
        ("minProperties", "maxProperties", "field"),
    ] {
        parts.extend(between(schema, (least, most), of));
    }
    parts.extend(word("pattern").map(|pattern| format!("matches {pattern}")));
    parts.extend(word("format").map(|format| format!("written as {format}")));
    let head = std::iter::once(kind.to_owned())
        .chain(parts)
        .collect::<Vec<String>>()
        .join(", ");
    match inside(schema, depth) {
        Some(inside) => format!("{head} {inside}"),
        None => head,
    }
}

/// What an object or a list holds.
fn inside(schema: &Value, depth: usize) -> Option<String> {
    if depth == DEEPEST {
        return None;
    }
    if let Some(items) = schema.get("items") {
        return Some(format!("of {}", told(items, depth + 1)));
    }
    if let Some(known) = schema
        .get("properties")
        .and_then(Value::as_object)
        .filter(|known| !known.is_empty())
    {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|field| field == name));
        let fields = known.iter().map(|(name, field)| {
            let needed = if is_required(name) && field.get("default").is_none() {
                ", required"
            } else {
                ""
            };
            let default = field
                .get("default")
                .map_or_else(String::new, |default| format!(", default {default}"));
            format!("{name}: {}{default}{needed}", told(field, depth + 1))
        });
        return Some(format!("{{{}}}", fields.collect::<Vec<String>>().join("; ")));
    }
    let others = schema
        .get("additionalProperties")
        .filter(|others| others.is_object())?;
    Some(format!("of names with {} each", told(others, depth + 1)))
}

fn choices(schema: &Value) -> Option<String> {
    let choices = schema
        .get("enum")
        .and_then(Value::as_array)
        .filter(|choices| !choices.is_empty())?;
    Some(format!("one of {}", possible(choices).join(", ")))
}

fn bounds(schema: &Value) -> Option<String> {
    let excludes = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
    let range = match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) if !excludes("exclusiveMinimum") && !excludes("exclusiveMaximum") => {
            Some(format!("{least} to {most}"))
        }
        (least, most) => {
            let least = least.map(|least| {
                if excludes("exclusiveMinimum") {
                    format!("more than {least}")
                } else {
                    format!("{least} at least")
                }
            });
            let most = most.map(|most| {
                if excludes("exclusiveMaximum") {
                    format!("less than {most}")
                } else {
                    format!("{most} at most")
                }
            });
            let both: Vec<String> = least.into_iter().chain(most).collect();
            (!both.is_empty()).then(|| both.join(", "))
        }
    };
    let step = schema
        .get("multipleOf")
        .map(|step| format!("a multiple of {step}"));
    let both: Vec<String> = range.into_iter().chain(step).collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// How many of something there are: `3 to 5 characters`, `at least 1 element`.
fn between(schema: &Value, (least, most): (&str, &str), of: &str) -> Option<String> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    let (range, count) = match (bound(least), bound(most)) {
        (Some(least), Some(most)) if least == most => (least.to_string(), most),
        (Some(least), Some(most)) => (format!("{least} to {most}"), most),
        (Some(least), None) => (format!("at least {least}"), least),
        (None, Some(most)) => (format!("at most {most}"), most),
        (None, None) => return None,
    };
    Some(format!("{range} {of}{}", if count == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_told_in_words() {
        let zone = json!({"type": "object", "properties": {"name": {"type": "string"}, "deep": {"type": "object", "properties": {"x": {"type": "string"}}}}});
        for (schema, expected) in [
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9}),
                "integer, 1 to 9",
            ),
            (
                json!({"type": "integer", "minimum": 1, "multipleOf": 2}),
                "integer, 1 at least, a multiple of 2",
            ),
            (
                json!({"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 1}),
                "number, more than 0, 1 at most",
            ),
            (
                json!({"type": "string", "enum": ["eu", "us"]}),
                "string, one of eu, us",
            ),
            (
                json!({"type": "string", "maxLength": 5, "pattern": "^[a-z]+$"}),
                "string, at most 5 characters, matches ^[a-z]+$",
            ),
            (
                json!({"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}}),
                "list, 1 to 2 elements of string",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "object of names with string each",
            ),
            (
                json!({"type": "object", "required": ["host", "port"], "properties": {
                    "host": {"type": "string", "minLength": 3},
                    "port": {"type": "integer", "default": 443},
                    "zones": {"type": "array", "items": zone},
                }}),
                "object {host: string, at least 3 characters, required; port: integer, default 443; zones: list of object}",
            ),
            (json!({"x-kubernetes-int-or-string": true}), "integer or string"),
            (json!({}), "any value"),
        ] {
            assert_eq!(takes(&schema), expected, "{schema}");
        }
    }
}
