//! Paints the editor into its cell, and the lines under the row.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::line::INSET;
use super::state::Editor;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put};

/// The text that is typed, in the cell. What will give way to what is typed looks chosen.
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
    let text = if editor.input.is_selected() {
        Role::Chosen
    } else {
        Role::Input
    };
    let styles = (look.style(text), look.style(Role::Caret));
    input(buffer, room, (&before, &under, &after), styles);
}

/// One of the lines under a row.
pub fn under(line: &Line, look: &Look, row: Rect, buffer: &mut Buffer) {
    let blank = Shown::line(&" ".repeat(usize::from(row.width)));
    put(buffer, row, &blank, look.style(Role::Note));
    let mut room = Rect {
        x: row.x + INSET.0,
        width: row.width.saturating_sub(INSET.0 + INSET.1),
        ..row
    };
    for span in &line.spans {
        let style = look.style(Role::Note).patch(look.style(span.role));
        room = put(buffer, room, &span.text, style);
    }
}
