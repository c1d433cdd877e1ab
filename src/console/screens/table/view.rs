//! Paints a table: titles, rows, and why the one under the cursor is as it is.

use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use fleetui_fleet::table::{Column, TableRow};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::{BEFORE, content};
use crate::grid::Placed;
use crate::list::{sorted_title, title_sorted_by};
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{fill, put, put_right, skip};

/// Paints titles and rows, and below all of it why the row under the cursor is as it is.
pub fn view(state: &State, look: &Look, (title, body, about): (Rect, Rect, Rect), buffer: &mut Buffer) {
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
    crate::view::rows(&state.list, look, body, buffer, |index, room, buffer| {
        if let Some(row) = state.table.rows.get(index) {
            paint(state, (row, index), (look, &columns), room, buffer);
        }
    });
    paint_about(state, look, about, buffer);
}

/// The lines about the row under the cursor, and at the end of the last one which rows are seen.
fn paint_about(state: &State, look: &Look, about: Rect, buffer: &mut Buffer) {
    let room = crate::view::inset(about);
    let last = Rect {
        y: about.bottom().saturating_sub(1),
        height: about.height.min(1),
        ..about
    };
    let last = match crate::view::seen_rows(&state.list) {
        Some(position) => put_right(buffer, last, &position, look.style(Role::Dim)),
        None => last,
    };
    let last = crate::view::inset(Rect {
        width: last.width.saturating_add(1),
        ..last
    })
    .intersection(room);
    // Of one line the seen rows have their end, so that less of it is left.
    let height = usize::from(room.height);
    let width = if height == 1 { last.width } else { room.width };
    let lines = about_lines(state, usize::from(width), height);
    let (before, end) = lines.split_at(lines.len().min(height.saturating_sub(1)));
    crate::view::lines(before, look, room, buffer);
    crate::view::lines(end, look, last, buffer);
}

fn titles(state: &State, columns: &[Placed], look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    for placed in columns {
        let Some(column) = state.shape.columns.get(placed.index) else {
            continue;
        };
        let title = title_of(state, *column, columns, look);
        put(buffer, placed.title(row, BEFORE), &title, style);
    }
}

/// The title of a column with the sign of the order; that of the names tells it where the column has no room.
fn title_of(state: &State, column: Column, columns: &[Placed], look: &Look) -> Shown {
    let title = state.title(column);
    let Some(sort) = state.options.sort else {
        return title;
    };
    if column == sort.column {
        return sorted_title(title, sort, &look.glyphs);
    }
    let place_of = |placed: &Placed| state.shape.columns.get(placed.index);
    let has_room = columns
        .iter()
        .any(|placed| place_of(placed) == Some(&sort.column));
    if column != Column::Name || has_room {
        return title;
    }
    title_sorted_by(title, state.shape.title(sort.column), sort, &look.glyphs)
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
        if *column == Column::Name && !current {
            // Without colours too it has to be seen that this is of the past.
            let sign = Shown::ours(look.glyphs.stale);
            cell = skip(put(buffer, cell, &sign, look.style(Role::Stale)), 1);
        } else if *column == Column::Name && health != Health::Good {
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
        crate::view::sign(room, (look.glyphs.mark, Role::Chosen), look, buffer);
    }
}

/// Where the row under the cursor is, and why it is as it is.
fn about_lines(state: &State, width: usize, rows: usize) -> Vec<Line> {
    let Some(row) = state.row() else { return Vec::new() };
    let facts = &row.row.facts;
    let place = format!(
        "{} {} in {}{}",
        facts.kind.kind,
        facts.object,
        row.row.management_cluster,
        if state.stale.contains(&row.row.management_cluster) {
            ", not live"
        } else {
            ""
        }
    );
    if row.verdict.line.is_empty() {
        return vec![Line::new().text(Role::Dim, &place)];
    }
    let line = Line::new()
        .text(Role::Dim, &format!("{place}: "))
        .text(verdict::role(row.verdict.health), &row.verdict.line);
    line.wrapped(width, rows)
}
