//! What the screen of an upgrade holds: what was gathered, the version under the cursor, and what is told of it, written out.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{Found, WalkDeed};
use fleetui_fleet::foretold::about;
use fleetui_fleet::preflight::{Aimed, Gathered, Preflight, preflight};
use fleetui_fleet::walk::{Known, WalkState};
use fleetui_rules::version::Version;
use jiff::{SignedDuration, Timestamp};

use crate::command::Move;
use crate::detail;
use crate::effect::{Answer, EffectId, Effects, Outcome, Request, Upgrading};
use crate::list::List;
use crate::prose::Line;
use crate::theme::Role;
use crate::walking;

/// The most versions that are seen at once.
const MOST_VERSIONS: u16 = 6;
/// What was gathered is gathered again when it is so old.
const AGES: SignedDuration = SignedDuration::from_secs(10);
/// How often it is looked at an upgrade that somebody else walks.
const LOOKS: SignedDuration = SignedDuration::from_secs(3);
/// Machines of a step whose names are told.
const MOST_NAMES: usize = 6;
/// The most lines of one sentence.
const MOST_LINES: usize = 4;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// What prose is made from.
    pub prose: detail::Ground<'a>,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

/// What a row says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) version: Shown,
    pub(super) seen: Shown,
    pub(super) verdict: Shown,
    pub(super) role: Role,
}

/// The screen.
#[derive(Debug)]
pub struct State {
    /// The Cluster.
    pub key: ObjectKey,
    asked: Option<EffectId>,
    asked_at: Timestamp,
    looking: Option<EffectId>,
    looked_at: Timestamp,
    known: Option<Box<Upgrading>>,
    failed: Option<Shown>,
    found: Preflight,
    pub(in crate::screens) list: List<Version>,
    pub(super) cells: Vec<Cells>,
    /// What is told of the upgrade that is stored, and then of the version under the cursor.
    pub(super) about: Vec<Line>,
    /// Lines of it about the version.
    of_version: Vec<Line>,
    /// What was typed before the objects of the cluster were read, to be done then.
    pub wanted: Option<WalkDeed>,
    /// Lines of it that are above the screen.
    pub(super) above: usize,
    pub(super) size: (u16, u16),
}

impl State {
    /// Opens the screen, and asks for what it is about.
    pub fn open(key: ObjectKey, ground: Ground<'_>, effects: &mut Effects) -> Self {
        let mut state = Self {
            asked: Some(effects.ask(Request::Gather(key.clone()))),
            asked_at: ground.prose.now,
            looking: None,
            looked_at: ground.prose.now,
            key,
            known: None,
            failed: None,
            found: Preflight::default(),
            list: List::default(),
            cells: Vec::new(),
            about: Vec::new(),
            of_version: Vec::new(),
            wanted: None,
            above: 0,
            size: ground.size,
        };
        state.refresh(ground);
        state
    }

    /// Rows of versions.
    pub(super) fn rows(&self) -> u16 {
        let versions = u16::try_from(self.cells.len()).unwrap_or(u16::MAX);
        versions.clamp(1, MOST_VERSIONS.min(self.size.1.max(2) / 2))
    }

    /// Writes everything anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        if let Some(known) = &self.known {
            let aimed = Aimed::default();
            self.found = preflight(
                ground.prose.fleet,
                &self.key,
                &known.gathered,
                &aimed,
                ground.prose.now,
            );
        }
        self.cells = self.found.versions.iter().map(cells).collect();
        let versions = self.found.versions.iter().map(|it| it.version.clone());
        self.list.set(versions.collect());
        self.list.resize(self.rows());
        self.tell(ground);
    }

    /// Rows of what is told that are seen at once.
    fn page(&self) -> usize {
        usize::from(self.size.1.saturating_sub(self.rows() + 1)).max(1)
    }

    /// First and last line that is seen of what is told, from 1, and how many there are; nothing where all of it is seen.
    pub(super) fn part(&self) -> Option<(usize, usize, usize)> {
        let (page, all) = (self.page(), self.about.len());
        (all > page).then(|| (self.above + 1, (self.above + page).min(all), all))
    }

    /// Moves the cursor among the versions; pages scroll what is told.
    pub fn go(&mut self, command: Move) {
        let page = self.page();
        let last = self.about.len().saturating_sub(page);
        match command {
            Move::PageDown | Move::HalfDown => self.above = (self.above + page).min(last),
            Move::PageUp | Move::HalfUp => self.above = self.above.saturating_sub(page),
            Move::Down | Move::Up | Move::Top | Move::Bottom => {
                self.above = 0;
                self.list.go(command);
            }
        }
    }

    /// What is gathered, and the version that is named, else the one under the cursor.
    pub fn meant(&self, named: Option<Version>) -> Option<(&Gathered, Aimed)> {
        let known = self.known.as_ref()?;
        let to = match named {
            Some(named) => named,
            None => self.list.cursor()?.clone(),
        };
        let aimed = Aimed {
            to: Some(to),
            via: Vec::new(),
        };
        Some((&known.gathered, aimed))
    }

    /// The versions that are possible.
    pub fn possible(&self) -> impl Iterator<Item = &Version> {
        let possible = self.found.versions.iter().filter(|it| it.refused.is_none());
        possible.map(|it| &it.version)
    }

    /// Whether the objects of the cluster were read.
    pub fn is_read(&self) -> bool {
        self.known.is_some()
    }

    /// Whether nothing is waited for: they were read, or cannot be.
    pub fn is_settled(&self) -> bool {
        self.is_read() || self.failed.is_some()
    }

    /// Tells of the version that the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let mut lines = Vec::new();
        if let Some(why) = &self.failed {
            lines.push(Line::new().shown(Role::Failed, why.clone()));
        }
        if let Some(known) = &self.known {
            if let Some(why) = &known.unread {
                let line = Line::ours(Role::Warning, "whether an upgrade is stored cannot be read: ");
                lines.push(line.shown(Role::Warning, why.clone()));
            }
            let aimed = Aimed {
                to: self.list.cursor().cloned(),
                via: Vec::new(),
            };
            let prose = ground.prose;
            let found = preflight(prose.fleet, &self.key, &known.gathered, &aimed, prose.now);
            // What is on its way stands in the way of any other.
            let is_going = self
                .walk(ground)
                .and_then(|known| known.walk.as_ref().ok())
                .is_some_and(|walk| walk.state == WalkState::Going);
            if is_going {
                let later = "what stands in the way of another one is told once this one has ended";
                lines.push(Line::ours(Role::Dim, later));
            } else {
                lines.extend(told(&found, &aimed));
            }
        } else if self.failed.is_none() {
            let line = Line::ours(Role::Progressing, "reading the objects of the cluster ");
            lines.push(line.word(Role::Progressing, ground.prose.glyphs.ellipsis));
        }
        self.of_version = lines;
        self.tell_walk(ground);
    }

    /// Tells how far the upgrade is that is stored, above what is told of the version.
    fn tell_walk(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0.saturating_sub(2)).max(10);
        let mut lines = self.walk(ground).map_or_else(Vec::new, |known| {
            let ground = walking::Ground {
                fleet: ground.prose.fleet,
                glyphs: ground.prose.glyphs,
                now: ground.prose.now,
            };
            walking::whole(known, ground)
        });
        lines.extend(self.of_version.iter().cloned());
        let wrapped = lines.iter().flat_map(|line| line.wrapped(width, MOST_LINES));
        self.about = wrapped.collect();
        self.above = self.above.min(self.about.len().saturating_sub(self.page()));
    }

    fn walk<'a>(&self, ground: Ground<'a>) -> Option<&'a Known> {
        ground.prose.fleet.walk(&self.key).map(AsRef::as_ref)
    }

    /// An outcome; says whether it is what was asked for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        if self.looking == Some(outcome.id) {
            self.looking = None;
            return true;
        }
        if self.asked != Some(outcome.id) {
            return false;
        }
        self.asked = None;
        match &outcome.answer {
            Answer::Upgrading(known) => {
                self.known = Some(known.clone());
                self.failed = None;
            }
            Answer::Failed(failure) => self.failed = Some(failure.message.clone()),
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Judged(_)
            | Answer::Done(..)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Saved(_)
            | Answer::Workload(_) => {}
        }
        true
    }

    /// Time has passed: what was gathered grows old. Says whether it has to be drawn anew.
    pub fn tick(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        let now = ground.prose.now;
        if self.asked.is_none() && now.duration_since(self.asked_at) >= AGES {
            self.asked = Some(effects.ask(Request::Gather(self.key.clone())));
            self.asked_at = now;
        }
        let Some(known) = self.walk(ground).filter(|known| known.is_open()) else {
            return false;
        };
        let elsewhere = !known.is_walked_here();
        if elsewhere && self.looking.is_none() && now.duration_since(self.looked_at) >= LOOKS {
            let name = self.key.management_cluster.clone();
            self.looking = Some(effects.ask(Request::LookAtWalks(name)));
            self.looked_at = now;
        }
        self.tell_walk(ground);
        true
    }

    /// Stops waiting.
    pub fn close(&self, effects: &mut Effects) {
        for asked in [self.asked, self.looking].into_iter().flatten() {
            effects.abandon(asked);
        }
    }
}

fn cells(possible: &fleetui_fleet::preflight::Possible) -> Cells {
    let seen = match possible.seen_in {
        0 => String::new(),
        count => count.to_string(),
    };
    let (verdict, role) = match &possible.refused {
        None => ("possible", Role::Good),
        Some(why) => (why.as_str(), Role::Dim),
    };
    Cells {
        version: Shown::line(&possible.version.to_string()),
        seen: Shown::line(&seen),
        verdict: Shown::line(verdict),
        role,
    }
}

/// What stands in the way comes first, then what may surprise, then the steps, and at last what is well.
fn told(found: &Preflight, aimed: &Aimed) -> Vec<Line> {
    let mut lines = Vec::new();
    let checks = |wanted: fn(&Found) -> bool| found.checks.iter().filter(move |check| wanted(&check.found));
    let line = |check: &fleetui_fleet::act::Check| {
        let (word, role) = match &check.found {
            Found::Blocks {
                overridable: true, ..
            } => ("holds  ", Role::Failed),
            Found::Blocks {
                overridable: false, ..
            } => ("stops  ", Role::Failed),
            Found::Warns(_) => ("warns  ", Role::Warning),
            Found::Unknown(_) => ("unknown", Role::Unknown),
            Found::Well(_) => ("well   ", Role::Good),
        };
        let sentence = check.sentence();
        let (title, found) = sentence.split_at(check.title.len());
        Line::ours(role, word)
            .text(Role::Heading, &format!(" {title}"))
            .text(Role::Text, found)
    };
    lines.extend(checks(|it| matches!(it, Found::Blocks { .. })).map(line));
    lines.extend(checks(|it| matches!(it, Found::Warns(_) | Found::Unknown(_))).map(line));
    // What is refused has none that could be told.
    if aimed.to.is_some() && !found.steps.is_empty() {
        lines.push(Line::ours(Role::Section, "STEPS"));
    }
    for step in &found.steps {
        let (kind, name) = (&step.target.kind.kind, &step.target.object.name);
        let time = step
            .seconds
            .map_or_else(String::new, |seconds| format!(", {}", about(seconds, "")));
        let names: Vec<&str> = step.replaces.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
        let text = format!(
            "  {kind} {name}: {} -> {}, replaces {}{time}  {}",
            step.from,
            step.to,
            step.replaced(),
            names.join(" ")
        );
        lines.push(Line::new().text(Role::Text, &text));
    }
    lines.extend(checks(|it| matches!(it, Found::Well(_))).map(line));
    lines
}
