//! One request fails, whichever it is: the controllers come to the same end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use http::Request;
use kube::api::DeleteParams;
use kube::client::Body;

use super::Fleet;
use super::harness::Wrap;
use crate::kinds::{self, Watched};

/// When the failing request fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lost {
    /// Before it has reached the server.
    Request,
    /// After it was carried out.
    Answer,
}

/// Lets the `failing`-th write fail; counts from zero.
pub(super) fn faulty(failing: usize, lost: Lost, writes: Arc<AtomicUsize>) -> Wrap {
    Arc::new(move |client| {
        let writes = writes.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, writes) = (client.clone(), writes.clone());
            async move {
                let is_write = request.method() != http::Method::GET;
                let fails = is_write && writes.fetch_add(1, Ordering::SeqCst) == failing;
                if fails && matches!(lost, Lost::Request) {
                    return Err(tower::BoxError::from("the request was lost"));
                }
                let answer = client.send(request).await.map_err(tower::BoxError::from)?;
                if fails {
                    return Err(tower::BoxError::from("the answer was lost"));
                }
                Ok(answer)
            }
        });
        kube::Client::new(service, "default")
    })
}

/// A cluster comes and goes although one write fails; tells how many writes there were.
async fn story(failing: usize, lost: Lost) -> usize {
    let writes = Arc::new(AtomicUsize::new(0));
    let fleet = Fleet::start_behind(faulty(failing, lost, writes.clone())).await;
    fleet.cluster("faulty", 1, 2).await;
    fleet.wait_available("faulty", 2).await;
    fleet.settle().await;
    let context = format!("write {failing}, lost {lost:?}");
    for kind in [Watched::Machine, Watched::KubeadmConfig, Watched::DevMachine] {
        assert_eq!(fleet.list(kind).await.len(), 3, "{context}: {}", kind.kind());
    }
    fleet
        .api(Watched::Cluster)
        .delete("faulty", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, "faulty").await;
    for kind in kinds::ALL {
        for object in fleet.list(kind).await {
            fleet
                .wait_gone(kind, object["metadata"]["name"].as_str().expect("a name"))
                .await;
        }
    }
    fleet.controllers.stop().await;
    writes.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_fails_the_end_is_the_same() {
    let total = story(usize::MAX, Lost::Request).await;
    assert!(total > 50, "a whole story takes many writes: {total}");
    // Every fifth one, alternately lost on its way and on its way back; all would take a minute.
    let stories = (0..total).step_by(5).enumerate().map(|(turn, failing)| {
        let lost = if turn % 2 == 0 {
            Lost::Request
        } else {
            Lost::Answer
        };
        story(failing, lost)
    });
    let told: Vec<usize> = futures::stream::iter(stories).buffer_unordered(8).collect().await;
    assert!(told.len() > 10);
}
