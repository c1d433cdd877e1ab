//! Paints the management clusters: the list, a rule, and what is told of the one under the cursor.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::{Cells, Row};
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right, skip, skip_rows};

/// One column: its title, its width, and what of a row stands there.
struct Column {
    title: &'static str,
    width: u16,
    cell: fn(&Cells) -> (&Shown, Role),
}

/// What always stands there, and what comes with more room: from so many cells.
static COLUMNS: [(u16, Column); 8] = [
    (
        0,
        Column {
            title: "STATE",
            width: 15,
            cell: |cells| (&cells.state.0, cells.state.1),
        },
    ),
    (
        0,
        Column {
            title: "KNOWN",
            width: 9,
            cell: |cells| (&cells.fresh, Role::Text),
        },
    ),
    (
        100,
        Column {
            title: "LATENCY",
            width: 8,
            cell: |cells| (&cells.latency, Role::Text),
        },
    ),
    (
        90,
        Column {
            title: "API",
            width: 8,
            cell: |cells| (&cells.era, Role::Text),
        },
    ),
    (
        70,
        Column {
            title: "CAPI",
            width: 9,
            cell: |cells| (&cells.core, Role::Text),
        },
    ),
    (
        120,
        Column {
            title: "KUBERNETES",
            width: 11,
            cell: |cells| (&cells.kubernetes, Role::Text),
        },
    ),
    (
        140,
        Column {
            title: "LOGIN",
            width: 22,
            cell: |cells| (&cells.login, Role::Dim),
        },
    ),
    (
        0,
        Column {
            title: "NOTE",
            width: u16::MAX,
            cell: |cells| (&cells.note.0, cells.note.1),
        },
    ),
];

/// Cells before a name besides the number: the cursor, blanks.
const BESIDE_NUMBER: u16 = 3;

/// How wide the names are, at least and at most.
const NAMES: (u16, u16) = (12, 32);

/// Cells that the note keeps of what it needs while other columns grow; below it is told whole.
const NOTE: u16 = 40;

/// How wide columns are and which of them there are, of a row of a given width.
struct Placed {
    before: u16,
    names: u16,
    columns: Vec<(&'static Column, u16)>,
}

impl Placed {
    /// Columns grow to what stands in them, as far as the note leaves room.
    fn of(state: &State, width: u16) -> Self {
        let (before, names) = (before_name(state), name_width(state, width));
        let need = |column: &Column| {
            let cells = state.cells.values();
            let longest = cells.map(|cells| (column.cell)(cells).0.width()).max();
            u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX)
        };
        let shown = COLUMNS.iter().filter(|(from, _)| width >= *from);
        let mut columns: Vec<_> = shown.map(|(_, column)| (column, column.width)).collect();
        let fixed = columns.iter().filter(|(column, _)| !column.is_rest());
        let used: u16 = fixed.map(|(_, width)| width + 1).sum();
        let note = columns.iter().find(|(column, _)| column.is_rest());
        let note = note.map_or(0, |(column, _)| need(column).min(NOTE));
        let mut spare = width.saturating_sub(before + names + 1 + used + note);
        for (column, width) in columns.iter_mut().filter(|(column, _)| !column.is_rest()) {
            let more = need(column).saturating_sub(*width).min(spare);
            *width += more;
            spare -= more;
        }
        Self {
            before,
            names,
            columns,
        }
    }
}

impl Column {
    /// Whether it has all that is left.
    fn is_rest(&self) -> bool {
        self.width == u16::MAX
    }
}

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    let placed = Placed::of(state, title.width);
    fill(buffer, title, look.style(Role::Columns));
    titles(state, look, (title, &placed), buffer);
    crate::view::rows(&state.list, look, body, buffer, |index, line, buffer| {
        if let Some(row) = state.list.rows().get(index) {
            paint(state, row, look, (line, &placed), buffer);
        }
    });
    let (_, below) = crate::view::rule(skip_rows(body, state.rows), look, buffer);
    about(state, look, crate::view::inset(below), buffer);
}

fn titles(state: &State, look: &Look, (row, placed): (Rect, &Placed), buffer: &mut Buffer) {
    let (before, names) = (placed.before, placed.names);
    let style = look.style(Role::Columns);
    let room = Rect {
        width: names.min(row.width),
        ..skip(row, before)
    };
    put(buffer, room, &Shown::ours("NAME"), style);
    let mut rest = skip(row, before + names + 1);
    for (column, width) in &placed.columns {
        put(buffer, rest, &Shown::ours(column.title), style);
        rest = skip(rest, width.saturating_add(1));
    }
    let (first, last, all) = state.position();
    let position = Shown::line(&format!(" {first}-{last} of {all} "));
    if last == all && first == 1 {
        return;
    }
    // Titles are not written over: where there is no room, the rule has it.
    if rest.width == 0 || usize::from(rest.width) > position.width() {
        put_right(buffer, row, &position, style);
    }
}

fn paint(state: &State, row: &Row, look: &Look, (room, placed): (Rect, &Placed), buffer: &mut Buffer) {
    let (before, names) = (placed.before, placed.names);
    let style = |role: Role| look.style(role);
    let (name, rest) = match row {
        Row::Group(group) => {
            let text = group
                .as_deref()
                .map_or_else(|| Shown::ours("in no group"), Shown::line);
            put(buffer, skip(room, 1), &text, style(Role::Section));
            return;
        }
        Row::One(name) => (name, skip(room, 2)),
    };
    let Some(cells) = state.cells.get(name) else {
        return;
    };
    let (number, role) = &cells.number;
    put(buffer, rest, number, style(*role));
    let room = Rect {
        width: names.min(room.width),
        ..skip(room, before)
    };
    put(buffer, room, &cells.name, style(Role::Heading));
    let mut rest = skip(
        Rect {
            width: rest.right().saturating_sub(room.x),
            ..room
        },
        names + 1,
    );
    for (column, width) in &placed.columns {
        let (text, role) = (column.cell)(cells);
        let room = Rect {
            width: (*width).min(rest.width),
            ..rest
        };
        put(buffer, room, text, style(role));
        rest = skip(rest, width.saturating_add(1));
    }
}

/// What is told of the one under the cursor: beside each other where there is room, else one after the other.
fn about(state: &State, look: &Look, room: Rect, buffer: &mut Buffer) {
    let top = cut(&state.top, room.height);
    crate::view::lines(&top, look, room, buffer);
    let room = if top.is_empty() {
        room
    } else {
        let below = u16::try_from(top.len()).unwrap_or(u16::MAX).saturating_add(1);
        skip_rows(room, below.min(room.height))
    };
    if state.is_wide() {
        let half = room.width / 2;
        let left = Rect { width: half, ..room };
        crate::view::lines(&cut(&state.left, room.height), look, left, buffer);
        let right = cut(&state.right, room.height);
        return crate::view::lines(&right, look, skip(room, half + 1), buffer);
    }
    let mut prose = state.left.clone();
    if !state.right.is_empty() {
        prose.push(Line::new());
        prose.extend(state.right.iter().cloned());
    }
    crate::view::lines(&cut(&prose, room.height), look, room, buffer);
}

/// As many lines as there is room for; that there are more is said in the last one.
fn cut(lines: &[Line], room: u16) -> Vec<Line> {
    let room = usize::from(room);
    if lines.len() <= room || room == 0 {
        return lines.to_vec();
    }
    let kept = room - 1;
    let mut shown: Vec<Line> = lines.iter().take(kept).cloned().collect();
    let more = format!("and {} more lines", lines.len() - kept);
    shown.push(Line::new().text(Role::Dim, &more));
    shown
}

/// Cells before a name: all numbers have as many as the longest.
fn before_name(state: &State) -> u16 {
    let longest = state.cells.values().map(|cells| cells.number.0.width()).max();
    BESIDE_NUMBER + u16::try_from(longest.unwrap_or(1)).unwrap_or(1)
}

/// Names get what the longest of them needs, within limits, and never so much that the rest is gone.
fn name_width(state: &State, width: u16) -> u16 {
    let longest = state
        .cells
        .values()
        .map(|cells| cells.name.width())
        .max()
        .unwrap_or(0);
    let longest = u16::try_from(longest).unwrap_or(u16::MAX);
    longest.clamp(NAMES.0, NAMES.1.min((width / 4).max(NAMES.0)))
}
