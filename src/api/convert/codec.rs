//! How one value is written in either version.

use serde_json::{Value, json};

use super::duration;
use super::rule::{Context, Side};
use super::{Fields, kept};

/// A way to write a value. `null` says nothing in either version and stays what it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Codec {
    /// The same in both.
    Same,
    /// `10m0s` in the old version, `600` in the new one. Fractions of a second are cut off.
    Seconds,
    /// Arguments: a map in the old version, a list of `{name, value}` in the new one, sorted by name.
    Arguments,
    /// Failure domains: a map by name in the old version, a list in the new one, sorted by name.
    Domains,
    /// A reference: with `apiVersion` and `namespace` in the old version, with `apiGroup` in the new one.
    Reference,
    /// A reference that has its version in both.
    VersionedReference,
    /// The reference of a Machine to its Node, of which the new version has the name only.
    Node,
    /// The phase of a Machine. The old version has no `Updating`.
    Phase,
}

/// The version of kinds that nobody knows. Providers of the contract v1beta1, for which references with versions are
/// written, use its name with few exceptions.
const LIKELY_VERSION: &str = "v1beta1";

impl Codec {
    /// The value as the other version writes it; none where it says nothing there.
    ///
    /// # Errors
    /// What is wrong with the value, for people.
    pub(super) fn convert(self, value: Value, context: &Context<'_>) -> Result<Option<Value>, String> {
        if value.is_null() {
            return Ok(Some(value));
        }
        let converted = self.convert_value(value, context)?;
        // The new version forbids empty lists of what was an empty map.
        let says_nothing = matches!(self, Self::Arguments | Self::Domains)
            && converted.as_array().is_some_and(Vec::is_empty);
        Ok((!says_nothing).then_some(converted))
    }

    fn convert_value(self, value: Value, context: &Context<'_>) -> Result<Value, String> {
        match (self, context.to) {
            (Self::Seconds, Side::New) => seconds(&value),
            (Self::Seconds, Side::Old) => duration_text(&value),
            (Self::Arguments, Side::New) => list(value, "name", |value| {
                Ok(Fields::from_iter([("value".to_owned(), value)]))
            }),
            (Self::Arguments, Side::Old) => map(value, |mut rest| {
                rest.shift_remove("value").unwrap_or_else(|| json!(""))
            }),
            (Self::Domains, Side::New) => list(value, "name", object),
            (Self::Domains, Side::Old) => map(value, Value::Object),
            (Self::Reference, to) => {
                let fields = object(value)?;
                match to {
                    Side::New => reference_by_group(fields),
                    Side::Old => reference_by_version(fields, context),
                }
            }
            (Self::VersionedReference, to) => {
                let mut fields = picked(object(value)?, &["apiVersion", "kind", "name"]);
                if to == Side::Old {
                    add_namespace(&mut fields, context);
                }
                Ok(Value::Object(fields))
            }
            (Self::Node, Side::New) => Ok(Value::Object(picked(object(value)?, &["name"]))),
            (Self::Node, Side::Old) => {
                let mut fields = picked(object(value)?, &["name"]);
                fields.insert("apiVersion".to_owned(), json!("v1"));
                fields.insert("kind".to_owned(), json!("Node"));
                Ok(Value::Object(fields))
            }
            (Self::Phase, Side::Old) if value == "Updating" => Ok(json!("Running")),
            (Self::Same | Self::Phase, _) => Ok(value),
        }
    }
}

fn seconds(value: &Value) -> Result<Value, String> {
    let text = value
        .as_str()
        .ok_or_else(|| expected("a duration like 10m30s", value))?;
    let seconds = duration::seconds(text).ok_or_else(|| expected("a duration like 10m30s", value))?;
    Ok(Value::from(seconds))
}

fn duration_text(value: &Value) -> Result<Value, String> {
    let seconds = value
        .as_i64()
        .ok_or_else(|| expected("a whole number of seconds", value))?;
    Ok(Value::String(duration::text(seconds)))
}

/// A map as a list, by name.
fn list(value: Value, key: &str, element: impl Fn(Value) -> Result<Fields, String>) -> Result<Value, String> {
    let mut entries: Vec<(String, Value)> = object(value)?.into_iter().collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    let elements = entries.into_iter().map(|(name, value)| {
        let rest = element(value)?;
        let mut fields = Fields::from_iter([(key.to_owned(), Value::String(name))]);
        for (field, value) in rest {
            fields.entry(field).or_insert(value);
        }
        Ok(Value::Object(fields))
    });
    Ok(Value::Array(elements.collect::<Result<_, String>>()?))
}

/// A list as a map by name. Of several with one name the last counts, as for the program that gets the arguments.
fn map(value: Value, entry: impl Fn(Fields) -> Value) -> Result<Value, String> {
    let Value::Array(elements) = value else {
        return Err(expected("a list", &value));
    };
    let mut fields = Fields::new();
    for element in elements {
        let mut element = object(element)?;
        let Some(Value::String(name)) = element.shift_remove("name") else {
            return Err("expected a name in every element".to_owned());
        };
        fields.insert(name, entry(element));
    }
    Ok(Value::Object(fields))
}

fn reference_by_group(mut fields: Fields) -> Result<Value, String> {
    let mut reference = Fields::new();
    match fields.shift_remove("apiVersion") {
        None | Some(Value::Null) => {}
        Some(Value::String(version)) => {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            reference.insert("apiGroup".to_owned(), json!(group));
        }
        Some(other) => return Err(expected("a text as apiVersion", &other)),
    }
    reference.extend(picked(fields, &["kind", "name"]));
    Ok(Value::Object(reference))
}

fn reference_by_version(mut fields: Fields, context: &Context<'_>) -> Result<Value, String> {
    let group = match fields.shift_remove("apiGroup") {
        None | Some(Value::Null) => None,
        Some(Value::String(group)) => Some(group),
        Some(other) => return Err(expected("a text as apiGroup", &other)),
    };
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    // A reference that refers to nothing stays one.
    if group.is_none() && kind.is_empty() {
        return Ok(Value::Object(fields));
    }
    let group = group.unwrap_or_default();
    let version = match (context.versions)(&group, kind) {
        Some(version) => version,
        None if group.is_empty() => "v1".to_owned(),
        None => LIKELY_VERSION.to_owned(),
    };
    let version = if group.is_empty() {
        version
    } else {
        format!("{group}/{version}")
    };
    let mut reference = Fields::from_iter([("apiVersion".to_owned(), Value::String(version))]);
    reference.extend(picked(fields, &["kind", "name"]));
    add_namespace(&mut reference, context);
    Ok(Value::Object(reference))
}

fn add_namespace(reference: &mut Fields, context: &Context<'_>) {
    if let Some(namespace) = &context.namespace {
        reference.insert("namespace".to_owned(), json!(namespace));
    }
}

fn picked(fields: Fields, names: &[&str]) -> Fields {
    let is_picked = |(name, _): &(String, Value)| names.contains(&name.as_str());
    fields.into_iter().filter(is_picked).collect()
}

fn object(value: Value) -> Result<Fields, String> {
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(expected("an object", &value))
        }
    }
}

fn expected(what: &str, found: &Value) -> String {
    format!("expected {what}, found {}", kept::shortened(found))
}
