//! Paints a dialog or a menu: a panel at the bottom, over whatever screen there is.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::room::{Extent, panel};
use super::state::{Dialog, State};
use super::{lines, remark};
use crate::keymap::Keymap;
use crate::line_input::LineInput;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put, skip};

/// Cells of what stands before a line that is typed into.
const LABEL: u16 = 8;

/// Paints what is open.
pub fn view(state: &State, look: &Look, keymap: &Keymap, body: Rect, buffer: &mut Buffer) {
    if let Some(dialog) = &state.dialog {
        let extent = Extent::of(dialog, &look.glyphs, body);
        let inner = frame(&lines::title(dialog), look, extent.panel, buffer);
        let room = Rect {
            height: inner.height.saturating_sub(1 + extent.fields),
            ..inner
        };
        paint_text(&extent, dialog.above, (look, keymap), room, buffer);
        let below = Rect {
            y: inner.bottom().saturating_sub(1 + extent.fields),
            height: inner.height.min(1 + extent.fields),
            ..inner
        };
        paint_fields(dialog, look, below, buffer);
    } else if let Some(menu) = &state.menu {
        let width = usize::from(body.width.saturating_sub(2));
        let text = lines::menu(menu, &look.glyphs, width);
        let what = match menu.others.len() {
            0 => format!("{} {}", menu.key.kind.kind, menu.key.object),
            others => format!("{} {} and {others} more", menu.key.kind.kind, menu.key.object),
        };
        let title = Line::ours(Role::Section, "about ")
            .text(Role::Heading, &what)
            .text(
                Role::Dim,
                &format!(" in {}", menu.management_clusters().join(", ")),
            );
        let room = panel(body, text.len(), 1);
        let inner = frame(&title, look, room, buffer);
        // What is chosen is seen, and what it comes to; what is told of it stands below its own line alone.
        let told = (text.len() + 1).saturating_sub(menu.choices.len());
        let above = (menu.at + told).saturating_sub(usize::from(inner.height));
        crate::view::lines(text.get(above..).unwrap_or_default(), look, inner, buffer);
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

/// The lines that are seen; where there is not room for all, the last row says which they are, and how the others are.
fn paint_text(
    extent: &Extent,
    above: usize,
    (look, keymap): (&Look, &Keymap),
    room: Rect,
    buffer: &mut Buffer,
) {
    if extent.fits() {
        return crate::view::lines(&extent.text, look, room, buffer);
    }
    let above = above.min(extent.most_above());
    let seen = extent.text.iter().skip(above).take(extent.seen());
    let mut shown: Vec<Line> = seen.cloned().collect();
    let place = format!(
        "{} lines {}-{} of {}",
        look.glyphs.ellipsis,
        above + 1,
        above + shown.len(),
        extent.text.len()
    );
    shown.push(lines::scrolls(Line::new().text(Role::Dim, &place), keymap));
    crate::view::lines(&shown, look, room, buffer);
}

/// What it asks for, and the lines that are typed into.
fn paint_fields(dialog: &Dialog, look: &Look, room: Rect, buffer: &mut Buffer) {
    let asked = remark::remark(dialog, &look.glyphs);
    crate::view::lines(
        std::slice::from_ref(&asked),
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
