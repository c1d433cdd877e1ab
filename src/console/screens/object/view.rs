//! Paints the object screen.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::{Part, State};
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right};

/// Paints title and lines.
pub fn view(state: &State, look: &Look, title: Rect, body: Rect, buffer: &mut Buffer) {
    fill(buffer, title, look.style(Role::Columns));
    let part = match state.part {
        Part::Description => "",
        Part::Yaml => "  YAML",
    };
    let key = &state.key;
    let text = Shown::line(&format!(
        " {} {} in {}{part}",
        key.kind.kind, key.object, key.management_cluster
    ));
    let rest = put(buffer, title, &text, look.style(Role::Columns));
    let rest = if state.gone {
        put(
            buffer,
            rest,
            &Shown::ours("  gone; this is what was last known"),
            look.style(Role::Warning),
        )
    } else {
        rest
    };
    let (first, last, all) = state.position();
    put_right(
        buffer,
        rest,
        &Shown::line(&format!("{first}-{last} of {all} ")),
        look.style(Role::Columns),
    );
    crate::view::lines(
        state.on_screen(),
        look,
        Rect {
            x: body.x + 1,
            width: body.width.saturating_sub(2),
            ..body
        },
        buffer,
    );
}
