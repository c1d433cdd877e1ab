//! What the screen on which an object is edited holds, and how it goes from one phase to the next.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::access::Access;
use fleetui_fleet::act::{FieldChange, Judgement, Plan};
use fleetui_fleet::merge::DiffLine;
use fleetui_fleet::object_edit::{self, Editable};
use jiff::Timestamp;
use serde_json::Value;

use super::conflict::Conflict;
use crate::draft::{Draft, Drafting};
use crate::effect::{Action, EffectId, Effects, Outcome, Request};
use crate::line_input::LineInput;
use crate::prose::Line;
use crate::theme::Role;
use crate::yaml::Text;
use crate::yaml::view::GUTTER;

/// Lines of the text give way to so many that tell what it is about.
pub const ABOUT_ROWS: u16 = 5;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Whether anything may be written at all.
    pub access: Access,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

/// How far it is.
#[derive(Debug)]
pub enum Phase {
    /// The object is read, and the draft of it, where there is one.
    Loading {
        /// The object; none once it has come.
        object: Option<EffectId>,
        /// The same of the draft.
        draft: Option<EffectId>,
    },
    /// A draft is there, which is offered.
    Offered(Box<Draft>),
    /// The text is typed.
    Editing,
    /// The person's own editor has the terminal.
    Outside(EffectId),
    /// It is read what others have made of the object meanwhile.
    Rereading(EffectId, Box<Value>),
    /// The server checks the change.
    Checking(EffectId, Box<Plan>),
    /// The change is shown.
    Reviewing(Box<Review>),
    /// The change is written.
    Applying(EffectId, Box<Plan>),
    /// Others have changed the same.
    Conflict(Box<Conflict>),
    /// It is over, and what is said then.
    Done(String),
    /// The object cannot be edited.
    Failed(Shown),
}

/// A change as it is shown before it is written.
#[derive(Debug)]
pub struct Review {
    /// The change.
    pub plan: Plan,
    /// What the gate and the server say of it.
    pub judgement: Judgement,
    /// When they said so.
    pub at: Timestamp,
    /// What becomes of the text of the object, as the server would have it.
    pub diff: Vec<DiffLine>,
    /// Why, for the audit log; may be empty.
    pub reason: LineInput,
    /// Whether that is what is typed.
    pub in_reason: bool,
    /// What the server makes otherwise of what was typed.
    pub made: Vec<FieldChange>,
    /// The first line of it that is shown.
    pub offset: usize,
    /// Whether it was asked once more already.
    pub asked: bool,
}

/// The screen.
#[derive(Debug)]
pub struct State {
    /// The object.
    pub key: ObjectKey,
    /// How far it is.
    pub phase: Phase,
    /// The text; empty until it is there.
    pub text: Text,
    /// What the text was made of.
    pub base: Option<Editable>,
    /// What is said of the last thing that was done.
    pub note: Option<(bool, Shown)>,
    /// What a topology does with the object, where one manages it.
    pub set_back: Option<String>,
    /// The draft that is on the disk: when it was kept.
    pub kept_at: Option<Timestamp>,
    /// What the server said of the change, while it is looked at what will hold drains.
    pub(super) weighed: Option<Box<Judgement>>,
    pub(super) uid: CompactString,
    pub(super) now: Timestamp,
    /// Whether the person's own editor is wanted.
    pub(super) outside: bool,
    /// Whether the text is another one than the draft on the disk.
    pub(super) unkept: bool,
    /// Effects whose failing is told: the draft being kept.
    pub(super) keeping: Option<EffectId>,
    pub(super) draft: Option<Box<Draft>>,
    pub(super) arrived: Vec<Outcome>,
    /// How often in a row others came first.
    pub(super) conflicts: u8,
    pub(super) size: (u16, u16),
}

impl State {
    /// Opens the screen and asks for the object and for a draft of it; `outside` is whether the person's own editor is wanted.
    pub fn open(key: ObjectKey, outside: bool, ground: Ground<'_>, effects: &mut Effects) -> Self {
        let row = ground.fleet.get(&key);
        let uid = row.map(|row| row.facts.uid.clone()).unwrap_or_default();
        let mut state = Self {
            phase: Phase::Editing,
            text: Text::new("", (0, 0)),
            base: None,
            note: None,
            set_back: row.and_then(|row| object_edit::set_back(ground.fleet, row)),
            kept_at: None,
            weighed: None,
            uid,
            now: ground.now,
            outside,
            unkept: false,
            keeping: None,
            draft: None,
            arrived: Vec::new(),
            conflicts: 0,
            size: ground.size,
            key,
        };
        if let Some(why) = object_edit::refuses(&state.key.kind) {
            state.phase = Phase::Failed(Shown::ours(why));
            return state;
        }
        let object = state.ask(effects);
        let draft = state.drafting(Drafting::Read, effects);
        state.phase = Phase::Loading {
            object: Some(object),
            draft: Some(draft),
        };
        state
    }

    pub(super) fn ask(&self, effects: &mut Effects) -> EffectId {
        effects.ask(Request::Editable {
            key: self.key.clone(),
            uid: self.uid.clone(),
        })
    }

    pub(super) fn drafting(&self, what: Drafting, effects: &mut Effects) -> EffectId {
        effects.push(Action::Draft(self.key.clone(), self.uid.clone(), what))
    }

    /// What is said when it is over, which it is then.
    pub fn finished(&self) -> Option<&str> {
        match &self.phase {
            Phase::Done(said) => Some(said),
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Editing
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Reviewing(_)
            | Phase::Applying(..)
            | Phase::Conflict(_)
            | Phase::Failed(_) => None,
        }
    }

    /// Whether time alone changes something: a draft that is to be kept.
    pub fn is_restless(&self) -> bool {
        self.unkept
    }

    /// Whether the text says something else than the object it was made of.
    pub fn is_changed(&self) -> bool {
        self.base
            .as_ref()
            .is_some_and(|base| self.text.whole() != yaml_of(&base.object))
    }

    /// The effect whose outcome it waits for.
    fn waits_for(&self, id: EffectId) -> bool {
        let of_phase = match &self.phase {
            Phase::Loading { object, draft } => [*object, *draft].contains(&Some(id)),
            Phase::Outside(effect)
            | Phase::Rereading(effect, _)
            | Phase::Checking(effect, _)
            | Phase::Applying(effect, _) => *effect == id,
            Phase::Offered(_)
            | Phase::Editing
            | Phase::Reviewing(_)
            | Phase::Conflict(_)
            | Phase::Done(_)
            | Phase::Failed(_) => false,
        };
        of_phase || self.keeping == Some(id)
    }

    /// Takes an outcome; says whether it was waited for. What comes of it is seen to when it is followed.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        let waited = self.waits_for(outcome.id);
        if waited {
            self.arrived.push(outcome.clone());
        }
        waited
    }

    /// Other columns and lines.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        let room = self.room();
        self.text.resize(room);
    }

    /// Columns and lines that the text has.
    pub(super) fn room(&self) -> (usize, usize) {
        let (width, height) = self.size;
        (
            usize::from(width.saturating_sub(GUTTER + 1)),
            usize::from(height.saturating_sub(self.about_rows())),
        )
    }

    /// Lines below the text, with their rule: more where more has to be said, at most half of all.
    pub(super) fn about_rows(&self) -> u16 {
        let (width, height) = self.size;
        let note = self.note.as_ref().map_or(0, |(_, note)| {
            let line = Line::new().shown(Role::Message, note.clone());
            line.wrapped(usize::from(width.saturating_sub(2)), usize::MAX)
                .len()
        });
        // The rule, the field that the caret is at, and what the schema says of it.
        let wanted = u16::try_from(note).unwrap_or(u16::MAX).saturating_add(3);
        wanted.clamp(ABOUT_ROWS, (height / 2).max(ABOUT_ROWS))
    }

    /// Puts another text in the place of what is there.
    pub(super) fn put_text(&mut self, text: &str) {
        let line = self.text.caret().0;
        self.text = Text::new(text, self.room());
        self.text.go_to(line);
        self.look();
    }

    /// Time has passed: the draft is kept where the text is another one; says whether it has to be drawn anew.
    pub fn tick(&mut self, now: Timestamp, effects: &mut Effects) -> bool {
        let keep = self.unkept && self.base.is_some();
        if keep {
            self.keep(now, effects);
            self.look();
        }
        keep
    }

    /// Keeps the draft; where nothing was changed there is none.
    pub(super) fn keep(&mut self, now: Timestamp, effects: &mut Effects) {
        self.unkept = false;
        self.now = now;
        let Some(draft) = self.made() else { return };
        if self.is_changed() {
            self.keeping = Some(self.drafting(Drafting::Keep(Box::new(draft)), effects));
            self.kept_at = Some(now);
        } else if self.kept_at.take().is_some() {
            self.drafting(Drafting::Drop, effects);
        }
    }

    /// The draft of what is there now.
    pub(super) fn made(&self) -> Option<Draft> {
        let base = self.base.as_ref()?;
        Some(Draft {
            key: self.key.clone(),
            uid: base.uid.clone(),
            resource_version: base.resource_version.clone(),
            at: self.now,
            base: Value::clone(&base.object),
            text: crate::draft::without_secrets(&self.text.whole(), &base.object),
        })
    }

    /// Stops waiting for anything that is not written already; the draft stays.
    pub fn close(&self, effects: &mut Effects) {
        if let Some(draft) = self.made().filter(|_| self.unkept && self.is_changed()) {
            self.drafting(Drafting::Keep(Box::new(draft)), effects);
        }
        match &self.phase {
            Phase::Loading { object, .. } => object.iter().for_each(|object| effects.abandon(*object)),
            Phase::Rereading(effect, _) | Phase::Checking(effect, _) => effects.abandon(*effect),
            // What is being written is written, whoever looks.
            Phase::Applying(..)
            | Phase::Outside(_)
            | Phase::Offered(_)
            | Phase::Editing
            | Phase::Reviewing(_)
            | Phase::Conflict(_)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }
}

/// An object as the text that is edited.
pub fn yaml_of(object: &Value) -> String {
    serde_yaml::to_string(object).unwrap_or_default()
}
