//! Executes commands: reads an object, writes a change. Every write of the console passes the gate in here.

use fleetui_fleet::edit::Change;
use http::{Request, header};
use serde_json::{Value, json};

use crate::catalogue::Served;
use crate::command::{Answer, Command, Failure, FailureKind, Outcome};
use crate::fault::Fault;
use crate::object;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;

mod events;

/// The name under which our changes stand in managedFields.
const FIELD_MANAGER: &str = "fleetui";
/// kubectl's copy of what was applied; of a Secret it holds the secret.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Executes `command`, all its requests together within the limit of time.
pub(crate) async fn execute(handle: &Handle, command: Command, settings: &ClientSettings) -> Outcome {
    let limit = settings.execute_timeout;
    let work = async {
        match command {
            Command::Fetch {
                key,
                uid,
                managed_fields,
            } => fetch(handle, (&key, &uid, managed_fields), settings)
                .await
                .map(Answer::Fetched),
            Command::Events { key, uid } => events::read(handle, &key, &uid, settings)
                .await
                .map(|(events, more)| Answer::Events(events, more)),
            Command::Change { change, dry_run } => write(handle, &change, dry_run, settings)
                .await
                .map(Answer::Changed),
        }
    };
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(Fault::TimedOut(limit).into()),
    }
}

async fn fetch(
    handle: &Handle,
    (key, uid, managed_fields): (&fleetui_base::ObjectKey, &str, bool),
    settings: &ClientSettings,
) -> Result<Value, Failure> {
    let path = object_path(handle, key, None)?;
    let text = handle.requester.get(&path, settings.request_timeout).await?;
    let object = if managed_fields {
        read_whole(&text)?
    } else {
        read(&text)?
    };
    if !uid.is_empty() && text_at(&object, "/metadata/uid") != uid {
        return Err(another_life(key));
    }
    Ok(object)
}

async fn write(
    handle: &Handle,
    change: &Change,
    dry_run: bool,
    settings: &ClientSettings,
) -> Result<Value, Failure> {
    if handle.target.read_only {
        let message = format!(
            "{} is read-only here; nothing was sent",
            change.target.management_cluster
        );
        return Err(Failure::new(FailureKind::ReadOnly, message));
    }
    let patch = guarded(change)?;
    let object = object_path(handle, &change.target, Some(&change.api_version))?;
    let dry = if dry_run { "&dryRun=All" } else { "" };
    let request = Request::patch(format!("{object}?fieldManager={FIELD_MANAGER}{dry}"))
        .header(header::CONTENT_TYPE, "application/json-patch+json")
        .header(header::ACCEPT, "application/json")
        .body(patch.to_string().into_bytes())
        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
    match handle.requester.text(&request, settings.request_timeout).await {
        Ok(text) => read(&text),
        Err(fault) => Err(explained(handle, change, &patch, fault, settings).await),
    }
}

/// The patch with a test of the object's identity in front: a new object of the same name is not written.
fn guarded(change: &Change) -> Result<Value, Failure> {
    let Some(operations) = change
        .patch
        .as_array()
        .filter(|operations| !operations.is_empty())
    else {
        return Err(Failure::new(
            FailureKind::Invalid,
            "the change holds no JSON patch",
        ));
    };
    if change.uid.is_empty() {
        return Err(Failure::new(
            FailureKind::Invalid,
            "the change does not say which object it was planned for",
        ));
    }
    let identity = json!({"op": "test", "path": "/metadata/uid", "value": change.uid.as_str()});
    Ok(std::iter::once(identity)
        .chain(operations.iter().cloned())
        .collect())
}

/// A server answers a failed `test` with a bare 422. What failed is found by looking at the object.
async fn explained(
    handle: &Handle,
    change: &Change,
    operations: &Value,
    fault: Fault,
    settings: &ClientSettings,
) -> Failure {
    if !matches!(fault, Fault::Refused { code: 400 | 422, .. } | Fault::Conflict(_)) {
        return fault.into();
    }
    let Ok(path) = object_path(handle, &change.target, Some(&change.api_version)) else {
        return fault.into();
    };
    let object = match handle.requester.get(&path, settings.request_timeout).await {
        Ok(text) => read(&text),
        Err(Fault::NotFound(message)) => return Failure::new(FailureKind::NotFound, message),
        Err(_) => return fault.into(),
    };
    match object {
        Ok(object) => failed_test(change, operations, &object).unwrap_or_else(|| fault.into()),
        Err(_) => fault.into(),
    }
}

/// The first `test` of the patch that the object does not pass.
fn failed_test(change: &Change, operations: &Value, object: &Value) -> Option<Failure> {
    if text_at(object, "/metadata/uid") != change.uid {
        return Some(another_life(&change.target));
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
            let field = pointer.trim_start_matches('/').replace('/', ".");
            let message = format!(
                "{}: {field} is {found} by now, not {expected}; nothing was changed",
                change.target
            );
            Failure::new(FailureKind::Conflict, message)
        })
    })
}

fn another_life(key: &fleetui_base::ObjectKey) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{key} was deleted; another object has its name now"),
    )
}

/// The object's path in the version that is asked for, else in the one that is read.
fn object_path(
    handle: &Handle,
    key: &fleetui_base::ObjectKey,
    api_version: Option<&str>,
) -> Result<String, Failure> {
    let catalogue = handle.catalogue();
    let found: Option<&std::sync::Arc<Served>> = catalogue.find(&key.kind, api_version);
    let Some(served) = found else {
        let cluster = &key.management_cluster;
        return Err(if catalogue.is_empty() {
            Failure::new(
                FailureKind::Unreachable,
                format!("{cluster} is not connected yet"),
            )
        } else {
            Failure::new(
                FailureKind::NotFound,
                format!("{cluster} does not serve {}", key.kind),
            )
        });
    };
    let namespace = Some(key.object.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    Ok(format!("{}/{}", served.path(namespace), key.object.name))
}

/// Reads an object as it may be shown: no managedFields, no secret.
fn read(text: &str) -> Result<Value, Failure> {
    object::lean(text)
        .map(without_secrets)
        .map_err(|error| Fault::Garbled(error.to_string()).into())
}

/// The same with its managedFields.
fn read_whole(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map(without_secrets)
        .map_err(|error| Fault::Garbled(error.to_string()).into())
}

fn without_secrets(mut object: Value) -> Value {
    if text_at(&object, "/kind") == "Secret" {
        for field in ["data", "stringData"] {
            let values = object.get_mut(field).and_then(Value::as_object_mut);
            values
                .into_iter()
                .flat_map(serde_json::Map::values_mut)
                .for_each(|value| *value = "***".into());
        }
        if let Some(annotations) = object
            .pointer_mut("/metadata/annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(LAST_APPLIED);
        }
    }
    object
}

fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let kind = match &fault {
            Fault::Credentials(_) | Fault::Unauthorized(_) => FailureKind::AuthNeeded,
            Fault::Forbidden(_) => FailureKind::Denied,
            Fault::NotFound(_) => FailureKind::NotFound,
            Fault::Conflict(_) => FailureKind::Conflict,
            Fault::Refused { code: 400 | 422, .. } => FailureKind::Invalid,
            Fault::Unreachable(_) => FailureKind::Unreachable,
            Fault::TimedOut(_) => FailureKind::TimedOut,
            Fault::Expired(_) | Fault::Busy { .. } | Fault::Refused { .. } | Fault::Garbled(_) => {
                FailureKind::Unexpected
            }
        };
        Self::new(kind, fault.to_string())
    }
}
