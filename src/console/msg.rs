//! Messages: everything that can happen to the console. The time, too, comes in by a message alone.

use fleetui_fleet::Update;
use fleetui_fleet::timeline::Flip;
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
    /// How far that is which sets the fleet up: what is said of it meanwhile; nothing once it is there.
    Preparing(Option<String>),
    /// What earlier starts, and others beside this one, saw to change.
    Remembered(Vec<Flip>),
    /// Something outside asks the program to stop for a while.
    Stop,
    /// The program goes on after it was stopped.
    Continued,
    /// Something outside asks the program to end.
    Quit,
    /// The line or the terminal is gone.
    HungUp,
}
