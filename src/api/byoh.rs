//! The kinds of the provider for hosts that one brings oneself, as Rust types. The schemas of their definitions are derived from
//! these: upstream's fields, those that its fork added, and those of the v1beta2 contract.

pub mod agent_upgrade;
pub mod bootstrap_kubeconfig;
pub mod cluster;
pub mod host;
pub mod installer;
pub mod machine;
