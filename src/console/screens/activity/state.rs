//! What the screen of the activity holds: upgrades that are stored and what is under way first, then the lines of the audit log,
//! one row for each act; and what is told of the row under the cursor.

use std::sync::Arc;

use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::{Actor, Entry};
use fleetui_fleet::filter::Filter;
use jiff::{SignedDuration, Timestamp};

use super::about;
use super::rows::{self, Cells, Row, Sieve};
use crate::act;
use crate::command::Move;
use crate::effect::{Action, Answer, EffectId, Effects, Outcome};
use crate::glyphs::Glyphs;
use crate::list::List;
use crate::looks::Looks;
use crate::prose::Line;
use crate::subject::Subject;
use crate::theme::Role;
use crate::walking;

/// So many lines of the log are read.
const LINES: usize = 500;
/// How often they are read again, and the upgrades that are stored.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// The most lines that tell of the row under the cursor, where no upgrade is among the rows.
const MOST_ABOUT: u16 = 9;
/// The most lines of one sentence.
const MOST_LINES: usize = 3;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// What was sent off.
    pub act: &'a act::State,
    /// Who acts here.
    pub actor: &'a Actor,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

impl<'a> Ground<'a> {
    /// What upgrades are told from.
    pub(super) fn walking(self) -> walking::Ground<'a> {
        walking::Ground {
            fleet: self.fleet,
            glyphs: self.glyphs,
            now: self.now,
        }
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    entries: Arc<[Entry]>,
    sieve: Sieve,
    /// Rows that are not shown.
    hidden: usize,
    pub(in crate::screens) list: List<Row>,
    pub(super) cells: Vec<Cells>,
    /// What is told of the row under the cursor.
    pub(super) about: Vec<Line>,
    /// What stands in the place of rows.
    pub(super) instead: Option<Line>,
    pub(super) size: (u16, u16),
    /// Whether the rows are, or may be, of more than one management cluster.
    pub(super) several: bool,
    asked: Option<EffectId>,
    read: Option<Timestamp>,
    problem: Option<Shown>,
    looks: Looks,
}

impl State {
    /// Opens the screen; the log is read, and it is looked at upgrades.
    pub fn open(ground: Ground<'_>, effects: &mut Effects) -> Self {
        let mut state = Self::default();
        state.follow(ground, effects);
        state.refresh(ground);
        state
    }

    /// Reads the log and looks at upgrades again, where that was long ago.
    fn follow(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let is_old = |at: Option<Timestamp>| at.is_none_or(|at| ground.now.duration_since(at) >= AGAIN);
        if self.asked.is_none() && is_old(self.read) {
            self.asked = Some(effects.push(Action::Activity(LINES)));
            self.read = Some(ground.now);
        }
        self.looks.follow((ground.fleet, ground.now), AGAIN, effects);
    }

    /// Writes everything anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        let (rows, cells, hidden) = rows::rows(&self.entries, &self.sieve, ground);
        self.several = ground.only.is_none()
            && (ground.fleet.sessions().nth(1).is_some()
                || cells.windows(2).any(|two| match two {
                    [one, other] => one.management_cluster != other.management_cluster,
                    _ => false,
                }));
        self.cells = cells;
        self.hidden = hidden;
        self.list.set(rows);
        self.instead = self.instead();
        self.list.resize(self.rows());
        self.tell(ground);
    }

    fn instead(&self) -> Option<Line> {
        if !self.cells.is_empty() {
            return None;
        }
        Some(match (&self.problem, self.asked) {
            _ if self.hidden > 0 => Line::ours(Role::Dim, "all of it is filtered out"),
            (Some(problem), _) => Line::new().shown(Role::Failed, problem.clone()),
            (None, Some(_)) => Line::ours(Role::Dim, "reading the audit log"),
            (None, None) => Line::ours(Role::Dim, "nothing was done or tried from here yet"),
        })
    }

    /// The act under the cursor.
    pub fn cursor(&self) -> Option<&Entry> {
        match self.list.cursor()? {
            Row::Act(id) => rows::acts(&self.entries).find(|entry| entry.id == *id),
            Row::Walk(_) | Row::Running(_) => None,
        }
    }

    /// The Cluster whose upgrade is under the cursor.
    pub fn walk(&self) -> Option<&ObjectKey> {
        match self.list.cursor()? {
            Row::Walk(key) => Some(key),
            Row::Running(_) | Row::Act(_) => None,
        }
    }

    /// The object of the row under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        let key = match self.list.cursor()? {
            Row::Walk(key) | Row::Running(key) => key,
            Row::Act(_) => &self.cursor()?.act.subject,
        };
        Some(Subject::Object(key.clone()))
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (self.sieve.filter.as_ref(), self.sieve.faults_only, self.hidden)
    }

    /// The same, to be changed; the rows have to be made anew.
    pub fn sieve_mut(&mut self) -> (&mut Option<Filter>, &mut bool) {
        (&mut self.sieve.filter, &mut self.sieve.faults_only)
    }

    /// Rows that tell of the row under the cursor: as many whatever that is, so that the list stands still.
    pub(super) fn about_rows(&self) -> u16 {
        let half = self.size.1 / 2;
        let has_walks = self.list.rows().iter().any(|row| matches!(row, Row::Walk(_)));
        if has_walks { half } else { MOST_ABOUT.min(half) }
    }

    /// Rows of the list that are seen at once.
    pub(super) fn rows(&self) -> u16 {
        self.size.1.saturating_sub(self.about_rows() + 1).max(1)
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
    }

    /// Tells of what the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(ground.size.0.saturating_sub(2));
        let mut lines: Vec<Line> = self
            .looks
            .problems()
            .map(|(name, problem)| {
                let line = Line::new().text(
                    Role::Warning,
                    &format!("upgrades that are stored in {name} cannot be listed: "),
                );
                line.shown(Role::Warning, problem.clone())
            })
            .collect();
        if let Some(problem) = self.problem.as_ref().filter(|_| !self.cells.is_empty()) {
            lines.insert(0, Line::new().shown(Role::Failed, problem.clone()));
        }
        lines.extend(match self.list.cursor() {
            Some(Row::Walk(key)) => match ground.fleet.walk(key) {
                Some(known) => of_walk(known, ground),
                None => Vec::new(),
            },
            Some(Row::Running(key)) => {
                let mut running = ground.act.running.iter().rev();
                let running = running.find(|running| running.key == *key);
                running.map_or_else(Vec::new, |running| about::of_running(running, ground))
            }
            Some(Row::Act(_)) => self.cursor().map_or_else(Vec::new, |entry| {
                let ended = rows::outcomes(&self.entries);
                about::of_act(entry, ended.get(&entry.id).copied(), ground)
            }),
            None => Vec::new(),
        });
        self.about = lines
            .iter()
            .flat_map(|line| line.wrapped(width, MOST_LINES))
            .collect();
    }

    /// Time has passed; says whether it has to be drawn anew.
    pub fn tick(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        self.follow(ground, effects);
        self.refresh(ground);
        true
    }

    /// An outcome; says whether it was one that the screen waits for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        if self.looks.outcome(outcome) {
            return true;
        }
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
            | Answer::Upgrading(_)
            | Answer::Workload(_) => {}
        }
        true
    }

    /// Stops waiting for anything.
    pub fn close(&self, effects: &mut Effects) {
        for asked in self.looks.asked().chain(self.asked) {
            effects.abandon(asked);
        }
    }

    /// First and last row that is seen, from 1, and how many there are.
    pub(super) fn position(&self) -> (usize, usize, usize) {
        self.list.position()
    }
}

/// An upgrade that is stored, after where it is.
fn of_walk(known: &fleetui_fleet::walk::Known, ground: Ground<'_>) -> Vec<Line> {
    let key = &known.cluster;
    let title = Line::new()
        .text(Role::Heading, &format!("Cluster {}", key.object))
        .text(Role::Dim, &format!(" in {}", key.management_cluster));
    let whole = walking::whole(known, ground.walking());
    std::iter::once(title).chain(whole).collect()
}
