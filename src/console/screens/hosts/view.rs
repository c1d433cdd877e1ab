//! Paints the hosts: the list, how many there are of each sort, and what is told of the row under the cursor.

use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::state::BEFORE;
use crate::grid::Placed;
use crate::look::Look;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{fill, put, put_right};

/// Paints titles and everything below.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    let columns = state.columns();
    let style = look.style(Role::Columns);
    fill(buffer, title, style);
    for placed in &columns {
        put(
            buffer,
            placed.cell(title, BEFORE),
            &state.title(placed.index),
            style,
        );
    }
    let (first, last, all) = state.list.position();
    let rows = if all == 0 {
        0
    } else {
        state.rows().min(body.height)
    };
    for (y, index) in (body.y..body.y + rows).zip(state.list.on_screen()) {
        let room = Rect { y, height: 1, ..body };
        paint(state, index, (look, &columns), room, buffer);
    }
    let rule = Rect {
        y: body.y + rows,
        height: 1,
        ..body
    }
    .intersection(body);
    let line = look.glyphs.rule.repeat(usize::from(rule.width));
    put(buffer, rule, &Shown::line(&line), look.style(Role::Border));
    let counts = state.counts();
    if !counts.is_empty() {
        let room = Rect {
            x: rule.x + 2,
            width: rule.width.saturating_sub(4),
            ..rule
        };
        put(
            buffer,
            room,
            &Shown::line(&format!(" {counts} ")),
            look.style(Role::Section),
        );
    }
    if first > 1 || last < all {
        let room = Rect {
            width: rule.width.saturating_sub(2),
            ..rule
        };
        let position = Shown::line(&format!(" {first}-{last} of {all} "));
        put_right(buffer, room, &position, look.style(Role::Section));
    }
    let below = Rect {
        y: rule.bottom(),
        height: body.bottom().saturating_sub(rule.bottom()),
        ..body
    };
    crate::view::lines(&state.about, look, crate::view::inset(below), buffer);
}

fn paint(state: &State, index: usize, (look, columns): (&Look, &[Placed]), room: Rect, buffer: &mut Buffer) {
    let Some((health, cells)) = state.cells(index) else {
        return;
    };
    if health != Health::Good {
        let sign = Rect {
            x: room.x + 1,
            width: 1,
            ..room
        };
        put(
            buffer,
            sign,
            &Shown::ours(look.glyphs.health(health)),
            look.style(verdict::role(health)),
        );
    }
    for placed in columns {
        if let Some((text, role)) = cells.get(placed.index) {
            put(buffer, placed.cell(room, BEFORE), text, look.style(*role));
        }
    }
    if index == state.list.at() {
        crate::view::cursor(room, room, look, buffer);
    }
}
