//! Creating and replacing.

use super::*;

#[tokio::test]
async fn post_with_a_resource_version_is_a_bare_500() {
    let (_server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["resourceVersion"] = json!("5");
    let message = "resourceVersion should not be set on objects to be created";
    assert_eq!(
        refused(post(&router, THINGS, &body).await),
        (500, String::new(), message.to_owned())
    );
}

#[tokio::test]
async fn post_with_uid_creation_timestamp_and_generation_replaces_all_three() {
    let (_server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["uid"] = json!("mine");
    body["metadata"]["creationTimestamp"] = json!("2001-01-01T00:00:00Z");
    body["metadata"]["generation"] = json!(77);
    let (code, made) = post(&router, THINGS, &body).await;
    assert_eq!(code.as_u16(), 201);
    assert_ne!(made["metadata"]["uid"], "mine");
    assert_ne!(made["metadata"]["creationTimestamp"], "2001-01-01T00:00:00Z");
    assert_eq!(made["metadata"]["generation"], 1);
}

#[tokio::test]
async fn post_with_another_namespace_version_or_kind_is_refused() {
    let (_server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["namespace"] = json!("other");
    let (code, reason, message) = refused(post(&router, THINGS, &body).await);
    assert_eq!((code, reason.as_str()), (400, "BadRequest"));
    assert_eq!(
        message,
        "the namespace of the provided object does not match the namespace sent on the request"
    );
    let mut body = thing("one");
    body["apiVersion"] = json!("ex.io/v2");
    assert_eq!(refused(post(&router, THINGS, &body).await).0, 400);
    let mut body = thing("one");
    body["kind"] = json!("Other");
    let (code, _, message) = refused(post(&router, THINGS, &body).await);
    assert_eq!(code, 422);
    assert!(
        message.contains("kind: Invalid value: \"Other\": must be Thing"),
        "{message}"
    );
    let broken = raw(&router, "POST", THINGS, ("application/json", "{")).await;
    let (code, _, message) = refused(broken);
    assert_eq!(code, 400);
    assert!(message.starts_with("couldn't get version/kind"), "{message}");
}

#[tokio::test]
async fn post_text_plain_is_415_and_accept_xml_is_406() {
    let (_server, router) = with_things().await;
    let (code, reason, message) = refused(raw(&router, "POST", THINGS, ("text/plain", "{}")).await);
    assert_eq!((code, reason.as_str()), (415, "UnsupportedMediaType"));
    let accepted = "accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
    assert!(message.ends_with(accepted), "{message}");
    let request = Request::get(THINGS)
        .header("accept", "application/xml")
        .body(Body::empty())
        .unwrap();
    let (code, reason, _) = refused(send(&router, request).await);
    assert_eq!((code, reason.as_str()), (406, "NotAcceptable"));
}

#[tokio::test]
async fn put_without_a_resource_version_is_422_stale_is_409_missing_is_404() {
    let (_server, router, made) = with_one().await;
    let mut body = thing("one");
    let (code, answer) = put(&router, ONE, &body).await;
    assert_eq!(code, 422);
    assert_eq!(
        answer["message"],
        "things.ex.io \"one\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    );
    body["metadata"]["resourceVersion"] = json!((revision(&made) - 1).to_string());
    let (code, answer) = put(&router, ONE, &body).await;
    assert_eq!((code, &answer["reason"]), (409, &json!("Conflict")));
    let (code, answer) = put(&router, &format!("{THINGS}/none"), &thing("none")).await;
    assert_eq!((code, &answer["details"]["kind"]), (404, &json!("things")));
}

#[tokio::test]
async fn put_of_the_same_changes_nothing_and_metadata_keeps_the_generation() {
    let (server, router, made) = with_one().await;
    let before = server.revision();
    assert_eq!(put(&router, ONE, &made).await, (200, made.clone()));
    assert_eq!(server.revision(), before);
    let mut labelled = made;
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let (code, answer) = put(&router, ONE, &labelled).await;
    assert_eq!((code, &answer["metadata"]["generation"]), (200, &json!(1)));
    assert!(revision(&answer) > before);
}

#[tokio::test]
async fn a_strategic_merge_of_a_custom_resource_is_415() {
    let (_server, router, _) = with_one().await;
    let kind = "application/strategic-merge-patch+json";
    let (code, reason, message) = refused(raw(&router, "PATCH", ONE, (kind, "{}")).await);
    assert_eq!((code, reason.as_str()), (415, "UnsupportedMediaType"));
    for accepted in ["application/json-patch+json", "application/merge-patch+json"] {
        assert!(message.contains(accepted), "{message}");
    }
}

#[tokio::test]
async fn a_json_patch_whose_test_fails_is_422_with_empty_details() {
    let (_server, router, _) = with_one().await;
    let patch = r#"[{"op": "test", "path": "/spec/replicas", "value": 99}]"#;
    let (code, answer) = raw(&router, "PATCH", ONE, ("application/json-patch+json", patch)).await;
    assert_eq!((code.as_u16(), &answer["details"]), (422, &json!({})));
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.starts_with("the server rejected our request due to an error in our request"),
        "{message}"
    );
}

#[tokio::test]
async fn a_merge_patch_with_a_stale_resource_version_is_409() {
    let (_server, router, made) = with_one().await;
    let stale =
        json!({"metadata": {"resourceVersion": (revision(&made) - 1).to_string()}, "spec": {"replicas": 2}});
    let (code, reason, _) = refused(merge(&router, ONE, &stale).await);
    assert_eq!((code, reason.as_str()), (409, "Conflict"));
}

#[tokio::test]
async fn a_patch_as_dry_run_shows_the_generation_and_stores_nothing() {
    let (server, router, made) = with_one().await;
    let before = server.revision();
    let change = json!({"spec": {"replicas": 7}});
    let (code, shown) = merge(&router, &format!("{ONE}?dryRun=All"), &change).await;
    assert_eq!(code.as_u16(), 200);
    assert_eq!(
        (&shown["spec"]["replicas"], &shown["metadata"]["generation"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(revision(&shown), revision(&made));
    assert_eq!((read(&router, ONE).await.1, server.revision()), (made, before));
}

#[tokio::test]
async fn a_patch_of_the_status_leaves_the_spec_and_one_of_the_scale_counts_a_generation() {
    let (_server, router, _) = with_one().await;
    let both = json!({"spec": {"replicas": 9}, "status": {"replicas": 3}});
    let (code, answer) = merge(&router, &format!("{ONE}/status"), &both).await;
    assert_eq!(code.as_u16(), 200);
    assert_eq!(
        (&answer["spec"]["replicas"], &answer["status"]["replicas"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(answer["metadata"]["generation"], 1);
    let (code, scale) = merge(
        &router,
        &format!("{ONE}/scale"),
        &json!({"spec": {"replicas": 4}}),
    )
    .await;
    assert_eq!((code.as_u16(), &scale["kind"]), (200, &json!("Scale")));
    let (_, answer) = read(&router, ONE).await;
    assert_eq!(
        (&answer["spec"]["replicas"], &answer["metadata"]["generation"]),
        (&json!(4), &json!(2))
    );
}

#[tokio::test]
async fn an_unknown_resource_or_version_of_a_known_group_is_a_plain_404() {
    let (_server, router) = with_things().await;
    for path in [
        "/apis/ex.io/v1/namespaces/default/others",
        "/apis/ex.io/v9/namespaces/default/things",
        "/apis/ex.io/v9",
    ] {
        assert_eq!(
            read(&router, path).await,
            (StatusCode::NOT_FOUND, json!("404 page not found\n")),
            "{path}"
        );
    }
}
