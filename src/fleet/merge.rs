//! What two people made of one object, brought together; and what one of them made of it, as a patch.
//!
//! Must not know: who reads and writes the objects, how a difference is shown.

mod lines;
mod patch;
mod place;
mod three_way;

pub use fleetui_api::openapi::ListKind;
pub use lines::{DiffLine, diff};
pub use patch::{Moved, Patch, changed, patch};
pub use three_way::three_way;

use serde_json::Value;

/// What kind of list stands at a place; indices in the pointer are written as `*`.
pub type Lists<'a> = dyn Fn(&str) -> ListKind + 'a;

/// Two readings of one object brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The object; where it is still open, as they have it.
    pub value: Value,
    /// Where both made something different of the same, in the order in which it stands in the object.
    pub open: Vec<Overlap>,
}

/// A place of which both sides made something different.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// Where it stands in the merged object.
    pub pointer: String,
    /// What was there before.
    pub base: Option<Value>,
    /// What I made of it; absent where I took it away.
    pub mine: Option<Value>,
    /// What they made of it; absent where they took it away.
    pub theirs: Option<Value>,
}

/// Whose value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Mine.
    Mine,
    /// That which stands on the server.
    Theirs,
}

impl Merged {
    /// The object with what is open decided, in the order of `open`; what has no decision stays as they have it.
    pub fn decided(&self, sides: &[Side]) -> Value {
        let mut value = self.value.clone();
        // From the last to the first: what goes out of a list moves only what stands behind it.
        for (overlap, side) in self.open.iter().zip(sides).rev() {
            let chosen = match side {
                Side::Mine => &overlap.mine,
                Side::Theirs => &overlap.theirs,
            };
            place::set(&mut value, &overlap.pointer, chosen.clone());
        }
        value
    }
}

#[cfg(test)]
mod tests;
