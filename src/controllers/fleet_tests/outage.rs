//! A workload cluster whose API does not answer: what was known becomes unknown, and known again. And a management cluster that
//! does not: what is told of that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{self, Poll};
use std::time::Duration;

use fleetui_base::ObjectName;
use fleetui_base::clock::SystemClock;
use http::{Request, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Interval;
use tokio_util::sync::CancellationToken;

use super::Fleet;
use super::harness::{condition, logical, quick, reason_of, status_of};
use crate::kinds::Watched;
use crate::logged::Log;
use crate::manager::{Election, ElectionTimes, Led, Standing, start};

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

/// A body that fails when the connection is cut.
struct Cut {
    body: Body,
    gone: Arc<AtomicBool>,
    look: Interval,
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = tower::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tower::BoxError>>> {
        while self.look.poll_tick(task).is_ready() {}
        if self.gone.load(Ordering::SeqCst) {
            return Poll::Ready(Some(Err("connection reset".into())));
        }
        Pin::new(&mut self.body).poll_frame(task).map_err(Into::into)
    }
}

/// A server to which the connection can be cut.
fn unreachable(client: kube::Client, gone: &Arc<AtomicBool>) -> kube::Client {
    let gone = gone.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, gone) = (client.clone(), gone.clone());
        async move {
            if gone.load(Ordering::SeqCst) {
                return Err(tower::BoxError::from("connection refused"));
            }
            let answer = client.send(request).await?;
            let look = tokio::time::interval(Duration::from_millis(5));
            Ok(answer.map(|body| Cut { body, gone, look }))
        }
    });
    kube::Client::new(service, "default")
}

/// Twenty-five watches, the Lease and every reconcile told of it, and once more when it had other words.
#[tokio::test]
async fn that_the_management_cluster_is_gone_is_told_once_and_that_it_is_back() {
    let fleet = Fleet::start().await;
    fleet.cluster("alone", 1, 1).await;
    fleet.wait_available("alone", 1).await;
    let (log, stop) = (Log::default(), CancellationToken::new());
    let _listening = log.listen();
    let standing = Standing::after(Duration::from_millis(300));
    let gone = Arc::new(AtomicBool::new(false));
    let client = unreachable(fleet.client.clone(), &gone);
    let (workloads, clock) = (fleet.workloads(), SystemClock::shared());
    fleet.controllers.stop().await;
    let times = ElectionTimes {
        lease: Duration::from_secs(6),
        renew: Duration::from_secs(4),
        retry: Duration::from_millis(50),
    };
    let lease = ("default", "leader");
    let election = Election::new(client.clone(), lease, "one", times, clock.clone());
    let mut election = election.knowing(&standing);
    // Shorter than it leads without an answer; and longer, so that nothing but the Lease is asked for in the end.
    for (cut, expected) in [(1, Led::Told), (6, Led::Lost)] {
        assert!(election.win(&stop, |_| {}).await);
        let controllers = start(
            client.clone(),
            workloads.clone(),
            quick(),
            clock.clone(),
            &standing,
        );
        controllers.caught_up().await;
        log.take();
        gone.store(true, Ordering::SeqCst);
        let over = CancellationToken::new();
        let leads = async {
            let led = election.lead(&over).await;
            controllers.abort().await;
            assert!(led == Led::Told || election.win(&stop, |_| {}).await);
            led
        };
        let returns = async {
            tokio::time::sleep(Duration::from_secs(cut)).await;
            gone.store(false, Ordering::SeqCst);
            while standing.is_gone() {
                tokio::time::sleep(times.retry).await;
            }
            over.cancel();
        };
        assert_eq!(futures::join!(leads, returns).0, expected);
        let told = log.take();
        let words = |line: &String| {
            line.split(" error=")
                .next()
                .map(|line| line.split(" seconds=").next().map(str::to_owned))
        };
        let told: Vec<String> = told.iter().filter_map(words).flatten().collect();
        let mut lines = vec!["WARN the management cluster does not answer; everything waits until it does"];
        lines.extend(
            (expected == Led::Lost).then_some("ERROR the lease could not be renewed in time lease=leader"),
        );
        lines.push("WARN the management cluster answers again");
        assert_eq!(told, lines);
    }
}
