//! Patches of all kinds that are read, and the refusal of the others.

use super::*;

const JSON_PATCH: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

#[tokio::test]
async fn a_merge_patch_changes_what_it_names() {
    let server = server().await;
    let router = server.router();
    make(&server, "one").await;
    let one = "/api/v1/namespaces/default/configmaps/one";
    let (code, after) = merge(
        &router,
        one,
        &json!({"data": {"a": null, "n": "1"}, "metadata": {"labels": {"l": "m"}}}),
    )
    .await;
    assert_eq!((code.as_u16(), &after["data"]), (200, &json!({"n": "1"})));
    assert_eq!(after["metadata"]["labels"], json!({"l": "m"}));
    let revision = server.revision();
    let (_, again) = merge(
        &router,
        one,
        &json!({"data": {"n": "1"}, "metadata": {"uid": "another", "annotations": {}}}),
    )
    .await;
    assert_eq!(again.get("code"), Some(&json!(422)), "{again}");
    let (_, again) = merge(
        &router,
        one,
        &json!({"data": {"n": "1"}, "metadata": {"annotations": {}}}),
    )
    .await;
    assert_eq!((&again, server.revision()), (&after, revision));
}

#[tokio::test]
async fn a_patch_that_names_a_state_is_made_upon_it_alone() {
    let server = server().await;
    let router = server.router();
    let made = make(&server, "one").await;
    let one = "/api/v1/namespaces/default/configmaps/one";
    let old = made.metadata.resource_version.unwrap();
    let patch = json!({"metadata": {"resourceVersion": old}, "data": {"x": "1"}});
    assert_eq!(merge(&router, one, &patch).await.0.as_u16(), 200);
    let (code, answer) = merge(
        &router,
        one,
        &json!({"metadata": {"resourceVersion": old}, "data": {"x": "2"}}),
    )
    .await;
    assert_eq!((code.as_u16(), &answer["reason"]), (409, &json!("Conflict")));
}

#[tokio::test]
async fn patches_without_a_state_all_come_through() {
    let server = server().await;
    let router = server.router();
    make(&server, "one").await;
    let one = "/api/v1/namespaces/default/configmaps/one";
    let patches = (0..4).map(|index| {
        let router = router.clone();
        async move {
            merge(&router, one, &json!({"data": {format!("k{index}"): "v"}}))
                .await
                .0
                .as_u16()
        }
    });
    assert_eq!(futures::future::join_all(patches).await, [200; 4]);
    let (_, after) = read(&router, one).await;
    assert_eq!(after["data"].as_object().unwrap().len(), 5);
}

#[tokio::test]
async fn a_json_patch_tests_and_changes() {
    let (server, router) = with_things().await;
    post(&router, THINGS, &thing("one")).await;
    let one = format!("{THINGS}/one");
    let patch = async |body: Value| raw(&router, "PATCH", &one, (JSON_PATCH, &body.to_string())).await;
    let good = json!([{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "replace", "path": "/spec/replicas", "value": 2}]);
    let (code, after) = patch(good.clone()).await;
    assert_eq!((code.as_u16(), &after["spec"]["replicas"]), (200, &json!(2)));
    let revision = server.revision();
    let (code, answer) = patch(good).await;
    assert_eq!(code.as_u16(), 422);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .starts_with("the server rejected our request due to an error in our request")
    );
    assert_eq!(patch(json!({"op": "remove"})).await.0.as_u16(), 400);
    assert_eq!(
        patch(json!([{"op": "replace", "path": "", "value": 7}]))
            .await
            .0
            .as_u16(),
        422
    );
    assert_eq!(server.revision(), revision);
}

#[tokio::test]
async fn strategic_patches_are_for_built_in_kinds() {
    let (_server, router) = with_things().await;
    post(
        &router,
        "/api/v1/nodes",
        &json!({"metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}),
    )
    .await;
    let patch = json!({"status": {"conditions": [{"type": "Disk", "status": "False"}, {"type": "Ready", "status": "True"}]}});
    let (code, after) = raw(
        &router,
        "PATCH",
        "/api/v1/nodes/n/status",
        (STRATEGIC, &patch.to_string()),
    )
    .await;
    assert_eq!(code.as_u16(), 200, "{after}");
    assert_eq!(
        after["status"]["conditions"],
        json!([{"type": "Disk", "status": "False"}, {"type": "Ready", "status": "True"}]),
        "in the order of the patch"
    );

    post(&router, THINGS, &thing("one")).await;
    let (code, answer) = raw(&router, "PATCH", &format!("{THINGS}/one"), (STRATEGIC, "{}")).await;
    assert_eq!(
        (code.as_u16(), &answer["reason"]),
        (415, &json!("UnsupportedMediaType"))
    );
}

#[tokio::test]
async fn a_patch_cannot_rename_or_force() {
    let server = server().await;
    let router = server.router();
    make(&server, "one").await;
    let one = "/api/v1/namespaces/default/configmaps/one";
    assert_eq!(
        merge(&router, one, &json!({"metadata": {"name": "two"}}))
            .await
            .0
            .as_u16(),
        400
    );
    assert_eq!(
        merge(&router, &format!("{one}?force=true"), &json!({}))
            .await
            .0
            .as_u16(),
        422
    );
    assert_eq!(
        merge(&router, "/api/v1/namespaces/default/configmaps/none", &json!({}))
            .await
            .0
            .as_u16(),
        404
    );
}
