//! The fleet as it is known: rows of all management clusters, folded from batches, indexed for the tree.

use std::sync::Arc;

use fleetui_base::{ManagementCluster, ObjectKey};

use crate::batch::Update;
use crate::row::Row;
use crate::session::Session;

/// All rows and sessions. Folding the same changes in any grouping gives the same store.
#[derive(Debug, Default)]
pub struct FleetStore {}

impl FleetStore {
    /// Folds what a session told. Says whether anything that can be seen changed.
    pub fn apply(&mut self, update: Update) -> bool;
    /// A number that changes whenever rows or sessions change; for caches.
    pub fn revision(&self) -> u64;
    /// The row at `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Row>>;
    /// Sessions in the order in which they were announced.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<Session>>;
    /// The session of a management cluster.
    pub fn session(&self, management_cluster: &ManagementCluster) -> Option<&Arc<Session>>;
    /// Number of rows of all kinds.
    pub fn len(&self) -> usize;
}
