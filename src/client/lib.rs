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
mod lend;
mod lines;
mod nodes;
mod object;
mod pending;
mod private;
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
mod workload;

pub use act::audit::AuditLog;
pub use command::{Answer, Command, Failure, FailureKind, Outcome};
pub use create::{Creations, Interrupted};
pub use fleet_client::FleetClient;
pub use fleetui_connect::kubeconfig::merge::{MergeError, Merged, Through};
pub use fleetui_connect::leftovers::{half_written, sweep};
pub use fleetui_connect::lent::{Borrower, LendError, sweep as sweep_lent};
pub use lend::{KubeconfigFile, Lent, LentError, borrower, exit_code, leads_outside, own_file};
pub use settings::{ClientSettings, LookedUp};
pub use walk::WalkTold;
pub use workload::{WorkloadClients, WorkloadSettings};

#[cfg(test)]
mod tests;
