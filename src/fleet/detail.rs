//! What the detail pane says of an object: its conditions, and what it is related to.

use std::sync::Arc;

use fleetui_api::conditions::Condition;
use fleetui_base::ObjectKey;

use crate::health::Verdict;
use crate::row::Row;

/// What is known of one object without asking the server again.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The row.
    pub row: Arc<Row>,
    /// How it is doing.
    pub verdict: Verdict,
    /// Its conditions in Cluster API's order.
    pub conditions: Vec<Condition>,
    /// From the Cluster down to the object's owner.
    pub path: Vec<ObjectKey>,
    /// Objects that it references, and whether they are there.
    pub references: Vec<(String, ObjectKey, bool)>,
}

/// What is known of the object at `key`.
pub fn detail(store: &crate::FleetStore, key: &ObjectKey, now: jiff::Timestamp) -> Option<Detail> {
    let row = store.get(key)?;
    Some(Detail {
        row: Arc::clone(row),
        verdict: crate::health::verdict(row, store, now),
        conditions: row.facts.conditions.clone(),
        path: Vec::new(),
        references: Vec::new(),
    })
}
