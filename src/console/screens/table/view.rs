//! Paints a table: titles, rows, and why the one under the cursor is as it is.

use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use fleetui_fleet::table::{Column, TableRow};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::{BEFORE, content};
use crate::grid::Placed;
use crate::list::sorted_title;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{fill, put, put_right, skip};

/// Paints titles and rows.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    let columns = state.columns();
    titles(state, &columns, look, title, buffer);
    if state.table.rows.is_empty() {
        let room = Rect {
            x: body.x + 3,
            y: body.y + 1,
            width: body.width.saturating_sub(6),
            height: body.height.saturating_sub(1),
        }
        .intersection(body);
        return crate::view::lines(&state.empty, look, room, buffer);
    }
    let rows = body.height.saturating_sub(state.about_rows());
    let seen = Rect { height: rows, ..body };
    crate::view::rows(&state.list, look, seen, buffer, |index, room, buffer| {
        if let Some(row) = state.table.rows.get(index) {
            paint(state, (row, index), (look, &columns), room, buffer);
        }
    });
    let about = Rect {
        y: body.y + rows,
        height: body.height - rows,
        ..body
    };
    let lines = about_lines(
        state,
        usize::from(about.width.saturating_sub(2)),
        usize::from(about.height),
    );
    crate::view::lines(&lines, look, crate::view::inset(about), buffer);
    if let Some(position) = position(state).filter(|_| about.height > 0) {
        let last = Rect {
            y: about.bottom() - 1,
            height: 1,
            ..about
        };
        put_right(buffer, last, &position, look.style(Role::Dim));
    }
}

fn titles(state: &State, columns: &[Placed], look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let sorted = state.options.sort;
    for placed in columns {
        let Some(column) = state.shape.columns.get(placed.index) else {
            continue;
        };
        let mut title = state.title(*column);
        if let Some(sort) = sorted.filter(|sort| sort.column == *column) {
            title = sorted_title(title, sort, &look.glyphs);
        }
        put(buffer, placed.title(row, BEFORE), &title, style);
    }
    if let Some(position) = position(state).filter(|_| state.about_rows() == 0) {
        put_right(buffer, row, &position, style);
    }
}

/// Which rows are seen, where not all are.
fn position(state: &State) -> Option<Shown> {
    let (first, last, all) = state.list.position();
    (first > 1 || last < all).then(|| Shown::line(&format!(" {first}-{last} of {all} ")))
}

fn paint(
    state: &State,
    (row, index): (&TableRow, usize),
    (look, columns): (&Look, &[Placed]),
    room: Rect,
    buffer: &mut Buffer,
) {
    let current = !state.stale.contains(&row.row.management_cluster);
    let role = |role: Role| if current { role } else { Role::Dim };
    for placed in columns {
        let Some(column) = state.shape.columns.get(placed.index) else {
            continue;
        };
        let mut cell = placed.cell(room, BEFORE);
        let (text, of) = content(row, (*column, cell.width), look, state.now);
        let health = row.verdict.health;
        if *column == Column::Name && health != Health::Good {
            let sign = Shown::ours(look.glyphs.health(health));
            cell = put(buffer, cell, &sign, look.style(verdict::role(health)));
            cell = skip(cell, 1);
        } else if *column == Column::Name {
            cell = skip(cell, 2);
        }
        put(buffer, cell, &text, look.style(role(of)));
    }
    let is_marked = state
        .list
        .rows()
        .get(index)
        .is_some_and(|id| state.marks.contains(id));
    if is_marked {
        let sign = Rect {
            x: room.x + 1,
            width: 1,
            ..room
        };
        put(
            buffer,
            sign,
            &Shown::ours(look.glyphs.mark),
            look.style(Role::Chosen),
        );
    }
}

/// Where the row under the cursor is, and why it is as it is.
fn about_lines(state: &State, width: usize, rows: usize) -> Vec<Line> {
    let Some(row) = state.row() else { return Vec::new() };
    let facts = &row.row.facts;
    let place = format!(
        "{} {} in {}",
        facts.kind.kind, facts.object, row.row.management_cluster
    );
    if row.verdict.line.is_empty() {
        return vec![Line::new().text(Role::Dim, &place)];
    }
    let line = Line::new()
        .text(Role::Dim, &format!("{place}: "))
        .text(verdict::role(row.verdict.health), &row.verdict.line);
    line.wrapped(width, rows)
}
