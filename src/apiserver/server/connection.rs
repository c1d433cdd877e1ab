//! One connection: the handshake, then requests until one side has enough.

use std::convert::Infallible;
use std::net::SocketAddr;
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
use rustls::pki_types::UnixTime;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::debug;

use super::guard::{self, Refusal};
use super::limits::{self, Flight};
use super::unread;
use crate::authn::client_certificates::{ClientAuthority, ClientCertificate};
use crate::authn::{Authenticator, Identity, Remote};
use crate::call::Shared;
use crate::visit::{self, RequestId};

/// How long the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long an HTTP/1.1 connection may be silent before a request's header is whole. Clients close idle connections
/// after 90 seconds; the server waits longer, so that it never closes one that is just being used again.
const HEADER: Duration = Duration::from_mins(2);
/// How long a connection may be there before its first request is. Whoever connects has something to ask.
const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// The most bytes of a request's header, its address included, and the most lines of it.
const HEADER_BYTES: usize = 128 * 1024;
const HEADER_LINES: usize = 256;
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
    /// The server's own authority.
    pub(super) clients: ClientAuthority,
    /// The server behind the router, where there is one.
    pub(super) shared: Option<Arc<Shared>>,
    pub(super) stopping: CancellationToken,
}

impl Connection {
    /// Serves one connection to its end. When the server ends, requests under way are answered first.
    pub(super) async fn serve(
        self: Arc<Self>,
        (stream, remote): (TcpStream, SocketAddr),
        acceptor: TlsAcceptor,
    ) {
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
        let session = stream.get_ref().1;
        if session.server_name().is_some_and(|name| !guard::is_name(name)) {
            debug!("a handshake for another host");
            return;
        }
        let peer = Peer {
            certificate: session
                .peer_certificates()
                .map(|chain| chain.iter().map(|it| it.clone().into_owned()).collect())
                .map(|chain| ClientCertificate::new(chain, &self.clients, UnixTime::now())),
            remote,
            flight: Flight::default(),
            asked: Notify::new(),
        };
        let (peer, shared) = (Arc::new(peer), Arc::clone(&self));
        let first = first_request(Arc::clone(&peer));
        let service = service_fn(move |request| {
            let (peer, shared) = (Arc::clone(&peer), Arc::clone(&shared));
            async move { Ok::<_, Infallible>(shared.answer(request, &peer).await) }
        });
        let builder = builder();
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = first => {
                debug!("a connection without a request");
                return;
            }
            () = self.stopping.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: &Peer) -> Response {
        peer.asked.notify_one();
        let (parts, body) = request.into_parts();
        let (body, unread) = unread::lend(body);
        let response = self
            .decide(Request::from_parts(parts, Body::new(body)), peer)
            .await;
        unread.throw_away().await;
        response
    }

    async fn decide(&self, mut request: Request<Body>, peer: &Peer) -> Response {
        let Ok(_place) = peer.flight.enter(&request) else {
            return self.refuse(&request, peer, Refusal::TooMany);
        };
        let admitted = guard::admit(&request, peer.certificate.as_ref(), &self.authenticator);
        let identity = match admitted {
            Ok(identity) => identity.unwrap_or_else(Identity::anonymous),
            Err(refusal) => return self.refuse(&request, peer, refusal),
        };
        request.extensions_mut().insert(identity);
        request.extensions_mut().insert(Remote(peer.remote));
        let id = self.shared.as_ref().map(|shared| shared.requests.next());
        if let Some(id) = &id {
            request.extensions_mut().insert(RequestId(id.clone()));
        }
        let patience = limits::patience(&request);
        match tokio::time::timeout(patience, self.router.clone().oneshot(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(infallible)) => match infallible {},
            Err(_) => {
                // The router has logged it as one without an answer.
                let mut response = Refusal::TooSlow.into_response();
                visit::name(&mut response, id.as_deref().unwrap_or_default());
                response
            }
        }
    }

    /// Refuses a request that does not reach the router; the audit log tells of it, too.
    fn refuse(&self, request: &Request<Body>, peer: &Peer, refusal: Refusal) -> Response {
        let mut response = refusal.into_response();
        if let Some(shared) = &self.shared {
            visit::refused(shared, request, peer.remote, &mut response);
        }
        response
    }
}

/// The other side of one connection.
struct Peer {
    certificate: Option<ClientCertificate>,
    remote: SocketAddr,
    flight: Flight,
    /// Woken by every request.
    asked: Notify,
}

/// Ends when a connection has no request in time, and never once it had one.
async fn first_request(peer: Arc<Peer>) {
    if tokio::time::timeout(FIRST_REQUEST, peer.asked.notified())
        .await
        .is_ok()
    {
        std::future::pending::<()>().await;
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_LINES)
        .header_read_timeout(HEADER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG);
    builder
}
