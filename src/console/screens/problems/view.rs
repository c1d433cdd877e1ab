//! Paints the problems: the list, a rule, and what is told of the one under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::Cells;
use crate::columns::{self, Column, Cut, Width};
use crate::look::Look;
use crate::theme::Role;
use crate::view::{inset, rows, rule};
use crate::widgets::{fill, put, put_right, skip, skip_rows};

/// The columns: from how many cells there is the management cluster, how many suffer, and who has to act.
const fn columns_from([management_cluster, suffer, waits_for]: [u16; 3]) -> [Column<Cells>; 6] {
    [
        Column::new("SINCE", Width::Fixed(7), 0, |cells| (&cells.since, Role::Text)),
        Column {
            cut: Cut::Middle,
            ..Column::new("ROOT", Width::Third(40), 0, |cells| (&cells.root, Role::Heading))
        },
        Column {
            cut: Cut::Middle,
            ..Column::new("MANAGEMENT", Width::Fixed(14), management_cluster, |cells| {
                (&cells.management_cluster, Role::Text)
            })
        },
        Column::new("SUFFER", Width::Fixed(8), suffer, |cells| {
            (&cells.suffers, Role::Text)
        }),
        Column::new("WAITS FOR", Width::Fixed(11), waits_for, |cells| {
            (&cells.waits_for, Role::Text)
        }),
        Column::new("MESSAGE", Width::Rest, 0, |cells| (&cells.line, Role::Text)),
    ]
}

/// Where only one management cluster is shown its name tells nothing.
const OF_ONE: [Column<Cells>; 6] = columns_from([100, 0, 72]);
/// Of several it has to be seen which one is meant, before all else.
const OF_SEVERAL: [Column<Cells>; 6] = columns_from([0, 72, 96]);

fn columns_of(state: &State) -> &'static [Column<Cells>] {
    if state.several { &OF_SEVERAL } else { &OF_ONE }
}

/// Cells before the first column: the cursor, the sign, a blank each.
const BEFORE: u16 = 4;

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    titles(state, look, title, buffer);
    if !state.instead.is_empty() {
        return crate::view::lines(&state.instead, look, inset(body), buffer);
    }
    let list = Rect {
        height: state.rows().min(body.height),
        ..body
    };
    rows(&state.list, look, list, buffer, |index, row, buffer| {
        if let Some(cells) = state.cells.get(index) {
            let sign = Shown::ours(cells.sign);
            put(buffer, skip(row, 2), &sign, look.style(cells.role));
            columns::paint(
                columns_of(state),
                cells,
                look,
                (row.width, skip(row, BEFORE)),
                buffer,
            );
        }
    });
    let (rule, below) = rule(skip_rows(body, list.height), look, buffer);
    if !has_room_for_counts(state, look, title.width) {
        let told = counts(state, look);
        put_right(buffer, rule, &told, look.style(Role::Border));
    }
    crate::view::lines(&state.about, look, inset(below), buffer);
}

/// How many there are of each kind, and which of them are seen.
fn counts(state: &State, look: &Look) -> Shown {
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
    if state.elsewhere > 0 {
        told.push(format!("{} elsewhere", state.elsewhere));
    }
    told.push(format!("{first}-{last} of {all} "));
    Shown::line(&format!("  {}", told.join("  ")))
}

fn titles(state: &State, look: &Look, row: Rect, buffer: &mut Buffer) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    let mut rest = row;
    if has_room_for_counts(state, look, row.width) {
        rest = put_right(buffer, row, &counts(state, look), style);
    }
    columns::titles(columns_of(state), look, (row.width, skip(rest, BEFORE)), buffer);
}

/// Whether the counts stand beside the titles and not over them.
fn has_room_for_counts(state: &State, look: &Look, room: u16) -> bool {
    let before_last = columns::shown(columns_of(state), room)
        .filter(|column| column.width != Width::Rest)
        .map(|column| usize::from(column.width(room)) + 1)
        .sum::<usize>();
    let titles = usize::from(BEFORE) + before_last + "MESSAGE".len();
    titles + counts(state, look).width() <= usize::from(room)
}
