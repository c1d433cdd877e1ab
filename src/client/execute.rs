//! Executes what only reads: an object, its events, whose its fields are.

use fleetui_api::secret_fields::LAST_APPLIED;
use serde_json::Value;

use crate::act::inspect;
use crate::catalogue::Served;
use crate::command::{Answer, Command, Failure, FailureKind, Outcome};
use crate::fault::Fault;
use crate::object;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;

mod events;

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
            Command::Inspect { key, uid } => inspect::inspect(handle, (&key, &uid), settings)
                .await
                .map(Answer::Inspected),
            // Acts have an owner of their own, as they are brought to their end whoever waits.
            Command::Act { .. } => Err(Failure::new(
                FailureKind::Unexpected,
                "an act goes through the gate",
            )),
        }
    };
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(Fault::TimedOut(limit).into()),
    }
}

pub(crate) async fn fetch(
    handle: &Handle,
    (key, uid, managed_fields): (&fleetui_base::ObjectKey, &str, bool),
    settings: &ClientSettings,
) -> Result<Value, Failure> {
    let path = object_path(handle, key)?;
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

pub(crate) fn another_life(key: &fleetui_base::ObjectKey) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{key} was deleted; another object has its name now"),
    )
}

/// The object's path in the version that is read.
fn object_path(handle: &Handle, key: &fleetui_base::ObjectKey) -> Result<String, Failure> {
    let catalogue = handle.catalogue();
    let found: Option<&std::sync::Arc<Served>> = catalogue.find(&key.kind, None);
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
pub(crate) fn read(text: &str) -> Result<Value, Failure> {
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

pub(crate) fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
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
