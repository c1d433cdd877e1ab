//! Paints the help screen.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right};

/// Paints title and lines.
pub fn view(state: &State, look: &Look, keymap: &str, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    fill(buffer, title, look.style(Role::Columns));
    let text = Shown::line(&format!(" Help: {} (keymap {keymap})", state.title()));
    let rest = put(buffer, title, &text, look.style(Role::Columns));
    let (first, last, all) = state.position();
    let position = Shown::line(&format!("{first}-{last} of {all} "));
    put_right(buffer, rest, &position, look.style(Role::Columns));
    crate::view::lines(state.on_screen(), look, crate::view::inset(body), buffer);
}
