//! What sessions tell the console: changes of objects in batches, and changes of the session itself.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::session::Session;
use crate::walk::Known;

/// One change of one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Change {
    /// It was added or has changed.
    Upsert(Arc<Row>),
    /// It is gone. The uid guards a new life of the same name.
    Delete(ObjectKey, CompactString),
}

/// Changes of one management cluster, coalesced: at most one for each object, the latest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batch {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// The changes, in no order that matters.
    pub changes: Vec<Change>,
}

/// Everything that a session can tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Update {
    /// Objects changed.
    Objects(Batch),
    /// The session itself changed: its connection, what is denied, its versions.
    Session(Arc<Session>),
    /// Upgrades of whole clusters were looked at.
    Walks(Walks),
    /// The management cluster was disconnected on purpose; its rows go.
    Closed(ManagementCluster),
}

/// Upgrades that are stored in a management cluster: all of them, or that of one cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Walks {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// The one Cluster that was looked at; all where there is none.
    pub of: Option<ObjectName>,
    /// What was found.
    pub walks: Vec<Arc<Known>>,
}
