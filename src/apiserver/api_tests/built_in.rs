//! Built-in kinds over raw requests: protobuf bodies, strict decoding, and what the server does about some of them.

use futures::StreamExt as _;

use super::*;

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// A request with a body of bytes.
async fn send_bytes(router: &Router, method: &str, path: &str, body: Vec<u8>) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", PROTOBUF);
    send(router, request.body(Body::from(body)).unwrap()).await
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    [&[number << 3 | 2, length], value].concat()
}

fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &type_meta), field(2, raw)].concat()
}

#[tokio::test]
async fn built_in_kinds_come_in_protobuf() {
    let server = server().await;
    let router = server.router();
    let metadata = field(1, &field(1, b"s"));
    let data = field(2, &[field(1, b"k"), field(2, &[0, 255])].concat());
    let secret = envelope("v1", "Secret", &[metadata, data].concat());
    let secrets = "/api/v1/namespaces/default/secrets";
    let (code, made) = send_bytes(&router, "POST", secrets, secret.clone()).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(
        (&made["data"], &made["type"]),
        (&json!({"k": "AP8="}), &json!("Opaque"))
    );
    let (code, answer) = send_bytes(&router, "PUT", &format!("{secrets}/s"), secret.clone()).await;
    assert_eq!((code, &answer["metadata"]), (StatusCode::OK, &made["metadata"]));

    let (code, answer) = send_bytes(&router, "POST", "/api/v1/namespaces/default/configmaps", secret).await;
    assert_eq!(code, 400, "another kind: {answer}");
    let (code, answer) = send_bytes(&router, "POST", secrets, b"{}".to_vec()).await;
    assert_eq!(code, 400, "{answer}");

    let only = field(2, &field(1, b"other"));
    let options = envelope("v1", "DeleteOptions", &only);
    let (code, answer) = send_bytes(&router, "DELETE", &format!("{secrets}/s"), options).await;
    assert_eq!(code, 409, "the precondition is read: {answer}");
    let options = envelope("apps/v1", "DeleteOptions", &[]);
    let (code, answer) = send_bytes(&router, "DELETE", &format!("{secrets}/s"), options).await;
    assert_eq!((code, &answer["status"]), (StatusCode::OK, &json!("Success")));
}

#[tokio::test]
async fn custom_resources_have_no_protobuf() {
    let (_server, router) = with_things().await;
    let (code, answer) = send_bytes(&router, "POST", THINGS, envelope("ex.io/v1", "Thing", &[])).await;
    assert_eq!(code, 415, "{answer}");
    let get = |accept: &str| {
        let request = Request::builder().uri(THINGS).header("accept", accept);
        request.body(Body::empty()).unwrap()
    };
    let (code, list) = send(&router, get(&format!("{PROTOBUF},application/json"))).await;
    assert_eq!((code, &list["kind"]), (StatusCode::OK, &json!("ThingList")));

    let response = within(router.clone().oneshot(get(PROTOBUF))).await.unwrap();
    assert_eq!(response.status(), 406);
    assert_eq!(response.headers()["content-type"], PROTOBUF);
    let body = within(response.into_body().collect()).await.unwrap().to_bytes();
    let status = crate::protobuf::object(&body, None).unwrap();
    assert_eq!(
        (&status["kind"], &status["code"], &status["reason"]),
        (&json!("Status"), &json!(406), &json!("NotAcceptable"))
    );
    // Refusals of other sorts are told in the same way.
    let mut request = get(PROTOBUF);
    *request.uri_mut() = format!("{THINGS}/none?limit=x").parse().unwrap();
    let response = within(router.clone().oneshot(request)).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (400, &PROTOBUF.parse().unwrap())
    );
}

/// Sends an object; answers with code, body and warnings.
async fn warned(
    router: &Router,
    method: &str,
    path: &str,
    kind: &str,
    body: &Value,
) -> (u16, Value, Vec<String>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind);
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = within(router.clone().oneshot(request)).await.unwrap();
    let code = response.status().as_u16();
    let warnings = response.headers().get_all("warning").iter();
    let warnings = warnings.map(|value| value.to_str().unwrap().to_owned()).collect();
    let body = within(response.into_body().collect()).await.unwrap().to_bytes();
    (code, serde_json::from_slice(&body).unwrap(), warnings)
}

#[tokio::test]
async fn fields_that_the_type_does_not_know_are_dropped_and_told() {
    let server = server().await;
    let router = server.router();
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({"metadata": {"name": "d"}, "spec": {
        "replicaz": 1, "paused": false, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i", "img": 1}]}},
    }});
    let json_kind = "application/json";
    let (code, answer, _) = warned(
        &router,
        "POST",
        &format!("{path}?fieldValidation=Strict"),
        json_kind,
        &body,
    )
    .await;
    assert_eq!(code, 400);
    assert_eq!(
        answer["message"],
        r#"Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz", unknown field "spec.template.spec.containers[0].img""#
    );
    let (code, answer, warnings) = warned(&router, "POST", path, json_kind, &body).await;
    assert_eq!(code, 201, "{answer}");
    assert_eq!(
        warnings,
        [
            r#"299 - "unknown field \"spec.replicaz\"""#,
            r#"299 - "unknown field \"spec.template.spec.containers[0].img\"""#,
        ]
    );
    assert_eq!(answer["spec"].get("replicaz"), None);
    assert_eq!(answer["spec"]["replicas"], 1, "upstream's default");
    let container = &answer["spec"]["template"]["spec"]["containers"][0];
    assert_eq!((&container["image"], container.get("img")), (&json!("i"), None));

    let unknown = json!({"spec": {"replicaz": 2}});
    let object = format!("{path}/d");
    for kind in [
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    ] {
        let (code, patched, warnings) = warned(&router, "PATCH", &object, kind, &unknown).await;
        assert_eq!((code, warnings.len()), (200, 1), "{patched}");
        assert_eq!(
            patched["metadata"]["resourceVersion"], answer["metadata"]["resourceVersion"],
            "nothing changed"
        );
        let strict = format!("{object}?fieldValidation=Strict");
        assert_eq!(warned(&router, "PATCH", &strict, kind, &unknown).await.0, 422);
        let ignore = format!("{object}?fieldValidation=Ignore");
        let (code, _, warnings) = warned(&router, "PATCH", &ignore, kind, &unknown).await;
        assert_eq!((code, warnings.len()), (200, 0));
    }
    let wrong = json!({"spec": {"replicas": "2"}});
    let (code, answer, _) = warned(&router, "PATCH", &object, "application/merge-patch+json", &wrong).await;
    assert_eq!(code, 400);
    assert_eq!(
        answer["message"],
        r#"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"#
    );
    let secret = json!({"metadata": {"name": "s"}, "data": {"a": "not base64!"}});
    let (code, answer, _) = warned(
        &router,
        "POST",
        "/api/v1/namespaces/default/secrets",
        json_kind,
        &secret,
    )
    .await;
    assert_eq!(code, 400, "{answer}");
}

#[tokio::test]
async fn leases_and_events_come_by_update_too() {
    let server = server().await;
    let router = server.router();
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
    let lease = json!({"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}});
    let put = async |path: &str, body: &Value| {
        raw(&router, "PUT", path, ("application/json", &body.to_string())).await
    };
    let (code, made) = put(leases, &lease).await;
    assert_eq!(
        (code.as_u16(), &made["spec"]["holderIdentity"]),
        (201, &json!("me")),
        "{made}"
    );
    assert_eq!(
        put(leases, &lease).await.0,
        422,
        "from now on the state has to be named"
    );
    let gone = json!({"metadata": {"name": "m", "resourceVersion": "5"}});
    assert_eq!(
        put("/apis/coordination.k8s.io/v1/namespaces/default/leases/m", &gone)
            .await
            .0,
        404
    );
    let map = json!({"metadata": {"name": "c"}});
    assert_eq!(put("/api/v1/namespaces/default/configmaps/c", &map).await.0, 404);
    let event = json!({"metadata": {"name": "e"}, "involvedObject": {"namespace": "default"}});
    assert_eq!(put("/api/v1/namespaces/default/events/e", &event).await.0, 201);
}

#[tokio::test]
async fn secrets_and_config_maps_hold_what_they_may() {
    let server = server().await;
    let router = server.router();
    let large = "x".repeat(1024 * 1024 + 1);
    let cases = [
        ("configmaps", json!({"data": {"a": "", "b.c-D_1": "x"}}), 201),
        ("configmaps", json!({"data": {"a b": ""}}), 422),
        ("configmaps", json!({"data": {"..a": ""}}), 422),
        (
            "configmaps",
            json!({"data": {"a": ""}, "binaryData": {"a": ""}}),
            422,
        ),
        ("configmaps", json!({"binaryData": {"a": "%"}}), 400),
        ("configmaps", json!({"data": {"a": large}}), 422),
        ("secrets", json!({"stringData": {"a": "b"}}), 201),
        ("secrets", json!({"stringData": {"a/b": "b"}}), 422),
        (
            "secrets",
            json!({"type": "kubernetes.io/tls", "stringData": {"tls.crt": ""}}),
            422,
        ),
        (
            "secrets",
            json!({"type": "kubernetes.io/tls", "stringData": {"tls.crt": "", "tls.key": ""}}),
            201,
        ),
        ("secrets", json!({"type": "kubernetes.io/basic-auth"}), 422),
        (
            "secrets",
            json!({"type": "kubernetes.io/basic-auth", "stringData": {"username": "u"}}),
            201,
        ),
        ("secrets", json!({"type": "kubernetes.io/ssh-auth"}), 422),
        (
            "secrets",
            json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{"}}),
            422,
        ),
        (
            "secrets",
            json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{}"}}),
            201,
        ),
        (
            "secrets",
            json!({"type": "kubernetes.io/service-account-token"}),
            422,
        ),
        ("secrets", json!({"type": "my/own"}), 201),
    ];
    for (index, (plural, mut body, code)) in cases.into_iter().enumerate() {
        body["metadata"] = json!({"name": format!("o{index}")});
        let (found, answer) = post(&router, &format!("/api/v1/namespaces/default/{plural}"), &body).await;
        assert_eq!(found.as_u16(), code, "{index}: {}", answer["message"]);
    }
}

#[tokio::test]
async fn api_services_tell_what_is_served_and_are_only_read() {
    let (_server, router) = with_things().await;
    let path = "/apis/apiregistration.k8s.io/v1/apiservices";
    let (_, list) = read(&router, path).await;
    let items = list["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect();
    for name in ["v1.", "v1.apps", "v1.ex.io", "v2.autoscaling"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(names.is_sorted());
    let (code, one) = read(&router, &format!("{path}/v1.ex.io")).await;
    assert_eq!(
        (
            code.as_u16(),
            &one["spec"]["group"],
            &one["status"]["conditions"][0]["status"]
        ),
        (200, &json!("ex.io"), &json!("True"))
    );
    assert_eq!(read(&router, &format!("{path}/v9.ex.io")).await.0, 404);
    let (_, page) = read(&router, &format!("{path}?limit=2")).await;
    let next = page["metadata"]["continue"].as_str().unwrap();
    let (_, page) = read(&router, &format!("{path}?limit=2&continue={next}")).await;
    assert_eq!(page["items"][0]["metadata"]["name"], names[2]);
    let (_, added) = read(
        &router,
        &format!("{path}?watch=true&fieldSelector=metadata.name=v1.&timeoutSeconds=1"),
    )
    .await;
    assert_eq!((&added["type"], &added["object"]), (&json!("ADDED"), &items[0]));
    let other = json!({"metadata": {"name": "v1.other.io"}});
    assert_eq!(post(&router, path, &other).await.0, 405);
    assert_eq!(
        merge(&router, &format!("{path}/v1.apps"), &json!({})).await.0,
        405
    );
    assert_eq!(raw(&router, "DELETE", path, ("", "")).await.0, 405);
}

#[tokio::test]
async fn api_services_come_and_go_with_definitions() {
    let (_server, router) = with_things().await;
    let path = "/apis/apiregistration.k8s.io/v1/apiservices";
    let (_, list) = read(&router, path).await;
    let revision = list["metadata"]["resourceVersion"].as_str().unwrap();
    let request = Request::get(format!("{path}?watch=true&resourceVersion={revision}"));
    let response = router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let mut pieces = response.into_body().into_data_stream();
    let mut next = async || {
        let piece = tokio::time::timeout(PATIENCE, pieces.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let event: Value = serde_json::from_slice(&piece).unwrap();
        let name = event["object"]["metadata"]["name"].as_str().unwrap();
        format!("{} {name}", event["type"].as_str().unwrap())
    };
    let mut other = definition();
    other["metadata"]["name"] = json!("others.more.io");
    other["spec"]["group"] = json!("more.io");
    other["spec"]["names"] = json!({"plural": "others", "kind": "Other"});
    // A second definition of a group version is no news.
    for (name, group) in [("others.ex.io", "ex.io"), ("others.more.io", "more.io")] {
        other["metadata"]["name"] = json!(name);
        other["spec"]["group"] = json!(group);
        assert_eq!(post(&router, DEFINITIONS, &other).await.0, StatusCode::CREATED);
    }
    assert_eq!(next().await, "ADDED v1.more.io");
    raw(
        &router,
        "DELETE",
        &format!("{DEFINITIONS}/others.more.io"),
        ("", ""),
    )
    .await;
    assert_eq!(next().await, "DELETED v1.more.io");
    // Who comes back with what was before that is told to look anew.
    let (_, late) = read(
        &router,
        &format!("{path}?watch=true&resourceVersion={revision}&timeoutSeconds=5"),
    )
    .await;
    assert_eq!(
        (&late["type"], &late["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
}

#[tokio::test]
async fn pods_wait_from_the_start() {
    let server = server().await;
    let router = server.router();
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}, "status": {"phase": "Running"}});
    let (code, made) = post(&router, "/api/v1/namespaces/default/pods", &pod).await;
    assert_eq!(
        (code.as_u16(), &made["status"]),
        (201, &json!({"phase": "Pending"})),
        "{made}"
    );
    let given = &pod["spec"]["containers"][0];
    let container = &made["spec"]["containers"][0];
    assert_eq!(
        (&container["name"], &container["image"]),
        (&given["name"], &given["image"])
    );
    assert_eq!(made["spec"]["restartPolicy"], "Always");
    assert_eq!(made["spec"].get("nodeName"), None, "nobody schedules it");
}

#[tokio::test]
async fn yaml_is_answered_to_who_asks_for_it() {
    let server = server().await;
    let router = server.router();
    let maps = "/api/v1/namespaces/default/configmaps";
    post(
        &router,
        maps,
        &json!({"metadata": {"name": "c"}, "data": {"answer": "yes"}}),
    )
    .await;
    let ask = async |path: &str| {
        let request = Request::get(path).header("accept", "application/yaml");
        let response = router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let code = response.status().as_u16();
        let text =
            String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (code, kind, text)
    };
    for (path, expected, line) in [
        (format!("{maps}/c"), 200, "kind: ConfigMap"),
        (maps.to_owned(), 200, "kind: ConfigMapList"),
        ("/api".to_owned(), 200, "kind: APIVersions"),
        (format!("{maps}/none"), 404, "reason: NotFound"),
    ] {
        let (code, kind, text) = ask(&path).await;
        assert_eq!(
            (code, kind.as_str()),
            (expected, "application/yaml"),
            "{path}: {text}"
        );
        assert!(text.lines().any(|there| there == line), "{path}: {text}");
    }
    // A text that YAML would take for another value stays a text.
    let read: Value = serde_yaml::from_str(&ask(&format!("{maps}/c")).await.2).unwrap();
    assert_eq!(read["data"]["answer"], "yes");
    assert_eq!(ask(&format!("{maps}?watch=true")).await.0, 406);
}

#[tokio::test]
async fn what_the_server_takes_but_does_not_do_is_told() {
    let server = server().await;
    let router = server.router();
    let hook = json!({"metadata": {"name": "h"}, "webhooks": []});
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let (code, _, warnings) = warned(&router, "POST", path, "application/json", &hook).await;
    assert_eq!(code, 201);
    assert!(
        warnings.len() == 1 && warnings[0].contains("never called"),
        "{warnings:?}"
    );
    let bad = json!({"metadata": {"name": "c", "finalizers": ["bad"]}});
    let (code, answer) = post(&router, "/api/v1/namespaces/default/configmaps", &bad).await;
    assert_eq!(code, 422);
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("name is neither a standard finalizer name nor is it fully qualified"),
        "{message}"
    );
}
