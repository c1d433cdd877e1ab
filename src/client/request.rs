//! One request to one management cluster: with a client that is good now, a limit in time, and one more attempt where new
//! credentials can be had. Reading is free; to write takes a permit, which only the gate can give.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fleetui_connect::{Connected, Connector, Turn};
use futures::{AsyncBufRead, AsyncBufReadExt as _};
use http::{HeaderMap, Request, header};
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;

use crate::act::gate::Permit;
use crate::fault::Fault;

/// Sends requests to one management cluster.
pub(crate) struct Requester {
    connector: Connector,
    /// How often other credentials took the place of earlier ones.
    renewed: AtomicU64,
}

/// Where permissions are asked for.
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
/// Where it is asked whom the server takes the user for.
const WHO: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
/// The longest that an answer may take which is never silent for long.
const LONGEST_ANSWER: Duration = Duration::from_mins(10);
/// At most so many warnings of one answer are told.
const MOST_WARNINGS: usize = 16;

impl Requester {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            renewed: AtomicU64::new(0),
        }
    }

    /// Forgets credentials and reads the kubeconfig again.
    pub(crate) async fn renew(&self) {
        self.connector.renew().await;
        self.renewed.fetch_add(1, Ordering::Relaxed);
    }

    /// How often other credentials took the place of earlier ones: what was answered under those may not hold any more.
    pub(crate) fn renewed(&self) -> u64 {
        self.renewed.load(Ordering::Relaxed)
    }

    /// The turn of a person who logs in.
    pub(crate) async fn turn(&self) -> Result<Turn, Fault> {
        Ok(self.connector.turn().await?)
    }

    /// Lets the person log in with the terminal.
    pub(crate) async fn log_in(&self, turn: Turn, limit: Duration) -> Result<(), Fault> {
        self.connector.log_in(turn, limit).await?;
        self.renewed.fetch_add(1, Ordering::Relaxed);
        Ok(())
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

    /// Asks what the user may do, which changes nothing: the body of the answer to a SelfSubjectAccessReview.
    pub(crate) async fn review(&self, review: &Value, limit: Duration) -> Result<String, Fault> {
        self.ask(REVIEWS, review, limit).await
    }

    /// Asks whom the server takes the user for, which changes nothing: the body of the answer to a SelfSubjectReview.
    pub(crate) async fn who(&self, review: &Value, limit: Duration) -> Result<String, Fault> {
        self.ask(WHO, review, limit).await
    }

    async fn ask(&self, path: &str, review: &Value, limit: Duration) -> Result<String, Fault> {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(review.to_string().into_bytes())
            .map_err(|error| Fault::Garbled(error.to_string()))?;
        self.text(&request, limit).await
    }

    /// Writes: the body of the answer, and what the server warns of.
    pub(crate) async fn write(
        &self,
        _permit: &Permit,
        request: &Request<Vec<u8>>,
        limit: Duration,
    ) -> Result<(String, Vec<String>), Fault> {
        let attempt = |connected: Connected| async move {
            let (text, headers) = within(limit, whole(&connected.client, request.clone())).await?;
            Ok((text, warnings(&headers)))
        };
        self.with_credentials(attempt).await
    }

    /// The body of the answer. The limit is for its beginning, and for how long it may then be silent: a large answer over a thin
    /// line takes its time, and is well as long as something of it comes.
    async fn text(&self, request: &Request<Vec<u8>>, limit: Duration) -> Result<String, Fault> {
        let attempt = |connected: Connected| async move {
            let body = within(limit, connected.client.request_stream(request.clone())).await?;
            to_its_end(body, limit).await
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
            self.renewed.fetch_add(1, Ordering::Relaxed);
            attempt(newer).await
        }
    }
}

/// All of a body that goes on to come.
async fn to_its_end(body: impl AsyncBufRead, silence: Duration) -> Result<String, Fault> {
    let mut body = std::pin::pin!(body);
    let mut text = Vec::new();
    let reading = async {
        loop {
            let piece = tokio::time::timeout(silence, body.fill_buf()).await;
            let piece = piece.map_err(|_elapsed| Fault::TimedOut(silence))??;
            if piece.is_empty() {
                return Ok::<(), Fault>(());
            }
            text.extend_from_slice(piece);
            let taken = piece.len();
            body.consume_unpin(taken);
        }
    };
    let whole = tokio::time::timeout(LONGEST_ANSWER, reading).await;
    whole.map_err(|_elapsed| Fault::TimedOut(LONGEST_ANSWER))??;
    String::from_utf8(text).map_err(|error| Fault::Garbled(error.to_string()))
}

async fn dated(
    client: &kube::Client,
    request: Request<Vec<u8>>,
) -> Result<(String, Option<String>), kube::Error> {
    let (text, headers) = whole(client, request).await?;
    let date = headers.get(header::DATE);
    let date = date.and_then(|date| date.to_str().ok()).map(str::to_owned);
    Ok((text, date))
}

/// The body of an answer that is good, and its headers.
async fn whole(client: &kube::Client, request: Request<Vec<u8>>) -> Result<(String, HeaderMap), kube::Error> {
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
    Ok((text, parts.headers))
}

/// What a server warns of: the texts of its `Warning` headers, `299 - "…"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::WARNING).into_iter();
    let texts = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    texts.flat_map(quoted).take(MOST_WARNINGS).collect()
}

/// The quoted texts of a header. A warning may be followed by a date, which is quoted too and not told.
fn quoted(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once('"') {
        let mut text = String::new();
        let mut end = after.len();
        let mut characters = after.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                plain => text.push(plain),
            }
        }
        // `299 -` stands before the text, and nothing before a date.
        if before
            .trim_end()
            .ends_with(|last: char| last.is_alphanumeric() || last == '-')
        {
            texts.push(text);
        }
        rest = after.get(end..).unwrap_or_default();
    }
    texts
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

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, TryStreamExt as _};

    use super::*;

    /// A body that comes in pieces, each after a pause.
    fn in_pieces(pauses: Vec<u64>) -> impl AsyncBufRead {
        let pieces = futures::stream::iter(pauses).then(|seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok::<_, std::io::Error>(vec![b'x'])
        });
        pieces.boxed().into_async_read()
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_answer_over_a_thin_line_is_read_as_long_as_something_comes() {
        let limit = Duration::from_secs(10);
        let text = to_its_end(in_pieces(vec![9; 20]), limit).await.unwrap();
        assert_eq!(text.len(), 20, "three minutes of which none was silent");
        let silent = to_its_end(in_pieces(vec![1, 11]), limit).await;
        assert_eq!(silent, Err(Fault::TimedOut(limit)));
        let endless = to_its_end(in_pieces(vec![9; 100]), limit).await;
        assert_eq!(endless, Err(Fault::TimedOut(LONGEST_ANSWER)));
    }

    #[test]
    fn warnings_are_read_from_their_headers() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::WARNING, value.parse().unwrap());
            }
            warnings(&headers)
        };
        assert!(read(&[]).is_empty());
        assert_eq!(
            read(&[
                r#"299 - "unknown field \"spec.x\"""#,
                r#"299 - "deprecated, in v1.40""#
            ]),
            [r#"unknown field "spec.x""#, "deprecated, in v1.40"]
        );
        let several = r#"299 - "one", 299 server "two" "Thu, 26 Nov 2026 10:00:00 GMT""#;
        assert_eq!(read(&[several]), ["one", "two"]);
        assert_eq!(read(&["299 - \"no end"]), ["no end"]);
        assert_eq!(read(&[r#"299 - "x""#; 50]).len(), MOST_WARNINGS);
    }
}
