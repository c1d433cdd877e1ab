//! What screens have of rows: marks, and all of them as text.

use super::Screen;

impl Screen {
    /// What is said of marked rows.
    pub fn marked(&self) -> Option<String> {
        match self {
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Nodes(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => None,
            Self::Table(table) => table.marked(),
            Self::Hosts(hosts) => hosts.marked(),
        }
    }

    /// The person goes elsewhere: what was marked here is not meant there, nor when they come back.
    pub fn leave(&mut self) {
        match self {
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Nodes(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => {}
            Self::Table(table) => {
                table.clear_marks();
            }
            Self::Hosts(hosts) => {
                hosts.clear_marks();
            }
        }
    }

    /// All of it as text, for a file; nothing of a screen of which the frame is all.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => None,
            Self::Table(table) => Some(table.text()),
            Self::Hosts(hosts) => Some(hosts.text()),
            Self::Nodes(nodes) => Some(nodes.text()),
        }
    }
}
