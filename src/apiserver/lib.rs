//! An embeddable Kubernetes API server over an embedded store: resources built in and defined at runtime, watches, garbage
//! collection, and logical clusters that live side by side in one process.
//!
//! Must not know: the console, the fleet; and Cluster API only in `cluster_api`. Whoever needs something of it asks over the
//! API.

pub mod admission;
mod audit;
pub mod authn;
mod authz;
mod certificates;
pub mod discovery;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod jsonpath;
pub mod openapi;
pub mod registry;
pub mod server;
pub mod table;

mod answer;
mod apply;
mod call;
mod client;
mod cluster_api;
mod convert;
mod forms;
mod furnishing;
mod gc;
mod handlers;
mod hosted;
mod identity;
mod impersonation;
mod instance;
mod logical;
mod object;
mod outgoing;
mod patch;
mod protobuf;
mod request;
mod reviews;
mod router;
mod schema;
mod selector;
mod status;
mod storage;
mod strategy;
mod typed;
#[allow(
    dead_code,
    reason = "server-side apply reads the facts that nobody else needs"
)]
mod types;
mod upkeep;
mod visit;
mod warnings;

#[cfg(test)]
mod any_input_tests;
#[cfg(test)]
mod api_tests;

pub use apply::FieldTypes;
pub use convert::{Converter, Definitions};
pub use instance::{ApiServer, BuildError, Builder, Extent, LevelError, LogicalClusterError, SelfCheckError};
pub use logical::{InvalidLogicalCluster, LogicalCluster};
pub use registry::{Column, Kept, Resource, ScalePaths};
pub use router::VERSION;
pub use schema::WrittenSchema;
pub use status::{ApiError, Cause};
pub use storage::{HistoryLimits, OpenError, backup};
