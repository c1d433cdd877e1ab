//! The screens. Screens never use screens.

pub mod help;
pub mod object;
pub mod tree;

use fleetui_base::ManagementCluster;

/// A screen that stands over the tree.
#[derive(Debug)]
pub enum Screen {
    /// One object.
    Object(Box<object::State>),
    /// The keys.
    Help(help::State),
}

impl Screen {
    /// The management cluster of what it shows.
    pub fn management_cluster(&self) -> Option<&ManagementCluster> {
        match self {
            Self::Object(object) => Some(&object.key.management_cluster),
            Self::Help(_) => None,
        }
    }
}
