//! What a server would drop without a word, as its definition of a kind is an older one.

use fleetui_fleet::act::{Deed, Plan, Verb, Write};
use serde_json::Value;

/// A field that is set and that the server would drop without a word, as its kind does not have it.
///
/// Only fields of hosts are asked about: other managers of hosts have no such fields, and take what is written to them for done.
pub(super) fn not_kept(plan: &Plan, write: &Write, object: &Value) -> Option<String> {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    };
    if write.verb != Verb::Patch || !matches!(plan.act.deed, Deed::Host(_)) {
        return None;
    }
    let mut set = write.fields.iter().filter(|field| {
        let after = field.after.as_ref();
        !field.hidden && after.is_some_and(|after| !says_nothing(after))
    });
    let dropped = set.find(|field| object.pointer(&field.pointer).is_none())?;
    Some(fleetui_fleet::act::plan::dotted(&dropped.pointer))
}
