//! Conditions as descriptions show them: whole, of the model that was asked for, from whichever place the object keeps them at.

use fleetui_api::conditions::NEGATIVE_POLARITY;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::View;

/// A condition. Status and severity are kept as they are written, since they are printed so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// Of the older model, where it is False.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub severity: String,
    /// A word for why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Sentences.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when it is so.
    #[serde(rename = "lastTransitionTime", skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What clusterctl puts where an object gives no reason.
const NO_REASON: &str = "NoReasonReported";

/// The conditions of an object of Cluster API's own group.
pub(super) fn of_core(object: &Value, view: View) -> Vec<Condition> {
    let pointer = match view {
        View::V1Beta2 => "/status/conditions",
        View::V1Beta1 => "/status/deprecated/v1beta1/conditions",
    };
    list(object, pointer)
        .map(|values| values.iter().map(read).collect())
        .unwrap_or_default()
}

/// The conditions of any other object, which may keep them at several places.
pub(super) fn of_any(object: &Value, view: View) -> Vec<Condition> {
    let found = match view {
        View::V1Beta2 => ["/status/v1beta2/conditions", "/status/conditions"],
        View::V1Beta1 => ["/status/deprecated/v1beta1/conditions", "/status/conditions"],
    }
    .iter()
    .find_map(|pointer| list(object, pointer));
    let mut conditions: Vec<Condition> = found.into_iter().flatten().map(read).collect();
    if view == View::V1Beta2 {
        // One that is no condition makes clusterctl show none of them.
        if !conditions.iter().all(is_whole) {
            return Vec::new();
        }
        for condition in &mut conditions {
            condition.severity.clear();
            if condition.reason.is_empty() {
                NO_REASON.clone_into(&mut condition.reason);
            }
        }
    }
    conditions
}

fn list<'a>(object: &'a Value, pointer: &str) -> Option<&'a Vec<Value>> {
    object.pointer(pointer).and_then(Value::as_array)
}

fn is_whole(condition: &Condition) -> bool {
    !condition.kind.is_empty() && matches!(condition.status.as_str(), "True" | "False" | "Unknown")
}

fn read(value: &Value) -> Condition {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    Condition {
        kind: text("type").to_owned(),
        status: text("status").to_owned(),
        severity: text("severity").to_owned(),
        reason: text("reason").to_owned(),
        message: text("message").to_owned(),
        since: text("lastTransitionTime").parse().ok(),
    }
}

/// The condition of that type.
pub(super) fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

impl Condition {
    /// Whether it is True.
    pub(super) fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether True is its quiet state.
    pub(super) fn is_positive(&self) -> bool {
        !NEGATIVE_POLARITY.contains(&self.kind.as_str())
    }

    /// Whether there is nothing to say of it: it is as one hopes, and has no message.
    pub(super) fn is_zero(&self) -> bool {
        let hoped = match self.status.as_str() {
            "True" => self.is_positive(),
            "False" => !self.is_positive(),
            "Unknown" => false,
            _ => true,
        };
        hoped && self.message.is_empty()
    }
}

/// Whether two conditions of one type say the same for a reader: both absent, or of the same status, severity and reason.
pub(super) fn agree(a: Option<&Condition>, b: Option<&Condition>) -> bool {
    let said = |condition: &Condition| {
        (
            condition.status.clone(),
            condition.severity.clone(),
            condition.reason.clone(),
        )
    };
    a.map(said) == b.map(said)
}
