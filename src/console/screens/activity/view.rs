//! Paints the activity: the list, a rule, and what is told of the row under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::rows::Cells;
use crate::columns::{self, Column, Cut, Width};
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::view::{inset, rows, rule};
use crate::widgets::{fill, put_right, skip, skip_rows};

const COLUMNS: [Column<Cells>; 7] = [
    Column::new("AGE", Width::Fixed(6), 0, |cells| (&cells.at, Role::Text)),
    Column::new("WHO", Width::Fixed(12), 100, |cells| (&cells.who, Role::Text)),
    Column::new("WHAT", Width::Fixed(18), 0, |cells| (&cells.what, Role::Heading)),
    Column::new("OBJECT", Width::Third(44), 0, |cells| (&cells.object, Role::Text)),
    Column::new("MANAGEMENT", Width::Fixed(12), 110, |cells| {
        (&cells.management_cluster, Role::Text)
    }),
    Column::new("REASON", Width::Fixed(24), 150, |cells| {
        (&cells.reason, Role::Text)
    }),
    Column::new("OUTCOME", Width::Rest, 0, |cells| (&cells.outcome, cells.role)),
];

/// The same where there are several management clusters and little room: none is told from another without its name.
const NARROW: [Column<Cells>; 6] = [
    Column::new("AGE", Width::Fixed(5), 0, |cells| (&cells.at, Role::Text)),
    Column::new("WHO", Width::Fixed(10), 100, |cells| (&cells.who, Role::Text)),
    Column::new("WHAT", Width::Fixed(18), 0, |cells| (&cells.what, Role::Heading)),
    Column::new("MANAGEMENT", Width::Fixed(11), 0, |cells| {
        (&cells.management_cluster, Role::Text)
    }),
    Column {
        cut: Cut::Middle,
        ..Column::new("OBJECT", Width::Fixed(20), 0, |cells: &Cells| {
            (&cells.object, Role::Text)
        })
    },
    Column::new("OUTCOME", Width::Rest, 0, |cells| (&cells.outcome, cells.role)),
];
/// From so many cells there is room for all.
const WIDE: u16 = 110;

/// The columns for a width.
fn of(state: &State, width: u16) -> &'static [Column<Cells>] {
    if state.several && width < WIDE {
        &NARROW
    } else {
        &COLUMNS
    }
}

/// Cells before the first column: the cursor and a blank.
const BEFORE: u16 = 2;

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    titles(state, look, title, buffer);
    let list = Rect {
        height: state.rows().min(body.height),
        ..body
    };
    if let Some(instead) = &state.instead {
        crate::view::lines(std::slice::from_ref(instead), look, inset(list), buffer);
    }
    rows(&state.list, look, list, buffer, |index, row, buffer| {
        if let Some(cells) = state.cells.get(index) {
            columns::paint(
                of(state, row.width),
                cells,
                look,
                (row.width, skip(row, BEFORE)),
                buffer,
            );
        }
    });
    let (_, below) = rule(skip_rows(body, list.height), look, buffer);
    about(state, look, inset(below), buffer);
}

/// What is told of the row under the cursor; where there is not room for all, how much more there is, and how it is seen.
fn about(state: &State, look: &Look, room: Rect, buffer: &mut Buffer) {
    let rows = usize::from(room.height);
    if state.about.len() <= rows {
        return crate::view::lines(&state.about, look, room, buffer);
    }
    let seen = rows.saturating_sub(1);
    let mut shown: Vec<Line> = state.about.iter().take(seen).cloned().collect();
    let more = format!(
        "{} {} more lines; what is under the cursor is opened whole",
        look.glyphs.ellipsis,
        state.about.len() - seen
    );
    shown.push(Line::new().text(Role::Dim, &more));
    crate::view::lines(&shown, look, room, buffer);
}

fn titles(state: &State, look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let (first, last, all) = state.position();
    let told = format!("  {first}-{last} of {all} ");
    let rest = put_right(buffer, row, &Shown::line(&told), style);
    columns::titles(
        of(state, row.width),
        look,
        (row.width, skip(rest, BEFORE)),
        buffer,
    );
}
