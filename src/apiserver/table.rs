//! The Table form of objects, as `kubectl get` asks for it: columns chosen and cells printed by the server.
//!
//! Must not know: requests, storage. It turns objects into rows and nothing else.

mod built_in;
mod control;
mod custom;
mod events;
mod network;
mod nodes;
mod pod;
mod storage;
mod workloads;

pub use fleetui_base::human_duration::age;

use fleetui_base::human_duration as duration;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::registry::Resource;

/// Description of the first column, which every Table shares; the sentence of ObjectMeta's name in short.
const NAME_DESCRIPTION: &str = "Name must be unique within a namespace. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

/// What a Table's rows carry of their objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IncludeObject {
    /// Nothing.
    None,
    /// The metadata, as a PartialObjectMetadata; what clients get that ask for nothing else.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

impl IncludeObject {
    /// Reads the query parameter `includeObject`; absent where it is none of `None`, `Metadata`, `Object`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "None" => Some(Self::None),
            "" | "Metadata" => Some(Self::Metadata),
            "Object" => Some(Self::Object),
            _ => None,
        }
    }
}

/// How a Table is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableOptions {
    /// Version of `meta.k8s.io` that the client asked for, `v1` or `v1beta1`.
    pub version: String,
    /// What the rows carry of their objects.
    pub include_object: IncludeObject,
    /// Whether the columns are described; only the first event of a watch does.
    pub with_columns: bool,
}

/// What a column says of an object at a time.
type Cell<'a> = dyn Fn(&Value, Timestamp) -> Value + 'a;

/// A column and what it says of an object.
struct Printed<'a> {
    name: &'a str,
    kind: &'a str,
    format: &'a str,
    description: std::borrow::Cow<'a, str>,
    priority: i32,
    cell: Box<Cell<'a>>,
}

/// The Table of `objects`, which are all of `resource`; ages are counted up to `now`.
///
/// `list_meta` becomes the Table's metadata: resourceVersion, continue and remainingItemCount of the list.
pub fn render(
    resource: &Resource,
    objects: &[&Value],
    list_meta: Value,
    options: &TableOptions,
    now: Timestamp,
) -> Value {
    let columns = if resource.custom {
        custom::columns(resource)
    } else {
        built_in::columns(resource)
    };
    let group_version = format!("meta.k8s.io/{}", options.version);
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let cells: Vec<Value> = columns.iter().map(|column| (column.cell)(object, now)).collect();
            json!({"cells": cells, "object": include(object, options.include_object, &group_version)})
        })
        .collect();
    let definitions = if options.with_columns {
        columns.iter().map(Printed::definition).collect()
    } else {
        Value::Null
    };
    let mut table = json!({"kind": "Table", "apiVersion": group_version, "metadata": null});
    table["metadata"] = list_meta;
    table["columnDefinitions"] = definitions;
    table["rows"] = rows.into();
    table
}

/// What a row carries of its object. Upstream's rows always have the field, so nothing is `null` there.
fn include(object: &Value, what: IncludeObject, group_version: &str) -> Value {
    match what {
        IncludeObject::None => Value::Null,
        IncludeObject::Object => object.clone(),
        IncludeObject::Metadata => json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": group_version,
            "metadata": object.get("metadata").cloned().unwrap_or_else(|| json!({})),
        }),
    }
}

impl<'a> Printed<'a> {
    fn new(
        name: &'a str,
        kind: &'a str,
        description: &'a str,
        cell: impl Fn(&Value, Timestamp) -> Value + 'a,
    ) -> Self {
        Self {
            name,
            kind,
            format: "",
            description: description.into(),
            priority: 0,
            cell: Box::new(cell),
        }
    }

    /// The column that stands first in nearly every Table.
    fn name() -> Self {
        Self {
            format: "name",
            ..Self::new("Name", "string", NAME_DESCRIPTION, |object, _| {
                object.pointer("/metadata/name").cloned().unwrap_or(Value::Null)
            })
        }
    }

    /// The same column, shown with `-o wide` only.
    fn wide(self) -> Self {
        Self { priority: 1, ..self }
    }

    fn definition(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        })
    }
}

/// The text of a field; empty where there is none.
fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The age of the timestamp in a field, `<unknown>` where there is none.
fn age_of(object: &Value, pointer: &str, now: Timestamp) -> String {
    match object
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::parse::<Timestamp>)
    {
        Some(Ok(since)) => age(since, now),
        Some(Err(_)) | None => "<unknown>".to_owned(),
    }
}

#[cfg(test)]
mod tests;
