//! The screens. Screens never use screens.

pub mod contexts;
pub mod help;
pub mod object;
pub mod tree;

use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::access::Access;
use crate::command::{Move, Place};
use crate::detail;
use crate::effect::{Effects, Outcome};
use crate::glyphs::Glyphs;
use crate::keymap::Keymap;
use crate::look::Look;
use crate::subject::Subject;

/// A screen that stands over the tree.
#[derive(Debug)]
pub enum Screen {
    /// One object.
    Object(Box<object::State>),
    /// The keys.
    Help(help::State),
    /// The management clusters.
    Contexts(Box<contexts::State>),
}

/// What screens are made from; lent by the app.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Whether anything may be written at all.
    pub access: Access,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// The keys.
    pub keymap: &'a Keymap,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// The namespace that is shown alone.
    pub namespace: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

impl<'a> Ground<'a> {
    /// What prose is made from.
    pub fn prose(self) -> detail::Ground<'a> {
        detail::Ground {
            fleet: self.fleet,
            access: self.access,
            glyphs: self.glyphs,
            now: self.now,
        }
    }

    fn help(self) -> help::Ground<'a> {
        help::Ground {
            keymap: self.keymap,
            glyphs: self.glyphs,
            size: self.size,
        }
    }
}

impl Screen {
    /// Where keys are pressed while it is on top.
    pub fn place(&self) -> Place {
        match self {
            Self::Object(_) => Place::Object,
            Self::Help(_) => Place::Help,
            Self::Contexts(_) => Place::Contexts,
        }
    }

    /// What is under its cursor, or what it is about.
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::Object(object) => Some(Subject::Object(object.key.clone())),
            Self::Help(_) => None,
            Self::Contexts(contexts) => contexts.subject(),
        }
    }

    /// Moves the cursor, or scrolls.
    pub fn go(&mut self, command: Move) {
        match self {
            Self::Object(object) => object.go(command),
            Self::Help(help) => help.go(command),
            Self::Contexts(contexts) => contexts.go(command),
        }
    }

    /// Its cursor has moved.
    pub fn follow(&mut self, ground: Ground<'_>) {
        match self {
            Self::Object(_) | Self::Help(_) => {}
            Self::Contexts(contexts) => contexts.tell(ground.prose()),
        }
    }

    /// The fleet has changed.
    pub fn refresh(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        match self {
            Self::Object(object) => {
                object.refresh(ground.prose());
                object.follow(ground.now, effects);
            }
            Self::Help(_) => {}
            Self::Contexts(contexts) => contexts.refresh(ground.prose()),
        }
    }

    /// It has another size, or the keys have changed.
    pub fn resize(&mut self, ground: Ground<'_>) {
        match self {
            Self::Object(object) => object.resize(ground.size, ground.prose()),
            Self::Help(help) => help.resize(ground.help()),
            Self::Contexts(contexts) => contexts.resize(ground.size, ground.prose()),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp, effects: &mut Effects) {
        match self {
            Self::Object(object) => object.follow(now, effects),
            Self::Help(_) | Self::Contexts(_) => {}
        }
    }

    /// An outcome; says whether it was one that the screen waits for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        match self {
            Self::Object(object) => object.outcome(outcome),
            Self::Help(_) | Self::Contexts(_) => false,
        }
    }

    /// Stops waiting for anything.
    pub fn close(&self, effects: &mut Effects) {
        match self {
            Self::Object(object) => object.close(effects),
            Self::Help(_) | Self::Contexts(_) => {}
        }
    }

    /// Paints title and body.
    pub fn view(&self, look: &Look, keymap: &Keymap, (title, body): (Rect, Rect), buffer: &mut Buffer) {
        match self {
            Self::Object(state) => object::view::view(state, look, title, body, buffer),
            Self::Help(state) => help::view::view(state, look, &keymap.name, (title, body), buffer),
            Self::Contexts(state) => contexts::view::view(state, look, (title, body), buffer),
        }
    }
}
