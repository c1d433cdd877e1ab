//! Paints the nodes: the list, how many are well, and what is told of the row under the cursor.

use fleetui_fleet::health::Health;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::{BEFORE, NAMES};
use crate::columns::{Cut, put_cut};
use crate::grid::Placed;
use crate::look::Look;
use crate::verdict;
use crate::widgets::skip_rows;

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
    let below = crate::view::counted_rule(&state.list, &state.counts(), look, below, buffer);
    crate::view::lines(&state.about, look, crate::view::inset(below), buffer);
}

fn paint(state: &State, index: usize, (look, columns): (&Look, &[Placed]), room: Rect, buffer: &mut Buffer) {
    let Some((health, cells)) = state.cells(index) else {
        return;
    };
    if health != Health::Good {
        let sign = (look.glyphs.health(health), verdict::role(health));
        crate::view::sign(room, sign, look, buffer);
    }
    for placed in columns {
        if let Some((text, role)) = cells.get(placed.index) {
            // The end of a name tells it from its like; of everything else the beginning matters.
            let cut = if NAMES.contains(&placed.index) {
                Cut::Middle
            } else {
                Cut::End
            };
            put_cut(buffer, placed.cell(room, BEFORE), (text, cut), look.style(*role));
        }
    }
}
