//! One connection: the handshake, then requests until one side has enough.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::debug;

use super::guard::{self, Refusal};
use crate::authn::{Authenticator, Identity};

/// How long the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long an HTTP/1.1 connection may be silent before a request's header is whole. Clients close idle connections
/// after 90 seconds; the server waits longer, so that it never closes one that is just being used again.
const HEADER: Duration = Duration::from_mins(2);
/// How long a request may take until its answer begins: its body must have come, and the store must have answered.
/// A watch's answer begins at once and then lasts.
const REQUEST: Duration = Duration::from_mins(1);
/// How often a silent HTTP/2 connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// How long the answer to that may take.
const PONG: Duration = Duration::from_secs(20);
/// Requests at a time on an HTTP/2 connection; each watch is one for as long as it lasts.
const STREAMS: u32 = 4096;
/// HTTP/2 flow-control windows, of a stream and of a connection: a large list fits without waiting for the other side.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// What all connections share.
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) authenticator: Authenticator,
    pub(super) stopping: CancellationToken,
}

impl Connection {
    /// Serves one connection to its end. When the server ends, requests under way are answered first.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, acceptor: TlsAcceptor) {
        // Small answers go out at once; without this a watch's events wait for the other side's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "a connection without TCP_NODELAY");
        }
        let stream = match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                debug!(%error, "a TLS handshake failed");
                return;
            }
            Err(_) => {
                debug!("a TLS handshake took too long");
                return;
            }
        };
        let certificate = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first)
            .and_then(|certificate| Identity::of_certificate(certificate));
        let shared = Arc::clone(&self);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            let certificate = certificate.clone();
            async move { Ok::<_, Infallible>(shared.answer(request, certificate.as_ref()).await) }
        });
        let builder = builder();
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = self.stopping.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>, certificate: Option<&Identity>) -> Response {
        let mut request = request.map(Body::new);
        match guard::admit(&request, certificate, &self.authenticator) {
            Ok(Some(identity)) => {
                request.extensions_mut().insert(identity);
            }
            Ok(None) => {}
            Err(refusal) => return refusal.into_response(),
        }
        match tokio::time::timeout(REQUEST, self.router.clone().oneshot(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(infallible)) => match infallible {},
            Err(_) => Refusal::TooSlow.into_response(),
        }
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG);
    builder
}
