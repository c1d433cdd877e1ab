//! What the schema of a variable refuses of its value, as the topology controller would: types, lengths, bounds, patterns, formats
//! and what is required, here and below. Rules in CEL are left to the server.
//!
//! Source: Cluster API's variables, whose schemas are structural as those of CustomResourceDefinitions are.

use fleetui_rules::format;
use regex::RegexBuilder;
use serde_json::{Map, Value};

/// How much memory a pattern may take.
const LARGEST_PATTERN: usize = 1 << 20;

/// Why a value cannot be one of that schema: where in it, and what. Nothing where the schema takes it.
pub(super) fn refuses(schema: &Value, value: &Value) -> Option<String> {
    look(schema, value, "")
}

/// Values, as they are typed.
pub(super) fn possible(choices: &[Value]) -> Vec<String> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    choices.iter().map(plain).collect()
}

fn look(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let flag = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
    if value.is_null() && flag("nullable") {
        return None;
    }
    let wrong = of_type(schema, value)
        .or_else(|| of_choices(schema, value))
        .or_else(|| match value {
            Value::String(text) => of_text(schema, text),
            Value::Number(number) => of_number(schema, number.as_f64()?),
            Value::Array(elements) => of_list(schema, elements),
            Value::Object(fields) => of_fields(schema, fields),
            Value::Null | Value::Bool(_) => None,
        });
    match wrong {
        Some(what) if path.is_empty() => Some(what),
        Some(what) => Some(format!("{path}: {what}")),
        None => below(schema, value, path),
    }
}

/// The first thing that is wrong with a field or an element.
fn below(schema: &Value, value: &Value, path: &str) -> Option<String> {
    match value {
        Value::Array(elements) => {
            let of_each = schema.get("items")?;
            let mut elements = elements.iter().enumerate();
            elements.find_map(|(at, element)| look(of_each, element, &format!("{path}[{at}]")))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let named = schema.get("properties").and_then(|known| known.get(name));
            let of_field = named.or_else(|| schema.get("additionalProperties"))?;
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            look(of_field, field, &path)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn of_type(schema: &Value, value: &Value) -> Option<String> {
    let is_whole =
        || value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    if schema.get("x-kubernetes-int-or-string").and_then(Value::as_bool) == Some(true) {
        let fits = value.is_string() || is_whole();
        return (!fits).then(|| format!("{} is no integer and no string", shown(value)));
    }
    let kind = schema.get("type").and_then(Value::as_str)?;
    let fits = match kind {
        "string" => value.is_string(),
        "integer" => value.is_number() && is_whole(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    (!fits).then(|| format!("{} is no {kind}", shown(value)))
}

fn of_choices(schema: &Value, value: &Value) -> Option<String> {
    let choices = schema.get("enum").and_then(Value::as_array)?;
    let is_one = choices.is_empty() || choices.contains(value);
    (!is_one).then(|| format!("{} is none of {}", shown(value), possible(choices).join(", ")))
}

fn of_text(schema: &Value, text: &str) -> Option<String> {
    let length = text.chars().count();
    let said = format!("{text:?}");
    let wrong = length_of(schema, ("minLength", "maxLength"), (length, "character"));
    let wrong = wrong.map(|what| format!("{said} {what}"));
    let of_pattern = || {
        let pattern = schema.get("pattern").and_then(Value::as_str)?;
        // What is no pattern for us, the server knows.
        let built = RegexBuilder::new(pattern)
            .size_limit(LARGEST_PATTERN)
            .build()
            .ok()?;
        (!built.is_match(text)).then(|| format!("{said} does not match {pattern}"))
    };
    let of_format = || {
        let format = schema.get("format").and_then(Value::as_str)?;
        let wanted = format::wanted(format).filter(|_| !format::fits(format, text))?;
        Some(format!("{said} is no {wanted}"))
    };
    wrong.or_else(of_pattern).or_else(of_format)
}

fn of_number(schema: &Value, number: f64) -> Option<String> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let excludes = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
    if let Some(least) = bound("minimum") {
        if number < least {
            return Some(format!("{number} is less than {least}"));
        }
        if excludes("exclusiveMinimum") && number <= least {
            return Some(format!("{number} is not more than {least}"));
        }
    }
    if let Some(most) = bound("maximum") {
        if number > most {
            return Some(format!("{number} is more than {most}"));
        }
        if excludes("exclusiveMaximum") && number >= most {
            return Some(format!("{number} is not less than {most}"));
        }
    }
    let step = bound("multipleOf").filter(|step| *step > 0.0)?;
    (number % step != 0.0).then(|| format!("{number} is no multiple of {step}"))
}

fn of_list(schema: &Value, elements: &[Value]) -> Option<String> {
    let wrong = length_of(schema, ("minItems", "maxItems"), (elements.len(), "element"));
    wrong.map(|what| format!("the list {what}")).or_else(|| {
        let is_set = schema.get("uniqueItems").and_then(Value::as_bool) == Some(true)
            || schema.get("x-kubernetes-list-type").and_then(Value::as_str) == Some("set");
        let is_before =
            |(at, element): &(usize, &Value)| elements.iter().take(*at).any(|other| other == *element);
        let twice = elements.iter().enumerate().find(is_before);
        twice
            .filter(|_| is_set)
            .map(|(_, element)| format!("{} stands there twice", shown(element)))
    })
}

fn of_fields(schema: &Value, fields: &Map<String, Value>) -> Option<String> {
    let known = schema.get("properties").and_then(Value::as_object);
    let has_default = |name: &str| {
        let field = known.and_then(|known| known.get(name));
        field.is_some_and(|field| field.get("default").is_some())
    };
    let required = schema.get("required").and_then(Value::as_array);
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.find(|name| !fields.contains_key(*name) && !has_default(name)) {
        return Some(format!("{missing} is missing"));
    }
    let is_open = schema.get("type").is_none()
        || schema
            .get("x-kubernetes-preserve-unknown-fields")
            .and_then(Value::as_bool)
            == Some(true)
        || schema
            .get("additionalProperties")
            .is_some_and(|others| *others != Value::Bool(false));
    let is_known = |name: &String| known.is_some_and(|known| known.contains_key(name));
    if let Some(unknown) = fields.keys().find(|name| !is_open && !is_known(name)) {
        return Some(format!("there is no field {unknown} here"));
    }
    let wrong = length_of(
        schema,
        ("minProperties", "maxProperties"),
        (fields.len(), "field"),
    );
    wrong.map(|what| format!("it {what}"))
}

/// What is wrong with how many there are of something.
fn length_of(schema: &Value, (least, most): (&str, &str), (length, of): (usize, &str)) -> Option<String> {
    let bound = |name: &str| {
        let bound = schema.get(name).and_then(Value::as_u64)?;
        usize::try_from(bound).ok()
    };
    let has = || format!("has {length} {of}{}", if length == 1 { "" } else { "s" });
    if let Some(least) = bound(least).filter(|least| length < *least) {
        return Some(format!("{}, {least} at least", has()));
    }
    let most = bound(most).filter(|most| length > *most)?;
    Some(format!("{}, {most} at most", has()))
}

/// A value as it is typed.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "a mapping".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::String(_) | Value::Number(_) | Value::Bool(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Values in YAML, and what is said of them.
    const VALUES: [(&str, Option<&str>); 26] = [
        ("{host: abc}", None),
        (
            "{host: abc, free: {x: [1]}, labels: {a: b}, either: 1%, share: 1.5}",
            None,
        ),
        ("{host: abc, zones: [{name: a}, {name: b}]}", None),
        ("{port: 4}", Some("host is missing")),
        ("{host: ab}", Some("host: \"ab\" has 2 characters, 3 at least")),
        (
            "{host: abcdef}",
            Some("host: \"abcdef\" has 6 characters, 5 at most"),
        ),
        ("{host: ABC}", Some("host: \"ABC\" does not match ^[a-z]+$")),
        ("{host: 1}", Some("host: 1 is no string")),
        ("{host: abc, port: 10}", Some("port: 10 is more than 9")),
        ("{host: abc, port: 1.5}", Some("port: 1.5 is no integer")),
        (
            "{host: abc, zones: []}",
            Some("zones: the list has 0 elements, 1 at least"),
        ),
        (
            "{host: abc, zones: [{}, {}, {}]}",
            Some("zones: the list has 3 elements, 2 at most"),
        ),
        (
            "{host: abc, zones: [{name: a}, {name: a}]}",
            Some("zones: a mapping stands there twice"),
        ),
        (
            "{host: abc, zones: [{name: a}, {}]}",
            Some("zones[1]: name is missing"),
        ),
        (
            "{host: abc, zones: [{name: c}]}",
            Some("zones[0].name: \"c\" is none of a, b"),
        ),
        ("{host: abc, zone: 1}", Some("there is no field zone here")),
        (
            "{host: abc, labels: {a: ''}}",
            Some("labels.a: \"\" has 0 characters, 1 at least"),
        ),
        (
            "{host: abc, labels: {a: '1', b: '2'}}",
            Some("labels: it has 2 fields, 1 at most"),
        ),
        (
            "{host: abc, either: true}",
            Some("either: true is no integer and no string"),
        ),
        ("{host: abc, share: 0}", Some("share: 0 is not more than 0")),
        (
            "{host: abc, share: 0.7}",
            Some("share: 0.7 is no multiple of 0.5"),
        ),
        ("[]", Some("a list is no object")),
        ("{host: null, port: 1}", Some("host: nothing is no string")),
        ("{host: abc, servers: [192.0.2.7]}", None),
        (
            "{host: abc, servers: [192.0.2.7, nope]}",
            Some("servers[1]: \"nope\" is no IPv4 address, such as 192.0.2.7"),
        ),
        ("{host: abc, odd: anything}", None),
    ];

    #[test]
    fn what_a_schema_refuses_is_said_where_it_stands_and_in_its_own_words() {
        let zone = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "enum": ["a", "b"]}}});
        let schema = json!({
            "type": "object",
            "required": ["host", "port"],
            "properties": {
                "host": {"type": "string", "minLength": 3, "maxLength": 5, "pattern": "^[a-z]+$"},
                "port": {"type": "integer", "minimum": 1, "maximum": 9, "default": 4},
                "zones": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": zone},
                "labels": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string", "minLength": 1}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "either": {"x-kubernetes-int-or-string": true},
                "servers": {"type": "array", "items": {"type": "string", "format": "ipv4"}},
                "odd": {"type": "string", "format": "nobody-knows"},
                "share": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "multipleOf": 0.5},
            },
        });
        for (text, expected) in VALUES {
            let value = serde_yaml::from_str(text).unwrap();
            assert_eq!(refuses(&schema, &value).as_deref(), expected, "{text}");
        }
        let closed = json!({"type": "object", "properties": {}, "additionalProperties": false});
        assert_eq!(
            refuses(&closed, &json!({"a": 1})).as_deref(),
            Some("there is no field a here")
        );
        assert_eq!(refuses(&Value::Null, &json!({"a": 1})), None, "nothing is known");
    }
}
