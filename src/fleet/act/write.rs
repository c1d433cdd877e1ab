//! One write: to which life of which object, by what, and which fields it changes.

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verb {
    /// A JSON patch (RFC 6902) with tests of what it was planned on.
    Patch,
    /// A new object.
    Create,
    /// Server-side apply, without force.
    Apply,
    /// Server-side apply that takes fields over which others have set.
    ApplyForced,
    /// Deletion, with the uid as precondition.
    Delete,
}

impl Verb {
    /// What it is called in an access review.
    pub fn word(self) -> &'static str {
        match self {
            Self::Patch | Self::Apply | Self::ApplyForced => "patch",
            Self::Create => "create",
            Self::Delete => "delete",
        }
    }
}

impl Verb {
    /// Whether it is server-side apply.
    pub fn applies(self) -> bool {
        match self {
            Self::Apply | Self::ApplyForced => true,
            Self::Patch | Self::Create | Self::Delete => false,
        }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// The object.
    pub target: ObjectKey,
    /// Its uid; another life of the name is not written. Empty for `Create`, and for `Apply` and `ApplyForced` of what is not there,
    /// or was not looked at.
    pub uid: CompactString,
    /// Its apiVersion.
    pub api_version: CompactString,
    /// How.
    pub verb: Verb,
    /// The patch, the object, or the options of the deletion.
    pub body: Value,
    /// Which fields change; secrets among them have no values.
    pub fields: Vec<FieldChange>,
}

/// A field before and after. A value that may not be told is absent and `hidden`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field as a JSON pointer.
    pub pointer: String,
    /// Its value before; absent where there was none.
    pub before: Option<Value>,
    /// Its value after; absent where there is none.
    pub after: Option<Value>,
    /// Whether the values are left out because they are secret or too long; such a change is not taken back.
    pub hidden: bool,
}

impl Write {
    /// Whether it is a patch that fails unless the object is still of this resourceVersion.
    pub fn is_planned_on(&self, resource_version: &str) -> bool {
        let is = |operation: &Value, field: &str, wanted: &str| {
            operation.get(field).and_then(Value::as_str) == Some(wanted)
        };
        let mut operations = self.body.as_array().into_iter().flatten();
        operations.any(|operation| {
            is(operation, "op", "test")
                && is(operation, "path", "/metadata/resourceVersion")
                && is(operation, "value", resource_version)
        })
    }
}
