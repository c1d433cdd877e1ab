//! An embeddable Kubernetes API server over an embedded store: resources built in and defined at runtime, watches, garbage
//! collection, and logical clusters that live side by side in one process.
//!
//! Must not know: the console, the fleet; and Cluster API only in `cluster_api`. Whoever needs something of it asks over the
//! API.

pub mod admission;
pub mod authn;
pub mod discovery;
pub mod jsonpath;
pub mod openapi;
pub mod registry;
pub mod server;
pub mod table;

mod answer;
mod call;
mod client;
mod cluster_api;
mod convert;
mod gc;
mod handlers;
mod hosted;
mod instance;
mod logical;
mod object;
mod patch;
mod protobuf;
mod request;
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
mod warnings;

#[cfg(test)]
mod any_input_tests;
#[cfg(test)]
mod api_tests;

pub use convert::Converter;
pub use instance::{ApiServer, BuildError, Builder, LogicalClusterError};
pub use logical::{InvalidLogicalCluster, LogicalCluster};
pub use registry::{Column, Resource, ScalePaths};
pub use status::{ApiError, Cause};
pub use storage::{HistoryLimits, OpenError};
