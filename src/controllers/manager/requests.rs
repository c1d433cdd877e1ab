//! Counts what is asked of the management cluster, whoever asks: lists and watches too.
//!
//! Must not know: what is asked for. Requests to workload clusters are not counted: each has a client of its own, and there are
//! thousands.

use std::sync::Arc;

use http::{Method, Request};
use kube::client::Body;

use super::metrics::{Answer, Metrics};

/// The same client, whose requests are counted.
pub(super) fn counted(client: kube::Client, metrics: Arc<Metrics>) -> kube::Client {
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let client = client.clone();
        let asked = Asked {
            metrics: Arc::clone(&metrics),
            method: method(request.method()),
            answer: Answer::None,
        };
        async move {
            // The whole of it goes along, and ends with the request.
            let mut asked = asked;
            let answer = client.send(request).await;
            if let Ok(answer) = &answer {
                asked.answer = Answer::Status(answer.status().as_u16());
            }
            answer
        }
    });
    kube::Client::new(service, namespace)
}

/// A request under way. It is counted when it ends, also where nobody waits for it any more.
struct Asked {
    metrics: Arc<Metrics>,
    method: &'static str,
    answer: Answer,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.metrics.asked(self.method, self.answer);
    }
}

/// Few words, so that nobody can make many counters.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{Response, StatusCode};
    use k8s_openapi::api::core::v1::Secret;
    use kube::Api;
    use kube::api::DeleteParams;

    use super::*;

    /// A server that knows nothing: it refuses to delete, and never answers a question for `silent`.
    fn server() -> kube::Client {
        let service = tower::service_fn(|request: Request<Body>| async move {
            if request.uri().path().ends_with("/silent") {
                std::future::pending::<()>().await;
            }
            if request.uri().path().ends_with("/lost") {
                return Err(tower::BoxError::from("the connection was lost"));
            }
            let code = if request.method() == Method::DELETE {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::NOT_FOUND
            };
            let mut response = Response::new(Body::from(Vec::new()));
            *response.status_mut() = code;
            Ok(response)
        });
        kube::Client::new(service, "team")
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_by_method_and_answer_also_where_none_comes() {
        let metrics = Arc::new(Metrics::default());
        let client = counted(server(), Arc::clone(&metrics));
        assert_eq!(client.default_namespace(), "team");
        let api: Api<Secret> = Api::default_namespaced(client);
        for _ in 0..2 {
            assert!(api.get("missing").await.is_err());
        }
        assert!(api.delete("kept", &DeleteParams::default()).await.is_err());
        assert!(api.get("lost").await.is_err());
        let patience = tokio::time::timeout(Duration::from_secs(1), api.get("silent"));
        assert!(patience.await.is_err());
        let text = metrics.text();
        for line in [
            "rest_client_requests_total{code=\"404\",method=\"GET\"} 2",
            "rest_client_requests_total{code=\"403\",method=\"DELETE\"} 1",
            "rest_client_requests_total{code=\"<error>\",method=\"GET\"} 2",
        ] {
            assert!(
                text.lines().any(|there| there == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
