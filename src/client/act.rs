//! Acting on a fleet: the one gate that everything passes which is more than reading, and what it needs.
//!
//! Must not know: what an act is good for, or how it is shown.

pub(crate) mod audit;
mod conflict;
mod drains;
pub(crate) mod gate;
pub(crate) mod hints;
pub(crate) mod identity;
pub(crate) mod inspect;
mod kubeconfig;
pub(crate) mod notes;
pub(crate) mod permission;
mod resolve;
pub(crate) mod send;
pub(crate) mod tasks;
mod weigh;
