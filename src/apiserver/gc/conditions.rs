//! What is said of a namespace that goes: which of its content is left, and what holds that back. The conditions, their
//! reasons and their messages are upstream's; `kubectl describe namespace` shows them to who waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::timestamp;
use crate::storage::Stored;

/// One condition: type, whether it holds, reason, message.
type Condition = (&'static str, bool, &'static str, String);

/// The conditions of a namespace with this content left, some of which could not be deleted. Those of `old` that say the
/// same keep their time.
pub(super) fn conditions(
    old: Option<&Value>,
    left: &[Arc<Stored>],
    failures: &[String],
    now: Timestamp,
) -> Value {
    let wanted = [
        (
            "NamespaceDeletionDiscoveryFailure",
            false,
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        content_failure(failures),
        content_remaining(left),
        finalizers_remaining(left),
    ];
    let known = |kind: &str, status: &str| {
        old.and_then(Value::as_array)?
            .iter()
            .find(|condition| condition["type"] == kind && condition["status"] == status)?
            .get("lastTransitionTime")
            .cloned()
    };
    wanted
        .into_iter()
        .map(|(kind, holds, reason, message)| {
            let status = if holds { "True" } else { "False" };
            let since = known(kind, status).unwrap_or_else(|| json!(timestamp(now)));
            json!({
                "type": kind,
                "status": status,
                "lastTransitionTime": since,
                "reason": reason,
                "message": message,
            })
        })
        .collect()
}

fn content_failure(failures: &[String]) -> Condition {
    const KIND: &str = "NamespaceDeletionContentFailure";
    if failures.is_empty() {
        let message = "All content successfully deleted, may be waiting on finalization";
        return (KIND, false, "ContentDeleted", message.to_owned());
    }
    let message = format!(
        "Failed to delete all resource types, {} remaining: {}",
        failures.len(),
        failures.join(", ")
    );
    (KIND, true, "ContentDeletionFailed", message)
}

fn content_remaining(left: &[Arc<Stored>]) -> Condition {
    const KIND: &str = "NamespaceContentRemaining";
    if left.is_empty() {
        return (
            KIND,
            false,
            "ContentRemoved",
            "All content successfully removed".to_owned(),
        );
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stored in left {
        let collection = &stored.key.collection;
        *counts
            .entry(format!("{}.{}", collection.plural, collection.group))
            .or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(resource, count)| format!("{resource} has {count} resource instances"))
        .collect();
    let message = format!("Some resources are remaining: {}", counts.join(", "));
    (KIND, true, "SomeResourcesRemain", message)
}

fn finalizers_remaining(left: &[Arc<Stored>]) -> Condition {
    const KIND: &str = "NamespaceFinalizersRemaining";
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finalizer in left.iter().flat_map(|stored| &stored.meta.finalizers) {
        *counts.entry(finalizer).or_default() += 1;
    }
    if counts.is_empty() {
        let message = "All content-preserving finalizers finished";
        return (KIND, false, "ContentHasNoFinalizers", message.to_owned());
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(finalizer, count)| format!("{finalizer} in {count} resource instances"))
        .collect();
    let message = format!(
        "Some content in the namespace has finalizers remaining: {}",
        counts.join(", ")
    );
    (KIND, true, "SomeFinalizersRemain", message)
}
