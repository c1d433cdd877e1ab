//! One write fails, or is the last one before the controllers die, whichever it is: they come to the same end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use kube::api::DeleteParams;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::Fleet;
use super::harness::{Wrap, quick};
use crate::kinds::{self, Watched};

/// How the failing write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The connection ends before it has reached the server.
    Request,
    /// The connection ends after it was carried out.
    Answer,
    /// It was carried out, and no answer comes.
    Time,
    /// The server refuses it: somebody else wrote in between.
    Conflict,
    /// The server cannot do it.
    Server,
}

impl Lost {
    /// All that take no time.
    pub(super) const AT_ONCE: [Self; 4] = [Self::Request, Self::Conflict, Self::Answer, Self::Server];
    const ALL: [Self; 5] = [
        Self::Request,
        Self::Conflict,
        Self::Answer,
        Self::Server,
        Self::Time,
    ];

    /// What the server says where it is the server that refuses.
    fn refusal(self) -> Option<Response<Body>> {
        let (code, reason) = match self {
            Self::Conflict => (StatusCode::CONFLICT, "Conflict"),
            Self::Server => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
            Self::Request | Self::Answer | Self::Time => return None,
        };
        let status = json!({
            "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "message": "made up", "reason": reason,
            "code": code.as_u16()
        });
        let mut response = Response::new(Body::from(status.to_string().into_bytes()));
        *response.status_mut() = code;
        Some(response)
    }
}

/// Every `few`-th write; all of them where the environment asks for a hundred rounds or more.
pub(super) fn every(few: usize) -> usize {
    let rounds = std::env::var("FLEETUI_ROUNDS").ok();
    let rounds = rounds.and_then(|rounds| rounds.parse::<usize>().ok());
    if rounds.is_some_and(|rounds| rounds >= 100) {
        1
    } else {
        few
    }
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
                if !fails {
                    return client.send(request).await.map_err(tower::BoxError::from);
                }
                if lost == Lost::Request {
                    return Err(tower::BoxError::from("the request was lost"));
                }
                if let Some(refusal) = lost.refusal() {
                    return Ok(refusal);
                }
                client.send(request).await.map_err(tower::BoxError::from)?;
                if lost == Lost::Time {
                    return std::future::pending().await;
                }
                Err(tower::BoxError::from("the answer was lost"))
            }
        });
        kube::Client::new(service, "default")
    })
}

/// Lets the `last`-th write be the last that reaches the server: nobody hears of it, and nothing follows.
fn mortal(last: usize, writes: Arc<AtomicUsize>, death: Arc<Notify>) -> Wrap {
    let dead = Arc::new(AtomicBool::new(false));
    Arc::new(move |client| {
        let (writes, death, dead) = (writes.clone(), death.clone(), dead.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, writes, death, dead) = (client.clone(), writes.clone(), death.clone(), dead.clone());
            async move {
                let is_write = request.method() != http::Method::GET;
                let dies = is_write && writes.fetch_add(1, Ordering::SeqCst) == last;
                if dead.fetch_or(dies, Ordering::SeqCst) {
                    return std::future::pending().await;
                }
                let answer = client.send(request).await.map_err(tower::BoxError::from)?;
                if dies {
                    death.notify_one();
                    std::future::pending::<()>().await;
                }
                Ok::<_, tower::BoxError>(answer)
            }
        });
        kube::Client::new(service, "default")
    })
}

/// What objects say in the end, whatever their names are.
type End = BTreeMap<&'static str, Vec<String>>;

/// A cluster is there, and nothing is left to do.
async fn comes(fleet: &Fleet, name: &str, workers: i32) -> End {
    fleet.wait_available(name, workers.into()).await;
    fleet.settle().await;
    let mut end = End::new();
    for kind in kinds::ALL {
        let mut told: Vec<String> = fleet.list(kind).await.iter().map(what_it_says).collect();
        told.sort();
        end.insert(kind.kind(), told);
    }
    end
}

fn what_it_says(object: &Value) -> String {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let conditions = conditions.map(|it| format!("{}={} {}", it["type"], it["status"], it["reason"]));
    let conditions: Vec<String> = conditions.collect();
    format!(
        "{} {} {}",
        object["spec"]["replicas"],
        object["status"]["phase"],
        conditions.join(", ")
    )
}

/// It goes, and nothing of it stays.
async fn goes(fleet: &Fleet, name: &str) {
    // It may be gone already, where this is done a second time.
    let clusters = fleet.api(Watched::Cluster);
    let _ = clusters.delete(name, &DeleteParams::background()).await;
    fleet.wait_gone(Watched::Cluster, name).await;
    for kind in kinds::ALL {
        for object in fleet.list(kind).await {
            fleet
                .wait_gone(kind, object["metadata"]["name"].as_str().expect("a name"))
                .await;
        }
    }
}

/// What happens to one write.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It fails, in this way.
    Fails(Lost),
    /// It is the last one of its controllers; others follow them.
    IsTheLast,
}

/// A cluster comes and goes although that happens to the `number`-th write; tells how many there were, and what it was like.
async fn story(fleet: Fleet, name: &str, number: usize, fate: Fate) -> (Fleet, usize, End) {
    // Two workers are made in one reconcile, which may fail in between; who is followed by others begins anew anyway.
    let workers = match fate {
        Fate::Fails(_) => 2,
        Fate::IsTheLast => 1,
    };
    let (writes, death): (Arc<AtomicUsize>, _) = (Arc::default(), Arc::new(Notify::new()));
    let mut settings = quick();
    let wrap = match fate {
        Fate::Fails(lost) => {
            if lost == Lost::Time {
                settings.request_timeout = Duration::from_millis(500);
            }
            faulty(number, lost, writes.clone())
        }
        Fate::IsTheLast => mortal(number, writes.clone(), death.clone()),
    };
    let immortal: Wrap = Arc::new(|client| client);
    let mut fleet = fleet.restart_behind(&wrap, settings);
    fleet.cluster(name, 1, workers).await;
    let end = tokio::select! {
        end = comes(&fleet, name, workers) => Some(end),
        () = death.notified() => None,
    };
    let end = if let Some(end) = end {
        end
    } else {
        fleet = fleet.restart_behind(&immortal, quick());
        comes(&fleet, name, workers).await
    };
    let died = tokio::select! {
        () = goes(&fleet, name) => false,
        () = death.notified() => true,
    };
    if died {
        fleet = fleet.restart_behind(&immortal, quick());
        goes(&fleet, name).await;
    }
    (fleet, writes.load(Ordering::SeqCst), end)
}

/// Tells the story, first with none and then with each of these fates of its writes, some at a time, one after the other on the same server.
async fn stories(kind: Fate, fates: impl FnOnce(usize) -> Vec<(usize, Fate)>) {
    const AT_ONCE: usize = 4;
    let fleet = Fleet::start().await;
    let (fleet, total, expected) = story(fleet, "well", usize::MAX, kind).await;
    fleet.controllers.stop().await;
    assert!(total > 50, "a whole story takes many writes: {total}");
    assert!(expected["Machine"].len() > 1);
    let fates = fates(total);
    assert!(fates.len() > 10, "{fates:?}");
    let fates = Mutex::new(fates.into_iter());
    let next = || fates.lock().unwrap_or_else(PoisonError::into_inner).next();
    let one_after_the_other = || async {
        let mut fleet = Fleet::start().await;
        while let Some((number, fate)) = next() {
            let name = format!("c{number}-{fate:?}")
                .to_lowercase()
                .replace(['(', ')'], "");
            let (after, _, end) = story(fleet, &name, number, fate).await;
            let differing: Vec<_> = end
                .iter()
                .filter(|(kind, told)| expected[*kind] != **told)
                .collect();
            assert!(differing.is_empty(), "write {number} {fate:?}: {differing:#?}");
            fleet = after;
        }
        fleet.controllers.stop().await;
    };
    futures::future::join_all((0..AT_ONCE).map(|_| one_after_the_other())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_fails_the_end_is_the_same() {
    // Every fifth one, in another way each time; all of them in all ways would take minutes.
    stories(Fate::Fails(Lost::Request), |total| {
        let step = every(5);
        let numbers = (0..total).step_by(step);
        let in_all_ways = |number: usize| Lost::ALL.map(|lost| (number, Fate::Fails(lost)));
        if step == 1 {
            return numbers.flat_map(in_all_ways).collect();
        }
        let turns = numbers.enumerate();
        turns
            .map(|(turn, number)| in_all_ways(number)[turn % Lost::ALL.len()])
            .collect()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_is_the_last_others_go_on_to_the_same_end() {
    stories(Fate::IsTheLast, |total| {
        let numbers = (0..total).step_by(every(7));
        numbers.map(|number| (number, Fate::IsTheLast)).collect()
    })
    .await;
}
