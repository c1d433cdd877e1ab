//! Creations of clusters: their objects through the gate in order, each written down before it is sent and once it is answered;
//! what is gone on with after an interruption, and what takes a creation back.
//!
//! Must not know: what the objects are, how a creation is planned or shown.

mod engine;
mod namespace;
mod records;

pub use engine::Interrupted;
pub use records::Creations;
