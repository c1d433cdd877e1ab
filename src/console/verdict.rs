//! How health is told: the role of its sign and of what stands beside it.

use fleetui_fleet::health::Health;

use crate::theme::Role;

/// The role of a state.
pub fn role(health: Health) -> Role {
    match health {
        Health::Good => Role::Good,
        Health::Paused => Role::Paused,
        Health::Progressing => Role::Progressing,
        Health::Unknown => Role::Unknown,
        Health::Warning => Role::Warning,
        Health::Failed => Role::Failed,
    }
}
