//! What the object screen holds, and what happens to it.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::detail::detail;
use jiff::Timestamp;

use crate::command::Move;
use crate::detail::{Ground, object};
use crate::document::Document;
use crate::effect::{Answer, EffectId, Effects, Outcome, Request};
use crate::prose::Line;
use crate::theme::Role;

/// An object that changes all the time is read no more often than this.
const READ_AGAIN_AFTER_SECONDS: i64 = 2;

/// What is shown of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything, the YAML last.
    Description,
    /// The YAML alone.
    Yaml,
}

/// How far the reading of the whole object is.
#[derive(Debug)]
enum Reading {
    /// It was asked for.
    Waiting(EffectId),
    /// It is there.
    Read,
    /// It could not be read.
    Failed(Shown),
}

/// The object screen.
#[derive(Debug)]
pub struct State {
    /// The object.
    pub key: ObjectKey,
    /// What is shown of it.
    pub part: Part,
    /// Whether the object is not there any more; what is shown is what was last known.
    pub gone: bool,
    reading: Reading,
    asked: Timestamp,
    document: Option<Arc<Document>>,
    /// The resourceVersion of the row, to see that the object has changed since it was read.
    watched: CompactString,
    description: Vec<Line>,
    lines: Vec<Line>,
    offset: usize,
    size: (u16, u16),
}

impl State {
    /// Opens the screen of an object, and asks for the whole of it.
    pub fn open(
        key: ObjectKey,
        part: Part,
        ground: Ground<'_>,
        effects: &mut Effects,
        size: (u16, u16),
    ) -> Self {
        let uid = ground
            .fleet
            .get(&key)
            .map(|row| row.facts.uid.clone())
            .unwrap_or_default();
        let effect = effects.ask(Request::Read {
            key: key.clone(),
            uid,
        });
        let mut state = Self {
            key,
            part,
            gone: false,
            reading: Reading::Waiting(effect),
            asked: ground.now,
            document: None,
            watched: CompactString::default(),
            description: Vec::new(),
            lines: Vec::new(),
            offset: 0,
            size,
        };
        state.refresh(ground);
        state
    }

    /// Shows another part.
    pub fn show(&mut self, part: Part) {
        if self.part != part {
            self.part = part;
            self.offset = 0;
            self.compose();
        }
    }

    /// Writes the description anew, from what the fleet knows now.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0).saturating_sub(2);
        match detail(ground.fleet, &self.key, ground.now) {
            Some(detail) => {
                self.gone = false;
                self.watched.clone_from(&detail.row.facts.resource_version);
                let mut lines = object::heading(&detail, ground, width);
                lines.extend(object::conditions(&detail, ground, width));
                lines.push(Line::new());
                lines.extend(object::path(&detail, ground));
                lines.extend(object::references(&detail, ground));
                lines.extend(object::facts(&detail, ground, width));
                lines.push(Line::new());
                self.description = lines;
            }
            None => self.gone = true,
        }
        self.compose();
    }

    /// Asks for the object again.
    pub fn read_again(&mut self, now: Timestamp, effects: &mut Effects) {
        if let Reading::Waiting(effect) = self.reading {
            effects.abandon(effect);
        }
        self.reading = Reading::Waiting(effects.ask(Request::Read {
            key: self.key.clone(),
            uid: CompactString::default(),
        }));
        self.asked = now;
        self.compose();
    }

    /// Asks for the object again if it has changed since it was read, and not too often.
    pub fn follow(&mut self, now: Timestamp, effects: &mut Effects) {
        let changed = self
            .document
            .as_ref()
            .is_some_and(|document| document.resource_version != self.watched);
        let rested = now.as_second().saturating_sub(self.asked.as_second()) >= READ_AGAIN_AFTER_SECONDS;
        if changed && rested && !self.gone && matches!(self.reading, Reading::Read) {
            self.reading = Reading::Waiting(effects.ask(Request::Read {
                key: self.key.clone(),
                uid: CompactString::default(),
            }));
            self.asked = now;
        }
    }

    /// Stops waiting.
    pub fn close(&self, effects: &mut Effects) {
        if let Reading::Waiting(effect) = self.reading {
            effects.abandon(effect);
        }
    }

    /// An outcome; says whether it was the one that the screen waits for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        let Reading::Waiting(effect) = self.reading else {
            return false;
        };
        if effect != outcome.id {
            return false;
        }
        self.reading = match &outcome.answer {
            Answer::Object(document) => {
                self.document = Some(Arc::clone(document));
                Reading::Read
            }
            Answer::Failed(failure) => Reading::Failed(failure.message.clone()),
            Answer::Accepted(_) | Answer::Saved(_) => {
                Reading::Failed(Shown::ours("the server gave no object"))
            }
        };
        self.compose();
        true
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, size: (u16, u16), ground: Ground<'_>) {
        self.size = size;
        self.refresh(ground);
    }

    /// Scrolls.
    pub fn go(&mut self, command: Move) {
        let page = usize::from(self.size.1).saturating_sub(1).max(1);
        self.offset = match command {
            Move::Down => self.offset + 1,
            Move::Up => self.offset.saturating_sub(1),
            Move::PageDown => self.offset + page,
            Move::PageUp => self.offset.saturating_sub(page),
            Move::HalfDown => self.offset + page.div_ceil(2),
            Move::HalfUp => self.offset.saturating_sub(page.div_ceil(2)),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
        self.clamp();
    }

    fn clamp(&mut self) {
        self.offset = self
            .offset
            .min(self.lines.len().saturating_sub(usize::from(self.size.1)));
    }

    fn compose(&mut self) {
        let mut lines = match self.part {
            Part::Description => {
                let mut lines = self.description.clone();
                lines.push(Line::ours(Role::Section, "YAML"));
                lines
            }
            Part::Yaml => Vec::new(),
        };
        match (&self.reading, &self.document) {
            (Reading::Failed(why), _) => {
                lines.push(Line::ours(Role::Failed, "could not be read: ").shown(Role::Failed, why.clone()));
            }
            (Reading::Waiting(_), None) => lines.push(Line::ours(
                Role::Progressing,
                "reading the object from the server",
            )),
            (Reading::Waiting(_) | Reading::Read, _) => {}
        }
        if let Some(document) = &self.document {
            lines.extend(document.lines.iter().cloned());
        }
        self.lines = lines;
        self.clamp();
    }

    /// The lines that are on the screen.
    pub fn on_screen(&self) -> &[Line] {
        let end = self.lines.len().min(self.offset + usize::from(self.size.1));
        self.lines.get(self.offset..end).unwrap_or_default()
    }

    /// First and last line on the screen, from 1, and how many there are.
    pub fn position(&self) -> (usize, usize, usize) {
        let last = self.offset + self.on_screen().len();
        (self.lines.len().min(self.offset + 1), last, self.lines.len())
    }
}
