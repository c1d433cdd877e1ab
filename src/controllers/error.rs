//! What can go wrong in a reconcile.

use crate::workloads::WorkloadError;

/// A reconcile did not finish; it is tried again after a pause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The management cluster, or a workload cluster, refused or failed a request.
    #[error("{what}")]
    Request {
        /// What was tried, on which object.
        what: String,
        /// Why not.
        source: Box<kube::Error>,
    },
    /// A request was not answered in time.
    #[error("{what}: no answer within {seconds} s")]
    Timeout {
        /// What was tried, on which object.
        what: String,
        /// How long was waited.
        seconds: u64,
    },
    /// Something is written in an object that cannot be followed.
    #[error("{0}")]
    Unclear(String),
    /// A workload cluster cannot be had.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
}

impl Error {
    /// Whether somebody else wrote the object in between; trying again at once is right then.
    pub(crate) fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// What the server said, where it did.
    pub(crate) fn answer(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Request { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            Self::Timeout { .. } | Self::Unclear(_) | Self::Workload(_) => None,
        }
    }

    /// Whether an object of that name is there.
    pub(crate) fn is_already_there(&self) -> bool {
        self.answer()
            .is_some_and(|status| status.reason == "AlreadyExists")
    }

    /// Whether the server does not serve what was looked for.
    pub(crate) fn is_discovery(&self) -> bool {
        match self {
            Self::Request { source, .. } => matches!(source.as_ref(), kube::Error::Discovery(_)),
            Self::Timeout { .. } | Self::Unclear(_) | Self::Workload(_) => false,
        }
    }

    /// Whether the object is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// The HTTP status, where there was one.
    fn code(&self) -> Option<u16> {
        self.answer().map(|status| status.code)
    }
}
