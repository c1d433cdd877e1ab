//! What may be changed in place on a row, and the change itself.
//!
//! Must not know: how a change is sent or shown.

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use serde_json::Value;

use crate::store::FleetStore;

mod forecast;
mod replicas;
mod target;
mod version;

pub use forecast::{Forecast, forecast};
pub use version::Candidate;

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

/// Plans the change of `field` to what was typed (`5`, `+2`, `-1`; `v1.31.2` or `1.31.2`).
///
/// # Errors
/// Why that cannot be edited here, or why not to this value.
pub fn plan(store: &FleetStore, key: &ObjectKey, field: Field, typed: &str) -> Result<Change, Refused> {
    let target = target::find(store, key, field)?;
    let to = match field {
        Field::Replicas => Value::from(replicas::read(&target, typed)?),
        Field::Version => Value::from(version::read(store, &target, typed)?),
    };
    Ok(target.change(field, &to))
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
