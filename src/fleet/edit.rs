//! What may be changed in place on a row, and the change itself.

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use serde_json::Value;

/// A field that can be edited in its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The REPLICAS cell.
    Replicas,
    /// The VERSION cell.
    Version,
}

/// A change that is ready to be sent: to which object, by which patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The object that is really written (for a topology-managed cluster, the Cluster).
    pub target: ObjectKey,
    /// Its uid when the change was planned; another life of the name is not written.
    pub uid: CompactString,
    /// Its apiVersion.
    pub api_version: CompactString,
    /// The field.
    pub field: Field,
    /// The value before.
    pub from: String,
    /// The value after.
    pub to: String,
    /// A JSON patch (RFC 6902) with a `test` of the old value, so that an edit based on an old reading fails instead of overwriting.
    pub patch: Value,
}

/// Why a field cannot be edited here: a sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Whether `field` of `row` can be edited, and if not, why.
pub fn editable(store: &crate::FleetStore, key: &ObjectKey, field: Field) -> Result<String, Refused> {
    let _ = field;
    store.get(key).ok_or_else(|| Refused(format!("{key} is gone")))?;
    Err(Refused("this cannot be edited in place".to_owned()))
}

/// Plans the change of `field` to what was typed (`5`, `+2`, `-1`; `v1.31.2` or `1.31.2`).
pub fn plan(
    store: &crate::FleetStore,
    key: &ObjectKey,
    field: Field,
    typed: &str,
) -> Result<Change, Refused> {
    let _ = typed;
    editable(store, key, field).and_then(|_| Err(Refused("this cannot be edited in place".to_owned())))
}

/// Versions that a person may mean here, best first: versions seen in the fleet that the rules allow for this object.
pub fn version_candidates(store: &crate::FleetStore, key: &ObjectKey) -> Vec<CompactString> {
    store
        .get(key)
        .and_then(|row| row.facts.version.clone())
        .into_iter()
        .collect()
}
