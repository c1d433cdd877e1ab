//! Conditions as metav1 writes them: `[{type,status,reason,message,lastTransitionTime,observedGeneration}]`.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conditions::{Condition, ConditionStatus};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_transition_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed_generation: Option<i64>,
}

pub(super) fn serialize<S: Serializer>(conditions: &[Condition], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(conditions.iter().map(|condition| Row {
        kind: condition.kind.to_string(),
        status: condition.status.as_str().to_owned(),
        reason: condition.reason.to_string(),
        message: condition.message.clone(),
        last_transition_time: condition.since.map(|since| since.to_string()),
        observed_generation: condition.observed_generation,
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
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
