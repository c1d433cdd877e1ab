//! Events of the core group and of `events.k8s.io` are the same objects under other names of their fields.

use serde_json::{Map, Value};

/// The fields that are called differently: in the core group, in the newer one.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// An Event of the core group as one of `events.k8s.io`, where the time is always said, if only as null.
pub(super) fn from_core(event: Value) -> Value {
    let mut newer = renamed(event, "events.k8s.io/v1", |name| {
        NAMES
            .iter()
            .find(|(core, _)| *core == name)
            .map(|(_, newer)| *newer)
    });
    if let Some(fields) = newer.as_object_mut() {
        fields.entry("eventTime").or_insert(Value::Null);
    }
    newer
}

/// An Event of `events.k8s.io` as one of the core group.
pub(super) fn to_core(event: Value) -> Value {
    renamed(event, "v1", |name| {
        NAMES
            .iter()
            .find(|(_, newer)| *newer == name)
            .map(|(core, _)| *core)
    })
}

fn renamed(event: Value, api_version: &str, other: impl Fn(&str) -> Option<&'static str>) -> Value {
    let Value::Object(fields) = event else {
        return event;
    };
    let mut renamed: Map<String, Value> = fields
        .into_iter()
        .map(|(name, value)| match other(&name) {
            Some(other) => (other.to_owned(), value),
            None => (name, value),
        })
        .collect();
    renamed.insert("apiVersion".to_owned(), Value::from(api_version));
    Value::Object(renamed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types;

    #[test]
    fn every_field_has_its_place_in_the_other_group() {
        let core = types::of("", "v1", "Event").unwrap();
        let newer = types::of("events.k8s.io", "v1", "Event").unwrap();
        let event: Map<String, Value> = core
            .json_fields()
            .map(|field| (field.json_name.to_owned(), json!(field.json_name)))
            .collect();
        let event = Value::Object(event);
        let there = from_core(event.clone());
        for (name, _) in there.as_object().unwrap() {
            assert!(name == "apiVersion" || newer.field(name).is_some(), "{name}");
        }
        assert_eq!(there.as_object().unwrap().len(), newer.json_fields().count() + 1);
        let mut back = to_core(there);
        assert_eq!(
            back.as_object_mut().unwrap().shift_remove("apiVersion"),
            Some(json!("v1"))
        );
        assert_eq!(back, event);
    }
}
