//! ClusterResourceSet and ClusterResourceSetBinding.

use serde_json::{Value, json};

use super::field::{set_missing, text};
use super::selector::Selector;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write};

const SELECTOR: &str = "spec.clusterSelector";

#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature of all defaults in the table of rules"
)]
pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    set_missing(object, &["spec"], "strategy", json!("ApplyOnce"));
    Ok(())
}

pub(super) fn validate_set(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let selector_of = |object: &Value| object.pointer("/spec/clusterSelector").cloned();
    let selector = selector_of(write.object).unwrap_or(Value::Null);
    match Selector::read(&selector) {
        Err(why) => verdict.add(Violation::invalid(SELECTOR, &selector, &why)),
        Ok(read) if read.is_empty() => {
            verdict.add(Violation::invalid(
                SELECTOR,
                &selector,
                "selector must not be empty",
            ));
        }
        Ok(_) => {}
    }
    let Some(old) = write.old else {
        return;
    };
    let (before, after) = (text(old, "/spec/strategy"), text(write.object, "/spec/strategy"));
    if !before.is_empty() && before != after {
        verdict.add(Violation::invalid_text(
            "spec.strategy",
            after,
            "field is immutable",
        ));
    }
    if selector_of(old).unwrap_or(Value::Null) != selector {
        verdict.add(Violation::invalid(SELECTOR, &selector, "field is immutable"));
    }
}

pub(super) fn validate_binding(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    let Some(old) = write.old.filter(|_| write.operation == Operation::Update) else {
        return;
    };
    let before = text(old, "/spec/clusterName");
    let after = text(write.object, "/spec/clusterName");
    if !before.is_empty() && before != after {
        verdict.add(Violation::invalid_text(
            "spec.clusterName",
            after,
            "field is immutable",
        ));
    }
}
