//! Paints the edited object: its text with what is wrong on its lines, and below it what the line is about; the change before it is
//! written; what others have changed as well.

use fleetui_base::Shown;
use fleetui_fleet::act::plan::dotted;
use fleetui_fleet::act::{Confirm, FieldChange, Found};
use fleetui_fleet::merge::{DiffLine, Side};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use super::conflict::Conflict;
use super::state::{Phase, Review, State};
use crate::act::lines::reach;
use crate::cell::line::reason;
use crate::command::{Command, Input, Place};
use crate::keymap::Keymap;
use crate::look::Look;
use crate::prose::{Line, wrap};
use crate::theme::Role;
use crate::view::{inset, lines, rule};
use crate::widgets::{fill, put, put_right, skip_rows};
use crate::yaml::view::paint_text;

/// So many fields are told that the server makes otherwise.
const MOST_MADE: usize = 4;
/// A value that is shown in a row is cut here.
const LONGEST_VALUE: usize = 400;

/// Paints title and body.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    paint_title(state, look, title, buffer);
    match &state.phase {
        Phase::Reviewing(review) => reviewing(state, review, look, body, buffer),
        Phase::Conflict(conflict) => conflicting(conflict, look, body, buffer),
        Phase::Failed(why) => {
            let told = wrap(why.as_str(), usize::from(inset(body).width));
            let told: Vec<Line> = told
                .into_iter()
                .map(|text| Line::new().shown(Role::Failed, text))
                .collect();
            lines(&told, look, inset(body), buffer);
        }
        Phase::Offered(draft) => {
            let what = format!("a draft of {} is there, which was not written", clock(draft.at));
            lines(&[Line::new().text(Role::Text, &what)], look, inset(body), buffer);
        }
        Phase::Loading { .. }
        | Phase::Editing
        | Phase::Outside(_)
        | Phase::Rereading(..)
        | Phase::Checking(..)
        | Phase::Applying(..)
        | Phase::Done(_) => editing(state, look, body, buffer),
    }
}

/// `14:02` of the day, in UTC, as all times that are not ages.
fn clock(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

fn paint_title(state: &State, look: &Look, title: Rect, buffer: &mut Buffer) {
    fill(buffer, title, look.style(Role::Columns));
    let key = &state.key;
    let doing = match &state.phase {
        Phase::Loading { .. } => "reading the object",
        Phase::Outside(_) => "your editor has the terminal",
        Phase::Rereading(..) => "reading what is there by now",
        Phase::Checking(..) => "asking the server (dry run)",
        Phase::Applying(..) => "writing",
        Phase::Offered(_)
        | Phase::Editing
        | Phase::Reviewing(_)
        | Phase::Conflict(_)
        | Phase::Done(_)
        | Phase::Failed(_) => "",
    };
    let kept = state
        .kept_at
        .map(|at| format!("draft kept {}", clock(at)))
        .unwrap_or_default();
    let right = Shown::line(&format!("{} ", if doing.is_empty() { &kept } else { doing }));
    let rest = put_right(buffer, title, &right, look.style(Role::Columns));
    let text = Shown::line(&format!(
        " edit {} {} in {}  ",
        key.kind.kind, key.object, key.management_cluster
    ));
    put(buffer, rest, &text, look.style(Role::Columns));
}

fn editing(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let rows = body.height.saturating_sub(state.about_rows());
    let typed = matches!(state.phase, Phase::Editing);
    paint_text(&state.text, typed, look, Rect { height: rows, ..body }, buffer);
    let rest = skip_rows(body, rows);
    let (_, below) = rule(rest, look, buffer);
    let told = about(state, look, inset(rest));
    lines(&told, look, inset(below), buffer);
}

/// What the line of the caret is about, and what was said.
fn about(state: &State, look: &Look, room: Rect) -> Vec<Line> {
    let rows = usize::from(state.about_rows() - 1);
    let width = usize::from(room.width);
    let mut told = Vec::new();
    if let Some((is_bad, note)) = &state.note {
        let role = if *is_bad { Role::Warning } else { Role::Message };
        let most = rows.saturating_sub(2).max(2);
        told.extend(Line::new().shown(role, note.clone()).wrapped(width, most));
    } else if let Some(set_back) = &state.set_back {
        let line =
            Line::ours(Role::Warning, look.glyphs.warning).text(Role::Warning, &format!(" {set_back}"));
        told.extend(line.wrapped(width, 1));
    }
    match &state.text.completion {
        Some(completing) => {
            let mut line = Line::new();
            for (index, candidate) in completing.found.candidates.iter().enumerate() {
                let role = if index == completing.chosen {
                    Role::Chosen
                } else {
                    Role::Candidate
                };
                let name = candidate
                    .trim()
                    .trim_end_matches(['-', ' ', '\n'])
                    .trim_end_matches(':');
                line = line.text(role, name).word(Role::Text, "  ");
            }
            told.extend(line.wrapped(width, rows.saturating_sub(told.len())));
        }
        None => told.extend(field(state, width, rows.saturating_sub(told.len()))),
    }
    told.truncate(rows);
    told
}

/// What the schema says of the field of the line.
fn field(state: &State, width: usize, rows: usize) -> Vec<Line> {
    let pointer = state.text.pointer();
    if pointer.is_empty() {
        return Vec::new();
    }
    let line = Line::new().text(Role::Heading, &dotted(pointer));
    let schema = state.base.as_ref().and_then(|base| base.schema.as_ref());
    let Some(field) = schema.and_then(|schema| schema.at(pointer)) else {
        return vec![line];
    };
    let mut line = line.text(Role::Dim, &format!("  {}", field.kind.word()));
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned)
    };
    if !field.choices.is_empty() {
        let choices: Vec<String> = field.choices.iter().map(plain).collect();
        line = line.text(Role::Dim, &format!("  one of {}", choices.join(", ")));
    }
    if let Some(default) = &field.default {
        line = line.text(Role::Dim, &format!("  {} where nothing is said", plain(default)));
    }
    let mut told = line.wrapped(width, 1);
    told.extend(
        Line::new()
            .text(Role::Text, &field.doc)
            .wrapped(width, rows.saturating_sub(1).max(1)),
    );
    told.truncate(rows);
    told
}

/// What can be done now, by which key: for the footer.
pub fn keys(state: &State, keymap: &Keymap) -> Line {
    let word = |line: Line, key: &str, what: &'static str| {
        line.text(Role::Key, key)
            .word(Role::Text, " ")
            .word(Role::Hint, what)
            .word(Role::Text, "   ")
    };
    let bound = |line: Line, command: Input, what: &'static str| {
        let keys = keymap.keys(Place::Edit, Command::Input(command));
        match keys.first() {
            Some(key) => word(line, key, what),
            None => line,
        }
    };
    let line = Line::new();
    match &state.phase {
        Phase::Editing => {
            let line = bound(line, Input::Accept, "check and compare");
            let line = bound(line, Input::Next, "complete");
            bound(line, Input::Cancel, "leave, keeping the draft")
        }
        Phase::Reviewing(review) => {
            let why = if review.in_reason {
                "end of the reason"
            } else {
                "a reason"
            };
            let line = bound(word(line, "enter", "write it"), Input::Next, why);
            bound(line, Input::Cancel, "back to the text")
        }
        Phase::Conflict(conflict) => {
            let choices = [("m", "mine"), ("t", "theirs"), ("e", "edit")];
            let line = choices
                .into_iter()
                .fold(line, |line, (key, what)| word(line, key, what));
            let line = bound(line, Input::Next, "next");
            let line = if conflict.open() == 0 {
                word(line, "enter", "check again")
            } else {
                line
            };
            bound(line, Input::Cancel, "back to the text")
        }
        Phase::Offered(_) => {
            let line = word(word(line, "enter", "takes it"), "x", "discards it");
            bound(line, Input::Cancel, "leaves it as it is")
        }
        Phase::Loading { .. }
        | Phase::Outside(_)
        | Phase::Rereading(..)
        | Phase::Checking(..)
        | Phase::Applying(..)
        | Phase::Done(_)
        | Phase::Failed(_) => bound(line, Input::Cancel, "leave"),
    }
}

/// The change: where it goes, what it comes to, and what becomes of the text.
fn reviewing(state: &State, review: &Review, look: &Look, body: Rect, buffer: &mut Buffer) {
    let room = inset(body);
    let mut told = said_of(state, review, look, usize::from(room.width));
    let rows = usize::from(room.height).saturating_sub(told.len());
    let left = review.diff.len().saturating_sub(review.offset);
    let shown = if left > rows { rows.saturating_sub(1) } else { left };
    let lines_of = review.diff.iter().skip(review.offset).take(shown);
    told.extend(lines_of.map(|line| difference(line, look)));
    if left > shown {
        let more = format!(" {} more lines below", left - shown);
        told.push(Line::ours(Role::Hint, look.glyphs.ellipsis).text(Role::Hint, &more));
    }
    lines(&told, look, room, buffer);
}

/// What is said of a change before its lines.
fn said_of(state: &State, review: &Review, look: &Look, width: usize) -> Vec<Line> {
    let preview = &review.plan.preview;
    let server = preview.blast.as_ref().map(|blast| blast.server.as_str());
    let whereto = format!("  {} ({})  ", state.key, server.unwrap_or("its server"));
    let head = Line::ours(Role::Section, "to be written").text(Role::Note, &whereto);
    let mut told = head.word(Role::Good, "dry run ok").wrapped(width, 2);
    for happens in &preview.happens {
        told.extend(Line::new().text(Role::Text, happens).wrapped(width, 2));
    }
    let reach = preview.blast.as_ref().map(|blast| reach(blast, &look.glyphs));
    let reach = reach.filter(|line| line.width() > 0);
    told.extend(reach.into_iter().flat_map(|line| line.wrapped(width, 2)));
    let made = review.made.iter().take(MOST_MADE).map(otherwise);
    told.extend(made.flat_map(|line| line.wrapped(width, 1)));
    if review.made.len() > MOST_MADE {
        let more = format!(
            "and {} fields more that the server sets",
            review.made.len() - MOST_MADE
        );
        told.push(Line::new().text(Role::Note, &more));
    }
    let doubt = match &review.plan.confirm {
        Confirm::Twice(why) => Some(why),
        Confirm::Key | Confirm::Name(_) => None,
    };
    let checks = review.plan.checks.iter().filter_map(|check| match &check.found {
        Found::Warns(why) | Found::Blocks { why, .. } | Found::Unknown(why) => Some(why),
        Found::Well(_) => None,
    });
    let judged = review.judgement.warnings.iter().chain(&review.judgement.owners);
    let mut said: Vec<&String> = Vec::new();
    for warning in doubt
        .into_iter()
        .chain(&preview.warnings)
        .chain(checks)
        .chain(judged)
    {
        if !said.contains(&warning) {
            said.push(warning);
        }
    }
    for warning in said {
        let line = Line::ours(Role::Warning, look.glyphs.warning).text(Role::Warning, &format!(" {warning}"));
        told.extend(line.wrapped(width, 2));
    }
    if let Some((_, note)) = &state.note {
        told.extend(Line::new().shown(Role::Message, note.clone()).wrapped(width, 2));
    }
    let reason = reason(&review.reason, review.in_reason);
    told.extend(reason.into_iter().flat_map(|line| line.wrapped(width, 2)));
    if review.asked {
        told.push(Line::ours(Role::Warning, "really?"));
    }
    told.push(Line::new());
    told.extend(hidden(review.plan.writes.iter().flat_map(|write| &write.fields)));
    told
}

/// What the server makes of a field that was typed otherwise, or not at all.
fn otherwise(field: &FieldChange) -> Line {
    let name = dotted(&field.pointer);
    let what = match (&field.before, &field.after) {
        _ if field.hidden => format!("the server sets {name} (hidden)"),
        (Some(before), Some(after)) => format!("the server makes {after} of {before} at {name}"),
        (None, Some(after)) => format!("the server sets {name} to {after}"),
        (_, None) => format!("the server leaves {name} out"),
    };
    Line::new().text(Role::Message, &what)
}

/// Values that are not shown change too.
fn hidden<'a>(fields: impl Iterator<Item = &'a FieldChange>) -> Vec<Line> {
    let hidden = fields.filter(|field| field.hidden);
    hidden
        .map(|field| Line::new().text(Role::Warning, &format!("~ {} (hidden)", dotted(&field.pointer))))
        .collect()
}

fn difference(line: &DiffLine, look: &Look) -> Line {
    match line {
        DiffLine::Same(text) => Line::ours(Role::Dim, "  ").text(Role::Dim, text),
        DiffLine::Gone(text) => Line::ours(Role::Failed, "- ").text(Role::Failed, text),
        DiffLine::New(text) => Line::ours(Role::Good, "+ ").text(Role::Good, text),
        DiffLine::Between(lines) => Line::ours(Role::Border, look.glyphs.ellipsis)
            .text(Role::Border, &format!(" {lines} lines alike")),
    }
}

/// What others have changed as well: base, mine and theirs.
fn conflicting(conflict: &Conflict, look: &Look, body: Rect, buffer: &mut Buffer) {
    let room = inset(body);
    let open = conflict.open();
    let mut told = vec![
        Line::ours(Role::Section, "changed here and by somebody else").text(
            Role::Note,
            &format!(
                "  {} in all, {open} to decide; the rest is brought together",
                conflict.sides.len()
            ),
        ),
        Line::new(),
    ];
    let per_field = 5;
    let shown = usize::from(body.height.saturating_sub(4)) / per_field;
    let first = conflict.chosen.saturating_sub(shown.saturating_sub(1));
    let all = conflict.merged.open.iter().zip(&conflict.sides).enumerate();
    for (index, (overlap, side)) in all.skip(first).take(shown.max(1)) {
        let sign = if index == conflict.chosen {
            look.glyphs.cursor
        } else {
            " "
        };
        let role = if index == conflict.chosen {
            Role::Heading
        } else {
            Role::Text
        };
        told.push(Line::ours(Role::Title, sign).text(role, &format!(" {}", dotted(&overlap.pointer))));
        let row = |name: &'static str, value: &Option<Value>, is_taken: bool| {
            let role = if is_taken { Role::Chosen } else { Role::Text };
            let text = value
                .as_ref()
                .map_or_else(|| "(not there)".to_owned(), Value::to_string);
            let text: String = text.chars().take(LONGEST_VALUE).collect();
            let sign = if is_taken { look.glyphs.done } else { " " };
            Line::ours(Role::Good, "   ")
                .word(Role::Good, sign)
                .text(Role::Dim, &format!(" {name:<8}"))
                .text(role, &text)
        };
        told.push(row("before", &overlap.base, false));
        told.push(row("mine", &overlap.mine, *side == Some(Side::Mine)));
        told.push(row("theirs", &overlap.theirs, *side == Some(Side::Theirs)));
        told.push(Line::new());
    }
    lines(&told, look, room, buffer);
}
