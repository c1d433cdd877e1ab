//! What the embedder decides of writes: filled in, warned of, refused, and told as a webhook's denial is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::Cause;
use crate::admission::{Admission, Denied, Objects, Operation, Review, Why};

/// Decides about Things: `spec.a` is filled in with 1, may not be 13, and may not be what another one has.
struct Things;

fn denied(why: Why) -> Denied {
    Denied {
        webhook: "validation.thing.ex.io".to_owned(),
        why,
    }
}

impl Admission for Things {
    fn judges(&self, group: &str, version: &str, kind: &str) -> bool {
        (group, version, kind) == ("ex.io", "v1", "Thing")
    }

    fn fill(&self, _: &Review, object: &mut Value, _: &dyn Objects) -> Result<(), Denied> {
        if object["spec"]["a"].is_null() {
            object["spec"]["a"] = json!(1);
        }
        Ok(())
    }

    fn judge(&self, review: &Review, objects: &dyn Objects) -> Result<Vec<String>, Denied> {
        let value = &review.object["spec"]["a"];
        if review.operation == Operation::Delete {
            let kept = review.object["spec"]["kept"] == true;
            return if kept {
                Err(denied(Why::Forbidden("it is kept".to_owned())))
            } else {
                Ok(Vec::new())
            };
        }
        let name = review.object["metadata"]["name"].as_str().unwrap_or_default();
        let taken = objects
            .list("ex.io", "Thing", "default")
            .iter()
            .any(|other| other["metadata"]["name"] != name && other["spec"]["a"] == *value);
        if *value == 13 || taken {
            let cause = Cause {
                reason: "FieldValueInvalid",
                message: format!("Invalid value: {value}: not this one"),
                field: "spec.a".to_owned(),
            };
            return Err(denied(Why::Invalid {
                group: review.group.to_owned(),
                kind: review.kind.to_owned(),
                name: name.to_owned(),
                causes: vec![cause],
            }));
        }
        Ok((*value == 7)
            .then(|| "seven is odd".to_owned())
            .into_iter()
            .collect())
    }

    fn judge_scale(&self, _: &Review, replicas: i64) -> Result<(), Denied> {
        if replicas % 2 == 0 {
            Err(denied(Why::Forbidden("replicas cannot be even".to_owned())))
        } else {
            Ok(())
        }
    }
}

async fn judged() -> (ApiServer, Router) {
    let server = ApiServer::builder()
        .admission(Arc::new(Things))
        .build()
        .await
        .unwrap();
    let router = server.router();
    let (code, answer) = post(&router, DEFINITIONS, &definition()).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router)
}

fn thing_with(name: &str, a: &Value) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": name}, "spec": {"replicas": 1, "a": a}})
}

fn at(name: &str) -> String {
    format!("{THINGS}/{name}")
}

#[tokio::test]
async fn what_is_filled_in_is_stored() {
    let (_server, router) = judged().await;
    let (code, made) = post(&router, THINGS, &thing("one")).await;
    assert_eq!((code.as_u16(), &made["spec"]["a"]), (201, &json!(1)));
    let (_, changed) = merge(&router, &at("one"), &json!({"spec": {"a": null}})).await;
    assert_eq!(changed["spec"]["a"], 1);
    assert_eq!(
        changed["metadata"]["resourceVersion"],
        made["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn a_denial_is_told_as_a_webhooks() {
    let (server, router) = judged().await;
    assert_eq!(
        post(&router, THINGS, &thing_with("one", &json!(5)))
            .await
            .0
            .as_u16(),
        201
    );
    let revision = server.revision();
    for (name, a) in [("two", 13), ("two", 5)] {
        let (code, status) = post(&router, THINGS, &thing_with(name, &json!(a))).await;
        assert_eq!((code.as_u16(), &status["reason"]), (422, &json!("Invalid")));
        assert_eq!(
            status["message"],
            format!(
                "admission webhook \"validation.thing.ex.io\" denied the request: Thing.ex.io \"two\" is invalid: \
                 spec.a: Invalid value: {a}: not this one"
            )
        );
        let details = json!({"name": "two", "group": "ex.io", "kind": "Thing", "causes": [
            {"reason": "FieldValueInvalid", "message": format!("Invalid value: {a}: not this one"), "field": "spec.a"}]});
        assert_eq!(status["details"], details);
    }
    let (code, _) = merge(&router, &at("one"), &json!({"spec": {"a": 13}})).await;
    assert_eq!((code.as_u16(), server.revision()), (422, revision));
    // The status is not judged, and other kinds are not.
    let (code, _) = merge(
        &router,
        &format!("{}/status", at("one")),
        &json!({"status": {"x": 1}}),
    )
    .await;
    assert_eq!(code.as_u16(), 200);
    let (code, status) = merge(
        &router,
        &format!("{}/scale", at("one")),
        &json!({"spec": {"replicas": 2}}),
    )
    .await;
    assert_eq!((code.as_u16(), &status["reason"]), (403, &json!("Forbidden")));
    let (code, _) = merge(
        &router,
        &format!("{}/scale", at("one")),
        &json!({"spec": {"replicas": 3}}),
    )
    .await;
    assert_eq!(code.as_u16(), 200);
}

#[tokio::test]
async fn a_deletion_may_be_denied() {
    let (_server, router) = judged().await;
    post(&router, THINGS, &thing("one")).await;
    merge(&router, &at("one"), &json!({"spec": {"kept": true}})).await;
    let (code, status) = raw(&router, "DELETE", &at("one"), ("", "")).await;
    assert_eq!(code.as_u16(), 403);
    assert_eq!(
        status["message"],
        "admission webhook \"validation.thing.ex.io\" denied the request: it is kept"
    );
    merge(&router, &at("one"), &json!({"spec": {"kept": false}})).await;
    assert_eq!(raw(&router, "DELETE", &at("one"), ("", "")).await.0.as_u16(), 200);
}

#[tokio::test]
async fn a_warning_comes_with_the_answer() {
    let (_server, router) = judged().await;
    let request = Request::post(THINGS)
        .header("content-type", "application/json")
        .body(Body::from(thing_with("one", &json!(7)).to_string()))
        .unwrap();
    let response = within(router.clone().oneshot(request)).await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    assert_eq!(response.headers()["warning"], "299 - \"seven is odd\"");
}
