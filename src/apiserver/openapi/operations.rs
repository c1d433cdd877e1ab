//! The paths part of a document: one operation for each verb that a resource has.

use serde_json::{Map, Value, json};

use super::root_of;
use super::schemas::{group_version_kind, meta, name, of_resource, reference};
use super::types;
use crate::discovery::{Subresource, subresources};
use crate::registry::Resource;

/// Adds the paths of the collection, of the object, and of its subresources, which are those that discovery lists.
pub(super) fn add_paths(resource: &Resource, paths: &mut Map<String, Value>) {
    let root = root_of(&resource.group, &resource.version);
    let collection = collection_path(resource);
    if resource.namespaced && has(resource, "list") {
        let everywhere = json!({"get": operation(&Subject::of(resource), "list", "list")});
        paths.insert(format!("/{root}/{}", resource.plural), everywhere);
    }
    let object = object_path(resource);
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
    let subject = Subject::of(resource);
    insert(&subject, &resource.verbs, paths, (&collection, &of_collection));
    insert(&subject, &resource.verbs, paths, (&object, &of_object));
    for subresource in subresources(resource) {
        let methods = [
            ("get", "get"),
            ("post", "create"),
            ("put", "update"),
            ("patch", "patch"),
        ];
        let path = format!("{object}/{}", subresource.name);
        // What shows the object itself can do no more than the object.
        let mut verbs = subresource.verbs.to_vec();
        verbs.retain(|verb| subresource.other_kind.is_some() || has(resource, verb));
        insert(
            &Subject::of_subresource(resource, &subresource),
            &verbs,
            paths,
            (&path, &methods),
        );
    }
}

/// What the operations of a path take and return.
struct Subject {
    kind: Value,
    schema: String,
    custom: bool,
}

impl Subject {
    fn of(resource: &Resource) -> Self {
        Self {
            kind: of_resource(resource, &resource.kind),
            schema: name(resource),
            custom: resource.custom,
        }
    }

    fn of_subresource(resource: &Resource, subresource: &Subresource) -> Self {
        let other = subresource.other_kind.and_then(|(group, version, kind)| {
            let message = crate::types::of(group, version, kind)?;
            Some(Self {
                kind: group_version_kind((group, version), kind),
                schema: types::name(message),
                custom: resource.custom,
            })
        });
        other.unwrap_or_else(|| Self::of(resource))
    }
}

fn collection_path(resource: &Resource) -> String {
    let root = root_of(&resource.group, &resource.version);
    if resource.namespaced {
        format!("/{root}/namespaces/{{namespace}}/{}", resource.plural)
    } else {
        format!("/{root}/{}", resource.plural)
    }
}

/// The path of an object.
pub(super) fn object_path(resource: &Resource) -> String {
    format!("{}/{{name}}", collection_path(resource))
}

fn has(resource: &Resource, verb: &str) -> bool {
    resource.verbs.contains(&verb)
}

fn insert(
    subject: &Subject,
    verbs: &[&str],
    paths: &mut Map<String, Value>,
    (path, methods): (&str, &[(&str, &str)]),
) {
    let mut item = Map::new();
    for (method, verb) in methods {
        if verbs.contains(verb) {
            item.insert((*method).to_owned(), operation(subject, verb, action(verb)));
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

fn operation(subject: &Subject, verb: &str, action: &str) -> Value {
    let parameters = query_parameters(verb).iter();
    let parameters = parameters.map(
        |(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}}),
    );
    let mut operation = json!({
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": response(subject, verb)}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": subject.kind,
    });
    let content = match verb {
        "create" | "update" => json!({"application/json": {"schema": reference(&subject.schema)}}),
        "patch" => patch_content(subject),
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

fn response(subject: &Subject, verb: &str) -> Value {
    let name = &subject.schema;
    match verb {
        "list" | "deletecollection" => reference(&format!("{name}List")),
        _ => reference(name),
    }
}

/// The patches that the resource takes. Only built-in kinds take strategic ones; kubectl decides by this.
pub(super) fn patch_kinds(custom: bool) -> Vec<&'static str> {
    let mut kinds = vec![
        "application/apply-patch+yaml",
        "application/json-patch+json",
        "application/merge-patch+json",
    ];
    if !custom {
        kinds.push("application/strategic-merge-patch+json");
    }
    kinds
}

fn patch_content(subject: &Subject) -> Value {
    patch_kinds(subject.custom)
        .into_iter()
        .map(|kind| (kind.to_owned(), json!({"schema": meta("Patch")})))
        .collect::<Map<String, Value>>()
        .into()
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}})
}

/// What the query of a verb may say, with the types.
pub(super) fn query_parameters(verb: &str) -> &'static [(&'static str, &'static str)] {
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
    match verb {
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
    }
}
