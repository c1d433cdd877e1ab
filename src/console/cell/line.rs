//! The lines under an edited row: what will happen, or what has, and by which keys it goes on.
//!
//! They are wrapped and never cut where it matters; how many there are is known before they are painted, as the tree makes
//! room for them.

use fleetui_fleet::act::{Confirm, Found, Plan};
use fleetui_fleet::edit::{Candidate, Field};
use fleetui_fleet::tree::Node;

use super::state::{Editor, Outlook, Phase, State, Write, WriteStatus, title};
use crate::command::{Command, Input, Place};
use crate::glyphs::Glyphs;
use crate::keymap::Keymap;
use crate::line_input::LineInput;
use crate::prose::Line;
use crate::theme::Role;

/// So many lines are said at most; the keys may stand on one more.
const MOST_LINES: usize = 4;
/// Cells left and right of the lines.
pub const INSET: (u16, u16) = (3, 1);

/// The lines under the row of a node, for a row of `width` cells.
pub fn under(state: &State, node: &Node, (glyphs, keymap): (&Glyphs, &Keymap), width: u16) -> Vec<Line> {
    let width = usize::from(width.saturating_sub(INSET.0 + INSET.1));
    let (line, keys) = match (state.editor_on(node), state.write_on(node)) {
        (Some(editor), _) => (editor_line(editor, glyphs), keys(editor, keymap)),
        (None, Some(write)) => (write_line(write, glyphs), Line::new()),
        (None, None) => return Vec::new(),
    };
    let mut lines = line.wrapped(width, MOST_LINES);
    let room = lines.last().map_or(0, |last| width.saturating_sub(last.width()));
    // Whatever is said, how to go on is said too.
    match lines.last_mut() {
        Some(last) if keys.width() <= room => {
            *last = std::mem::take(last).pad(width - keys.width()).and(keys);
        }
        Some(_) | None => lines.push(Line::new().pad(width.saturating_sub(keys.width())).and(keys)),
    }
    lines
}

fn editor_line(editor: &Editor, glyphs: &Glyphs) -> Line {
    let line = standing(editor, glyphs);
    match reason(&editor.reason, editor.in_reason) {
        Some(reason) => line.text(Role::Note, &format!(" {} ", glyphs.dot)).and(reason),
        None => line,
    }
}

/// The reason of a change while it is typed, or once it was.
pub(crate) fn reason(reason: &LineInput, is_typed: bool) -> Option<Line> {
    if !is_typed && reason.said().is_none() {
        return None;
    }
    let (before, under, after) = reason.parts();
    let caret = if is_typed { Role::Caret } else { Role::Message };
    let line = Line::ours(Role::Section, "reason ").shown(Role::Message, before);
    Some(line.shown(caret, under).shown(Role::Message, after))
}

fn standing(editor: &Editor, glyphs: &Glyphs) -> Line {
    let line = values(editor.field, (&editor.from, editor.input.text().trim()), glyphs);
    match &editor.phase {
        Phase::Loading { .. } => line
            .word(Role::Dim, "reading the object ")
            .word(Role::Dim, glyphs.ellipsis),
        Phase::Editing { outlook } => match outlook {
            Outlook::Open => open(editor, glyphs),
            Outlook::Same(what) => line.shown(Role::Dim, what.clone()),
            Outlook::Wrong(what) | Outlook::Refused(what) => line.shown(Role::Failed, what.clone()),
            Outlook::Change(plan) => {
                let (_, to) = plan.field().unwrap_or_default();
                let line = values(editor.field, (&editor.from, &to), glyphs);
                joined(line, told(plan, glyphs), glyphs)
            }
        },
        Phase::Checking { .. } => meanwhile(editor, line)
            .word(Role::Dim, "asking the server (dry run) ")
            .word(Role::Dim, glyphs.ellipsis),
        Phase::Reviewing {
            plan,
            warnings,
            confirmed,
            ..
        } => {
            let (from, to) = plan.field().unwrap_or_default();
            let line = values(editor.field, (&from, &to), glyphs);
            let line = meanwhile(editor, line);
            let line = if *confirmed {
                line.word(Role::Warning, "really?  ")
            } else {
                line
            };
            let mut parts = vec![
                Line::new().text(Role::Note, &whereabouts(editor, plan)),
                Line::ours(Role::Good, "dry run ok"),
            ];
            parts.extend(told(plan, glyphs));
            parts.extend(warnings.iter().map(|warning| {
                let sign = Line::ours(Role::Warning, glyphs.warning).word(Role::Warning, " ");
                sign.shown(Role::Warning, warning.clone())
            }));
            joined(line, parts, glyphs)
        }
    }
}

/// Parts of a line with a sign between them.
fn joined(mut line: Line, parts: Vec<Line>, glyphs: &Glyphs) -> Line {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            line = line.text(Role::Note, &format!(" {} ", glyphs.dot));
        }
        line = line.and(part);
    }
    line
}

/// `REPLICAS 3 → 5  `.
fn values(field: Field, (from, to): (&str, &str), glyphs: &Glyphs) -> Line {
    Line::ours(Role::Section, title(field)).text(Role::Message, &format!(" {from} {} {to}  ", glyphs.arrow))
}

/// What can be typed.
fn open(editor: &Editor, glyphs: &Glyphs) -> Line {
    let typed = if editor.is_untouched() {
        ""
    } else {
        editor.input.text().trim()
    };
    let line = values(editor.field, (&editor.from, typed), glyphs);
    match editor.field {
        Field::Replicas => line.word(Role::Dim, "a number, or a step such as +2 or -1"),
        Field::Version if editor.candidates.is_empty() => {
            line.word(Role::Dim, "a version; no newer one is known in the fleet")
        }
        Field::Version => candidates(editor, glyphs, line),
    }
}

/// The versions that fit; those that are not allowed have the sign of what is broken.
fn candidates(editor: &Editor, glyphs: &Glyphs, mut line: Line) -> Line {
    for (index, Candidate { version, refused }) in editor.fitting.iter().enumerate() {
        let role = match refused {
            _ if editor.chosen == Some(index) => Role::Chosen,
            None => Role::Key,
            Some(_) => Role::Dim,
        };
        if refused.is_some() {
            line = line.word(Role::Dim, glyphs.failed).word(Role::Note, " ");
        }
        line = line.text(role, version).word(Role::Note, "  ");
    }
    line
}

/// What the change will bring about; what is not expected comes first.
fn told(plan: &Plan, glyphs: &Glyphs) -> Vec<Line> {
    let doubt = match &plan.confirm {
        Confirm::Twice(why) => Some(why),
        Confirm::Key | Confirm::Name(_) => None,
    };
    let found = plan.checks.iter().filter_map(|check| match &check.found {
        Found::Warns(what) | Found::Blocks { why: what, .. } => Some(what),
        Found::Well(_) | Found::Unknown(_) => None,
    });
    let alarming = doubt.into_iter().chain(&plan.preview.warnings).chain(found);
    let alarming = alarming
        .map(|warning| Line::ours(Role::Warning, glyphs.warning).text(Role::Warning, &format!(" {warning}")));
    let happens = plan
        .preview
        .happens
        .iter()
        .map(|happens| Line::new().text(Role::Note, happens));
    alarming.chain(happens).collect()
}

fn meanwhile(editor: &Editor, line: Line) -> Line {
    match &editor.meanwhile {
        Some(meanwhile) => line
            .shown(Role::Warning, meanwhile.clone())
            .word(Role::Note, "  "),
        None => line,
    }
}

/// `mgmt-taipei default/md-0`: a write always names where it goes; and the kind, where another object is written than the
/// one whose row this is.
fn whereabouts(editor: &Editor, plan: &Plan) -> String {
    let target = plan.target();
    let kind = if *target == editor.key {
        String::new()
    } else {
        format!("{} ", target.kind.kind)
    };
    format!("{} {kind}{}", target.management_cluster, target.object)
}

/// What can be done in the editor as it is, by which key.
pub fn keys(editor: &Editor, keymap: &Keymap) -> Line {
    let key = |line: Line, command: Input, what: &'static str| match keymap
        .keys(Place::Cell, Command::Input(command))
        .first()
    {
        Some(key) => line
            .text(Role::Key, &format!("  {key}"))
            .word(Role::Note, " ")
            .word(Role::Note, what),
        None => line,
    };
    let next = |line: Line| {
        if editor.fitting.is_empty() {
            line
        } else {
            key(line, Input::Next, "next")
        }
    };
    let line = Line::new();
    let line = match &editor.phase {
        Phase::Loading { .. } => key(next(line), Input::Accept, "check"),
        Phase::Editing { outlook } => match outlook {
            Outlook::Open | Outlook::Same(_) | Outlook::Wrong(_) | Outlook::Refused(_) => next(line),
            Outlook::Change(_) => key(next(line), Input::Accept, "check"),
        },
        Phase::Checking { .. } => line,
        Phase::Reviewing { plan, confirmed, .. } => {
            let asks = matches!(plan.confirm, Confirm::Twice(_)) && !confirmed;
            let has_changed = editor.meanwhile.is_some();
            let yes = if editor.owners.iter().flatten().any(|owner| owner.gitops) {
                "yes, all the same"
            } else {
                "yes, so many"
            };
            let line = key(
                line,
                Input::Accept,
                match (has_changed, asks) {
                    (true, _) => "seen",
                    (false, true) => yes,
                    (false, false) => "apply",
                },
            );
            let why = if editor.in_reason {
                "to the value"
            } else {
                "reason"
            };
            key(line, Input::Next, why)
        }
    };
    key(line, Input::Cancel, "leave")
}

fn write_line(write: &Write, glyphs: &Glyphs) -> Line {
    let (from, to) = write.plan.field().unwrap_or_default();
    let line = values(write.field, (&from, &to), glyphs);
    match &write.status {
        WriteStatus::Applying(_) => line
            .word(Role::Progressing, "applying ")
            .word(Role::Progressing, glyphs.ellipsis),
        WriteStatus::Done(_) => line.word(Role::Good, glyphs.done).word(Role::Good, " applied"),
        WriteStatus::Failed(why, _) => line
            .word(Role::Failed, glyphs.failed)
            .word(Role::Failed, " not applied: ")
            .shown(Role::Failed, why.clone()),
    }
}
