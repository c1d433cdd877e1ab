//! What is read of one object.

use super::{Entry, Place, hinted, silent};
use crate::command::{Command, Reading};

const OBJECT: &[Place] = &[Place::Object];

const fn reading(command: Reading, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Reading(command), name, OBJECT, doc)
}

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        reading(
            Reading::NextLink,
            "next-link",
            "choose the next line that leads to another object",
        ),
        "links",
    ),
    reading(
        Reading::PreviousLink,
        "previous-link",
        "choose the line before that leads to another object",
    ),
    hinted(
        reading(Reading::Search, "search", "look for text on this screen"),
        "search",
    ),
    hinted(
        reading(Reading::NextMatch, "next-match", "the next match"),
        "next",
    ),
    hinted(
        reading(Reading::PreviousMatch, "previous-match", "the match before"),
        "previous",
    ),
    hinted(
        reading(
            Reading::ManagedFields,
            "managed-fields",
            "show who manages which field, or not any more",
        ),
        "managedFields",
    ),
];
