//! The whole program.

use super::{Entry, hinted, program};
use crate::command::Program;

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        program(
            Program::CommandLine,
            "command-line",
            "type a command, with completion",
        ),
        "command",
    ),
    hinted(program(Program::Help, "help", "the keys of this place"), "help"),
    hinted(
        program(
            Program::Back,
            "back",
            "leave this screen; on the home screen, take filters away",
        ),
        "back",
    ),
    hinted(
        program(
            Program::Leave,
            "leave",
            "leave this screen; on the home screen show the whole fleet, then leave the program",
        ),
        "quit",
    ),
    program(
        Program::Problems,
        "problems",
        "what is not as it should be, the worst first",
    ),
    program(
        Program::Activity,
        "activity",
        "what was done from here, and what is under way",
    ),
    program(
        Program::Create,
        "create",
        "create a cluster: from a template, with a form, a review and a dry run",
    ),
    program(Program::Redraw, "redraw", "draw everything anew"),
    program(
        Program::Return,
        "return",
        "go where you were when the line was lost",
    ),
    program(Program::HistoryBack, "history-back", "go to the place before"),
    program(Program::HistoryForward, "history-forward", "go forward again"),
    program(
        Program::HistoryLast,
        "history-last",
        "go to the place before this one, and from there back",
    ),
    program(Program::Save, "save", "save what is shown to a file"),
    program(Program::Quit, "quit", "end the program"),
];
