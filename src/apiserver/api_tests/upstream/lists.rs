//! Lists: revisions and pages.

use base64::Engine;

use super::*;

#[tokio::test]
async fn a_continue_token_holds_version_revision_and_start() {
    let (_server, router, _) = with_one().await;
    post(&router, THINGS, &thing("two")).await;
    let decode = |list: &Value| -> Value {
        let token = list["metadata"]["continue"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token);
        serde_json::from_slice(&bytes.unwrap()).unwrap()
    };
    for (path, start) in [
        (THINGS, "one\u{0}"),
        ("/apis/ex.io/v1/things", "default/one\u{0}"),
    ] {
        let (_, list) = read(&router, &format!("{path}?limit=1")).await;
        let expected = json!({"v": "meta.k8s.io/v1", "rv": revision(&list), "start": start});
        assert_eq!(decode(&list), expected);
    }
    let (code, _, message) = refused(read(&router, &format!("{THINGS}?limit=1&continue=nonsense")).await);
    assert_eq!(code, 400);
    assert!(message.starts_with("invalid continue token: "), "{message}");
}

#[tokio::test]
async fn a_list_from_the_future_is_504_with_retry_after() {
    let (server, router, _) = with_one().await;
    tokio::time::pause();
    let future = server.revision() + 1000;
    let request = Request::get(format!("{THINGS}?resourceVersion={future}"))
        .body(Body::empty())
        .unwrap();
    let response = within(router.clone().oneshot(request)).await.unwrap();
    assert_eq!(response.status().as_u16(), 504);
    assert_eq!(response.headers()["retry-after"], "1");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let status: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status["reason"], "Timeout");
    assert_eq!(status["details"]["retryAfterSeconds"], 1);
    assert_eq!(
        status["details"]["causes"][0]["reason"],
        "ResourceVersionTooLarge"
    );
}

#[tokio::test]
async fn a_list_at_exactly_an_old_revision_tells_what_was_then() {
    let (_server, router, _) = with_one().await;
    for query in [
        "resourceVersion=1&resourceVersionMatch=Exact",
        "resourceVersion=1&limit=500",
    ] {
        let (code, list) = read(&router, &format!("{THINGS}?{query}")).await;
        assert_eq!(
            (code.as_u16(), revision(&list), &list["items"]),
            (200, 1, &json!([])),
            "{query}"
        );
    }
}

#[tokio::test]
async fn parameters_that_break_the_rules_are_422_or_400() {
    let (_server, router, _) = with_one().await;
    for query in [
        "resourceVersionMatch=Exact",
        "resourceVersion=0&resourceVersionMatch=Exact",
        "resourceVersion=5&resourceVersionMatch=NotOlderThan&continue=x",
        "sendInitialEvents=true&resourceVersion=1&resourceVersionMatch=NotOlderThan",
        "watch=true&sendInitialEvents=true",
    ] {
        let (code, answer) = read(&router, &format!("{THINGS}?{query}")).await;
        assert_eq!(
            (
                code.as_u16(),
                &answer["details"]["kind"],
                &answer["details"]["causes"][0]["reason"]
            ),
            (422, &json!("ListOptions"), &json!("FieldValueForbidden")),
            "{query}: {answer}"
        );
    }
    for (query, message) in [
        ("resourceVersion=abc", "invalid resource version"),
        (
            "fieldSelector=spec.name%3Da",
            "field label not supported: spec.name",
        ),
        ("labelSelector=a%20b", "unable to parse requirement"),
        (
            "resourceVersion=5&continue=x",
            "specifying resource version is not allowed when using continue",
        ),
    ] {
        let (code, reason, found) = refused(read(&router, &format!("{THINGS}?{query}")).await);
        assert_eq!((code, reason.as_str()), (400, "BadRequest"), "{query}");
        assert!(found.contains(message), "{query}: {found}");
    }
}

#[tokio::test]
async fn remaining_items_are_counted_without_selectors_alone() {
    let (_server, router, _) = with_one().await;
    post(&router, THINGS, &thing("two")).await;
    let (_, list) = read(&router, &format!("{THINGS}?limit=1")).await;
    assert_eq!(list["metadata"]["remainingItemCount"], 1);
    for selector in ["labelSelector=!x", "fieldSelector=metadata.name!%3Dx"] {
        let (_, list) = read(&router, &format!("{THINGS}?limit=1&{selector}")).await;
        assert!(list["metadata"]["continue"].is_string());
        assert_eq!(list["metadata"].get("remainingItemCount"), None, "{selector}");
    }
}

#[tokio::test]
async fn an_empty_list_has_an_empty_array() {
    let (_server, router) = with_things().await;
    let (_, list) = read(&router, THINGS).await;
    assert_eq!(
        (&list["kind"], &list["apiVersion"], &list["items"]),
        (&json!("ThingList"), &json!("ex.io/v1"), &json!([]))
    );
}

#[tokio::test]
async fn a_long_list_is_compressed_for_who_reads_gzip_and_a_head_has_no_body() {
    let (_server, router) = with_things().await;
    for index in 0..40 {
        let mut body = thing(&format!("t{index}"));
        body["spec"]["filling"] = json!("x".repeat(4000));
        post(&router, THINGS, &body).await;
    }
    let (_, plain) = read(&router, THINGS).await;
    let ask = async |method: &str, path: &str, coding: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept-encoding", coding)
            .body(Body::empty())
            .unwrap();
        let response = within(router.clone().oneshot(request)).await.unwrap();
        let headers = response.headers().clone();
        let body = within(response.into_body().collect()).await.unwrap().to_bytes();
        (headers, body)
    };
    let (headers, body) = ask("GET", THINGS, "gzip").await;
    assert_eq!(headers["content-encoding"], "gzip");
    let read: Value = serde_json::from_reader(flate2::read::GzDecoder::new(&body[..])).unwrap();
    assert_eq!(read, plain);
    let (headers, _) = ask("GET", &format!("{THINGS}?limit=5"), "gzip").await;
    assert!(!headers.contains_key("content-encoding"));
    let (headers, body) = ask("HEAD", THINGS, "gzip").await;
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    assert!(body.is_empty() && length > 160_000, "{length}");
}
