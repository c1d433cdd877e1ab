//! What upstream's own server answered to the same requests, one test a request, named after it. The resource has status
//! and scale, as upstream's had.

mod answers;
mod deletes;
mod lists;
mod watches;
mod writes;

use super::*;

const ONE: &str = "/apis/ex.io/v1/namespaces/default/things/one";

/// A server with the resource, and `one` in it.
async fn with_one() -> (ApiServer, Router, Value) {
    let (server, router) = with_things().await;
    let (code, made) = post(&router, THINGS, &thing("one")).await;
    assert_eq!(code, StatusCode::CREATED, "{made}");
    (server, router, made)
}

fn revision(object: &Value) -> u64 {
    let text = object["metadata"]["resourceVersion"].as_str().unwrap();
    text.parse().unwrap()
}

async fn delete(router: &Router, path: &str, options: &Value) -> (u16, Value) {
    let (code, answer) = raw(router, "DELETE", path, ("application/json", &options.to_string())).await;
    (code.as_u16(), answer)
}

async fn put(router: &Router, path: &str, body: &Value) -> (u16, Value) {
    let (code, answer) = raw(router, "PUT", path, ("application/json", &body.to_string())).await;
    (code.as_u16(), answer)
}

/// Code, reason and message of a refusal.
fn refused((code, answer): (StatusCode, Value)) -> (u16, String, String) {
    assert_eq!(answer["status"], "Failure", "{answer}");
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (code.as_u16(), text("reason"), text("message"))
}
