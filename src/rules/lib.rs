//! What Cluster API decides, as pure functions: rollout planner, delete order, condition merges, versions, names, phases,
//! preflight checks, and what is refused when an object is written.
//!
//! Must not know: tokio, the Kubernetes client, the screen, files, the environment, the clock (times are arguments).

pub mod admission;
pub mod condition_merge;
pub mod control_plane_order;
pub mod delete_order;
pub mod endpoint;
pub mod field_owner;
pub mod format;
pub mod health_check;
pub mod hosts;
pub mod image;
pub mod names;
pub mod network;
pub mod old_conditions;
pub mod phase;
pub mod preflight;
pub mod quorum;
pub mod rollout;
pub mod selector;
pub mod support;
pub mod template;
pub mod upgrade;
pub mod version;
