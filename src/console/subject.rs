//! What a command is meant for.

use fleetui_base::{ManagementCluster, ObjectKey};

/// What is under the cursor, or what a screen is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An object.
    Object(ObjectKey),
    /// A management cluster.
    ManagementCluster(ManagementCluster),
}

impl Subject {
    /// The management cluster that it is, or is in.
    pub fn management_cluster(self) -> ManagementCluster {
        match self {
            Self::Object(key) => key.management_cluster,
            Self::ManagementCluster(name) => name,
        }
    }
}
