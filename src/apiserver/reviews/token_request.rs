//! `serviceaccounts/{name}/token`: a token for an account.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{text, texts};
use crate::answer;
use crate::authn::accounts::{self, Issue};
use crate::authn::jwt::Reference;
use crate::call::Call;
use crate::handlers::create::{check_namespace, hold_to, judge};
use crate::object::timestamp;
use crate::registry::access::AUTHENTICATION;
use crate::request::body;
use crate::request::strict::Document;
use crate::status::{ApiError, Cause};
use crate::storage::{CollectionKey, Key, Stored};
use crate::types;

/// What is in the body.
const KIND: &str = "TokenRequest";
/// Of which version.
const VERSION: &str = "authentication.k8s.io/v1";

/// How long a token is good where the request does not say it.
const DEFAULT_SECONDS: i64 = 60 * 60;
/// The shortest that it can be.
const LEAST_SECONDS: i64 = 10 * 60;
/// The longest, as upstream.
const MOST_SECONDS: i64 = 1 << 32;
/// The most audiences of one token.
const MOST_AUDIENCES: usize = 32;

/// Issues a token for the account of the path.
pub(crate) fn create(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let mut request = read(call, bytes)?;
    let account = call.place.get(&call.key())?;
    let name = text(&request, "/metadata/name");
    if !name.is_empty() && name != account.key.object.name {
        return Err(ApiError::bad_request(format!(
            "the name of the token request ({name}) does not match the name of the account ({})",
            account.key.object.name
        )));
    }
    let seconds = seconds(&request)?;
    let mut audiences = texts(request.pointer("/spec/audiences"));
    if audiences.is_empty() {
        audiences.push(accounts::issuer(&call.place.collection.cluster));
    }
    let bound = bound(call, &account, &request)?;
    let bound_to = bound
        .as_ref()
        .map(|(kind, reference)| (kind.as_str(), reference.clone()));
    let issue = Issue {
        account: &account,
        audiences: audiences.clone(),
        seconds,
        bound_to,
    };
    let (token, end) = accounts::issue(&call.place.shared, issue)
        .ok_or_else(|| ApiError::internal("the token cannot be signed"))?;
    let object = &account.key.object;
    request["kind"] = json!(KIND);
    request["apiVersion"] = json!(VERSION);
    request["metadata"] = json!({
        "name": object.name.as_str(),
        "namespace": object.namespace.as_str(),
        "creationTimestamp": timestamp(call.place.now()),
    });
    let mut spec = json!({"audiences": audiences, "expirationSeconds": seconds});
    if let Some((kind, reference)) = bound {
        spec["boundObjectRef"] =
            json!({"kind": kind, "apiVersion": "v1", "name": reference.name, "uid": reference.uid});
    }
    request["spec"] = spec;
    request["status"] = json!({"token": token, "expirationTimestamp": timestamp(end)});
    Ok(answer::json_value(StatusCode::CREATED, &request))
}

fn read(call: &Call, bytes: &[u8]) -> Result<Value, ApiError> {
    let Document {
        mut object,
        mut flaws,
    } = body::of_kind((VERSION, KIND), &call.headers, bytes)?;
    let (kind, version) = (text(&object, "/kind"), text(&object, "/apiVersion"));
    if !(matches!(kind, "" | KIND) && matches!(version, "" | VERSION)) {
        return Err(ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {KIND}): {kind} of {version}"
        )));
    }
    if let Some(message) = types::of(AUTHENTICATION, "v1", KIND) {
        hold_to(message, &mut object, &mut flaws)?;
    }
    judge(call, &flaws)?;
    check_namespace(call, &object)?;
    Ok(object)
}

fn seconds(request: &Value) -> Result<i64, ApiError> {
    let given = request.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    let seconds = given.unwrap_or(DEFAULT_SECONDS);
    let problem = if seconds < LEAST_SECONDS {
        "may not specify a duration less than 10 minutes"
    } else if seconds > MOST_SECONDS {
        "may not specify a duration larger than 2^32 seconds"
    } else if texts(request.pointer("/spec/audiences")).len() > MOST_AUDIENCES {
        "may not be for so many audiences"
    } else {
        return Ok(seconds);
    };
    let cause = Cause::invalid("spec.expirationSeconds", &seconds.to_string(), problem);
    Err(ApiError::invalid(
        (AUTHENTICATION, KIND),
        text(request, "/metadata/name"),
        &[cause],
    ))
}

/// The object that the token is to be bound to, if any: it must be there, and be the one that is meant.
fn bound(call: &Call, account: &Stored, request: &Value) -> Result<Option<(String, Reference)>, ApiError> {
    let Some(wanted) = request
        .pointer("/spec/boundObjectRef")
        .filter(|reference| !reference.is_null())
    else {
        return Ok(None);
    };
    let (kind, name, uid) = (text(wanted, "/kind"), text(wanted, "/name"), text(wanted, "/uid"));
    let version = text(wanted, "/apiVersion");
    let (plural, namespace) = match kind {
        "Pod" => ("pods", call.namespace()),
        "Secret" => ("secrets", call.namespace()),
        "Node" => ("nodes", ""),
        _ => ("", ""),
    };
    if plural.is_empty() || !matches!(version, "" | "v1") {
        return Err(ApiError::bad_request(format!(
            "cannot bind token for serviceaccount {:?} to an object of type {version} {kind}",
            account.key.object.name
        )));
    }
    let cluster = &call.place.collection.cluster;
    let resource = call.place.hosted.served().find("", "v1", plural);
    let key = Key::new(&CollectionKey::new(cluster, "", plural), namespace, name);
    let (Some(resource), Some(found)) = (&resource, call.place.shared.store.get(&key)) else {
        return Err(ApiError::bad_request(format!(
            "the {kind} {name:?} that the token is to be bound to is not there"
        )));
    };
    if !uid.is_empty() && uid != found.meta.uid {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(ApiError::conflict(resource, name, &why));
    }
    if kind == "Pod" {
        let pod = found.value()?;
        let of = text(&pod, "/spec/serviceAccountName");
        if of != account.key.object.name {
            return Err(ApiError::bad_request(format!(
                "cannot bind token for serviceaccount {:?} to pod running with different serviceaccount name.",
                account.key.object.name
            )));
        }
    }
    let reference = Reference {
        name: name.to_owned(),
        uid: found.meta.uid.to_string(),
    };
    Ok(Some((kind.to_owned(), reference)))
}
