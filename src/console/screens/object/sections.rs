//! What the sections of the object screen say.

use fleetui_api::facts::Models;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::detail::{Presence, Related};
use fleetui_fleet::drain;
use fleetui_fleet::health::Health;
use fleetui_fleet::timeline::{Entry, Event, Source};
use fleetui_fleet::waits_for::WaitsFor;
use fleetui_fleet::why::{Step, Why};
use jiff::Timestamp;

use super::page::Page;
use crate::age::age;
use crate::connection;
use crate::detail::Ground;
use crate::prose::{Line, wrap};
use crate::theme::Role;
use crate::verdict;

/// Cells of an age in front of what happened then.
const AGE_CELLS: usize = 8;
/// Cells of a time by the clock behind it, to be found again in logs.
const CLOCK_CELLS: usize = 13;
/// The most lines that what happened once is told in.
const MOST_LINES: usize = 6;

/// The way down to what is at the bottom of it, and who has to act.
pub fn why(page: &mut Page, (why, said): (&Why, &str), ground: Ground<'_>, width: usize) {
    let well = |step: &Step| matches!(step.verdict.health, Health::Good);
    if why.steps.len() == 1 && why.steps.iter().all(well) {
        return page.extend(it_is_well(why, ground, width));
    }
    for (depth, step) in why.steps.iter().enumerate() {
        let indent = 2 * depth;
        let line = step_line(step, (indent, depth + 1 == why.steps.len()), ground);
        if depth == 0 {
            page.push(line);
        } else {
            page.link(line, step.key.clone());
        }
        let room = width.saturating_sub(indent + 4);
        // What only repeats the last one is said there.
        let last = why.root().map_or("", |root| root.verdict.line.as_str());
        let repeats = depth + 1 < why.steps.len() && step.verdict.line.contains(last);
        if repeats {
            continue;
        }
        // The heading of the page has said it.
        if why.steps.len() == 1 && step.verdict.line == said {
            continue;
        }
        for text in wrap(&step.verdict.line, room) {
            page.push(
                Line::new()
                    .text(Role::Text, &" ".repeat(indent + 4))
                    .shown(Role::Text, text),
            );
        }
    }
    for key in &why.missing {
        let line = Line::ours(Role::Failed, ground.glyphs.failed)
            .text(Role::Text, &format!(" {} {}", key.kind.kind, key.object.name))
            .word(Role::Failed, "  does not exist");
        page.push(line);
    }
    if why.waits_for != WaitsFor::Nobody {
        let sentence = format!("waits for {}", why.waits_for.sentence());
        page.extend(
            wrap(&sentence, width)
                .into_iter()
                .map(|text| Line::new().shown(Role::Note, text)),
        );
    }
    if let (WaitsFor::Drain, Some(root)) = (&why.waits_for, why.root()) {
        for held in drain::told(ground.fleet, &root.key, &root.uid) {
            page.extend(Line::new().text(Role::Text, &held).wrapped(width, usize::MAX));
        }
    }
}

/// That all is well, or was when it was last told.
fn it_is_well(why: &Why, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let place = why.root().map(|root| &root.key.management_cluster);
    let session = place.and_then(|place| ground.fleet.session(place));
    let Some(session) = session.filter(|session| !session.connection.is_current()) else {
        return vec![Line::ours(Role::Good, ground.glyphs.live).word(Role::Dim, " it is as it should be")];
    };
    let told = format!(
        " it was as it should be when it was last told; {} is {}: {}",
        session.management_cluster,
        connection::word(&session.connection),
        connection::sentence(session, ground.now)
    );
    Line::ours(Role::Stale, ground.glyphs.stale)
        .text(Role::Text, &told)
        .wrapped(width, usize::MAX)
}

/// `└─ ✖ Machine prod-md-0-x7k2p  Ready False  46m`.
fn step_line(step: &Step, (indent, is_last): (usize, bool), ground: Ground<'_>) -> Line {
    let health = step.verdict.health;
    let mut line = Line::new();
    if indent > 0 {
        line = line
            .text(Role::Guide, &" ".repeat(indent - 2))
            .word(Role::Guide, ground.glyphs.corner);
    }
    line = line
        .word(verdict::role(health), ground.glyphs.health(health))
        .text(Role::Text, &format!(" {} ", step.key.kind.kind))
        .text(Role::Heading, &step.key.object.name);
    if let Some((kind, status)) = &step.verdict.condition {
        line = line
            .text(Role::Dim, &format!("  {kind} "))
            .word(verdict::role(health), status);
    }
    if let Some(since) = step.since {
        line = line.text(Role::Dim, &format!("  {}", age(since, ground.now)));
    }
    if is_last && indent > 0 {
        line = line.word(Role::Dim, "  the cause");
    }
    line
}

/// The conditions of both models, as the whole object has them.
pub fn conditions(page: &mut Page, models: &Models, ground: Ground<'_>, width: usize) {
    // A summary says what the conditions say that it sums up: those need not say it again.
    let mut said = String::new();
    let mut told = |page: &mut Page, conditions: &[fleetui_api::conditions::Condition]| {
        for condition in conditions {
            let message = bare(&condition.message);
            let again = !message.is_empty() && said.contains(&message);
            page.extend(crate::detail::object::condition_of(
                condition, again, ground, width,
            ));
            said.push_str(&message);
            said.push(' ');
        }
    };
    if models.new.is_empty() && models.old.is_empty() {
        page.push(Line::ours(Role::Dim, "none reported yet"));
    }
    told(page, &models.new);
    if !models.old.is_empty() {
        if !models.new.is_empty() {
            page.push(Line::ours(Role::Dim, "of the old model (v1beta1):"));
        }
        told(page, &models.old);
    }
}

/// A message without its bullets and line breaks.
fn bare(message: &str) -> String {
    let words = message.split_whitespace().filter(|word| *word != "*");
    words.collect::<Vec<_>>().join(" ")
}

/// What it has to do with; each line leads there, but for a Node, which is in another cluster.
pub fn related(page: &mut Page, (related, more): (&[Related], usize), ground: Ground<'_>) {
    if related.is_empty() {
        page.push(Line::ours(Role::Dim, "nothing that is known"));
    }
    let widest = related
        .iter()
        .map(|related| related.relation.len())
        .max()
        .unwrap_or(0);
    for found in related {
        let health = found.verdict.as_ref().map(|verdict| verdict.health);
        let (sign, role) = match (found.presence, health) {
            (_, Some(health)) => (ground.glyphs.health(health), verdict::role(health)),
            (Presence::NotFound, None) => (ground.glyphs.failed, Role::Failed),
            (Presence::Denied, None) => (ground.glyphs.unknown, Role::Unknown),
            (Presence::There | Presence::NotWatched, None) => (ground.glyphs.dot, Role::Dim),
        };
        let mut line = Line::ours(role, sign)
            .word(Role::Text, " ")
            .text(Role::Dim, &format!("{:<widest$} ", found.relation))
            .text(Role::Text, &format!("{} ", found.key.kind.kind))
            .text(Role::Heading, &found.key.object.name);
        if found.presence == Presence::NotFound {
            line = line.word(Role::Failed, "  not found");
        }
        if found.presence == Presence::Denied {
            line = line.word(Role::Unknown, "  may not be read");
        }
        if let Some(verdict) = found.verdict.as_ref().filter(|verdict| verdict.health.is_fault()) {
            line = line.text(Role::Dim, &format!("  {}", verdict.line));
        }
        if found.key.kind.group.is_empty() {
            page.push(line);
        } else {
            page.link(line, found.key.clone());
        }
    }
    if more > 0 {
        page.push(Line::new().text(Role::Dim, &format!("and {more} more that it owns")));
    }
}

/// The time by the clock, of the day where that is not today's: `17:29:41Z`, `08-21 11:00Z`.
fn clock_time(at: Timestamp, now: Timestamp) -> String {
    let today = now.duration_since(at).as_hours().abs() < 20;
    let format = if today { "%H:%M:%SZ" } else { "%m-%d %H:%MZ" };
    at.strftime(format).to_string()
}

/// What happened, newest first; what happened to others leads to them.
pub fn timeline(page: &mut Page, (entries, of): (&[Entry], &ObjectKey), ground: Ground<'_>, width: usize) {
    if entries.is_empty() {
        page.push(Line::ours(Role::Dim, "nothing is known to have happened"));
    }
    let there = ground.time_of(&of.management_cluster);
    let now_of = |source: Source| match source {
        // What we saw is of our clock; what is written down is of the server's.
        Source::Watch => ground.now,
        Source::Transition | Source::Event => there,
    };
    for entry in entries {
        let is_other = entry.key != *of;
        let role = if entry.good { Role::Text } else { Role::Warning };
        let mut line = Line::new()
            .text(Role::Dim, &age(entry.at, now_of(entry.source)))
            .pad(AGE_CELLS)
            .text(Role::Dim, &clock_time(entry.at, now_of(entry.source)))
            .pad(AGE_CELLS + CLOCK_CELLS)
            .word(Role::Dim, entry.source.word())
            .pad(AGE_CELLS + CLOCK_CELLS + 10);
        if is_other {
            line = line
                .text(Role::Dim, &format!("{} ", entry.key.kind.kind))
                .text(Role::Heading, &format!("{} ", entry.key.object.name));
        }
        line = line.text(role, &entry.what);
        if !entry.from.is_empty() {
            line = line
                .text(Role::Dim, &format!(" {} ", entry.from))
                .word(Role::Dim, ground.glyphs.arrow);
        }
        if !entry.to.is_empty() {
            line = line.text(role, &format!(" {}", entry.to));
        }
        if entry.count > 1 {
            line = line.text(Role::Dim, &format!(" x{}", entry.count));
        }
        line = line.text(Role::Dim, &format!("  {}", entry.text));
        // What goes on stands under the beginning, further in.
        let mut lines = line
            .wrapped(width.saturating_sub(AGE_CELLS), MOST_LINES)
            .into_iter();
        if let Some(first) = lines.next() {
            if is_other {
                page.link(first, entry.key.clone());
            } else {
                page.push(first);
            }
        }
        let indent = " ".repeat(AGE_CELLS);
        page.extend(lines.map(|rest| Line::new().text(Role::Text, &indent).and(rest)));
    }
}

/// What controllers told of it, newest first.
pub fn events(page: &mut Page, events: &[Event], ground: Ground<'_>, width: usize) {
    for event in events {
        let role = if event.warning { Role::Warning } else { Role::Text };
        let sign = if event.warning {
            ground.glyphs.warning
        } else {
            ground.glyphs.dot
        };
        let mut head = Line::new()
            .text(Role::Dim, &age(event.last, ground.now))
            .pad(AGE_CELLS)
            .word(role, sign)
            .text(role, &format!(" {}", event.reason));
        if event.count > 1 {
            let over = age(event.first, ground.now);
            head = head.text(Role::Dim, &format!(" x{} in {over}", event.count));
        }
        if !event.from.is_empty() {
            head = head.text(Role::Dim, &format!("  {}", event.from));
        }
        page.push(head);
        let indent = " ".repeat(AGE_CELLS);
        for text in wrap(&event.message, width.saturating_sub(AGE_CELLS)) {
            page.push(Line::new().text(Role::Text, &indent).shown(Role::Text, text));
        }
    }
}

/// A line for what could not be read, or is not yet.
pub fn waiting(what: &'static str) -> Line {
    Line::ours(Role::Progressing, what)
}

/// A line for what failed, and why.
pub fn failed(what: &'static str, why: &Shown) -> Line {
    Line::ours(Role::Failed, what).shown(Role::Failed, why.clone())
}
