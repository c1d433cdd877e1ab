//! What controllers ask of their servers, written down.

use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response};
use kube::client::Body;
use serde_json::Value;

use super::harness::Wrap;

/// One request of the controllers.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    /// What was sent; null where nothing was.
    pub(super) body: Value,
    /// What came back to a write; null for others.
    pub(super) answer: Value,
}

impl Asked {
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// Whether it opens a watch, or lists what is watched. That goes on for ever, at the client's own pace.
    pub(super) fn is_watch(&self) -> bool {
        self.path.contains("watch=true") || self.path.contains("limit=500")
    }
}

/// All requests so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Log(Arc<Mutex<Vec<Asked>>>);

impl Log {
    /// Takes what was written down.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What writes down everything that goes through it.
    pub(super) fn wrap(&self) -> Wrap {
        let log = self.clone();
        Arc::new(move |client| {
            let log = log.clone();
            let service = tower::service_fn(move |request: Request<Body>| {
                let (client, log) = (client.clone(), log.clone());
                async move { log.pass(&client, request).await }
            });
            kube::Client::new(service, "default")
        })
    }

    async fn pass(
        &self,
        client: &kube::Client,
        request: Request<Body>,
    ) -> Result<Response<Body>, tower::BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await?;
        let mut asked = Asked {
            method: parts.method.clone(),
            path: parts.uri.to_string(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
            answer: Value::Null,
        };
        let request = Request::from_parts(parts, Body::from(body));
        let mut response = client.send(request).await?;
        if asked.is_write() {
            let (parts, body) = response.into_parts();
            let body = body.collect_bytes().await?;
            asked.answer = serde_json::from_slice(&body).unwrap_or_default();
            response = Response::from_parts(parts, Body::from(body));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        Ok(response)
    }
}
