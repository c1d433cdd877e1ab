//! Cluster API's v1beta2 kinds as Rust types.
