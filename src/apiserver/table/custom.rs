//! Columns of resources that a CustomResourceDefinition made: the name, and what its printer columns say.
//!
//! Source: `apiextensions-apiserver/pkg/registry/customresource/tableconvertor`.

use jiff::Timestamp;
use serde_json::Value;

use super::{Printed, age};
use crate::jsonpath::JsonPath;
use crate::registry::{Column, Resource};

/// The columns of `resource`. Without printer columns there is the age.
pub(super) fn columns(resource: &Resource) -> Vec<Printed<'_>> {
    let mut columns = vec![Printed::name()];
    columns.extend(resource.columns.iter().map(printed));
    if resource.columns.is_empty() {
        columns.push(Printed::new(
            "Age",
            "date",
            "The server's time when the object was created.",
            |object, now| date(object.pointer("/metadata/creationTimestamp"), now),
        ));
    }
    columns
}

fn printed(column: &Column) -> Printed<'_> {
    // A path that cannot be read leaves its cells empty; the CRD's validation is where it is refused.
    let path = JsonPath::parse(&column.json_path).ok();
    let description = if column.description.is_empty() {
        format!(
            "Custom resource definition column (in JSONPath format): {}",
            column.json_path
        )
        .into()
    } else {
        column.description.as_str().into()
    };
    Printed {
        name: &column.name,
        kind: &column.kind,
        format: &column.format,
        description,
        priority: column.priority,
        cell: Box::new(move |object, now| {
            let found = path.as_ref().and_then(|path| path.first(object));
            cell(&column.kind, found, now)
        }),
    }
}

/// A value as a cell of the column's type; one that does not fit is left empty.
fn cell(kind: &str, value: Option<&Value>, now: Timestamp) -> Value {
    let Some(value) = value else {
        return Value::Null;
    };
    match kind {
        "string" => Value::String(in_words(value)),
        "integer" => value
            .as_i64()
            .or_else(|| value.as_f64().and_then(whole))
            .map_or(Value::Null, Value::from),
        "number" => value.as_f64().map_or(Value::Null, Value::from),
        "boolean" => value.as_bool().map_or(Value::Null, Value::Bool),
        "date" => date(Some(value), now),
        _ => Value::Null,
    }
}

/// A whole number where the fraction is cut off, as Go converts it.
#[allow(
    clippy::cast_possible_truncation,
    reason = "cutting the fraction is what is wanted, and the range was checked"
)]
fn whole(number: f64) -> Option<i64> {
    let limit = 2_f64.powi(63);
    (number > -limit && number < limit).then_some(number as i64)
}

/// The text of a value in a string column: scalars plain, lists and maps as JSON.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn date(value: Option<&Value>, now: Timestamp) -> Value {
    match value.and_then(Value::as_str) {
        None => Value::Null,
        Some("") => Value::from("<unknown>"),
        Some(text) => Value::String(
            text.parse::<Timestamp>()
                .map_or_else(|_| "<invalid>".to_owned(), |since| age(since, now)),
        ),
    }
}
