//! What screens have of rows: what was asked for with them, panes, marks, and all of them as text.

use super::Screen;
use crate::within::Within;

impl Screen {
    /// The part of the fleet that was asked for with it, whatever is shown elsewhere.
    pub fn within(&self) -> Option<&Within> {
        match self {
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => None,
            Self::Table(table) => Some(table.within()),
            Self::Hosts(hosts) => Some(hosts.within()),
            Self::Nodes(nodes) => Some(nodes.within()),
        }
    }

    /// Whether the detail pane follows its cursor, as that of the tree.
    pub fn has_panes(&self) -> bool {
        match self {
            Self::Table(_) => true,
            // They tell of the row under the cursor themselves, or are no lists of objects.
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Hosts(_)
            | Self::Nodes(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => false,
        }
    }

    /// Whether the person has chosen the row under the cursor of a list that others change too.
    pub fn is_held(&self) -> bool {
        match self {
            Self::Problems(problems) => problems.list.is_held(),
            Self::Table(table) => table.list.is_held(),
            Self::Hosts(hosts) => hosts.list.is_held(),
            Self::Nodes(nodes) => nodes.list.is_held(),
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Edit(_)
            | Self::Activity(_)
            | Self::Upgrade(_)
            | Self::Create(_) => false,
        }
    }

    /// Something is done with the row under its cursor: from now on that one is meant, whatever comes in above.
    pub fn hold(&mut self) {
        match self {
            Self::Object(_) | Self::Help(_) | Self::Edit(_) => {}
            Self::Contexts(contexts) => contexts.list.hold(),
            Self::Problems(problems) => problems.list.hold(),
            Self::Table(table) => table.list.hold(),
            Self::Hosts(hosts) => hosts.list.hold(),
            Self::Nodes(nodes) => nodes.list.hold(),
            Self::Activity(activity) => activity.list.hold(),
            Self::Upgrade(upgrade) => upgrade.list.hold(),
            Self::Create(create) => create.list.hold(),
        }
    }

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
