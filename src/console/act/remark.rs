//! What a dialog asks for, in one line: what is wrong with what was typed, or what has changed since it was opened and how it stands
//! with the server.

use super::state::{Asks, Dialog};
use crate::glyphs::Glyphs;
use crate::prose::Line;
use crate::theme::Role;

/// The line about what it asks for, where it stands still for that; before it what has changed meanwhile.
pub fn remark(dialog: &Dialog, glyphs: &Glyphs) -> Line {
    if let Some(remark) = &dialog.remark {
        return sign(Role::Warning, glyphs.warning).shown(Role::Warning, remark.clone());
    }
    let asked = asked(dialog, glyphs);
    match &dialog.meanwhile {
        Some(what) => sign(Role::Warning, glyphs.warning)
            .shown(Role::Warning, what.clone())
            .word(Role::Dim, "  ")
            .and(asked),
        None => asked,
    }
}

fn sign(role: Role, sign: &'static str) -> Line {
    Line::ours(role, sign).word(role, " ")
}

/// What it asks for.
fn asked(dialog: &Dialog, glyphs: &Glyphs) -> Line {
    if dialog.is_checking() {
        return Line::ours(Role::Dim, "asking the server (dry run) ").word(Role::Dim, glyphs.ellipsis);
    }
    match dialog.asks() {
        _ if dialog.meant().next().is_none() => {
            sign(Role::Failed, glyphs.failed).word(Role::Failed, "nothing of it can be done")
        }
        Asks::Key => sign(Role::Good, glyphs.done).word(Role::Good, "dry run ok"),
        Asks::Twice(why) if !dialog.confirmed => {
            sign(Role::Warning, glyphs.warning).text(Role::Warning, &why)
        }
        Asks::Twice(_) => sign(Role::Warning, glyphs.warning).word(Role::Warning, "really?"),
        Asks::Name(name) => Line::ours(Role::Good, "dry run ok; ")
            .word(Role::Message, "type ")
            .text(Role::Heading, &name)
            .word(Role::Message, " to go on"),
        Asks::Number(count) => Line::ours(Role::Good, "dry run ok; ")
            .word(Role::Message, "type how many they are, ")
            .text(Role::Heading, &count.to_string())
            .word(Role::Message, ", to go on"),
    }
}
