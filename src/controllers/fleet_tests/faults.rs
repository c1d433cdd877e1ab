//! One request fails, or is the last one before the controllers die, whichever it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::{Request, Response, StatusCode};
use kube::client::Body;
use serde_json::json;
use tokio::sync::Notify;

use super::harness::Wrap;

/// Which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that change something.
    Writes,
    /// Questions, lists, and watches as they are opened.
    Reads,
}

impl Which {
    fn counts(self, request: &Request<Body>) -> bool {
        (request.method() == http::Method::GET) == (self == Self::Reads)
    }
}

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    /// It fails, in this way.
    Fails(Which, Lost),
    /// It is the last write of its controllers; others follow them.
    IsTheLast,
}

/// What has come of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    /// How many requests were counted.
    pub(super) counted: Arc<AtomicUsize>,
    /// The controllers are dead.
    pub(super) death: Arc<Notify>,
}

impl Fate {
    /// What lets it happen to the request of this number; counts from zero.
    pub(super) fn of(self, number: usize, course: &Course) -> Wrap {
        match self {
            Self::Fails(which, lost) => faulty(number, which, lost, course.counted.clone()),
            Self::IsTheLast => mortal(number, course.counted.clone(), course.death.clone()),
        }
    }
}

/// How the failing request fails.
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
    /// All in which a question can fail without holding up whoever asks.
    pub(super) const OF_READS: [Self; 2] = [Self::Request, Self::Server];
    pub(super) const ALL: [Self; 5] = [
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

/// How many rounds the environment asks for.
fn rounds() -> usize {
    let rounds = std::env::var("FLEETUI_ROUNDS").ok();
    rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(0)
}

/// Every `few`-th request; all of them where the environment asks for a hundred rounds or more.
pub(super) fn every(few: usize) -> usize {
    if rounds() >= 100 { 1 } else { few }
}

/// Whether each of them fails in every way, one after the other, and not only in one: from five hundred rounds on.
pub(super) fn in_every_way() -> bool {
    rounds() >= 500
}

/// Lets the `failing`-th of these requests fail.
fn faulty(failing: usize, which: Which, lost: Lost, counted: Arc<AtomicUsize>) -> Wrap {
    Arc::new(move |client| {
        let counted = counted.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, counted) = (client.clone(), counted.clone());
            async move {
                let fails = which.counts(&request) && counted.fetch_add(1, Ordering::SeqCst) == failing;
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
                let dies = Which::Writes.counts(&request) && writes.fetch_add(1, Ordering::SeqCst) == last;
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
