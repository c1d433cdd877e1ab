//! Whom a change of a host concerns, and when a host was heard. Heartbeats come all the time and concern nobody, as long as the
//! host is not known to be lost.

#[cfg(test)]
mod tests;

use fleetui_api::byoh::names;
use fleetui_api::labels;
use jiff::Timestamp;
use kube::core::DynamicObject;
use serde_json::Value;

use super::{Entry, Inner};
use crate::kinds::{ObjectId, Watched};
use crate::object::Metadata;

/// When the server last took in a heartbeat. The server stamps who wrote which field and when by its own clock, whatever the
/// host's clock says.
pub(super) fn heard(id: &ObjectId, object: &DynamicObject) -> Option<Timestamp> {
    if id.kind != Watched::ByoHost {
        return None;
    }
    let entries = object.metadata.managed_fields.iter().flatten();
    entries
        .filter(|entry| {
            let fields = entry.fields_v1.as_ref();
            fields.is_some_and(|fields| fields.0.pointer("/f:status/f:lastHeartbeatTime").is_some())
        })
        .filter_map(|entry| entry.time.as_ref().map(|time| time.0))
        .max()
}

/// The objects to reconcile after a host changed.
pub(super) fn concerned(inner: &Inner, old: Option<&Entry>, new: Option<&Entry>) -> Vec<ObjectId> {
    if let (Some(old), Some(new)) = (old, new)
        && is_heartbeat(old, new)
    {
        let lost = condition(new, names::AGENT_CONNECTED) != Some("True");
        return lost.then(|| new.id.clone()).into_iter().collect();
    }
    let mut ids = Vec::new();
    for entry in old.into_iter().chain(new) {
        ids.push(entry.id.clone());
        ids.extend(claimant(entry));
    }
    if let Some(new) = new
        && is_free(new)
        && !old.is_some_and(is_free)
    {
        waiting(inner, &new.id.name.namespace, &mut ids);
    }
    ids
}

/// Machines of a namespace that have no host yet.
pub(super) fn waiting(inner: &Inner, namespace: &str, ids: &mut Vec<ObjectId>) {
    let machines = inner.by_kind.get(&Watched::ByoMachine).into_iter().flatten();
    let in_namespace = machines.filter(|id| id.name.namespace == namespace);
    let waits = |entry: &Entry| {
        let data = &entry.object.data;
        data.pointer("/status/hostRef").is_none() && data.pointer("/spec/providerID").is_none()
    };
    ids.extend(
        in_namespace
            .filter(|id| inner.objects.get(*id).is_some_and(|entry| waits(entry)))
            .cloned(),
    );
}

/// The machine that has the host, by any sign of one.
fn claimant(entry: &Entry) -> Option<ObjectId> {
    let data = &entry.object.data;
    let by_reference = ["/spec/claimRef/name", "/status/machineRef/name"]
        .into_iter()
        .find_map(|path| data.pointer(path)?.as_str());
    let by_label = || {
        let label = entry.object.metadata.label(names::MACHINE_LABEL)?;
        label.split_once('.').map(|(_, name)| name)
    };
    let name = by_reference.or_else(by_label)?;
    Some(ObjectId::new(Watched::ByoMachine, &entry.id.name.namespace, name))
}

/// Whether nothing changed but the time of the last heartbeat.
fn is_heartbeat(old: &Entry, new: &Entry) -> bool {
    let (before, after) = (&old.object.metadata, &new.object.metadata);
    before.labels == after.labels
        && before.annotations == after.annotations
        && before.deletion_timestamp == after.deletion_timestamp
        && before.uid == after.uid
        && old.object.data.get("spec") == new.object.data.get("spec")
        && same_status(old.object.data.get("status"), new.object.data.get("status"))
}

fn same_status(old: Option<&Value>, new: Option<&Value>) -> bool {
    let (Some(Value::Object(old)), Some(Value::Object(new))) = (old, new) else {
        return old == new;
    };
    let told = |key: &&String| key.as_str() != "lastHeartbeatTime";
    old.keys().filter(told).count() == new.keys().filter(told).count()
        && old
            .iter()
            .filter(|(key, _)| told(key))
            .all(|(key, value)| new.get(key) == Some(value))
}

/// Whether a machine could take it, as far as that can be told without the time.
fn is_free(entry: &Entry) -> bool {
    let (metadata, data) = (&entry.object.metadata, &entry.object.data);
    let absent = |path: &str| data.pointer(path).is_none_or(Value::is_null);
    metadata.deletion_timestamp.is_none()
        && metadata.label(labels::CLUSTER_NAME).is_none()
        && metadata.annotation(names::UNREGISTERING).is_none()
        && metadata.annotation(labels::PAUSED).is_none()
        && absent("/spec/claimRef")
        && absent("/status/machineRef")
        && absent("/spec/maintenance")
        && absent("/status/quarantine/since")
        && !absent("/status/hostinfo")
        && data.pointer("/spec/approved") != Some(&Value::Bool(false))
        && data.pointer("/spec/unclaimable") != Some(&Value::Bool(true))
        && metadata.annotation(names::RELEASED).is_none()
        && condition(entry, names::AGENT_CONNECTED) != Some("False")
        && condition(entry, names::BOOTSTRAP_SUCCEEDED) != Some("True")
        && condition(entry, names::INSTALLATION_SUCCEEDED) != Some("True")
}

fn condition<'a>(entry: &'a Entry, kind: &str) -> Option<&'a str> {
    let conditions = entry.object.data.pointer("/status/conditions")?.as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))?;
    found.get("status")?.as_str()
}
