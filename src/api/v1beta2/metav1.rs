//! Conditions as metav1 writes them: `[{type,status,reason,message,lastTransitionTime,observedGeneration}]`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conditions::{Condition, ConditionStatus};
use crate::structural::QUALIFIED_NAME;

/// One condition.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(
    !default,
    extend("required" = ["lastTransitionTime", "message", "reason", "status", "type"])
)]
pub(crate) struct Row {
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(length(max = 316), pattern(QUALIFIED_NAME))]
    kind: String,
    /// `True`, `False` or `Unknown`.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    status: String,
    /// A word for why.
    #[schemars(
        length(min = 1, max = 1024),
        pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    )]
    reason: String,
    /// Sentences for people.
    #[schemars(length(max = 32768))]
    message: String,
    /// Since when the status is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    last_transition_time: Option<String>,
    /// The generation that the writer had seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    observed_generation: Option<i64>,
}

pub(crate) fn serialize<S: Serializer>(conditions: &[Condition], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(conditions.iter().map(|condition| Row {
        kind: condition.kind.to_string(),
        status: condition.status.as_str().to_owned(),
        reason: condition.reason.to_string(),
        message: condition.message.clone(),
        last_transition_time: condition.since.map(|since| since.to_string()),
        observed_generation: condition.observed_generation,
    }))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    let rows: Option<Vec<Row>> = Option::deserialize(deserializer)?;
    Ok(rows
        .unwrap_or_default()
        .into_iter()
        .map(|row| Condition {
            kind: row.kind.into(),
            status: ConditionStatus::parse(&row.status),
            severity: None,
            reason: row.reason.into(),
            message: row.message,
            since: row
                .last_transition_time
                .and_then(|time| time.parse::<Timestamp>().ok()),
            observed_generation: row.observed_generation,
        })
        .collect())
}
