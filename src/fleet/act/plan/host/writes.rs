//! How fields, labels and annotations of a host are written, whatever of them is there already.
//!
//! Agents write their hosts every half minute, so what is planned names the version that was seen only where something could be
//! lost without it.

use serde_json::{Map, Value, json};

use super::{Of, changed};
use crate::act::FieldChange;
use crate::act::plan::{annotate, annotation, label};

/// Operations of a JSON patch, and the fields that they change.
pub(super) type Change = (Vec<Value>, Vec<FieldChange>);

/// A field of the spec from one value to another; absent on either side where it is not there. To set one that is absent is the
/// same whatever it became meanwhile.
pub(super) fn spec(of: &Of<'_>, field: &str, before: Option<Value>, after: Option<Value>) -> Change {
    let pointer = format!("/spec/{field}");
    if of.kept.bare {
        let operations = vec![
            version(of),
            json!({"op": "add", "path": "/spec", "value": {field: after}}),
        ];
        return (operations, vec![changed(pointer, before, after)]);
    }
    (
        steps(&pointer, before.as_ref(), after.as_ref()),
        vec![changed(pointer, before, after)],
    )
}

/// The same of a list, in which something that came meanwhile must not be lost.
pub(super) fn guarded_spec(of: &Of<'_>, field: &str, before: Option<Value>, after: Option<Value>) -> Change {
    let is_new = before.is_none() && !of.kept.bare;
    let (mut operations, changes) = spec(of, field, before, after);
    if is_new {
        operations.insert(0, version(of));
    }
    (operations, changes)
}

/// Labels: each from what it is to what it becomes.
pub(super) fn labels<'c>(of: &Of<'_>, changes: impl Iterator<Item = (&'c str, Option<&'c str>)>) -> Change {
    let there = &of.kept.labels;
    let (mut operations, mut fields, mut first) = (Vec::new(), Vec::new(), Map::new());
    for (key, after) in changes {
        let before = there.get(key).map(|value| json!(value));
        let after = after.map(|value| json!(value));
        if before == after {
            continue;
        }
        let pointer = label(key);
        if there.is_empty() {
            first.extend(after.clone().map(|after| (key.to_owned(), after)));
        } else {
            operations.extend(steps(&pointer, before.as_ref(), after.as_ref()));
        }
        fields.push(changed(pointer, before, after));
    }
    if !first.is_empty() {
        // Whether there is a place for labels is not known, and one that came meanwhile must not be lost.
        operations.push(version(of));
        operations.push(json!({"op": "add", "path": "/metadata/labels", "value": first}));
    }
    (operations, fields)
}

/// An annotation that is set.
pub(super) fn set_annotation(of: &Of<'_>, key: &str, value: &str) -> Change {
    let (operations, change) = annotate(of.row, key, value);
    let before = of.annotation(key).map(Value::from);
    (operations, vec![FieldChange { before, ..change }])
}

/// An annotation that is taken away; nothing where it is not there.
pub(super) fn remove_annotation(of: &Of<'_>, key: &str) -> Option<Change> {
    let before = Value::from(of.annotation(key)?);
    let pointer = annotation(key);
    let operations = steps(&pointer, Some(&before), None);
    Some((operations, vec![changed(pointer, Some(before), None)]))
}

fn steps(pointer: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<Value> {
    let test = before.map(|before| json!({"op": "test", "path": pointer, "value": before}));
    let write = match (before, after) {
        (Some(_), Some(after)) => Some(json!({"op": "replace", "path": pointer, "value": after})),
        (None, Some(after)) => Some(json!({"op": "add", "path": pointer, "value": after})),
        (Some(_), None) => Some(json!({"op": "remove", "path": pointer})),
        (None, None) => None,
    };
    test.into_iter().chain(write).collect()
}

fn version(of: &Of<'_>) -> Value {
    let version = of.row.facts.resource_version.as_str();
    json!({"op": "test", "path": "/metadata/resourceVersion", "value": version})
}
