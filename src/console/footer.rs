//! Paints the footer line: the message of the moment, or the keys that matter here, as the keymap has them.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::cell;
use crate::command::{Command, Place, Program, TABLE};
use crate::theme::Role;
use crate::widgets::{put, put_right};

/// Paints the footer.
pub fn view(app: &App, row: Rect, buffer: &mut Buffer) {
    let style = |role: Role| app.look.style(role);
    let mut room = Rect {
        x: row.x + 1,
        width: row.width.saturating_sub(2),
        ..row
    };
    if !app.keys.pending.is_empty() {
        let pending = crate::keymap::written(&app.keys.pending);
        room = put_right(buffer, room, &Shown::line(&pending), style(Role::Key));
    }
    let message = app.messages.current();
    // A message is said whole; what is hidden is still hidden when it has gone.
    let said = message.map_or(0, |message| message.text.width());
    let fits = |filter: &Shown| said == 0 || said + filter.width() + 2 <= usize::from(room.width);
    if let Some(filter) = filters(app).filter(fits) {
        room = put_right(buffer, room, &filter, style(Role::Warning));
        room.width = room.width.saturating_sub(2);
    }
    if let Some(message) = message {
        put(buffer, room, &message.text, style(message.role));
        return;
    }
    if let Some(editor) = app.cell.editor.as_ref().filter(|_| app.place() == Place::Cell) {
        let keys = cell::view::keys(editor, &app.keys.current);
        return crate::view::lines(std::slice::from_ref(&keys), &app.look, room, buffer);
    }
    let help = Command::Program(Program::Help);
    if let Some(key) = app
        .keys
        .current
        .keys(app.place(), help)
        .first()
        .filter(|_| filters(app).is_none())
    {
        // Whoever knows nothing else has to find the help.
        room = put_right(buffer, room, &Shown::ours(" help"), style(Role::Hint));
        room = put_right(buffer, room, &Shown::line(key), style(Role::Key));
    }
    for (key, hint) in hints(app) {
        let needed = key.width() + hint.width() + 3;
        if needed > usize::from(room.width) {
            return;
        }
        room = put(buffer, room, &key, style(Role::Key));
        room = put(buffer, room, &Shown::ours(" "), style(Role::Text));
        room = put(buffer, room, &hint, style(Role::Hint));
        room = put(buffer, room, &Shown::ours("  "), style(Role::Text));
    }
}

/// What keeps rows from being seen is never forgotten.
fn filters(app: &App) -> Option<Shown> {
    if !app.stack.is_empty() {
        return None;
    }
    let options = &app.tree.options;
    let filter = options
        .filter
        .as_ref()
        .map(|filter| format!("/{}", filter.text()));
    let namespace = options
        .namespace
        .as_ref()
        .map(|namespace| format!("namespace {namespace}"));
    let parts: Vec<String> = [
        options.faults_only.then(|| "faults only".to_owned()),
        namespace,
        filter,
        (app.tree.hidden() > 0).then(|| format!("{} hidden", app.tree.hidden())),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| Shown::line(&parts.join("  ")))
}

/// Key and word of what is hinted at in this place.
fn hints(app: &App) -> impl Iterator<Item = (Shown, Shown)> {
    let place = app.place();
    let here = move |places: &[Place]| {
        places.contains(&place) || (places.contains(&Place::Everywhere) && !place.takes_text())
    };
    let writes = |name: &str| name.starts_with("edit-");
    TABLE.iter().filter_map(move |entry| {
        let hint = entry.hint.filter(|_| here(entry.places))?;
        if entry.command == Command::Program(Program::Help) {
            return None;
        }
        // Where nothing can be written, nothing is offered that writes.
        if writes(entry.name) && app.access.is_read_only() {
            return None;
        }
        let key = app.keys.current.keys(place, entry.command).into_iter().next()?;
        Some((Shown::line(&key), Shown::ours(hint)))
    })
}
