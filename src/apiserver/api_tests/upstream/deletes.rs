//! Deletions.

use super::*;

#[tokio::test]
async fn a_delete_without_finalizers_is_a_success_with_details() {
    let (_server, router, made) = with_one().await;
    let (code, answer) = delete(&router, ONE, &json!({})).await;
    let expected = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "one", "group": "ex.io", "kind": "things", "uid": made["metadata"]["uid"]},
    });
    assert_eq!((code, answer), (200, expected));
}

#[tokio::test]
async fn a_delete_with_a_finalizer_is_the_object_with_the_next_generation() {
    let (server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["finalizers"] = json!(["ex.io/hold"]);
    post(&router, THINGS, &body).await;
    let (code, marked) = delete(&router, ONE, &json!({"gracePeriodSeconds": 30})).await;
    assert_eq!((code, &marked["kind"]), (200, &json!("Thing")));
    assert_eq!(marked["metadata"]["generation"], 2);
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 0);
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    let before = server.revision();
    assert_eq!(delete(&router, ONE, &json!({})).await, (200, marked));
    assert_eq!(server.revision(), before);
}

#[tokio::test]
async fn a_finalizer_added_while_deleting_is_forbidden_and_the_last_one_removed_deletes() {
    let (_server, router) = with_things().await;
    let mut body = thing("one");
    body["metadata"]["finalizers"] = json!(["ex.io/hold"]);
    post(&router, THINGS, &body).await;
    delete(&router, ONE, &json!({})).await;
    let more = json!({"metadata": {"finalizers": ["ex.io/hold", "ex.io/more"]}});
    let (code, answer) = merge(&router, ONE, &more).await;
    assert_eq!(code.as_u16(), 422);
    let cause = &answer["details"]["causes"][0];
    assert_eq!(
        (&cause["reason"], &cause["field"]),
        (&json!("FieldValueForbidden"), &json!("metadata.finalizers"))
    );
    let (code, last) = merge(&router, ONE, &json!({"metadata": {"finalizers": []}})).await;
    assert_eq!((code.as_u16(), &last["kind"]), (200, &json!("Thing")));
    assert_eq!(read(&router, ONE).await.0.as_u16(), 404);
}

#[tokio::test]
async fn preconditions_that_do_not_hold_are_409_and_name_the_kind() {
    let (_server, router, made) = with_one().await;
    let uid = made["metadata"]["uid"].as_str().unwrap();
    let (code, answer) = delete(&router, ONE, &json!({"preconditions": {"uid": "another"}})).await;
    assert_eq!(
        (code, &answer["reason"], &answer["details"]["kind"]),
        (409, &json!("Conflict"), &json!("Thing"))
    );
    assert_eq!(
        answer["message"],
        format!(
            "Operation cannot be fulfilled on Thing.ex.io \"one\": the UID in the precondition (another) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        )
    );
    let (code, answer) = delete(&router, ONE, &json!({"preconditions": {"resourceVersion": "1"}})).await;
    assert_eq!((code, &answer["details"]["kind"]), (409, &json!("Thing")));
    assert_eq!(read(&router, ONE).await.0.as_u16(), 200);
}

#[tokio::test]
async fn options_that_cannot_be_are_422() {
    let (_server, router, _) = with_one().await;
    let (code, answer) = delete(&router, ONE, &json!({"propagationPolicy": "Sometimes"})).await;
    assert_eq!(code, 422);
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("propagationPolicy: Unsupported value: \"Sometimes\""),
        "{message}"
    );
    for options in [
        json!({"propagationPolicy": "Orphan", "orphanDependents": true}),
        json!({"dryRun": ["Some"]}),
    ] {
        let (code, answer) = delete(&router, ONE, &options).await;
        assert_eq!(
            (code, &answer["details"]["kind"]),
            (422, &json!("DeleteOptions")),
            "{options}"
        );
    }
    assert_eq!(
        delete(&router, ONE, &json!({"gracePeriodSeconds": "soon"}))
            .await
            .0,
        400
    );
    let (code, _) = delete(&router, ONE, &json!({"dryRun": ["All"]})).await;
    assert_eq!((code, read(&router, ONE).await.0.as_u16()), (200, 200));
}

#[tokio::test]
async fn foreground_and_orphan_leave_a_finalizer_to_garbage_collection() {
    for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
        let (_server, router, _) = with_one().await;
        let (code, marked) = delete(&router, ONE, &json!({"propagationPolicy": policy})).await;
        assert_eq!(
            (code, &marked["metadata"]["finalizers"]),
            (200, &json!([finalizer])),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn a_collection_is_deleted_and_told_as_a_list() {
    let (_server, router, _) = with_one().await;
    for name in ["three", "two"] {
        let mut body = thing(name);
        body["metadata"]["labels"] = json!({"tier": "web"});
        post(&router, THINGS, &body).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (code, list) = delete(&router, &format!("{THINGS}?labelSelector=tier%3Ddb"), &json!({})).await;
    assert_eq!(
        (code, &list["kind"], &list["items"]),
        (200, &json!("ThingList"), &json!([]))
    );
    let (_, list) = delete(
        &router,
        &format!("{THINGS}?labelSelector=tier%3Dweb&limit=1"),
        &json!({}),
    )
    .await;
    assert_eq!(names(&list), ["three"]);
    let (_, list) = delete(
        &router,
        &format!("{THINGS}?fieldSelector=metadata.name%3Dtwo"),
        &json!({}),
    )
    .await;
    assert_eq!(names(&list), ["two"]);
    assert_eq!(names(&read(&router, THINGS).await.1), ["one"]);
}
