//! Paints the editor into its cell, and the line under the row.

use fleetui_base::Shown;
use fleetui_fleet::edit::Change;
use fleetui_fleet::tree::Node;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::{Editor, Phase, State, Write, WriteStatus, title};
use crate::command::{Command, Input, Place};
use crate::keymap::Keymap;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put, put_right};

/// The text that is typed, in the cell.
pub fn editor(editor: &Editor, look: &Look, room: Rect, buffer: &mut Buffer) {
    // A version is longer than its cell at times; what is typed may use the blank behind it.
    let room = Rect {
        width: room.width + 1,
        ..room
    }
    .intersection(buffer.area);
    let blank = Shown::line(&" ".repeat(usize::from(room.width)));
    put(buffer, room, &blank, look.style(Role::Input));
    fill(buffer, room, look.style(Role::Input));
    let (before, under, after) = editor.input.parts();
    let styles = (look.style(Role::Input), look.style(Role::Caret));
    input(buffer, room, (&before, &under, &after), styles);
}

/// The line under a row: what will happen, or what has.
pub fn under(state: &State, node: &Node, (look, keymap): (&Look, &Keymap), row: Rect, buffer: &mut Buffer) {
    let (line, keys) = match (state.editor_on(node), state.write_on(node)) {
        (Some(editor), _) => (editor_line(editor, look), keys(editor, keymap)),
        (None, Some(write)) => (write_line(write, look), Line::new()),
        (None, None) => return,
    };
    let blank = Shown::line(&" ".repeat(usize::from(row.width)));
    put(buffer, row, &blank, look.style(Role::Note));
    let mut room = Rect {
        x: row.x + 3,
        width: row.width.saturating_sub(4),
        ..row
    };
    // What will happen goes before the keys, which the footer shows too.
    if line.width() + keys.width() <= usize::from(room.width) {
        for span in keys.spans.iter().rev() {
            room = put_right(
                buffer,
                room,
                &span.text,
                look.style(Role::Note).patch(look.style(span.role)),
            );
        }
    }
    for span in &line.spans {
        room = put(
            buffer,
            room,
            &span.text,
            look.style(Role::Note).patch(look.style(span.role)),
        );
    }
}

fn editor_line(editor: &Editor, look: &Look) -> Line {
    let line = Line::ours(Role::Section, title(editor.field));
    let typed = |line: Line| {
        let values = format!(
            " {} {} {}  ",
            editor.from,
            look.glyphs.arrow,
            editor.input.text().trim()
        );
        line.text(Role::Note, &values)
    };
    match &editor.phase {
        Phase::Loading { .. } => typed(line)
            .word(Role::Dim, "reading the object ")
            .word(Role::Dim, look.glyphs.ellipsis),
        Phase::Editing {
            problem: Some(problem),
        } => line.word(Role::Note, "  ").shown(Role::Failed, problem.clone()),
        Phase::Editing { problem: None } if editor.candidates.is_empty() => typed(line),
        Phase::Editing { problem: None } => candidates(editor, line.word(Role::Note, "  ")),
        Phase::Checking { .. } => {
            let line = meanwhile(editor, typed(line));
            line.word(Role::Dim, "asking the server (dry run) ")
                .word(Role::Dim, look.glyphs.ellipsis)
        }
        Phase::Reviewing { change, warnings } => {
            let line = meanwhile(editor, values(line, change, look));
            let line = line.word(Role::Good, "dry run ok");
            let mut line = line.text(Role::Note, &whereabouts(editor, change, look));
            for warning in warnings {
                line = line
                    .text(Role::Note, &format!(" {} ", look.glyphs.dot))
                    .shown(Role::Warning, warning.clone());
            }
            line
        }
    }
}

fn meanwhile(editor: &Editor, line: Line) -> Line {
    match &editor.meanwhile {
        Some(meanwhile) => line
            .shown(Role::Warning, meanwhile.clone())
            .word(Role::Note, "  "),
        None => line,
    }
}

fn values(line: Line, change: &Change, look: &Look) -> Line {
    line.text(
        Role::Message,
        &format!(" {} {} {}  ", change.from, look.glyphs.arrow, change.to),
    )
}

/// ` · mgmt-taipei default/md-0`: a write always names where it goes; and the kind, where another object is written than
/// the one whose row this is.
fn whereabouts(editor: &Editor, change: &Change, look: &Look) -> String {
    let target = &change.target;
    let kind = if *target == editor.key {
        String::new()
    } else {
        format!("{} ", target.kind.kind)
    };
    format!(
        " {} {} {kind}{}",
        look.glyphs.dot, target.management_cluster, target.object
    )
}

fn candidates(editor: &Editor, mut line: Line) -> Line {
    for (index, candidate) in editor.candidates.iter().enumerate() {
        let role = if editor.chosen == Some(index) {
            Role::Chosen
        } else {
            Role::Candidate
        };
        line = line.text(role, candidate).word(Role::Note, "  ");
    }
    line
}

/// What can be done in the editor as it is, by which key.
pub fn keys(editor: &Editor, keymap: &Keymap) -> Line {
    let key = |line: Line, command: Input, what: &'static str| match keymap
        .keys(Place::Cell, Command::Input(command))
        .first()
    {
        Some(key) => line
            .text(Role::Key, &format!("  {key}"))
            .word(Role::Note, " ")
            .word(Role::Note, what),
        None => line,
    };
    let line = Line::new();
    let line = match &editor.phase {
        Phase::Loading { .. } | Phase::Editing { problem: None } => {
            let line = if editor.candidates.is_empty() {
                line
            } else {
                key(line, Input::Next, "next")
            };
            key(line, Input::Accept, "check")
        }
        Phase::Editing { problem: Some(_) } | Phase::Checking { .. } => line,
        Phase::Reviewing { .. } => key(line, Input::Accept, "apply"),
    };
    key(line, Input::Cancel, "leave")
}

fn write_line(write: &Write, look: &Look) -> Line {
    let glyphs = &look.glyphs;
    let line = values(
        Line::ours(Role::Section, title(write.change.field)),
        &write.change,
        look,
    );
    match &write.status {
        WriteStatus::Applying(_) => line
            .word(Role::Progressing, "applying ")
            .word(Role::Progressing, glyphs.ellipsis),
        WriteStatus::Done(_) => line.word(Role::Good, glyphs.done).word(Role::Good, " applied"),
        WriteStatus::Failed(why, _) => line
            .word(Role::Failed, glyphs.failed)
            .word(Role::Failed, " not applied: ")
            .shown(Role::Failed, why.clone()),
    }
}
