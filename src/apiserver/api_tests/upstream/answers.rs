//! Answers of kube-apiserver 1.36 to what kubectl sends, as they were seen side by side with this server's.

use super::*;

/// A definition with two versions: `v1` has a schema and is stored, `v1beta1` takes everything.
fn of_two_versions() -> Value {
    let spec = json!({"type": "object", "properties": {
        "color": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$"},
        "replicas": {"type": "integer", "default": 1},
    }});
    let version = |name: &str, stored: bool, schema: Value| json!({"name": name, "served": true, "storage": stored, "schema": {"openAPIV3Schema": schema}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.two.io"},
        "spec": {
            "group": "two.io", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [
                version("v1", true, json!({"type": "object", "properties": {"spec": spec}})),
                version("v1beta1", false, json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})),
            ],
        },
    })
}

async fn with_foos() -> (ApiServer, Router) {
    let server = server().await;
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &of_two_versions()).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}

fn foo(version: &str, color: &str) -> Value {
    json!({"apiVersion": format!("two.io/{version}"), "kind": "Foo", "metadata": {"name": "a"}, "spec": {"color": color}})
}

#[tokio::test]
async fn what_came_in_another_version_has_the_defaults_of_the_stored_one() {
    let (_server, router) = with_foos().await;
    let old = "/apis/two.io/v1beta1/namespaces/default/foos";
    let (code, made) = post(&router, old, &foo("v1beta1", "blue")).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let path = "/apis/two.io/v1/namespaces/default/foos/a";
    let (_, read) = raw(&router, "GET", path, ("", "")).await;
    assert_eq!(read["spec"], json!({"color": "blue", "replicas": 1}));
}

#[tokio::test]
async fn of_a_text_that_is_too_short_nothing_else_is_told() {
    let (_server, router) = with_foos().await;
    let path = "/apis/two.io/v1/namespaces/default/foos";
    let (code, _, message) = refused(post(&router, path, &foo("v1", "R")).await);
    assert_eq!(code, 422);
    let told = "Foo.two.io \"a\" is invalid: spec.color: Invalid value: \"R\": spec.color in body should be at least 3 chars long";
    assert_eq!(message, told);
    let (_, _, message) = refused(post(&router, path, &foo("v1", "REDDISH")).await);
    assert!(message.ends_with("should match '^[a-z]+$'"), "{message}");
}

#[tokio::test]
async fn a_patch_of_the_uid_is_invalid_and_no_conflict() {
    let (_server, router, _) = with_one().await;
    let patch = json!({"metadata": {"uid": "another"}});
    let (code, reason, message) = refused(merge(&router, ONE, &patch).await);
    assert_eq!((code, reason.as_str()), (422, "Invalid"));
    let told = "metadata.uid: Invalid value: \"another\": field is immutable";
    assert!(message.ends_with(told), "{message}");
    let applied = json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"uid": "another"}});
    let apply = format!("{ONE}?fieldManager=a");
    let body = ("application/apply-patch+yaml", applied.to_string());
    let (code, _, message) = refused(raw(&router, "PATCH", &apply, (body.0, &body.1)).await);
    assert_eq!(code, 422);
    assert!(message.ends_with(told), "{message}");
}

#[tokio::test]
async fn new_finalizers_while_deleting_are_told_as_a_list_of_go() {
    let (_server, router, _) = with_one().await;
    merge(&router, ONE, &json!({"metadata": {"finalizers": ["ex.io/x"]}})).await;
    delete(&router, ONE, &json!({})).await;
    let more = json!({"metadata": {"finalizers": ["ex.io/x", "ex.io/y", "ex.io/z"]}});
    let (code, _, message) = refused(merge(&router, ONE, &more).await);
    assert_eq!(code, 422);
    let told = "found new finalizers []string{\"ex.io/y\", \"ex.io/z\"}";
    assert!(message.ends_with(told), "{message}");
}

#[tokio::test]
async fn a_revision_that_is_no_number_is_told_as_a_field() {
    let (_server, router, _) = with_one().await;
    let path = format!("{THINGS}?resourceVersion=abc");
    let (code, _, message) = refused(raw(&router, "GET", &path, ("", "")).await);
    assert_eq!(code, 400);
    let told = "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax";
    assert_eq!(message, told);
}

#[tokio::test]
async fn verbs_of_custom_resources_have_an_order_of_their_own() {
    let (_server, router) = with_foos().await;
    let verbs = async |path: &str, name: &str| -> String {
        let (_, list) = raw(&router, "GET", path, ("", "")).await;
        let resources = list["resources"].as_array().unwrap();
        let found = resources.iter().find(|resource| resource["name"] == name);
        let verbs = found.unwrap()["verbs"].as_array().unwrap();
        verbs
            .iter()
            .map(|verb| verb.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(
        verbs("/apis/two.io/v1", "foos").await,
        "delete,deletecollection,get,list,patch,create,update,watch"
    );
    assert_eq!(
        verbs("/api/v1", "secrets").await,
        "create,delete,deletecollection,get,list,patch,update,watch"
    );
}

#[tokio::test]
async fn schedules_and_budgets_that_cannot_be_are_refused() {
    let server = server().await;
    let router = server.router();
    let template = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}}}});
    let cron = |name: &str, schedule: &str| json!({"metadata": {"name": name}, "spec": {"schedule": schedule, "jobTemplate": template}});
    let path = "/apis/batch/v1/namespaces/default/cronjobs";
    let (code, _, message) = refused(post(&router, path, &cron("a", "x y")).await);
    assert_eq!(code, 422);
    let told = "spec.schedule: Invalid value: \"x y\": expected exactly 5 fields, found 2: [x y]";
    assert!(message.ends_with(told), "{message}");
    for (name, schedule) in [("b", "*/1 * * * *"), ("c", "@daily"), ("d", "@every 5m")] {
        let (code, answer) = post(&router, path, &cron(name, schedule)).await;
        assert_eq!(code.as_u16(), 201, "{answer}");
    }
    let budget = |bounds: &Value| json!({"metadata": {"name": "a"}, "spec": bounds});
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    let both = budget(&json!({"minAvailable": 1, "maxUnavailable": 1}));
    let (code, _, message) = refused(post(&router, path, &both).await);
    assert_eq!(code, 422);
    assert!(
        message.ends_with("minAvailable and maxUnavailable cannot be both set"),
        "{message}"
    );
    let (code, answer) = post(&router, path, &budget(&json!({"minAvailable": 1}))).await;
    assert_eq!(code.as_u16(), 201, "{answer}");
}
