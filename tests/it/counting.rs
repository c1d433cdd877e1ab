//! A client that counts what leaves through it and is more than reading. A dry run counts as a write: whoever may not write
//! does not ask a server to try it either.

use std::sync::{Arc, Mutex};

use http::{Method, Request};
use kube::client::Body;

/// Questions about oneself, which are sent as objects and change nothing.
const QUESTIONS: [&str; 4] = [
    "/selfsubjectaccessreviews",
    "/selfsubjectrulesreviews",
    "/selfsubjectreviews",
    "/subjectaccessreviews",
];

/// What was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<Sent>>);

#[derive(Debug, Default)]
struct Sent {
    reads: usize,
    questions: usize,
    writes: Vec<String>,
}

impl Counter {
    /// The lines of all requests that would change something, dry runs among them.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.0.lock().unwrap().writes.clone()
    }

    /// How many requests only read.
    pub(crate) fn reads(&self) -> usize {
        self.0.lock().unwrap().reads
    }

    /// How many asked what the user may do.
    pub(crate) fn questions(&self) -> usize {
        self.0.lock().unwrap().questions
    }

    fn see(&self, method: &Method, path: &str, query: Option<&str>) {
        let mut sent = self.0.lock().unwrap();
        if *method == Method::GET || *method == Method::HEAD {
            sent.reads += 1;
        } else if *method == Method::POST && QUESTIONS.iter().any(|question| path.ends_with(question)) {
            sent.questions += 1;
        } else {
            sent.writes
                .push(format!("{method} {path}?{}", query.unwrap_or_default()));
        }
    }
}

/// A client that sends through `client` and counts.
pub(crate) fn counted(client: kube::Client) -> (kube::Client, Counter) {
    let counter = Counter::default();
    let counting = counter.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let uri = request.uri();
        counting.see(request.method(), uri.path(), uri.query());
        let client = client.clone();
        async move { client.send(request).await }
    });
    (kube::Client::new(service, "default"), counter)
}

#[test]
fn what_only_reads_or_asks_is_no_write() {
    let counter = Counter::default();
    let see = |method: Method, path: &str, query: Option<&str>| counter.see(&method, path, query);
    see(Method::GET, "/api/v1/nodes", Some("watch=true"));
    see(
        Method::POST,
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        None,
    );
    assert_eq!((counter.reads(), counter.questions()), (1, 1));
    assert!(counter.writes().is_empty());
    see(Method::PATCH, "/api/v1/nodes/n", Some("dryRun=All"));
    see(Method::POST, "/api/v1/nodes", None);
    see(Method::DELETE, "/api/v1/nodes/n", None);
    assert_eq!(
        counter.writes(),
        [
            "PATCH /api/v1/nodes/n?dryRun=All",
            "POST /api/v1/nodes?",
            "DELETE /api/v1/nodes/n?"
        ]
    );
}
