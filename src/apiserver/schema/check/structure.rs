//! Whether a schema is structural: every field has its type outside of `allOf` and its like, which only narrow values.

use serde_json::{Map, Value, json};

use super::{Part, each_part, flag, says, text};
use crate::schema::causes::Path;
use crate::schema::patterns::Pattern;
use crate::status::Cause;

/// What only a schema outside of `allOf` and its like may say, and how its absence is named.
const ONLY_OUTSIDE: [(&str, &str); 14] = [
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("externalDocs", "must be undefined to be structural"),
    (
        "x-kubernetes-preserve-unknown-fields",
        "must be false to be structural",
    ),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What is not structural.
pub(super) fn check(root: &Map<String, Value>, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    outside(root, Level::Root, path, &mut causes);
    causes.extend(incomplete(root, path));
    causes
}

fn outside(schema: &Map<String, Value>, level: Level, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let required = |field: &str, message: &str| Cause::required(&path.field(field).to_string(), message);
    let forbidden = |field: &str, message: &str| Cause::forbidden(&path.field(field).to_string(), message);
    let kind = text(schema, "type");
    let embedded = flag(schema, "x-kubernetes-embedded-resource");
    let preserve = flag(schema, "x-kubernetes-preserve-unknown-fields");
    let int_or_string = flag(schema, "x-kubernetes-int-or-string");
    let additional = schema
        .get("additionalProperties")
        .is_some_and(|value| *value != Value::Bool(false));
    if kind == "array" && !says(schema, "items") {
        causes.push(required("items", "must be specified"));
    }
    if level == Level::Root && additional {
        causes.push(forbidden("additionalProperties", "must not be used at the root"));
    }
    if embedded && additional {
        let message = "must not be used if x-kubernetes-embedded-resource is set";
        causes.push(forbidden("additionalProperties", message));
    }
    for (set, field) in [
        (preserve, "x-kubernetes-preserve-unknown-fields"),
        (embedded, "x-kubernetes-embedded-resource"),
    ] {
        if int_or_string && set {
            let message = "must be false if x-kubernetes-int-or-string is true";
            causes.push(Cause::invalid_value(
                &path.field(field),
                &Value::Bool(true),
                message,
            ));
        }
    }
    if embedded && kind != "object" {
        let message = "must be object if x-kubernetes-embedded-resource is true";
        causes.push(if kind.is_empty() {
            required("type", message)
        } else {
            Cause::invalid_value(&path.field("type"), &json!(kind), message)
        });
    } else if kind.is_empty() && !int_or_string && !preserve {
        let message = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        causes.push(required("type", message));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        causes.push(Cause::invalid_value(
            &path.field("type"),
            &json!(kind),
            "must be object at the root",
        ));
    }
    if embedded && !preserve && !says(schema, "properties") {
        let message = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        causes.push(required("properties", message));
    }
    if level == Level::Root || embedded {
        resource(schema, level, path, causes);
    }
    pattern(schema, path, causes);
    let exempt = exempt(schema, path);
    each_part(schema, path, &mut |part, inner, place| match part {
        // What `metadata` is at the root, everybody knows.
        Part::Property(name) if name == "metadata" && level == Level::Root => {}
        Part::Property(_) | Part::Additional => outside(inner, Level::Field, place, causes),
        Part::Items => outside(inner, Level::Item, place, causes),
        Part::AllOf | Part::AnyOf | Part::OneOf | Part::Not => {
            inside(inner, &exempt, place, causes);
        }
    });
}

/// The fields that every resource has: a schema can say little of them.
fn resource(schema: &Map<String, Value>, level: Level, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return;
    };
    let parent = path.field("properties");
    for name in ["apiVersion", "kind"] {
        if let Some(inner) = properties.get(name)
            && inner.get("type") != Some(&json!("string"))
        {
            let kind = inner.get("type").cloned().unwrap_or_else(|| json!(""));
            causes.push(Cause::invalid_value(
                &parent.key(name).field("type"),
                &kind,
                "must be string",
            ));
        }
    }
    let Some(Value::Object(metadata)) = properties.get("metadata") else {
        return;
    };
    let place = parent.key("metadata");
    if metadata.get("type") != Some(&json!("object")) {
        let kind = metadata.get("type").cloned().unwrap_or_else(|| json!(""));
        causes.push(Cause::invalid_value(
            &place.field("type"),
            &kind,
            "must be object",
        ));
    }
    let only_names = metadata
        .get("properties")
        .and_then(Value::as_object)
        .is_none_or(|fields| {
            fields
                .keys()
                .all(|name| matches!(name.as_str(), "name" | "generateName"))
        });
    let nothing_else = metadata
        .iter()
        .all(|(field, value)| matches!(field.as_str(), "type" | "properties" | "default") || value.is_null());
    if level == Level::Root && !(only_names && nothing_else) {
        causes.push(Cause::forbidden(
            &place.to_string(),
            "must not specify anything other than name and generateName, but metadata is implicitly specified",
        ));
    }
}

fn pattern(schema: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let text = text(schema, "pattern");
    if text.is_empty() {
        return;
    }
    let pattern = Pattern::new(text.to_owned());
    if let Some(error) = pattern.error() {
        let message = format!("must be a valid regular expression, but isn't: {error}");
        causes.push(Cause::invalid_value(
            &path.field("pattern"),
            &json!(text),
            &message,
        ));
    }
}

/// Where types may stand inside: the two forms in which `x-kubernetes-int-or-string` is written out.
fn exempt(schema: &Map<String, Value>, path: &Path<'_>) -> Vec<String> {
    let either =
        |any: Option<&Value>| any.is_some_and(|any| *any == json!([{"type": "integer"}, {"type": "string"}]));
    let mut places = Vec::new();
    let mut add = |path: &Path<'_>| {
        let parent = path.field("anyOf");
        places.extend([parent.index(0).to_string(), parent.index(1).to_string()]);
    };
    if either(schema.get("anyOf")) {
        add(path);
    }
    if schema
        .get("allOf")
        .and_then(Value::as_array)
        .and_then(|all| all.first())
        .is_some_and(|first| either(first.get("anyOf")))
    {
        add(&path.field("allOf").index(0));
    }
    places
}

/// A schema inside of `allOf` and its like.
fn inside(schema: &Map<String, Value>, exempt: &[String], path: &Path<'_>, causes: &mut Vec<Cause>) {
    for (field, message) in ONLY_OUTSIDE {
        let exempted = field == "type" && !exempt.is_empty() && exempt.contains(&path.to_string());
        if says(schema, field) && !exempted {
            causes.push(Cause::forbidden(&path.field(field).to_string(), message));
        }
    }
    if schema
        .get("properties")
        .is_some_and(|properties| properties.get("metadata").is_some())
    {
        causes.push(Cause::forbidden(
            &path.field("properties").key("metadata").to_string(),
            "must not be specified in a nested context",
        ));
    }
    pattern(schema, path, causes);
    each_part(schema, path, &mut |_, inner, place| {
        inside(inner, exempt, place, causes);
    });
}

/// Fields that are narrowed inside and not there outside.
fn incomplete(root: &Map<String, Value>, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    complete_below(root, path, &mut causes);
    causes
}

fn complete_below(schema: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    each_part(schema, path, &mut |part, inner, place| match part {
        Part::Property(_) | Part::Additional | Part::Items => complete_below(inner, place, causes),
        Part::AllOf | Part::AnyOf | Part::OneOf | Part::Not => {
            mirrored(inner, Some(schema), (place, &path.to_string()), causes);
        }
    });
}

/// Whether what stands inside stands outside, too. `outer` is the schema outside at the same place, `outside` its path.
fn mirrored(
    inner: &Map<String, Value>,
    outer: Option<&Map<String, Value>>,
    (path, outside): (&Path<'_>, &str),
    causes: &mut Vec<Cause>,
) {
    each_part(inner, path, &mut |part, nested, place| {
        let (counterpart, outside) = match &part {
            Part::Property(name) => (
                outer
                    .and_then(|outer| outer.get("properties"))
                    .and_then(|properties| properties.get(name)),
                format!("{outside}.properties[{name}]"),
            ),
            Part::Items => (
                outer.and_then(|outer| outer.get("items")),
                format!("{outside}.items"),
            ),
            Part::Additional => (
                outer.and_then(|outer| outer.get("additionalProperties")),
                format!("{outside}.additionalProperties"),
            ),
            Part::AllOf | Part::AnyOf | Part::OneOf | Part::Not => {
                mirrored(nested, outer, (place, outside), causes);
                return;
            }
        };
        match counterpart.and_then(Value::as_object) {
            Some(counterpart) => mirrored(nested, Some(counterpart), (place, &outside), causes),
            None => causes.push(Cause::required(
                &outside,
                &format!("because it is defined in {place}"),
            )),
        }
    });
}
