//! Watches.

use super::super::watches::Lines;
use super::*;

#[tokio::test]
async fn a_watch_from_the_future_is_silent_until_it_ends() {
    let (server, router, _) = with_one().await;
    let future = server.revision() + 2;
    let query = format!("resourceVersion={future}&timeoutSeconds=600");
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    for (name, told) in [("a", false), ("b", false), ("c", true)] {
        post(&router, THINGS, &thing(name)).await;
        if told {
            assert_eq!(lines.line().await["object"]["metadata"]["name"], name);
        }
    }
    tokio::time::pause();
    let query = format!("resourceVersion={}&timeoutSeconds=2", future + 1000);
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn initial_events_of_the_future_are_waited_for_and_then_refused_in_the_stream() {
    let (server, router, _) = with_one().await;
    let next = server.revision() + 1;
    let initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let query = format!("{initial}&resourceVersion={next}");
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    post(&router, THINGS, &thing("two")).await;
    let mut names = Vec::new();
    while let line = lines.line().await
        && line["type"] == "ADDED"
    {
        names.push(line["object"]["metadata"]["name"].clone());
    }
    assert_eq!(names, ["one", "two"]);
    tokio::time::pause();
    let query = format!("{initial}&resourceVersion={}", next + 1000);
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    let line = lines.line().await;
    assert_eq!(
        (&line["type"], &line["object"]["code"], &line["object"]["reason"]),
        (&json!("ERROR"), &json!(504), &json!("Timeout"))
    );
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn a_watch_from_too_old_a_revision_is_200_with_one_error() {
    let limits = crate::HistoryLimits {
        events: 1,
        ..crate::HistoryLimits::default()
    };
    let server = ApiServer::builder().history(limits).build().await.unwrap();
    let router = server.router();
    for name in ["a", "b", "c"] {
        make(&server, name).await;
    }
    let maps = "/api/v1/namespaces/default/configmaps";
    let mut lines = Lines::of(&router, maps, "resourceVersion=1", "application/json").await;
    let line = lines.line().await;
    let oldest = server.revision() - 1;
    assert_eq!(line["type"], "ERROR");
    assert_eq!(
        (
            &line["object"]["message"],
            &line["object"]["reason"],
            &line["object"]["code"]
        ),
        (
            &json!(format!("too old resource version: 1 ({oldest})")),
            &json!("Expired"),
            &json!(410)
        )
    );
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn a_table_watch_describes_its_columns_once() {
    let (server, router, _) = with_one().await;
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let query = format!("resourceVersion={}&allowWatchBookmarks=true", server.revision());
    let mut lines = Lines::of(&router, THINGS, &query, accept).await;
    post(&router, THINGS, &thing("two")).await;
    merge(&router, ONE, &json!({"spec": {"replicas": 2}})).await;
    let (first, second) = (lines.line().await, lines.line().await);
    assert!(first["object"]["columnDefinitions"].is_array());
    assert_eq!(second["object"].get("columnDefinitions"), Some(&Value::Null));
    for line in [first, second] {
        assert_eq!(line["object"]["kind"], "Table");
        assert_eq!(
            line["object"]["rows"][0]["object"]["kind"],
            "PartialObjectMetadata"
        );
    }
}

#[tokio::test]
async fn a_bookmark_has_type_and_revision_alone_and_comes_before_a_short_end() {
    let (server, router, _) = with_one().await;
    tokio::time::pause();
    let query = format!(
        "resourceVersion={}&allowWatchBookmarks=true&timeoutSeconds=2",
        server.revision()
    );
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    let expected = json!({
        "type": "BOOKMARK",
        "object": {
            "apiVersion": "ex.io/v1",
            "kind": "Thing",
            "metadata": {"resourceVersion": server.revision().to_string()},
        },
    });
    assert_eq!(lines.line().await, expected);
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn leaving_a_selection_is_the_last_selected_state_with_the_new_revision() {
    let (server, router, _) = with_one().await;
    merge(&router, ONE, &json!({"metadata": {"labels": {"tier": "web"}}})).await;
    let query = format!("labelSelector=tier%3Dweb&resourceVersion={}", server.revision());
    let mut lines = Lines::of(&router, THINGS, &query, "application/json").await;
    let (_, left) = merge(
        &router,
        ONE,
        &json!({"metadata": {"labels": {"tier": "db"}}, "spec": {"replicas": 5}}),
    )
    .await;
    let line = lines.line().await;
    assert_eq!(line["type"], "DELETED");
    assert_eq!(revision(&line["object"]), revision(&left));
    assert_eq!(
        (
            &line["object"]["metadata"]["labels"]["tier"],
            &line["object"]["spec"]["replicas"]
        ),
        (&json!("web"), &json!(1))
    );
}
