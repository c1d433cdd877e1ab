//! One request to one management cluster: with a client that is good now, a limit in time, and one more attempt where new
//! credentials can be had.

use std::time::Duration;

use fleetui_connect::{Connected, Connector};
use futures::AsyncBufRead;
use http::{Request, header};
use kube::client::Body;
use kube::core::Status;

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

    /// Lets the person log in with the terminal.
    pub(crate) async fn log_in(&self, limit: Duration) -> Result<(), Fault> {
        Ok(self.connector.log_in(limit).await?)
    }

    /// The body of a GET, and the `Date` that the server put on it.
    pub(crate) async fn get_dated(
        &self,
        path: &str,
        limit: Duration,
    ) -> Result<(String, Option<String>), Fault> {
        let request = get(path, None)?;
        let request = &request;
        let attempt = |connected: Connected| async move {
            within(limit, dated(&connected.client, request.clone())).await
        };
        self.with_credentials(attempt).await
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

async fn dated(
    client: &kube::Client,
    request: Request<Vec<u8>>,
) -> Result<(String, Option<String>), kube::Error> {
    let answer = client.send(request.map(Body::from)).await?;
    let (parts, body) = answer.into_parts();
    let text = String::from_utf8(body.collect_bytes().await?.to_vec()).map_err(kube::Error::FromUtf8)?;
    if !parts.status.is_success() {
        let status = serde_json::from_str(&text).unwrap_or_else(|_| {
            let reason = parts.status.canonical_reason().unwrap_or_default();
            Status::failure(reason, reason).with_code(parts.status.as_u16())
        });
        return Err(kube::Error::Api(Box::new(status)));
    }
    let date = parts.headers.get(header::DATE);
    let date = date.and_then(|date| date.to_str().ok()).map(str::to_owned);
    Ok((text, date))
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
