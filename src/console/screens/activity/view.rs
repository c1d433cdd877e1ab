//! Paints the activity: what is under way, the list, a rule, and what is told of the act under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::Cells;
use crate::columns::{self, Column, Width};
use crate::look::Look;
use crate::theme::Role;
use crate::view::{inset, rows, rule};
use crate::widgets::{fill, put_right, skip, skip_rows};

const COLUMNS: [Column<Cells>; 7] = [
    Column::new("AGE", Width::Fixed(6), 0, |cells| (&cells.at, Role::Text)),
    Column::new("WHO", Width::Fixed(10), 100, |cells| (&cells.who, Role::Text)),
    Column::new("WHAT", Width::Fixed(18), 0, |cells| (&cells.what, Role::Heading)),
    Column::new("OBJECT", Width::Third(44), 0, |cells| (&cells.object, Role::Text)),
    Column::new("MANAGEMENT", Width::Fixed(14), 110, |cells| {
        (&cells.management_cluster, Role::Text)
    }),
    Column::new("REASON", Width::Fixed(24), 150, |cells| {
        (&cells.reason, Role::Text)
    }),
    Column::new("OUTCOME", Width::Rest, 0, |cells| (&cells.outcome, cells.role)),
];

/// Cells before the first column: the cursor and a blank.
const BEFORE: u16 = 2;

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    titles(state, look, title, buffer);
    let mut body = body;
    if !state.running.is_empty() {
        let rows = u16::try_from(state.running.len()).unwrap_or(0).min(body.height);
        crate::view::lines(&state.running, look, inset(Rect { height: rows, ..body }), buffer);
        (_, body) = rule(skip_rows(body, rows), look, buffer);
    }
    if let Some(instead) = &state.instead {
        return crate::view::lines(std::slice::from_ref(instead), look, inset(body), buffer);
    }
    let list = Rect {
        height: state.rows().min(body.height),
        ..body
    };
    rows(&state.list, look, list, buffer, |index, row, buffer| {
        if let Some(cells) = state.cells.get(index) {
            columns::paint(&COLUMNS, cells, look, (row.width, skip(row, BEFORE)), buffer);
        }
    });
    let (_, below) = rule(skip_rows(body, list.height), look, buffer);
    crate::view::lines(&state.about, look, inset(below), buffer);
}

fn titles(state: &State, look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let (first, last, all) = state.position();
    let told = format!("  {first}-{last} of {all} ");
    let rest = put_right(buffer, row, &Shown::line(&told), style);
    columns::titles(&COLUMNS, look, (row.width, skip(rest, BEFORE)), buffer);
}
