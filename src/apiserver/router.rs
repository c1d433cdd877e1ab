//! From an HTTP request to a verb: paths, discovery documents, health, refusals.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;

use crate::authn::Identity;
use crate::call::{Call, Place, Shared, Writer};
use crate::certificates;
use crate::client::Trusted;
use crate::discovery::{self, Document, Root};
use crate::handlers::{backup, create, delete, delete_collection, evict, get, list, patch, update, watch};
use crate::hosted::Hosted;
use crate::logical::LogicalCluster;
use crate::openapi;
use crate::outgoing;
use crate::protobuf;
use crate::registry::access::is_review;
use crate::registry::{Resource, Served};
use crate::request::path::parse;
use crate::request::{self, Accept, Query, ResourcePath, Subresource, Target, body};
use crate::reviews;
use crate::status::ApiError;
use crate::visit::Visit;

/// The Kubernetes version whose API this is. Clients that ask for a newest one find it here.
pub const VERSION: &str = "v1.33.0+fleetui";

/// The whole API as a value: tests drive it, a listener serves it.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(dispatch).with_state(shared)
}

async fn dispatch(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (name, target) = parse(parts.uri.path());
    let mut visit = Visit::begin(&shared, &parts, &name, &target);
    let accept = Accept::of(&parts.headers);
    let in_yaml = accept.prefers_yaml();
    let mut response = match answer(&shared, &mut visit, &parts, (name, target, accept), body).await {
        Ok(response) => response,
        Err(error) => {
            if error.code().is_server_error() {
                tracing::warn!(method = %parts.method, path = parts.uri.path(), %error, "request failed");
            }
            refusal(&parts, error)
        }
    };
    if in_yaml {
        response = outgoing::in_yaml(response).await;
    }
    visit.end(&mut response);
    outgoing::finish(&parts.method, &parts.headers, response)
}

/// A Status in the form that the client reads.
fn refusal(parts: &Parts, error: ApiError) -> Response {
    let only_protobuf = Accept::of(&parts.headers).only_protobuf();
    let status = only_protobuf.then(|| protobuf::status(&error.to_status()));
    let mut response = error.into_response();
    if let Some(status) = status {
        *response.body_mut() = Body::from(status);
        let kind = HeaderValue::from_static(protobuf::MEDIA_TYPE);
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

async fn answer(
    shared: &Arc<Shared>,
    visit: &mut Visit<'_>,
    parts: &Parts,
    (name, target, accept): (LogicalCluster, Target, Accept),
    body: Body,
) -> Result<Response, ApiError> {
    let Some(hosted) = shared.clusters.get(&name) else {
        return Ok(no_such_page());
    };
    if !hosted.is_reachable() {
        return Err(ApiError::unavailable(format!(
            "the logical cluster {name} cannot be reached"
        )));
    }
    let identity = visit.admit(parts, &hosted, &target)?;
    let resources = || hosted.served().all();
    let document = |document: Option<Document>| match document {
        Some(document) => known(parts, &document),
        None => no_such_page(),
    };
    if let Target::Resource(path) = target {
        return resource(shared, &hosted, parts, (path, accept, identity), body).await;
    }
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(not_allowed());
    }
    Ok(match target {
        Target::Root => {
            let tell = |resources: &[Arc<Resource>]| json!({"paths": paths(resources)}).to_string();
            crate::answer::json_text(StatusCode::OK, hosted.served().at_the_door(tell))
        }
        Target::Health => health(shared, parts),
        Target::Backup if name.is_root() => backup::backup(shared),
        Target::Version => crate::answer::json_value(StatusCode::OK, &version()),
        Target::CoreVersions => match accept.discovery()? {
            Some(version) => known(parts, &discovery::aggregated(&resources(), Root::Core, version)),
            None => known(parts, &discovery::api_versions(&resources())),
        },
        Target::Groups => match accept.discovery()? {
            Some(version) => known(parts, &discovery::aggregated(&resources(), Root::Groups, version)),
            None => known(parts, &discovery::api_group_list(&resources())),
        },
        Target::Group(group) => document(discovery::api_group(&resources(), &group)),
        Target::GroupVersion(group, version) => {
            document(discovery::api_resource_list(&resources(), &group, &version))
        }
        Target::OpenApiV2 => {
            let kinds = [openapi::second::PROTOBUF, openapi::second::PROTOBUF_OLD];
            let protobuf = accept.first_of(&kinds)?.is_some();
            openapi_v2(&hosted.served(), protobuf)
        }
        Target::OpenApi => {
            accept.json()?;
            let prefix = name.path_prefix();
            let index = documents(&hosted, move |documents, served| documents.index(served, &prefix)).await?;
            crate::answer::json_value(StatusCode::OK, &index)
        }
        Target::OpenApiGroupVersion(group, version) => {
            accept.json()?;
            let document = documents(&hosted, move |documents, served| {
                documents.of(served, &group, &version)
            });
            match document.await? {
                Some(document) => schema(parts, &document),
                None => no_such_page(),
            }
        }
        Target::Backup | Target::Resource(_) | Target::Unknown => no_such_page(),
    })
}

/// The OpenAPI v2 document, in protobuf or in JSON.
fn openapi_v2(served: &Served, protobuf: bool) -> Response {
    let document = openapi::second::document(&served.all(), VERSION);
    if !protobuf {
        return crate::answer::json_value(StatusCode::OK, &document);
    }
    let mut response = Response::new(Body::from(openapi::second::encode(&document)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(openapi::second::PROTOBUF));
    headers.insert(VARY, HeaderValue::from(ACCEPT));
    response
}

/// Lets `work` have documents of a logical cluster, which may have to be made: apart from the tasks that answer others.
async fn documents<T: Send + 'static>(
    hosted: &Arc<Hosted>,
    work: impl FnOnce(&openapi::Documents, &Served) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let hosted = Arc::clone(hosted);
    tokio::task::spawn_blocking(move || work(&hosted.documents, &hosted.served()))
        .await
        .map_err(ApiError::internal)
}

/// The answer to what is not served: a plain text and not a Status, as upstream has it. Clients tell a missing resource
/// from a missing object by it.
fn no_such_page() -> Response {
    let mut response = Response::new(Body::from("404 page not found\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// A discovery document, or the word that the client has it already.
fn known(parts: &Parts, document: &Document) -> Response {
    let has = parts
        .headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == document.etag);
    let mut response = if has {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(document.body.to_string()))
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(document.content_type));
    headers.insert(VARY, HeaderValue::from(ACCEPT));
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("public"));
    if let Ok(tag) = HeaderValue::from_str(&document.etag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// A group version's schemas. Under their hash they never change; an old hash leads to the new one.
fn schema(parts: &Parts, document: &openapi::GroupVersionDocument) -> Response {
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
    let asked = query
        .iter()
        .find(|(name, _)| name == "hash")
        .map(|(_, hash)| hash);
    if asked.is_some_and(|hash| *hash != document.hash) {
        let place = format!("{}?hash={}", parts.uri.path(), document.hash);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(http::header::LOCATION, place);
        }
        return response;
    }
    let mut response = crate::answer::json_text(StatusCode::OK, document.text.clone());
    if asked.is_some() {
        let forever = HeaderValue::from_static("public, immutable");
        response
            .headers_mut()
            .insert(http::header::CACHE_CONTROL, forever);
    }
    response
}

/// Where there is something to read, for whoever asks at the door.
fn paths(resources: &[Arc<Resource>]) -> BTreeSet<String> {
    let fixed = [
        "/api",
        "/apis",
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
    ];
    let versions: BTreeSet<(&str, &str)> = resources
        .iter()
        .map(|resource| (resource.group.as_str(), resource.version.as_str()))
        .collect();
    let of_groups = versions.into_iter().flat_map(|(group, version)| match group {
        "" => vec![format!("/api/{version}")],
        _ => vec![format!("/apis/{group}"), format!("/apis/{group}/{version}")],
    });
    fixed.into_iter().map(str::to_owned).chain(of_groups).collect()
}

/// Whether the server can do what it is for; with `?verbose`, check by check.
fn health(shared: &Shared, parts: &Parts) -> Response {
    let checks = [
        ("ping", true),
        ("store", shared.store.is_open()),
        ("shutdown", !shared.stopping.is_cancelled()),
    ];
    let good = checks.iter().all(|(_, good)| *good);
    let query = parts.uri.query().unwrap_or_default();
    let verbose = query
        .split('&')
        .any(|part| part == "verbose" || part.starts_with("verbose="));
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let text = if good && !verbose {
        "ok".to_owned()
    } else {
        let lines = checks.map(|(check, good)| {
            if good {
                format!("[+]{check} ok\n")
            } else {
                format!("[-]{check} failed\n")
            }
        });
        let verdict = if good { "passed" } else { "failed" };
        format!("{}{name} check {verdict}\n", lines.concat())
    };
    let mut response = Response::new(Body::from(text));
    if !good {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

fn version() -> serde_json::Value {
    json!({
        "major": "1",
        "minor": "33",
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}

async fn resource(
    shared: &Arc<Shared>,
    hosted: &Arc<Hosted>,
    parts: &Parts,
    (path, accept, identity): (ResourcePath, Accept, Arc<Identity>),
    body: Body,
) -> Result<Response, ApiError> {
    let Some(resource) = hosted.served().find(&path.group, &path.version, &path.plural) else {
        return Ok(no_such_page());
    };
    // A namespace before a cluster-scoped resource, or none before a named object that lives in one, is no path.
    if (path.namespace.is_some() && !resource.namespaced)
        || (path.namespace.is_none() && resource.namespaced && path.name.is_some())
    {
        return Ok(no_such_page());
    }
    let Some(part) = subresource(&resource, path.subresource.as_deref()) else {
        return Ok(no_such_page());
    };
    let query = Query::parse(parts.uri.query().unwrap_or_default())?;
    let mut place = Place::new(shared, hosted, resource);
    place.writer = Writer::Named(request::manager(&query, &parts.headers));
    place.trusted = parts.extensions.get::<Trusted>().is_some();
    if let Some(deprecation) = &place.resource.deprecation {
        place.warnings.add(deprecation.as_str());
    }
    let call = Call {
        place,
        query,
        accept,
        headers: parts.headers.clone(),
        path,
        identity,
    };
    let warnings = call.place.warnings.clone();
    let answer = verb(call, parts, part, body).await;
    if warnings.is_empty() {
        return answer;
    }
    // Refusals carry them too; a failure of the server goes on as it is, to be logged.
    let mut response = match answer {
        Err(error) if !error.code().is_server_error() => refusal(parts, error),
        other => other?,
    };
    warnings.write(response.headers_mut());
    Ok(response)
}

async fn verb(
    call: Call,
    parts: &Parts,
    part: Option<Subresource>,
    bytes: Body,
) -> Result<Response, ApiError> {
    let named = call.path.name.is_some();
    let verb = match parts.method {
        Method::GET | Method::HEAD if call.query.watch => "watch",
        Method::GET | Method::HEAD if named => "get",
        Method::GET | Method::HEAD => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if named => "delete",
        Method::DELETE => "deletecollection",
        _ => "",
    };
    if part.is_none() && !call.place.resource.verbs.contains(&verb) {
        return Err(not_allowed());
    }
    let on_collection = !named && (call.path.namespace.is_some() || !call.place.resource.namespaced);
    match parts.method {
        Method::POST if part == Some(Subresource::Eviction) => {
            evict::evict(&call, &body::read(bytes).await?).await
        }
        Method::POST if part == Some(Subresource::Token) => {
            reviews::create_token(&call, &body::read(bytes).await?)
        }
        _ if matches!(part, Some(Subresource::Eviction | Subresource::Token)) => Err(not_allowed()),
        Method::POST if on_collection && is_review(&call.place.resource) => {
            reviews::create(&call, &body::read(bytes).await?)
        }
        Method::GET | Method::HEAD if call.query.watch && part.is_none() => watch::watch(call),
        Method::GET | Method::HEAD if named => get::get(&call, part),
        Method::GET | Method::HEAD => list::list(&call).await,
        Method::POST if on_collection => create::create(&call, &body::read(bytes).await?).await,
        Method::PUT if named => update::update(&call, part, &body::read(bytes).await?).await,
        Method::PATCH if named => patch::patch(&call, part, &body::read(bytes).await?).await,
        Method::DELETE if named && part.is_none() => delete::delete(&call, &body::read(bytes).await?).await,
        Method::DELETE if !named => {
            delete_collection::delete_collection(&call, &body::read(bytes).await?).await
        }
        _ => Err(not_allowed()),
    }
}

fn not_allowed() -> ApiError {
    ApiError::method_not_allowed("the server does not allow this method on the requested resource")
}

/// The subresource of a path: none where the path has none, nothing at all where the resource has no such.
#[allow(
    clippy::option_option,
    reason = "the outer one tells whether the path is served, the inner one whether it has a subresource"
)]
fn subresource(resource: &Resource, text: Option<&str>) -> Option<Option<Subresource>> {
    match text {
        None => Some(None),
        Some("status") if resource.status_subresource => Some(Some(Subresource::Status)),
        Some("scale") if resource.scale.is_some() => Some(Some(Subresource::Scale)),
        Some("eviction") if resource.is("", "pods") => Some(Some(Subresource::Eviction)),
        Some("finalize") if resource.is("", "namespaces") => Some(Some(Subresource::Finalize)),
        Some("approval") if certificates::is_request(resource) => Some(Some(Subresource::Approval)),
        Some("token") if resource.is("", "serviceaccounts") => Some(Some(Subresource::Token)),
        Some(_) => None,
    }
}
