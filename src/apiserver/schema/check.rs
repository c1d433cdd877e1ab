//! What a schema may not say: it must be structural, and say nothing that could not be held against an object.
//!
//! Sources: `apiextensions-apiserver/pkg/apiserver/schema/validation.go` and
//! `apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go`.

mod defaults;
mod openapi;
mod rules;
mod structure;

use serde_json::{Map, Value};

use super::causes::Path;
use super::structural::{DEEPEST, Structural};
use crate::status::Cause;

pub(crate) use super::embedded::{NO_LABEL, is_label};
pub(crate) use rules::field_at;

/// The most places that the schemas of a definition may have together.
const MOST_PLACES: usize = 100_000;

/// The most rules that the schemas of a definition may have together.
const MOST_RULES: usize = 2_000;

/// The most causes that are told of.
const MOST: usize = 100;

/// What is wrong with an `openAPIV3Schema` that stands at `path`.
pub(crate) fn check(raw: &Value, path: &Path<'_>, has_status: bool) -> Vec<Cause> {
    let Some(root) = raw.as_object() else {
        return vec![Cause::required(&path.to_string(), "schemas are required")];
    };
    if let Err(message) = measure(raw) {
        return vec![Cause::forbidden(&path.to_string(), &message)];
    }
    let schema = Structural::read(raw);
    let mut causes = openapi::check_root(root, has_status, path);
    let mut structural = structure::check(root, path);
    structural.sort_by(|left, right| (&left.field, &left.message).cmp(&(&right.field, &right.message)));
    let is_structural = structural.is_empty();
    causes.extend(structural);
    if is_structural {
        causes.extend(defaults::check(root, &schema, path));
    }
    causes.extend(openapi::check(root, path));
    if causes.is_empty() {
        causes.extend(rules::check(&schema, path));
    }
    causes.truncate(MOST);
    causes
}

/// What makes a schema not structural, in one text; none where it is.
pub(crate) fn not_structural(raw: &Value, path: &Path<'_>) -> Option<String> {
    let root = raw.as_object()?;
    if let Err(message) = measure(raw) {
        return Some(format!("{path}: {message}"));
    }
    structure::check(root, path)
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .min()
}

/// Refuses schemas that are too large to be worked with.
fn measure(raw: &Value) -> Result<(), String> {
    let (mut places, mut rules) = (0, 0);
    let mut waiting = vec![(raw, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > 2 * DEEPEST {
            return Err(format!("must not be nested deeper than {DEEPEST}"));
        }
        match value {
            Value::Object(fields) => {
                places += 1;
                if let Some(Value::Array(list)) = fields.get("x-kubernetes-validations") {
                    rules += list.len();
                }
                waiting.extend(fields.values().map(|value| (value, depth + 1)));
            }
            Value::Array(items) => waiting.extend(items.iter().map(|value| (value, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    if places > MOST_PLACES {
        return Err(format!("must not have more than {MOST_PLACES} places"));
    }
    if rules > MOST_RULES {
        return Err(format!("must not have more than {MOST_RULES} validation rules"));
    }
    Ok(())
}

/// What is done with a schema that stands below another.
type Visit<'v> = dyn FnMut(Part, &Map<String, Value>, &Path<'_>) + 'v;

/// The schemas right below a schema, each with its path: what `go` is to be asked of.
fn each_part(schema: &Map<String, Value>, path: &Path<'_>, go: &mut Visit<'_>) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let parent = path.field("properties");
        for (name, inner) in properties {
            if let Value::Object(inner) = inner {
                go(Part::Property(name.clone()), inner, &parent.key(name));
            }
        }
    }
    if let Some(Value::Object(inner)) = schema.get("additionalProperties") {
        go(Part::Additional, inner, &path.field("additionalProperties"));
    }
    if let Some(Value::Object(inner)) = schema.get("items") {
        go(Part::Items, inner, &path.field("items"));
    }
    for (keyword, part) in [
        ("allOf", Part::AllOf),
        ("anyOf", Part::AnyOf),
        ("oneOf", Part::OneOf),
    ] {
        let Some(Value::Array(branches)) = schema.get(keyword) else {
            continue;
        };
        let parent = path.field(keyword);
        for (index, inner) in branches.iter().enumerate() {
            if let Value::Object(inner) = inner {
                go(part.clone(), inner, &parent.index(index));
            }
        }
    }
    if let Some(Value::Object(inner)) = schema.get("not") {
        go(Part::Not, inner, &path.field("not"));
    }
}

/// How a schema stands below another.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Property(String),
    Additional,
    Items,
    AllOf,
    AnyOf,
    OneOf,
    Not,
}

/// The text of a field; empty where there is none.
fn text<'a>(schema: &'a Map<String, Value>, field: &str) -> &'a str {
    schema.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn flag(schema: &Map<String, Value>, field: &str) -> bool {
    schema.get(field) == Some(&Value::Bool(true))
}

/// Whether a field is there and says something.
fn says(schema: &Map<String, Value>, field: &str) -> bool {
    match schema.get(field) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(_) | Value::Bool(true) | Value::Number(_)) => true,
    }
}

#[cfg(test)]
mod tests;
