//! What can go wrong with a server as a whole.

use std::path::PathBuf;

use thiserror::Error;

use crate::logical::LogicalCluster;
use crate::storage::OpenError;

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The first objects could not be written.
    #[error("the server's first objects could not be written: {0}")]
    Bootstrap(#[from] LogicalClusterError),
    /// The audit log could not be opened.
    #[error("the audit log in {directory} cannot be opened")]
    Audit {
        /// The data directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The server's own key could not be made.
    #[error(transparent)]
    Keys(#[from] fleetui_pki::PkiError),
    /// The task that opens the store ended without an answer.
    #[error("opening the store was cancelled")]
    Cancelled,
}

/// Why a logical cluster could not be made, changed or deleted.
#[derive(Debug, Error)]
pub enum LogicalClusterError {
    /// There is none of this name.
    #[error("there is no logical cluster {0}")]
    Unknown(LogicalCluster),
    /// There is one of this name.
    #[error("there is a logical cluster {0} already")]
    Exists(LogicalCluster),
    /// The management cluster itself always stays.
    #[error("the management cluster itself cannot be deleted")]
    Root,
    /// It cannot have that certificate authority.
    #[error("logical cluster {cluster} cannot have that certificate authority: {reason}")]
    Authority {
        /// The logical cluster.
        cluster: LogicalCluster,
        /// Why not.
        reason: String,
    },
    /// The store refused.
    #[error("the store refused the change of logical cluster {cluster}: {reason}")]
    Store {
        /// The logical cluster.
        cluster: LogicalCluster,
        /// What the store said.
        reason: String,
    },
}

/// The store could not be looked at: it is closed, or it failed before.
#[derive(Debug, Error)]
#[error("the store is closed")]
pub struct SelfCheckError;

/// Why objects did not get one resourceVersion.
#[derive(Debug, Error)]
pub enum LevelError {
    /// The store is past the revision already.
    #[error("the store is at revision {0} already")]
    Past(u64),
    /// The store refused.
    #[error("the store refused it: {0}")]
    Store(String),
}
