//! The verbs, one a file. Each takes a parsed request and answers it; what garbage collection needs, it calls too.

pub(crate) mod access;
pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod delete_collection;
pub(crate) mod evict;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod patch;
mod protected;
pub(crate) mod record;
pub(crate) mod scale;
pub(crate) mod update;
pub(crate) mod watch;

/// How often a write that clashed with another one is tried again with what the other left.
pub(crate) const RETRIES: usize = 5;
