//! Deletion: finalizers, preconditions, owners and dependents, namespaces, collections.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams};

use super::*;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// A ConfigMap owned by others: name, uid, blocking or not.
async fn owned(router: &Router, name: &str, owners: &[(&str, &str, bool)]) -> Value {
    let owners: Vec<Value> = owners
        .iter()
        .map(|(name, uid, block)| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": block}))
        .collect();
    let body = json!({"metadata": {"name": name, "ownerReferences": owners}});
    let (code, made) = post(router, MAPS, &body).await;
    assert_eq!(code, StatusCode::CREATED, "{made}");
    made
}

fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap()
}

async fn gone(server: &ApiServer, name: &str) {
    let api: Api<ConfigMap> = config_maps(server);
    until(server, || async { api.get_opt(name).await.unwrap().is_none() }).await;
}

async fn delete(router: &Router, name: &str, policy: &str) -> (StatusCode, Value) {
    let body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
    raw(
        router,
        "DELETE",
        &format!("{MAPS}/{name}"),
        ("application/json", &body.to_string()),
    )
    .await
}

#[tokio::test]
async fn finalizers_hold_an_object_back() {
    let (server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["finalizers"] = json!(["ex.io/hold"]);
    let (_, made) = post(&router, THINGS, &body).await;
    let one = format!("{THINGS}/one");
    let (code, marked) = raw(&router, "DELETE", &one, ("", "")).await;
    assert_eq!((code.as_u16(), uid(&marked)), (200, uid(&made)));
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(
        (
            &marked["metadata"]["generation"],
            &marked["metadata"]["deletionGracePeriodSeconds"]
        ),
        (&json!(2), &json!(0))
    );
    let revision = server.revision();
    let (_, again) = raw(&router, "DELETE", &one, ("", "")).await;
    assert_eq!((again, server.revision()), (marked, revision));

    let (code, answer) = merge(
        &router,
        &one,
        &json!({"metadata": {"finalizers": ["ex.io/hold", "ex.io/new"]}}),
    )
    .await;
    assert_eq!(code.as_u16(), 422);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("no new finalizers can be added")
    );
    let (code, last) = merge(&router, &one, &json!({"metadata": {"finalizers": null}})).await;
    assert_eq!((code.as_u16(), &last["kind"]), (200, &json!("Thing")));
    assert_eq!(read(&router, &one).await.0.as_u16(), 404);
}

#[tokio::test]
async fn preconditions_name_what_is_meant() {
    let server = server().await;
    let router = server.router();
    let made = make(&server, "one").await;
    let revision = made.metadata.resource_version.unwrap();
    let one = format!("{MAPS}/one");
    let attempt = async |preconditions: Value| {
        let body = json!({"preconditions": preconditions}).to_string();
        raw(&router, "DELETE", &one, ("application/json", &body))
            .await
            .0
            .as_u16()
    };
    assert_eq!(attempt(json!({"uid": "another"})).await, 409);
    assert_eq!(attempt(json!({"resourceVersion": "1"})).await, 409);
    assert_eq!(delete(&router, "one", "Sometimes").await.0.as_u16(), 422);
    assert_eq!(
        attempt(json!({"uid": made.metadata.uid, "resourceVersion": revision})).await,
        200
    );
    assert_eq!(attempt(json!({})).await, 404);
}

#[tokio::test]
async fn dependents_follow_their_owner() {
    let server = server().await;
    let router = server.router();
    let owner = owned(&router, "owner", &[]).await;
    let child = owned(&router, "child", &[("owner", uid(&owner), true)]).await;
    owned(&router, "grandchild", &[("child", uid(&child), false)]).await;
    make(&server, "stranger").await;
    let (_, answer) = delete(&router, "owner", "Background").await;
    assert_eq!(answer["status"], "Success");
    gone(&server, "child").await;
    gone(&server, "grandchild").await;
    assert!(config_maps(&server).get_opt("stranger").await.unwrap().is_some());
}

#[tokio::test]
async fn an_object_stays_while_one_owner_stays() {
    let server = server().await;
    let router = server.router();
    let first = owned(&router, "first", &[]).await;
    let second = owned(&router, "second", &[]).await;
    owned(
        &router,
        "child",
        &[("first", uid(&first), false), ("second", uid(&second), false)],
    )
    .await;
    delete(&router, "first", "Background").await;
    let api = config_maps(&server);
    until(&server, || async {
        let child = api.get("child").await.unwrap();
        child.metadata.owner_references.unwrap_or_default().len() == 1
    })
    .await;
    delete(&router, "second", "Background").await;
    gone(&server, "child").await;
}

#[tokio::test]
async fn an_owner_in_the_foreground_waits_for_its_dependents() {
    let server = server().await;
    let router = server.router();
    let owner = owned(&router, "owner", &[]).await;
    owned(&router, "child", &[("owner", uid(&owner), true)]).await;
    merge(
        &router,
        &format!("{MAPS}/child"),
        &json!({"metadata": {"finalizers": ["ex.io/hold"]}}),
    )
    .await;
    let (_, marked) = delete(&router, "owner", "Foreground").await;
    assert_eq!(marked["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    let api = config_maps(&server);
    until(&server, || async {
        api.get("child")
            .await
            .unwrap()
            .metadata
            .deletion_timestamp
            .is_some()
    })
    .await;
    assert!(api.get_opt("owner").await.unwrap().is_some());
    merge(
        &router,
        &format!("{MAPS}/child"),
        &json!({"metadata": {"finalizers": null}}),
    )
    .await;
    gone(&server, "owner").await;
    assert!(api.get_opt("child").await.unwrap().is_none());
}

#[tokio::test]
async fn orphans_stay_and_lose_their_owner() {
    let server = server().await;
    let router = server.router();
    let owner = owned(&router, "owner", &[]).await;
    owned(&router, "child", &[("owner", uid(&owner), true)]).await;
    delete(&router, "owner", "Orphan").await;
    gone(&server, "owner").await;
    let child = config_maps(&server).get("child").await.unwrap();
    assert_eq!(child.metadata.owner_references, None);
}

#[tokio::test]
async fn an_object_whose_owner_never_was_goes() {
    let server = server().await;
    let router = server.router();
    owned(&router, "child", &[("owner", "no-such-uid", false)]).await;
    gone(&server, "child").await;
}

/// Status and message of a condition.
fn condition(object: &Value, kind: &str) -> Option<(String, String)> {
    let conditions = object["status"]["conditions"].as_array()?;
    let condition = conditions.iter().find(|condition| condition["type"] == kind)?;
    let text = |field: &str| condition[field].as_str().unwrap().to_owned();
    Some((text("status"), text("message")))
}

#[tokio::test]
async fn an_owner_in_another_namespace_is_none_and_one_in_a_namespace_is_not_judged_from_outside() {
    let server = server().await;
    let router = server.router();
    let (_, other) = post(
        &router,
        "/api/v1/namespaces",
        &json!({"metadata": {"name": "other"}}),
    )
    .await;
    assert_eq!(other["metadata"]["name"], "other");
    let (_, owner) = post(
        &router,
        "/api/v1/namespaces/other/configmaps",
        &json!({"metadata": {"name": "owner"}}),
    )
    .await;
    let reference = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid(&owner)}]);
    let node = json!({"metadata": {"name": "node", "ownerReferences": reference}});
    assert_eq!(post(&router, "/api/v1/nodes", &node).await.0.as_u16(), 201);
    owned(&router, "child", &[("owner", uid(&owner), false)]).await;
    gone(&server, "child").await;
    assert_eq!(read(&router, "/api/v1/nodes/node").await.0.as_u16(), 200);
}

#[tokio::test]
async fn a_namespace_keeps_finalizers_that_are_not_the_servers() {
    let server = server().await;
    let router = server.router();
    let namespaces = "/api/v1/namespaces";
    post(&router, namespaces, &json!({"metadata": {"name": "team"}})).await;
    let finalize = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}, "spec": {"finalizers": ["kubernetes", "ex.io/mine"]}});
    let path = "/api/v1/namespaces/team/finalize";
    let (code, _) = raw(&router, "PUT", path, ("application/json", &finalize.to_string())).await;
    assert_eq!(code.as_u16(), 200);
    raw(&router, "DELETE", "/api/v1/namespaces/team", ("", "")).await;
    let (router, server) = (&router, &server);
    until(server, || async {
        let (_, namespace) = read(router, "/api/v1/namespaces/team").await;
        namespace["spec"]["finalizers"] == json!(["ex.io/mine"])
    })
    .await;
    let mut released = finalize;
    released["spec"]["finalizers"] = json!([]);
    raw(router, "PUT", path, ("application/json", &released.to_string())).await;
    assert_eq!(read(router, "/api/v1/namespaces/team").await.0.as_u16(), 404);
}

#[tokio::test]
async fn a_namespace_is_emptied_before_it_goes() {
    let (server, router) = with_things().await;
    post(
        &router,
        "/api/v1/namespaces",
        &json!({"metadata": {"name": "team"}}),
    )
    .await;
    for index in 0..40 {
        let name = format!("thing-{index}");
        post(&router, "/apis/ex.io/v1/namespaces/team/things", &thing(&name)).await;
    }
    let mut held = json!({"metadata": {"name": "held", "finalizers": ["ex.io/hold"]}});
    let (_, _) = post(&router, "/api/v1/namespaces/team/secrets", &held).await;
    let (code, marked) = raw(&router, "DELETE", "/api/v1/namespaces/team", ("", "")).await;
    assert_eq!(
        (code.as_u16(), &marked["status"]["phase"]),
        (200, &json!("Terminating"))
    );
    held["metadata"]["name"] = json!("late");
    let (code, answer) = post(&router, "/api/v1/namespaces/team/secrets", &held).await;
    assert_eq!(
        (code.as_u16(), &answer["details"]["causes"][0]["reason"]),
        (403, &json!("NamespaceTerminating"))
    );
    let (router, server) = (&router, &server);
    until(server, || async {
        let (_, list) = read(router, "/apis/ex.io/v1/things").await;
        list["items"] == json!([])
    })
    .await;
    until(server, || async {
        let (_, namespace) = read(router, "/api/v1/namespaces/team").await;
        let message =
            "Some content in the namespace has finalizers remaining: ex.io/hold in 1 resource instances";
        condition(&namespace, "NamespaceFinalizersRemaining") == Some(("True".into(), message.into()))
    })
    .await;
    let (_, namespace) = read(router, "/api/v1/namespaces/team").await;
    assert_eq!(namespace["status"]["phase"], "Terminating");
    for (kind, status) in [
        ("NamespaceDeletionDiscoveryFailure", "False"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False"),
        ("NamespaceDeletionContentFailure", "False"),
        ("NamespaceContentRemaining", "True"),
    ] {
        assert_eq!(condition(&namespace, kind).unwrap().0, status, "{kind}");
    }
    let release = json!({"metadata": {"finalizers": null}});
    merge(router, "/api/v1/namespaces/team/secrets/held", &release).await;
    until(server, || async {
        read(router, "/api/v1/namespaces/team").await.0.as_u16() == 404
    })
    .await;
    for name in ["default", "kube-system"] {
        let (code, _) = raw(router, "DELETE", &format!("/api/v1/namespaces/{name}"), ("", "")).await;
        assert_eq!(code.as_u16(), 403, "{name}");
    }
}

#[tokio::test]
async fn a_collection_is_deleted_by_selector() {
    let server = server().await;
    let api = config_maps(&server);
    for index in 0..6 {
        let name = format!("m{index}");
        make(&server, &name).await;
        let patch = Patch::Merge(json!({"metadata": {"labels": {"even": (index % 2 == 0).to_string()}}}));
        api.patch(&name, &PatchParams::default(), &patch).await.unwrap();
    }
    let selected = ListParams::default().labels("even=true");
    let deleted = api
        .delete_collection(&DeleteParams::default(), &selected)
        .await
        .unwrap()
        .left()
        .unwrap();
    assert_eq!(deleted.items.len(), 3);
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn old_events_are_forgotten() {
    let clock = fleetui_base::clock::FrozenClock::at("2026-01-01T00:00:00Z".parse().unwrap());
    let server = ApiServer::builder().clock(clock.clone()).build().await.unwrap();
    let router = server.router();
    let events = "/api/v1/namespaces/default/events";
    post(&router, events, &json!({"metadata": {"name": "old"}})).await;
    post(
        &router,
        events,
        &json!({"metadata": {"name": "seen-again"}, "lastTimestamp": "2026-01-01T00:30:00Z"}),
    )
    .await;
    clock.advance(Duration::from_secs(3601));
    crate::gc::housekeep(server.shared()).await;
    assert_eq!(read(&router, &format!("{events}/old")).await.0.as_u16(), 404);
    assert_eq!(
        read(&router, &format!("{events}/seen-again")).await.0.as_u16(),
        200
    );
}
