//! The conditions of a whole object in both models, for who looks at one object: nothing is cut, nothing is left out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conditions::{Condition, ConditionStatus, Severity, order_key};

/// Conditions of both models; either may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Models {
    /// The metav1 ones, in Cluster API's order.
    pub new: Vec<Condition>,
    /// The old ones, with severities, in the order in which they are written.
    pub old: Vec<Condition>,
}

/// The most conditions of one model that are read.
const MOST: usize = 512;

/// Reads the conditions of an object in both models, wherever its era keeps them.
pub fn models(object: &Value) -> Models {
    let list = |pointer: &str| list(object.pointer(pointer));
    let plain = list("/status/conditions");
    let beside = list("/status/v1beta2/conditions");
    let kept = list("/status/deprecated/v1beta1/conditions");
    let (mut new, old) = if !beside.is_empty() {
        (beside, plain)
    } else if !kept.is_empty() {
        (plain, kept)
    } else if is_old(object, &plain) {
        (Vec::new(), plain)
    } else {
        (plain, Vec::new())
    };
    new.sort_by(|one, other| order_key(&one.kind).cmp(&order_key(&other.kind)));
    Models { new, old }
}

/// Providers number their versions on their own, so the conditions have to tell themselves: metav1 ones always have a reason,
/// and only old ones have a severity.
fn is_old(object: &Value, conditions: &[Condition]) -> bool {
    let without_reason = |condition: &Condition| condition.reason.is_empty();
    object.pointer("/status/v1beta2").is_some()
        || conditions.iter().any(|condition| condition.severity.is_some())
        || conditions.iter().any(without_reason)
}

fn list(value: Option<&Value>) -> Vec<Condition> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.take(MOST).filter_map(condition).collect()
}

fn condition(value: &Value) -> Option<Condition> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let status = ConditionStatus::parse(text("status"));
    let severity = match text("severity") {
        "Error" => Some(Severity::Error),
        "Warning" => Some(Severity::Warning),
        "Info" => Some(Severity::Info),
        _ => None,
    };
    let kind = Some(text("type")).filter(|kind| !kind.is_empty())?;
    Some(Condition {
        kind: kind.into(),
        status,
        severity: severity.filter(|_| status == ConditionStatus::False),
        reason: text("reason").into(),
        message: text("message").to_owned(),
        since: text("lastTransitionTime").parse().ok(),
        observed_generation: value.get("observedGeneration").and_then(Value::as_i64),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kinds(conditions: &[Condition]) -> Vec<&str> {
        conditions
            .iter()
            .map(|condition| condition.kind.as_str())
            .collect()
    }

    #[test]
    fn anchor_95_both_models_are_found_in_every_era() {
        let old = json!([{"type": "Ready", "status": "False", "severity": "Error", "reason": "Lost", "message": "m"}]);
        let new = json!([
            {"type": "Paused", "status": "False", "reason": "NotPaused"},
            {"type": "Available", "status": "True", "reason": "Available", "observedGeneration": 3},
        ]);
        // Up to 1.8, 1.9 and 1.10, from 1.11.
        let eras = [
            (json!({"status": {"conditions": old}}), vec![], vec!["Ready"]),
            (
                json!({"status": {"conditions": old, "v1beta2": {"conditions": new}}}),
                vec!["Available", "Paused"],
                vec!["Ready"],
            ),
            (
                json!({"status": {"conditions": new, "deprecated": {"v1beta1": {"conditions": old}}}}),
                vec!["Available", "Paused"],
                vec!["Ready"],
            ),
            (
                json!({"status": {"conditions": new}}),
                vec!["Available", "Paused"],
                vec![],
            ),
            (json!({"status": {"conditions": "x"}}), vec![], vec![]),
            (json!(7), vec![], vec![]),
        ];
        for (object, expected_new, expected_old) in eras {
            let found = models(&object);
            assert_eq!(
                (kinds(&found.new), kinds(&found.old)),
                (expected_new, expected_old),
                "{object}"
            );
        }
        let long = "x".repeat(100_000);
        let whole = models(
            &json!({"status": {"conditions": [{"type": "A", "status": "True", "reason": "r", "message": long}]}}),
        );
        assert_eq!(whole.new[0].message.len(), 100_000, "nothing is cut");
    }
}
