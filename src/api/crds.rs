//! The CustomResourceDefinitions of the Cluster API kinds that an embedded management cluster serves.
//!
//! Names, versions, printer columns and subresources stand in a table, `crds/table.rs`; schemas are derived from the types.
//! A test holds all of it against upstream's own files.

mod columns;
mod table;

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::kinds::CLUSTERCTL;
use crate::labels::{CONTRACT_PREFIX, PROVIDER};
use crate::structural;
use columns::PrinterColumn;
use table::{Definition, Scale, Scope, Version};

/// All CustomResourceDefinitions. Each is built when it is asked for and none is kept: as trees they take megabytes,
/// and a server that has installed them needs them no more.
pub fn all() -> impl Iterator<Item = Value> {
    let mut generator = structural::generator();
    table::kinds().map(move |definition| custom_resource_definition(definition, &mut generator))
}

/// The CustomResourceDefinition of `kind` in `group`; absent for a kind that we do not serve.
pub fn of(group: &str, kind: &str) -> Option<Value> {
    let definition = find(group, kind)?;
    Some(custom_resource_definition(
        definition,
        &mut structural::generator(),
    ))
}

/// The names of all CustomResourceDefinitions, `machines.cluster.x-k8s.io`.
pub fn names() -> impl Iterator<Item = String> {
    table::kinds().map(name)
}

/// The version in which our definition stores a kind; absent for a kind that we do not serve.
pub fn stored_version(group: &str, kind: &str) -> Option<&'static str> {
    find(group, kind)?.versions.last().map(|version| version.name)
}

/// The plural and the short names of a kind; absent for a kind that we do not serve.
pub fn words(group: &str, kind: &str) -> Option<(&'static str, &'static [&'static str])> {
    let definition = find(group, kind)?;
    Some((definition.plural, definition.short_names))
}

/// Every kind that we serve: its group and its name.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::kinds().map(|definition| (definition.group, definition.kind))
}

fn find(group: &str, kind: &str) -> Option<&'static Definition> {
    table::kinds().find(|definition| definition.group == group && definition.kind == kind)
}

fn name(definition: &Definition) -> String {
    format!("{}.{}", definition.plural, definition.group)
}

fn custom_resource_definition(definition: &Definition, generator: &mut SchemaGenerator) -> Value {
    let stored = definition.versions.len().saturating_sub(1);
    let versions: Vec<Value> = definition
        .versions
        .iter()
        .enumerate()
        .map(|(index, row)| version(definition, row, index == stored, generator))
        .collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": name(definition),
            "labels": labels(definition),
        },
        "spec": {
            "group": definition.group,
            "names": spoken(definition),
            "scope": match definition.scope {
                Scope::Namespaced => "Namespaced",
                Scope::Cluster => "Cluster",
            },
            "versions": versions,
        },
    })
}

/// The labels that clusterctl puts on a provider's definitions, and the contracts'.
fn labels(definition: &Definition) -> Map<String, Value> {
    let mut labels = Map::new();
    labels.insert(CLUSTERCTL.to_owned(), "".into());
    let Some(provider) = definition.provider else {
        labels.insert(format!("{CLUSTERCTL}/core"), "inventory".into());
        return labels;
    };
    labels.insert(PROVIDER.to_owned(), provider.into());
    for (contract, version) in definition.contracts {
        labels.insert(format!("{CONTRACT_PREFIX}{contract}"), (*version).into());
    }
    labels
}

fn spoken(definition: &Definition) -> Map<String, Value> {
    let mut names = Map::new();
    if !definition.categories.is_empty() {
        names.insert("categories".to_owned(), definition.categories.into());
    }
    names.insert("kind".to_owned(), definition.kind.into());
    names.insert("listKind".to_owned(), format!("{}List", definition.kind).into());
    names.insert("plural".to_owned(), definition.plural.into());
    if !definition.short_names.is_empty() {
        names.insert("shortNames".to_owned(), definition.short_names.into());
    }
    names.insert("singular".to_owned(), definition.kind.to_lowercase().into());
    names
}

fn version(definition: &Definition, row: &Version, stored: bool, generator: &mut SchemaGenerator) -> Value {
    let columns: Vec<Value> = row.columns.iter().map(printer_column).collect();
    let mut version = Map::new();
    version.insert("name".to_owned(), row.name.into());
    version.insert("served".to_owned(), true.into());
    version.insert("storage".to_owned(), stored.into());
    if !stored {
        version.insert("deprecated".to_owned(), true.into());
    }
    if !columns.is_empty() {
        version.insert("additionalPrinterColumns".to_owned(), columns.into());
    }
    version.insert(
        "schema".to_owned(),
        json!({"openAPIV3Schema": schema(definition, row, generator)}),
    );
    version.insert("subresources".to_owned(), subresources(row).into());
    version.into()
}

fn printer_column(column: &PrinterColumn) -> Value {
    let mut written = Map::new();
    written.insert("name".to_owned(), column.name.into());
    written.insert("type".to_owned(), column.kind.into());
    written.insert("jsonPath".to_owned(), column.json_path.into());
    written.insert("description".to_owned(), column.description.into());
    if column.priority > 0 {
        written.insert("priority".to_owned(), column.priority.into());
    }
    Value::Object(written)
}

fn subresources(row: &Version) -> Map<String, Value> {
    let mut subresources = Map::new();
    if row.status {
        subresources.insert("status".to_owned(), json!({}));
    }
    let selector = match row.scale {
        Scale::None => return subresources,
        Scale::WithoutSelector => None,
        Scale::WithSelector => Some(".status.selector"),
    };
    let mut scale = Map::new();
    scale.insert("specReplicasPath".to_owned(), ".spec.replicas".into());
    scale.insert("statusReplicasPath".to_owned(), ".status.replicas".into());
    if let Some(selector) = selector {
        scale.insert("labelSelectorPath".to_owned(), selector.into());
    }
    subresources.insert("scale".to_owned(), scale.into());
    subresources
}

/// The schema of a whole object. Its description is the kind's, for `kubectl explain`.
fn schema(definition: &Definition, row: &Version, generator: &mut SchemaGenerator) -> Value {
    let mut properties = Map::new();
    for (name, description) in [
        ("apiVersion", "The version of the schema of this object."),
        ("kind", "What this object is."),
    ] {
        properties.insert(
            name.to_owned(),
            json!({"type": "string", "description": description}),
        );
    }
    properties.insert("metadata".to_owned(), json!({"type": "object"}));
    properties.extend((row.fields.schemas)(generator));
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("description".to_owned(), definition.description.into());
    schema.insert("properties".to_owned(), properties.into());
    if !row.required.is_empty() {
        schema.insert("required".to_owned(), row.required.into());
    }
    schema.into()
}

#[cfg(test)]
mod tests;
