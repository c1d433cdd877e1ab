//! Paints the creation of a cluster: the questions, the text, the review, the objects; what it can be made from is beside it.

mod choosing;

use fleetui_base::Shown;
use fleetui_fleet::act::Confirm;
use fleetui_fleet::create::{Creation, Grade, ItemState, Remark};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::{ABOUT_ROWS, Phase, Review, State};
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::view::{cursor, inset, lines, rule, seen};
use crate::widgets::{fill, input, put, put_right, skip, skip_rows};
use crate::yaml::view::paint_text;

/// Cells of the names of questions, at least.
const LABEL: u16 = 20;
/// Cells of an answer before what is wrong with it, at least.
const ANSWER: u16 = 22;
/// Cells of what is wrong with an answer, at least: that it has to be said.
const WRONG: u16 = 17;
/// Cells in front of a row: the cursor's sign.
const BEFORE: u16 = 2;
/// Lines that a remark gets below.
const MOST_LINES: usize = 3;

/// Paints title and body.
pub fn view(state: &State, look: &Look, (title, body): (Rect, Rect), buffer: &mut Buffer) {
    paint_title(state, look, title, buffer);
    match &state.phase {
        Phase::Choosing => choosing::paint(state, look, body, buffer),
        Phase::Form | Phase::Checking(..) if state.form.is_some() => form(state, look, body, buffer),
        Phase::Yaml => yaml(state, look, body, buffer),
        Phase::Reviewing(review) => reviewing(state, review, look, body, buffer),
        Phase::Failed(why) => {
            let room = inset(body);
            let told = Line::new().shown(Role::Failed, why.clone());
            let told = told.wrapped(usize::from(room.width), usize::from(room.height));
            lines(&told, look, room, buffer);
        }
        Phase::Reading(_)
        | Phase::Form
        | Phase::Checking(..)
        | Phase::Creating(_)
        | Phase::Interrupted
        | Phase::Looking(..)
        | Phase::CleaningUp(_)
        | Phase::Watching
        | Phase::Done(_) => creating(state, look, body, buffer),
    }
}

fn paint_title(state: &State, look: &Look, title: Rect, buffer: &mut Buffer) {
    fill(buffer, title, look.style(Role::Columns));
    let doing = match &state.phase {
        Phase::Reading(_) => "reading the template",
        Phase::Checking(..) => "asking the server (dry run)",
        Phase::Creating(_) => "creating",
        Phase::Looking(..) => "looking what is there",
        Phase::CleaningUp(_) => "deleting what was made",
        Phase::Choosing
        | Phase::Form
        | Phase::Yaml
        | Phase::Reviewing(_)
        | Phase::Interrupted
        | Phase::Watching
        | Phase::Done(_)
        | Phase::Failed(_) => "",
    };
    let kept = state
        .kept_at
        .map(|at| at.strftime("draft kept %H:%M UTC").to_string());
    let right = if doing.is_empty() {
        kept.unwrap_or_default()
    } else {
        doing.to_owned()
    };
    let right = Shown::line(&format!("{right} "));
    let rest = put_right(buffer, title, &right, look.style(Role::Columns));
    let what = match (&state.form, &state.creation, &state.directory) {
        (Some(form), ..) => match &form.like {
            Some(like) => format!(" create a cluster like {}", like.cluster.object),
            None => format!(" create a cluster from {}", form.flavour.name),
        },
        (None, Some(creation), _) => format!(" creation of {}", creation.cluster),
        (None, None, Some(directory)) => {
            format!(
                " create a cluster in {} from {directory}",
                state.management_cluster
            )
        }
        (None, None, None) => format!(" create a cluster in {}", state.management_cluster),
    };
    put(buffer, rest, &Shown::line(&what), look.style(Role::Columns));
}

fn form(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let all = state.questions();
    // What is told of a question has what the questions leave, and at least its own lines.
    let spare = usize::from(body.height).saturating_sub(all);
    let most = spare.max(usize::from(ABOUT_ROWS)) - 1;
    let columns = columns(state, skip(body, BEFORE).width);
    let told = about(state, look, (body, columns), most);
    let below = u16::try_from(told.len() + 1).unwrap_or(ABOUT_ROWS);
    let rows = body.height.saturating_sub(below.max(ABOUT_ROWS));
    let fits = usize::from(rows).max(1);
    let first = (state.at + 1).saturating_sub(fits);
    for (row, at) in (0..rows).zip(first..all) {
        let row = Rect {
            y: body.y + row,
            height: 1,
            ..body
        };
        if at == state.at {
            cursor(row, row, look, buffer);
        }
        question(state, at, (look, columns), skip(row, BEFORE), buffer);
    }
    let (line, below) = rule(skip_rows(body, rows), look, buffer);
    if let Some(position) = seen((first + 1, (first + fits).min(all), all)) {
        put_right(buffer, inset(line), &position, look.style(Role::Section));
    }
    lines(&told, look, inset(below), buffer);
}

/// Cells of the names of questions, and of the answers beside which something stands: what the longest need, as far as that has room.
fn columns(state: &State, width: u16) -> (u16, u16) {
    let fields = state.form.iter().flat_map(|form| &form.fields);
    let longest = |widths: &mut dyn Iterator<Item = usize>| {
        // A blank parts them, and the caret stands behind an answer.
        u16::try_from(widths.max().unwrap_or(0) + 1).unwrap_or(u16::MAX)
    };
    let labels = fields.clone().map(|field| Shown::line(field.label()).width());
    let label = longest(&mut { labels });
    let label = label.min(width.saturating_sub(ANSWER + WRONG)).max(LABEL);
    let remarked = fields.filter(|field| state.remark(&field.variable).is_some());
    let answer = longest(&mut remarked.map(|field| Shown::line(field.value()).width()));
    (label, answer.min(width.saturating_sub(label) / 2).max(ANSWER))
}

/// What is said of a question in its row of so many cells, and whether that is all of it.
fn in_row(remark: &Remark, label: &str, (width, columns): (u16, (u16, u16))) -> (Shown, bool) {
    // Between the answer and what is said is a blank, and its sign with another one.
    let room = usize::from(width.saturating_sub(columns.0 + columns.1 + 3));
    // The row names it already.
    let what = Shown::line(without_label(&remark.what, label));
    let is_whole = what.width() <= room;
    (what, is_whole)
}

/// One question: its name, the answer, and in a word what is wrong with it.
fn question(state: &State, at: usize, (look, columns): (&Look, (u16, u16)), row: Rect, buffer: &mut Buffer) {
    let form = state.form.as_ref();
    let field = at.checked_sub(1).and_then(|at| form?.fields.get(at));
    let remark = field.and_then(|field| state.remark(&field.variable));
    let (of_label, of_answer) = columns;
    let label = field.map_or("management cluster", |field| field.label());
    let place = Rect {
        width: row.width.min(of_label.saturating_sub(1)),
        ..row
    };
    put(buffer, place, &Shown::line(label), look.style(Role::Heading));
    let rest = skip(row, of_label);
    let answer = Rect {
        // Where there is no remark, the answer has the rest.
        width: remark.map_or(rest.width, |_| rest.width.min(of_answer)),
        ..rest
    };
    match field {
        None => {
            let name = Shown::line(form.map_or("", |form| form.management_cluster.as_str()));
            put(buffer, answer, &name, look.style(Role::Text));
        }
        Some(field) if at == state.at && matches!(state.phase, Phase::Form) => {
            let (before, under, mut after) = state.line.parts();
            let mut role = Role::Text;
            if state.line.text().is_empty() {
                // What holds where nothing is said stays in sight.
                after = Shown::line(field.default_in_words().unwrap_or_default());
                role = Role::Dim;
            }
            let styles = (look.style(role), look.style(Role::Caret));
            input(buffer, answer, (&before, &under, &after), styles);
        }
        Some(field) if field.answer.trim().is_empty() => {
            let text = field.default_in_words().unwrap_or_default();
            put(buffer, answer, &Shown::line(text), look.style(Role::Dim));
        }
        Some(field) => {
            put(
                buffer,
                answer,
                &Shown::line(&field.answer),
                look.style(Role::Text),
            );
        }
    }
    if let Some(remark) = remark {
        let (sign, role) = of_grade(remark, look);
        let rest = put(
            buffer,
            skip(rest, of_answer + 1),
            &Shown::line(&format!("{sign} ")),
            look.style(role),
        );
        let (what, _) = in_row(remark, label, (row.width, columns));
        put(buffer, rest, &what, look.style(role));
    }
}

/// What is said of a question in its row, which names it already.
fn without_label<'w>(what: &'w str, label: &str) -> &'w str {
    let rest = what.strip_prefix(label).and_then(|rest| rest.strip_prefix(' '));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(what)
}

fn of_grade(remark: &Remark, look: &Look) -> (&'static str, Role) {
    match remark.grade {
        Grade::Wrong => (look.glyphs.failed, Role::Failed),
        Grade::Warns => (look.glyphs.warning, Role::Warning),
    }
}

/// What the question under the cursor is for, what may be answered, and what is wrong where its row has no room for all of that; in
/// so many lines.
fn about(state: &State, look: &Look, (body, columns): (Rect, (u16, u16)), most: usize) -> Vec<Line> {
    let width = usize::from(inset(body).width);
    let is_roomy = most >= usize::from(ABOUT_ROWS);
    let limit = |lines: usize| if is_roomy { most } else { lines };
    let remarked = |remark: &Remark| {
        let (sign, role) = of_grade(remark, look);
        Line::new().text(role, &format!("{sign} {}", remark.what))
    };
    let mut told = note(state, look, width);
    let noted = state.note.as_ref().map(|(_, note)| note);
    let is_new = |remark: &&Remark| noted.is_none_or(|note| *note != Shown::line(&remark.what));
    // What stands in the way of all of it comes before what is known of one question.
    let general = |grade: Grade| {
        let general = state.remarks.iter().filter(|remark| remark.variable.is_none());
        let general = general.filter(is_new).filter(move |remark| remark.grade == grade);
        general.flat_map(|remark| remarked(remark).wrapped(width, limit(MOST_LINES)))
    };
    told.extend(general(Grade::Wrong));
    match state.field() {
        Some(field) => {
            let mut line = Line::new().text(Role::Dim, &field.variable);
            if !field.meaning.is_empty() {
                line = line.text(Role::Text, &format!("  {}", field.meaning));
            }
            if let Some(default) = field.default_in_words() {
                line = line.text(Role::Dim, &format!("  [{default} where nothing is said]"));
            }
            told.extend(line.wrapped(width, limit(2)));
            if let Some(takes) = &field.takes {
                let required = if field.default.is_none() { ", required" } else { "" };
                let line = Line::ours(Role::Hint, "takes: ").text(Role::Text, &format!("{takes}{required}"));
                told.extend(line.wrapped(width, limit(MOST_LINES)));
            }
            let is_cut = |remark: &&Remark| {
                let row = skip(body, BEFORE).width;
                !in_row(remark, field.label(), (row, columns)).1
            };
            if let Some(remark) = state.remark(&field.variable).filter(is_new).filter(is_cut) {
                told.extend(remarked(remark).wrapped(width, limit(MOST_LINES)));
            }
        }
        None => told.push(Line::ours(
            Role::Text,
            "where the cluster's objects are created; those that may be written to can be chosen",
        )),
    }
    if !state.suggestions.is_empty() {
        let all = state.suggestions.join("  ");
        told.extend(
            Line::ours(Role::Hint, "possible: ")
                .text(Role::Candidate, &all)
                .wrapped(width, limit(2)),
        );
    }
    told.extend(general(Grade::Warns));
    if state.edited.is_some() {
        told.push(Line::ours(
            Role::Note,
            "the YAML says more than the answers; that is kept",
        ));
    }
    told.truncate(most);
    told
}

fn note(state: &State, look: &Look, width: usize) -> Vec<Line> {
    let Some((is_bad, note)) = &state.note else {
        return Vec::new();
    };
    let (sign, role) = if *is_bad {
        (look.glyphs.warning, Role::Warning)
    } else {
        (look.glyphs.done, Role::Message)
    };
    let line = Line::ours(role, sign).word(role, " ").shown(role, note.clone());
    line.wrapped(width, MOST_LINES)
}

fn yaml(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let rows = body.height.saturating_sub(ABOUT_ROWS);
    paint_text(&state.text, true, look, Rect { height: rows, ..body }, buffer);
    let (_, below) = rule(skip_rows(body, rows), look, buffer);
    let room = inset(below);
    let mut told = note(state, look, usize::from(room.width));
    let kept = Line::ours(
        Role::Note,
        "what stands in the place of an answer becomes the answer; all else is kept beside them",
    );
    told.extend(kept.wrapped(usize::from(room.width), MOST_LINES));
    lines(&told, look, room, buffer);
}

/// What would be written: where, what the server says, and each object.
fn reviewing(state: &State, review: &Review, look: &Look, body: Rect, buffer: &mut Buffer) {
    let room = inset(body);
    let width = usize::from(room.width);
    let preview = &review.plan.preview;
    let server = preview.blast.as_ref().map(|blast| blast.server.as_str());
    let head = if review.takes_back {
        "to be deleted"
    } else {
        "to be created"
    };
    let whereto = format!(
        "  {} ({})",
        review.creation.cluster,
        server.unwrap_or("its server")
    );
    // Before what may be long, so that it stays in one piece.
    let line = Line::ours(Role::Section, head);
    let line = if review.takes_back {
        line
    } else {
        line.word(Role::Good, "  dry run ok")
    };
    let mut told = line.text(Role::Note, &whereto).wrapped(width, 2);
    for happens in &preview.happens {
        told.extend(Line::new().text(Role::Text, happens).wrapped(width, 3));
    }
    let warnings = preview.warnings.iter().chain(&review.judgement.warnings);
    for warning in warnings.chain(&review.judgement.owners) {
        let line = Line::ours(Role::Warning, look.glyphs.warning).text(Role::Warning, &format!(" {warning}"));
        told.extend(line.wrapped(width, MOST_LINES));
    }
    told.extend(note(state, look, width));
    if let (Some(typed), Confirm::Name(name)) = (&review.typed, &review.plan.confirm) {
        let text = format!("type {name} to go on: {}", typed.text());
        told.push(Line::new().text(Role::Warning, &text).word(Role::Caret, " "));
    }
    told.push(Line::new());
    let left = usize::from(room.height).saturating_sub(told.len());
    let all = review.plan.writes.len().saturating_sub(review.above);
    // That there are more is said in the place of the last line.
    let seen = if all > left { left.saturating_sub(1) } else { all };
    let writes = review.plan.writes.iter().skip(review.above);
    for write in writes.take(seen) {
        let verb = if review.takes_back { "- " } else { "+ " };
        let role = if review.takes_back {
            Role::Failed
        } else {
            Role::Good
        };
        let text = format!("{} {}", write.target.kind.kind, write.target.object);
        told.push(Line::ours(role, verb).text(Role::Text, &text));
    }
    if seen < all {
        let more = format!("and {} more below: down, pgdown", all - seen);
        told.push(Line::new().text(Role::Note, &more));
    }
    lines(&told, look, room, buffer);
}

/// The objects with what became of each, and how far the cluster is.
fn creating(state: &State, look: &Look, body: Rect, buffer: &mut Buffer) {
    let room = inset(body);
    let width = usize::from(room.width);
    let mut told = Vec::new();
    if let Some(creation) = &state.creation {
        let (there, all) = creation.counts();
        let head = format!("{there} of {all} objects are there");
        told.push(Line::new().text(Role::Section, &head));
        told.extend(state.about.iter().cloned());
        told.extend(note(state, look, width));
        told.push(Line::new());
        told.extend(items(creation, look, width));
    } else {
        told.extend(note(state, look, width));
    }
    lines(&told, look, room, buffer);
}

fn items(creation: &Creation, look: &Look, width: usize) -> Vec<Line> {
    let line = |item: &fleetui_fleet::create::Item| {
        let (sign, role) = match &item.state {
            ItemState::Created(_) => (look.glyphs.done, Role::Good),
            ItemState::Failed(_) => (look.glyphs.failed, Role::Failed),
            ItemState::Asked => (look.glyphs.unknown, Role::Progressing),
            ItemState::Waiting | ItemState::Gone => (" ", Role::Dim),
        };
        let what = format!(" {} {}", item.target.kind.kind, item.target.object);
        let line = Line::ours(role, sign)
            .text(Role::Text, &what)
            .text(role, &format!("  {}", item.state.word()));
        match &item.state {
            ItemState::Failed(why) => line.text(Role::Failed, &format!(": {why}")),
            ItemState::Created(_) | ItemState::Asked | ItemState::Waiting | ItemState::Gone => line,
        }
    };
    creation
        .items
        .iter()
        .flat_map(|item| line(item).wrapped(width, MOST_LINES))
        .collect()
}
