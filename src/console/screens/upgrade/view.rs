//! Paints an upgrade: the versions, a rule, and what is told of the one under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right, skip, skip_rows};

/// Columns: title and width.
const COLUMNS: [(&str, u16); 3] = [("VERSION", 12), ("SEEN", 6), ("VERDICT", u16::MAX)];
/// Columns from which the title says how the lines are scrolled.
const WIDE: u16 = 120;
/// Cells that the titles of the columns take.
const TITLES: u16 = 25;
/// Cells before the first column.
const BEFORE: u16 = 2;

/// The cluster, and where it is: whoever confirms an upgrade has to see both, however narrow it is.
fn whose(state: &State, room: u16) -> Shown {
    let key = &state.key;
    let room = usize::from(room.saturating_sub(TITLES));
    let text = Shown::line(&format!(
        "  upgrade {} in {} ",
        key.object, key.management_cluster
    ));
    if text.width() <= room {
        return text;
    }
    let text = format!(" {} in {} ", key.object.name, key.management_cluster);
    Shown::line(&text).fit_middle(room)
}

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, title, style);
    let mut rest = skip(title, BEFORE);
    if let Some((first, last, all)) = state.part() {
        let how = if title.width < WIDE { "" } else { ", pages scroll" };
        let told = format!("  lines {first}-{last} of {all}{how} ");
        rest = put_right(buffer, rest, &Shown::line(&told), style);
    }
    rest = put_right(buffer, rest, &whose(state, rest.width), style);
    for (name, width) in COLUMNS {
        put(buffer, rest, &Shown::ours(name), look.style(Role::Columns));
        rest = skip(rest, width);
    }
    let rows = state.rows().min(body.height);
    let list = Rect { height: rows, ..body };
    if state.cells.is_empty() {
        let none = Shown::ours("no newer version is known here; :upgrade VERSION names one");
        put(buffer, skip(list, BEFORE), &none, look.style(Role::Dim));
    }
    crate::view::rows(&state.list, look, list, buffer, |index, row, buffer| {
        let Some(cells) = state.cells.get(index) else {
            return;
        };
        let mut rest = skip(row, BEFORE);
        let texts = [
            (&cells.version, Role::Heading),
            (&cells.seen, Role::Dim),
            (&cells.verdict, cells.role),
        ];
        for ((text, role), (_, width)) in texts.into_iter().zip(COLUMNS) {
            let cell = Rect {
                width: rest.width.min(width),
                ..rest
            };
            put(buffer, cell, text, look.style(role));
            rest = skip(rest, width);
        }
    });
    let (_, below) = crate::view::rule(skip_rows(body, rows), look, buffer);
    let room = crate::view::inset(below);
    let told = state.about.get(state.above..).unwrap_or_default();
    crate::view::lines(told, look, room, buffer);
}
