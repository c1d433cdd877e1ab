//! Parts of kubeadm's configuration, which KubeadmConfig and KubeadmControlPlane embed.

mod cluster_configuration;
mod components;
mod discovery;
mod machine_setup;
mod node_configuration;

pub use cluster_configuration::*;
pub use components::*;
pub use discovery::*;
pub use machine_setup::*;
pub use node_configuration::*;
