//! The API as clients see it: a `kube::Client` or raw requests over the router, and a store in memory or in a directory.

mod access;
mod admission;
mod applies;
mod built_in;
mod cluster_api;
mod consistency;
mod conversions;
mod crud;
mod custom_resources;
mod definitions;
mod deletion;
mod events;
mod evictions;
mod furnishing;
mod lists;
mod logical_clusters;
mod patches;
mod protected;
mod restarts;
mod robustness;
mod upstream;
mod versions;
mod watches;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::authn::Identity;
use crate::{ApiServer, LogicalCluster};

/// The longest that anything here may take; reached only by a test that fails.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn server() -> ApiServer {
    ApiServer::builder().build().await.unwrap()
}

fn client(server: &ApiServer) -> kube::Client {
    server.client(&LogicalCluster::root())
}

fn config_maps(server: &ApiServer) -> Api<ConfigMap> {
    Api::namespaced(client(server), "default")
}

fn config_map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"a": "b"}})).unwrap()
}

async fn make(server: &ApiServer, name: &str) -> ConfigMap {
    config_maps(server)
        .create(&PostParams::default(), &config_map(name))
        .await
        .unwrap()
}

/// A raw request: method, path, content type, body. Answers with the code and the body, as JSON where it is.
async fn raw(router: &Router, method: &str, path: &str, (kind, body): (&str, &str)) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    send(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = within(router.clone().oneshot(request)).await.unwrap();
    let code = response.status();
    let body = within(response.into_body().collect()).await.unwrap().to_bytes();
    let value = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    (code, value)
}

/// A request as somebody: method and path, and a body in the form of a merge patch where it is a patch.
pub(crate) async fn raw_as(
    router: &Router,
    identity: &Identity,
    (method, path): (&str, &str),
    body: &Value,
) -> (StatusCode, Value) {
    let kind = if method == "PATCH" {
        "application/merge-patch+json"
    } else {
        "application/json"
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .extension(Arc::new(identity.clone()))
        .body(Body::from(body))
        .unwrap();
    send(router, request).await
}

pub(crate) async fn read(router: &Router, path: &str) -> (StatusCode, Value) {
    raw(router, "GET", path, ("", "")).await
}

pub(crate) async fn post(router: &Router, path: &str, body: &Value) -> (StatusCode, Value) {
    raw(router, "POST", path, ("application/json", &body.to_string())).await
}

pub(crate) async fn merge(router: &Router, path: &str, body: &Value) -> (StatusCode, Value) {
    raw(
        router,
        "PATCH",
        path,
        ("application/merge-patch+json", &body.to_string()),
    )
    .await
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it took too long")
}

/// Waits until the store's next commit makes `done` true; looks again after every commit.
pub(crate) async fn until<F: Future<Output = bool>>(server: &ApiServer, done: impl Fn() -> F) {
    let mut revisions = server.shared().store.revisions();
    within(async {
        loop {
            revisions.mark_unchanged();
            if done().await {
                return;
            }
            revisions.changed().await.unwrap();
        }
    })
    .await;
}

/// A definition of `Thing`s in `ex.io` with status and scale.
fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.ex.io"},
        "spec": {
            "group": "ex.io",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"]},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"},
                },
                "additionalPrinterColumns": [{"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"}],
            }],
        },
    })
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS: &str = "/apis/ex.io/v1/namespaces/default/things";

fn thing(name: &str) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": name}, "spec": {"replicas": 1}})
}

pub(crate) async fn with_things() -> (ApiServer, Router) {
    let server = server().await;
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &definition()).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}
