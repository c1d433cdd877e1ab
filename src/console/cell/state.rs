//! What the editor in a cell holds.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::edit::{Change, Field};
use fleetui_fleet::tree::Node;
use jiff::Timestamp;

use crate::effect::EffectId;
use crate::line_input::LineInput;

/// The editor, and what it has sent off.
#[derive(Debug, Default)]
pub struct State {
    /// The editor, while one is open.
    pub editor: Option<Editor>,
    /// Writes that are under way, or have ended a moment ago.
    pub writes: Vec<Write>,
}

/// An open editor.
#[derive(Debug)]
pub struct Editor {
    /// The row.
    pub key: ObjectKey,
    /// The cell.
    pub field: Field,
    /// The uid of the row when the editor opened.
    pub uid: CompactString,
    /// The value when the editor opened.
    pub from: String,
    /// What is typed.
    pub input: LineInput,
    /// Versions that a person may mean here.
    pub candidates: Vec<CompactString>,
    /// The candidate that was taken last.
    pub chosen: Option<usize>,
    /// How far it is.
    pub phase: Phase,
    /// What happened to the object meanwhile, if something did.
    pub meanwhile: Option<Shown>,
}

/// How far an editor is.
#[derive(Debug)]
pub enum Phase {
    /// The object is read, so that what is edited is not an old reading; `enter` is remembered.
    Loading {
        /// The reading.
        effect: EffectId,
        /// Whether `enter` was pressed meanwhile.
        submit: bool,
    },
    /// The value is typed.
    Editing {
        /// What is wrong with what is typed.
        problem: Option<Shown>,
    },
    /// The server is asked whether it would take the change.
    Checking {
        /// The question.
        effect: EffectId,
        /// The change.
        change: Box<Change>,
    },
    /// The server would take it; the person decides.
    Reviewing {
        /// The change.
        change: Box<Change>,
        /// What the server warns of.
        warnings: Vec<Shown>,
    },
}

/// A change that was sent.
#[derive(Debug)]
pub struct Write {
    /// The row that it was made on.
    pub key: ObjectKey,
    /// The change.
    pub change: Change,
    /// How far it is.
    pub status: WriteStatus,
}

/// How far a write is.
#[derive(Debug)]
pub enum WriteStatus {
    /// Under way.
    Applying(EffectId),
    /// Written; shown until then.
    Done(Timestamp),
    /// Not written; shown until then.
    Failed(Shown, Timestamp),
}

impl State {
    /// Whether the keys go to the editor.
    pub fn is_open(&self) -> bool {
        self.editor.is_some()
    }

    /// The editor, if it is on this node.
    pub fn editor_on(&self, node: &Node) -> Option<&Editor> {
        self.editor
            .as_ref()
            .filter(|editor| matches!(node, Node::Object(key) if *key == editor.key))
    }

    /// The write that is shown under this node.
    pub fn write_on(&self, node: &Node) -> Option<&Write> {
        self.writes
            .iter()
            .rev()
            .find(|write| matches!(node, Node::Object(key) if *key == write.key))
    }

    /// The nodes that have a line below.
    pub fn under(&self) -> Vec<Node> {
        let editors = self.editor.iter().map(|editor| &editor.key);
        let writes = self.writes.iter().map(|write| &write.key);
        editors
            .chain(writes)
            .map(|key| Node::Object(key.clone()))
            .collect()
    }
}

/// The name of a field, as its column is titled.
pub fn title(field: Field) -> &'static str {
    match field {
        Field::Replicas => "REPLICAS",
        Field::Version => "VERSION",
    }
}
