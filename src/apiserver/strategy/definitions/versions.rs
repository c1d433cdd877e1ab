//! The versions of a definition: their schemas, columns, subresources and selectable fields.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::versions;
use crate::jsonpath::JsonPath;
use crate::schema::causes::{Path, shown};
use crate::schema::check::{self, NO_LABEL, field_at, is_label};
use crate::schema::structural::Structural;
use crate::status::Cause;

/// The types of printer columns.
const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];

/// The formats of printer columns.
const FORMATS: [&str; 8] = [
    "byte",
    "date",
    "date-time",
    "double",
    "float",
    "int32",
    "int64",
    "password",
];

/// The most fields that objects of a version can be selected by.
const MOST_SELECTABLE: u64 = 8;

/// What is wrong with the versions.
pub(super) fn check(definition: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let all = versions(definition);
    let whole = |message: &str| {
        let value = shown(&json!(all));
        Cause::invalid("spec.versions", &value, message)
    };
    let root = Path::Root;
    let parent = root.field("spec.versions");
    let mut seen = HashSet::new();
    for (index, version) in all.iter().enumerate() {
        let name = text(version, "name");
        if !is_label(name) {
            causes.push(Cause::invalid_value(
                &parent.index(index).field("name"),
                &json!(name),
                NO_LABEL,
            ));
        }
        if !seen.insert(name) {
            causes.push(whole("must contain unique version names"));
        }
        one(definition, index, version, old, causes);
    }
    let storing = all
        .iter()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .count();
    if storing != 1 {
        causes.push(whole("must have exactly one version marked as storage version"));
    }
}

fn text<'a>(version: &'a Value, field: &str) -> &'a str {
    version.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(version: &'a Value, field: &str) -> &'a [Value] {
    version
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Where a part of a version stands. Upstream tells of what all versions have alike as of a part of the whole.
fn place(definition: &Value, index: usize, pointer: &str, (shared, own): (&str, &str)) -> String {
    let all = versions(definition);
    let first = all.first().and_then(|version| version.pointer(pointer));
    let alike = first.is_some() && all.iter().all(|version| version.pointer(pointer) == first);
    if alike {
        format!("spec.{shared}")
    } else {
        format!("spec.versions[{index}].{own}")
    }
}

fn one(definition: &Value, index: usize, version: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let root = Path::Root;
    let own = format!("spec.versions[{index}]");
    let path = root.field(&own);
    deprecation(version, &path, causes);
    let subresources = place(
        definition,
        index,
        "/subresources",
        ("subresources", "subresources"),
    );
    scale(version, &root.field(&subresources), causes);
    let columns = place(
        definition,
        index,
        "/additionalPrinterColumns",
        ("additionalPrinterColumns", "additionalPrinterColumns"),
    );
    for (index, column) in list(version, "additionalPrinterColumns").iter().enumerate() {
        printer_column(column, &root.field(&columns).index(index), causes);
    }
    let schema = place(
        definition,
        index,
        "/schema/openAPIV3Schema",
        ("validation.openAPIV3Schema", "schema.openAPIV3Schema"),
    );
    let Some(raw) = version
        .pointer("/schema/openAPIV3Schema")
        .filter(|raw| raw.is_object())
    else {
        let place = format!("{own}.schema.openAPIV3Schema");
        causes.push(Cause::required(&place, "schemas are required"));
        return;
    };
    // What was taken before, is taken: a stricter server does not hold up who changes something else.
    let known = old.is_some_and(|old| {
        versions(old).iter().any(|before| {
            text(before, "name") == text(version, "name")
                && before.pointer("/schema/openAPIV3Schema") == Some(raw)
                && before.get("subresources") == version.get("subresources")
        })
    });
    if !known {
        let has_status = version
            .pointer("/subresources/status")
            .is_some_and(Value::is_object);
        let repeated = schema.starts_with("spec.validation") && index > 0;
        if !repeated {
            causes.extend(check::check(raw, &root.field(&schema), has_status));
        }
    }
    if !list(version, "selectableFields").is_empty() {
        let selectable = place(
            definition,
            index,
            "/selectableFields",
            ("selectableFields", "selectableFields"),
        );
        selectable_fields(version, raw, &root.field(&selectable), causes);
    }
}

fn deprecation(version: &Value, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) else {
        return;
    };
    let message = if version.get("deprecated") != Some(&Value::Bool(true)) {
        "can only be set for deprecated versions"
    } else if warning.len() > 256 {
        "must be <= 256 characters long"
    } else if warning.is_empty() {
        "must not be an empty string"
    } else if warning.chars().any(char::is_control) {
        "must only contain printable UTF-8 characters"
    } else {
        return;
    };
    let place = path.field("deprecationWarning");
    causes.push(Cause::invalid_value(&place, &json!(warning), message));
}

fn scale(version: &Value, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let Some(scale) = version.pointer("/subresources/scale") else {
        return;
    };
    let parent = path.field("scale");
    for (field, roots) in [
        ("specReplicasPath", &[".spec."][..]),
        ("statusReplicasPath", &[".status."][..]),
        ("labelSelectorPath", &[".spec.", ".status."][..]),
    ] {
        let value = text(scale, field);
        let place = parent.field(field);
        let invalid = |message: &str| Cause::invalid_value(&place, &json!(value), message);
        if value.is_empty() {
            if field != "labelSelectorPath" {
                causes.push(Cause::required(&place.to_string(), ""));
            }
        } else if !value.starts_with('.') {
            causes.push(invalid("must be a simple json path starting with ."));
        } else if !roots.iter().any(|root| value.starts_with(root)) {
            causes.push(invalid(match roots {
                [only] => {
                    if *only == ".spec." {
                        "should be a json path under .spec"
                    } else {
                        "should be a json path under .status"
                    }
                }
                _ => "should be a json path under either .spec or .status",
            }));
        }
    }
}

fn printer_column(column: &Value, path: &Path<'_>, causes: &mut Vec<Cause>) {
    if text(column, "name").is_empty() {
        causes.push(Cause::required(&path.field("name").to_string(), ""));
    }
    let kind = text(column, "type");
    let one_of_types = format!("must be one of {}", TYPES.join(","));
    if kind.is_empty() {
        causes.push(Cause::required(&path.field("type").to_string(), &one_of_types));
    } else if !TYPES.contains(&kind) {
        causes.push(Cause::invalid_value(
            &path.field("type"),
            &json!(kind),
            &one_of_types,
        ));
    }
    let format = text(column, "format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        let message = format!("must be one of {}", FORMATS.join(","));
        causes.push(Cause::invalid_value(
            &path.field("format"),
            &json!(format),
            &message,
        ));
    }
    let json_path = text(column, "jsonPath");
    let place = path.field("JSONPath");
    if json_path.is_empty() {
        causes.push(Cause::required(&place.to_string(), ""));
    } else if !json_path.starts_with('.') {
        let message = "must be a simple json path starting with .";
        causes.push(Cause::invalid_value(&place, &json!(json_path), message));
    } else if let Err(error) = JsonPath::parse(json_path) {
        let message = format!("is an invalid path: {error}");
        causes.push(Cause::invalid_value(&place, &json!(json_path), &message));
    }
}

fn selectable_fields(version: &Value, raw: &Value, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let schema = Structural::read(raw);
    let mut seen = HashSet::new();
    for (index, field) in list(version, "selectableFields").iter().enumerate() {
        let json_path = text(field, "jsonPath");
        let parent = path.index(index);
        let place = parent.field("jsonPath");
        let invalid = |message: &str| Cause::invalid_value(&place, &json!(json_path), message);
        if json_path.is_empty() {
            causes.push(Cause::required(&place.to_string(), ""));
            continue;
        }
        if json_path.contains('[') {
            causes.push(invalid("is an invalid path: array notation is not allowed"));
            continue;
        }
        if json_path == ".metadata" || json_path.starts_with(".metadata.") {
            causes.push(invalid("must not point to fields in metadata"));
            continue;
        }
        match field_at(json_path, &schema) {
            None => causes.push(invalid("is an invalid path: does not refer to a valid field")),
            Some(schema) if matches!(schema.kind.as_str(), "string" | "boolean" | "integer") => {}
            Some(_) => causes.push(invalid(
                "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
            )),
        }
        if !seen.insert(json_path) {
            causes.push(Cause::duplicate(&place, &format!("{json_path:?}")));
        }
    }
    if seen.len() as u64 > MOST_SELECTABLE {
        causes.push(Cause::too_many(path, seen.len(), MOST_SELECTABLE));
    }
}
