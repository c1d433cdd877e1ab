//! Columns of Events.
//!
//! Source: `printEvent` in `pkg/printers/internalversion/printers.go` of Kubernetes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::built_in::field;
use super::{Printed, age_of, text};

/// The columns of an Event, whose fields have other names in `events.k8s.io`.
pub(super) fn columns() -> Vec<Printed<'static>> {
    vec![
        Printed::new(
            "Last Seen",
            "string",
            "Time at which it was last seen.",
            |object, now| Value::String(last_seen(object, now)),
        ),
        field("Type", "/type", "Normal or Warning."),
        field("Reason", "/reason", "A word for why."),
        Printed::new("Object", "string", "What it is about.", |object, _| {
            Value::String(event_object(object))
        }),
        Printed::new(
            "Subobject",
            "string",
            "The part that it is about.",
            |object, _| {
                Value::from(either(
                    object,
                    "/involvedObject/fieldPath",
                    "/regarding/fieldPath",
                ))
            },
        )
        .wide(),
        Printed::new("Source", "string", "Who says it.", |object, _| {
            Value::String(event_source(object))
        })
        .wide(),
        Printed::new("Message", "string", "What happened.", |object, _| {
            Value::from(either(object, "/message", "/note").trim())
        }),
        Printed::new(
            "First Seen",
            "string",
            "Time at which it was first seen.",
            |object, now| Value::String(first_seen(object, now)),
        )
        .wide(),
        Printed::new("Count", "string", "How often it was seen.", |object, _| {
            json!(event_count(object))
        })
        .wide(),
        Printed::name().wide(),
    ]
}

/// The first of two fields that says something: events have other field names in `events.k8s.io`.
fn either<'a>(object: &'a Value, first: &str, second: &str) -> &'a str {
    match text(object, first) {
        "" => text(object, second),
        found => found,
    }
}

fn first_seen(event: &Value, now: Timestamp) -> String {
    ["/firstTimestamp", "/deprecatedFirstTimestamp"]
        .into_iter()
        .find(|pointer| !text(event, pointer).is_empty())
        .map_or_else(
            || age_of(event, "/eventTime", now),
            |pointer| age_of(event, pointer, now),
        )
}

fn last_seen(event: &Value, now: Timestamp) -> String {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
    ]
    .into_iter()
    .find(|pointer| !text(event, pointer).is_empty())
    .map_or_else(|| first_seen(event, now), |pointer| age_of(event, pointer, now))
}

fn event_object(event: &Value) -> String {
    let kind = either(event, "/involvedObject/kind", "/regarding/kind").to_lowercase();
    match either(event, "/involvedObject/name", "/regarding/name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    }
}

fn event_source(event: &Value) -> String {
    let first = |pointers: &[&str]| {
        pointers
            .iter()
            .map(|pointer| text(event, pointer))
            .find(|text| !text.is_empty())
            .unwrap_or("")
            .to_owned()
    };
    let component = first(&[
        "/source/component",
        "/deprecatedSource/component",
        "/reportingComponent",
        "/reportingController",
    ]);
    let instance = first(&["/source/host", "/deprecatedSource/host", "/reportingInstance"]);
    if instance.is_empty() {
        component
    } else {
        format!("{component}, {instance}")
    }
}

fn event_count(event: &Value) -> i64 {
    ["/series/count", "/count", "/deprecatedCount"]
        .into_iter()
        .filter_map(|pointer| event.pointer(pointer).and_then(Value::as_i64))
        .find(|count| *count > 0)
        // A single event of the newer API carries no count.
        .unwrap_or(1)
}
