//! A listener in front of a management cluster, which asks the test about each request before it lets it through, or lets
//! everything through until it is shut.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// More than any object that a test sends.
const LONGEST: usize = 1 << 20;
/// Requests that may wait to be asked about.
const QUEUE: usize = 64;

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// `PATCH /path?query`.
    pub(crate) line: String,
    answer: oneshot::Sender<Option<StatusCode>>,
}

impl Arrival {
    /// Whether it would really change something.
    pub(crate) fn is_write(&self) -> bool {
        let reads = self.line.starts_with("GET ") || self.line.contains("/selfsubject");
        !reads && !self.line.contains("dryRun=All")
    }

    /// Lets it through, also where whoever sent it is gone.
    pub(crate) fn let_through(self) {
        self.answer(None);
    }

    /// Answers it with this in the management cluster's place.
    fn refuse(self, status: StatusCode) {
        self.answer(Some(status));
    }

    fn answer(self, status: Option<StatusCode>) {
        // Nobody waits where the listener has ended.
        let _ = self.answer.send(status);
    }
}

/// The listener.
pub(crate) struct Front {
    /// Where it listens.
    pub(crate) url: String,
    /// What arrives.
    pub(crate) arrivals: mpsc::Receiver<Arrival>,
    serving: JoinHandle<()>,
    cut: CancellationToken,
}

struct Behind {
    client: kube::Client,
    arrivals: mpsc::Sender<Arrival>,
    cut: CancellationToken,
}

/// A front that lets everything through until it is shut.
pub(crate) struct Door {
    /// Where it listens.
    pub(crate) url: String,
    passed: Arc<Mutex<Vec<String>>>,
    shut: Arc<Mutex<Option<StatusCode>>>,
    cut: CancellationToken,
    keeping: JoinHandle<()>,
}

impl Door {
    /// Opens one in front of what `client` reaches.
    pub(crate) async fn open(client: kube::Client) -> Self {
        let mut front = Front::start(client).await;
        let (url, cut) = (front.url.clone(), front.cut.clone());
        let passed: Arc<Mutex<Vec<String>>> = Arc::default();
        let shut: Arc<Mutex<Option<StatusCode>>> = Arc::default();
        let (passing, shutting) = (Arc::clone(&passed), Arc::clone(&shut));
        let keeping = tokio::spawn(async move {
            while let Some(arrival) = front.arrivals.recv().await {
                let status = *shutting.lock().unwrap();
                if let Some(status) = status {
                    arrival.refuse(status);
                } else {
                    passing.lock().unwrap().push(arrival.line.clone());
                    arrival.let_through();
                }
            }
        });
        Self {
            url,
            passed,
            shut,
            cut,
            keeping,
        }
    }

    /// Ends all that is under way, and answers everything with this from now on.
    pub(crate) fn shut(&self, status: StatusCode) {
        *self.shut.lock().unwrap() = Some(status);
        self.cut.cancel();
    }

    /// What was let through that would change something, dry runs among it.
    pub(crate) fn writes(&self) -> Vec<String> {
        let passed = self.passed.lock().unwrap();
        let writes = passed
            .iter()
            .filter(|line| !line.starts_with("GET ") && !line.contains("/selfsubject"));
        writes.cloned().collect()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

impl Front {
    /// Listens in front of what `client` reaches.
    pub(crate) async fn start(client: kube::Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, arrivals) = mpsc::channel(QUEUE);
        let cut = CancellationToken::new();
        let behind = Arc::new(Behind {
            client,
            arrivals: sender,
            cut: cut.clone(),
        });
        let router = Router::new().fallback(pass).with_state(behind);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            arrivals,
            serving,
            cut,
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(behind): State<Arc<Behind>>, request: Request) -> Response {
    // What has arrived is carried out, whatever becomes of the connection: a task of its own, as a server has it.
    let passing = tokio::spawn(async move {
        let line = format!("{} {}", request.method(), request.uri());
        let (answer, asked) = oneshot::channel();
        let arrived = behind.arrivals.send(Arrival { line, answer }).await;
        match (arrived, asked.await) {
            (Ok(()), Ok(None)) => {}
            (Ok(()), Ok(Some(status))) => return status.into_response(),
            (Err(_), _) | (_, Err(_)) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, LONGEST).await.unwrap();
        let request = http::Request::from_parts(parts, kube::client::Body::from(body));
        match behind.client.send(request).await {
            // Watches go on for long; they end where the listener is shut.
            Ok(response) => response.map(|body| {
                let stream = Body::new(body).into_data_stream();
                Body::from_stream(stream.take_until(behind.cut.clone().cancelled_owned()))
            }),
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    });
    passing
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
