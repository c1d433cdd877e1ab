//! Real clients against an embedded management cluster over a real socket.

mod kubectl;
mod management_cluster;
mod who_may;
