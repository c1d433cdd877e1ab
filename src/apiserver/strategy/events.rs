//! What an Event must be.
//!
//! Those with an `eventTime` are of the newer sort in both groups, and have to say who reports what; those without are of the
//! sort that only the core group has, and only their namespace is looked at.

use serde_json::{Value, json};

use crate::object::metadata_text;
use crate::registry::Resource;
use crate::status::Cause;

/// The longest texts of an Event of the newer sort.
const LONGEST: [(&str, usize); 4] = [
    ("reportingInstance", 128),
    ("action", 128),
    ("reason", 128),
    ("note", 1024),
];

/// Checks an Event; `old` is the one that it replaces.
pub(super) fn check(resource: &Resource, event: &Value, old: Option<&Value>) -> Vec<Cause> {
    let names = match resource.group.as_str() {
        "" if resource.plural == "events" => ("involvedObject", "reportingComponent", "message"),
        "events.k8s.io" => ("regarding", "reportingController", "note"),
        _ => return Vec::new(),
    };
    let newer = !resource.group.is_empty();
    let mut causes: Vec<Cause> = check_namespace(event, names.0).into_iter().collect();
    if old.is_none() && (newer || event.get("eventTime").is_some_and(|time| !time.is_null())) {
        causes.extend(check_newer(event, names, newer));
    }
    causes
}

/// An Event is in the namespace of what it is about; what is in none has its Events in `default` or `kube-system`.
fn check_namespace(event: &Value, about: &str) -> Option<Cause> {
    let namespace = metadata_text(event, "namespace");
    let of = event.get(about).and_then(|about| about.get("namespace"));
    let of = of.and_then(Value::as_str).unwrap_or_default();
    let fits = match of {
        "" => matches!(namespace, "default" | "kube-system"),
        of => of == namespace,
    };
    let field = format!("{about}.namespace");
    (!fits).then(|| Cause::invalid(&field, &json!(of).to_string(), "does not match event.namespace"))
}

fn check_newer(event: &Value, (_, reporter, note): (&str, &str, &str), strictly: bool) -> Vec<Cause> {
    let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
    let mut causes = Vec::new();
    if text("eventTime").is_empty() {
        causes.push(Cause::required("eventTime", ""));
    }
    for field in [reporter, "reportingInstance", "action", "reason"] {
        if text(field).is_empty() {
            causes.push(Cause::required(field, ""));
        }
    }
    for (field, longest) in LONGEST {
        let field = if field == "note" { note } else { field };
        if text(field).len() > longest {
            let message = format!("can have at most {longest} characters");
            causes.push(Cause::invalid(field, "\"\"", &message));
        }
    }
    let kind = text("type");
    if strictly && !matches!(kind, "Normal" | "Warning") {
        causes.push(Cause::invalid(
            "type",
            "\"\"",
            &format!("has invalid value: {kind}"),
        ));
    }
    causes
}
