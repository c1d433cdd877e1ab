//! What the object screen holds, and what happens to it.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::Session;
use fleetui_fleet::detail::{Detail, detail};
use fleetui_fleet::timeline::{Event, Flip};
use jiff::Timestamp;

mod compose;

use super::page::{Page, Section};
use super::search::Search;
use crate::command::Move;
use crate::detail;
use crate::document::Document;
use crate::effect::{Answer, EffectId, Effects, Outcome, Request};
use crate::list::{Pressed, Seen};
use crate::prose::Line;

/// An object that changes all the time is read no more often than this.
const READ_AGAIN_AFTER_SECONDS: i64 = 2;

/// Entries of the timeline, and events, in the description; all of them stand in the timeline alone.
const FEW: usize = 8;
/// The most entries of a timeline.
const MOST_ENTRIES: usize = 500;
/// The most owned objects that are listed.
const MOST_RELATED: usize = 100;

/// What is shown of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything, the YAML last.
    Description,
    /// The same, from where it says why.
    Why,
    /// What happened to it, alone.
    Timeline,
    /// The YAML alone.
    Yaml,
}

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// What prose is made from.
    pub prose: detail::Ground<'a>,
    /// What was seen to change.
    pub story: &'a [Flip],
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

/// How far something is that is read from the server.
#[derive(Debug)]
enum Reading {
    /// It was asked for.
    Waiting(EffectId),
    /// It is there.
    Read,
    /// It could not be read.
    Failed(Shown),
}

impl Reading {
    fn waits_for(&self, effect: EffectId) -> bool {
        matches!(self, Self::Waiting(id) if *id == effect)
    }
}

/// The object screen.
#[derive(Debug)]
pub struct State {
    /// The object.
    pub key: ObjectKey,
    /// What is shown of it.
    pub part: Part,
    /// Whether the object is not there any more; what is shown is what was last known.
    pub gone: bool,
    /// Whether nothing is known of its management cluster, so that it is not known whether it is there.
    pub unconnected: bool,
    /// Whether its managedFields are shown.
    pub managed_fields: bool,
    uid: CompactString,
    reading: Reading,
    asked: Timestamp,
    document: Option<Arc<Document>>,
    listing: Reading,
    events: (Arc<[Event]>, bool),
    /// The resourceVersion of the row, to see that the object has changed since it was read.
    watched: CompactString,
    /// What was last known of the object.
    known: Option<Detail>,
    page: Page,
    /// Which link is chosen.
    chosen: Option<usize>,
    /// The links that were seen, by row.
    seen: Seen<ObjectKey>,
    search: Option<Search>,
    offset: usize,
    size: (u16, u16),
}

impl State {
    /// Opens the screen of an object, and asks for the whole of it and for its events.
    pub fn open(key: ObjectKey, part: Part, ground: Ground<'_>, effects: &mut Effects) -> Self {
        let row = ground.prose.fleet.get(&key);
        let uid = row.map(|row| row.facts.uid.clone()).unwrap_or_default();
        let mut state = Self {
            key,
            part,
            gone: false,
            unconnected: false,
            managed_fields: false,
            uid,
            reading: Reading::Read,
            asked: ground.prose.now,
            document: None,
            listing: Reading::Read,
            events: (Arc::default(), false),
            watched: CompactString::default(),
            known: None,
            page: Page::default(),
            chosen: None,
            seen: Seen::default(),
            search: None,
            offset: 0,
            size: ground.size,
        };
        let uid = state.uid.clone();
        state.ask(uid, ground.prose.now, effects);
        state.refresh(ground);
        state.go_to_part();
        state
    }

    /// Shows another part.
    pub fn show(&mut self, part: Part, ground: Ground<'_>) {
        let again = self.part == part;
        self.part = part;
        if !again {
            self.offset = 0;
            self.chosen = None;
            self.refresh(ground);
        }
        self.go_to_part();
    }

    fn go_to_part(&mut self) {
        match self.part {
            Part::Why => self.offset = self.page.start(Section::Why).unwrap_or(0),
            Part::Description | Part::Timeline | Part::Yaml => {}
        }
        self.clamp();
    }

    /// Writes everything anew, from what the fleet knows now.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        let found = detail(ground.prose.fleet, &self.key, ground.prose.now);
        self.gone = found.is_none();
        let session = ground.prose.fleet.session(&self.key.management_cluster);
        let is_known = |session: &Arc<Session>| session.is_live() || session.known_until().is_some();
        self.unconnected = !session.is_some_and(is_known);
        if let Some(found) = found {
            self.watched.clone_from(&found.row.facts.resource_version);
            self.uid.clone_from(&found.row.facts.uid);
            self.known = Some(found);
        }
        let chosen = self.link().cloned();
        self.page = self.compose(ground);
        // The chosen link stays chosen, wherever it went.
        let links = self.page.links.iter();
        self.chosen = chosen.and_then(|key| links.clone().position(|(_, link)| *link == key));
        if let Some(search) = &mut self.search {
            search.again(&self.page.lines);
        }
        self.clamp();
    }

    /// Asks for the object and its events again.
    pub fn read_again(&mut self, now: Timestamp, effects: &mut Effects) {
        self.close(effects);
        self.listing = Reading::Read;
        self.ask(CompactString::default(), now, effects);
    }

    /// Shows the managedFields, or not any more.
    pub fn toggle_managed_fields(&mut self, now: Timestamp, effects: &mut Effects) {
        self.managed_fields = !self.managed_fields;
        self.read_again(now, effects);
    }

    fn ask(&mut self, uid: CompactString, now: Timestamp, effects: &mut Effects) {
        self.reading = Reading::Waiting(effects.ask(Request::Read {
            key: self.key.clone(),
            uid,
            managed_fields: self.managed_fields,
        }));
        if !self.uid.is_empty() && !matches!(self.listing, Reading::Waiting(_)) {
            self.listing = Reading::Waiting(effects.ask(Request::Events {
                key: self.key.clone(),
                uid: self.uid.clone(),
            }));
        }
        self.asked = now;
    }

    /// Asks for the object again if it has changed since it was read, and not too often.
    pub fn follow(&mut self, now: Timestamp, effects: &mut Effects) {
        let changed = self
            .document
            .as_ref()
            .is_some_and(|document| document.resource_version != self.watched);
        let rested = now.as_second().saturating_sub(self.asked.as_second()) >= READ_AGAIN_AFTER_SECONDS;
        if changed && rested && !self.gone && matches!(self.reading, Reading::Read) {
            self.ask(CompactString::default(), now, effects);
        }
    }

    /// Stops waiting.
    pub fn close(&self, effects: &mut Effects) {
        for reading in [&self.reading, &self.listing] {
            if let Reading::Waiting(effect) = reading {
                effects.abandon(*effect);
            }
        }
    }

    /// An outcome; says whether it was one that the screen waits for. What it shows has to be written anew then.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        if self.reading.waits_for(outcome.id) {
            self.reading = match &outcome.answer {
                Answer::Object(document) => {
                    self.document = Some(Arc::clone(document));
                    Reading::Read
                }
                Answer::Failed(failure) => Reading::Failed(failure.message.clone()),
                Answer::Accepted(_)
                | Answer::Events(..)
                | Answer::Saved(_)
                | Answer::Judged(_)
                | Answer::Done(..)
                | Answer::Inspected(_)
                | Answer::Activity(_)
                | Answer::Editable(_)
                | Answer::Draft(_)
                | Answer::Creating(_)
                | Answer::Upgrading(_)
                | Answer::Workload(_) => Reading::Failed(Shown::ours("the server gave no object")),
            };
            return true;
        }
        if !self.listing.waits_for(outcome.id) {
            return false;
        }
        self.listing = match &outcome.answer {
            Answer::Events(events, more) => {
                self.events = (Arc::clone(events), *more);
                Reading::Read
            }
            Answer::Failed(failure) => Reading::Failed(failure.message.clone()),
            Answer::Accepted(_)
            | Answer::Object(_)
            | Answer::Saved(_)
            | Answer::Judged(_)
            | Answer::Done(..)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => Reading::Failed(Shown::ours("the server gave no events")),
        };
        true
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        self.refresh(ground);
    }

    /// Scrolls.
    pub fn go(&mut self, command: Move) {
        let page = usize::from(self.size.1).saturating_sub(1).max(1);
        self.offset = match command {
            Move::Down => self.offset + 1,
            Move::Up => self.offset.saturating_sub(1),
            Move::PageDown => self.offset + page,
            Move::PageUp => self.offset.saturating_sub(page),
            Move::HalfDown => self.offset + page.div_ceil(2),
            Move::HalfUp => self.offset.saturating_sub(page.div_ceil(2)),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
        self.clamp();
    }

    /// Chooses the next link, or the one before; the first is the first that is on the screen.
    pub fn choose(&mut self, forward: bool) {
        let count = self.page.links.len();
        if count == 0 {
            return;
        }
        let seen = self.offset..self.offset + usize::from(self.size.1);
        let first_seen = || {
            let mut links = self.page.links.iter();
            links.position(|(line, _)| seen.contains(line)).unwrap_or(0)
        };
        let at = match self.chosen {
            None => first_seen(),
            Some(at) if forward => (at + 1) % count,
            Some(at) => (at + count - 1) % count,
        };
        self.chosen = Some(at);
        if let Some((line, _)) = self.page.links.get(at) {
            self.bring_into_view(*line);
        }
    }

    /// Remembers which rows lead to another object, now that they are drawn.
    pub fn remember(&mut self) {
        let rows = self.offset..self.offset + usize::from(self.size.1);
        let links = &self.page.links;
        let link = |line: usize| {
            let found = links.binary_search_by_key(&line, |(at, _)| *at).ok()?;
            links.get(found).map(|(_, key)| key.clone())
        };
        self.seen.remember(rows.map(link));
    }

    /// Chooses the link that was seen in this row.
    pub fn press(&mut self, row: u16) -> Pressed {
        let Some(key) = self.seen.at(row) else {
            return Pressed::Nothing;
        };
        // One object may have several lines: the nearest is meant, wherever it went.
        let line = self.offset + usize::from(row);
        let links = self.page.links.iter().enumerate();
        let nearest = links
            .filter(|(_, (_, link))| *link == key)
            .min_by_key(|(_, (at, _))| at.abs_diff(line));
        match nearest {
            Some((at, _)) => {
                self.chosen = Some(at);
                Pressed::Chosen
            }
            None => Pressed::Gone,
        }
    }

    /// The object that the chosen line leads to.
    pub fn link(&self) -> Option<&ObjectKey> {
        self.page.links.get(self.chosen?).map(|(_, key)| key)
    }

    /// Looks for text from here on; for nothing where it is empty.
    pub fn search(&mut self, text: &str) {
        self.search = (!text.is_empty()).then(|| Search::new(text, &self.page.lines, self.offset));
        self.go_to_match();
    }

    /// What is being looked for.
    pub fn searched(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Goes to the next match, or to the one before.
    pub fn next_match(&mut self, forward: bool) {
        if let Some(search) = &mut self.search {
            search.step(forward);
        }
        self.go_to_match();
    }

    fn go_to_match(&mut self) {
        if let Some(line) = self.search.as_ref().and_then(Search::line) {
            self.bring_into_view(line);
        }
    }

    fn bring_into_view(&mut self, line: usize) {
        let height = usize::from(self.size.1).max(1);
        if !(self.offset..self.offset + height).contains(&line) {
            // With some of what stands above it.
            self.offset = line.saturating_sub(height / 3);
        }
        self.clamp();
    }

    fn clamp(&mut self) {
        let most = self.page.lines.len().saturating_sub(usize::from(self.size.1));
        self.offset = self.offset.min(most);
    }

    fn width(&self) -> usize {
        usize::from(self.size.0).saturating_sub(2)
    }

    /// The lines that are on the screen, and whether the cursor is on them.
    pub fn on_screen(&self) -> Vec<(Line, bool)> {
        let end = self.page.lines.len().min(self.offset + usize::from(self.size.1));
        let lines = self.page.lines.get(self.offset..end).unwrap_or_default();
        let chosen = self.chosen.and_then(|at| self.page.links.get(at));
        let lines = lines.iter().enumerate().map(|(index, line)| {
            let index = self.offset + index;
            let line = match &self.search {
                Some(search) => search.highlight(line, index),
                None => line.clone(),
            };
            (line, chosen.is_some_and(|(chosen, _)| *chosen == index))
        });
        lines.collect()
    }

    /// Whether nothing of the object itself was read yet.
    pub fn is_reading(&self) -> bool {
        matches!(self.reading, Reading::Waiting(_)) && self.document.is_none()
    }

    /// First and last line on the screen, from 1, and how many there are.
    pub fn position(&self) -> (usize, usize, usize) {
        let all = self.page.lines.len();
        let last = all.min(self.offset + usize::from(self.size.1));
        (all.min(self.offset + 1), last, all)
    }
}
