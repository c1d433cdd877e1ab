//! Create, get, update, status and scale.

use k8s_openapi::api::core::v1::{Namespace, Node, Secret};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_object_lives_and_dies() {
    let server = server().await;
    let api = config_maps(&server);
    let made = make(&server, "one").await;
    assert_eq!(made.metadata.namespace.as_deref(), Some("default"));
    let (uid, first) = (made.metadata.uid.clone(), made.metadata.resource_version.clone());
    assert!(uid.is_some() && first.is_some() && made.metadata.creation_timestamp.is_some());

    let mut read = api.get("one").await.unwrap();
    assert_eq!(read, made);
    read.data.as_mut().unwrap().insert("c".into(), "d".into());
    let changed = api.replace("one", &PostParams::default(), &read).await.unwrap();
    assert_eq!(changed.metadata.uid, uid);
    assert_ne!(changed.metadata.resource_version, first);
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items, [changed]);

    let status = api
        .delete("one", &DeleteParams::default())
        .await
        .unwrap()
        .right()
        .unwrap();
    assert_eq!(status.details.unwrap().uid, uid.unwrap());
    assert!(api.get_opt("one").await.unwrap().is_none());
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items, []);
}

#[tokio::test]
async fn the_first_namespaces_are_there() {
    let server = server().await;
    let api: Api<Namespace> = Api::all(client(&server));
    let list = api.list(&ListParams::default()).await.unwrap();
    let names: Vec<_> = list
        .items
        .iter()
        .map(|item| item.metadata.name.as_deref().unwrap())
        .collect();
    assert_eq!(
        names,
        ["default", "kube-node-lease", "kube-public", "kube-system"]
    );
    let default = &list.items[0];
    assert_eq!(
        default.metadata.labels.as_ref().unwrap()["kubernetes.io/metadata.name"],
        "default"
    );
    assert_eq!(default.status.as_ref().unwrap().phase.as_deref(), Some("Active"));
}

#[tokio::test]
async fn stale_writers_lose() {
    let server = server().await;
    let api = config_maps(&server);
    let first = make(&server, "one").await;
    let mut second = first.clone();
    second.data.as_mut().unwrap().insert("x".into(), "1".into());
    api.replace("one", &PostParams::default(), &second).await.unwrap();
    let error = api
        .replace("one", &PostParams::default(), &second)
        .await
        .unwrap_err();
    let kube::Error::Api(status) = error else {
        panic!("{error}")
    };
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    assert_eq!(status.details.unwrap().kind, "configmaps");
    // A ConfigMap may be replaced without saying which state.
    let mut blind = second.clone();
    blind.metadata.resource_version = None;
    api.replace("one", &PostParams::default(), &blind).await.unwrap();
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing() {
    let server = server().await;
    let api = config_maps(&server);
    let made = make(&server, "one").await;
    let revision = server.revision();
    let again = api.replace("one", &PostParams::default(), &made).await.unwrap();
    assert_eq!((again, server.revision()), (made, revision));
}

#[tokio::test]
async fn names_are_generated_and_do_not_clash() {
    let server = server().await;
    let api = config_maps(&server);
    let mut object = config_map("");
    object.metadata.name = None;
    object.metadata.generate_name = Some("made-".into());
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let made = api.create(&PostParams::default(), &object).await.unwrap();
        let name = made.metadata.name.unwrap();
        assert!(name.starts_with("made-") && name.len() == 10, "{name}");
        names.insert(name);
    }
    assert_eq!(names.len(), 20);
}

#[tokio::test]
async fn a_body_must_fit_its_path() {
    let (_server, router) = with_things().await;
    let secrets = "/api/v1/namespaces/default/secrets";
    let cases = [
        (
            secrets,
            json!({"metadata": {"name": "a", "namespace": "other"}}),
            400,
        ),
        (
            secrets,
            json!({"apiVersion": "v2", "kind": "Secret", "metadata": {"name": "a"}}),
            400,
        ),
        (
            secrets,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}),
            400,
        ),
        (
            secrets,
            json!({"metadata": {"name": "a", "resourceVersion": "7"}}),
            500,
        ),
        (secrets, json!({"metadata": {"name": "A_b"}}), 422),
        (secrets, json!({"metadata": {}}), 422),
        (
            secrets,
            json!({"metadata": {"name": "a", "labels": {"x": 1}}}),
            400,
        ),
        (secrets, json!([]), 400),
        (
            "/api/v1/namespaces/nowhere/secrets",
            json!({"metadata": {"name": "a"}}),
            404,
        ),
        (
            THINGS,
            json!({"apiVersion": "ex.io/v1", "metadata": {"name": "a"}}),
            400,
        ),
        (
            THINGS,
            json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": "a", "labels": []}}),
            400,
        ),
        (
            THINGS,
            json!({"apiVersion": "ex.io/v1", "kind": "Other", "metadata": {"name": "a"}}),
            422,
        ),
        ("/apis/ex.io/v2/namespaces/default/things", thing("a"), 404),
    ];
    for (path, body, code) in cases {
        let (found, answer) = post(&router, path, &body).await;
        assert_eq!(found.as_u16(), code, "{path} {body}: {answer}");
    }
    let (code, answer) = raw(&router, "POST", secrets, ("text/plain", "{}")).await;
    assert_eq!(
        (code.as_u16(), &answer["reason"]),
        (415, &json!("UnsupportedMediaType"))
    );
    let (code, _) = raw(
        &router,
        "POST",
        secrets,
        ("application/yaml", "metadata: {name: from-yaml}\n"),
    )
    .await;
    assert_eq!(code.as_u16(), 201);
}

#[tokio::test]
async fn what_the_server_owns_is_not_the_clients() {
    let server = server().await;
    let router = server.router();
    let body = json!({"metadata": {"name": "a", "uid": "mine", "generation": 9, "creationTimestamp": "2001-01-01T00:00:00Z", "deletionTimestamp": "2001-01-01T00:00:00Z"}});
    let (_, made) = post(&router, "/api/v1/namespaces/default/secrets", &body).await;
    assert_ne!(made["metadata"]["uid"], "mine");
    assert_eq!(made["metadata"]["deletionTimestamp"], json!(null));
    assert_ne!(made["metadata"]["creationTimestamp"], "2001-01-01T00:00:00Z");
}

#[tokio::test]
async fn secrets_take_plain_strings() {
    let server = server().await;
    let api: Api<Secret> = Api::namespaced(client(&server), "default");
    let secret: Secret =
        serde_json::from_value(json!({"metadata": {"name": "s"}, "stringData": {"value": "hello"}})).unwrap();
    let made = api.create(&PostParams::default(), &secret).await.unwrap();
    assert_eq!(made.data.as_ref().unwrap()["value"].0, b"hello");
    assert_eq!(
        (made.type_.as_deref(), made.string_data.is_none()),
        (Some("Opaque"), true)
    );
    let mut other = made;
    other.type_ = Some("other".into());
    assert!(api.replace("s", &PostParams::default(), &other).await.is_err());
}

#[tokio::test]
async fn status_and_the_rest_are_written_apart() {
    let (_server, router) = with_things().await;
    let mut object = thing("one");
    object["status"] = json!({"replicas": 7});
    let (_, made) = post(&router, THINGS, &object).await;
    assert_eq!(
        (&made["status"], &made["metadata"]["generation"]),
        (&json!(null), &json!(1))
    );

    let one = format!("{THINGS}/one");
    let status = format!("{one}/status");
    let (code, after) = merge(
        &router,
        &status,
        &json!({"spec": {"replicas": 5}, "status": {"replicas": 3}}),
    )
    .await;
    assert_eq!(code.as_u16(), 200, "{after}");
    assert_eq!(
        (&after["spec"]["replicas"], &after["status"]["replicas"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(after["metadata"]["generation"], json!(1));

    let (_, after) = merge(
        &router,
        &one,
        &json!({"spec": {"replicas": 5}, "status": {"replicas": 9}}),
    )
    .await;
    assert_eq!(
        (&after["spec"]["replicas"], &after["status"]["replicas"]),
        (&json!(5), &json!(3))
    );
    assert_eq!(after["metadata"]["generation"], json!(2));

    let (_, after) = merge(&router, &one, &json!({"metadata": {"labels": {"a": "b"}}})).await;
    assert_eq!(after["metadata"]["generation"], json!(2));
}

#[tokio::test]
async fn scale_is_read_and_written() {
    let (_server, router) = with_things().await;
    post(&router, THINGS, &thing("one")).await;
    let one = format!("{THINGS}/one");
    merge(
        &router,
        &format!("{one}/status"),
        &json!({"status": {"replicas": 1, "selector": "a=b"}}),
    )
    .await;
    let path = format!("{one}/scale");
    let (_, scale) = read(&router, &path).await;
    assert_eq!(
        (&scale["kind"], &scale["spec"]["replicas"]),
        (&json!("Scale"), &json!(1))
    );
    assert_eq!(scale["status"], json!({"replicas": 1, "selector": "a=b"}));
    let (code, scale) = merge(&router, &path, &json!({"spec": {"replicas": 4}})).await;
    assert_eq!((code.as_u16(), &scale["spec"]["replicas"]), (200, &json!(4)));
    let (_, object) = read(&router, &one).await;
    assert_eq!(
        (&object["spec"]["replicas"], &object["metadata"]["generation"]),
        (&json!(4), &json!(2))
    );
    let (code, _) = merge(&router, &path, &json!({"spec": {"replicas": -1}})).await;
    assert_eq!(code.as_u16(), 422);
}

#[tokio::test]
async fn custom_objects_are_replaced_by_state_only() {
    let (_server, router) = with_things().await;
    let (_, made) = post(&router, THINGS, &thing("one")).await;
    let one = format!("{THINGS}/one");
    let put = async |body: &Value| raw(&router, "PUT", &one, ("application/json", &body.to_string())).await;
    let (code, answer) = put(&thing("one")).await;
    assert_eq!(code.as_u16(), 422);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
    );
    assert_eq!(put(&made).await.0.as_u16(), 200);
    let mut other = made.clone();
    other["metadata"]["uid"] = json!("another");
    assert_eq!(put(&other).await.0.as_u16(), 409);
    let missing = raw(
        &router,
        "PUT",
        &format!("{THINGS}/none"),
        ("application/json", &thing("none").to_string()),
    )
    .await;
    assert_eq!(missing.0.as_u16(), 404);
}

#[tokio::test]
async fn a_dry_run_leaves_no_trace() {
    let (server, router) = with_things().await;
    post(&router, THINGS, &thing("one")).await;
    let revision = server.revision();
    let (code, made) = post(&router, &format!("{THINGS}?dryRun=All"), &thing("two")).await;
    assert_eq!((code.as_u16(), &made["metadata"]["name"]), (201, &json!("two")));
    let one = format!("{THINGS}/one?dryRun=All");
    let (_, patched) = merge(&router, &one, &json!({"spec": {"replicas": 9}})).await;
    assert_eq!(patched["metadata"]["generation"], json!(2));
    assert_eq!(raw(&router, "DELETE", &one, ("", "")).await.0.as_u16(), 200);
    assert_eq!(server.revision(), revision);
    assert_eq!(read(&router, &format!("{THINGS}/two")).await.0.as_u16(), 404);
}

#[tokio::test]
async fn nodes_keep_the_status_they_register_with() {
    let server = server().await;
    let api: Api<Node> = Api::all(client(&server));
    let node: Node = serde_json::from_value(json!({"metadata": {"name": "n"}, "status": {"nodeInfo": {
        "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "", "kubeProxyVersion": "",
        "kubeletVersion": "v1.33.0", "machineID": "", "operatingSystem": "", "osImage": "", "systemUUID": ""}}}))
    .unwrap();
    let made = api.create(&PostParams::default(), &node).await.unwrap();
    assert_eq!(made.status.unwrap().node_info.unwrap().kubelet_version, "v1.33.0");
}

#[tokio::test]
async fn unknown_addresses_are_plain_text() {
    let server = server().await;
    let router = server.router();
    for path in [
        "/nope",
        "/apis/none.io/v1/things",
        "/api/v1/widgets",
        "/clusters/none/api/v1/pods",
        "/api/v1/namespaces/default/nodes",
    ] {
        let (code, answer) = read(&router, path).await;
        assert_eq!(
            (code.as_u16(), answer),
            (404, json!("404 page not found\n")),
            "{path}"
        );
    }
    let (code, answer) = raw(&router, "PUT", "/api/v1/nodes", ("", "")).await;
    assert_eq!(
        (code.as_u16(), &answer["reason"]),
        (405, &json!("MethodNotAllowed"))
    );
    let (code, answer) = read(&router, "/readyz").await;
    assert_eq!((code.as_u16(), answer), (200, json!("ok")));
    let version = client(&server).apiserver_version().await.unwrap();
    assert_eq!(version.git_version, "v1.33.0+fleetui");
}

#[tokio::test]
async fn the_answer_has_the_form_that_is_asked_for() {
    let server = server().await;
    let router = server.router();
    make(&server, "one").await;
    let get = async |path: &str, accept: &str| {
        send(
            &router,
            Request::get(path)
                .header("accept", accept)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    };
    let list = "/api/v1/namespaces/default/configmaps";
    let one = "/api/v1/namespaces/default/configmaps/one";
    let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    for path in [list, one] {
        let (_, answer) = get(path, table).await;
        assert_eq!(
            (&answer["kind"], answer["rows"].as_array().unwrap().len()),
            (&json!("Table"), 1)
        );
        assert_eq!(answer["rows"][0]["cells"][0], json!("one"));
    }
    let (_, partial) = get(
        one,
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    )
    .await;
    assert_eq!(
        (&partial["kind"], partial.get("data")),
        (&json!("PartialObjectMetadata"), None)
    );
    let (_, partial) = get(
        list,
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    )
    .await;
    assert_eq!(partial["items"][0]["kind"], json!("PartialObjectMetadata"));
    assert_eq!(
        get(list, "application/vnd.kubernetes.protobuf").await.0.as_u16(),
        406
    );
    let metadata = config_maps(&server).get_metadata("one").await.unwrap();
    assert_eq!(metadata.metadata.name.as_deref(), Some("one"));
}

#[tokio::test]
async fn fields_named_twice_are_told_of_or_refused() {
    let server = server().await;
    let router = server.router();
    let path = "/api/v1/namespaces/default/configmaps";
    let post = async |name: &str, query: &str| {
        let body = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"a":"1","a":"2"}}}}"#
        );
        let request = Request::post(format!("{path}{query}"))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let told: Vec<String> = response
            .headers()
            .get_all("warning")
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, told, serde_json::from_slice::<Value>(&bytes).unwrap())
    };
    let (code, told, made) = post("one", "").await;
    assert_eq!(
        (code, told.as_slice(), &made["data"]["a"]),
        (
            201,
            &[r#"299 - "duplicate field \"data.a\"""#.to_owned()][..],
            &json!("2")
        )
    );
    let (code, told, _) = post("two", "?fieldValidation=Ignore").await;
    assert_eq!((code, told.len()), (201, 0));
    let (code, told, refused) = post("three", "?fieldValidation=Strict").await;
    assert_eq!((code, told.len()), (400, 0));
    assert_eq!(
        refused["message"],
        r#"ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a""#
    );
}

#[tokio::test]
async fn a_patch_moves_nothing_elsewhere_and_some_deletions_answer_with_the_object() {
    let server = server().await;
    let router = server.router();
    let services = "/api/v1/namespaces/default/services";
    let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}]}});
    assert_eq!(post(&router, services, &service).await.0, 201);
    let path = format!("{services}/s");
    for patch in [
        json!({"metadata": {"namespace": "other"}}),
        json!({"kind": "Secret"}),
        json!({"apiVersion": "v2"}),
        json!({"metadata": {"name": "other"}}),
    ] {
        let (code, answer) = merge(&router, &path, &patch).await;
        assert_eq!(code, 400, "{patch}: {answer}");
    }
    let (code, gone) = raw(&router, "DELETE", &path, ("", "")).await;
    assert_eq!(
        (code.as_u16(), &gone["kind"], &gone["metadata"]["name"]),
        (200, &json!("Service"), &json!("s"))
    );
    let maps = "/api/v1/namespaces/default/configmaps";
    post(&router, maps, &json!({"metadata": {"name": "c"}})).await;
    let (_, gone) = raw(&router, "DELETE", &format!("{maps}/c"), ("", "")).await;
    assert_eq!(
        (&gone["kind"], &gone["status"]),
        (&json!("Status"), &json!("Success"))
    );
}
