//! Parts of kubeadm's configuration that differ from v1beta2's.

pub mod cluster_configuration;
pub mod discovery;
pub mod machine_setup;
pub mod node_configuration;
