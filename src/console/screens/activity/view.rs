//! Paints the activity: what is under way, the list, a rule, and what is told of the act under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::Cells;
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right, skip, skip_rows};

/// One column: its title, its width, from how many cells of the screen it is there, and what of a row stands there.
struct Column {
    title: &'static str,
    width: u16,
    from: u16,
    cell: fn(&Cells) -> (&Shown, Role),
}

const COLUMNS: [Column; 7] = [
    Column {
        title: "AGE",
        width: 6,
        from: 0,
        cell: |cells| (&cells.at, Role::Text),
    },
    Column {
        title: "WHO",
        width: 10,
        from: 100,
        cell: |cells| (&cells.who, Role::Text),
    },
    Column {
        title: "WHAT",
        width: 18,
        from: 0,
        cell: |cells| (&cells.what, Role::Heading),
    },
    Column {
        title: "OBJECT",
        width: 44,
        from: 0,
        cell: |cells| (&cells.object, Role::Text),
    },
    Column {
        title: "MANAGEMENT",
        width: 14,
        from: 110,
        cell: |cells| (&cells.management_cluster, Role::Text),
    },
    Column {
        title: "REASON",
        width: 24,
        from: 150,
        cell: |cells| (&cells.reason, Role::Text),
    },
    Column {
        title: "OUTCOME",
        width: u16::MAX,
        from: 0,
        cell: |cells| (&cells.outcome, cells.role),
    },
];

/// Cells before the first column: the cursor and a blank.
const BEFORE: u16 = 2;

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    titles(state, look, title, buffer);
    let mut body = body;
    if !state.running.is_empty() {
        let rows = u16::try_from(state.running.len()).unwrap_or(0).min(body.height);
        crate::view::lines(
            &state.running,
            look,
            crate::view::inset(Rect { height: rows, ..body }),
            buffer,
        );
        body = rule(skip_rows(body, rows), look, buffer);
    }
    if let Some(instead) = &state.instead {
        return crate::view::lines(
            std::slice::from_ref(instead),
            look,
            crate::view::inset(body),
            buffer,
        );
    }
    let rows = state.rows().min(body.height);
    let list = Rect { height: rows, ..body };
    for (y, index) in (list.top()..list.bottom()).zip(state.list.on_screen()) {
        let Some(cells) = state.cells.get(index) else {
            break;
        };
        let line = Rect { y, height: 1, ..list };
        paint(cells, look, line, buffer);
        if index == state.list.at() {
            crate::view::cursor(line, line, look, buffer);
        }
    }
    let below = rule(skip_rows(body, rows), look, buffer);
    crate::view::lines(&state.about, look, crate::view::inset(below), buffer);
}

/// Paints a rule at the top of `room`, and gives what is below it.
fn rule(room: Rect, look: &Look, buffer: &mut Buffer) -> Rect {
    let row = Rect {
        height: room.height.min(1),
        ..room
    };
    let text = look.glyphs.rule.repeat(usize::from(row.width));
    put(buffer, row, &Shown::line(&text), look.style(Role::Border));
    skip_rows(room, 1)
}

fn titles(state: &State, look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let (first, last, all) = state.position();
    let told = format!("  {first}-{last} of {all} ");
    let rest = put_right(buffer, row, &Shown::line(&told), style);
    let mut rest = skip(rest, BEFORE);
    for column in shown(row.width) {
        put(buffer, rest, &Shown::ours(column.title), style);
        rest = skip(rest, width(column, row.width).saturating_add(1));
    }
}

fn paint(cells: &Cells, look: &Look, row: Rect, buffer: &mut Buffer) {
    let mut rest = skip(row, BEFORE);
    for column in shown(row.width) {
        let (text, role) = (column.cell)(cells);
        let room = Rect {
            width: width(column, row.width).min(rest.width),
            ..rest
        };
        put(buffer, room, text, look.style(role));
        rest = skip(rest, room.width.saturating_add(1));
    }
}

fn shown(width: u16) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| column.from <= width)
}

/// Objects get a third of what there is, and no more than they need.
fn width(column: &Column, whole: u16) -> u16 {
    if column.title == "OBJECT" {
        column.width.min(whole / 3)
    } else {
        column.width
    }
}
