//! A row: what is kept of an object that is watched.

use fleetui_api::facts::Facts;
use fleetui_api::json::Json;
use fleetui_base::{ManagementCluster, ObjectKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A watched object, projected. Rows are shared and never changed: a newer object is a new row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The management cluster that holds it.
    pub management_cluster: ManagementCluster,
    /// What it says.
    pub facts: Facts,
}

impl Row {
    /// Projects an object.
    pub fn project(management_cluster: ManagementCluster, object: &Value) -> Self {
        Self {
            management_cluster,
            facts: Facts::read(object),
        }
    }

    /// The same of an object as it was received.
    pub fn of(management_cluster: ManagementCluster, object: &Json<'_>) -> Self {
        Self {
            management_cluster,
            facts: Facts::of(object),
        }
    }

    /// Where it is found.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(
            self.management_cluster.clone(),
            self.facts.kind.clone(),
            self.facts.object.clone(),
        )
    }
}
