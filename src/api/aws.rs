//! The kinds of the AWS provider, as Rust types. The schemas of their definitions are derived from these.
//!
//! Its v1beta2 is a version of its own: its conditions have severities, and its contract is v1beta1.

pub mod cluster;
pub mod eks_access;
pub mod eks_addons;
pub mod eks_config;
pub mod fargate_profile;
pub mod identity;
pub mod instance;
pub mod launch_template;
pub mod load_balancer;
pub mod machine;
pub mod machine_pool;
pub mod machine_setup;
pub mod machine_template;
pub mod managed_cluster;
pub mod managed_control_plane;
pub mod managed_machine_pool;
pub mod network;
pub mod network_status;
pub mod nodeadm_config;
