//! A Kubernetes client over the router, in one process and without a socket.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use http::{Request, Uri};
use kube::client::Body;
use tower::{ServiceBuilder, ServiceExt};

use crate::authn::Identity;
use crate::logical::LogicalCluster;

/// The mark of a request that the embedder itself makes. It is no part of HTTP, so that nobody outside can set it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trusted;

/// Who asks through a client in this process.
#[derive(Clone)]
pub(crate) enum Asker {
    /// The server itself.
    Server,
    /// Whoever embeds the server, who may change the definitions that are protected.
    Embedder,
    /// Somebody with what they may.
    Identity(Arc<Identity>),
}

/// A client of `cluster`. It has no layer that tries again: who calls decides.
pub(crate) fn in_process(router: Router, cluster: &LogicalCluster, asker: Asker) -> kube::Client {
    let prefix = cluster.path_prefix();
    let service = ServiceBuilder::new()
        .map_request(move |mut request: Request<Body>| {
            if let Some(uri) = with_prefix(request.uri(), &prefix) {
                *request.uri_mut() = uri;
            }
            match &asker {
                Asker::Server => {}
                Asker::Embedder => {
                    request.extensions_mut().insert(Trusted);
                }
                Asker::Identity(identity) => {
                    request.extensions_mut().insert(Arc::clone(identity));
                }
            }
            request
        })
        .service(router.into_service::<Body>())
        .map_response(|response: Response| response);
    kube::Client::new(service, "default")
}

/// The same address under `prefix`; none where it stays as it is.
fn with_prefix(uri: &Uri, prefix: &str) -> Option<Uri> {
    if prefix.is_empty() {
        return None;
    }
    let rest = uri.path_and_query().map_or("/", |rest| rest.as_str());
    Uri::builder()
        .path_and_query(format!("{prefix}{rest}"))
        .build()
        .ok()
}
