//! What a CustomResourceDefinition makes the server serve, and what the server answers in its status.
//!
//! There is no converter yet, so that of several versions only the storage version is served and listed: a conversion
//! that only renames `apiVersion` would silently corrupt objects.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::builtin::ALL_VERBS;
use super::{Column, Resource, ScalePaths, Served};
use crate::apply::FieldTypes;

/// The group of CustomResourceDefinitions.
pub(crate) const GROUP: &str = "apiextensions.k8s.io";
/// Their name in paths.
pub(crate) const PLURAL: &str = "customresourcedefinitions";
/// The finalizer under which instances are deleted before their definition goes.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The resource that an established definition makes; none before it is established, or where its storage version is not
/// served.
pub(crate) fn resource(definition: &Value) -> Option<Resource> {
    if condition(definition, "Established") != Some("True") {
        return None;
    }
    let spec = definition.get("spec")?;
    let version = storage_version(definition)?;
    if version.get("served")? != &Value::Bool(true) {
        return None;
    }
    let names = definition.pointer("/status/acceptedNames")?;
    let kind = text(names, "kind")?;
    let schema = version.pointer("/schema/openAPIV3Schema");
    Some(Resource {
        group: text(spec, "group")?,
        version: text(version, "name")?,
        list_kind: text(names, "listKind").unwrap_or_else(|| format!("{kind}List")),
        plural: text(names, "plural")?,
        singular: text(names, "singular").unwrap_or_else(|| kind.to_lowercase()),
        short_names: texts(names.get("shortNames")),
        categories: texts(names.get("categories")),
        namespaced: spec.get("scope").and_then(Value::as_str) == Some("Namespaced"),
        verbs: ALL_VERBS.to_vec(),
        status_subresource: version
            .pointer("/subresources/status")
            .is_some_and(Value::is_object),
        scale: version.pointer("/subresources/scale").and_then(scale),
        columns: columns(version),
        custom: true,
        kept: super::Kept::AsServed,
        tracks_generation: true,
        schema: schema.map(|schema| Arc::new(schema.clone())),
        field_types: FieldTypes::default(),
        kind,
    })
}

/// The version in which objects are stored.
pub(crate) fn storage_version(definition: &Value) -> Option<&Value> {
    definition
        .pointer("/spec/versions")?
        .as_array()?
        .iter()
        .find(|version| version.get("storage") == Some(&Value::Bool(true)))
}

/// The status of a condition.
pub(crate) fn condition<'a>(definition: &'a Value, kind: &str) -> Option<&'a str> {
    definition
        .pointer("/status/conditions")?
        .as_array()?
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))?
        .get("status")?
        .as_str()
}

/// Writes the server's part of the status: accepted names, conditions, stored versions. Names that another definition or
/// a built-in resource of the group has are not accepted, and the definition is then not established.
pub(crate) fn establish(definition: &mut Value, served: &Served, now: Timestamp) {
    let Some(names) = definition.pointer("/spec/names").cloned() else {
        return;
    };
    let group = definition
        .pointer("/spec/group")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let conflict = name_conflict(&group, &names, served);
    let version = storage_version(definition).and_then(|version| text(version, "name"));
    let mut stored: Vec<String> = texts(definition.pointer("/status/storedVersions"));
    if let Some(version) = version
        && !stored.contains(&version)
    {
        stored.push(version);
    }
    let Some(definition) = definition.as_object_mut() else {
        return;
    };
    let status = definition.entry("status").or_insert_with(|| json!({}));
    if !status.is_object() {
        *status = json!({});
    }
    let names_condition = match &conflict {
        None => ("True", "NoConflicts", "no conflicts found".to_owned()),
        Some(conflict) => ("False", conflict.reason, conflict.message.clone()),
    };
    let established = condition_value(status, "Established") == Some("True");
    let established_condition = match (&conflict, established) {
        (None, _) => (
            "True",
            "InitialNamesAccepted",
            "the initial names have been accepted".to_owned(),
        ),
        // What is served stays served: a later conflict of names does not take objects away.
        (Some(_), true) => return,
        (Some(_), false) => ("False", "NotAccepted", "not all names are accepted".to_owned()),
    };
    set_condition(status, "NamesAccepted", &names_condition, now);
    set_condition(status, "Established", &established_condition, now);
    let accepted = if conflict.is_none() {
        with_defaults(names)
    } else {
        json!({"plural": "", "kind": ""})
    };
    status["acceptedNames"] = accepted;
    status["storedVersions"] = json!(stored);
}

struct NameConflict {
    reason: &'static str,
    message: String,
}

fn name_conflict(group: &str, names: &Value, served: &Served) -> Option<NameConflict> {
    let names = with_defaults(names.clone());
    let plural = text(&names, "plural")?;
    let mut wanted: Vec<(&'static str, String)> = vec![("PluralConflict", plural.clone())];
    wanted.extend(text(&names, "singular").map(|name| ("SingularConflict", name)));
    wanted.extend(
        texts(names.get("shortNames"))
            .into_iter()
            .map(|name| ("ShortNamesConflict", name)),
    );
    let kinds: Vec<(&'static str, String)> = [("KindConflict", "kind"), ("ListKindConflict", "listKind")]
        .into_iter()
        .filter_map(|(reason, field)| text(&names, field).map(|name| (reason, name)))
        .collect();
    for other in served.all() {
        if other.group != group || other.plural == plural {
            continue;
        }
        let taken = |name: &str| {
            other.singular == name
                || other.plural == name
                || other.short_names.iter().any(|short| short == name)
        };
        let taken_kind = |name: &str| other.kind == name || other.list_kind == name;
        let found = wanted
            .iter()
            .find(|(_, name)| taken(name))
            .or_else(|| kinds.iter().find(|(_, name)| taken_kind(name)));
        if let Some((reason, name)) = found {
            return Some(NameConflict {
                reason,
                message: format!("{name:?} is already in use"),
            });
        }
    }
    None
}

/// Names as the server completes them: singular and list kind follow from the kind.
pub(crate) fn with_defaults(mut names: Value) -> Value {
    let Some(kind) = text(&names, "kind") else {
        return names;
    };
    if let Some(fields) = names.as_object_mut() {
        for (field, default) in [
            ("singular", kind.to_lowercase()),
            ("listKind", format!("{kind}List")),
        ] {
            let missing = fields
                .get(field)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty);
            if missing {
                fields.insert(field.to_owned(), Value::String(default));
            }
        }
    }
    names
}

fn condition_value<'a>(status: &'a Value, kind: &str) -> Option<&'a str> {
    status
        .get("conditions")?
        .as_array()?
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))?
        .get("status")?
        .as_str()
}

/// Sets a condition; its time moves only with its status.
pub(crate) fn set_condition(status: &mut Value, kind: &str, state: &(&str, &str, String), now: Timestamp) {
    let (value, reason, message) = state;
    let Some(status) = status.as_object_mut() else {
        return;
    };
    let conditions = status.entry("conditions").or_insert_with(|| json!([]));
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else {
        return;
    };
    let fresh = json!({
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": crate::object::timestamp(now),
    });
    let place = conditions
        .iter_mut()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind));
    match place {
        None => conditions.push(fresh),
        Some(old) => {
            let same = old.get("status").and_then(Value::as_str) == Some(value);
            let since = old.get("lastTransitionTime").cloned();
            *old = fresh;
            if let (true, Some(since)) = (same, since) {
                old["lastTransitionTime"] = since;
            }
        }
    }
}

fn columns(version: &Value) -> Vec<Column> {
    let Some(columns) = version.get("additionalPrinterColumns").and_then(Value::as_array) else {
        return vec![Column {
            name: "Age".to_owned(),
            kind: "date".to_owned(),
            json_path: ".metadata.creationTimestamp".to_owned(),
            ..Column::default()
        }];
    };
    columns
        .iter()
        .filter_map(|column| {
            Some(Column {
                name: text(column, "name")?,
                kind: text(column, "type")?,
                format: text(column, "format").unwrap_or_default(),
                description: text(column, "description").unwrap_or_default(),
                priority: column
                    .get("priority")
                    .and_then(Value::as_i64)
                    .and_then(|priority| i32::try_from(priority).ok())
                    .unwrap_or(0),
                json_path: text(column, "jsonPath")?,
            })
        })
        .collect()
}

fn scale(scale: &Value) -> Option<ScalePaths> {
    Some(ScalePaths {
        spec_replicas: text(scale, "specReplicasPath")?,
        status_replicas: text(scale, "statusReplicasPath")?,
        label_selector: text(scale, "labelSelectorPath"),
    })
}

fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field)?.as_str().map(str::to_owned)
}

fn texts(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests;
