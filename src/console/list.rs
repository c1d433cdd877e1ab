//! Rows in a list by what they are of: which one the cursor is on, and which are on the screen.
//!
//! The cursor stays on its row wherever that goes; where the row has gone, the cursor is on the one that has come into its place.
//! Until the person has moved it, or has done something with its row, it stays on the first one, whatever comes in above.
//! Must not know: what rows look like.

use std::ops::Range;

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::table::Sort;
use jiff::Timestamp;

use crate::command::Move;
use crate::glyphs::Glyphs;

/// What lists of objects are made from; lent by the app.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// The namespace that is shown alone.
    pub namespace: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// What was seen in which row when the screen was drawn last: whatever comes in between a frame and a press of the mouse, the
/// press means what the person looked at, or nothing.
#[derive(Debug, Clone)]
pub struct Seen<K> {
    rows: Vec<Option<K>>,
}

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<K: Clone> Seen<K> {
    /// Remembers rows from top to bottom; nothing where nothing can be meant.
    pub fn remember(&mut self, rows: impl IntoIterator<Item = Option<K>>) {
        self.rows.clear();
        self.rows.extend(rows);
    }

    /// What was seen in a row, from 0.
    pub fn at(&self, row: u16) -> Option<K> {
        self.rows.get(usize::from(row)).cloned().flatten()
    }
}

/// What came of a press of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// The cursor is on what was meant.
    Chosen,
    /// What was meant has gone since it was drawn.
    Gone,
    /// Nothing can be meant there.
    Nothing,
}

/// What is said when rows have been sorted by the column of that title.
pub fn sorted(sort: Sort, title: &str) -> String {
    let title = title.to_lowercase();
    if sort.reversed {
        format!("sorted by {title}, the other way round")
    } else {
        format!("sorted by {title}")
    }
}

/// A title with the sign of the order that rows stand in by it.
pub fn sorted_title(title: Shown, sort: Sort, glyphs: &Glyphs) -> Shown {
    let sign = if sort.reversed {
        glyphs.descending
    } else {
        glyphs.ascending
    };
    title.then(&Shown::ours(sign))
}

/// A title with the order that rows stand in by another column, which has no room.
pub fn title_sorted_by(title: Shown, column: &str, sort: Sort, glyphs: &Glyphs) -> Shown {
    let by = format!(" by {}", column.to_lowercase());
    sorted_title(title.then(&Shown::line(&by)), sort, glyphs)
}

/// Rows, the cursor, and the part that is on the screen.
#[derive(Debug, Clone)]
pub struct List<K> {
    rows: Vec<K>,
    seen: Seen<K>,
    at: usize,
    /// Whether the person means the row under the cursor, and not only the first one.
    held: bool,
    /// The row that the cursor was on and that has gone since: it gets the cursor back when it comes again.
    lost: Option<K>,
    offset: usize,
    height: usize,
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            seen: Seen::default(),
            at: 0,
            held: false,
            lost: None,
            offset: 0,
            height: 1,
        }
    }
}

impl<K: PartialEq + Clone> List<K> {
    /// Takes other rows, in their order.
    pub fn set(&mut self, rows: Vec<K>) {
        if !self.held {
            (self.rows, self.at, self.offset) = (rows, 0, 0);
            return;
        }
        let on_screen = self.at.saturating_sub(self.offset);
        let place = |wanted: &K| rows.iter().position(|row| row == wanted);
        let back = self.lost.as_ref().and_then(place);
        let stays = back.or_else(|| self.cursor().and_then(place));
        if back.is_some() {
            self.lost = None;
        } else if stays.is_none() && self.lost.is_none() {
            self.lost = self.cursor().cloned();
        }
        let last = rows.len().saturating_sub(1);
        self.at = stays.unwrap_or(self.at).min(last);
        self.rows = rows;
        // The row stays where it is on the screen, as far as that is possible.
        self.offset = self.at.saturating_sub(on_screen);
        self.clamp();
    }

    /// So many rows are seen at once.
    pub fn resize(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.clamp();
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.lost = None;
        self.hold();
        let page = self.height.saturating_sub(1).max(1);
        let half = page.div_ceil(2);
        self.at = match command {
            Move::Down => self.at + 1,
            Move::Up => self.at.saturating_sub(1),
            Move::PageDown => self.at + page,
            Move::PageUp => self.at.saturating_sub(page),
            Move::HalfDown => self.at + half,
            Move::HalfUp => self.at.saturating_sub(half),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
        self.clamp();
    }

    /// Puts the cursor on this row; says whether it is there.
    pub fn put(&mut self, row: &K) -> bool {
        let found = self.rows.iter().position(|known| known == row);
        if found.is_some() {
            self.lost = None;
            self.held = true;
        }
        self.at = found.unwrap_or(self.at);
        self.clamp();
        found.is_some()
    }

    /// Something is done with the row under the cursor: from now on that one is meant.
    pub fn hold(&mut self) {
        self.held |= !self.rows.is_empty();
    }

    /// Whether the person means the row under the cursor, and not only the first one.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Remembers the rows that are on the screen, now that they are drawn.
    pub fn remember(&mut self) {
        let seen = self.rows.get(self.on_screen()).unwrap_or_default();
        self.seen.remember(seen.iter().cloned().map(Some));
    }

    /// Puts the cursor on what was seen in this row of the screen, from 0.
    pub fn press(&mut self, row: u16) -> Pressed {
        match self.seen.at(row) {
            Some(seen) if self.put(&seen) => Pressed::Chosen,
            Some(_) => Pressed::Gone,
            None => Pressed::Nothing,
        }
    }

    /// The row under the cursor.
    pub fn cursor(&self) -> Option<&K> {
        self.rows.get(self.at)
    }

    /// Place of the cursor among the rows.
    pub fn at(&self) -> usize {
        self.at
    }

    /// All rows.
    pub fn rows(&self) -> &[K] {
        &self.rows
    }

    /// Which rows are on the screen.
    pub fn on_screen(&self) -> Range<usize> {
        self.offset..self.rows.len().min(self.offset + self.height)
    }

    /// First and last row on the screen, from 1, and how many there are.
    pub fn position(&self) -> (usize, usize, usize) {
        let seen = self.on_screen();
        (seen.end.min(seen.start + 1), seen.end, self.rows.len())
    }

    fn clamp(&mut self) {
        self.at = self.at.min(self.rows.len().saturating_sub(1));
        let lowest = (self.at + 1).saturating_sub(self.height);
        let most = self.rows.len().saturating_sub(self.height);
        self.offset = self.offset.min(self.at).min(most).max(lowest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(rows: &[u32], height: u16) -> List<u32> {
        let mut list = List::default();
        list.resize(height);
        list.set(rows.to_vec());
        list
    }

    #[test]
    fn the_cursor_stays_on_its_row() {
        let mut list = list(&[1, 2, 3, 4], 2);
        list.go(Move::Down);
        list.set(vec![9, 8, 7, 2]);
        assert_eq!((list.cursor(), list.on_screen()), (Some(&2), 2..4));
        // Its row has gone: it is on the one that came into its place.
        list.set(vec![9, 8]);
        assert_eq!(list.cursor(), Some(&8));
        list.set(Vec::new());
        assert_eq!((list.cursor(), list.position()), (None, (0, 0, 0)));
        // It comes again, as what is read anew does, and nobody has moved since.
        list.set(vec![9, 2, 8]);
        assert_eq!(list.cursor(), Some(&2));
        list.set(vec![9, 8]);
        list.go(Move::Up);
        list.set(vec![9, 2, 8]);
        assert_eq!(list.cursor(), Some(&9), "who has moved stays where he went");
    }

    #[test]
    fn until_it_is_moved_it_stays_on_the_first_row() {
        let mut moved = list(&[3, 5], 2);
        moved.set(vec![1, 2, 3, 5]);
        assert_eq!((moved.cursor(), moved.on_screen()), (Some(&1), 0..2));
        moved.set(Vec::new());
        moved.hold();
        moved.set(vec![5]);
        moved.set(vec![3, 5]);
        assert_eq!(moved.cursor(), Some(&3), "there was no row that could be meant");
        moved.go(Move::Up);
        moved.set(vec![1, 2, 3, 5]);
        assert_eq!(moved.cursor(), Some(&3), "the first one was meant by a key");
        // What is done with a row means it as well.
        let mut held = list(&[3, 5], 2);
        held.hold();
        held.set(vec![1, 2, 3, 5]);
        assert_eq!(held.cursor(), Some(&3));
    }

    #[test]
    fn it_moves_as_far_as_there_are_rows() {
        let rows: Vec<u32> = (0..10).collect();
        let mut list = list(&rows, 4);
        let went = [
            (Move::Up, 0),
            (Move::PageDown, 3),
            (Move::HalfDown, 5),
            (Move::Bottom, 9),
            (Move::Down, 9),
            (Move::PageUp, 6),
            (Move::HalfUp, 4),
            (Move::Top, 0),
        ];
        for (command, at) in went {
            list.go(command);
            assert_eq!(list.cursor(), Some(&at), "{command:?}");
        }
        assert!(list.put(&7) && !list.put(&77));
        assert_eq!((list.at(), list.position()), (7, (5, 8, 10)));
    }

    #[test]
    fn a_press_means_what_was_seen_whatever_came_in_since() {
        let mut list = list(&[1, 2, 3, 4], 2);
        assert_eq!(list.press(0), Pressed::Nothing, "nothing was drawn yet");
        list.remember();
        list.set(vec![7, 8, 2, 3]);
        assert_eq!((list.press(1), list.cursor()), (Pressed::Chosen, Some(&2)));
        assert_eq!((list.press(0), list.cursor()), (Pressed::Gone, Some(&2)));
        assert_eq!((list.press(2), list.cursor()), (Pressed::Nothing, Some(&2)));
    }

    proptest! {
        /// Whatever happens, the cursor is on a row that is on the screen, and no room is left over that rows could have.
        #[test]
        fn the_cursor_is_seen(
            steps in prop::collection::vec((prop::collection::vec(0_u32..40, 0..30), 0_u16..12, 0_usize..8), 1..12)
        ) {
            let moves = [
                Move::Down, Move::Up, Move::PageDown, Move::PageUp, Move::HalfDown, Move::HalfUp, Move::Top, Move::Bottom,
            ];
            let mut list = List::default();
            for (rows, height, step) in steps {
                list.set(rows);
                list.resize(height);
                list.go(moves[step]);
                let (seen, all) = (list.on_screen(), list.rows().len());
                prop_assert_eq!(list.cursor().is_some(), all > 0);
                prop_assert!(all == 0 || seen.contains(&list.at()));
                prop_assert_eq!(seen.len(), all.min(usize::from(height.max(1))));
            }
        }
    }
}
