//! Paints the tree: only the lines that are on the screen, whatever the size of the fleet.

use fleetui_base::Shown;
use fleetui_fleet::FleetStore;
use fleetui_fleet::health::Health;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::{Fold, Line, Node};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::columns::{Column, Placed};
use super::content::content;
use super::empty;
use super::management;
use super::name::{Name, SIGN, name};
use super::state::{Drawn, State};
use crate::act;
use crate::cell;
use crate::header;
use crate::keymap::Keymap;
use crate::list::{sorted_title, title_sorted_by};
use crate::look::Look;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{fill, put};

/// What the tree is painted from.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// The screen's own state.
    pub state: &'a State,
    /// The fleet, for the connections.
    pub fleet: &'a FleetStore,
    /// Counts for each management cluster.
    pub counts: &'a header::State,
    /// The cell editor.
    pub cell: &'a cell::State,
    /// What was done to objects.
    pub act: &'a act::State,
    /// Theme and glyphs.
    pub look: &'a Look,
    /// The keys, for the lines under an edited row.
    pub keymap: &'a Keymap,
    /// What is still being set up, so that it is not shown yet.
    pub preparing: Option<&'a Shown>,
    /// Now.
    pub now: Timestamp,
}

impl Picture<'_> {
    pub(super) fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }
}

/// Paints titles and lines.
pub fn view(picture: Picture<'_>, title: Rect, body: Rect, buffer: &mut Buffer) {
    let columns = picture.state.columns();
    fill(buffer, title, picture.style(Role::Columns));
    let nothing = picture.preparing.is_some() || picture.fleet.sessions().next().is_none();
    for placed in columns.iter().filter(|_| !nothing) {
        // A title may take the blank behind it for a sign.
        let cell = Placed {
            width: placed.width + 1,
            ..*placed
        };
        let text = title_of(placed.column, &columns, picture);
        put(buffer, cell_of(title, cell), &text, picture.style(Role::Columns));
    }
    if picture.preparing.is_some() || picture.state.is_empty() {
        return empty::paint(picture, body, buffer);
    }
    for (offset, (drawn, line, under_cursor)) in (0..body.height).zip(picture.state.on_screen()) {
        let row = Rect {
            y: body.y + offset,
            height: 1,
            ..body
        };
        match drawn {
            Drawn::Line(index) => {
                let name = match &line.node {
                    Node::Fleet(group) => {
                        let sign = shown_health(line);
                        management::paint_group(
                            picture,
                            (line, group.as_ref(), sign),
                            (&columns, row),
                            buffer,
                        )
                    }
                    Node::ManagementCluster(_) => {
                        let noted = picture.state.has_note(index);
                        management::paint(picture, (line, noted), (&columns, row), buffer)
                    }
                    Node::Object(_) | Node::Group(..) | Node::Beside(..) | Node::Missing(..) => {
                        paint_line(picture, line, &columns, row, buffer)
                    }
                };
                if under_cursor {
                    // The name alone: over a thin line two whole rows for every move are felt.
                    crate::view::cursor(row, name, picture.look, buffer);
                }
                paint_mark(picture, line, row, buffer);
                // The editor is painted over the cursor's colours: it is where the person looks.
                paint_editor(picture, line, &columns, row, buffer);
            }
            Drawn::Note(_) => management::paint_note(picture, line, row, buffer),
            Drawn::Under(_, nth) => {
                let dress = (&picture.look.glyphs, picture.keymap);
                let doings = (picture.cell, picture.act);
                let ground = (picture.fleet, picture.now);
                let lines = act::lines::below(doings, &line.node, ground, dress, row.width);
                if let Some(line) = lines.get(nth) {
                    cell::view::under(line, picture.look, row, buffer);
                }
            }
        }
    }
}

/// The title of a column with the sign of the order; that of the names tells it where the column has no room.
fn title_of(column: Column, columns: &[Placed], picture: Picture<'_>) -> Shown {
    let title = Shown::ours(column.title());
    let Some(sort) = picture.state.options.sort else {
        return title;
    };
    let glyphs = &picture.look.glyphs;
    if column.of_table() == sort.column {
        return sorted_title(title, sort, glyphs);
    }
    let has_room = columns
        .iter()
        .any(|placed| placed.column.of_table() == sort.column);
    if column != Column::Name || has_room {
        return title;
    }
    title_sorted_by(title, sort.column.title(), sort, glyphs)
}

/// The mark of an object stands before all of its name, where no line has anything.
fn paint_mark(picture: Picture<'_>, line: &Line, row: Rect, buffer: &mut Buffer) {
    if picture.state.is_marked(line) {
        let cell = Rect {
            width: 1,
            ..skip(row, 1)
        };
        let sign = Shown::ours(picture.look.glyphs.mark);
        put(buffer, cell, &sign, picture.style(Role::Chosen));
    }
}

pub(super) fn cell_of(row: Rect, placed: Placed) -> Rect {
    Rect {
        x: row.x + 1 + placed.x,
        width: placed.width,
        height: 1,
        ..row
    }
    .intersection(row)
}

/// Paints a line; gives where its name stands.
fn paint_line(picture: Picture<'_>, line: &Line, columns: &[Placed], row: Rect, buffer: &mut Buffer) -> Rect {
    let mut name = Rect::ZERO;
    let current = session_is_current(picture, line);
    // Ages are told by the clock that has written them.
    let there = line.row.as_ref().map(|row| &row.management_cluster);
    let now = there.map_or(picture.now, |there| picture.fleet.time_of(there, picture.now));
    for placed in columns {
        let room = cell_of(row, *placed);
        match placed.column {
            Column::Name => {
                let namespace = !columns.iter().any(|placed| placed.column == Column::Namespace);
                name = paint_name(picture, (line, current), namespace, room, buffer);
            }
            Column::Namespace
            | Column::Condition
            | Column::Replicas
            | Column::Version
            | Column::Phase
            | Column::Age
            | Column::Message => {
                let place = (placed.column, room.width);
                let (text, role) = content(line, place, picture.look, now);
                put(
                    buffer,
                    room,
                    &text,
                    picture.style(if current { role } else { Role::Dim }),
                );
            }
        }
    }
    name
}

fn session_is_current(picture: Picture<'_>, line: &Line) -> bool {
    let (Node::Object(key) | Node::Group(key, _) | Node::Beside(key, _) | Node::Missing(key, _)) = &line.node
    else {
        return true;
    };
    picture
        .fleet
        .session(&key.management_cluster)
        .is_none_or(|session| {
            matches!(
                session.connection,
                Connection::Live | Connection::Syncing { .. } | Connection::Connecting
            )
        })
}

/// Indent, guides, fold, sign, name; a Cluster's `namespace` behind it where it has no column. Gives where the name stands.
fn paint_name(
    picture: Picture<'_>,
    (line, current): (&Line, bool),
    namespace: bool,
    room: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let glyphs = &picture.look.glyphs;
    let step = picture.state.indent();
    let indent = if line.depth < 2 { step / 2 } else { step };
    let mut rest = skip(room, indent);
    for depth in 2..u32::from(line.depth) {
        let ended = line.last & 1_u64.checked_shl(depth).unwrap_or(0) != 0;
        if !ended {
            put(
                buffer,
                rest,
                &Shown::ours(glyphs.trunk),
                picture.style(Role::Guide),
            );
        }
        rest = skip(rest, step);
    }
    if line.depth >= 2 {
        let last = line.last & 1_u64.checked_shl(u32::from(line.depth)).unwrap_or(0) != 0;
        let guide = if last { glyphs.corner } else { glyphs.branch };
        rest = put(buffer, rest, &Shown::ours(guide), picture.style(Role::Guide));
    }
    let fold = match line.fold {
        Fold::Open => Some(glyphs.open),
        Fold::Closed => Some(glyphs.closed),
        Fold::Leaf => None,
    };
    match fold {
        Some(fold) => {
            rest = put(buffer, rest, &Shown::ours(fold), picture.style(Role::Text));
            rest = skip(rest, 1);
        }
        None => rest = skip(rest, 1),
    }
    let health = shown_health(line);
    if health != Health::Good {
        rest = put(
            buffer,
            rest,
            &Shown::ours(glyphs.health(health)),
            picture.style(verdict::role(health)),
        );
        rest = skip(rest, 1);
    }
    let role = match (&line.node, current) {
        (_, false) | (Node::Missing(..), _) => Role::Dim,
        (Node::Group(..), true) => Role::Heading,
        (Node::Object(_) | Node::Beside(..) | Node::Fleet(_) | Node::ManagementCluster(_), true) => {
            Role::Text
        }
    };
    let Name { name, more, short } = name(line);
    let spare = if health == Health::Good { SIGN } else { 0 };
    let name = short
        .filter(|_| name.width() + usize::from(spare) > usize::from(rest.width))
        .unwrap_or(name);
    let start = rest;
    rest = put(buffer, rest, &name, picture.style(role));
    let named = Rect {
        width: rest.x.saturating_sub(start.x),
        ..start
    };
    let rest = skip(rest, 1);
    let more = more.filter(|_| namespace || line.depth != 1);
    // A few letters of a name say nothing.
    if let Some(more) = more
        && (usize::from(rest.width) >= more.width() || rest.width >= LEAST_OF_A_NAME)
    {
        put(buffer, rest, &more, picture.style(Role::Dim));
    }
    named
}

/// Cells that a name is cut to at least.
const LEAST_OF_A_NAME: u16 = 10;

pub(super) fn skip(room: Rect, cells: u16) -> Rect {
    let cells = cells.min(room.width);
    Rect {
        x: room.x + cells,
        width: room.width - cells,
        ..room
    }
}

/// What a line's sign tells: a folded line speaks for what it hides.
fn shown_health(line: &Line) -> Health {
    let own = match line.node {
        // Headings are no objects and have no state of their own.
        Node::Fleet(_) | Node::Group(..) => Health::Good,
        Node::ManagementCluster(_) | Node::Object(_) | Node::Beside(..) | Node::Missing(..) => {
            line.verdict.health
        }
    };
    match line.fold {
        Fold::Closed => line.below.map_or(own, |below| below.max(own)),
        Fold::Open | Fold::Leaf => own,
    }
}

fn paint_editor(picture: Picture<'_>, line: &Line, columns: &[Placed], row: Rect, buffer: &mut Buffer) {
    let Some(editor) = picture.cell.editor_on(&line.node) else {
        return;
    };
    let column = match editor.field {
        fleetui_fleet::edit::Field::Replicas => Column::Replicas,
        fleetui_fleet::edit::Field::Version => Column::Version,
    };
    if let Some(placed) = columns.iter().find(|placed| placed.column == column) {
        cell::view::editor(editor, picture.look, cell_of(row, *placed), buffer);
    }
}
