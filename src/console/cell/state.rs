//! What the editor in a cell holds.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{FieldOwner, Plan};
use fleetui_fleet::edit::{Candidate, Field};
use fleetui_fleet::tree::Node;
use jiff::{SignedDuration, Timestamp};

use crate::chord::{Chord, Key, Named};
use crate::effect::EffectId;
use crate::line_input::LineInput;

/// The editor, and what it has sent off.
#[derive(Debug, Default)]
pub struct State {
    /// The editor, while one is open.
    pub editor: Option<Editor>,
    /// Writes that are under way, or have ended a moment ago.
    pub writes: Vec<Write>,
    /// When an editor was not opened, or a key was last kept from going elsewhere since.
    refused: Option<Timestamp>,
}

/// Keys that come so soon after an editor was not opened were meant for it.
const TYPED_AHEAD: SignedDuration = SignedDuration::from_secs(1);

/// An open editor.
#[derive(Debug)]
pub struct Editor {
    /// The row.
    pub key: ObjectKey,
    /// The cell.
    pub field: Field,
    /// The uid of the row when the editor opened.
    pub uid: CompactString,
    /// The object that is really written, which may be another one, and its uid.
    pub written: (ObjectKey, CompactString),
    /// Whose its fields are; none before it was read.
    pub owners: Option<Vec<FieldOwner>>,
    /// The value when the editor opened.
    pub from: String,
    /// What is typed.
    pub input: LineInput,
    /// Versions that a person may mean here.
    pub candidates: Vec<Candidate>,
    /// Those of them that fit what was typed.
    pub fitting: Vec<Candidate>,
    /// The one of those that was taken last.
    pub chosen: Option<usize>,
    /// How far it is.
    pub phase: Phase,
    /// What happened to the object meanwhile, if something did.
    pub meanwhile: Option<Shown>,
    /// Why, for the audit log; may be empty.
    pub reason: LineInput,
    /// Whether that is what is typed.
    pub in_reason: bool,
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
        /// What it comes to.
        outlook: Outlook,
    },
    /// The server is asked whether it would take the change.
    Checking {
        /// The question.
        effect: EffectId,
        /// The change.
        plan: Box<Plan>,
    },
    /// The server would take it; the person decides.
    Reviewing {
        /// The change, and what it will bring about.
        plan: Box<Plan>,
        /// What the server warns of.
        warnings: Vec<Shown>,
        /// When the server was asked.
        asked: Timestamp,
        /// Whether the person has said once more that an unusual change is meant.
        confirmed: bool,
    },
}

/// What a value that is being typed comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlook {
    /// Nothing yet.
    Open,
    /// The value that is there already.
    Same(Shown),
    /// A change, and what it will bring about.
    Change(Box<Plan>),
    /// Nothing that can be, by the fleet's own rules as the fleet is now.
    Wrong(Shown),
    /// What the server has said of it; that stands until something else is typed.
    Refused(Shown),
}

/// A change that was sent.
#[derive(Debug)]
pub struct Write {
    /// The row that it was made on.
    pub key: ObjectKey,
    /// The cell.
    pub field: Field,
    /// The change.
    pub plan: Box<Plan>,
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

    /// The change that waits for this outcome.
    pub fn applied(&self, effect: EffectId) -> Option<&Plan> {
        let waits = |write: &&Write| matches!(write.status, WriteStatus::Applying(id) if id == effect);
        self.writes.iter().find(waits).map(|write| write.plan.as_ref())
    }

    /// The nodes that have lines below, each once.
    pub fn nodes(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let editors = self.editor.iter().map(|editor| &editor.key);
        for key in editors.chain(self.writes.iter().map(|write| &write.key)) {
            let node = Node::Object(key.clone());
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// Notes that an editor was asked for and not opened.
    pub fn not_opened(&mut self, now: Timestamp) {
        self.refused = Some(now);
    }

    /// Whether a key was typed ahead into an editor that was not opened, and must not do something else.
    pub fn swallows(&mut self, chord: Chord, now: Timestamp) -> bool {
        let soon = |refused: Timestamp| now.duration_since(refused) <= TYPED_AHEAD;
        let swallowed = self.refused.is_some_and(soon) && belongs_to_a_value(chord);
        self.refused = swallowed.then_some(now);
        swallowed
    }
}

/// Whether a key is part of typing a number or a version, or ends it.
fn belongs_to_a_value(chord: Chord) -> bool {
    let named = |named: Named| chord == Chord::named(named);
    match chord.key {
        Key::Char(_) => chord
            .typed()
            .is_some_and(|typed| typed.is_ascii_digit() || matches!(typed, '+' | '-' | '.' | 'v')),
        Key::Named(_) => named(Named::Enter) || named(Named::Backspace),
        Key::Function(_) => false,
    }
}

/// The name of a field, as its column is titled.
pub fn title(field: Field) -> &'static str {
    match field {
        Field::Replicas => "REPLICAS",
        Field::Version => "VERSION",
    }
}
