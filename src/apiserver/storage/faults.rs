//! Places in the life of a store where tests let it die or fail. In a server nothing happens there.

use std::io;
use std::sync::Arc;

/// A place between two steps that must hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailPoint {
    /// The files of a new store are written, and not yet at their place.
    StoreMade,
    /// A group of batches passed its checks; nothing is written.
    GroupStaged,
    /// The changes are in the database's transaction, which is not committed.
    TransactionFilled,
    /// The database has committed; the mark of what is acknowledged is not yet written.
    TransactionCommitted,
    /// Everything is durable; nobody can read it yet.
    MarkWritten,
    /// Everybody can read it; nobody was answered yet.
    Published,
}

impl FailPoint {
    /// All of them, in the order in which a write passes them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::StoreMade,
        Self::GroupStaged,
        Self::TransactionFilled,
        Self::TransactionCommitted,
        Self::MarkWritten,
        Self::Published,
    ];
}

/// What happens at a place.
pub(crate) trait Faults: Send + Sync {
    /// Lets the store go on, or fail as if a file had.
    fn at(&self, point: FailPoint) -> io::Result<()>;
}

/// Shared by all parts of a store.
pub(crate) type SharedFaults = Arc<dyn Faults>;

/// Nothing ever happens.
pub(crate) struct NoFaults;

impl Faults for NoFaults {
    fn at(&self, _: FailPoint) -> io::Result<()> {
        Ok(())
    }
}
