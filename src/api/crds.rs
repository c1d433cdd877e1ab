//! The CustomResourceDefinitions of the Cluster API kinds that an embedded management cluster serves.
//!
//! Names, printer columns and subresources stand in one table, `crds/table.rs`; a test holds it against upstream's own
//! files. Spec and status take any field: their full schemas are not modelled here.

mod columns;
mod table;

use serde_json::{Map, Value, json};

use crate::kinds::CLUSTERCTL;
use crate::labels::{CONTRACT_PREFIX, PROVIDER};
use columns::PrinterColumn;
use table::{Definition, KINDS, Scale};

/// The contract that our providers fulfil, as the label on their definitions says it.
const CONTRACT: &str = "v1beta2";

/// All CustomResourceDefinitions.
pub fn all() -> Vec<Value> {
    KINDS.iter().map(custom_resource_definition).collect()
}

/// The CustomResourceDefinition of `kind` in `group`; absent for a kind that we do not serve.
pub fn of(group: &str, kind: &str) -> Option<Value> {
    KINDS
        .iter()
        .find(|definition| definition.group == group && definition.kind == kind)
        .map(custom_resource_definition)
}

fn custom_resource_definition(definition: &Definition) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{}.{}", definition.plural, definition.group),
            "labels": labels(definition),
        },
        "spec": {
            "group": definition.group,
            "names": names(definition),
            "scope": "Namespaced",
            "versions": [version(definition)],
        },
    })
}

/// The labels that clusterctl puts on a provider's definitions, and the contract's.
fn labels(definition: &Definition) -> Map<String, Value> {
    let mut labels = Map::new();
    labels.insert(CLUSTERCTL.to_owned(), "".into());
    if definition.group == CLUSTERCTL {
        labels.insert(format!("{CLUSTERCTL}/core"), "inventory".into());
    } else {
        labels.insert(PROVIDER.to_owned(), definition.provider().into());
        labels.insert(format!("{CONTRACT_PREFIX}{CONTRACT}"), definition.version.into());
    }
    labels
}

fn names(definition: &Definition) -> Map<String, Value> {
    let mut names = Map::new();
    names.insert("categories".to_owned(), json!(["cluster-api"]));
    names.insert("kind".to_owned(), definition.kind.into());
    names.insert("listKind".to_owned(), format!("{}List", definition.kind).into());
    names.insert("plural".to_owned(), definition.plural.into());
    if !definition.short_names.is_empty() {
        names.insert("shortNames".to_owned(), definition.short_names.into());
    }
    names.insert("singular".to_owned(), definition.kind.to_lowercase().into());
    names
}

fn version(definition: &Definition) -> Value {
    let columns: Vec<Value> = definition.columns.iter().map(printer_column).collect();
    json!({
        "name": definition.version,
        "served": true,
        "storage": true,
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": schema(definition)},
        "subresources": subresources(definition),
    })
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

fn subresources(definition: &Definition) -> Map<String, Value> {
    let mut subresources = Map::new();
    if definition.status {
        subresources.insert("status".to_owned(), json!({}));
    }
    let selector = match definition.scale {
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

fn schema(definition: &Definition) -> Value {
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
    if definition.group == CLUSTERCTL {
        for name in ["providerName", "type", "version", "watchedNamespace"] {
            properties.insert(name.to_owned(), json!({"type": "string"}));
        }
    } else {
        let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        properties.insert("spec".to_owned(), any.clone());
        if definition.status {
            properties.insert("status".to_owned(), any);
        }
    }
    json!({
        "type": "object",
        "description": format!("{} of {}.", definition.kind, definition.group),
        "properties": properties,
    })
}

#[cfg(test)]
mod tests;
