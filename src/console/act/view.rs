//! Paints a dialog or a menu: a panel at the bottom, over whatever screen there is.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::lines;
use super::state::{Dialog, State};
use crate::line_input::LineInput;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put, skip};

/// A panel has at least so many rows, where the screen has.
const LEAST_ROWS: u16 = 8;
/// Rows of the body that are left above it, so that the object is still seen.
const LEFT_ABOVE: u16 = 3;
/// Cells of what stands before a line that is typed into.
const LABEL: u16 = 8;

/// Paints what is open.
pub fn view(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let width = usize::from(body.width.saturating_sub(2));
    if let Some(dialog) = &state.dialog {
        let text = lines::text(dialog, &look.glyphs, width);
        let fields = if dialog.asks_for_text() { 2 } else { 1 };
        // The title, the line about what it asks for, and the fields are always seen.
        let room = panel(body, text.len(), 2 + fields);
        let inner = frame(&lines::title(dialog), look, room, buffer);
        paint_text(
            &text,
            look,
            Rect {
                height: inner.height.saturating_sub(1 + fields),
                ..inner
            },
            buffer,
        );
        let below = Rect {
            y: inner.bottom().saturating_sub(1 + fields),
            height: inner.height.min(1 + fields),
            ..inner
        };
        paint_fields(dialog, look, below, buffer);
    } else if let Some(menu) = &state.menu {
        let text = lines::menu(menu, &look.glyphs, width);
        let what = match menu.others.len() {
            0 => format!("{} {}", menu.key.kind.kind, menu.key.object),
            others => format!("{} {} and {others} more", menu.key.kind.kind, menu.key.object),
        };
        let title = Line::ours(Role::Section, "about ")
            .text(Role::Heading, &what)
            .text(Role::Dim, &format!(" in {}", menu.key.management_cluster));
        let room = panel(body, text.len(), 1);
        let inner = frame(&title, look, room, buffer);
        paint_text(&text, look, inner, buffer);
    }
}

/// The lower part of the body, high enough for what is said, as far as there is room.
fn panel(body: Rect, text: usize, more: u16) -> Rect {
    let wanted = u16::try_from(text).unwrap_or(u16::MAX).saturating_add(more);
    let most = body
        .height
        .saturating_sub(LEFT_ABOVE)
        .max(LEAST_ROWS)
        .min(body.height);
    let height = wanted.max(LEAST_ROWS).min(most);
    Rect {
        y: body.bottom() - height,
        height,
        ..body
    }
}

/// Empties the panel and paints its title on a rule; gives what is below.
fn frame(title: &Line, look: &Look, room: Rect, buffer: &mut Buffer) -> Rect {
    Clear.render(room, buffer);
    fill(buffer, room, look.style(Role::Text));
    let (row, _) = crate::view::rule(room, look, buffer);
    let title = Line::ours(Role::Text, " ")
        .and(title.clone())
        .word(Role::Text, " ");
    crate::view::lines(std::slice::from_ref(&title), look, skip(row, 1), buffer);
    Rect {
        x: room.x + 1,
        y: room.y + row.height,
        width: room.width.saturating_sub(2),
        height: room.height - row.height,
    }
}

/// Lines from the top; where there is not room for all, the last row says how many are not seen.
fn paint_text(text: &[Line], look: &Look, room: Rect, buffer: &mut Buffer) {
    let rows = usize::from(room.height);
    if text.len() <= rows {
        return crate::view::lines(text, look, room, buffer);
    }
    let seen = rows.saturating_sub(1);
    let mut shown: Vec<Line> = text.iter().take(seen).cloned().collect();
    let more = format!(
        "{} {} more lines; a larger terminal shows them",
        look.glyphs.ellipsis,
        text.len() - seen
    );
    shown.push(Line::new().text(Role::Dim, &more));
    crate::view::lines(&shown, look, room, buffer);
}

/// What it asks for, and the lines that are typed into.
fn paint_fields(dialog: &Dialog, look: &Look, room: Rect, buffer: &mut Buffer) {
    let remark = lines::remark(dialog, &look.glyphs);
    crate::view::lines(
        std::slice::from_ref(&remark),
        look,
        Rect {
            height: room.height.min(1),
            ..room
        },
        buffer,
    );
    let asks = dialog.asks_for_text();
    let rows = [
        asks.then(|| (lines::field(dialog), &dialog.name, !dialog.in_reason)),
        Some((Shown::ours("reason"), &dialog.reason, dialog.in_reason || !asks)),
    ];
    let rows = rows.into_iter().flatten();
    for (y, (label, text, focused)) in (room.y + 1..room.bottom()).zip(rows) {
        let row = Rect { y, height: 1, ..room };
        paint_field(&label, (text, focused), look, row, buffer);
    }
}

fn paint_field(
    label: &Shown,
    (text, focused): (&LineInput, bool),
    look: &Look,
    row: Rect,
    buffer: &mut Buffer,
) {
    let role = if focused { Role::Key } else { Role::Dim };
    put(buffer, row, label, look.style(role));
    let room = skip(row, LABEL);
    if !focused {
        put(buffer, room, &Shown::line(text.text()), look.style(Role::Text));
        return;
    }
    fill(buffer, room, look.style(Role::Input));
    let (before, under, after) = text.parts();
    let styles = (look.style(Role::Input), look.style(Role::Caret));
    input(buffer, room, (&before, &under, &after), styles);
}
