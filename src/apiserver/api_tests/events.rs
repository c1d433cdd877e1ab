//! Events of both groups over raw requests.

use super::*;

/// Where Events of the core group are.
const CORE_EVENTS: &str = "/api/v1/namespaces/default/events";
/// Where those of `events.k8s.io` are.
const GROUP_EVENTS: &str = "/apis/events.k8s.io/v1/namespaces/default/events";

#[tokio::test]
async fn events_of_both_groups_are_the_same_objects() {
    let server = server().await;
    let router = server.router();
    let (of_core, of_group) = (CORE_EVENTS, GROUP_EVENTS);
    let about = json!({"kind": "Pod", "namespace": "default", "name": "p", "uid": "u"});
    let old = json!({"metadata": {"name": "a"}, "involvedObject": about, "message": "m", "reason": "R", "source": {"component": "c"}, "count": 3, "type": "Normal"});
    let (code, answer) = post(&router, of_core, &old).await;
    assert_eq!(code, 201, "{answer}");
    let new = json!({"metadata": {"name": "b"}, "regarding": about, "note": "n", "reason": "R", "action": "A", "type": "Warning",
        "reportingController": "ex.io/c", "reportingInstance": "c-1", "eventTime": "2026-01-01T00:00:00Z"});
    let (code, made) = post(&router, of_group, &new).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(
        (&made["apiVersion"], &made["note"]),
        (&json!("events.k8s.io/v1"), &json!("n"))
    );
    assert_eq!(made["eventTime"], "2026-01-01T00:00:00.000000Z");

    let (_, there) = read(&router, &format!("{of_core}/b")).await;
    assert_eq!(
        (&there["apiVersion"], &there["involvedObject"], &there["message"]),
        (&json!("v1"), &about, &json!("n"))
    );
    assert_eq!(there["metadata"], made["metadata"]);
    let (_, there) = read(&router, &format!("{of_group}/a")).await;
    assert_eq!(
        (&there["deprecatedCount"], &there["deprecatedSource"]["component"]),
        (&json!(3), &json!("c"))
    );

    for (path, selector, names) in [
        (of_core, "involvedObject.uid=u,involvedObject.kind=Pod", "ab"),
        (of_core, "source=c", "a"),
        (of_core, "source=ex.io/c", "b"),
        (of_group, "regarding.name=p,reportingController=ex.io/c", "b"),
        (of_group, "type!=Warning", "a"),
    ] {
        let (code, list) = read(&router, &format!("{path}?fieldSelector={selector}")).await;
        assert_eq!(code, 200, "{list}");
        let found: String = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{selector}");
        assert!(
            list["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|item| item["apiVersion"] == list["apiVersion"])
        );
    }
    assert_eq!(
        read(
            &router,
            &format!("{of_group}?fieldSelector=involvedObject.name=p")
        )
        .await
        .0,
        400
    );
}

#[tokio::test]
async fn a_change_of_an_event_through_one_group_is_seen_in_the_other() {
    let server = server().await;
    let router = server.router();
    let (of_core, of_group) = (CORE_EVENTS, GROUP_EVENTS);
    let event = json!({"metadata": {"name": "a"}, "involvedObject": {"namespace": "default"}, "count": 3});
    let (_, made) = post(&router, of_core, &event).await;
    let (code, patched) = merge(&router, &format!("{of_group}/a"), &json!({"deprecatedCount": 4})).await;
    assert_eq!((code, &patched["deprecatedCount"]), (StatusCode::OK, &json!(4)));
    let (_, again) = merge(&router, &format!("{of_group}/a"), &json!({"deprecatedCount": 4})).await;
    assert_eq!(again["metadata"], patched["metadata"], "nothing changed");
    let revision = made["metadata"]["resourceVersion"].as_str().unwrap();
    for (path, field) in [(of_core, "count"), (of_group, "deprecatedCount")] {
        let (_, lines) = read(
            &router,
            &format!("{path}?watch=true&resourceVersion={revision}&timeoutSeconds=1"),
        )
        .await;
        assert_eq!(
            (&lines["type"], &lines["object"][field]),
            (&json!("MODIFIED"), &json!(4)),
            "{lines}"
        );
    }
    let (code, _) = raw(&router, "DELETE", &format!("{of_group}/a"), ("", "")).await;
    assert_eq!(
        (
            code.as_u16(),
            read(&router, &format!("{of_core}/a")).await.0.as_u16()
        ),
        (200, 404)
    );
}

#[tokio::test]
async fn events_say_what_they_have_to() {
    let server = server().await;
    let router = server.router();
    let namespace = json!({"metadata": {"name": "n"}});
    assert_eq!(post(&router, "/api/v1/namespaces", &namespace).await.0, 201);
    let event = |about: &str| json!({"metadata": {"name": "a"}, "involvedObject": {"namespace": about}});
    for (namespace, about, code) in [
        ("n", "default", 422),
        ("n", "", 422),
        ("default", "", 201),
        ("n", "n", 201),
    ] {
        let (found, answer) = post(
            &router,
            &format!("/api/v1/namespaces/{namespace}/events"),
            &event(about),
        )
        .await;
        assert_eq!(found.as_u16(), code, "{namespace} {about:?}: {answer}");
    }
    let bare =
        json!({"metadata": {"name": "b"}, "regarding": {"namespace": "default"}, "note": "x".repeat(1025)});
    let (code, answer) = post(&router, "/apis/events.k8s.io/v1/namespaces/default/events", &bare).await;
    assert_eq!(code, 422);
    let causes = answer["details"]["causes"].as_array().unwrap();
    let fields: Vec<&str> = causes
        .iter()
        .map(|cause| cause["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "eventTime",
            "reportingController",
            "reportingInstance",
            "action",
            "reason",
            "note",
            "type"
        ]
    );
}
