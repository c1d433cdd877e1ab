//! What keys do to a change that is looked at before it is written: its lines are scrolled, and a reason is typed.

use super::state::Review;
use crate::chord::{Chord, Key, Named};

/// A page of a difference.
pub(super) const PAGE: isize = 10;

impl Review {
    /// Scrolls the lines of the difference.
    pub(super) fn scroll(&mut self, by: isize) {
        let last = self.diff.len().saturating_sub(1);
        self.offset = self.offset.saturating_add_signed(by).min(last);
    }

    /// A chord that is no command and accepts nothing.
    pub(super) fn type_chord(&mut self, chord: Chord) {
        match chord.key {
            Key::Named(Named::Down) => self.scroll(1),
            Key::Named(Named::Up) => self.scroll(-1),
            Key::Named(Named::PageDown) => self.scroll(PAGE),
            Key::Named(Named::PageUp) => self.scroll(-PAGE),
            Key::Named(_) | Key::Char(_) if self.in_reason => {
                self.reason.type_chord(chord);
            }
            Key::Named(_) | Key::Char(_) | Key::Function(_) => {}
        }
    }
}
