//! Movements, which every screen has.

use super::{Entry, movement};
use crate::command::Move;

pub(super) const ENTRIES: &[Entry] = &[
    movement(Move::Down, "cursor-down", "one line down"),
    movement(Move::Up, "cursor-up", "one line up"),
    movement(Move::PageDown, "page-down", "one page down"),
    movement(Move::PageUp, "page-up", "one page up"),
    movement(Move::HalfDown, "half-page-down", "half a page down"),
    movement(Move::HalfUp, "half-page-up", "half a page up"),
    movement(Move::Top, "top", "to the first line"),
    movement(Move::Bottom, "bottom", "to the last line"),
];
