//! What the objects of a fleet mean together. Pure: rows in, answers out.
//!
//! Must not know: tokio, the Kubernetes client, the screen, files, the environment, the clock.

pub mod act;
pub mod batch;
mod counters;
pub mod create;
pub mod describe;
pub mod detail;
pub mod drain;
pub mod edit;
pub mod filter;
pub mod for_person;
pub mod foretold;
pub mod health;
pub mod hosts;
pub mod merge;
pub mod nodes;
pub mod object_edit;
pub mod pace;
pub mod paused;
pub mod preflight;
mod premises;
pub mod problems;
pub mod rollout;
pub mod row;
pub mod session;
pub mod store;
pub mod summary;
pub mod table;
pub mod timeline;
mod topology;
pub mod tree;
pub mod waits_for;
pub mod walk;
pub mod why;
pub mod workload;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile;

pub use batch::{Batch, Change, Update, Walks};
pub use row::Row;
pub use session::{Connection, Login, Permitted, Session};
pub use store::FleetStore;
