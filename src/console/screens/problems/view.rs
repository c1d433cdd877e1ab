//! Paints the problems: the list, a rule, and what is told of the one under the cursor.

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

const COLUMNS: [Column; 6] = [
    Column {
        title: "SINCE",
        width: 7,
        from: 0,
        cell: |cells| (&cells.since, Role::Text),
    },
    Column {
        title: "ROOT",
        width: 40,
        from: 0,
        cell: |cells| (&cells.root, Role::Heading),
    },
    Column {
        title: "MANAGEMENT",
        width: 14,
        from: 100,
        cell: |cells| (&cells.management_cluster, Role::Text),
    },
    Column {
        title: "SUFFER",
        width: 8,
        from: 0,
        cell: |cells| (&cells.suffers, Role::Text),
    },
    Column {
        title: "WAITS FOR",
        width: 11,
        from: 72,
        cell: |cells| (&cells.waits_for, Role::Text),
    },
    Column {
        title: "MESSAGE",
        width: u16::MAX,
        from: 0,
        cell: |cells| (&cells.line, Role::Text),
    },
];

/// Cells before the first column: the cursor, the sign, a blank each.
const BEFORE: u16 = 4;

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    titles(state, look, title, buffer);
    if !state.instead.is_empty() {
        return crate::view::lines(&state.instead, look, crate::view::inset(body), buffer);
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
    let below = skip_rows(body, rows);
    let rule = Rect {
        height: below.height.min(1),
        ..below
    };
    let text = look.glyphs.rule.repeat(usize::from(rule.width));
    put(buffer, rule, &Shown::line(&text), look.style(Role::Border));
    let room = crate::view::inset(skip_rows(below, 1));
    crate::view::lines(&state.about, look, room, buffer);
}

fn titles(state: &State, look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let (failed, warning, unknown) = state.counts;
    let (first, last, all) = state.position();
    let glyphs = look.glyphs;
    let counts = [
        (failed, glyphs.failed),
        (warning, glyphs.warning),
        (unknown, glyphs.unknown),
    ];
    let mut told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, sign)| format!("{sign}{count}"))
        .collect();
    if state.unread && state.instead.is_empty() {
        told.insert(0, "not all read yet".to_owned());
    }
    if state.hidden > 0 {
        told.push(format!("{} hidden", state.hidden));
    }
    told.push(format!("{first}-{last} of {all} "));
    let told = format!("  {}", told.join("  "));
    let rest = put_right(buffer, row, &Shown::line(&told), style);
    let mut rest = skip(rest, BEFORE);
    for column in shown(row.width) {
        put(buffer, rest, &Shown::ours(column.title), style);
        rest = skip(rest, width(column, row.width).saturating_add(1));
    }
}

fn paint(cells: &Cells, look: &Look, row: Rect, buffer: &mut Buffer) {
    let sign = Shown::ours(cells.sign);
    put(buffer, skip(row, 2), &sign, look.style(cells.role));
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

/// Roots get a third of what there is, and no more than they need.
fn width(column: &Column, whole: u16) -> u16 {
    if column.title == "ROOT" {
        column.width.min(whole / 3)
    } else {
        column.width
    }
}
