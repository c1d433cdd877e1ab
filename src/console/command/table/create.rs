//! On the creation of a cluster.

use super::{CREATE, Entry, hinted, silent};
use crate::command::{Command, Create};

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        silent(
            Command::Create(Create::Yaml),
            "create-yaml",
            CREATE,
            "show the objects as YAML, to be edited; there, take the text for the answers",
        ),
        "YAML",
    ),
    hinted(
        silent(
            Command::Create(Create::Choose),
            "create-choose",
            CREATE,
            "answer with the next of what is known to be possible",
        ),
        "possible",
    ),
    silent(
        Command::Create(Create::ChooseBack),
        "create-choose-back",
        CREATE,
        "answer with the one before",
    ),
];
