//! One request to one management cluster: with a client that is good now, a limit in time, and one more attempt where new
//! credentials can be had.

use std::time::Duration;

use fleetui_connect::{Connected, Connector};
use futures::AsyncBufRead;
use http::{Request, header};

use crate::fault::Fault;

/// Sends requests to one management cluster.
pub(crate) struct Requester {
    connector: Connector,
}

impl Requester {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector }
    }

    /// Forgets credentials and reads the kubeconfig again.
    pub(crate) async fn renew(&self) {
        self.connector.renew().await;
    }

    /// The body of a GET.
    pub(crate) async fn get(&self, path: &str, limit: Duration) -> Result<String, Fault> {
        self.text(&get(path, None)?, limit).await
    }

    /// The body of a GET with an `Accept` header.
    pub(crate) async fn get_as(&self, path: &str, accept: &str, limit: Duration) -> Result<String, Fault> {
        self.text(&get(path, Some(accept))?, limit).await
    }

    /// The body of the answer.
    pub(crate) async fn text(&self, request: &Request<Vec<u8>>, limit: Duration) -> Result<String, Fault> {
        let attempt = |connected: Connected| async move {
            within(limit, connected.client.request_text(request.clone())).await
        };
        self.with_credentials(attempt).await
    }

    /// The lines of an answer that goes on. The limit is for its beginning.
    pub(crate) async fn stream(
        &self,
        path: &str,
        limit: Duration,
    ) -> Result<impl AsyncBufRead + Send + Unpin + use<>, Fault> {
        let mut request = get(path, None)?;
        // Kubernetes compresses a watch event by event, which the client's decoder cannot follow.
        request.headers_mut().insert(
            header::ACCEPT_ENCODING,
            http::HeaderValue::from_static("identity"),
        );
        let request = &request;
        let attempt = |connected: Connected| async move {
            within(limit, connected.client.request_stream(request.clone())).await
        };
        Ok(Box::pin(self.with_credentials(attempt).await?))
    }

    /// Tries once more where the server refused credentials and newer ones can be had.
    async fn with_credentials<T, F>(&self, attempt: impl Fn(Connected) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let connected = self.connector.client().await?;
        let generation = connected.generation;
        let outcome = attempt(connected).await;
        if !matches!(outcome, Err(Fault::Unauthorized(_))) {
            return outcome;
        }
        self.connector.refused(generation).await;
        let newer = self.connector.client().await?;
        if newer.generation == generation {
            outcome
        } else {
            attempt(newer).await
        }
    }
}

async fn within<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(limit, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(error.into()),
        Err(_elapsed) => Err(Fault::TimedOut(limit)),
    }
}

fn get(path: &str, accept: Option<&str>) -> Result<Request<Vec<u8>>, Fault> {
    let mut request = Request::get(path);
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    request
        .body(Vec::new())
        .map_err(|error| Fault::Garbled(format!("path {path}: {error}")))
}
