//! Several versions of a custom resource: stored in one, told and taken in all.

use std::sync::Arc;

use super::*;
use crate::{Converter, Definitions};

/// A definition of `Bar`s in two versions; the size is a text in one and an object in the other.
fn bars(strategy: &str) -> Value {
    let version = |name: &str, size: Value, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage,
            "subresources": {"status": {}},
            "additionalPrinterColumns": [{"name": name.to_uppercase(), "type": "string", "jsonPath": ".apiVersion"}],
            "selectableFields": if storage { json!([]) } else { json!([{"jsonPath": ".spec.size"}]) },
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {"size": size, "colour": {"type": "string", "default": "red"}}},
                "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
            }}},
        })
    };
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "bars.ex.io"},
        "spec": {
            "group": "ex.io",
            "scope": "Namespaced",
            "names": {"plural": "bars", "kind": "Bar"},
            "conversion": {"strategy": strategy},
            "versions": [
                version("v1", json!({"type": "string"}), false),
                version("v2", json!({"type": "object", "properties": {"text": {"type": "string"}}}), true),
            ],
        },
    });
    if strategy == "Webhook" {
        definition["spec"]["conversion"]["webhook"] = json!({
            "conversionReviewVersions": ["v1"],
            "clientConfig": {"url": "https://localhost/convert"},
        });
    }
    definition
}

/// Knows how the size is told in each version.
struct Sizes;

impl Converter for Sizes {
    fn claims(&self, group: &str, kind: &str) -> bool {
        (group, kind) == ("ex.io", "Bar")
    }

    fn convert(
        &self,
        _: &str,
        _: &str,
        mut object: Value,
        to_version: &str,
        _: &dyn Definitions,
    ) -> Result<Value, String> {
        let size = object["spec"]["size"].take();
        if size == json!("broken") {
            return Err("it is broken".to_owned());
        }
        object["spec"]["size"] = match to_version {
            "v1" => size["text"].clone(),
            _ => json!({"text": size}),
        };
        // What a conversion may not do is not done.
        object["metadata"]["uid"] = json!("mine");
        Ok(object)
    }
}

async fn with_bars(strategy: &str, converter: bool) -> (ApiServer, Router) {
    let mut builder = ApiServer::builder();
    if converter {
        builder = builder.converter(Arc::new(Sizes));
    }
    let server = builder.build().await.unwrap();
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &bars(strategy)).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}

const V1: &str = "/apis/ex.io/v1/namespaces/default/bars";
const V2: &str = "/apis/ex.io/v2/namespaces/default/bars";

fn bar(version: &str, name: &str, size: &Value) -> Value {
    json!({"apiVersion": format!("ex.io/{version}"), "kind": "Bar", "metadata": {"name": name}, "spec": {"size": size}})
}

#[tokio::test]
async fn each_version_reads_and_writes_the_same_object() {
    let (server, router) = with_bars("None", true).await;
    let (code, made) = post(&router, V1, &bar("v1", "one", &json!("big"))).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    assert_eq!(
        (&made["apiVersion"], &made["spec"]),
        (&json!("ex.io/v1"), &json!({"size": "big", "colour": "red"}))
    );
    let (_, second) = read(&router, &format!("{V2}/one")).await;
    assert_eq!(
        (&second["apiVersion"], &second["spec"]["size"]),
        (&json!("ex.io/v2"), &json!({"text": "big"}))
    );
    assert_eq!(second["metadata"], made["metadata"]);
    let (_, patched) = merge(
        &router,
        &format!("{V2}/one"),
        &json!({"spec": {"size": {"text": "small"}}}),
    )
    .await;
    assert_eq!(patched["metadata"]["generation"], 2);
    let (_, first) = read(&router, &format!("{V1}/one")).await;
    assert_eq!(first["spec"]["size"], "small");
    let (code, status) = merge(
        &router,
        &format!("{V1}/one/status"),
        &json!({"status": {"phase": "Good"}}),
    )
    .await;
    assert_eq!(
        (
            code.as_u16(),
            &status["apiVersion"],
            &status["metadata"]["generation"]
        ),
        (200, &json!("ex.io/v1"), &json!(2))
    );
    // A replacement by what was read is no change, in either version.
    let revision = server.revision();
    for path in [format!("{V1}/one"), format!("{V2}/one")] {
        let (_, object) = read(&router, &path).await;
        let (code, same) = raw(&router, "PUT", &path, ("application/json", &object.to_string())).await;
        assert_eq!(
            (code.as_u16(), &same, server.revision()),
            (200, &object, revision)
        );
    }
    assert_eq!(
        raw(&router, "DELETE", &format!("{V1}/one"), ("", ""))
            .await
            .0
            .as_u16(),
        200
    );
    assert_eq!(read(&router, &format!("{V2}/one")).await.0.as_u16(), 404);
}

#[tokio::test]
async fn lists_tables_and_selections_are_of_the_version_that_is_asked_for() {
    let (_server, router) = with_bars("None", true).await;
    post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    post(&router, V2, &bar("v2", "two", &json!({"text": "small"}))).await;
    let (_, list) = read(&router, &format!("{V1}?fieldSelector=spec.size%3Dsmall")).await;
    assert_eq!(
        (&list["apiVersion"], list["items"].as_array().unwrap().len()),
        (&json!("ex.io/v1"), 1)
    );
    assert_eq!(list["items"][0]["spec"]["size"], "small");
    let get = async |path: &str, accept: &str| {
        let request = Request::get(path)
            .header("accept", accept)
            .body(Body::empty())
            .unwrap();
        send(&router, request).await.1
    };
    let table = get(V1, "application/json;as=Table;v=v1;g=meta.k8s.io").await;
    assert_eq!(table["columnDefinitions"][1]["name"], "V1");
    assert_eq!(table["rows"][0]["cells"], json!(["one", "ex.io/v1"]));
    let partial = get(
        V1,
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    )
    .await;
    assert_eq!(
        (&partial["kind"], &partial["items"][1]["metadata"]["name"]),
        (&json!("PartialObjectMetadataList"), &json!("two"))
    );
    let (_, group) = read(&router, "/apis/ex.io").await;
    let versions: Vec<_> = group["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["version"])
        .collect();
    assert_eq!(
        (versions, &group["preferredVersion"]["version"]),
        (vec![&json!("v2"), &json!("v1")], &json!("v2"))
    );
}

#[tokio::test]
async fn watches_convert_what_they_tell() {
    let (_server, router) = with_bars("None", true).await;
    post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    let events = async |path: &str| -> Vec<Value> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let text = within(response.into_body().collect()).await.unwrap().to_bytes();
        String::from_utf8_lossy(&text)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    merge(
        &router,
        &format!("{V2}/one"),
        &json!({"metadata": {"labels": {"a": "b"}}}),
    )
    .await;
    raw(&router, "DELETE", &format!("{V2}/one"), ("", "")).await;
    let told = events(&format!("{V1}?watch=1&resourceVersion=1&timeoutSeconds=1")).await;
    let kinds: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ADDED", "MODIFIED", "DELETED"]);
    for event in &told {
        assert_eq!(
            (&event["object"]["apiVersion"], &event["object"]["spec"]["size"]),
            (&json!("ex.io/v1"), &json!("big"))
        );
    }
    assert_ne!(
        told[1]["object"]["metadata"]["resourceVersion"],
        told[2]["object"]["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn without_a_converter_only_the_name_changes() {
    let (_server, router) = with_bars("None", false).await;
    post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    let (code, first) = read(&router, &format!("{V1}/one")).await;
    assert_eq!(
        (code.as_u16(), &first["apiVersion"], &first["spec"]["colour"]),
        (200, &json!("ex.io/v1"), &json!("red"))
    );
}

#[tokio::test]
async fn webhooks_are_not_called_and_it_is_said() {
    let (_server, router) = with_bars("Webhook", false).await;
    let (code, made) = post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    assert_eq!(read(&router, &format!("{V2}/one")).await.0.as_u16(), 200);
    let (code, refused) = read(&router, &format!("{V1}/one")).await;
    let message = refused["message"].as_str().unwrap();
    assert_eq!(
        (code.as_u16(), &refused["reason"]),
        (500, &json!("InternalError"))
    );
    assert!(
        message.contains("conversion webhooks are not called by this server"),
        "{message}"
    );
    assert_eq!(read(&router, V1).await.0.as_u16(), 500);
    // With a converter that claims the kind it is as if there were no webhook.
    let (_server, router) = with_bars("Webhook", true).await;
    post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    assert_eq!(read(&router, &format!("{V1}/one")).await.1["spec"]["size"], "big");
}

#[tokio::test]
async fn a_conversion_that_fails_is_told() {
    let (_server, router) = with_bars("None", true).await;
    let (code, refused) = post(&router, V1, &bar("v1", "one", &json!("broken"))).await;
    assert_eq!(
        (code.as_u16(), &refused["message"]),
        (
            500,
            &json!("Internal error occurred: conversion of Bar.ex.io to v2 failed: it is broken")
        )
    );
}

#[tokio::test]
async fn the_storage_version_moves_and_objects_follow_when_they_are_written() {
    let (server, router) = with_bars("None", true).await;
    post(&router, V2, &bar("v2", "one", &json!({"text": "big"}))).await;
    let definition = format!("{DEFINITIONS}/bars.ex.io");
    let swap = json!([
        {"op": "replace", "path": "/spec/versions/0/storage", "value": true},
        {"op": "replace", "path": "/spec/versions/1/storage", "value": false},
    ]);
    let (code, changed) = raw(
        &router,
        "PATCH",
        &definition,
        ("application/json-patch+json", &swap.to_string()),
    )
    .await;
    assert_eq!(
        (code.as_u16(), &changed["status"]["storedVersions"]),
        (200, &json!(["v2", "v1"])),
        "{changed}"
    );
    let (_, first) = read(&router, &format!("{V1}/one")).await;
    assert_eq!(first["spec"]["size"], "big");
    // A write that changes nothing else brings it into the new version, once.
    let stored = || {
        let collection = crate::storage::CollectionKey::new(&LogicalCluster::root(), "ex.io", "bars");
        let key = crate::storage::Key::new(&collection, "default", "one");
        server.shared().store.get(&key).unwrap().value().unwrap()["apiVersion"].clone()
    };
    assert_eq!(stored(), "ex.io/v2");
    raw(
        &router,
        "PUT",
        &format!("{V1}/one"),
        ("application/json", &first.to_string()),
    )
    .await;
    assert_eq!(stored(), "ex.io/v1");
    let revision = server.revision();
    merge(&router, &format!("{V2}/one"), &json!({"metadata": {}})).await;
    assert_eq!(server.revision(), revision);
    // A version in which objects may be stored stays until the status says that there are none.
    let remove = json!([{"op": "remove", "path": "/spec/versions/1"}]).to_string();
    let (code, refused) = raw(
        &router,
        "PATCH",
        &definition,
        ("application/json-patch+json", &remove),
    )
    .await;
    assert_eq!(
        (code.as_u16(), &refused["details"]["causes"][0]["field"]),
        (422, &json!("status.storedVersions[0]"))
    );
    let (code, _) = merge(
        &router,
        &format!("{definition}/status"),
        &json!({"status": {"storedVersions": ["v1"]}}),
    )
    .await;
    assert_eq!(code.as_u16(), 200);
    let (code, answer) = raw(
        &router,
        "PATCH",
        &definition,
        ("application/json-patch+json", &remove),
    )
    .await;
    assert_eq!(code.as_u16(), 200, "{answer}");
    assert_eq!(read(&router, V2).await.0.as_u16(), 404);
}

#[tokio::test]
async fn each_version_validates_by_its_own_schema() {
    let (_server, router) = with_bars("None", true).await;
    let (code, refused) = post(&router, V1, &bar("v1", "one", &json!({"text": "big"}))).await;
    assert_eq!(
        (code.as_u16(), &refused["details"]["causes"][0]["reason"]),
        (422, &json!("FieldValueTypeInvalid")),
        "{refused}"
    );
    assert_eq!(
        post(&router, V2, &bar("v2", "one", &json!("big")))
            .await
            .0
            .as_u16(),
        422
    );
    let (code, refused) = post(&router, V1, &bar("v2", "one", &json!("big"))).await;
    assert_eq!(code.as_u16(), 400, "{refused}");
}
