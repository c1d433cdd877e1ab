//! Cluster API's v1beta1 kinds as Rust types: what differs from v1beta2. The schemas of their definitions are derived from these.
//!
//! Must not know: how a version becomes another.

pub mod cluster;
pub mod cluster_class;
pub mod cluster_resource_set;
pub mod conditions;
pub mod dev;
pub mod extension_config;
pub mod ip_address;
pub mod kubeadm;
pub mod kubeadm_config;
pub mod kubeadm_control_plane;
pub mod kubeadm_control_plane_template;
pub mod machine;
pub mod machine_deployment;
pub mod machine_health_check;
pub mod machine_pool;
pub mod machine_set;
pub mod references;
pub mod topology;
