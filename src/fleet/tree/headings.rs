//! What Clusters and headings show of what is below them.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::Replicas;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

use super::Heading;
use super::branch::Instead;
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

/// A Cluster shows the counters of its parts, where they are known, as they are newer than its own; one without a topology
/// its control plane's version.
pub(super) fn instead(
    cluster: Option<&Arc<Row>>,
    control_plane: Option<Replicas>,
    workers: Option<Replicas>,
    version: Option<CompactString>,
) -> Option<Instead> {
    let facts = cluster.map(|row| &row.facts);
    let said = facts.and_then(|facts| facts.particulars.as_deref());
    let parts = (
        control_plane.or_else(|| said?.control_plane),
        workers.or_else(|| said?.workers),
    );
    let replicas = match parts {
        (Some(control_plane), Some(workers)) => Some(control_plane.plus(&workers)),
        (one, other) => one.or(other),
    };
    let replicas = replicas.or_else(|| facts?.replicas.as_deref().copied());
    let version = facts.and_then(|facts| facts.version.clone()).or(version);
    (replicas.is_some() || version.is_some()).then_some(Instead { replicas, version })
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
