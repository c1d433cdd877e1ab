//! What stands where there is not one line: nothing is known, everything is hidden, or it is still being made; these never
//! look alike.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::Picture;
use crate::command::{Command, Object, Place};
use crate::prose::{Line, wrap};
use crate::theme::Role;

/// Cells left and right of the text.
const INSET: u16 = 3;

pub(super) fn paint(picture: Picture<'_>, body: Rect, buffer: &mut Buffer) {
    let room = Rect {
        x: body.x + INSET,
        y: body.y + 1,
        width: body.width.saturating_sub(2 * INSET),
        height: body.height.saturating_sub(1),
    }
    .intersection(body);
    let lines = text(picture, usize::from(room.width));
    crate::view::lines(&lines, picture.look, room, buffer);
}

fn text(picture: Picture<'_>, width: usize) -> Vec<Line> {
    let state = picture.state;
    let known = picture.fleet.sessions().next().is_some();
    let paragraph = |role: Role, text: &str| -> Vec<Line> {
        wrap(text, width)
            .into_iter()
            .map(|line| Line::new().shown(role, line))
            .collect()
    };
    if let Some(preparing) = picture.preparing {
        let mut lines = paragraph(Role::Heading, preparing.as_str());
        lines.push(Line::new());
        lines.extend(paragraph(
            Role::Dim,
            "It is shown as soon as it is there; nothing of it is real.",
        ));
        return lines;
    }
    if let Some(hidden) = state.hidden_by().filter(|_| known) {
        return paragraph(Role::Text, &format!("{hidden}; {} hidden", state.hidden()));
    }
    match &state.no_kubeconfig {
        Some(looked_for) if !known => no_kubeconfig(picture, looked_for, &paragraph),
        Some(_) | None => vec![Line::ours(Role::Text, "No management cluster is known.")],
    }
}

fn no_kubeconfig(
    picture: Picture<'_>,
    looked_for: &[String],
    paragraph: &impl Fn(Role, &str) -> Vec<Line>,
) -> Vec<Line> {
    let mut lines = paragraph(
        Role::Heading,
        "There is no kubeconfig, so no management cluster is known.",
    );
    if !looked_for.is_empty() {
        lines.extend(paragraph(
            Role::Text,
            &format!("Looked for: {}", looked_for.join(", ")),
        ));
    }
    lines.push(Line::new());
    let open = Command::Object(Object::Open);
    if let Some(key) = picture.keymap.keys(Place::Tree, open).first() {
        lines.push(
            Line::new()
                .text(Role::Key, key)
                .word(Role::Text, "  starts the demo, a fleet to try everything on"),
        );
        lines.push(Line::ours(
            Role::Dim,
            "       (without any cluster; the same as: fleetui demo)",
        ));
        lines.push(Line::new());
    }
    for (command, does) in [
        (
            "fleetui --kubeconfig FILE",
            "its current context, or those of --context",
        ),
        ("export KUBECONFIG=FILE", "the same for kubectl and its like"),
    ] {
        lines.push(Line::ours(Role::Key, command));
        lines.push(Line::ours(Role::Text, "  ").word(Role::Text, does));
    }
    lines
}
