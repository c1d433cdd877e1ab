//! Evictions over raw requests: what the budgets say, and what an eviction must be.

use super::*;

const PODS: &str = "/api/v1/namespaces/default/pods";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

async fn evict(router: &Router, name: &str, options: &Value) -> (StatusCode, Value) {
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "default"}, "deleteOptions": options});
    post(router, &format!("{PODS}/{name}/eviction"), &eviction).await
}

/// A Pod that runs, as far as its status tells.
async fn running(router: &Router, name: &str) {
    let pod = json!({"metadata": {"name": name, "labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    assert_eq!(post(router, PODS, &pod).await.0, 201);
    let status = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    assert_eq!(
        merge(router, &format!("{PODS}/{name}/status"), &status).await.0,
        200
    );
}

#[tokio::test]
async fn evictions_ask_the_budget() {
    let server = server().await;
    let router = server.router();
    for name in ["one", "two"] {
        running(&router, name).await;
    }
    let budget = json!({"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}}});
    assert_eq!(post(&router, BUDGETS, &budget).await.0, 201);

    let (code, refused) = evict(&router, "one", &json!({})).await;
    assert_eq!(
        (
            code.as_u16(),
            &refused["reason"],
            &refused["details"]["retryAfterSeconds"]
        ),
        (429, &json!("TooManyRequests"), &json!(10)),
        "{refused}"
    );
    let status = json!({"status": {"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}});
    assert_eq!(
        merge(&router, &format!("{BUDGETS}/b/status"), &status).await.0,
        200
    );

    assert_eq!(evict(&router, "one", &json!({"dryRun": ["All"]})).await.0, 201);
    assert_eq!(
        read(&router, &format!("{PODS}/one")).await.0,
        200,
        "nothing was done"
    );
    let (code, done) = evict(&router, "one", &json!({"propagationPolicy": "Background"})).await;
    assert_eq!(
        (code.as_u16(), &done["status"]),
        (201, &json!("Success")),
        "{done}"
    );
    assert_eq!(read(&router, &format!("{PODS}/one")).await.0, 404);
    let (_, after) = read(&router, &format!("{BUDGETS}/b")).await;
    assert_eq!(after["status"]["disruptionsAllowed"], 0);
    assert!(after["status"]["disruptedPods"]["one"].is_string());

    let (code, refused) = evict(&router, "two", &json!({})).await;
    assert_eq!(code, 429);
    let cause = &refused["details"]["causes"][0];
    assert_eq!(cause["reason"], "DisruptionBudget");
    assert_eq!(
        cause["message"],
        "The disruption budget b needs 1 healthy pods and has 2 currently"
    );
    // One that is not ready does not count as long as the others are enough.
    let unready = json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}});
    assert_eq!(
        merge(&router, &format!("{PODS}/two/status"), &unready).await.0,
        200
    );
    assert_eq!(evict(&router, "two", &json!({})).await.0, 201);
}

#[tokio::test]
async fn evictions_have_to_fit_their_pod() {
    let server = server().await;
    let router = server.router();
    running(&router, "one").await;
    for name in ["b", "c"] {
        let budget = json!({"metadata": {"name": name}, "spec": {"selector": {}}});
        assert_eq!(post(&router, BUDGETS, &budget).await.0, 201);
    }
    assert_eq!(evict(&router, "one", &json!({})).await.0, 500, "two budgets");
    assert_eq!(evict(&router, "none", &json!({})).await.0, 404);
    assert_eq!(
        evict(&router, "one", &json!({"preconditions": {"uid": "other"}}))
            .await
            .0,
        500
    );
    let path = format!("{PODS}/one/eviction");
    for (body, code) in [
        (json!({"metadata": {"name": "two"}}), 400),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}}),
            400,
        ),
        (json!({"metadata": {"name": "one", "namespace": "n"}}), 400),
        (
            json!({"metadata": {"name": "one"}, "deleteOptions": {"dryRun": "All"}}),
            400,
        ),
    ] {
        assert_eq!(post(&router, &path, &body).await.0, code, "{body}");
    }
    assert_eq!(read(&router, &path).await.0, 405);
    // A Pod that does not run needs no leave.
    let done = json!({"status": {"phase": "Succeeded"}});
    assert_eq!(merge(&router, &format!("{PODS}/one/status"), &done).await.0, 200);
    assert_eq!(
        evict(&router, "one", &json!({"preconditions": {"uid": "other"}}))
            .await
            .0,
        409
    );
    assert_eq!(evict(&router, "one", &json!({})).await.0, 201);
}
