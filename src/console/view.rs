//! `view` paints the state into a buffer and changes nothing.

use fleetui_base::{ManagementCluster, Shown};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use crate::app::App;
use crate::command::{Command, Place, Program};
use crate::detail::{Ground, about};
use crate::glyphs::ASCII;
use crate::grid::Placed;
use crate::layout::LEAST;
use crate::list::List;
use crate::look::Look;
use crate::prose::Line;
use crate::screens::tree;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right, skip_rows};
use crate::{footer, header, prompt};

/// Paints everything.
pub fn view(app: &App, buffer: &mut Buffer) {
    let area = buffer.area.intersection(app.layout.area);
    fill(buffer, area, app.look.style(Role::Text));
    if app.layout.too_small {
        return too_small(app, area, buffer);
    }
    let layout = &app.layout;
    let at = app.subject_management_cluster();
    header::view::view(header_picture(app, at.as_ref()), layout.header, buffer);
    match app.stack.last() {
        Some(screen) => {
            screen.view(&app.look, &app.keys.current, layout, buffer);
            if screen.has_panes() {
                panes(app, buffer);
            }
        }
        None => home(app, buffer),
    }
    if app.cell.is_open() && !app.stack.is_empty() {
        crate::cell::view::panel(&app.cell, &app.look, &app.keys.current, layout.wide_body, buffer);
    }
    crate::act::view::view(&app.act, &app.look, &app.keys.current, layout.wide_body, buffer);
    if let Some(state) = &app.prompt {
        prompt::view::view(state, &app.look, layout.about, layout.footer, buffer);
    } else {
        footer::view(app, layout.footer, buffer);
        message(app, buffer);
    }
    if app.look.glyphs == ASCII {
        keep_ascii(buffer);
    }
}

/// A terminal without Unicode would show several wrong characters for each one that it does not know.
fn keep_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol(if cell.symbol() == "…" { "~" } else { "?" });
        }
    }
}

fn header_picture<'a>(app: &'a App, at: Option<&'a ManagementCluster>) -> header::view::Picture<'a> {
    header::view::Picture {
        fleet: &app.fleet,
        total: app.header.total(),
        only: app.tree.options.only.as_ref(),
        at,
        access: app.access,
        preparing: app.preparing(),
        played: app.played,
        look: &app.look,
        now: app.now,
    }
}

/// The tree, its panes, and the line about what the cursor is on.
fn home(app: &App, buffer: &mut Buffer) {
    let layout = &app.layout;
    let picture = tree::view::Picture {
        state: &app.tree,
        fleet: &app.fleet,
        counts: &app.header,
        cell: &app.cell,
        act: &app.act,
        look: &app.look,
        keymap: &app.keys.current,
        preparing: app.preparing(),
        now: app.now,
    };
    tree::view::view(picture, layout.title, layout.body, buffer);
    panes(app, buffer);
    if app.prompt.is_none() && app.preparing().is_none() {
        let lent = app.tree.lent();
        let about = Rect {
            y: layout.about.y.saturating_sub(lent),
            height: layout.about.height + lent,
            ..layout.about
        };
        let prose = about_lines(app, about.height);
        lines(&prose, &app.look, inset(about), buffer);
    }
}

/// The lines about what the cursor is on, at most `rows` of them.
pub(crate) fn about_lines(app: &App, rows: u16) -> Vec<Line> {
    let ground = Ground {
        fleet: &app.fleet,
        access: app.access,
        glyphs: &app.look.glyphs,
        now: app.now,
    };
    let reason = app.tree.line().map_or("", |line| line.verdict.line.as_str());
    let width = inset(app.layout.about).width;
    let size = (
        usize::from(width),
        usize::from(app.layout.about.height),
        usize::from(rows),
    );
    about(app.tree.cursor(), reason, ground, size)
}

fn panes(app: &App, buffer: &mut Buffer) {
    let layout = &app.layout;
    let (Some(first), Some(second)) = (layout.first_pane, layout.second_pane) else {
        return;
    };
    let look = &app.look;
    let Some(rule) = layout.rule else {
        paint_pane(&app.detail.first, look, first, buffer);
        return paint_pane(&app.detail.second, look, below_rule(second, look, buffer), buffer);
    };
    self::rule(rule, look, buffer);
    lines(&app.detail.first, look, inset(first), buffer);
    paint_pane(&app.detail.second, look, second, buffer);
}

fn paint_pane(prose: &[Line], look: &Look, pane: Rect, buffer: &mut Buffer) {
    for y in pane.top()..pane.bottom() {
        let cell = Rect {
            y,
            height: 1,
            width: 1,
            ..pane
        };
        put(
            buffer,
            cell,
            &Shown::ours(look.glyphs.border),
            look.style(Role::Border),
        );
    }
    let inner = Rect {
        x: pane.x + 2,
        width: pane.width.saturating_sub(3),
        ..pane
    };
    lines(prose, look, inner, buffer);
}

/// Paints a rule at the top of a pane, and gives what is below it.
fn below_rule(pane: Rect, look: &Look, buffer: &mut Buffer) -> Rect {
    let rule = Rect { height: 1, ..pane };
    let text = format!(
        "{}{}",
        look.glyphs.border_branch,
        look.glyphs.rule.repeat(usize::from(pane.width.saturating_sub(1)))
    );
    put(buffer, rule, &Shown::line(&text), look.style(Role::Border));
    Rect {
        y: pane.y + 1,
        height: pane.height.saturating_sub(1),
        ..pane
    }
}

/// So many lines above the footer a message takes where it is that long, whatever stands there.
const MOST_MESSAGE: u16 = 5;

/// The message of the moment, whole: over the lines above the footer, where it is a long one.
fn message(app: &App, buffer: &mut Buffer) {
    let Some(message) = app.messages.current() else {
        return;
    };
    let (layout, look) = (&app.layout, &app.look);
    let line = Line::new().shown(message.role, message.text.clone());
    let room = inset(layout.footer);
    let most = layout.about.height.max(MOST_MESSAGE.min(layout.area.height / 2)) + 1;
    let lines_of = line.wrapped(usize::from(room.width), usize::from(most));
    let height = u16::try_from(lines_of.len()).unwrap_or(1);
    let place = Rect {
        y: layout.footer.bottom().saturating_sub(height),
        height,
        ..layout.footer
    };
    if height > 1 {
        Clear.render(place, buffer);
        fill(buffer, place, look.style(Role::Text));
    }
    lines(&lines_of, look, inset(place), buffer);
}

pub(crate) fn inset(room: Rect) -> Rect {
    Rect {
        x: room.x + 1,
        width: room.width.saturating_sub(2),
        ..room
    }
}

/// The titles of placed columns, in a row that has room for something else `before` them.
pub(crate) fn titles(
    columns: &[Placed],
    title: impl Fn(usize) -> Shown,
    (row, before): (Rect, u16),
    look: &Look,
    buffer: &mut Buffer,
) {
    let style = look.style(Role::Columns);
    fill(buffer, row, style);
    for placed in columns {
        put(buffer, placed.cell(row, before), &title(placed.index), style);
    }
}

/// The sign at the beginning of a row, behind that of the cursor.
pub(crate) fn sign(row: Rect, (sign, role): (&'static str, Role), look: &Look, buffer: &mut Buffer) {
    let cell = Rect {
        x: row.x + 1,
        width: 1,
        ..row
    };
    put(buffer, cell, &Shown::ours(sign), look.style(role));
}

/// Marks the row that the cursor is on: `marked` of it, and the sign at its beginning.
pub(crate) fn cursor(row: Rect, marked: Rect, look: &Look, buffer: &mut Buffer) {
    fill(buffer, marked, look.style(Role::Cursor));
    let style = look.style(Role::Title).patch(look.style(Role::Cursor));
    put(
        buffer,
        Rect { width: 1, ..row },
        &Shown::ours(look.glyphs.cursor),
        style,
    );
}

/// Paints a rule at the top of `room`; gives its row and what is below it.
pub(crate) fn rule(room: Rect, look: &Look, buffer: &mut Buffer) -> (Rect, Rect) {
    let row = Rect {
        height: room.height.min(1),
        ..room
    };
    let text = look.glyphs.rule.repeat(usize::from(row.width));
    put(buffer, row, &Shown::line(&text), look.style(Role::Border));
    (row, skip_rows(room, 1))
}

/// Paints a rule at the top of `room`, on it what is counted of a list, and which of its rows are seen where not all are; gives
/// what is below it. The rows have their room before all that is counted.
pub(crate) fn counted_rule<K: PartialEq + Clone>(
    list: &List<K>,
    counts: &str,
    look: &Look,
    room: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let (row, below) = rule(room, look, buffer);
    let style = look.style(Role::Section);
    let mut rest = Rect {
        x: row.x + 2.min(row.width),
        width: row.width.saturating_sub(4),
        ..row
    };
    if let Some(position) = seen_rows(list) {
        rest = put_right(buffer, rest, &position, style);
        // The rule is seen between them.
        rest.width = rest.width.saturating_sub(1);
    }
    if !counts.is_empty() {
        put(buffer, rest, &Shown::line(&format!(" {counts} ")), style);
    }
    below
}

/// Which rows of a list are seen, where not all are: ` 1-12 of 35 `.
pub(crate) fn seen_rows<K: PartialEq + Clone>(list: &List<K>) -> Option<Shown> {
    seen(list.position())
}

/// The same of any rows: the first and the last that are seen, from 1, and how many there are.
pub(crate) fn seen((from, to, all): (usize, usize, usize)) -> Option<Shown> {
    (from > 1 || to < all).then(|| Shown::line(&format!(" {from}-{to} of {all} ")))
}

/// Paints the rows of a list that are on the screen, each by `paint`, and marks the one under the cursor.
pub(crate) fn rows<K: PartialEq + Clone>(
    list: &List<K>,
    look: &Look,
    room: Rect,
    buffer: &mut Buffer,
    mut paint: impl FnMut(usize, Rect, &mut Buffer),
) {
    for (y, index) in (room.top()..room.bottom()).zip(list.on_screen()) {
        let row = Rect { y, height: 1, ..room };
        paint(index, row, buffer);
        if index == list.at() {
            cursor(row, row, look, buffer);
        }
    }
}

/// Paints lines of prose from the top of `room`, as many as fit.
pub(crate) fn lines(prose: &[Line], look: &Look, room: Rect, buffer: &mut Buffer) {
    for (y, line) in (room.top()..room.bottom()).zip(prose) {
        let mut rest = Rect { y, height: 1, ..room };
        for span in &line.spans {
            rest = put(buffer, rest, &span.text, look.style(span.role));
        }
    }
}

fn too_small(app: &App, area: Rect, buffer: &mut Buffer) {
    let keys = |command: Program| {
        let command = Command::Program(command);
        app.keys
            .current
            .keys(Place::Everywhere, command)
            .into_iter()
            .next()
    };
    let keys: Vec<_> = [keys(Program::Leave), keys(Program::Quit)]
        .into_iter()
        .flatten()
        .collect();
    let texts = [
        format!("{}x{} is too small", area.width, area.height),
        format!("fleetui needs {}x{}", LEAST.0, LEAST.1),
        format!("{} quits", keys.join(" or ")),
    ];
    for (y, text) in (area.top()..area.bottom()).zip(texts) {
        put(
            buffer,
            Rect { y, height: 1, ..area },
            &Shown::line(&text),
            app.look.style(Role::Text),
        );
    }
}
