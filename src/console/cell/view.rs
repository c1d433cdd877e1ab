//! Paints the editor into its cell, and the lines under the row.

use fleetui_base::Shown;
use fleetui_fleet::tree::Node;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::line::{INSET, under as under_lines};
use super::state::{Editor, State, title};
use crate::keymap::Keymap;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put, skip};

/// Cells of a value in the panel: versions with what is built into them are long.
const VALUE: u16 = 30;

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

/// The editor over a screen that has no cell for it: a panel at the bottom, with the value and the lines that stand under a row
/// elsewhere.
pub fn panel(state: &State, look: &Look, keymap: &Keymap, body: Rect, buffer: &mut Buffer) {
    let Some(open) = &state.editor else { return };
    let node = Node::Object(open.key.clone());
    let lines = under_lines(state, &node, (&look.glyphs, keymap), body.width);
    let height = u16::try_from(lines.len() + 2)
        .unwrap_or(u16::MAX)
        .min(body.height);
    let room = Rect {
        y: body.bottom() - height,
        height,
        ..body
    };
    Clear.render(room, buffer);
    fill(buffer, room, look.style(Role::Note));
    let (row, _) = crate::view::rule(room, look, buffer);
    let key = &open.key;
    let what = format!(
        " {} of {} {} in {} ",
        title(open.field),
        key.kind.kind,
        key.object,
        key.management_cluster
    );
    put(
        buffer,
        skip(row, 1),
        &Shown::line(&what),
        look.style(Role::Section),
    );
    let value = Rect {
        y: room.y + 1,
        x: room.x + INSET.0,
        width: VALUE.min(room.width),
        height: room.height.saturating_sub(1).min(1),
    };
    editor(open, look, value, buffer);
    for (y, line) in (room.y + 2..room.bottom()).zip(&lines) {
        under(line, look, Rect { y, height: 1, ..room }, buffer);
    }
}
