//! Paints the hosts: the list, how many there are of each sort, and what is told of the row under the cursor.

use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::{BEFORE, MESSAGE};
use crate::columns::{Cut, put_cut};
use crate::grid::Placed;
use crate::look::Look;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{put, skip_rows};

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    let columns = state.columns();
    crate::view::titles(
        &columns,
        |index| state.title(index),
        (title, BEFORE),
        look,
        buffer,
    );
    let rows = if state.list.rows().is_empty() {
        0
    } else {
        state.rows().min(body.height)
    };
    let seen = Rect { height: rows, ..body };
    crate::view::rows(&state.list, look, seen, buffer, |index, row, buffer| {
        paint(state, index, (look, &columns), row, buffer);
    });
    let below = skip_rows(body, rows);
    let (counts, more) = state.counts();
    let mut below = crate::view::counted_rule(&state.list, &counts, look, below, buffer);
    if let Some(more) = more {
        let rest = crate::view::inset(below);
        put(buffer, rest, &Shown::line(&more), look.style(Role::Section));
        below = skip_rows(below, 1);
    }
    crate::view::lines(&state.about, look, crate::view::inset(below), buffer);
}

fn paint(state: &State, index: usize, (look, columns): (&Look, &[Placed]), room: Rect, buffer: &mut Buffer) {
    let Some((health, cells)) = state.cells(index) else {
        return;
    };
    let is_marked = state
        .list
        .rows()
        .get(index)
        .is_some_and(|row| state.marks.contains(row));
    let sign = match health {
        _ if is_marked => Some((look.glyphs.mark, Role::Chosen)),
        // Without colours too it has to be seen that this is of the past.
        _ if state.is_stale(index) => Some((look.glyphs.stale, Role::Stale)),
        Health::Good => None,
        health => Some((look.glyphs.health(health), verdict::role(health))),
    };
    if let Some(sign) = sign {
        crate::view::sign(room, sign, look, buffer);
    }
    for placed in columns {
        if let Some((text, role)) = cells.get(placed.index) {
            // The end of a name tells it from its like; of a sentence the beginning matters.
            let cut = if placed.index == MESSAGE {
                Cut::End
            } else {
                Cut::Middle
            };
            put_cut(buffer, placed.cell(room, BEFORE), (text, cut), look.style(*role));
        }
    }
}
