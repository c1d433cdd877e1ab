//! Where others have changed the same: base, mine and theirs of each such field, and whose is taken.

use fleetui_fleet::merge::{Merged, Overlap, Side};
use fleetui_fleet::object_edit::Editable;
use serde_json::Value;

/// What is open between what was made here and what is there by now.
#[derive(Debug)]
pub struct Conflict {
    /// What is there by now.
    pub theirs: Editable,
    /// Both together.
    pub merged: Merged,
    /// Whose value is taken of each, as far as that is decided.
    pub sides: Vec<Option<Side>>,
    /// Which of them the person is at.
    pub chosen: usize,
}

impl Conflict {
    /// A conflict of which nothing is decided.
    pub fn new(theirs: Editable, merged: Merged) -> Self {
        Self {
            theirs,
            sides: vec![None; merged.open.len()],
            merged,
            chosen: 0,
        }
    }

    /// What the person is at.
    pub fn current(&self) -> Option<&Overlap> {
        self.merged.open.get(self.chosen)
    }

    /// Goes to the next, or to the one before; after the last comes the first.
    pub fn step(&mut self, forward: bool) {
        let count = self.sides.len().max(1);
        let step = if forward { 1 } else { count - 1 };
        self.chosen = (self.chosen + step) % count;
    }

    /// Decides what the person is at, and goes on to what is not decided yet.
    pub fn decide(&mut self, side: Side) {
        if let Some(decided) = self.sides.get_mut(self.chosen) {
            *decided = Some(side);
        }
        let open = |(index, side): (usize, &Option<Side>)| side.is_none().then_some(index);
        let behind = self.sides.iter().enumerate().skip(self.chosen).find_map(open);
        let any = || self.sides.iter().enumerate().find_map(open);
        self.chosen = behind.or_else(any).unwrap_or(self.chosen);
    }

    /// How many are not decided.
    pub fn open(&self) -> usize {
        self.sides.iter().filter(|side| side.is_none()).count()
    }

    /// The object with what is decided; what is not is as it was made here.
    pub fn value(&self) -> Value {
        let sides: Vec<Side> = self.sides.iter().map(|side| side.unwrap_or(Side::Mine)).collect();
        self.merged.decided(&sides)
    }
}
