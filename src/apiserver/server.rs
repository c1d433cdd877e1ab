//! The server's outside: TLS on loopback, HTTP/1.1 and HTTP/2, who may come in, and an end that cuts nobody off.
//!
//! Must not know: what the router does with a request.

mod connection;
mod guard;
mod limits;
pub mod tls;
mod unread;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use fleetui_pki::ServerCredentials;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::authn::Authenticator;
use crate::authn::client_certificates::ClientAuthority;
use crate::call::Shared;
use crate::furnishing;
use crate::instance::ApiServer;
use crate::upkeep;
use connection::Connection;

/// The most connections at a time; the next ones wait. A client that knows HTTP/2 needs one.
const MOST_CONNECTIONS: usize = 4096;
/// How long to wait before accepting again when the system has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long requests that are under way may take when the server ends. Longer than the longest commit is not needed:
/// who was not answered by then does not know, and asks again.
const DRAIN: Duration = Duration::from_secs(10);

/// The hosts and addresses that the server's certificate is for, and that a request may name.
pub fn names() -> Vec<String> {
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
    ]
    .map(str::to_owned)
    .into()
}

/// Why the server could not begin.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address is not a loopback address.
    #[error(
        "{0} is not a loopback address; an embedded management cluster listens on this machine only, as on 127.0.0.1:0"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The certificate authority cannot sign.
    #[error(transparent)]
    Keys(#[from] fleetui_pki::PkiError),
    /// The certificates do not make a TLS server.
    #[error("the certificates do not make a TLS server")]
    Tls(#[from] tls::TlsError),
}

/// A server that is running. Dropping it ends it without waiting.
#[derive(Debug)]
pub struct Serving {
    local_address: SocketAddr,
    stopping: CancellationToken,
    accepting: JoinHandle<()>,
}

impl Serving {
    /// The address that it listens on, its port resolved.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// The address as a kubeconfig names it, `https://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("https://{}", self.local_address)
    }

    /// Ends it: no new connection is taken, requests under way are answered, and what lasts too long is cut.
    pub async fn shutdown(mut self) {
        self.stopping.cancel();
        // The accepting task itself bounds its time.
        if let Err(error) = (&mut self.accepting).await {
            warn!(%error, "the server did not end cleanly");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

impl ApiServer {
    /// Serves the API over TLS on `listen`, which must be a loopback address; port 0 takes any that is free. From now on
    /// the server signs tokens and certificates with these credentials.
    ///
    /// The end of the [`Serving`] ends watches too; [`ApiServer::shutdown`], which closes the store, comes after it.
    pub async fn serve(
        &self,
        listen: SocketAddr,
        credentials: &ServerCredentials,
    ) -> Result<Serving, ServeError> {
        let shared = Arc::clone(self.shared());
        shared.keys.adopt(credentials)?;
        upkeep::look_at_all(&shared);
        let router = (self.router(), Some(Arc::clone(&shared)));
        let serving = start(router, listen, credentials, self.stopping()).await?;
        let told = furnishing::publish(&shared, serving.local_address()).await;
        if let Err(error) = told {
            warn!(%error, "where the server listens cannot be told in its objects");
        }
        Ok(serving)
    }
}

/// Serves `router` on `listen`, which must be a loopback address. Cancelling `stopping` ends it, as
/// [`Serving::shutdown`] does; watches are ended by the router, which must know the same token.
pub async fn serve(
    router: Router,
    listen: SocketAddr,
    credentials: &ServerCredentials,
    stopping: CancellationToken,
) -> Result<Serving, ServeError> {
    start((router, None), listen, credentials, stopping).await
}

/// Serves a router, and the server behind it where there is one: it knows the tokens of its accounts.
async fn start(
    (router, shared): (Router, Option<Arc<Shared>>),
    listen: SocketAddr,
    credentials: &ServerCredentials,
    stopping: CancellationToken,
) -> Result<Serving, ServeError> {
    if !listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(listen));
    }
    let acceptor = TlsAcceptor::from(Arc::new(tls::server_config(credentials)?));
    let failed = |source| ServeError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let local_address = listener.local_addr().map_err(failed)?;
    let authenticator = Authenticator::new(credentials.token.clone());
    let connection = Connection {
        router,
        clients: ClientAuthority::new(credentials.authority.certificate_pem())?,
        authenticator: match &shared {
            Some(shared) => authenticator.with_accounts(Arc::clone(shared)),
            None => authenticator,
        },
        shared,
        stopping: stopping.clone(),
    };
    let accepting = tokio::spawn(accept(listener, acceptor, Arc::new(connection)));
    Ok(Serving {
        local_address,
        stopping,
        accepting,
    })
}

/// Takes connections until the server ends, then waits for those that there are.
async fn accept(listener: TcpListener, acceptor: TlsAcceptor, connection: Arc<Connection>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    while let Some(result) = connection
        .stopping
        .run_until_cancelled(next(&listener, &places))
        .await
    {
        let (accepted, place) = match result {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "a connection cannot be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (acceptor, connection, cut) = (acceptor.clone(), Arc::clone(&connection), cut.clone());
        connections.spawn(async move {
            if cut
                .run_until_cancelled(connection.serve(accepted, acceptor))
                .await
                .is_none()
            {
                debug!("a connection was cut");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        warn!(connections = connections.len(), "connections are cut");
        cut.cancel();
        connections.wait().await;
    }
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<((TcpStream, SocketAddr), OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    Ok((listener.accept().await?, place))
}

#[cfg(test)]
mod tests;
