//! Messages: everything that can happen to the console. The time, too, comes in by a message alone.

use fleetui_fleet::Update;
use jiff::Timestamp;

use crate::chord::Chord;
use crate::effect::Outcome;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// Sessions told something; coalesced, in their order.
    Fleet(Vec<Update>),
    /// It is so late.
    Tick(Timestamp),
    /// An effect has ended.
    Outcome(Outcome),
    /// Something outside asks the program to end.
    Quit,
}
