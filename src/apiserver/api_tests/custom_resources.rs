//! Custom resources by their schemas: pruned, filled, validated, and told in upstream's words.

use super::*;

/// A definition of `Foo`s in `ex.io` with status and scale, a list with keys, defaults and rules.
fn foos() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.ex.io"},
        "spec": {
            "group": "ex.io",
            "scope": "Namespaced",
            "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                },
                "selectableFields": [{"jsonPath": ".spec.colour"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "minLength": 3, "maxLength": 10},
                            "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                            "replicas": {"type": "integer", "minimum": 0, "default": 1},
                            "ports": {
                                "type": "array",
                                "x-kubernetes-list-type": "map",
                                "x-kubernetes-list-map-keys": ["port"],
                                "items": {"type": "object", "required": ["port"], "properties": {
                                    "port": {"type": "integer"},
                                    "protocol": {"type": "string", "default": "TCP"},
                                }},
                            },
                            "min": {"type": "integer"},
                            "max": {"type": "integer"},
                        },
                        "x-kubernetes-validations": [
                            {"rule": "!has(self.min) || !has(self.max) || self.min <= self.max", "message": "min must not exceed max"},
                            {"rule": "!has(oldSelf.min) || (has(self.min) && self.min >= oldSelf.min)", "message": "min must not shrink"},
                        ],
                    },
                    "status": {"type": "object", "properties": {
                        "replicas": {"type": "integer"},
                        "phase": {"type": "string"},
                    }},
                }}},
            }],
        },
    })
}

const FOOS: &str = "/apis/ex.io/v1/namespaces/default/foos";

fn foo(name: &str) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": name}, "spec": {"name": "abc"}})
}

async fn with_foos() -> (ApiServer, Router) {
    let server = server().await;
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &foos()).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}

/// Code, warnings and body of the answer to a request with a JSON body.
async fn told(
    router: &Router,
    method: &str,
    path: &str,
    (kind, body): (&str, &str),
) -> (u16, Vec<String>, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = within(router.clone().oneshot(request)).await.unwrap();
    let warnings = response
        .headers()
        .get_all("warning")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    let code = response.status().as_u16();
    let body = within(response.into_body().collect()).await.unwrap().to_bytes();
    (code, warnings, serde_json::from_slice(&body).unwrap_or_default())
}

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";

#[tokio::test]
async fn objects_are_pruned_and_filled() {
    let (_server, router) = with_foos().await;
    let mut body = foo("one");
    body["spec"]["ports"] = json!([{"port": 80, "zzz": 1}]);
    body["spec"]["zzz"] = json!({"deep": true});
    let (code, warnings, made) = told(&router, "POST", FOOS, (JSON, &body.to_string())).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(
        made["spec"],
        json!({"name": "abc", "ports": [{"port": 80, "protocol": "TCP"}], "colour": "red", "replicas": 1})
    );
    assert_eq!(
        warnings,
        [
            r#"299 - "unknown field \"spec.ports[0].zzz\"""#,
            r#"299 - "unknown field \"spec.zzz\"""#
        ]
    );
    let (_, read) = read(&router, &format!("{FOOS}/one")).await;
    assert_eq!(read, made);
}

#[tokio::test]
async fn unknown_fields_are_told_of_or_refused() {
    let (server, router) = with_foos().await;
    post(&router, FOOS, &foo("one")).await;
    let path = format!("{FOOS}/one");
    let change = json!({"spec": {"zzz": 1}}).to_string();
    let revision = server.revision();
    let (code, warnings, _) = told(&router, "PATCH", &path, (MERGE, &change)).await;
    assert_eq!(
        (code, warnings.as_slice()),
        (200, &[r#"299 - "unknown field \"spec.zzz\"""#.to_owned()][..])
    );
    let (code, warnings, _) = told(
        &router,
        "PATCH",
        &format!("{path}?fieldValidation=Ignore"),
        (MERGE, &change),
    )
    .await;
    assert_eq!((code, warnings.len()), (200, 0));
    let (code, _, refused) = told(
        &router,
        "PATCH",
        &format!("{path}?fieldValidation=Strict"),
        (MERGE, &change),
    )
    .await;
    let message = refused["message"].as_str().unwrap();
    assert_eq!(code, 422, "{message}");
    assert!(
        message.contains(r#"strict decoding error: unknown field "spec.zzz""#),
        "{message}"
    );
    assert_eq!(server.revision(), revision, "what is pruned is no change");

    let text = r#"{"apiVersion":"ex.io/v1","kind":"Foo","metadata":{"name":"two"},"spec":{"name":"abc","name":"abd","bogus":1}}"#;
    let (code, _, refused) = told(
        &router,
        "POST",
        &format!("{FOOS}?fieldValidation=Strict"),
        (JSON, text),
    )
    .await;
    assert_eq!(
        (code, refused["message"].as_str().unwrap()),
        (
            400,
            r#"Foo in version "v1" cannot be handled as a Foo: strict decoding error: duplicate field "spec.name", unknown field "spec.bogus""#
        )
    );
    let yaml = "apiVersion: ex.io/v1\nkind: Foo\nmetadata:\n  name: two\nspec:\n  name: abc\n  bogus: 1\n";
    let (code, warnings, _) = told(&router, "POST", FOOS, ("application/yaml", yaml)).await;
    assert_eq!(
        (code, warnings.as_slice()),
        (201, &[r#"299 - "unknown field \"spec.bogus\"""#.to_owned()][..])
    );
}

#[tokio::test]
async fn wrong_values_are_told_in_upstreams_words() {
    let (_server, router) = with_foos().await;
    let cases = [
        (
            json!({"name": "ab"}),
            "spec.name",
            "FieldValueInvalid",
            r#"Invalid value: "ab": spec.name in body should be at least 3 chars long"#,
        ),
        (json!({}), "spec.name", "FieldValueRequired", "Required value"),
        (
            json!({"name": "abc", "colour": "x"}),
            "spec.colour",
            "FieldValueNotSupported",
            r#"Unsupported value: "x": supported values: "red", "blue""#,
        ),
        (
            json!({"name": "abc", "replicas": "x"}),
            "spec.replicas",
            "FieldValueTypeInvalid",
            r#"Invalid value: "string": spec.replicas in body must be of type integer: "string""#,
        ),
        (
            json!({"name": "abcdefghijk"}),
            "spec.name",
            "FieldValueTooLong",
            "Too long: may not be more than 10 bytes",
        ),
        (
            json!({"name": "abc", "ports": [{"port": 1}, {"port": 1}]}),
            "spec.ports[1]",
            "FieldValueDuplicate",
            r#"Duplicate value: {"port":1}"#,
        ),
        (
            json!({"name": "abc", "min": 2, "max": 1}),
            "spec",
            "FieldValueInvalid",
            r#"Invalid value: "object": min must not exceed max"#,
        ),
    ];
    for (spec, field, reason, message) in cases {
        let mut body = foo("one");
        body["spec"] = spec.clone();
        let (code, refused) = post(&router, FOOS, &body).await;
        let cause = &refused["details"]["causes"][0];
        assert_eq!(
            (
                code.as_u16(),
                &cause["field"],
                &cause["reason"],
                &cause["message"]
            ),
            (422, &json!(field), &json!(reason), &json!(message)),
            "{spec}"
        );
        assert_eq!(refused["details"]["kind"], "Foo");
    }
}

#[tokio::test]
async fn rules_are_asked_beside_the_schema_unless_it_is_in_their_way() {
    let (_server, router) = with_foos().await;
    let causes = async |spec: Value| -> Vec<String> {
        let mut body = foo("one");
        body["spec"] = spec;
        let (_, refused) = post(&router, FOOS, &body).await;
        let causes = refused["details"]["causes"].as_array().unwrap();
        causes
            .iter()
            .map(|cause| cause["message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        causes(json!({"name": "ab", "min": 2, "max": 1})).await,
        [
            r#"Invalid value: "ab": spec.name in body should be at least 3 chars long"#,
            r#"Invalid value: "object": min must not exceed max"#,
        ]
    );
    assert_eq!(
        causes(json!({"min": 2, "max": 1})).await,
        [
            "Required value",
            r#"Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"#,
        ]
    );
}

#[tokio::test]
async fn rules_compare_with_the_state_before() {
    let (_server, router) = with_foos().await;
    let mut body = foo("one");
    body["spec"]["min"] = json!(5);
    post(&router, FOOS, &body).await;
    let path = format!("{FOOS}/one");
    let (code, refused) = merge(&router, &path, &json!({"spec": {"min": 4}})).await;
    assert_eq!(
        (code.as_u16(), &refused["details"]["causes"][0]["message"]),
        (422, &json!(r#"Invalid value: "object": min must not shrink"#))
    );
    assert_eq!(
        merge(&router, &path, &json!({"spec": {"min": 6}}))
            .await
            .0
            .as_u16(),
        200
    );
}

#[tokio::test]
async fn a_definition_that_gains_a_default_shows_it_for_what_is_stored() {
    let (server, router) = with_foos().await;
    post(&router, FOOS, &foo("one")).await;
    let definition = format!("{DEFINITIONS}/foos.ex.io");
    let gained = json!([
        {"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size", "value": {"type": "string", "default": "small"}},
    ]);
    let (code, answer) = raw(
        &router,
        "PATCH",
        &definition,
        ("application/json-patch+json", &gained.to_string()),
    )
    .await;
    assert_eq!(code.as_u16(), 200, "{answer}");
    let path = format!("{FOOS}/one");
    let (_, one) = read(&router, &path).await;
    assert_eq!(one["spec"]["size"], "small");
    let (_, list) = read(&router, FOOS).await;
    assert_eq!(list["items"][0], one);
    let (_, watched) = raw(
        &router,
        "GET",
        &format!("{FOOS}?watch=1&timeoutSeconds=1"),
        ("", ""),
    )
    .await;
    let event: Value = serde_json::from_str(
        watched
            .as_str()
            .map_or(watched.to_string(), str::to_owned)
            .lines()
            .next()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(event["object"], one);
    // Writing it as it reads is no change.
    let revision = server.revision();
    let (code, _) = raw(&router, "PUT", &path, ("application/json", &one.to_string())).await;
    assert_eq!((code.as_u16(), server.revision()), (200, revision));
    let (_, changed) = merge(&router, &path, &json!({"metadata": {"labels": {"a": "b"}}})).await;
    assert_eq!(changed["spec"]["size"], "small");
}

#[tokio::test]
async fn what_was_wrong_before_and_is_unchanged_holds_nobody_up() {
    let (_server, router) = with_foos().await;
    post(&router, FOOS, &foo("one")).await;
    let definition = format!("{DEFINITIONS}/foos.ex.io");
    let stricter = json!([
        {"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/name/minLength", "value": 5},
        {"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations/-",
         "value": {"rule": "self.replicas > 5", "message": "too few"}},
    ]);
    let (code, answer) = raw(
        &router,
        "PATCH",
        &definition,
        ("application/json-patch+json", &stricter.to_string()),
    )
    .await;
    assert_eq!(code.as_u16(), 200, "{answer}");
    let path = format!("{FOOS}/one");
    assert_eq!(
        merge(&router, &path, &json!({"metadata": {"labels": {"a": "b"}}}))
            .await
            .0
            .as_u16(),
        200
    );
    assert_eq!(
        merge(
            &router,
            &format!("{path}/status"),
            &json!({"status": {"phase": "Good"}})
        )
        .await
        .0
        .as_u16(),
        200
    );
    // The name is unchanged, but the rule is about the whole spec.
    let (code, refused) = merge(&router, &path, &json!({"spec": {"max": 3}})).await;
    assert_eq!(
        (
            code.as_u16(),
            refused["details"]["causes"].as_array().unwrap().len()
        ),
        (422, 1),
        "{refused}"
    );
    assert_eq!(
        merge(&router, &path, &json!({"spec": {"replicas": 6}}))
            .await
            .0
            .as_u16(),
        200
    );
    assert_eq!(
        merge(&router, &path, &json!({"spec": {"name": "abcd"}}))
            .await
            .0
            .as_u16(),
        422
    );
}

#[tokio::test]
async fn a_status_is_held_to_its_schema() {
    let (_server, router) = with_foos().await;
    post(&router, FOOS, &foo("one")).await;
    let path = format!("{FOOS}/one/status");
    let (code, warnings, changed) = told(
        &router,
        "PATCH",
        &path,
        (MERGE, &json!({"status": {"phase": "x", "zzz": 1}}).to_string()),
    )
    .await;
    assert_eq!(
        (code, &changed["status"], warnings.len()),
        (200, &json!({"phase": "x"}), 1)
    );
    assert_eq!(
        merge(&router, &path, &json!({"status": {"phase": 1}}))
            .await
            .0
            .as_u16(),
        422
    );
    let (code, scale) = merge(
        &router,
        &format!("{FOOS}/one/scale"),
        &json!({"spec": {"replicas": 3}}),
    )
    .await;
    assert_eq!((code.as_u16(), &scale["spec"]["replicas"]), (200, &json!(3)));
}

#[tokio::test]
async fn objects_are_selected_by_the_fields_that_their_definition_names() {
    let (_server, router) = with_foos().await;
    post(&router, FOOS, &foo("red")).await;
    let mut blue = foo("blue");
    blue["spec"]["colour"] = json!("blue");
    post(&router, FOOS, &blue).await;
    let (_, list) = read(&router, &format!("{FOOS}?fieldSelector=spec.colour%3Dblue")).await;
    let names: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["metadata"]["name"])
        .collect();
    assert_eq!(names, ["blue"]);
    let (code, refused) = read(&router, &format!("{FOOS}?fieldSelector=spec.name%3Dx")).await;
    assert_eq!(
        (code.as_u16(), &refused["message"]),
        (400, &json!("field label not supported: spec.name"))
    );
}

#[tokio::test]
async fn custom_resources_take_no_strategic_patch() {
    let (_server, router) = with_foos().await;
    post(&router, FOOS, &foo("one")).await;
    let patch = (
        "application/strategic-merge-patch+json",
        r#"{"spec":{"replicas":2}}"#,
    );
    let (code, refused) = raw(&router, "PATCH", &format!("{FOOS}/one"), patch).await;
    assert_eq!(
        (code.as_u16(), &refused["reason"]),
        (415, &json!("UnsupportedMediaType"))
    );
}

#[tokio::test]
async fn definitions_that_cannot_be_are_told_why() {
    let server = server().await;
    let router = server.router();
    let cases = [
        (
            "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
            json!({}),
            "spec.validation.openAPIV3Schema.properties[spec].type",
        ),
        (
            "/spec/versions/0/schema",
            json!({}),
            "spec.versions[0].schema.openAPIV3Schema",
        ),
        (
            "/spec/versions/0/subresources/scale/specReplicasPath",
            json!(".replicas"),
            "spec.subresources.scale.specReplicasPath",
        ),
        (
            "/spec/versions/0/selectableFields",
            json!([{"jsonPath": ".spec.nothing"}]),
            "spec.selectableFields[0].jsonPath",
        ),
        (
            "/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations/0/rule",
            json!("self.nothing"),
            "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule",
        ),
        ("/spec/group", json!("io"), "metadata.name"),
        ("/spec/names/kind", json!("no kind"), "spec.names.kind"),
    ];
    for (path, value, field) in cases {
        let mut body = foos();
        *body.pointer_mut(path).unwrap() = value;
        let (code, refused) = post(&router, DEFINITIONS, &body).await;
        let fields: Vec<&str> = refused["details"]["causes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cause| cause["field"].as_str().unwrap())
            .collect();
        assert_eq!(code.as_u16(), 422, "{path}");
        assert!(fields.contains(&field), "{path}: {fields:?}");
    }
    let mut body = foos();
    body["spec"]["preserveUnknownFields"] = json!(true);
    assert_eq!(post(&router, DEFINITIONS, &body).await.0.as_u16(), 422);
}

/// Whoever changed anything else of an object was told of its finalizers.
#[tokio::test]
async fn a_finalizer_is_remarked_on_by_whoever_adds_it() {
    let (_server, router) = with_foos().await;
    let mut body = foo("one");
    body["metadata"]["finalizers"] = json!(["first.example"]);
    let remark = |name: &str| {
        format!(
            r#"299 - "metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers""#
        )
    };
    let (code, warnings, made) = told(&router, "POST", FOOS, (JSON, &body.to_string())).await;
    assert_eq!((code, warnings), (201, vec![remark("first.example")]), "{made}");
    let path = format!("{FOOS}/one");
    let label = json!({"metadata": {"labels": {"a": "b"}}}).to_string();
    let (code, warnings, _) = told(&router, "PATCH", &path, (MERGE, &label)).await;
    assert_eq!((code, warnings), (200, Vec::new()));
    let second = json!({"metadata": {"finalizers": ["first.example", "second.example"]}}).to_string();
    let (code, warnings, _) = told(&router, "PATCH", &path, (MERGE, &second)).await;
    assert_eq!((code, warnings), (200, vec![remark("second.example")]));
}
