//! The help screen: every key of a place from the keymap itself, and the words of the command line.

use crate::command::line::WORDS;
use crate::command::{Move, Place, TABLE};
use crate::keymap::Keymap;
use crate::prose::Line;
use crate::theme::Role;

/// The help screen.
#[derive(Debug)]
pub struct State {
    /// The place that was asked from; its keys come first.
    pub place: Place,
    lines: Vec<Line>,
    offset: usize,
    height: usize,
}

/// Cells for keys, and for the words of the command line.
const KEY_CELLS: usize = 18;
const WORD_CELLS: usize = 30;
/// Where the names of commands stand, when what comes before is not longer.
const DOC_END: usize = 56;

impl State {
    /// Help for a place.
    pub fn open(place: Place, keymap: &Keymap, height: u16) -> Self {
        let mut lines = Vec::new();
        let others = Place::ALL
            .into_iter()
            .filter(|other| *other != place && *other != Place::Everywhere);
        for place in [place, Place::Everywhere].into_iter().chain(others) {
            section(place, keymap, &mut lines);
        }
        lines.push(Line::ours(Role::Section, "Command line"));
        for word in WORDS {
            let name = format!(
                ":{} {}",
                word.names.join(" :"),
                word.argument.map_or("", |argument| argument.shown())
            );
            lines.push(
                Line::new()
                    .text(Role::Key, &name)
                    .pad(WORD_CELLS)
                    .word(Role::Text, word.doc),
            );
        }
        Self {
            place,
            lines,
            offset: 0,
            height: usize::from(height).max(1),
        }
    }

    /// Scrolls.
    pub fn go(&mut self, command: Move) {
        let page = self.height.saturating_sub(1).max(1);
        let offset = match command {
            Move::Down => self.offset + 1,
            Move::Up => self.offset.saturating_sub(1),
            Move::PageDown => self.offset + page,
            Move::PageUp => self.offset.saturating_sub(page),
            Move::HalfDown => self.offset + page.div_ceil(2),
            Move::HalfUp => self.offset.saturating_sub(page.div_ceil(2)),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
        self.offset = offset.min(self.lines.len().saturating_sub(self.height));
    }

    /// Gives the screen another height.
    pub fn resize(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.offset = self.offset.min(self.lines.len().saturating_sub(self.height));
    }

    /// The lines that are on the screen.
    pub fn on_screen(&self) -> &[Line] {
        let end = self.lines.len().min(self.offset + self.height);
        self.lines.get(self.offset..end).unwrap_or_default()
    }
}

fn section(place: Place, keymap: &Keymap, lines: &mut Vec<Line>) {
    lines.push(Line::ours(Role::Section, place.title()));
    for entry in TABLE.iter().filter(|entry| entry.places.contains(&place)) {
        let keys: Vec<_> = keymap
            .bindings(place)
            .iter()
            .filter(|binding| binding.command == entry.command)
            .map(|binding| crate::keymap::written(&binding.chords))
            .collect();
        let keys = if keys.is_empty() {
            "<disabled>".to_owned()
        } else {
            keys.join("  ")
        };
        let role = if keys == "<disabled>" {
            Role::Dim
        } else {
            Role::Key
        };
        let line = Line::new()
            .text(role, &keys)
            .pad(KEY_CELLS)
            .word(Role::Text, entry.doc)
            .pad(DOC_END);
        // By this name keymaps call it.
        lines.push(line.word(Role::Text, "  ").word(Role::Dim, entry.name));
    }
    lines.push(Line::new());
}
