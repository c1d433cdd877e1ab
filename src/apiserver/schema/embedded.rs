//! Objects inside of objects: they have `apiVersion`, `kind` and `metadata` as any other.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/objectmeta`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::causes::Path;
use super::structural::Structural;
use crate::selector::labels;
use crate::status::Cause;

/// The most causes that are told of.
const MOST: usize = 100;

/// What upstream says of a name that is no DNS label.
pub(crate) const NO_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^[a-z]([-a-z0-9]*[a-z0-9])?$").ok());

/// Whether a text is a DNS label that begins with a letter.
pub(crate) fn is_label(text: &str) -> bool {
    text.len() <= 63 && LABEL.as_ref().is_some_and(|label| label.is_match(text))
}

/// What is wrong with embedded objects. Those that are unchanged are let through.
pub(super) fn check(object: &Value, schema: &Structural, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(object, schema, old, &Path::Root, &mut causes);
    causes.truncate(MOST);
    causes
}

fn walk(value: &Value, schema: &Structural, old: Option<&Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    if !schema.below.embedded || causes.len() >= MOST || old == Some(value) {
        return;
    }
    match value {
        Value::Object(fields) => {
            if schema.embedded {
                resource(fields, path, causes);
            }
            for (name, value) in fields {
                let old = old.and_then(|old| old.get(name));
                if let Some(inner) = schema.properties.get(name) {
                    walk(value, inner, old, &path.field(name), causes);
                } else if let Some(inner) = schema.additional.schema() {
                    walk(value, inner, old, &path.key(name), causes);
                }
            }
        }
        Value::Array(items) => {
            if let Some(inner) = schema.items.as_deref() {
                for (index, item) in items.iter().enumerate() {
                    let old = old.and_then(|old| old.get(index));
                    walk(item, inner, old, &path.index(index), causes);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn resource(fields: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    for field in ["apiVersion", "kind"] {
        let place = path.field(field);
        match fields.get(field) {
            None => causes.push(Cause::required(&place.to_string(), "")),
            Some(Value::String(text)) if text.is_empty() => {
                causes.push(Cause::required(&place.to_string(), ""));
            }
            Some(value @ Value::String(text)) => {
                let message = match field {
                    "kind" if !is_label(&text.to_lowercase()) => {
                        format!("may have mixed case, but should otherwise match: {NO_LABEL}")
                    }
                    "apiVersion" if text.matches('/').count() > 1 => {
                        format!("unexpected GroupVersion string: {text}")
                    }
                    _ => continue,
                };
                causes.push(Cause::invalid_value(&place, value, &message));
            }
            Some(other) => causes.push(Cause::invalid_value(&place, other, "must be a string")),
        }
    }
    match fields.get("metadata") {
        None => {}
        Some(Value::Object(fields)) => metadata(fields, &path.field("metadata"), causes),
        Some(other) => causes.push(Cause::invalid_value(
            &path.field("metadata"),
            other,
            "must be an object",
        )),
    }
}

fn metadata(fields: &Map<String, Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    if let Some(value) = fields.get("name") {
        let place = path.field("name");
        match value.as_str() {
            None => causes.push(Cause::invalid_value(&place, value, "must be a string")),
            Some("." | "..") => {
                causes.push(Cause::invalid_value(
                    &place,
                    value,
                    &format!("may not be {value}"),
                ));
            }
            Some(text) if text.contains(['/', '%']) => {
                causes.push(Cause::invalid_value(&place, value, "may not contain '/' or '%'"));
            }
            Some(_) => {}
        }
    }
    for field in ["labels", "annotations"] {
        let place = path.field(field);
        match fields.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                for (name, value) in map {
                    for why in labels::name_flaws(name) {
                        causes.push(Cause::invalid_value(&place, &Value::from(name.as_str()), why));
                    }
                    match value.as_str() {
                        None => causes.push(Cause::invalid_value(&place, value, "must be a map of strings")),
                        Some(text) if field == "labels" => {
                            for why in labels::value_flaws(text) {
                                causes.push(Cause::invalid_value(&place, value, why));
                            }
                        }
                        Some(_) => {}
                    }
                }
            }
            Some(other) => causes.push(Cause::invalid_value(&place, other, "must be a map of strings")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn embedded_objects_have_a_type_and_good_metadata() {
        let schema = Structural::read(&json!({"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "object", "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true}},
        }}));
        let fields = |object: &Value, old: Option<&Value>| -> Vec<(String, String)> {
            check(object, &schema, old)
                .into_iter()
                .map(|cause| (cause.field, cause.reason.to_owned()))
                .collect()
        };
        let good = json!({"list": [{"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n", "labels": {"a": "b"}}}]});
        assert_eq!(fields(&good, None), []);
        let bad = json!({"list": [
            {"apiVersion": "a/b/c", "kind": "no kind", "metadata": {"name": "a/b", "labels": {"-": "b"}}},
            {"metadata": {"labels": {"a": 1}}},
        ]});
        let expected = [
            ("list[0].apiVersion", "FieldValueInvalid"),
            ("list[0].kind", "FieldValueInvalid"),
            ("list[0].metadata.name", "FieldValueInvalid"),
            ("list[0].metadata.labels", "FieldValueInvalid"),
            ("list[1].apiVersion", "FieldValueRequired"),
            ("list[1].kind", "FieldValueRequired"),
            ("list[1].metadata.labels", "FieldValueInvalid"),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned()))
            .collect();
        assert_eq!(fields(&bad, None), expected);
        assert_eq!(fields(&bad, Some(&bad)), []);
    }
}
