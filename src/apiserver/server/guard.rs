//! What is looked at before a request is: that a browser did not send it, that it means this server, and who sent it.
//!
//! A page in a browser can make a name of its own point at this machine and then talk to what listens here. Such a
//! request carries that name as its host; requests of scripts also carry an origin, and those of every page say how they
//! came about. No Kubernetes client sends any of these.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::json;

use crate::authn::client_certificates::ClientCertificate;
use crate::authn::{Authenticator, Identity};

/// Paths that answer whoever asks, with all that is below them.
const PUBLIC: [&str; 4] = ["/healthz", "/livez", "/readyz", "/version"];

/// After how many seconds a client that sends too much is to try again.
const RETRY_AFTER: u16 = 1;

/// Why a request is not answered by the router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It names another host.
    Host(String),
    /// It comes from a page in a browser.
    Origin,
    /// Nobody known sent it.
    Unauthorized,
    /// Too many of this connection's requests are under way.
    TooMany,
    /// It did not end in time.
    TooSlow,
}

/// Lets a request in, or says why not. The identity is absent for a request that anybody may make.
pub(super) fn admit<B>(
    request: &Request<B>,
    certificate: Option<&ClientCertificate>,
    authenticator: &Authenticator,
) -> Result<Option<Arc<Identity>>, Refusal> {
    let hosts = hosts(request);
    match hosts.iter().find(|host| !is_this_server(host)) {
        Some(other) => return Err(Refusal::Host((*other).to_owned())),
        None if hosts.is_empty() => return Err(Refusal::Host(String::new())),
        None => {}
    }
    let of_page = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    if request.headers().contains_key(header::ORIGIN)
        || of_page.iter().any(|name| request.headers().contains_key(*name))
    {
        return Err(Refusal::Origin);
    }
    let identity = authenticator.identify(certificate, request.headers(), request.uri().path());
    if identity.is_none() && !is_public(request.uri().path()) {
        return Err(Refusal::Unauthorized);
    }
    Ok(identity)
}

/// The hosts that a request names, with their ports: HTTP/2 names one in the address, HTTP/1.1 in a header. A request
/// that names several must mean this server with each of them.
fn hosts<B>(request: &Request<B>) -> Vec<&str> {
    let in_address = request.uri().authority().map(http::uri::Authority::as_str);
    let in_headers = request.headers().get_all(header::HOST);
    in_address
        .into_iter()
        .chain(in_headers.iter().map(|host| host.to_str().unwrap_or_default()))
        .collect()
}

/// Whether a name that a TLS handshake asks for is one of this server's.
pub(super) fn is_name(name: &str) -> bool {
    super::names()
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

fn is_this_server(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    is_name(name) || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_public(path: &str) -> bool {
    PUBLIC.iter().any(|public| {
        path.strip_prefix(public)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Host(host) => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                format!("the host {host:?} is not a name of this server"),
            ),
            Self::Origin => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                "requests of web pages are not answered".to_owned(),
            ),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "Unauthorized".to_owned(),
            ),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "too many requests, please try again later".to_owned(),
            ),
            Self::TooSlow => (
                StatusCode::GATEWAY_TIMEOUT,
                "Timeout",
                "the request did not end in time; it may have been carried out".to_owned(),
            ),
        }
    }

    /// The answer: a Status, as every refusal of a Kubernetes server.
    pub(super) fn into_response(self) -> Response {
        let (code, reason, message) = self.parts();
        let wait = (self == Self::TooMany).then_some(RETRY_AFTER);
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code.as_u16(),
        });
        if let Some(seconds) = wait {
            status["details"] = json!({"retryAfterSeconds": seconds});
        }
        let mut response = Response::new(Body::from(status.to_string()));
        *response.status_mut() = code;
        let headers = response.headers_mut();
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, private"),
        );
        response
    }
}

#[cfg(test)]
mod tests {
    use fleetui_pki::Token;

    use super::*;

    fn admitted(uri: &str, headers: &[(&str, &str)], known: bool) -> Result<Option<Arc<Identity>>, Refusal> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let certificate = known.then(|| ClientCertificate::of(Identity::administrator()));
        let authenticator = Authenticator::new(Token::generate().unwrap());
        admit(&request.body(()).unwrap(), certificate.as_ref(), &authenticator)
    }

    #[test]
    fn only_names_of_this_server_are_answered() {
        for host in [
            "127.0.0.1:6443",
            "localhost:6443",
            "localhost",
            "[::1]:6443",
            "127.0.0.2",
            "LOCALHOST",
            "kubernetes.default.svc",
        ] {
            assert!(admitted("/api", &[("host", host)], true).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:6443",
            "10.0.0.1",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
        ] {
            assert_eq!(
                admitted("/api", &[("host", host)], true),
                Err(Refusal::Host(host.to_owned()))
            );
        }
        assert_eq!(admitted("/api", &[], true), Err(Refusal::Host(String::new())));
        assert!(admitted("https://localhost:1/api", &[], true).is_ok());
        assert!(admitted("https://evil.example/api", &[("host", "localhost")], true).is_err());
        assert!(admitted("https://localhost/api", &[("host", "evil.example")], true).is_err());
        let twice = [("host", "localhost"), ("host", "evil.example")];
        assert!(admitted("/api", &twice, true).is_err());
        assert!(
            admitted("/version", &[("host", "evil.example")], false).is_err(),
            "not even public paths"
        );
    }

    #[test]
    fn pages_of_browsers_are_refused() {
        let headers = [("host", "localhost"), ("origin", "https://localhost:6443")];
        assert_eq!(admitted("/api", &headers, true), Err(Refusal::Origin));
        for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"] {
            let headers = [("host", "localhost"), (name, "none")];
            assert_eq!(admitted("/api", &headers, true), Err(Refusal::Origin), "{name}");
        }
    }

    #[test]
    fn strangers_see_health_and_version_and_nothing_else() {
        let host = [("host", "localhost")];
        for public in [
            "/healthz",
            "/livez",
            "/readyz",
            "/readyz/store",
            "/version",
            "/livez?verbose",
        ] {
            assert_eq!(admitted(public, &host, false), Ok(None), "{public}");
        }
        for private in [
            "/api",
            "/apis",
            "/",
            "/healthzz",
            "/versions",
            "/clusters/a/version",
            "/openapi/v3",
        ] {
            assert_eq!(
                admitted(private, &host, false),
                Err(Refusal::Unauthorized),
                "{private}"
            );
        }
        assert_eq!(
            admitted("/api", &host, true),
            Ok(Some(Arc::new(Identity::administrator())))
        );
        let token = [("host", "localhost"), ("authorization", "Bearer wrong")];
        assert_eq!(admitted("/api", &token, false), Err(Refusal::Unauthorized));
    }
}
