//! What Clusters and headings show of what is below them.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

use super::Heading;
use super::cluster::{NO_CLUSTER, OTHER, WORKERS};
use super::layers::MACHINES;
use crate::health::{Health, Verdict};
use crate::row::Row;

/// Reads one of the headings that there are.
pub(super) fn heading<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Heading, D::Error> {
    let text = CompactString::deserialize(deserializer)?;
    let known = [WORKERS, OTHER, NO_CLUSTER, MACHINES]
        .into_iter()
        .find(|known| *known == text);
    known.ok_or_else(|| D::Error::custom(format!("there is no heading {text}")))
}

/// The heading says what the Cluster says of its workers; that they are too few is no fault while the Cluster is on its way.
pub(super) fn workers_verdict(cluster: Option<&Arc<Row>>, of_cluster: Health) -> Verdict {
    let said = cluster.and_then(|row| {
        row.facts
            .conditions
            .iter()
            .find(|condition| condition.kind == "WorkersAvailable")
    });
    let Some(condition) = said else {
        return Verdict::new(Health::Good, "");
    };
    Verdict {
        health: match condition.status {
            ConditionStatus::True => Health::Good,
            ConditionStatus::False | ConditionStatus::Unknown if !of_cluster.is_fault() => of_cluster,
            ConditionStatus::False => Health::Warning,
            ConditionStatus::Unknown => Health::Unknown,
        },
        condition: Some((CompactString::const_new("Available"), condition.status.as_str())),
        line: String::new(),
    }
}
