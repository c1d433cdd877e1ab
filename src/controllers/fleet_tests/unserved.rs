//! Kinds that the management cluster does not serve: nobody waits for them, and once they are served, their objects are seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Request, Response, StatusCode};
use kube::api::PostParams;
use kube::client::Body;
use serde_json::json;

use super::Fleet;
use super::harness::Wrap;
use crate::kinds::Watched;

/// Answers as a server that does not know MachineHealthChecks, as long as it is told so.
fn without_checks(hidden: Arc<AtomicBool>) -> Wrap {
    Arc::new(move |client| {
        let hidden = hidden.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, hidden) = (client.clone(), hidden.clone());
            async move {
                if !(hidden.load(Ordering::SeqCst) && request.uri().path().contains("/machinehealthchecks")) {
                    return client.send(request).await;
                }
                let mut answer = Response::new(Body::from("404 page not found\n".as_bytes().to_vec()));
                *answer.status_mut() = StatusCode::NOT_FOUND;
                Ok(answer)
            }
        });
        kube::Client::new(service, "default")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_that_are_not_served_hold_nobody_up_and_may_come_later() {
    let hidden = Arc::new(AtomicBool::new(true));
    let fleet = Fleet::start_behind(without_checks(hidden.clone())).await;
    fleet.cluster("simulated", 1, 1).await;
    fleet.wait_available("simulated", 1).await;

    let check = json!({
        "apiVersion": Watched::MachineHealthCheck.api_version(), "kind": "MachineHealthCheck", "metadata": {"name": "late"},
        "spec": {"clusterName": "simulated", "selector": {"matchLabels": {"a": "b"}}},
    });
    let check = serde_json::from_value(check).expect("an object");
    let checks = fleet.api(Watched::MachineHealthCheck);
    checks
        .create(&PostParams::default(), &check)
        .await
        .expect("a check");
    hidden.store(false, Ordering::SeqCst);
    fleet
        .wait(Watched::MachineHealthCheck, "late", |check| {
            check["status"]["conditions"].is_array()
        })
        .await;
}
