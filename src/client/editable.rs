//! An object read to be edited: without its secrets, with whose its fields are and what the server says of them.

use fleetui_base::ObjectKey;
use fleetui_fleet::object_edit::Editable;
use serde_json::Value;

use crate::act::inspect;
use crate::command::Failure;
use crate::execute::fetch;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;

/// Reads the object at `key`. Another life of its name is not taken for it.
pub(crate) async fn read(
    handle: &Handle,
    (key, uid): (&ObjectKey, &str),
    settings: &ClientSettings,
) -> Result<Editable, Failure> {
    let object = fetch(handle, (key, uid, true), settings).await?;
    let owners = inspect::read(&object).owners;
    let api_version = object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = (group, version, &*key.kind.kind);
    let schema = handle.schemas.of(&handle.requester, kind, settings).await;
    Ok(Editable::new(object, owners, schema))
}
