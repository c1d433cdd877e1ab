//! How an object is doing, in one word and one line.

use compact_str::CompactString;

/// How an object is doing. Later ones are worse; a roll-up takes the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Good,
    /// Paused by a person: nothing moves, nothing is wrong.
    Paused,
    /// On its way: being provisioned, scaled, rolled out, deleted, within its usual time.
    Progressing,
    /// It cannot be told (conditions Unknown, nothing reported yet, connection lost).
    Unknown,
    /// Something needs a look: degraded, or stuck.
    Warning,
    /// Broken: a condition says so with an error.
    Failed,
}

/// How an object is doing and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The word.
    pub health: Health,
    /// Name and status of the condition that decides, `("Available", "False")`; for the CONDITION column.
    pub condition: Option<(CompactString, &'static str)>,
    /// The reason in one line, empty where all is well. From the cluster: not yet safe to show.
    pub line: String,
}

/// How the object of `row` is doing at `now`. The store is asked for what the row alone does not say (whether its Cluster is paused).
pub fn verdict(row: &crate::row::Row, store: &crate::FleetStore, now: jiff::Timestamp) -> Verdict {
    let _ = (row, store, now);
    Verdict {
        health: Health::Unknown,
        condition: None,
        line: String::new(),
    }
}
