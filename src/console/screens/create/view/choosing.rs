//! What a cluster can be made from: templates, classes, drafts, and creations that were interrupted.

use fleetui_base::Shown;
use fleetui_fleet::create::Sort;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::state::{ABOUT_ROWS, Choice, State};
use super::{BEFORE, LABEL, MOST_LINES, note};
use crate::look::Look;
use crate::prose::Line;
use crate::runtime::templates::offered_as;
use crate::theme::Role;
use crate::view::{counted_rule, inset, lines};
use crate::widgets::{put, skip, skip_rows};

/// Paints the choices, and below them what of the one under the cursor does not fit into its row.
pub(super) fn paint(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let rows = body.height.saturating_sub(ABOUT_ROWS);
    let room = Rect { height: rows, ..body };
    let of_name = of_names(state, skip(body, BEFORE).width);
    crate::view::rows(&state.list, look, room, buffer, |index, row, buffer| {
        let at = state.list.rows().get(index);
        let Some(choice) = at.and_then(|at| state.choices.get(*at)) else {
            return;
        };
        let (name, about) = described(choice);
        let dim = matches!(choice, Choice::Class(_, Some(_)) | Choice::Unread(..));
        let room = skip(row, BEFORE);
        let label = Rect {
            width: of_name.saturating_sub(1).min(room.width),
            ..room
        };
        let (role, of_about) = if dim {
            (Role::Dim, Role::Dim)
        } else {
            (Role::Heading, Role::Text)
        };
        put(buffer, label, &Shown::line(&name), look.style(role));
        put(
            buffer,
            skip(room, of_name),
            &Shown::line(&about),
            look.style(of_about),
        );
    });
    let below = counted_rule(&state.list, "", look, skip_rows(body, rows), buffer);
    let inside = inset(below);
    let mut told = Vec::new();
    let at = state.list.cursor().and_then(|at| state.choices.get(*at));
    // Why it cannot be chosen is said by what is said of that.
    if let Some((_, about)) = at.map(described)
        && state.note.is_none()
        && Shown::line(&about).width() > usize::from(skip(skip(body, BEFORE), of_name).width)
    {
        told.extend(
            Line::new()
                .text(Role::Text, &about)
                .wrapped(usize::from(inside.width), MOST_LINES),
        );
    }
    let hint = match &state.directory {
        Some(_) => "one of them at once: :create DIR and its name here",
        None => "your templates: :create FILE|DIR, or fleetui create cluster NAME --from FILE",
    };
    told.push(Line::ours(Role::Note, hint));
    told.extend(note(state, look, usize::from(inside.width)));
    lines(&told, look, inside, buffer);
}

/// Cells of the names of choices, with a blank behind them: what the longest needs, at most half of the row.
fn of_names(state: &State, width: u16) -> u16 {
    let names = state.choices.iter().map(|choice| described(choice).0);
    let longest = names.map(|name| Shown::line(&name).width() + 1).max();
    let longest = u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX);
    longest.min(width / 2).max(LABEL)
}

/// How a choice is called, and what it is.
fn described(choice: &Choice) -> (String, String) {
    match choice {
        Choice::Flavour(flavour) if flavour.sort == Sort::Template => {
            (offered_as(&flavour.name).to_owned(), flavour.name.clone())
        }
        Choice::Unread(name, why) => (offered_as(name).to_owned(), format!("not offered: {why}")),
        Choice::Flavour(flavour) => (flavour.name.clone(), flavour.about().to_owned()),
        Choice::Draft(draft) => {
            let name = draft
                .answers
                .iter()
                .find(|(variable, _)| variable == "CLUSTER_NAME");
            let name = name.map_or("(no name yet)", |(_, name)| name.as_str());
            let at = draft.at.strftime("%Y-%m-%d %H:%M UTC");
            let made = match &draft.like {
                Some(like) => format!("like {}", like.cluster.object),
                None => format!("from {}", draft.flavour.name),
            };
            // What tells drafts of one template apart comes first.
            let about = format!("{name}, {at}, {made} in {}", draft.management_cluster);
            ("draft".to_owned(), about)
        }
        Choice::Interrupted(creation) => {
            let (there, all) = creation.counts();
            let about = format!("{}: {there} of {all} objects", creation.cluster);
            ("interrupted".to_owned(), about)
        }
        Choice::Class(key, why) => {
            let about = why.as_ref().map_or_else(
                || format!("ClusterClass {}", key.object),
                |why| format!("not offered: {why}"),
            );
            (format!("class/{}", key.object.name), about)
        }
    }
}
