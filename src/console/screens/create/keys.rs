//! What can be done now on the creation of a cluster, by which key.

use super::state::{Choice, Phase, State};
use crate::command::{Command, Create, Input, Place};
use crate::keymap::Keymap;
use crate::prose::Line;
use crate::theme::Role;

/// What can be done now, by which key: for the footer.
pub fn keys(state: &State, keymap: &Keymap) -> Line {
    let word = |line: Line, key: &str, what: &'static str| {
        line.text(Role::Key, key)
            .word(Role::Text, " ")
            .word(Role::Hint, what)
            .word(Role::Text, "   ")
    };
    let bound = |line: Line, command: Command, what: &'static str| {
        let keys = keymap.keys(Place::Create, command);
        match keys.first() {
            Some(key) => word(line, key, what),
            None => line,
        }
    };
    let input = |line: Line, command: Input, what: &'static str| bound(line, Command::Input(command), what);
    let create =
        |line: Line, command: Create, what: &'static str| bound(line, Command::Create(command), what);
    let line = Line::new();
    match &state.phase {
        Phase::Choosing => {
            let line = word(line, "enter", "choose");
            let at = state.list.cursor().and_then(|at| state.choices.get(*at));
            let line = match at {
                Some(Choice::Draft(_)) if state.discards.is_some() => word(line, "x", "discard for good"),
                Some(Choice::Draft(_)) => word(line, "x", "discard it"),
                Some(
                    Choice::Flavour(_) | Choice::Interrupted(_) | Choice::Class(..) | Choice::Unread(..),
                )
                | None => line,
            };
            input(line, Input::Cancel, "leave")
        }
        Phase::Form => {
            let line = word(line, "enter", "next");
            let line = create(line, Create::Choose, "possible");
            let line = create(line, Create::Yaml, "YAML");
            let line = input(line, Input::Accept, "review");
            input(line, Input::Cancel, "leave")
        }
        Phase::Yaml => {
            let line = create(line, Create::Yaml, "form");
            let line = input(line, Input::Accept, "review");
            // The editor's own keys, which no keymap changes.
            let line = word(word(line, "ctrl-u", "undo"), "ctrl-r", "redo");
            let leave = if state.drops_text { "drop the text" } else { "back" };
            input(line, Input::Cancel, leave)
        }
        Phase::Reviewing(review) => {
            let what = if review.takes_back { "delete" } else { "create" };
            input(word(line, "enter", what), Input::Cancel, "back")
        }
        Phase::Interrupted => {
            let line = word(word(line, "enter", "go on"), "x", "take back");
            input(line, Input::Cancel, "leave")
        }
        Phase::Watching => input(word(line, "enter", "done"), Input::Cancel, "leave"),
        Phase::Reading(_)
        | Phase::Checking(..)
        | Phase::Creating(_)
        | Phase::Looking(..)
        | Phase::CleaningUp(_)
        | Phase::Done(_)
        | Phase::Failed(_) => input(line, Input::Cancel, "leave"),
    }
}
