//! What a writer may ask of the store, and what it answers.

use std::sync::Arc;

use thiserror::Error;

use super::{Draft, Key, Stored};

/// What must be so before a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// No such object.
    Absent,
    /// The object is there, and its newest change has this revision.
    At(u64),
}

/// What is done to one key.
#[derive(Debug)]
pub(crate) enum Change {
    /// Nothing: only the precondition counts.
    Keep,
    /// Nothing but the revision.
    Touch,
    /// The object becomes this.
    Put(Draft),
    /// The object goes; watchers get its last state with the revision of the deletion.
    Delete,
}

/// Changes that happen together, under one revision, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(super) operations: Vec<(Key, Precondition, Change)>,
    /// The least revision that it may have.
    pub(super) not_before: u64,
}

impl Batch {
    /// A batch of one change.
    pub(crate) fn one(key: Key, precondition: Precondition, change: Change) -> Self {
        let mut batch = Self::default();
        batch.add(key, precondition, change);
        batch
    }

    /// Adds a change.
    pub(crate) fn add(&mut self, key: Key, precondition: Precondition, change: Change) {
        self.operations.push((key, precondition, change));
    }

    /// Adds the changes of another batch.
    pub(crate) fn append(&mut self, other: Self) {
        self.operations.extend(other.operations);
    }

    /// Gives it this revision at least.
    pub(crate) fn not_before(&mut self, revision: u64) {
        self.not_before = revision;
    }

    /// Whether nothing would be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// What a commit did.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    /// Its revision; the store's own where nothing changed.
    pub(crate) revision: u64,
    /// The objects put or deleted, in the order of the batch, with their revisions.
    pub(crate) objects: Vec<Arc<Stored>>,
}

/// Why a batch was not written.
#[derive(Debug, Clone, Error)]
pub(crate) enum CommitError {
    /// A precondition does not hold.
    #[error("{key} is not as expected ({expected:?}, found revision {found:?})")]
    Conflict {
        /// Whose.
        key: Box<Key>,
        /// What was expected.
        expected: Precondition,
        /// The revision that was found; none where there is no such object.
        found: Option<u64>,
    },
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// The write took too long; whether it happened is not known.
    #[error("the store did not answer in time")]
    Timeout,
    /// The database failed, now or before. Nothing more is written, because what is on the disk is not known.
    #[error("the store failed: {0}")]
    Failed(Arc<str>),
}
