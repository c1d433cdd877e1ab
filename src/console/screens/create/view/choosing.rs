//! What a cluster can be made from: templates, classes, drafts, and creations that were interrupted.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::state::{ABOUT_ROWS, Choice, State};
use super::{BEFORE, LABEL, MOST_LINES, note};
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::view::{inset, lines, rule};
use crate::widgets::{put, skip, skip_rows};

/// Paints the choices, and below them what of the one under the cursor does not fit into its row.
pub(super) fn paint(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let rows = body.height.saturating_sub(ABOUT_ROWS);
    let room = Rect { height: rows, ..body };
    crate::view::rows(&state.list, look, room, buffer, |index, row, buffer| {
        let at = state.list.rows().get(index);
        let Some(choice) = at.and_then(|at| state.choices.get(*at)) else {
            return;
        };
        let (name, about) = described(choice);
        let dim = matches!(choice, Choice::Class(_, Some(_)));
        let room = skip(row, BEFORE);
        let label = Rect {
            width: LABEL.min(room.width),
            ..room
        };
        let (of_name, of_about) = if dim {
            (Role::Dim, Role::Dim)
        } else {
            (Role::Heading, Role::Text)
        };
        put(buffer, label, &Shown::line(&name), look.style(of_name));
        put(
            buffer,
            skip(room, LABEL),
            &Shown::line(&about),
            look.style(of_about),
        );
    });
    let (_, below) = rule(skip_rows(body, rows), look, buffer);
    let inside = inset(below);
    let mut told = Vec::new();
    let at = state.list.cursor().and_then(|at| state.choices.get(*at));
    if let Some((_, about)) = at.map(described)
        && Shown::line(&about).width() > usize::from(skip(skip(body, BEFORE), LABEL).width)
    {
        told.extend(
            Line::new()
                .text(Role::Text, &about)
                .wrapped(usize::from(inside.width), MOST_LINES),
        );
    }
    told.push(Line::ours(
        Role::Note,
        "your templates: :create FILE|DIR, or fleetui create cluster NAME --from FILE",
    ));
    told.extend(note(state, look, usize::from(inside.width)));
    lines(&told, look, inside, buffer);
}

/// How a choice is called, and what it is.
fn described(choice: &Choice) -> (String, String) {
    match choice {
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
            let about = format!("{name} {made} in {}, {at}", draft.management_cluster);
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
