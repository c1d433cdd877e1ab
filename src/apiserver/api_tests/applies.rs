//! Server-side apply and `managedFields`, by raw requests and by a `kube::Client`.

use http::HeaderValue;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};

use super::*;

const APPLY: &str = "application/apply-patch+yaml";
const FOOS: &str = "/apis/ex.io/v1/namespaces/default/foos";
const FOO: &str = "/apis/ex.io/v1/namespaces/default/foos/b";

fn foo_definition() -> Value {
    let mut foo = definition();
    foo["metadata"]["name"] = json!("foos.ex.io");
    foo["spec"]["names"] = json!({"plural": "foos", "kind": "Foo"});
    let parts = json!({
        "replicas": {"type": "integer"},
        "name": {"type": "string"},
        "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
            "type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "integer"}},
        }},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "atomic": {"type": "array", "items": {"type": "string"}},
    });
    foo["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": parts},
        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}, "phase": {"type": "string"}}},
    }});
    foo
}

async fn with_foos() -> (ApiServer, Router) {
    let server = server().await;
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &foo_definition()).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}

fn foo(spec: &Value) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": "b"}, "spec": spec})
}

async fn apply(router: &Router, path: &str, body: &Value) -> (u16, Value) {
    let (code, answer) = raw(router, "PATCH", path, (APPLY, &body.to_string())).await;
    (code.as_u16(), answer)
}

async fn applied(router: &Router, query: &str, spec: &Value) -> (u16, Value) {
    apply(router, &format!("{FOO}?{query}"), &foo(spec)).await
}

/// The entries: manager, operation, subresource, fields.
fn entries(object: &Value) -> Vec<(String, String, String, Value)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    object["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            assert_eq!(entry["fieldsType"], "FieldsV1");
            (
                text(entry, "manager"),
                text(entry, "operation"),
                text(entry, "subresource"),
                entry["fieldsV1"].clone(),
            )
        })
        .collect()
}

fn entry(
    manager: &str,
    operation: &str,
    subresource: &str,
    fields: Value,
) -> (String, String, String, Value) {
    (
        manager.to_owned(),
        operation.to_owned(),
        subresource.to_owned(),
        fields,
    )
}

#[tokio::test]
async fn an_apply_creates_and_its_repetition_changes_nothing() {
    let (server, router) = with_foos().await;
    let (code, answer) = applied(&router, "", &json!({})).await;
    assert_eq!(
        (code, &answer["details"]["kind"]),
        (422, &json!("PatchOptions")),
        "{answer}"
    );
    assert_eq!(
        answer["message"],
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
    );
    let spec = json!({"replicas": 1, "list": [{"k": "1", "v": 1}]});
    let (code, made) = applied(&router, "fieldManager=m1", &spec).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(
        entries(&made),
        [entry(
            "m1",
            "Apply",
            "",
            json!({"f:spec": {
                "f:list": {"k:{\"k\":\"1\"}": {".": {}, "f:k": {}, "f:v": {}}}, "f:replicas": {},
            }})
        )]
    );
    let revision = server.revision();
    let (code, again) = applied(&router, "fieldManager=m1", &spec).await;
    assert_eq!((code, &again, server.revision()), (200, &made, revision));
    let (code, third) = applied(&router, "fieldManager=m1", &json!({"replicas": 1})).await;
    assert_eq!(
        (code, &third["spec"]),
        (200, &json!({"replicas": 1})),
        "what is not applied any more goes"
    );
    assert_eq!(third["metadata"]["generation"], 2);
}

#[tokio::test]
async fn a_configuration_may_be_yaml_and_without_a_name() {
    let (_server, router) = with_foos().await;
    let yaml = "apiVersion: ex.io/v1\nkind: Foo\nspec:\n  replicas: 3\n  set: [a, b]\n";
    let (code, made) = raw(&router, "PATCH", &format!("{FOO}?fieldManager=m1"), (APPLY, yaml)).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    assert_eq!(
        (&made["metadata"]["name"], &made["spec"]["set"]),
        (&json!("b"), &json!(["a", "b"]))
    );
}

#[tokio::test]
async fn another_value_conflicts_until_it_is_forced() {
    let (_server, router) = with_foos().await;
    applied(&router, "fieldManager=m1", &json!({"replicas": 1, "name": "x"})).await;
    let (code, both) = applied(&router, "fieldManager=m2", &json!({"replicas": 1})).await;
    assert_eq!(
        (code, entries(&both).len()),
        (200, 2),
        "the same value is owned together"
    );
    let (code, answer) = applied(&router, "fieldManager=m3", &json!({"name": "y"})).await;
    assert_eq!(code, 409);
    assert_eq!(answer["reason"], "Conflict");
    assert_eq!(
        answer["message"],
        "Apply failed with 1 conflict: conflict with \"m1\": .spec.name"
    );
    assert_eq!(
        answer["details"]["causes"],
        json!([{"reason": "FieldManagerConflict", "message": "conflict with \"m1\"", "field": ".spec.name"}])
    );
    let (code, forced) = applied(&router, "fieldManager=m3&force=true", &json!({"name": "y"})).await;
    assert_eq!((code, &forced["spec"]["name"]), (200, &json!("y")));
    assert_eq!(
        entries(&forced)[1],
        entry("m1", "Apply", "", json!({"f:spec": {"f:replicas": {}}}))
    );
    merge(
        &router,
        &format!("{FOO}?fieldManager=m4"),
        &json!({"spec": {"name": "z"}}),
    )
    .await;
    let (_, answer) = applied(&router, "fieldManager=m3", &json!({"name": "y"})).await;
    assert_eq!(
        answer["message"],
        "Apply failed with 1 conflict: conflict with \"m4\" using ex.io/v1: .spec.name"
    );
}

#[tokio::test]
async fn what_cannot_be_applied_is_refused() {
    let (server, router) = with_foos().await;
    let revision = server.revision();
    let mut with_book = foo(&json!({}));
    with_book["metadata"]["managedFields"] = json!([]);
    let mut without_kind = foo(&json!({}));
    without_kind.as_object_mut().unwrap().shift_remove("kind");
    let mut of_v2 = foo(&json!({}));
    of_v2["apiVersion"] = json!("ex.io/v2");
    let mut named = foo(&json!({}));
    named["metadata"]["name"] = json!("c");
    let mut elsewhere = foo(&json!({}));
    elsewhere["metadata"]["namespace"] = json!("kube-system");
    let mut with_uid = foo(&json!({}));
    with_uid["metadata"]["uid"] = json!("u");
    for (body, code, reason, message) in [
        (with_book, 400, "BadRequest", "metadata.managedFields must be nil"),
        (
            without_kind,
            400,
            "BadRequest",
            "invalid object type: ex.io/v1, Kind=",
        ),
        (
            of_v2,
            400,
            "BadRequest",
            "invalid object type: ex.io/v2, Kind=Foo",
        ),
        (
            named,
            400,
            "BadRequest",
            "the name of the object (c) does not match the name on the URL (b)",
        ),
        (
            elsewhere,
            400,
            "BadRequest",
            "the namespace of the provided object does not match",
        ),
        (
            with_uid,
            409,
            "Conflict",
            "uid mismatch: the provided object specified uid u",
        ),
        (json!([]), 400, "BadRequest", "error decoding YAML"),
        (
            foo(&json!({"bogus": 1})),
            500,
            "",
            "failed to create typed patch object (/b; ex.io/v1, Kind=Foo): .spec.bogus: field not declared in schema",
        ),
        (
            foo(&json!({"list": [{"k": "1"}, {"k": "1"}]})),
            500,
            "",
            "failed to create typed patch object (/b; ex.io/v1, Kind=Foo): .spec.list: duplicate entries for key [k=\"1\"]",
        ),
    ] {
        let (found, answer) = apply(&router, &format!("{FOO}?fieldManager=m1"), &body).await;
        assert_eq!(found, code, "{answer}");
        assert_eq!(answer["reason"].as_str().unwrap_or_default(), reason, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(message), "{answer}");
    }
    let long = "x".repeat(129);
    assert_eq!(
        applied(&router, &format!("fieldManager={long}"), &json!({}))
            .await
            .0,
        422
    );
    let status = format!("{FOO}/status?fieldManager=m1");
    assert_eq!(
        apply(&router, &status, &foo(&json!({}))).await.0,
        404,
        "a part of nothing is not made"
    );
    assert_eq!(server.revision(), revision);
}

#[tokio::test]
async fn every_write_records_who_owns_what() {
    let (server, router) = with_foos().await;
    let (_, made) = post(
        &router,
        &format!("{FOOS}?fieldManager=creator"),
        &foo(&json!({"replicas": 1, "set": ["a"]})),
    )
    .await;
    assert_eq!(
        entries(&made),
        [entry(
            "creator",
            "Update",
            "",
            json!({"f:spec": {
                ".": {}, "f:replicas": {}, "f:set": {".": {}, "v:\"a\"": {}},
            }})
        )]
    );
    let (_, patched) = merge(
        &router,
        &format!("{FOO}?fieldManager=patcher"),
        &json!({"spec": {"set": ["a", "b"]}}),
    )
    .await;
    let list = json!([{"op": "replace", "path": "/spec/replicas", "value": 2}]).to_string();
    let by_json = format!("{FOO}?fieldManager=jsonpatcher");
    let (_, patched_again) = raw(&router, "PATCH", &by_json, ("application/json-patch+json", &list)).await;
    let mut replaced = patched_again.clone();
    replaced["spec"]["name"] = json!("x");
    let request = Request::builder()
        .method("PUT")
        .uri(FOO)
        .header("content-type", "application/json")
        .header("user-agent", HeaderValue::from_static("tool/v1 (linux)"));
    let (code, replaced) = send(&router, request.body(Body::from(replaced.to_string())).unwrap()).await;
    assert_eq!(code.as_u16(), 200, "{replaced}");
    let expected = [
        entry(
            "creator",
            "Update",
            "",
            json!({"f:spec": {".": {}, "f:set": {".": {}, "v:\"a\"": {}}}}),
        ),
        entry("jsonpatcher", "Update", "", json!({"f:spec": {"f:replicas": {}}})),
        entry(
            "patcher",
            "Update",
            "",
            json!({"f:spec": {"f:set": {"v:\"b\"": {}}}}),
        ),
        entry("tool", "Update", "", json!({"f:spec": {"f:name": {}}})),
    ];
    let mut found = entries(&replaced);
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
    let (code, again) = merge(
        &router,
        &format!("{FOO}?fieldManager=idle"),
        &json!({"spec": {"set": ["a", "b"]}}),
    )
    .await;
    assert_eq!((code.as_u16(), &again), (200, &replaced));
    assert_eq!(
        again["metadata"]["resourceVersion"],
        server.revision().to_string()
    );
    drop(patched);
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_unknown() {
    let (_server, router) = with_foos().await;
    let (_, made) = post(&router, FOOS, &foo(&json!({"replicas": 1}))).await;
    assert_eq!(entries(&made)[0].0, "unknown");
}

#[tokio::test]
async fn status_and_scale_have_entries_of_their_own() {
    let (_server, router) = with_foos().await;
    post(
        &router,
        &format!("{FOOS}?fieldManager=m1"),
        &foo(&json!({"replicas": 1})),
    )
    .await;
    let (_, object) = merge(
        &router,
        &format!("{FOO}/status?fieldManager=m1"),
        &json!({"spec": {"replicas": 7}, "status": {"phase": "Running"}}),
    )
    .await;
    assert_eq!(object["spec"]["replicas"], 1);
    assert_eq!(
        entries(&object)[1],
        entry(
            "m1",
            "Update",
            "status",
            json!({"f:status": {".": {}, "f:phase": {}}})
        )
    );
    let (code, scale) = merge(
        &router,
        &format!("{FOO}/scale?fieldManager=m2"),
        &json!({"spec": {"replicas": 3}}),
    )
    .await;
    assert_eq!((code.as_u16(), &scale["kind"]), (200, &json!("Scale")));
    assert_eq!(scale["metadata"].get("managedFields"), None);
    let (_, object) = read(&router, FOO).await;
    assert_eq!(object["metadata"]["generation"], 2);
    let of_scale = &object["metadata"]["managedFields"][0];
    assert_eq!(
        (&of_scale["manager"], &of_scale["subresource"]),
        (&json!("m2"), &json!("scale"))
    );
    assert_eq!(
        (of_scale.get("time"), &of_scale["apiVersion"]),
        (None, &json!("ex.io/v1"))
    );
    assert_eq!(
        entries(&object),
        [
            entry("m2", "Update", "scale", json!({"f:spec": {"f:replicas": {}}})),
            entry("m1", "Update", "", json!({"f:spec": {}})),
            entry(
                "m1",
                "Update",
                "status",
                json!({"f:status": {".": {}, "f:phase": {}}})
            ),
        ]
    );
    let (_, answer) = applied(&router, "fieldManager=m3", &json!({"replicas": 4})).await;
    assert_eq!(
        answer["message"],
        "Apply failed with 1 conflict: conflict with \"m2\" with subresource \"scale\" using ex.io/v1: .spec.replicas"
    );
    let by_scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 5}});
    let (code, answer) = apply(&router, &format!("{FOO}/scale?fieldManager=m3"), &by_scale).await;
    assert_eq!(code, 409, "{answer}");
    let (code, answer) = apply(
        &router,
        &format!("{FOO}/scale?fieldManager=m3&force=true"),
        &by_scale,
    )
    .await;
    assert_eq!((code, &answer["spec"]["replicas"]), (200, &json!(5)), "{answer}");
    let (_, object) = read(&router, FOO).await;
    assert_eq!(
        entries(&object)[0],
        entry("m3", "Apply", "scale", json!({"f:spec": {"f:replicas": {}}}))
    );
}

#[tokio::test]
async fn a_status_is_applied_apart() {
    let (server, router) = with_foos().await;
    applied(&router, "fieldManager=m1", &json!({"replicas": 1})).await;
    let body = json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": "b", "labels": {"a": "b"}},
        "spec": {"replicas": 9}, "status": {"phase": "Running"}});
    let (code, answer) = apply(
        &router,
        &format!("{FOO}/status?fieldManager=m2&force=true"),
        &body,
    )
    .await;
    assert_eq!(code, 200, "{answer}");
    assert_eq!(
        (&answer["spec"]["replicas"], answer["metadata"].get("labels")),
        (&json!(1), None)
    );
    assert_eq!(
        entries(&answer)[1],
        entry("m2", "Apply", "status", json!({"f:status": {"f:phase": {}}}))
    );
    let revision = server.revision();
    let (_, again) = apply(
        &router,
        &format!("{FOO}/status?fieldManager=m2&force=true"),
        &body,
    )
    .await;
    assert_eq!((&again, server.revision()), (&answer, revision));
    let (_, main) = apply(
        &router,
        &format!("{FOO}?fieldManager=m1"),
        &body_without_labels(&body),
    )
    .await;
    assert_eq!(main["status"], json!({"phase": "Running"}));
    assert_eq!(
        entries(&main)[0],
        entry("m1", "Apply", "", json!({"f:spec": {"f:replicas": {}}}))
    );
}

fn body_without_labels(body: &Value) -> Value {
    let mut body = body.clone();
    body["metadata"] = json!({"name": "b"});
    body["status"]["phase"] = json!("Other");
    body
}

#[tokio::test]
async fn the_book_can_be_emptied_and_begins_with_what_was_before() {
    let (_server, router) = with_foos().await;
    post(&router, FOOS, &foo(&json!({"replicas": 1}))).await;
    let (code, emptied) = merge(&router, FOO, &json!({"metadata": {"managedFields": [{}]}})).await;
    assert_eq!(
        (code.as_u16(), emptied["metadata"].get("managedFields")),
        (200, None)
    );
    let (_, still) = merge(&router, FOO, &json!({"spec": {"name": "x"}})).await;
    assert_eq!(still["metadata"].get("managedFields"), None);
    let (code, answer) = applied(&router, "fieldManager=m1", &json!({"replicas": 2})).await;
    assert_eq!(code, 409);
    assert_eq!(
        answer["message"],
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using ex.io/v1: .spec.replicas"
    );
    let (_, first) = applied(&router, "fieldManager=m1", &json!({"replicas": 1})).await;
    let managers: Vec<String> = entries(&first).into_iter().map(|entry| entry.0).collect();
    assert_eq!(managers, ["m1", "before-first-apply"]);
}

#[tokio::test]
async fn a_dry_run_applies_nothing() {
    let (server, router) = with_foos().await;
    let revision = server.revision();
    let (code, made) = applied(&router, "fieldManager=m1&dryRun=All", &json!({"replicas": 1})).await;
    assert_eq!((code, entries(&made).len()), (201, 1));
    assert_eq!(
        (read(&router, FOO).await.0.as_u16(), server.revision()),
        (404, revision)
    );
    applied(&router, "fieldManager=m1", &json!({"replicas": 1})).await;
    let revision = server.revision();
    let (code, other) = applied(&router, "fieldManager=m1&dryRun=All", &json!({"replicas": 2})).await;
    assert_eq!(
        (code, &other["spec"]["replicas"], server.revision()),
        (200, &json!(2), revision)
    );
}

#[tokio::test]
async fn a_stale_configuration_conflicts() {
    let (_server, router) = with_foos().await;
    let (_, made) = applied(&router, "fieldManager=m1", &json!({"replicas": 1})).await;
    merge(&router, FOO, &json!({"spec": {"name": "x"}})).await;
    let mut body = foo(&json!({"replicas": 2}));
    body["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"].clone();
    let (code, answer) = apply(&router, &format!("{FOO}?fieldManager=m1"), &body).await;
    assert_eq!((code, &answer["reason"]), (409, &json!("Conflict")));
}

#[tokio::test]
async fn built_in_kinds_are_applied_by_their_types() {
    let (server, router) = with_foos().await;
    let deployment = |image: &str, port: u32| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
                {"name": "c", "image": image, "ports": [{"containerPort": port}]},
            ]}},
        }})
    };
    let path = "/apis/apps/v1/namespaces/default/deployments/d";
    let (code, made) = apply(&router, &format!("{path}?fieldManager=m1"), &deployment("i", 80)).await;
    assert_eq!(code, 201, "{made}");
    let container = json!({".": {}, "f:image": {}, "f:name": {}, "f:ports": {
        "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
    }});
    assert_eq!(
        entries(&made),
        [entry(
            "m1",
            "Apply",
            "",
            json!({"f:spec": {"f:selector": {}, "f:template": {
                "f:metadata": {"f:labels": {"f:a": {}}},
                "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": container}},
            }}})
        )]
    );
    let revision = server.revision();
    apply(&router, &format!("{path}?fieldManager=m1"), &deployment("i", 80)).await;
    assert_eq!(server.revision(), revision);
    let sidecar = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "template": {"spec": {"containers": [{"name": "s", "image": "j"}]}},
    }});
    let (code, both) = apply(&router, &format!("{path}?fieldManager=m2"), &sidecar).await;
    assert_eq!(code, 200, "{both}");
    assert_eq!(
        both["spec"]["template"]["spec"]["containers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let (_, one) = apply(&router, &format!("{path}?fieldManager=m1"), &deployment("k", 81)).await;
    let containers = &one["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        containers[0]["ports"],
        json!([{"containerPort": 81, "protocol": "TCP"}]),
        "{containers}"
    );
    let unknown = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dat": {}});
    let (code, answer) = apply(
        &router,
        "/api/v1/namespaces/default/configmaps/c?fieldManager=m1",
        &unknown,
    )
    .await;
    assert_eq!(
        (code, answer["message"].as_str().unwrap()),
        (
            500,
            "failed to create typed patch object (/c; /v1, Kind=ConfigMap): .dat: field not declared in schema"
        )
    );
}

#[tokio::test]
async fn what_go_always_has_is_nobodys() {
    let (_server, router) = with_foos().await;
    let (_, made) = post(
        &router,
        "/api/v1/namespaces?fieldManager=m1",
        &json!({"metadata": {"name": "n"}}),
    )
    .await;
    assert_eq!(
        entries(&made),
        [entry(
            "m1",
            "Update",
            "",
            json!({"f:metadata": {"f:labels": {".": {}, "f:kubernetes.io/metadata.name": {}}}})
        )]
    );
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}], "nodeName": "n"}});
    let (_, made) = post(&router, "/api/v1/namespaces/default/pods?fieldManager=m1", &pod).await;
    let fields = &entries(&made)[0].3;
    assert_eq!(fields["f:spec"].get("."), None, "{fields}");
    assert_eq!(fields["f:spec"]["f:containers"].get("."), None, "{fields}");
    assert_eq!(
        fields["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"]["f:image"],
        json!({})
    );
}

#[tokio::test]
async fn a_secret_applied_in_plain_text_stays_as_it_is() {
    let (server, _) = with_foos().await;
    let secrets: Api<Secret> = Api::namespaced(client(&server), "default");
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}});
    let params = PatchParams::apply("m1");
    let made = secrets.patch("s", &params, &Patch::Apply(&secret)).await.unwrap();
    assert_eq!(made.data.as_ref().unwrap()["a"].0, b"b");
    let revision = server.revision();
    let again = secrets.patch("s", &params, &Patch::Apply(&secret)).await.unwrap();
    assert_eq!((again, server.revision()), (made, revision));
}

#[tokio::test]
async fn kube_applies_forces_and_gives_up() {
    let (server, _) = with_foos().await;
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("ex.io", "v1", "Foo"), "foos");
    let foos: Api<DynamicObject> = Api::namespaced_with(client(&server), "default", &resource);
    let with = |spec: Value| foo(&spec);
    let one = PatchParams::apply("m1");
    let made = foos
        .patch(
            "b",
            &one,
            &Patch::Apply(with(json!({"replicas": 1, "set": ["a"]}))),
        )
        .await
        .unwrap();
    assert_eq!(
        made.metadata.managed_fields.unwrap()[0].manager.as_deref(),
        Some("m1")
    );
    let two = PatchParams::apply("m2");
    let error = foos
        .patch("b", &two, &Patch::Apply(with(json!({"replicas": 2}))))
        .await
        .unwrap_err();
    let kube::Error::Api(status) = error else {
        panic!("{error}");
    };
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    let forced = foos
        .patch(
            "b",
            &two.clone().force(),
            &Patch::Apply(with(json!({"replicas": 2, "set": ["b"]}))),
        )
        .await
        .unwrap();
    assert_eq!(forced.data["spec"], json!({"replicas": 2, "set": ["a", "b"]}));
    let left = foos
        .patch("b", &two, &Patch::Apply(with(json!({"replicas": 2}))))
        .await
        .unwrap();
    assert_eq!(left.data["spec"], json!({"replicas": 2, "set": ["a"]}));
    let merged = foos
        .patch(
            "b",
            &PatchParams::default(),
            &Patch::Merge(json!({"spec": {"name": "x"}})),
        )
        .await
        .unwrap();
    assert_eq!(merged.metadata.managed_fields.unwrap().len(), 3);
}

#[tokio::test]
async fn of_many_who_apply_at_once_none_is_lost() {
    let (_server, router) = with_foos().await;
    let all = (0..8).map(|number| {
        let router = router.clone();
        async move {
            let spec = json!({"list": [{"k": number.to_string(), "v": number}]});
            let query = format!("fieldManager=m{number}");
            loop {
                let (code, answer) = applied(&router, &query, &spec).await;
                if matches!(code, 200 | 201) {
                    return;
                }
                assert_eq!(code, 409, "{answer}");
            }
        }
    });
    futures::future::join_all(all).await;
    let (_, object) = read(&router, FOO).await;
    assert_eq!(object["spec"]["list"].as_array().unwrap().len(), 8);
    assert_eq!(entries(&object).len(), 8);
}
