//! The help screen: every key of a place from the keymap itself, the words of the command line, and what the signs mean.

mod filters;
pub mod view;

use fleetui_fleet::filter::Filter;
use fleetui_fleet::health::Health;

use crate::command::line::WORDS;
use crate::command::{Command, Entry, Move, Object, Place, Tree, entries};
use crate::glyphs::Glyphs;
use crate::keymap::Keymap;
use crate::prose::{Line, wrap};
use crate::theme::Role;
use crate::verdict;

/// What help is written from.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The keys.
    pub keymap: &'a Keymap,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Columns and rows that it has.
    pub size: (u16, u16),
}

/// The help screen.
#[derive(Debug)]
pub struct State {
    /// The place that was asked from; its keys come first.
    place: Place,
    /// Whether there is nothing to show, so that hardly any key of the place does something.
    bare: bool,
    lines: Vec<Line>,
    filter: Option<Filter>,
    /// How many keys, words, terms and signs it hides.
    hidden: usize,
    offset: usize,
    height: usize,
}

/// The most cells for keys.
const MOST_KEY_CELLS: usize = 24;
/// Cells for the words of the command line.
const WORD_CELLS: usize = 26;
/// The most cells for the names of one of them.
const MOST_WORD_CELLS: usize = 40;
/// Cells for the names of commands, and from which width there is room for them.
const NAME_CELLS: usize = 24;
const NAMES_FROM: usize = 96;

impl State {
    /// Help for a place.
    pub fn open(place: Place, ground: Ground<'_>) -> Self {
        Self::made(place, false, ground)
    }

    /// Help for the tree while no management cluster is known.
    pub fn open_bare(ground: Ground<'_>) -> Self {
        Self::made(Place::Tree, true, ground)
    }

    /// What it is about.
    pub fn title(&self) -> &'static str {
        if self.bare { BARE } else { self.place.title() }
    }

    fn made(place: Place, bare: bool, ground: Ground<'_>) -> Self {
        let mut state = Self {
            place,
            bare,
            lines: Vec::new(),
            filter: None,
            hidden: 0,
            offset: 0,
            height: 1,
        };
        state.resize(ground);
        state
    }

    /// Scrolls.
    pub fn go(&mut self, command: Move) {
        let page = self.height.saturating_sub(1).max(1);
        let offset = match command {
            Move::Down => self.offset + 1,
            Move::Up => self.offset.saturating_sub(1),
            Move::PageDown => self.offset + page,
            Move::PageUp => self.offset.saturating_sub(page),
            Move::HalfDown => self.offset + page.div_ceil(2),
            Move::HalfUp => self.offset.saturating_sub(page.div_ceil(2)),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
        self.offset = offset.min(self.lines.len().saturating_sub(self.height));
    }

    /// Writes it anew, for another size or other keys.
    pub fn resize(&mut self, ground: Ground<'_>) {
        let width = usize::from(ground.size.0).saturating_sub(2);
        let mut places: Vec<Place> = self.place.chain().collect();
        if !self.bare {
            let others = Place::ALL.into_iter().filter(|other| !places.contains(other));
            places.extend(others.collect::<Vec<_>>());
        }
        let sections: Vec<(Place, Vec<Bound>)> = places
            .into_iter()
            .map(|place| {
                let mut bound = bound(place, ground.keymap);
                if self.bare && place == Place::Tree {
                    bound.retain(|bound| bound.command == OPEN);
                    for open in &mut bound {
                        open.doc = "start the demo, a fleet to try everything on";
                    }
                }
                (place, bound)
            })
            .collect();
        let all = sections.iter().flat_map(|(_, bound)| bound);
        let keys = all.map(|bound| bound.keys.chars().count()).max().unwrap_or(0);
        let cells = keys.min(MOST_KEY_CELLS) + 2;
        let keys = sections.iter().map(|(place, bound)| {
            let title = if *place == self.place {
                self.title()
            } else {
                place.title()
            };
            let entries = bound.iter().map(|bound| bound.lines(cells, width)).collect();
            Section { title, entries }
        });
        let mut sections: Vec<Section> = keys.collect();
        sections.push(words(width, self.bare));
        if !self.bare {
            sections.push(filters::section(width));
            sections.push(signs(ground.glyphs, width));
        }
        self.write(sections);
        self.height = usize::from(ground.size.1).max(1);
        self.offset = self.offset.min(self.lines.len().saturating_sub(self.height));
    }

    /// Writes what the filter leaves of the sections.
    fn write(&mut self, sections: Vec<Section>) {
        (self.lines, self.hidden) = (Vec::new(), 0);
        for mut section in sections {
            let all = section.entries.len();
            if let Some(filter) = &self.filter {
                section.retain(filter);
            }
            self.hidden += all - section.entries.len();
            if section.entries.is_empty() {
                continue;
            }
            if !self.lines.is_empty() {
                self.lines.push(Line::new());
            }
            self.lines.push(Line::ours(Role::Section, section.title));
            self.lines.extend(section.entries.into_iter().flatten());
        }
        if let (true, Some(filter)) = (self.lines.is_empty(), &self.filter) {
            let what = format!(
                "nothing here matches /{}; it hides {}",
                filter.text(),
                self.hidden
            );
            self.lines.push(Line::new().text(Role::Text, &what));
        }
    }

    /// What keeps lines from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (self.filter.as_ref(), false, self.hidden)
    }

    /// The filter, to be changed; it has to be written anew.
    pub fn filter_mut(&mut self) -> &mut Option<Filter> {
        &mut self.filter
    }

    /// The lines that are on the screen.
    pub fn on_screen(&self) -> &[Line] {
        let end = self.lines.len().min(self.offset + self.height);
        self.lines.get(self.offset..end).unwrap_or_default()
    }

    /// First and last line on the screen, from 1, and how many there are.
    pub fn position(&self) -> (usize, usize, usize) {
        let last = self.offset + self.on_screen().len();
        (self.lines.len().min(self.offset + 1), last, self.lines.len())
    }
}

/// The title while no management cluster is known.
const BARE: &str = "No management cluster";
const OPEN: Command = Command::Object(Object::Open);

/// What stands under one title: entries of one line or several.
struct Section {
    title: &'static str,
    entries: Vec<Vec<Line>>,
}

impl Section {
    /// Leaves what a filter finds, by the title too.
    fn retain(&mut self, filter: &Filter) {
        let title = self.title;
        self.entries.retain(|lines| {
            let texts: Vec<String> = lines.iter().map(Line::plain).collect();
            // Blanks between columns are no part of what is told.
            let told: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
            filter.matches_text(&format!("{title} {}", told.join(" ")))
        });
    }
}

/// A command that has keys.
struct Bound {
    command: Command,
    keys: String,
    doc: &'static str,
    name: String,
}

impl Bound {
    fn lines(&self, cells: usize, width: usize) -> Vec<Line> {
        let named = width >= NAMES_FROM;
        let room = width.saturating_sub(cells + if named { 1 + NAME_CELLS } else { 0 });
        let said = entry_lines(&self.keys, cells, self.doc, room);
        let mut lines = said.into_iter();
        let first = lines.next().map(|line| {
            if named {
                // By this name keymaps call it.
                line.pad(cells + room + 1).text(Role::Dim, &self.name)
            } else {
                line
            }
        });
        first.into_iter().chain(lines).collect()
    }
}

/// What stands left, and behind it what it means, wrapped.
fn entry_lines(left: &str, cells: usize, meaning: &str, room: usize) -> Vec<Line> {
    let left = Line::new().text(Role::Key, left);
    let mut lines = Vec::new();
    // What is too long for its column stands on a line of its own.
    let mut start = if left.width() + 1 > cells {
        lines.push(left);
        Line::new()
    } else {
        left
    };
    for text in wrap(meaning, room) {
        lines.push(std::mem::take(&mut start).pad(cells).shown(Role::Text, text));
    }
    lines
}

/// The commands of a place that have a key; those that only differ in a number as one.
fn bound(place: Place, keymap: &Keymap) -> Vec<Bound> {
    let keys = |entry: &Entry| {
        let own = keymap.bindings(place).iter();
        let own = own.filter(|binding| binding.command == entry.command);
        own.map(|binding| crate::keymap::written(&binding.chords))
            .collect::<Vec<_>>()
    };
    let mut found: Vec<Bound> = Vec::new();
    let mut numbered: Vec<String> = Vec::new();
    for entry in entries().filter(|entry| entry.places.contains(&place)) {
        let keys = keys(entry);
        let Some(first) = keys.first() else { continue };
        if let Command::Tree(Tree::Scope(number)) = entry.command {
            numbered.push(first.clone());
            let range = match (numbered.first(), numbered.last()) {
                (Some(first), Some(last)) if numbered.len() > 1 => format!("{first}..{last}"),
                _ => first.clone(),
            };
            if numbered.len() > 1 {
                found.pop();
            }
            let name = if numbered.len() > 1 {
                format!("management-cluster-1..{number}")
            } else {
                entry.name.to_owned()
            };
            found.push(Bound {
                command: entry.command,
                keys: range,
                doc: entry.doc,
                name,
            });
            continue;
        }
        found.push(Bound {
            command: entry.command,
            keys: keys.join("  "),
            doc: entry.doc,
            name: entry.name.to_owned(),
        });
    }
    found
}

fn words(width: usize, bare: bool) -> Section {
    let mut entries = Vec::new();
    for word in WORDS.iter().filter(|word| !bare || !word.needs_fleet) {
        let argument = word.argument.map_or("", |argument| argument.shown());
        let mut name = String::new();
        for other in word.names {
            // Of many names the first ones are enough.
            if name.len() + other.len() > MOST_WORD_CELLS {
                break;
            }
            name.push_str(if name.is_empty() { ":" } else { " :" });
            name.push_str(other);
        }
        name = format!("{name} {argument}");
        let room = width.saturating_sub(WORD_CELLS);
        entries.push(entry_lines(name.trim_end(), WORD_CELLS, word.doc, room));
    }
    Section {
        title: "Command line",
        entries,
    }
}

/// What the signs before names and in the header mean.
fn signs(glyphs: &Glyphs, width: usize) -> Section {
    let healths = [
        (Health::Failed, "broken, or nothing of it works"),
        (
            Health::Warning,
            "needs a look: fewer than there should be, stuck, unreadable",
        ),
        (
            Health::Unknown,
            "nobody can tell: nothing is reported, or it cannot be reached",
        ),
        (
            Health::Progressing,
            "on its way; behind REPLICAS: not all are there or up to date yet",
        ),
        (Health::Paused, "paused by a person"),
    ];
    let connections = [
        (glyphs.live, Role::Good, "live: what is shown is current"),
        (
            glyphs.syncing,
            Role::Progressing,
            "its lists are being read, so many of so many kinds",
        ),
        (
            glyphs.stale,
            Role::Stale,
            "stale: what is shown was last known so long ago",
        ),
        (glyphs.failed, Role::Failed, "offline, or nothing may be read"),
    ];
    let mut entries = Vec::new();
    let told = healths
        .into_iter()
        .map(|(health, meaning)| (glyphs.health(health), verdict::role(health), meaning))
        .chain(connections);
    for (sign, role, meaning) in told {
        let texts = wrap(meaning, width.saturating_sub(4)).into_iter().enumerate();
        let lines = texts.map(|(index, text)| {
            let start = if index == 0 {
                Line::ours(role, sign)
            } else {
                Line::new()
            };
            start.pad(4).shown(Role::Text, text)
        });
        entries.push(lines.collect());
    }
    let header = format!(
        "In the header, behind clusters and machines: how many have {}, {} or {}; unreadable: objects of any kind with a field \
         that has the wrong shape.",
        glyphs.failed, glyphs.warning, glyphs.unknown
    );
    let mut lines = vec![Line::new()];
    lines.extend(
        wrap(&header, width)
            .into_iter()
            .map(|text| Line::new().shown(Role::Text, text)),
    );
    entries.push(lines);
    Section {
        title: "Signs",
        entries,
    }
}

#[cfg(test)]
mod tests;
