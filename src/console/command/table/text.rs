//! Inside a line of text.

use super::{Entry, TEXT, hinted, silent};
use crate::command::{Command, Input};

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        silent(
            Command::Input(Input::Accept),
            "accept",
            TEXT,
            "take what was typed",
        ),
        "take",
    ),
    hinted(
        silent(Command::Input(Input::Cancel), "cancel", TEXT, "leave without it"),
        "leave",
    ),
    hinted(
        silent(
            Command::Input(Input::Next),
            "next-candidate",
            TEXT,
            "the next candidate",
        ),
        "next",
    ),
    silent(
        Command::Input(Input::Previous),
        "previous-candidate",
        TEXT,
        "the candidate before",
    ),
];
