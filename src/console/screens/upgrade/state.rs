//! What the screen of an upgrade holds: what was gathered, the version under the cursor, and what is told of it, written out.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::Found;
use fleetui_fleet::preflight::{Aimed, Preflight, preflight};
use fleetui_fleet::walk::{StepState, Walk};
use fleetui_rules::version::Version;
use jiff::{SignedDuration, Timestamp};

use crate::command::Move;
use crate::detail;
use crate::effect::{Answer, EffectId, Effects, Outcome, Request, Upgrading};
use crate::list::List;
use crate::prose::Line;
use crate::theme::Role;

/// The most versions that are seen at once.
const MOST_VERSIONS: u16 = 6;
/// What was gathered is gathered again when it is so old.
const AGES: SignedDuration = SignedDuration::from_secs(10);
/// Machines of a step whose names are told.
const MOST_NAMES: usize = 6;

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
    known: Option<Box<Upgrading>>,
    failed: Option<Shown>,
    found: Preflight,
    pub(in crate::screens) list: List<Version>,
    pub(super) cells: Vec<Cells>,
    /// What is told of the version under the cursor.
    pub(super) about: Vec<Line>,
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
            key,
            known: None,
            failed: None,
            found: Preflight::default(),
            list: List::default(),
            cells: Vec::new(),
            about: Vec::new(),
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

    /// Moves the cursor among the versions; pages scroll what is told.
    pub fn go(&mut self, command: Move) {
        let page = usize::from(self.size.1.saturating_sub(self.rows() + 2)).max(1);
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

    /// Tells of the version that the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0.saturating_sub(2));
        let mut lines = Vec::new();
        if let Some(why) = &self.failed {
            lines.push(Line::new().shown(Role::Failed, why.clone()));
        }
        let Some(known) = &self.known else {
            if self.failed.is_none() {
                lines.push(Line::ours(
                    Role::Progressing,
                    "reading the objects of the cluster …",
                ));
            }
            self.about = lines;
            return;
        };
        if let Some(walk) = &known.walk {
            lines.extend(of_walk(walk, known.holder.as_deref()));
        }
        let aimed = Aimed {
            to: self.list.cursor().cloned(),
            via: Vec::new(),
        };
        let prose = ground.prose;
        let found = preflight(prose.fleet, &self.key, &known.gathered, &aimed, prose.now);
        lines.extend(told(&found, &aimed));
        let wrapped = lines.iter().flat_map(|line| line.wrapped(width.max(10), 4));
        self.about = wrapped.collect();
    }

    /// An outcome; says whether it is what was asked for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
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
            | Answer::Saved(_) => {}
        }
        true
    }

    /// Time has passed: what was gathered grows old.
    pub fn follow(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.asked.is_none() && now.duration_since(self.asked_at) >= AGES {
            self.asked = Some(effects.ask(Request::Gather(self.key.clone())));
            self.asked_at = now;
        }
    }

    /// Stops waiting.
    pub fn close(&self, effects: &mut Effects) {
        if let Some(asked) = self.asked {
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

/// How far an upgrade is that is stored.
fn of_walk(walk: &Walk, holder: Option<&str>) -> Vec<Line> {
    let (done, all) = walk.progress();
    let state = format!(
        "an upgrade to {} is {}: {done} of {all} steps",
        walk.to,
        walk.state.word()
    );
    let role = if walk.state.why().is_empty() {
        Role::Progressing
    } else {
        Role::Warning
    };
    let mut lines = vec![Line::new().text(role, &state)];
    if !walk.state.why().is_empty() {
        lines.push(Line::new().text(Role::Warning, walk.state.why()));
    }
    if let Some(holder) = holder {
        lines.push(Line::ours(Role::Dim, "held last by ").text(Role::Text, holder));
    }
    for step in &walk.steps {
        let (word, role) = match step.state {
            StepState::Waiting => ("waits", Role::Dim),
            StepState::Writing => ("begins", Role::Progressing),
            StepState::Rolling(_) => ("rolls out", Role::Progressing),
            StepState::Done(_) => ("done", Role::Good),
        };
        let text = format!("  {}: {} -> {}  ", step.name(), step.from, step.to);
        lines.push(Line::new().text(Role::Text, &text).word(role, word));
    }
    lines
}

/// What stands in the way comes first, then what may surprise, then the steps, and at last what is well.
fn told(found: &Preflight, aimed: &Aimed) -> Vec<Line> {
    let mut lines = Vec::new();
    let checks = |wanted: fn(&Found) -> bool| found.checks.iter().filter(move |check| wanted(&check.found));
    let line = |check: &fleetui_fleet::act::Check| {
        let (word, role, text) = match &check.found {
            Found::Blocks { why, overridable } => {
                let word = if *overridable { "holds  " } else { "stops  " };
                (word, Role::Failed, why)
            }
            Found::Warns(text) => ("warns  ", Role::Warning, text),
            Found::Unknown(text) => ("unknown", Role::Unknown, text),
            Found::Well(text) => ("well   ", Role::Good, text),
        };
        Line::ours(role, word)
            .text(Role::Heading, &format!(" {}", check.title))
            .text(Role::Text, &format!(": {text}"))
    };
    lines.extend(checks(|it| matches!(it, Found::Blocks { .. })).map(line));
    lines.extend(checks(|it| matches!(it, Found::Warns(_) | Found::Unknown(_))).map(line));
    if aimed.to.is_some() {
        lines.push(Line::ours(Role::Section, "STEPS"));
    }
    for step in &found.steps {
        let (kind, name) = (&step.target.kind.kind, &step.target.object.name);
        let time = step.seconds.map_or_else(String::new, |(likely, long)| {
            format!(", {} to {} min", likely.div_ceil(60), long.div_ceil(60))
        });
        let names: Vec<&str> = step.replaces.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
        let text = format!(
            "  {kind} {name}: {} -> {}, replaces {}{time}  {}",
            step.from,
            step.to,
            step.machines,
            names.join(" ")
        );
        lines.push(Line::new().text(Role::Text, &text));
    }
    if !found.steps.is_empty() && found.blocking(true).next().is_none() {
        lines.push(Line::ours(
            Role::Note,
            "fleetui upgrade walks these steps; --pause, --resume and --abandon reach it from anywhere",
        ));
    }
    lines.extend(checks(|it| matches!(it, Found::Well(_))).map(line));
    lines
}
