//! What is looked at before a request is: that a browser did not send it, that it means this server, and who sent it.
//!
//! A page in a browser can make a name of its own point at this machine and then talk to what listens here. Such a
//! request carries that name as its host; requests of scripts also carry an origin. No Kubernetes client sends either.

use std::net::IpAddr;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::json;

use crate::authn::{Authenticator, Identity};

/// Paths that answer whoever asks, with all that is below them.
const PUBLIC: [&str; 4] = ["/healthz", "/livez", "/readyz", "/version"];

/// Why a request is not answered by the router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It names another host.
    Host(String),
    /// It comes from a page in a browser.
    Origin,
    /// Nobody known sent it.
    Unauthorized,
    /// It did not end in time.
    TooSlow,
}

/// Lets a request in, or says why not. The identity is absent for a request that anybody may make.
pub(super) fn admit<B>(
    request: &Request<B>,
    certificate: Option<&Identity>,
    authenticator: &Authenticator,
) -> Result<Option<Identity>, Refusal> {
    let host = host(request).unwrap_or_default();
    if !is_this_server(host) {
        return Err(Refusal::Host(host.to_owned()));
    }
    if request.headers().contains_key(header::ORIGIN) {
        return Err(Refusal::Origin);
    }
    let identity = authenticator.identify(certificate, request.headers());
    if identity.is_none() && !is_public(request.uri().path()) {
        return Err(Refusal::Unauthorized);
    }
    Ok(identity)
}

/// The host that a request names, with its port: HTTP/2 names it in the address, HTTP/1.1 in a header.
fn host<B>(request: &Request<B>) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(header::HOST)?.to_str().ok(),
    }
}

fn is_this_server(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let known = super::names()
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name));
    known || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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
        let status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code.as_u16(),
        });
        let mut response = Response::new(Body::from(status.to_string()));
        *response.status_mut() = code;
        let headers = response.headers_mut();
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

    fn admitted(uri: &str, headers: &[(&str, &str)], known: bool) -> Result<Option<Identity>, Refusal> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let certificate = known.then(Identity::administrator);
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
        assert!(
            admitted("/version", &[("host", "evil.example")], false).is_err(),
            "not even public paths"
        );
    }

    #[test]
    fn pages_of_browsers_are_refused() {
        let headers = [("host", "localhost"), ("origin", "https://localhost:6443")];
        assert_eq!(admitted("/api", &headers, true), Err(Refusal::Origin));
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
        assert_eq!(admitted("/api", &host, true), Ok(Some(Identity::administrator())));
        let token = [("host", "localhost"), ("authorization", "Bearer wrong")];
        assert_eq!(admitted("/api", &token, false), Err(Refusal::Unauthorized));
    }
}
