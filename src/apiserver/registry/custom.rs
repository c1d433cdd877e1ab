//! What a CustomResourceDefinition makes the server serve: one resource for each version that it serves.

mod establish;
mod form;

use std::sync::Arc;

use serde_json::Value;

use super::builtin::ALL_VERBS;
use super::{Column, Resource, ScalePaths};
use crate::apply::FieldTypes;

pub(crate) use establish::{establish, set_condition, with_defaults};
pub(crate) use form::{Form, Strategy};

/// The group of CustomResourceDefinitions.
pub(crate) const GROUP: &str = "apiextensions.k8s.io";
/// Their name in paths.
pub(crate) const PLURAL: &str = "customresourcedefinitions";
/// The finalizer under which instances are deleted before their definition goes.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What a definition makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Made {
    /// The resource of each version that is served.
    pub(crate) served: Vec<Arc<Resource>>,
    /// The resource of the version in which objects are stored, served or not: the server's own work is done in it.
    pub(crate) storing: Option<Arc<Resource>>,
}

/// What an established definition, which was written at `revision`, makes; nothing before it is established. `before` is
/// what it made until now.
pub(crate) fn resources(definition: &Value, revision: u64, before: &Made) -> Made {
    made(definition, revision, before).unwrap_or_default()
}

fn made(definition: &Value, revision: u64, before: &Made) -> Option<Made> {
    if condition(definition, "Established") != Some("True") {
        return None;
    }
    let storage = text(storage_version(definition)?, "name")?;
    let known = before
        .storing
        .as_ref()
        .and_then(|storing| storing.form.as_deref());
    let form = Arc::new(Form::read(definition, &storage, revision, known));
    let mut made = Made::default();
    for version in definition.pointer("/spec/versions")?.as_array()? {
        let Some(resource) = resource(definition, version, &form).map(Arc::new) else {
            continue;
        };
        if resource.version == storage {
            made.storing = Some(Arc::clone(&resource));
        }
        if version.get("served") == Some(&Value::Bool(true)) {
            made.served.push(resource);
        }
    }
    Some(made)
}

fn resource(definition: &Value, version: &Value, form: &Arc<Form>) -> Option<Resource> {
    let spec = definition.get("spec")?;
    let names = definition.pointer("/status/acceptedNames")?;
    let kind = text(names, "kind")?;
    let group = text(spec, "group")?;
    let name = text(version, "name")?;
    Some(Resource {
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
        selectable: selectable(version),
        deprecation: deprecation(version, &format!("{group}/{name} {kind}")),
        custom: true,
        kept: super::Kept::AsServed,
        tracks_generation: true,
        field_types: FieldTypes::default(),
        schema: form.schema(&name).map(|schema| schema.written().clone()),
        form: Some(Arc::clone(form)),
        version: name,
        group,
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

/// What clients of a deprecated version are told.
fn deprecation(version: &Value, what: &str) -> Option<String> {
    if version.get("deprecated") != Some(&Value::Bool(true)) {
        return None;
    }
    Some(text(version, "deprecationWarning").unwrap_or_else(|| format!("{what} is deprecated")))
}

/// Fields that objects can be selected by: `spec.colour`.
fn selectable(version: &Value) -> Vec<String> {
    version
        .get("selectableFields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|field| Some(text(field, "jsonPath")?.trim_start_matches('.').to_owned()))
        .collect()
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
