//! What the screen of hosts holds: machines that wait first, then the hosts, and what is told of the one under the cursor.

use std::collections::BTreeMap;

use compact_str::CompactString;
use fleetui_api::kinds::Role as Part;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::filter::Filter;
use fleetui_fleet::health::Health;
use fleetui_fleet::hosts::{Ask, HostOptions, HostRow, Hosts, Standing, Waiting, asks, waiting};
use jiff::Timestamp;

use crate::command::Move;
use crate::connection;
use crate::grid::{self, Placed, Wish, place};
use crate::list::{Ground, List};
use crate::marks::Marks;
use crate::not_read::{self, NotRead, not_read};
use crate::prose::Line;
use crate::subject::Subject;
use crate::theme::Role;
use crate::within::Within;

use super::about::{self, Room};
use super::cells::{host_cells, waiting_cells};

/// Cells before the name: the cursor and the sign.
pub(super) const BEFORE: u16 = 3;
/// Cells of the line of counts that are the rule's, and tell which rows are seen.
const BESIDE_COUNTS: u16 = 24;
/// Rows from which on the list and what is told of room stand beside each other.
const ROOMY: u16 = 30;
/// How old what depends on the time alone may become.
const OLD_AFTER_SECONDS: i64 = 10;

/// What has to be read for it.
const HOSTS: not_read::About = not_read::About {
    part: Part::Host,
    word: "hosts",
};

/// A row: what it is of, and which life of that name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Row {
    /// A machine that waits for a host.
    Waiting(ObjectKey, CompactString),
    /// A host.
    Host(ObjectKey, CompactString),
    /// A management cluster whose hosts are not known.
    Unread(ManagementCluster),
}

impl Row {
    fn key(&self) -> Option<&ObjectKey> {
        match self {
            Self::Waiting(key, _) | Self::Host(key, _) => Some(key),
            Self::Unread(_) => None,
        }
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    pub(super) options: HostOptions,
    /// What was asked for with it, whatever is shown elsewhere.
    within: Within,
    /// Whether what is shown may be of several management clusters.
    several: bool,
    pub(super) hosts: Hosts,
    pub(super) waiting: Vec<Waiting>,
    unread: Vec<NotRead>,
    pub(in crate::screens) list: List<Row>,
    needs: Vec<u16>,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    built: Timestamp,
    /// What is told of the row under the cursor; where there is no row, why.
    pub(super) about: Vec<Line>,
    /// Hosts that are marked.
    pub(super) marks: Marks<Row>,
    /// What is told of room instead of the row under the cursor.
    headroom: Option<Room>,
    /// How many those are, while that is told.
    asks: Vec<Ask>,
    /// The management clusters of which what is shown is old.
    stale: Vec<ManagementCluster>,
}

/// A cell: its text and its role.
pub(super) type Cell = (Shown, Role);

/// The columns: title, least, usual and most cells, rank.
pub(super) const COLUMNS: [(&str, u16, u16, u16, u8); 14] = [
    ("", 10, 18, 40, 0),
    ("STATE", 12, 18, 26, 1),
    ("MACHINE", 12, 28, 44, 4),
    ("CLUSTER", 8, 12, 30, 3),
    ("MANAGEMENT", 11, 12, 24, 11),
    ("NAMESPACE", 9, 12, 20, 12),
    ("ZONE", 6, 8, 16, 7),
    ("ARCH", 5, 5, 8, 8),
    ("CPU", 3, 3, 6, 9),
    ("MEMORY", 6, 6, 10, 10),
    ("SYSTEM", 12, 20, 24, 13),
    ("AGENT", 7, 8, 12, 11),
    ("HEARD", 5, 5, 6, 5),
    ("MESSAGE", 12, 16, 12, 4),
];

/// The column of what hosts are at.
const STATE: usize = 1;
/// The column of management clusters, and its rank where there are several of them: equal rows of two cannot be told apart.
const MANAGEMENT: usize = 4;
const RANK_OF_SEVERAL: u8 = 2;
/// The column of sentences.
pub(super) const MESSAGE: usize = COLUMNS.len() - 1;

impl State {
    /// Opens the screen, within what was asked for.
    pub fn open(within: Within, filter: Option<Filter>, ground: Ground<'_>) -> Self {
        let mut state = Self {
            within,
            options: HostOptions {
                filter,
                ..HostOptions::default()
            },
            ..Self::default()
        };
        state.resize(ground);
        state
    }

    /// Takes another size.
    pub fn resize(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        self.needs.clear();
        self.refresh(ground);
    }

    /// Makes the rows anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        self.options.only = self.within.only(ground);
        self.options.namespace = self.within.only_namespace(ground);
        self.several = self.options.only.is_none() && ground.fleet.sessions().nth(1).is_some();
        (self.now, self.built) = (ground.now, ground.now);
        self.hosts = Hosts::build(ground.fleet, &self.options, ground.now);
        self.waiting = waiting(
            ground.fleet,
            self.options.only.as_ref(),
            self.options.namespace.as_deref(),
        );
        if let Some(filter) = &self.options.filter {
            self.waiting.retain(|waits| {
                let said = fleetui_fleet::health::Verdict::new(Health::Warning, waits.said.clone());
                filter.matches(&waits.row, &said, ground.now)
            });
        }
        let waits = self
            .waiting
            .iter()
            .map(|it| Row::Waiting(it.row.key(), it.row.facts.uid.clone()));
        let hosts = self
            .hosts
            .rows
            .iter()
            .map(|it| Row::Host(it.row.key(), it.row.facts.uid.clone()));
        self.unread = not_read(HOSTS, ground, self.options.only.as_ref());
        let unread = self.unread.iter();
        let unread = unread.map(|unread| Row::Unread(unread.management_cluster.clone()));
        self.list.set(waits.chain(hosts).chain(unread).collect());
        self.marks.retain(|row| match row {
            Row::Host(key, uid) | Row::Waiting(key, uid) => {
                ground.fleet.get(key).is_some_and(|row| row.facts.uid == *uid)
            }
            Row::Unread(_) => false,
        });
        self.list.resize(self.rows());
        self.stale = connection::old(ground.fleet);
        self.measure();
        self.count_room(ground);
        self.tell(ground);
    }

    fn count_room(&mut self, ground: Ground<'_>) {
        self.asks = match self.headroom {
            Some(Room::Asks) => asks(ground.fleet, &self.options, ground.now),
            Some(Room::By(_)) | None => Vec::new(),
        };
    }

    /// Time has passed; says whether something on the screen may have changed by it.
    pub fn tick(&mut self, ground: Ground<'_>) -> bool {
        let passed = ground.now.as_second().saturating_sub(self.built.as_second());
        if passed < OLD_AFTER_SECONDS || self.list.rows().is_empty() {
            return false;
        }
        self.refresh(ground);
        true
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
        self.measure();
    }

    /// Tells of what the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0.saturating_sub(4)).max(1);
        if let Some(told) = &self.headroom {
            // Below the list, the rule, and the counts that do not fit on it.
            let above = if self.list.rows().is_empty() {
                0
            } else {
                self.rows()
            };
            let counts = u16::from(self.counts().1.is_some());
            let room = usize::from(self.size.1.saturating_sub(above + 1 + counts));
            self.about = match told {
                Room::Asks => about::headroom(&self.asks, (width, room)),
                Room::By(facts) => about::sorts(&self.hosts, facts, (width, room)),
            };
            return;
        }
        self.about = match self.list.cursor() {
            None => about::nothing(self, ground, width),
            // Where there is no host at all it is told why of every management cluster.
            Some(Row::Unread(_)) if self.hosts.rows.is_empty() => about::nothing(self, ground, width),
            Some(Row::Unread(name)) => not_read::told(name, (HOSTS, "hosts"), ground, width),
            Some(Row::Waiting(..)) => match self.waiting.get(self.list.at()) {
                Some(waits) => about::waiting(waits, ground.fleet, ground.now, width),
                None => Vec::new(),
            },
            Some(Row::Host(..)) => match self.host_at(self.list.at()) {
                Some(host) => about::host(host, ground, width),
                None => Vec::new(),
            },
        };
    }

    /// What is under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        Some(match self.list.cursor()? {
            Row::Waiting(key, _) | Row::Host(key, _) => Subject::Object(key.clone()),
            Row::Unread(name) => Subject::ManagementCluster(name.clone()),
        })
    }

    /// How many rows are marked and not seen, so that they are left alone.
    pub fn hidden_marks(&self) -> usize {
        self.marks.count(self.list.rows()).1
    }

    /// What a command acts on: hosts that are marked and seen, else what is under the cursor.
    pub fn acted_on(&self) -> Vec<ObjectKey> {
        let rows = self.marks.acted_on(self.list.rows(), self.list.cursor());
        rows.iter().filter_map(|row| row.key().cloned()).collect()
    }

    /// Marks the host under the cursor, or takes its mark away, and goes to the next row.
    pub fn mark(&mut self) {
        if let Some(row @ Row::Host(..)) = self.list.cursor().cloned() {
            self.marks.toggle(&row);
            self.go(Move::Down);
        }
    }

    /// Marks all hosts from the one that was marked last to the one under the cursor.
    pub fn mark_range(&mut self) {
        let hosts = self.list.rows().iter();
        let hosts: Vec<Row> = hosts
            .filter(|row| matches!(row, Row::Host(..)))
            .cloned()
            .collect();
        if let Some(row) = self.list.cursor() {
            self.marks.extend_to(row, &hosts);
        }
    }

    /// Takes all marks away; says whether there were any.
    pub fn clear_marks(&mut self) -> bool {
        self.marks.clear()
    }

    /// What is said of marks: those that are seen, and those that are not and therefore not acted on.
    pub fn marked(&self) -> Option<String> {
        self.marks.said(self.list.rows())
    }

    /// Tells how many further machines would find a host, or how many hosts there are by `facts`; where that is told, of the row under
    /// the cursor again.
    pub fn toggle_headroom(&mut self, facts: Option<&str>, ground: Ground<'_>) {
        self.headroom = Some(Room::of(facts)).filter(|meant| self.headroom.as_ref() != Some(meant));
        self.list.resize(self.rows());
        self.measure();
        self.count_room(ground);
        self.tell(ground);
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (
            self.options.filter.as_ref(),
            self.options.faults_only,
            self.hosts.hidden,
        )
    }

    /// The same, to be changed; the rows have to be made anew.
    pub fn sieve_mut(&mut self) -> (&mut Option<Filter>, &mut bool) {
        (&mut self.options.filter, &mut self.options.faults_only)
    }

    /// The command line that opens this screen.
    pub fn command(&self) -> String {
        self.within.line("hosts", self.options.filter.as_ref())
    }

    /// What was asked for with it.
    pub fn within(&self) -> &Within {
        &self.within
    }

    /// The management cluster that is shown alone here.
    pub(super) fn only(&self) -> Option<&ManagementCluster> {
        self.options.only.as_ref()
    }

    /// Rows of the list that are seen at once: what it needs, and at most three fifths; one fifth where the room is told of on a small
    /// screen.
    pub(super) fn rows(&self) -> u16 {
        let wanted = u16::try_from(self.list.rows().len()).unwrap_or(u16::MAX);
        let is_told = self.headroom.is_some() && self.size.1 < ROOMY;
        let fifths = if is_told { 1 } else { 3 };
        let most = u16::try_from(u32::from(self.size.1) * fifths / 5).unwrap_or(self.size.1);
        wanted.min(most).max(1)
    }

    fn host_at(&self, index: usize) -> Option<&HostRow> {
        self.hosts.rows.get(index.checked_sub(self.waiting.len())?)
    }

    /// Where the columns stand.
    pub(super) fn columns(&self) -> Vec<Placed> {
        let wishes: Vec<Wish> = (0..COLUMNS.len()).filter_map(|index| self.wish(index)).collect();
        place(&wishes, &self.needs, self.size.0.saturating_sub(BEFORE + 1))
    }

    fn wish(&self, index: usize) -> Option<Wish> {
        let (_, least, usual, most, rank) = *COLUMNS.get(index)?;
        let (rank, most) = match index {
            MANAGEMENT if self.several => (RANK_OF_SEVERAL, most),
            // What hosts say has the room that is left then.
            MESSAGE if !self.several => (rank, usual),
            _ => (rank, most),
        };
        Some(Wish {
            title: self.title(index),
            least,
            usual,
            most,
            rank,
        })
    }

    /// The title of a column; of the names, how many hosts there are.
    pub(super) fn title(&self, index: usize) -> Shown {
        let (seen, hidden) = (self.hosts.rows.len(), self.hosts.hidden);
        match (index, hidden) {
            (0, 0) => Shown::line(&format!("HOSTS {seen}")),
            (0, _) => Shown::line(&format!("HOSTS {seen} of {}", seen + hidden)),
            _ => Shown::ours(COLUMNS.get(index).map_or("", |(title, ..)| title)),
        }
    }

    /// Sign and cells of a row.
    pub(super) fn cells(&self, index: usize) -> Option<(Health, Vec<Cell>)> {
        let (health, mut cells, place) = if let Some(waits) = self.waiting.get(index) {
            let cells = waiting_cells(waits, self.now);
            (Health::Warning, cells, &waits.row.management_cluster)
        } else if let Some(host) = self.host_at(index) {
            let cells = host_cells(host, self.now);
            (host.verdict.health, cells, &host.row.management_cluster)
        } else {
            let before = self.waiting.len() + self.hosts.rows.len();
            let unread = self.unread.get(index.checked_sub(before)?)?;
            let cells = unread.cells(COLUMNS.len(), [STATE, MANAGEMENT, MESSAGE]);
            return Some((Health::Unknown, cells));
        };
        if self.stale.contains(place) {
            for (_, role) in &mut cells {
                *role = Role::Dim;
            }
        }
        Some((health, cells))
    }

    /// Whether the management cluster of a row tells nothing new.
    pub(super) fn is_stale(&self, index: usize) -> bool {
        let waits = self.waiting.get(index).map(|waits| &waits.row);
        let row = waits.or_else(|| self.host_at(index).map(|host| &host.row));
        row.is_some_and(|row| self.stale.contains(&row.management_cluster))
    }

    /// How many hosts there are of each sort, in one line; and of which sorts the free ones are, where that has room too. What
    /// has no room in that line is for the next one.
    pub(super) fn counts(&self) -> (String, Option<String>) {
        let width = |parts: &[String]| Shown::line(&parts.join(", ")).width();
        let whole = self.counted(true);
        if width(&whole) <= usize::from(self.size.0.saturating_sub(BESIDE_COUNTS)) {
            return (whole.join(", "), None);
        }
        // Beside them there are the rule's own cells, and which rows are seen.
        let position = crate::view::seen_rows(&self.list).map_or(0, |seen| seen.width() + 1);
        let room = usize::from(self.size.0.saturating_sub(6)).saturating_sub(position);
        let fits = |parts: &[String]| width(parts) <= room;
        let parts = self.counted(false);
        let seen = (1..=parts.len())
            .rev()
            .find(|seen| parts.get(..*seen).is_some_and(fits));
        let (first, rest) = parts.split_at(seen.unwrap_or(1).min(parts.len()));
        (first.join(", "), (!rest.is_empty()).then(|| rest.join(", ")))
    }

    fn counted(&self, with_sorts: bool) -> Vec<String> {
        let counts = self.hosts.counts();
        let mut parts: Vec<String> = Standing::ALL
            .into_iter()
            .filter_map(|standing| match counts.get(&standing) {
                Some(count) if *count > 0 => {
                    let word = standing.as_str().replace('-', " ");
                    Some(format!("{count} {word}"))
                }
                Some(_) | None => None,
            })
            .collect();
        // Of all pools together: which pool a host is in stands on its line.
        let mut free: BTreeMap<String, usize> = BTreeMap::new();
        for (place, counts) in self.hosts.counts_by_pool() {
            let sort = [place.zone.as_str(), place.architecture.as_str()];
            let sort: Vec<&str> = sort.into_iter().filter(|text| !text.is_empty()).collect();
            if let (Some(count), false) = (counts.get(&Standing::Free), sort.is_empty()) {
                *free.entry(sort.join(" ")).or_default() += count;
            }
        }
        let free: Vec<String> = free
            .iter()
            .map(|(sort, count)| format!("{count} {sort}"))
            .collect();
        if let (Some(first), false) = (
            parts.first_mut().filter(|part| part.ends_with(" free")),
            free.is_empty() || !with_sorts,
        ) {
            *first = format!("{first} ({})", free.join(", "));
        }
        match self.waiting.len() {
            0 => {}
            1 => parts.push("1 machine waits".to_owned()),
            count => parts.push(format!("{count} machines wait")),
        }
        // First, as it is about all of the other numbers.
        if !self.unread.is_empty() {
            parts.insert(0, format!("{} not read", self.unread.len()));
        }
        parts
    }

    /// Columns grow to what is in view.
    fn measure(&mut self) {
        let mut needs = std::mem::take(&mut self.needs);
        needs.resize(COLUMNS.len(), 0);
        // How many there are is told whole.
        let title = u16::try_from(self.title(0).width()).unwrap_or(u16::MAX);
        if let Some(need) = needs.first_mut() {
            *need = (*need).max(title);
        }
        for (_, cells) in self.list.on_screen().filter_map(|index| self.cells(index)) {
            for ((text, _), need) in cells.iter().zip(&mut needs) {
                *need = (*need).max(u16::try_from(text.width()).unwrap_or(u16::MAX));
            }
        }
        self.needs = needs;
    }

    /// All rows as text, for a file.
    pub fn text(&self) -> String {
        let titles = (0..COLUMNS.len()).map(|index| match index {
            0 => "NAME".to_owned(),
            index => self.title(index).to_string(),
        });
        let rows = (0..self.list.rows().len()).filter_map(|index| self.cells(index));
        let rows = rows.map(|(_, cells)| cells.into_iter().map(|(text, _)| text.to_string()).collect());
        let lines: Vec<Vec<String>> = std::iter::once(titles.collect()).chain(rows).collect();
        grid::text(&lines)
    }
}
