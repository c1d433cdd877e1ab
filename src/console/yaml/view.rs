//! Paints a text of YAML: each line in its colours, with the caret, and with what is wrong on its lines.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Text, highlighted};
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::put;

/// Columns in front of the text: the sign of what is wrong.
pub const GUTTER: u16 = 2;

/// Paints what of the text is shown; `typed` is whether its caret is.
pub fn paint_text(text: &Text, typed: bool, look: &Look, room: Rect, buffer: &mut Buffer) {
    let (first, column) = text.offset;
    for (row, line) in (0..room.height).zip(first..) {
        let place = Rect {
            y: room.y + row,
            height: 1,
            ..room
        };
        paint_line((text, typed), look, (line, column), place, buffer);
    }
}

/// A line, from a column on; with the caret, and with what is wrong with it behind it.
fn paint_line(
    (text, typed): (&Text, bool),
    look: &Look,
    (line, column): (usize, usize),
    row: Rect,
    buffer: &mut Buffer,
) {
    let Some(content) = text.lines().get(line) else {
        return;
    };
    let wrong = text.wrong_at(line);
    if wrong.is_some() {
        put(
            buffer,
            Rect { width: 1, ..row },
            &Shown::ours(look.glyphs.failed),
            look.style(Role::Failed),
        );
    }
    let room = Rect {
        x: row.x + GUTTER,
        width: row.width.saturating_sub(GUTTER),
        ..row
    };
    let caret = Some(text.caret()).filter(|caret| caret.0 == line && typed);
    let pointer = text.places.pointer(line);
    let within = text.places.line_of(pointer) != line && !content.trim_start().starts_with('#');
    let mut at = 0;
    let mut rest = room;
    for span in highlighted(content, within).spans {
        let style = look.style(span.role);
        for character in span.text.as_str().chars() {
            if at >= column {
                let shown = Shown::line(character.encode_utf8(&mut [0; 4]));
                let style = match caret {
                    Some((_, caret)) if caret == at => look.style(Role::Caret),
                    _ => style,
                };
                rest = put(buffer, rest, &shown, style);
            }
            at += 1;
        }
    }
    if caret.is_some_and(|(_, caret)| caret >= at) {
        rest = put(buffer, rest, &Shown::ours(" "), look.style(Role::Caret));
    }
    if let Some(wrong) = wrong {
        let rest = put(buffer, rest, &Shown::ours("  "), look.style(Role::Text));
        put(buffer, rest, &wrong.what, look.style(Role::Failed));
    }
}
