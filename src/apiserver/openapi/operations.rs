//! The paths part of a document: one operation for each verb that a resource has.

use serde_json::{Map, Value, json};

use super::root_of;
use super::schemas::{meta, name, of_resource, reference};
use crate::registry::Resource;

/// Adds the paths of the collection, of the object, and of its subresources.
pub(super) fn add_paths(resource: &Resource, paths: &mut Map<String, Value>) {
    let root = root_of(&resource.group, &resource.version);
    let collection = if resource.namespaced {
        format!("/{root}/namespaces/{{namespace}}/{}", resource.plural)
    } else {
        format!("/{root}/{}", resource.plural)
    };
    if resource.namespaced && has(resource, "list") {
        let everywhere = json!({"get": operation(resource, "list", "list")});
        paths.insert(format!("/{root}/{}", resource.plural), everywhere);
    }
    let object = format!("{collection}/{{name}}");
    let of_collection = [
        ("get", "list"),
        ("post", "create"),
        ("delete", "deletecollection"),
    ];
    let of_object = [
        ("get", "get"),
        ("put", "update"),
        ("patch", "patch"),
        ("delete", "delete"),
    ];
    insert(resource, paths, &collection, &of_collection);
    insert(resource, paths, &object, &of_object);
    if resource.status_subresource {
        insert(
            resource,
            paths,
            &format!("{object}/status"),
            &[("get", "get"), ("put", "update"), ("patch", "patch")],
        );
    }
}

fn has(resource: &Resource, verb: &str) -> bool {
    resource.verbs.contains(&verb)
}

fn insert(resource: &Resource, paths: &mut Map<String, Value>, path: &str, methods: &[(&str, &str)]) {
    let mut item = Map::new();
    for (method, verb) in methods {
        if has(resource, verb) {
            item.insert((*method).to_owned(), operation(resource, verb, action(verb)));
        }
    }
    if item.is_empty() {
        return;
    }
    let mut parameters = Vec::new();
    if path.contains("{name}") {
        parameters.push(path_parameter("name"));
    }
    if path.contains("{namespace}") {
        parameters.push(path_parameter("namespace"));
    }
    item.insert("parameters".to_owned(), parameters.into());
    paths.insert(path.to_owned(), item.into());
}

/// A verb as `x-kubernetes-action` names it.
fn action(verb: &str) -> &str {
    match verb {
        "create" => "post",
        "update" => "put",
        other => other,
    }
}

fn operation(resource: &Resource, verb: &str, action: &str) -> Value {
    let mut operation = json!({
        "parameters": query_parameters(verb),
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": response(resource, verb)}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": of_resource(resource, &resource.kind),
    });
    let content = match verb {
        "create" | "update" => json!({"application/json": {"schema": reference(&name(resource))}}),
        "patch" => patch_content(resource),
        _ => return operation,
    };
    if let Some(operation) = operation.as_object_mut() {
        operation.insert(
            "requestBody".to_owned(),
            json!({"required": true, "content": content}),
        );
    }
    operation
}

fn response(resource: &Resource, verb: &str) -> Value {
    let name = name(resource);
    match verb {
        "list" | "deletecollection" => reference(&format!("{name}List")),
        _ => reference(&name),
    }
}

/// The patches that the resource takes. Only built-in kinds take strategic ones; kubectl decides by this.
fn patch_content(resource: &Resource) -> Value {
    let mut kinds = vec![
        "application/apply-patch+yaml",
        "application/json-patch+json",
        "application/merge-patch+json",
    ];
    if !resource.custom {
        kinds.push("application/strategic-merge-patch+json");
    }
    kinds
        .into_iter()
        .map(|kind| (kind.to_owned(), json!({"schema": meta("Patch")})))
        .collect::<Map<String, Value>>()
        .into()
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}})
}

fn query_parameters(verb: &str) -> Vec<Value> {
    const WRITE: &[(&str, &str)] = &[
        ("dryRun", "string"),
        ("fieldManager", "string"),
        ("fieldValidation", "string"),
    ];
    const PATCH: &[(&str, &str)] = &[
        ("dryRun", "string"),
        ("fieldManager", "string"),
        ("fieldValidation", "string"),
        ("force", "boolean"),
    ];
    const LIST: &[(&str, &str)] = &[
        ("allowWatchBookmarks", "boolean"),
        ("continue", "string"),
        ("fieldSelector", "string"),
        ("labelSelector", "string"),
        ("limit", "integer"),
        ("resourceVersion", "string"),
        ("resourceVersionMatch", "string"),
        ("sendInitialEvents", "boolean"),
        ("timeoutSeconds", "integer"),
        ("watch", "boolean"),
    ];
    const DELETE: &[(&str, &str)] = &[
        ("dryRun", "string"),
        ("gracePeriodSeconds", "integer"),
        ("propagationPolicy", "string"),
    ];
    let parameters = match verb {
        "create" | "update" => WRITE,
        "patch" => PATCH,
        "list" => LIST,
        "delete" => DELETE,
        "deletecollection" => &[
            ("dryRun", "string"),
            ("fieldSelector", "string"),
            ("labelSelector", "string"),
        ],
        _ => &[],
    };
    parameters
        .iter()
        .map(|(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}}))
        .collect()
}
