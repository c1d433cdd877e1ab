//! CustomResourceDefinitions: established, changed live, in conflict, deleted with their instances.

use super::*;

fn condition<'a>(definition: &'a Value, kind: &str) -> &'a str {
    crate::registry::custom::condition(definition, kind).unwrap_or("")
}

#[tokio::test]
async fn a_definition_is_served_at_once() {
    let server = server().await;
    let router = server.router();
    let (_, made) = post(&router, DEFINITIONS, &definition()).await;
    assert_eq!(
        (condition(&made, "NamesAccepted"), condition(&made, "Established")),
        ("True", "True")
    );
    assert_eq!(made["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(made["status"]["acceptedNames"]["singular"], "thing");
    assert_eq!(made["status"]["acceptedNames"]["listKind"], "ThingList");
    assert_eq!(post(&router, THINGS, &thing("one")).await.0.as_u16(), 201);
    let (_, list) = read(&router, "/apis/ex.io/v1/things").await;
    assert_eq!(
        (&list["kind"], list["items"].as_array().unwrap().len()),
        (&json!("ThingList"), 1)
    );
    let (_, resources) = read(&router, "/apis/ex.io/v1").await;
    let names: Vec<_> = resources["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| resource["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["things", "things/scale", "things/status"]);
    let (code, schema) = read(&router, "/openapi/v3/apis/ex.io/v1").await;
    assert_eq!((code.as_u16(), schema["components"].is_object()), (200, true));
}

#[tokio::test]
async fn a_bad_definition_is_refused() {
    let server = server().await;
    let router = server.router();
    let changes = [
        ("/metadata/name", json!("other.ex.io")),
        ("/spec/scope", json!("Everywhere")),
        ("/spec/versions/0/storage", json!(false)),
        ("/spec/names/kind", json!("")),
    ];
    for (path, value) in changes {
        let mut body = definition();
        *body.pointer_mut(path).unwrap() = value;
        assert_eq!(post(&router, DEFINITIONS, &body).await.0.as_u16(), 422, "{path}");
    }
}

#[tokio::test]
async fn names_that_are_taken_are_not_accepted() {
    let (_server, router) = with_things().await;
    let mut other = definition();
    other["metadata"]["name"] = json!("others.ex.io");
    other["spec"]["names"] = json!({"plural": "others", "kind": "Other", "shortNames": ["th"]});
    let (code, made) = post(&router, DEFINITIONS, &other).await;
    assert_eq!(
        (
            code.as_u16(),
            condition(&made, "NamesAccepted"),
            condition(&made, "Established")
        ),
        (201, "False", "False")
    );
    assert_eq!(read(&router, "/apis/ex.io/v1/others").await.0.as_u16(), 404);
    // Freed of the clash, it is taken up.
    let names = json!({"spec": {"names": {"shortNames": ["ot"]}}});
    let (_, now) = merge(&router, &format!("{DEFINITIONS}/others.ex.io"), &names).await;
    assert_eq!(
        (condition(&now, "NamesAccepted"), condition(&now, "Established")),
        ("True", "True")
    );
    assert_eq!(read(&router, "/apis/ex.io/v1/others").await.0.as_u16(), 200);
}

#[tokio::test]
async fn names_are_accepted_when_they_become_free() {
    let (server, router) = with_things().await;
    let mut other = definition();
    other["metadata"]["name"] = json!("others.ex.io");
    other["spec"]["names"] = json!({"plural": "others", "kind": "Thing"});
    let (_, made) = post(&router, DEFINITIONS, &other).await;
    assert_eq!(condition(&made, "NamesAccepted"), "False");
    raw(
        &router,
        "DELETE",
        &format!("{DEFINITIONS}/things.ex.io"),
        ("", ""),
    )
    .await;
    let (router, path) = (&router, format!("{DEFINITIONS}/others.ex.io"));
    let path = &path;
    until(&server, || async {
        let (_, now) = read(router, path).await;
        (condition(&now, "NamesAccepted"), condition(&now, "Established")) == ("True", "True")
    })
    .await;
    assert_eq!(read(router, "/apis/ex.io/v1/others").await.0.as_u16(), 200);
}

#[tokio::test]
async fn a_definition_takes_its_instances_with_it() {
    let (server, router) = with_things().await;
    let mut held = thing("held");
    held["metadata"]["finalizers"] = json!(["ex.io/hold"]);
    post(&router, THINGS, &held).await;
    post(&router, THINGS, &thing("free")).await;
    let path = format!("{DEFINITIONS}/things.ex.io");
    let (_, marked) = raw(&router, "DELETE", &path, ("", "")).await;
    assert_eq!(condition(&marked, "Terminating"), "True");
    assert_eq!(post(&router, THINGS, &thing("late")).await.0.as_u16(), 405);
    let (router, server) = (&router, &server);
    until(server, || async {
        read(router, &format!("{THINGS}/free")).await.0.as_u16() == 404
    })
    .await;
    assert_eq!(read(router, &path).await.0.as_u16(), 200);
    merge(
        router,
        &format!("{THINGS}/held"),
        &json!({"metadata": {"finalizers": null}}),
    )
    .await;
    until(server, || async { read(router, &path).await.0.as_u16() == 404 }).await;
    assert_eq!(
        read(router, "/apis/ex.io/v1/things").await,
        (StatusCode::NOT_FOUND, json!("404 page not found\n"))
    );
}

#[tokio::test]
async fn discovery_says_that_nothing_changed() {
    let server = server().await;
    let router = server.router();
    let get = async |tag: &str| {
        let request = Request::get("/apis")
            .header("if-none-match", tag)
            .body(Body::empty())
            .unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    let first = get("").await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(get(&tag).await.status(), StatusCode::NOT_MODIFIED);
    post(&router, DEFINITIONS, &definition()).await;
    assert_eq!(get(&tag).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn schemas_are_found_by_their_hash() {
    let (_server, router) = with_things().await;
    let (_, index) = read(&router, "/openapi/v3").await;
    let place = index["paths"]["apis/ex.io/v1"]["serverRelativeURL"]
        .as_str()
        .unwrap()
        .to_owned();
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    let found = get(&place).await;
    assert_eq!(
        (found.status(), &found.headers()["cache-control"]),
        (StatusCode::OK, &"public, immutable".parse().unwrap())
    );
    let moved = get("/openapi/v3/apis/ex.io/v1?hash=old").await;
    assert_eq!(
        (moved.status(), moved.headers()["location"].to_str().unwrap()),
        (StatusCode::MOVED_PERMANENTLY, place.as_str())
    );
}

#[tokio::test]
async fn kubes_own_discovery_finds_a_resource_both_ways() {
    let (server, _router) = with_things().await;
    for aggregated in [false, true] {
        let discovery = kube::discovery::Discovery::new(client(&server));
        let found = if aggregated {
            discovery.run_aggregated().await.unwrap()
        } else {
            discovery.run().await.unwrap()
        };
        let kind = kube::core::GroupVersionKind::gvk("ex.io", "v1", "Thing");
        let (resource, capabilities) = found.resolve_gvk(&kind).unwrap();
        assert_eq!(
            (resource.plural.as_str(), resource.api_version.as_str()),
            ("things", "ex.io/v1")
        );
        assert_eq!(capabilities.scope, kube::discovery::Scope::Namespaced);
        let parts: Vec<_> = capabilities
            .subresources
            .iter()
            .map(|(part, _)| part.plural.as_str())
            .collect();
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert!(capabilities.operations.iter().any(|verb| verb == "watch"));
        let node = kube::core::GroupVersionKind::gvk("", "v1", "Node");
        assert!(found.resolve_gvk(&node).is_some(), "aggregated: {aggregated}");
    }
}
