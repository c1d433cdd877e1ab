//! One request from the door to its answer: who sent it, as whom it is carried out, whether they may, and what the audit
//! log tells of it.
//!
//! Must not know: what is done with a request that may come in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::header::{CONTENT_ENCODING, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request};

use crate::audit::{Entry, shortened};
use crate::authn::{Identity, Remote};
use crate::authz::request::Wanted;
use crate::authz::{Asked, allows, decide};
use crate::call::Shared;
use crate::hosted::Hosted;
use crate::impersonation;
use crate::logical::LogicalCluster;
use crate::request::{Target, path};
use crate::status::ApiError;

/// Answers carry this; the audit log names a request by it.
const AUDIT_ID: &str = "audit-id";
/// The longest address that is looked at.
const LONGEST_ADDRESS: usize = 32 * 1024;

/// A request on its way.
pub(crate) struct Visit<'a> {
    shared: &'a Shared,
    id: String,
    entry: Option<Box<Entry>>,
    began: Duration,
}

impl<'a> Visit<'a> {
    /// Begins with a request as it came in.
    pub(crate) fn begin(
        shared: &'a Shared,
        parts: &Parts,
        cluster: &LogicalCluster,
        target: &Target,
    ) -> Self {
        let given = parts.extensions.get::<RequestId>();
        let id = given.map_or_else(|| shared.requests.next(), |given| given.0.clone());
        let remote = parts.extensions.get::<Remote>();
        let logged = shared.audit.is_some() && (remote.is_some() || writes(&parts.method));
        let entry = logged.then(|| Box::new(entry(shared, parts, (cluster, target), &id)));
        Self {
            shared,
            id,
            entry,
            began: shared.clock.monotonic(),
        }
    }

    /// Says as whom a request is carried out, if it may be.
    pub(crate) fn admit(
        &mut self,
        parts: &Parts,
        hosted: &Hosted,
        target: &Target,
    ) -> Result<Arc<Identity>, ApiError> {
        check_bounds(parts)?;
        let sender = sender(parts);
        let acting = impersonation::acting(hosted, &sender, &parts.headers);
        if let Some(entry) = &mut self.entry {
            entry.user = Some((&*sender).into());
            if let Ok(Some(other)) = &acting {
                entry.impersonated_user = Some((&**other).into());
            }
        }
        let identity = acting?.unwrap_or(sender);
        if identity.administers() || matches!(target, Target::Health) {
            return Ok(identity);
        }
        let wanted = Wanted::of(parts, target, &hosted.name.path_prefix());
        let asked = wanted.asked();
        if allows(hosted, &identity, &asked) {
            Ok(identity)
        } else {
            Err(refusal(hosted, &identity, &asked))
        }
    }

    /// Ends with an answer.
    pub(crate) fn end(mut self, response: &mut Response) {
        name(response, &self.id);
        if let Some(entry) = &mut self.entry {
            entry.code = Some(response.status().as_u16());
            if let Some(Made(name)) = response.extensions().get::<Made>() {
                entry.name.clone_from(name);
            }
        }
    }
}

/// The name of a request, where it was given before the request came to the router.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Names an answer by its request.
pub(crate) fn name(response: &mut Response, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(AUDIT_ID, id);
    }
}

/// The name of a new object, which its request's path does not tell. The answer to a `create` carries it.
#[derive(Debug, Clone)]
pub(crate) struct Made(pub(crate) String);

/// Whoever goes before the answer is logged too: what was asked may have been done.
impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let (Some(mut entry), Some(audit)) = (self.entry.take(), &self.shared.audit) else {
            return;
        };
        let passed = self.shared.clock.monotonic().saturating_sub(self.began);
        entry.latency_micros = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
        audit.add(*entry);
    }
}

/// Names the answer to a request that did not come in, and tells the audit log of it.
pub(crate) fn refused<B>(shared: &Shared, request: &Request<B>, remote: SocketAddr, response: &mut Response) {
    let mut copy = Request::new(());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy.extensions_mut().insert(Remote(remote));
    let (parts, ()) = copy.into_parts();
    let (cluster, target) = path::parse(parts.uri.path());
    Visit::begin(shared, &parts, &cluster, &target).end(response);
}

/// Why somebody may not do something, as upstream says it.
pub(crate) fn refusal(hosted: &Hosted, identity: &Identity, asked: &Asked<'_>) -> ApiError {
    let reason = decide(hosted, identity, asked).reason;
    let mut why = asked.refusal(&identity.user);
    if !reason.is_empty() {
        why = format!("{why}: {reason}");
    }
    match asked {
        Asked::Resource(asked) => ApiError::not_allowed((asked.group, asked.resource), asked.name, &why),
        Asked::Path { .. } => ApiError::not_allowed(("", ""), "", &why),
    }
}

/// Who sent a request; the server itself, where nobody is named.
fn sender(parts: &Parts) -> Arc<Identity> {
    if let Some(identity) = parts.extensions.get::<Arc<Identity>>() {
        return Arc::clone(identity);
    }
    let plain = parts.extensions.get::<Identity>();
    plain.map_or_else(Identity::server, |identity| Arc::new(identity.clone()))
}

fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn check_bounds(parts: &Parts) -> Result<(), ApiError> {
    let length = parts
        .uri
        .path_and_query()
        .map_or(0, |address| address.as_str().len());
    if length > LONGEST_ADDRESS {
        return Err(ApiError::address_too_long(LONGEST_ADDRESS));
    }
    // A small text could become one that fills the memory.
    let packed = parts
        .headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if packed {
        return Err(ApiError::packed_body());
    }
    Ok(())
}

fn text(headers: &HeaderMap, name: http::HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(shortened)
        .unwrap_or_default()
}

fn entry(shared: &Shared, parts: &Parts, (cluster, target): (&LogicalCluster, &Target), id: &str) -> Entry {
    let wanted = Wanted::of(parts, target, &cluster.path_prefix());
    let remote = parts.extensions.get::<Remote>();
    let mut entry = Entry {
        time: shared.clock.now().to_string(),
        id: id.to_owned(),
        cluster: if cluster.is_root() {
            String::new()
        } else {
            cluster.as_str().to_owned()
        },
        path: shortened(parts.uri.path()),
        dry_run: parts.uri.query().is_some_and(|query| query.contains("dryRun=")),
        source: remote.map_or_else(|| "in-process".to_owned(), |remote| remote.0.to_string()),
        user_agent: text(&parts.headers, USER_AGENT),
        ..Entry::default()
    };
    match wanted.asked() {
        Asked::Path { verb, .. } => verb.clone_into(&mut entry.verb),
        Asked::Resource(asked) => {
            asked.verb.clone_into(&mut entry.verb);
            entry.api_group = shortened(asked.group);
            entry.resource = shortened(asked.resource);
            entry.subresource = shortened(asked.subresource);
            entry.namespace = shortened(asked.namespace);
            entry.name = shortened(asked.name);
        }
    }
    entry
}

/// Names of requests: a random start and a count, in the form of a UUID. Random numbers for each would cost a system call.
pub(crate) struct RequestIds {
    start: u128,
    count: std::sync::atomic::AtomicU64,
}

impl RequestIds {
    /// Names that no other process gives.
    pub(crate) fn new() -> Self {
        Self {
            start: uuid::Uuid::new_v4().as_u128(),
            count: std::sync::atomic::AtomicU64::new(0),
        }
    }

    /// The next name.
    pub(crate) fn next(&self) -> String {
        let count = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        uuid::Uuid::from_u128(self.start ^ u128::from(count & 0x3fff_ffff_ffff_ffff)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_names_of_their_own() {
        let ids = RequestIds::new();
        let names: std::collections::BTreeSet<String> = (0..100).map(|_| ids.next()).collect();
        assert_eq!(names.len(), 100);
        assert!(names.iter().all(|name| uuid::Uuid::parse_str(name).is_ok()));
    }

    #[test]
    fn reads_are_no_writes() {
        for (method, expected) in [
            ("GET", false),
            ("HEAD", false),
            ("POST", true),
            ("DELETE", true),
            ("PATCH", true),
        ] {
            assert_eq!(writes(&method.parse().unwrap()), expected, "{method}");
        }
    }
}
