//! Paints the lines of management clusters: how the connection stands, and what is waited for.

use compact_str::CompactString;
use fleetui_base::Shown;
use fleetui_fleet::Session;
use fleetui_fleet::health::Health;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::{Fold, Line, Node};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Column, Placed};
use super::name::name;
use super::view::{Picture, cell_of, skip};
use crate::connection;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{put, put_right};

/// The line of a management cluster; what is waited for is said in the note below it, where there is one. Gives where its name
/// stands.
pub(super) fn paint(
    picture: Picture<'_>,
    (line, noted): (&Line, bool),
    (columns, row): (&[Placed], Rect),
    buffer: &mut Buffer,
) -> Rect {
    let Node::ManagementCluster(management_cluster) = &line.node else {
        return Rect::ZERO;
    };
    let session = picture.fleet.session(management_cluster);
    let glyphs = &picture.look.glyphs;
    let Some(rest) = fold(picture, line, (columns, row), buffer) else {
        return Rect::ZERO;
    };
    let start = skip(rest, 1);
    let rest = put(buffer, start, &name(line).name, picture.style(Role::Heading));
    let named = Rect {
        width: rest.x.saturating_sub(start.x),
        ..start
    };
    let Some((session, condition)) =
        session.zip(columns.iter().find(|placed| placed.column == Column::Condition))
    else {
        return named;
    };
    let room = cell_of(row, *condition);
    let room = Rect {
        width: row.right().saturating_sub(room.x),
        ..room
    };
    let style = picture.style(connection::role(&session.connection));
    let rest = put(
        buffer,
        room,
        &Shown::ours(glyphs.connection(&session.connection)),
        style,
    );
    let rest = put(
        buffer,
        skip(rest, 1),
        &Shown::ours(connection::word(&session.connection)),
        style,
    );
    let mut facts = if noted {
        Shown::default()
    } else {
        connection::sentence(session, picture.now)
    };
    if session.is_live() {
        facts = live_facts(picture, session);
        if session.read_only {
            put_right(buffer, row, &Shown::ours("read-only"), picture.style(Role::Dim));
        }
    }
    put(buffer, skip(rest, 3), &facts, picture.style(Role::Dim));
    named
}

/// The sign of a heading that can be folded; gives what is left of its first cell, where there is one.
fn fold(
    picture: Picture<'_>,
    line: &Line,
    (columns, row): (&[Placed], Rect),
    buffer: &mut Buffer,
) -> Option<Rect> {
    let glyphs = &picture.look.glyphs;
    let sign = if line.fold == Fold::Closed {
        glyphs.closed
    } else {
        glyphs.open
    };
    let room = cell_of(row, *columns.first()?);
    Some(put(buffer, room, &Shown::ours(sign), picture.style(Role::Text)))
}

/// The heading of a group: how many of its management clusters are live, and what is in them. Gives where its name stands.
pub(super) fn paint_group(
    picture: Picture<'_>,
    (line, group, sign): (&Line, Option<&CompactString>, Health),
    (columns, row): (&[Placed], Rect),
    buffer: &mut Buffer,
) -> Rect {
    let glyphs = &picture.look.glyphs;
    let Some(rest) = fold(picture, line, (columns, row), buffer) else {
        return Rect::ZERO;
    };
    let mut start = skip(rest, 1);
    if sign != Health::Good {
        let style = picture.style(verdict::role(sign));
        start = skip(put(buffer, start, &Shown::ours(glyphs.health(sign)), style), 1);
    }
    let rest = put(buffer, start, &name(line).name, picture.style(Role::Section));
    let named = Rect {
        width: rest.x.saturating_sub(start.x),
        ..start
    };
    if let Some(condition) = columns.iter().find(|placed| placed.column == Column::Condition) {
        let room = cell_of(row, *condition);
        let room = Rect {
            width: row.right().saturating_sub(room.x),
            ..room
        };
        // A rule tells it from a management cluster, also where there are no colours.
        let gap = Rect {
            width: room.x.saturating_sub(named.right() + 2),
            ..skip(row, named.right() + 1 - row.x)
        };
        let rule = Shown::line(&glyphs.rule.repeat(usize::from(gap.width)));
        put(buffer, gap, &rule, picture.style(Role::Border));
        let facts = crate::detail::group::facts(group, picture.fleet, picture.counts, glyphs);
        put(buffer, room, &facts, picture.style(Role::Dim));
    }
    named
}

/// `8 clusters · CAPI v1.14.0 · v1beta2`.
fn live_facts(picture: Picture<'_>, session: &Session) -> Shown {
    let clusters = picture.counts.of(&session.management_cluster).clusters.all;
    let mut facts = vec![format!(
        "{clusters} cluster{}",
        if clusters == 1 { "" } else { "s" }
    )];
    if let Some((_, version)) = session
        .providers
        .iter()
        .find(|(name, _)| name.as_str() == "cluster-api")
    {
        facts.push(format!("CAPI {version}"));
    }
    if !session.denied.is_empty() {
        facts.push(format!("{} kinds denied", session.denied.len()));
    }
    Shown::line(&facts.join(&format!(" {} ", picture.look.glyphs.dot)))
}

pub(super) fn paint_note(picture: Picture<'_>, line: &Line, row: Rect, buffer: &mut Buffer) {
    let Node::ManagementCluster(management_cluster) = &line.node else {
        return;
    };
    if let Some(session) = picture.fleet.session(management_cluster) {
        let role = match session.connection {
            Connection::Live | Connection::Idle => Role::Dim,
            Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::Stale { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => connection::role(&session.connection),
        };
        let text = picture.state.note(session, picture.now);
        put(buffer, skip(row, 5), &text, picture.style(role));
    }
}
