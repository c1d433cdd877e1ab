//! What the screen of the activity holds: the lines of the audit log, one row for each act, and what is under way.

use std::sync::Arc;

use fleetui_base::Shown;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::audit::{Outcome as Ended, Stage, Written};
use fleetui_fleet::act::{AuditId, Deed, Entry, FieldChange, plan::dotted};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::act::{self, lines::told};
use crate::age::age;
use crate::command::Move;
use crate::effect::{Action, Answer, EffectId, Effects, Outcome};
use crate::glyphs::Glyphs;
use crate::list::List;
use crate::prose::Line;
use crate::subject::Subject;
use crate::theme::Role;

/// So many lines of the log are read.
const LINES: usize = 500;
/// How often they are read again.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// An act that has no outcome is under way for no longer than this; then it was cut off.
const LONGEST_ACT: SignedDuration = SignedDuration::from_mins(1);
/// The most lines that tell of what is under way.
const MOST_RUNNING: usize = 6;
/// The most lines that tell of the act under the cursor.
const MOST_ABOUT: u16 = 9;
/// The most fields of an act that are told.
const MOST_FIELDS: usize = 4;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// What was sent off.
    pub act: &'a act::State,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

/// What a row says, by columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) at: Shown,
    pub(super) who: Shown,
    pub(super) what: Shown,
    pub(super) object: Shown,
    pub(super) management_cluster: Shown,
    pub(super) outcome: Shown,
    pub(super) role: Role,
    pub(super) reason: Shown,
}

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    entries: Arc<[Entry]>,
    pub(in crate::screens) list: List<AuditId>,
    pub(super) cells: Vec<Cells>,
    /// What is under way.
    pub(super) running: Vec<Line>,
    /// What is told of the act under the cursor.
    pub(super) about: Vec<Line>,
    /// What stands in the place of rows.
    pub(super) instead: Option<Line>,
    pub(super) size: (u16, u16),
    asked: Option<EffectId>,
    read: Option<Timestamp>,
    problem: Option<Shown>,
}

impl State {
    /// Opens the screen; the log is read.
    pub fn open(ground: Ground<'_>, effects: &mut Effects) -> Self {
        let mut state = Self::default();
        state.follow(ground.now, effects);
        state.refresh(ground);
        state
    }

    /// Reads the log again, where that was long ago.
    fn follow(&mut self, now: Timestamp, effects: &mut Effects) {
        let is_old = self.read.is_none_or(|read| now.duration_since(read) >= AGAIN);
        if self.asked.is_none() && is_old {
            self.asked = Some(effects.push(Action::Activity(LINES)));
            self.read = Some(now);
        }
    }

    /// Writes everything anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        let acts = self.acts().map(|entry| {
            let cells = cells(entry, self.ended(&entry.id), ground.now);
            (entry.id.clone(), cells)
        });
        let (ids, cells): (Vec<AuditId>, Vec<Cells>) = acts.unzip();
        self.cells = cells;
        self.list.set(ids);
        self.running = running(ground);
        self.instead = self.instead();
        self.list.resize(self.rows());
        self.tell(ground);
    }

    fn instead(&self) -> Option<Line> {
        if !self.cells.is_empty() {
            return None;
        }
        Some(match (&self.problem, self.asked) {
            (Some(problem), _) => Line::new().shown(Role::Failed, problem.clone()),
            (None, Some(_)) => Line::ours(Role::Dim, "reading the audit log"),
            (None, None) => Line::ours(Role::Dim, "nothing was done or tried from here yet"),
        })
    }

    /// One line of each act: that of its intent, or of its refusal.
    fn acts(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.entries.iter();
        entries.filter(|entry| !matches!(entry.stage, Stage::Outcome(_)))
    }

    fn ended(&self, id: &AuditId) -> Option<&Ended> {
        self.entries.iter().find_map(|entry| match &entry.stage {
            Stage::Outcome(outcome) if entry.id == *id => Some(outcome),
            Stage::Outcome(_) | Stage::Intent { .. } | Stage::Refused(_) => None,
        })
    }

    /// The act under the cursor.
    pub fn cursor(&self) -> Option<&Entry> {
        let id = self.list.cursor()?;
        self.acts().find(|entry| entry.id == *id)
    }

    /// The object of the act under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        self.cursor()
            .map(|entry| Subject::Object(entry.act.subject.clone()))
    }

    /// Rows of the list that are seen at once.
    pub(super) fn rows(&self) -> u16 {
        let about = MOST_ABOUT.min(self.size.1 / 2);
        let running = u16::try_from(self.running.len()).unwrap_or(0);
        let running = if running == 0 { 0 } else { running + 1 };
        self.size.1.saturating_sub(about + 1 + running).max(1)
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
    }

    /// Tells of the act that the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(ground.size.0.saturating_sub(2));
        let about = self
            .cursor()
            .map(|entry| about(entry, self.ended(&entry.id), ground));
        let lines = about.unwrap_or_default();
        self.about = lines.iter().flat_map(|line| line.wrapped(width, 3)).collect();
    }

    /// Time has passed; says whether it has to be drawn anew.
    pub fn tick(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        self.follow(ground.now, effects);
        self.refresh(ground);
        true
    }

    /// An outcome; says whether it was one that the screen waits for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        if self.asked != Some(outcome.id) {
            return false;
        }
        self.asked = None;
        match &outcome.answer {
            Answer::Activity(entries) => {
                self.entries = Arc::clone(entries);
                self.problem = None;
            }
            Answer::Failed(failure) => self.problem = Some(failure.message.clone()),
            // Nothing was asked that is answered so.
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Judged(_)
            | Answer::Done(..)
            | Answer::Inspected(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Saved(_)
            | Answer::Upgrading(_) => {}
        }
        true
    }

    /// Stops waiting for anything.
    pub fn close(&self, effects: &mut Effects) {
        if let Some(asked) = self.asked {
            effects.abandon(asked);
        }
    }

    /// First and last row that is seen, from 1, and how many there are.
    pub(super) fn position(&self) -> (usize, usize, usize) {
        self.list.position()
    }
}

/// What is under way, each in a line.
fn running(ground: Ground<'_>) -> Vec<Line> {
    let all = &ground.act.running;
    let lines = all.iter().rev().take(MOST_RUNNING).map(|running| {
        let key = &running.key;
        let what = format!("{} {} in {}  ", key.kind.kind, key.object, key.management_cluster);
        let how = told(running, (ground.fleet, ground.now), ground.glyphs);
        Line::new().text(Role::Heading, &what).and(how)
    });
    let mut lines: Vec<Line> = lines.collect();
    if all.len() > MOST_RUNNING {
        let more = format!("and {} more", all.len() - MOST_RUNNING);
        lines.push(Line::new().text(Role::Dim, &more));
    }
    lines
}

/// How an act stands; one that has begun a moment ago was not cut off.
fn standing(entry: &Entry, ended: Option<&Ended>, now: Timestamp) -> (String, Role) {
    let young = now.duration_since(entry.at) < LONGEST_ACT;
    match (&entry.stage, ended) {
        (Stage::Intent { .. }, None) if young => ("under way".to_owned(), Role::Progressing),
        (stage, ended) => {
            let role = match (stage, ended) {
                (Stage::Refused(_), _) => Role::Warning,
                (Stage::Intent { .. }, Some(Ended::Done)) => Role::Good,
                (Stage::Intent { .. }, Some(_)) => Role::Failed,
                (Stage::Intent { .. } | Stage::Outcome(_), _) => Role::Unknown,
            };
            (stage.told(ended), role)
        }
    }
}

/// What was wanted; of what was taken back, the id is for the lines below.
fn what(deed: &Deed) -> String {
    if matches!(deed, Deed::Undo(_)) {
        "undo".to_owned()
    } else {
        deed.told()
    }
}

fn cells(entry: &Entry, ended: Option<&Ended>, now: Timestamp) -> Cells {
    let subject = &entry.act.subject;
    let (outcome, role) = standing(entry, ended, now);
    Cells {
        at: Shown::line(&age(entry.at, now)),
        who: Shown::line(&entry.actor.user),
        what: Shown::line(&what(&entry.act.deed)),
        object: Shown::line(&format!("{} {}", subject.kind.kind, subject.object.name)),
        management_cluster: Shown::line(subject.management_cluster.as_str()),
        outcome: Shown::line(&outcome),
        role,
        reason: Shown::line(entry.act.reason.as_deref().unwrap_or_default()),
    }
}

/// The act whole.
fn about(entry: &Entry, ended: Option<&Ended>, ground: Ground<'_>) -> Vec<Line> {
    let subject = &entry.act.subject;
    let actor = &entry.actor;
    let mut lines = vec![
        Line::new()
            .text(Role::Section, &entry.act.deed.told())
            .text(
                Role::Heading,
                &format!(" {} {}", subject.kind.kind, subject.object),
            )
            .text(Role::Dim, &format!(" in {}", subject.management_cluster)),
    ];
    let from = actor
        .ssh
        .as_deref()
        .map(|ssh| format!(" from {ssh}"))
        .unwrap_or_default();
    let at = entry.at.round(jiff::Unit::Second).unwrap_or(entry.at);
    let who = format!(
        "{at} by {}{from}, by the {}; {}",
        actor.user, actor.by, entry.id.0
    );
    lines.push(Line::new().text(Role::Dim, &who));
    let (outcome, role) = standing(entry, ended, ground.now);
    lines.push(Line::new().text(role, &outcome));
    if let Some(reason) = &entry.act.reason {
        lines.push(Line::ours(Role::Dim, "reason: ").text(Role::Text, reason));
    }
    if let Stage::Intent { writes, .. } = &entry.stage {
        lines.extend(fields(writes, ground.glyphs));
    }
    lines
}

/// The fields that were written, before and after.
fn fields(writes: &[Written], glyphs: &Glyphs) -> Vec<Line> {
    let changed = writes
        .iter()
        .flat_map(|write| write.fields.iter().map(move |field| (write, field)))
        .filter(|(_, field)| field.hidden || field.before != field.after);
    let all: Vec<_> = changed.collect();
    let mut lines: Vec<Line> = all
        .iter()
        .take(MOST_FIELDS)
        .map(|(write, field)| {
            let target = &write.target;
            let whose = format!("{} {} ", target.kind.kind, target.object.name);
            Line::new()
                .text(Role::Dim, &whose)
                .text(Role::Property, &dotted(&field.pointer))
                .text(Role::Text, &format!(" {}", values(field, glyphs)))
        })
        .collect();
    if all.len() > MOST_FIELDS {
        let more = format!("and {} more fields", all.len() - MOST_FIELDS);
        lines.push(Line::new().text(Role::Dim, &more));
    }
    lines
}

fn values(field: &FieldChange, glyphs: &Glyphs) -> String {
    if field.hidden {
        return "changed; its values are not written down".to_owned();
    }
    let plain = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    format!(
        "{} {} {}",
        plain(&field.before),
        glyphs.arrow,
        plain(&field.after)
    )
}
