//! Talking to fleets: one session for each management cluster, watches, batches, execution of commands.
//!
//! A session task owns its connection, its discovery and its watches; nothing that one management cluster does or fails
//! to do delays another. What sessions learn leaves through one bounded queue, coalesced for each object.
//!
//! Must not know: the screen, what the objects mean, where kubeconfigs come from.

mod act;
mod catalogue;
mod command;
mod create;
mod discovery;
mod editable;
mod execute;
mod fault;
mod fleet_client;
mod gather;
mod inventory;
mod known;
mod lines;
mod object;
mod pending;
mod request;
mod retry;
mod schema;
mod session;
mod settings;
mod skew;
mod standing;
mod supervisor;
mod walk;
mod watcher;
mod whole;

pub use act::audit::AuditLog;
pub use command::{Answer, Command, Failure, FailureKind, Outcome};
pub use create::{Creations, Interrupted};
pub use fleet_client::FleetClient;
pub use settings::{ClientSettings, LookedUp};
pub use walk::{StoredWalk, WalkTold};

#[cfg(test)]
mod tests;
