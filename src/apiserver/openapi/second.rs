//! The OpenAPI v2 document: which patches there are, and what they take.
//!
//! Clients that know version 3 ask for this one still where a file holds a `List` or a kind that they find nowhere, and
//! kubectl up to 1.28 asks for nothing else before it creates and applies. They look for the PATCH of a kind and take what
//! has no definition here for right, and the server validates it. So there are no definitions: version 3 has them.
//!
//! Source of the numbers of fields: `openapiv2/OpenAPIv2.proto` of gnostic.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::operations::{object_path, patch_kinds, query_parameters};
use super::schemas::of_resource;
use crate::protobuf::put_bytes;
use crate::registry::Resource;

/// The name of the protobuf form.
pub(crate) const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Its older name, by which it is asked for still; it is no media type, and no answer has it.
pub(crate) const PROTOBUF_OLD: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// `GET /openapi/v2`, in JSON, with the paths in the order of the resources.
pub(crate) fn document(resources: &[Arc<Resource>], version: &str) -> Value {
    let paths: Map<String, Value> = resources
        .iter()
        .filter(|resource| resource.verbs.contains(&"patch"))
        .map(|resource| &**resource)
        .map(|resource| (object_path(resource), json!({"patch": patch(resource)})))
        .collect();
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": paths,
    })
}

fn patch(resource: &Resource) -> Value {
    let parameters = query_parameters("patch")
        .iter()
        .map(|(name, kind)| json!({"in": "query", "name": name, "type": kind}));
    json!({
        "consumes": patch_kinds(resource.custom),
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": of_resource(resource, &resource.kind),
    })
}

/// The document as a protobuf message.
pub(crate) fn encode(document: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_bytes(&mut bytes, 1, text(document, "swagger"));
    let info = document.get("info").unwrap_or(&Value::Null);
    put_bytes(
        &mut bytes,
        2,
        &message(&[(1, text(info, "title")), (2, text(info, "version"))]),
    );
    let mut paths = Vec::new();
    for (path, item) in fields(document, "paths") {
        let item = item.get("patch").map(operation).unwrap_or_default();
        let item = message(&[(8, &item)]);
        put_bytes(&mut paths, 2, &message(&[(1, path.as_bytes()), (2, &item)]));
    }
    put_bytes(&mut bytes, 8, &paths);
    bytes
}

fn operation(operation: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let list = |field: &str| {
        operation
            .get(field)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for kind in list("consumes") {
        put_bytes(&mut bytes, 7, kind.as_str().unwrap_or_default().as_bytes());
    }
    for parameter in list("parameters") {
        let of_query = message(&[
            (2, text(parameter, "in")),
            (4, text(parameter, "name")),
            (6, text(parameter, "type")),
        ]);
        // A parameter that is not the body, and there the kind that stands in the query.
        let inside = message(&[(2, &message(&[(3, &of_query)]))]);
        put_bytes(&mut bytes, 8, &message(&[(1, &inside)]));
    }
    let mut responses = Vec::new();
    for (code, response) in fields(operation, "responses") {
        let response = message(&[(1, text(response, "description"))]);
        let response = message(&[(1, &response)]);
        put_bytes(
            &mut responses,
            1,
            &message(&[(1, code.as_bytes()), (2, &response)]),
        );
    }
    put_bytes(&mut bytes, 9, &responses);
    let extensions = operation.as_object().into_iter().flatten();
    for (name, value) in extensions.filter(|(name, _)| name.starts_with("x-")) {
        let value = message(&[(2, value.to_string().as_bytes())]);
        put_bytes(&mut bytes, 13, &message(&[(1, name.as_bytes()), (2, &value)]));
    }
    bytes
}

/// A message of texts and messages.
fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, value) in fields {
        put_bytes(&mut bytes, *number, value);
    }
    bytes
}

fn text<'a>(object: &'a Value, field: &str) -> &'a [u8] {
    let text = object.get(field).and_then(Value::as_str);
    text.unwrap_or_default().as_bytes()
}

fn fields<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object.get(field).and_then(Value::as_object).into_iter().flatten()
}
