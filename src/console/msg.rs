//! Messages: everything that can happen to the console. The time, too, comes in by a message alone.

use std::sync::Arc;

use fleetui_fleet::Update;
use fleetui_fleet::timeline::Flip;
use jiff::Timestamp;

use crate::chord::Chord;
use crate::effect::Outcome;
use crate::user_file::UserFiles;
use serde::{Deserialize, Serialize};

/// Something happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Msg {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something; only where it is taken.
    Mouse(Mouse),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// Sessions told something; coalesced, in their order.
    Fleet(Vec<Update>),
    /// The same, but it is not shown at once: `GoOn` follows for as long as there is something to do, and a key may come between.
    Told(Vec<Update>),
    /// Works a share of what was told into what is shown.
    GoOn,
    /// It is so late.
    Tick(Timestamp),
    /// An effect has ended.
    Outcome(Outcome),
    /// How far that is which sets the fleet up: what is said of it meanwhile; nothing once it is there.
    Preparing(Option<String>),
    /// What earlier starts, and others beside this one, saw to change.
    Remembered(Vec<Flip>),
    /// The user's files are not what they were.
    Reload(Arc<UserFiles>),
    /// Something outside asks the program to stop for a while.
    Stop,
    /// The program goes on after it was stopped.
    Continued,
    /// Something outside asks the program to end.
    Quit,
    /// The line or the terminal is gone.
    HungUp,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Mouse {
    /// Its button was pressed over this column and row, from 0.
    Press(u16, u16),
    /// The same a second time at once, in the same row.
    DoublePress(u16, u16),
    /// Its wheel was turned down.
    WheelDown,
    /// Its wheel was turned up.
    WheelUp,
}
