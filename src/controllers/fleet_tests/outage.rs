//! A workload cluster whose API does not answer: what was known becomes unknown, and known again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fleetui_base::ObjectName;
use http::{Request, Response};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use kube::client::Body;
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, logical, reason_of, status_of};
use crate::kinds::Watched;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_becomes_unknown_and_recovers() {
    let fleet = Fleet::start().await;
    fleet.cluster("dark", 1, 1).await;
    fleet.wait_available("dark", 1).await;
    let cluster = logical(&ObjectName::new("default", "dark"));
    let machines = fleet.list(Watched::Machine).await;
    let names: Vec<&str> = machines
        .iter()
        .filter_map(|machine| machine["metadata"]["name"].as_str())
        .collect();

    fleet.server.set_reachable(&cluster, false).expect("cut");
    for name in &names {
        let lost = |machine: &Value| {
            reason_of(machine, "NodeHealthy") == "ConnectionDown"
                && status_of(machine, "NodeReady") == "Unknown"
        };
        let machine = fleet.wait(Watched::Machine, name, lost).await;
        let message = condition(&machine, "NodeReady").and_then(|condition| condition["message"].as_str());
        assert!(
            message.is_some_and(|message| message.starts_with("Last successful probe at ")),
            "{message:?}"
        );
        assert_eq!(
            machine["status"]["phase"], "Running",
            "it is not gone, only not heard of"
        );
    }
    let dark = fleet
        .wait(Watched::Cluster, "dark", |cluster| {
            reason_of(cluster, "RemoteConnectionProbe") == "ProbeFailed"
        })
        .await;
    assert_eq!(status_of(&dark, "Available"), "False");
    fleet
        .wait(Watched::KubeadmControlPlane, "dark", |plane| {
            status_of(plane, "Available") == "Unknown"
        })
        .await;
    assert_eq!(fleet.list(Watched::Machine).await.len(), 2, "nothing is replaced");

    fleet.server.set_reachable(&cluster, true).expect("restored");
    for name in &names {
        fleet
            .wait(Watched::Machine, name, |machine| {
                status_of(machine, "Available") == "True"
            })
            .await;
    }
    fleet.wait_available("dark", 1).await;
    fleet.settle().await;
    fleet.controllers.stop().await;
}

/// What a server says whose tokens have changed: only its version is told to everybody.
fn refusal() -> Response<Body> {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 401, "reason": "Unauthorized",
        "message": "Unauthorized",
    });
    Response::builder()
        .status(401)
        .body(Body::from(status.to_string().into_bytes()))
        .expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_credentials_end_is_connected_to_with_new_ones() {
    // Clients are numbered as they are made. The first is that of the management cluster, those until the bar are refused.
    let (made, bar) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let barred = bar.clone();
    let counted = made.clone();
    let wrap = move |client: kube::Client| {
        let (number, bar) = (counted.fetch_add(1, Ordering::SeqCst), barred.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let refused =
                number > 0 && number < bar.load(Ordering::SeqCst) && request.uri().path() != "/version";
            let client = client.clone();
            async move {
                if refused {
                    return Ok(refusal());
                }
                client.send(request).await
            }
        });
        kube::Client::new(service, "default")
    };
    let fleet = Fleet::start_behind(Arc::new(wrap)).await;
    fleet.cluster("rotated", 1, 1).await;
    fleet.wait_available("rotated", 1).await;

    // Cut, so that what is watched has to be asked for again.
    let cluster = logical(&ObjectName::new("default", "rotated"));
    fleet.server.set_reachable(&cluster, false).expect("cut");
    bar.store(made.load(Ordering::SeqCst), Ordering::SeqCst);
    fleet.server.set_reachable(&cluster, true).expect("restored");

    let nodes: Api<Node> = Api::all(fleet.workload("rotated"));
    for node in nodes.list(&ListParams::default()).await.expect("nodes").items {
        let name = node.metadata.name.unwrap_or_default();
        let seen = json!({"status": {"nodeInfo": {"kernelVersion": "6.1.0-rotated"}}});
        let patch = Patch::Merge(seen);
        nodes
            .patch_status(&name, &PatchParams::default(), &patch)
            .await
            .expect("patched");
    }
    for machine in fleet.list(Watched::Machine).await {
        let name = machine["metadata"]["name"].as_str().unwrap_or_default();
        fleet
            .wait(Watched::Machine, name, |machine| {
                machine["status"]["nodeInfo"]["kernelVersion"] == "6.1.0-rotated"
            })
            .await;
    }
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_task_panics_is_made_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let wrap = move |client: kube::Client| {
        let asked = counted.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, asked) = (client.clone(), asked.clone());
            async move {
                let is_probe = request.uri().path() == "/";
                assert!(
                    !is_probe || asked.fetch_add(1, Ordering::SeqCst) > 0,
                    "on purpose"
                );
                client.send(request).await
            }
        });
        kube::Client::new(service, "default")
    };
    let fleet = Fleet::start_behind(Arc::new(wrap)).await;
    fleet.cluster("shaken", 1, 1).await;
    fleet.wait_available("shaken", 1).await;
    assert!(asked.load(Ordering::SeqCst) > 1);
    fleet.controllers.stop().await;
}
