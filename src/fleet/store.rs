//! The fleet as it is known: rows of all management clusters, folded from batches, indexed for the tree.

use std::collections::HashMap;
use std::sync::Arc;

use fleetui_base::{ManagementCluster, ObjectKey};

use crate::batch::{Change, Update};
use crate::row::Row;
use crate::session::Session;

/// All rows and sessions. Folding the same changes in any grouping gives the same store.
#[derive(Debug, Default)]
pub struct FleetStore {
    sessions: Vec<Arc<Session>>,
    rows: HashMap<ObjectKey, Arc<Row>>,
    revision: u64,
}

impl FleetStore {
    /// Folds what a session told. Says whether anything that can be seen changed.
    pub fn apply(&mut self, update: Update) -> bool {
        match update {
            Update::Objects(batch) => {
                for change in batch.changes {
                    match change {
                        Change::Upsert(row) => {
                            self.rows.insert(row.key(), row);
                        }
                        Change::Delete(key, uid) => {
                            if self.rows.get(&key).is_some_and(|row| row.facts.uid == uid) {
                                self.rows.remove(&key);
                            }
                        }
                    }
                }
            }
            Update::Session(session) => {
                self.sessions
                    .retain(|known| known.management_cluster != session.management_cluster);
                self.sessions.push(session);
            }
            Update::Closed(management_cluster) => {
                self.sessions
                    .retain(|known| known.management_cluster != management_cluster);
                self.rows
                    .retain(|key, _| key.management_cluster != management_cluster);
            }
        }
        self.revision += 1;
        true
    }

    /// A number that changes whenever rows or sessions change; for caches.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The row at `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Row>> {
        self.rows.get(key)
    }

    /// Sessions in the order in which they were announced.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.sessions.iter()
    }

    /// The session of a management cluster.
    pub fn session(&self, management_cluster: &ManagementCluster) -> Option<&Arc<Session>> {
        self.sessions
            .iter()
            .find(|session| session.management_cluster == *management_cluster)
    }

    /// Number of rows of all kinds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
