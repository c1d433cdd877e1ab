//! From a kubeconfig to a client: which management clusters are meant, with which credentials, through which proxy.
//!
//! Must not know: what the objects mean, sessions and watches, the screen.

pub mod connector;
pub mod credentials;
pub mod environment;
pub mod fleet_file;
pub mod kubeconfig;
pub mod leftovers;
pub mod lent;
mod line_error;
pub mod login;
pub mod overrides;
pub mod proxy;
pub mod stored;
pub mod target;
pub mod targets;

pub use connector::{ConnectError, ConnectSettings, Connected, Connector};
pub use credentials::{Broker, CredentialError, PluginSettings, Turn};
pub use environment::Environment;
pub use kubeconfig::{KubeconfigError, KubeconfigFiles};
pub use line_error::of_line;
pub use login::Login;
pub use overrides::Overrides;
pub use target::{Source, Target, Warning};
pub use targets::{TargetRequest, TargetsError, of_fleet, resolve};
