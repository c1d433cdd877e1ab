//! What every room of fleetui stands on: the clock, the names of things, text that is safe to show, redaction.
//!
//! Must not know: tokio, the Kubernetes client, the screen, files, the environment.

pub mod clock;
pub mod human_duration;
pub mod names;
pub mod redact;
pub mod shown;

pub use clock::{Clock, SharedClock};
pub use names::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
pub use shown::Shown;
