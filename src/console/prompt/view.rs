//! Paints the line that is typed, and above it what it may become.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::State;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, input, put};

/// Paints the line into `footer` and the candidates into `about`.
pub fn view(state: &State, look: &Look, about: Rect, footer: Rect, buffer: &mut Buffer) {
    // A screen may stand where the candidates go.
    Clear.render(about, buffer);
    fill(buffer, about, look.style(Role::Text));
    let rest = put(buffer, footer, &Shown::ours(state.sign()), look.style(Role::Key));
    let (before, under, after) = state.input.parts();
    let text = if state.input.is_selected() {
        Role::Chosen
    } else {
        Role::Text
    };
    let styles = (look.style(text), look.style(Role::Caret));
    input(buffer, rest, (&before, &under, &after), styles);
    let mut room = Rect {
        x: about.x + 1,
        width: about.width.saturating_sub(1),
        ..about
    };
    if let Some(problem) = &state.problem {
        let line = Line::new().shown(Role::Failed, problem.clone());
        let lines = line.wrapped(usize::from(room.width), usize::from(room.height));
        return crate::view::lines(&lines, look, room, buffer);
    }
    if let Some(hint) = state.hint {
        let lines = Line::ours(Role::Hint, hint).wrapped(usize::from(room.width), usize::from(room.height));
        return crate::view::lines(&lines, look, room, buffer);
    }
    // Close to the line that they belong to.
    room.y = room.bottom().saturating_sub(1);
    room.height = 1;
    let first = first_shown(state, room.width);
    for (index, candidate) in state.candidates.iter().enumerate().skip(first) {
        let role = if state.chosen == Some(index) {
            Role::Chosen
        } else {
            Role::Candidate
        };
        room = put(buffer, room, &Shown::line(candidate), look.style(role));
        room = put(buffer, room, &Shown::ours("  "), look.style(Role::Text));
    }
}

/// The first candidate to show, so that the chosen one is on the screen.
fn first_shown(state: &State, width: u16) -> usize {
    let Some(chosen) = state.chosen else { return 0 };
    let mut used = 0;
    let mut first = chosen;
    for index in (0..=chosen).rev() {
        used += state
            .candidates
            .get(index)
            .map_or(0, |candidate| Shown::line(candidate).width() + 2);
        if used > usize::from(width) {
            break;
        }
        first = index;
    }
    first
}
