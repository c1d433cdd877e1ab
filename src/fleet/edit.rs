//! What may be changed in place on a row, and the change itself.
//!
//! Must not know: how a change is sent or shown.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use serde_json::Value;

use crate::row::Row;
use crate::store::FleetStore;

mod forecast;
mod replicas;
mod target;
mod version;

pub(crate) use forecast::{blocked_alike, forecast, foreseen, whole};
pub(crate) use target::a_kind;
pub use version::Candidate;
pub(crate) use version::{is_kubeadm, lenient};

/// A field that can be edited in its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The REPLICAS cell.
    Replicas,
    /// The VERSION cell.
    Version,
}

/// A change of one field: of which object, by which patch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The object that is really written (for a topology-managed cluster, the Cluster).
    pub(crate) target: ObjectKey,
    /// Its uid when the change was planned; another life of the name is not written.
    pub(crate) uid: CompactString,
    /// Its apiVersion.
    pub(crate) api_version: CompactString,
    /// The field.
    pub(crate) field: Field,
    /// The value before.
    pub(crate) from: String,
    /// The value after.
    pub(crate) to: String,
    /// A JSON patch (RFC 6902) with a `test` of the old value, so that an edit based on an old reading fails instead of overwriting.
    pub(crate) patch: Value,
    /// The field as a JSON pointer, and its value before and after.
    pub(crate) changed: (String, Option<Value>, Value),
    /// What has to be as it was besides: which element of a list stands there.
    pub(crate) element: Option<(String, Value)>,
}

/// Why a field cannot be edited here: a sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refused {
    /// The sentence.
    pub what: String,
    /// Whether only nothing would change, which is no mistake.
    pub unchanged: bool,
}

impl Refused {
    fn because(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            unchanged: false,
        }
    }

    fn unchanged(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            unchanged: true,
        }
    }
}

/// Whether `field` of the object at `key` can be edited: its value now.
///
/// # Errors
/// Why it cannot be edited here, and where it can.
pub fn editable(store: &FleetStore, key: &ObjectKey, field: Field) -> Result<String, Refused> {
    Ok(target::find(store, key, field)?.value())
}

/// The object that an edit of `field` on the object at `key` really writes, and its uid: for a topology-managed cluster, the Cluster.
///
/// # Errors
/// Why it cannot be edited here, and where it can.
pub fn written(
    store: &FleetStore,
    key: &ObjectKey,
    field: Field,
) -> Result<(ObjectKey, CompactString), Refused> {
    let target = target::find(store, key, field)?;
    Ok((target.written.key(), target.written.facts.uid.clone()))
}

/// Plans the change of `field` to what was typed (`5`, `+2`, `-1`; `v1.31.2` or `1.31.2`).
///
/// # Errors
/// Why that cannot be edited here, or why not to this value.
pub(crate) fn plan(
    store: &FleetStore,
    key: &ObjectKey,
    field: Field,
    typed: &str,
) -> Result<Change, Refused> {
    let target = target::find(store, key, field)?;
    let to = match field {
        Field::Replicas => Value::from(replicas::read(store, &target, typed)?),
        Field::Version => Value::from(version::read(store, &target, typed)?),
    };
    Ok(target.change(field, &to))
}

/// Holds a change of `field` of `row` that is written otherwise than in its cell against the same rules: that it may be edited there at
/// all, and that it may become `to`.
///
/// # Errors
/// What the cell says where it refuses this.
pub(crate) fn judge(
    store: &FleetStore,
    row: &Arc<Row>,
    field: Field,
    (from, to): (&str, &str),
) -> Result<(), Refused> {
    target::find(store, &row.key(), field)?;
    match (field, to.parse::<i64>()) {
        (Field::Version, _) => version::judge(store, row, (from, to)),
        (Field::Replicas, Ok(replicas)) => replicas::judge(store, row, replicas),
        (Field::Replicas, Err(_)) => Ok(()),
    }
}

/// Versions that a person may mean here, best first: versions seen in the fleet that the rules allow for this object, then
/// newer ones that they do not allow yet, each with the reason.
pub fn version_candidates(store: &FleetStore, key: &ObjectKey) -> Vec<Candidate> {
    target::find(store, key, Field::Version)
        .map(|target| version::candidates(store, &target))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
