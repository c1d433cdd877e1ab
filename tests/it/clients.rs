//! Real clients against an embedded management cluster over a real socket.

mod kubectl;
pub(crate) mod management_cluster;
mod python;
mod who_may;
