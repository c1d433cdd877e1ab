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
    paint_title(state, look, title, buffer);
    for (y, (line, chosen)) in (body.top()..body.bottom()).zip(state.on_screen()) {
        let row = Rect { y, height: 1, ..body };
        crate::view::lines(std::slice::from_ref(&line), look, crate::view::inset(row), buffer);
        if chosen {
            crate::view::cursor(row, row, look, buffer);
        }
    }
}

fn paint_title(state: &State, look: &Look, title: Rect, buffer: &mut Buffer) {
    fill(buffer, title, look.style(Role::Columns));
    let part = match (state.part, state.managed_fields) {
        (Part::Description | Part::Why, _) => "",
        (Part::Timeline, _) => "  timeline",
        (Part::Yaml, false) => "  YAML",
        (Part::Yaml, true) => "  YAML with managedFields",
    };
    let key = &state.key;
    let text = Shown::line(&format!(
        " {} {} in {}{part}",
        key.kind.kind, key.object, key.management_cluster
    ));
    // Where one is has to be seen whatever the name.
    let (first, last, all) = state.position();
    let position = match state.searched() {
        Some(search) => match search.position() {
            (_, 0) => format!("  nothing has '{}'  {first}-{last} of {all} ", search.text()),
            (at, found) => format!("  /{} {at} of {found}  {first}-{last} of {all} ", search.text()),
        },
        None => format!("  {first}-{last} of {all} "),
    };
    let rest = put_right(
        buffer,
        title,
        &Shown::line(&position).fit(usize::from(title.width / 2)),
        look.style(Role::Columns),
    );
    let rest = put(buffer, rest, &text, look.style(Role::Columns));
    let note = if state.gone && state.unconnected {
        Shown::line(&format!("  {} is not connected here", key.management_cluster))
    } else if state.gone {
        Shown::ours("  gone; this is what was last known")
    } else if state.is_reading() {
        Shown::ours("  reading the object from the server")
    } else {
        return;
    };
    put(buffer, rest, &note, look.style(Role::Warning));
}
