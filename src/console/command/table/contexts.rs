//! Connections to management clusters.

use super::{Entry, ROWS, TREE, hinted, silent};
use crate::command::{Command, Context};

pub(super) const ENTRIES: &[Entry] = &[
    silent(
        Command::Context(Context::Show),
        "contexts",
        TREE,
        "how the connection to each management cluster stands",
    ),
    hinted(
        silent(
            Command::Context(Context::LogIn),
            "log-in",
            ROWS,
            "log in to this management cluster: its credential plugin gets the terminal",
        ),
        "log in",
    ),
    hinted(
        silent(
            Command::Context(Context::Disconnect),
            "disconnect",
            &[super::Place::Contexts],
            "end the connection and forget its rows, until it is connected again",
        ),
        "disconnect",
    ),
];
