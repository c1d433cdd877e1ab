//! One write, as the request that it is, and what is made of the answer.
//!
//! Must not know: whether it may be sent; whoever calls has a permit.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::{Verb, Write};
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::gate::{Ground, Permit};
use super::{conflict, resolve};
use crate::catalogue::Served;
use crate::command::{Failure, FailureKind};
use crate::execute::{another_life, read, text_at};
use crate::fault::Fault;

/// The name under which our changes stand in managedFields.
pub(super) const FIELD_MANAGER: &str = "fleetui";

/// How servers begin to say that a kind does not have a field that is applied. They answer it as a fault of their own (500),
/// which it is not.
const UNKNOWN_FIELD: &str = "failed to create typed patch object";

/// What the server made of a write, as it said it.
pub(super) struct Said {
    /// The object as it is afterwards, or as it would be after a dry run, with its secrets.
    pub(super) text: String,
    /// What the server warns of.
    pub(super) warnings: Vec<String>,
}

/// What the server made of a write.
#[derive(Default)]
pub(super) struct Sent {
    /// The object as it is afterwards, or as it would be after a dry run.
    pub(super) object: Value,
    /// What the server warns of.
    pub(super) warnings: Vec<String>,
}

/// Sends a write, or has the server check it.
pub(super) async fn send(
    ground: &Ground,
    permit: &Permit,
    write: &Write,
    dry_run: bool,
) -> Result<Sent, Failure> {
    let said = say(ground, permit, write, dry_run).await?;
    Ok(Sent {
        object: read(&said.text)?,
        warnings: said.warnings,
    })
}

/// The same, as the server says it: what is read of it is never to be shown as it is.
pub(super) async fn say(
    ground: &Ground,
    permit: &Permit,
    write: &Write,
    dry_run: bool,
) -> Result<Said, Failure> {
    let limit = ground.settings.request_timeout;
    let served = resolve::served(&ground.handle, (&write.target, &write.api_version), limit).await?;
    let body = body(write)?;
    let request = request(write, &served, &body, dry_run)?;
    match ground.handle.requester.write(permit, &request, limit).await {
        Ok((text, warnings)) => Ok(Said { text, warnings }),
        Err(fault) => Err(explained(ground, (write, &path(&write.target, &served)), &body, fault).await),
    }
}

/// The object that a write is for, as it is there now; nothing where it is not.
pub(crate) async fn there(ground: &Ground, write: &Write) -> Result<Option<Value>, Failure> {
    let text = text_there(ground, write).await?;
    text.map(|text| read(&text)).transpose()
}

/// An object in a version, or in the one in which it is read where that is empty; nothing where it is not there.
pub(super) async fn object(ground: &Ground, object: (&ObjectKey, &str)) -> Result<Option<Value>, Failure> {
    let text = text_of(ground, object).await?;
    text.map(|text| read(&text)).transpose()
}

/// The same, as the server says it, with its secrets.
pub(super) async fn text_there(ground: &Ground, write: &Write) -> Result<Option<String>, Failure> {
    text_of(ground, (&write.target, &write.api_version)).await
}

async fn text_of(
    ground: &Ground,
    (target, api_version): (&ObjectKey, &str),
) -> Result<Option<String>, Failure> {
    let limit = ground.settings.request_timeout;
    let served = match resolve::served(&ground.handle, (target, api_version), limit).await {
        Ok(served) => served,
        // A kind that is not served has no objects.
        Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    match ground.handle.requester.get(&path(target, &served), limit).await {
        Ok(text) => Ok(Some(text)),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The object's own path.
fn path(target: &ObjectKey, served: &Served) -> String {
    format!("{}/{}", collection(target, served), target.object.name)
}

fn collection(target: &ObjectKey, served: &Served) -> String {
    let namespace = target.object.namespace.as_str();
    served.path(Some(namespace).filter(|namespace| !namespace.is_empty()))
}

fn request(write: &Write, served: &Served, body: &Value, dry_run: bool) -> Result<Request<Vec<u8>>, Failure> {
    let dry = if dry_run { "&dryRun=All" } else { "" };
    let manager = format!("fieldManager={FIELD_MANAGER}");
    let (method, uri, content) = match write.verb {
        Verb::Patch => (
            Method::PATCH,
            format!("{}?{manager}{dry}", path(&write.target, served)),
            "application/json-patch+json",
        ),
        Verb::Apply | Verb::ApplyForced => {
            let force = if write.verb == Verb::ApplyForced {
                "&force=true"
            } else {
                ""
            };
            (
                Method::PATCH,
                format!(
                    "{}?{manager}&fieldValidation=Strict{force}{dry}",
                    path(&write.target, served)
                ),
                "application/apply-patch+yaml",
            )
        }
        Verb::Create => (
            Method::POST,
            format!(
                "{}?{manager}&fieldValidation=Strict{dry}",
                collection(&write.target, served)
            ),
            "application/json",
        ),
        Verb::Delete => (
            Method::DELETE,
            format!("{}{}", path(&write.target, served), dry.replacen('&', "?", 1)),
            "application/json",
        ),
    };
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::CONTENT_TYPE, content)
        .header(header::ACCEPT, "application/json")
        .body(body.to_string().into_bytes())
        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))
}

fn body(write: &Write) -> Result<Value, Failure> {
    match write.verb {
        Verb::Patch => guarded(write),
        Verb::Create | Verb::Apply | Verb::ApplyForced => Ok(write.body.clone()),
        Verb::Delete => {
            let mut options = write.body.clone();
            if let Some(options) = options.as_object_mut() {
                options.insert("preconditions".to_owned(), json!({"uid": write.uid.as_str()}));
                return Ok(Value::Object(std::mem::take(options)));
            }
            Ok(json!({"preconditions": {"uid": write.uid.as_str()}}))
        }
    }
}

/// The patch with a test of the object's identity in front: a new object of the same name is not written.
fn guarded(write: &Write) -> Result<Value, Failure> {
    let Some(operations) = write.body.as_array().filter(|operations| !operations.is_empty()) else {
        return Err(Failure::new(
            FailureKind::Invalid,
            "the change holds no JSON patch",
        ));
    };
    let identity = json!({"op": "test", "path": "/metadata/uid", "value": write.uid.as_str()});
    Ok(std::iter::once(identity)
        .chain(operations.iter().cloned())
        .collect())
}

/// A server answers a failed `test` with a bare 422. What failed is found by looking at the object.
async fn explained(ground: &Ground, (write, path): (&Write, &str), body: &Value, fault: Fault) -> Failure {
    let is_of_tests = match write.verb {
        Verb::Patch => matches!(fault, Fault::Refused { code: 400 | 422, .. } | Fault::Conflict(_)),
        Verb::Delete => matches!(fault, Fault::Conflict(_)),
        Verb::Create | Verb::Apply | Verb::ApplyForced => false,
    };
    if write.verb.applies() {
        match &fault {
            Fault::Refused { message, .. } if message.contains(UNKNOWN_FIELD) => {
                return Failure::new(FailureKind::Invalid, message);
            }
            Fault::Conflict(message) => return conflict::of_managers(&write.target, message),
            _ => {}
        }
    }
    if !is_of_tests {
        return fault.into();
    }
    let limit = ground.settings.request_timeout;
    let object = match ground.handle.requester.get(path, limit).await {
        Ok(text) => read(&text),
        Err(Fault::NotFound(message)) => return Failure::new(FailureKind::NotFound, message),
        Err(_) => return fault.into(),
    };
    match object {
        Ok(object) => failed_test(write, body, &object).unwrap_or_else(|| fault.into()),
        Err(_) => fault.into(),
    }
}

/// The first `test` of the patch that the object does not pass.
fn failed_test(write: &Write, operations: &Value, object: &Value) -> Option<Failure> {
    let target: &ObjectKey = &write.target;
    if text_at(object, "/metadata/uid") != write.uid {
        return Some(another_life(target));
    }
    let tests = operations
        .as_array()
        .into_iter()
        .flatten()
        .filter(|operation| text_at(operation, "/op") == "test");
    tests.into_iter().find_map(|test| {
        let pointer = text_at(test, "/path");
        let found = object.pointer(pointer).unwrap_or(&Value::Null);
        let expected = test.get("value").unwrap_or(&Value::Null);
        (found != expected).then(|| {
            let field = fleetui_fleet::act::plan::dotted(pointer);
            let message = format!("{target}: {field} is {found} by now, not {expected}; nothing was changed");
            Failure::new(FailureKind::Conflict, message)
        })
    })
}
