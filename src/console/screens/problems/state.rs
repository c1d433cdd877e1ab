//! What the screen of the problems holds: its rows, written out, and what is told of the one under the cursor.

use std::collections::BTreeSet;

use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::Session;
use fleetui_fleet::drain;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::health::{Health, brief};
use fleetui_fleet::problems::{OnTheirWay, Problem, Problems, Root};
use fleetui_fleet::session::Connection;
use fleetui_fleet::waits_for::WaitsFor;
use jiff::Timestamp;

use crate::age::age;
use crate::command::Move;
use crate::connection;
use crate::detail;
use crate::list::List;
use crate::prose::{Line, wrap};
use crate::subject::Subject;
use crate::theme::Role;
use crate::verdict;

/// The most lines that tell of the one under the cursor.
const MOST_ABOUT: u16 = 8;

/// Names of those who suffer that are told; of more, how many.
const FEW_NAMES: usize = 6;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// What prose is made from.
    pub prose: detail::Ground<'a>,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// The namespace that is shown alone.
    pub namespace: Option<&'a str>,
    /// What is still being set up, so that not everything is there yet.
    pub preparing: Option<&'a Shown>,
    /// Columns and rows below the title.
    pub size: (u16, u16),
}

/// What a row says, by columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    /// The sign of how bad it is.
    pub(super) sign: &'static str,
    pub(super) role: Role,
    pub(super) since: Shown,
    pub(super) management_cluster: Shown,
    pub(super) root: Shown,
    /// How many objects and clusters suffer.
    pub(super) suffers: Shown,
    pub(super) waits_for: Shown,
    pub(super) line: Shown,
}

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    problems: Problems,
    filter: Option<Filter>,
    pub(in crate::screens) list: List<Root>,
    pub(super) cells: Vec<Cells>,
    /// What is told of the one under the cursor.
    pub(super) about: Vec<Line>,
    /// What stands in the place of rows.
    pub(super) instead: Vec<Line>,
    /// How many are not shown, as another part of the fleet was asked for.
    pub(super) elsewhere: usize,
    /// How many the filter hides.
    filtered: usize,
    /// Whether not everything was read yet, so that there may be more.
    pub(super) unread: bool,
    /// Whether what is shown may be of several management clusters.
    pub(super) several: bool,
    /// How many of them are how bad.
    pub(super) counts: (usize, usize, usize),
    pub(super) size: (u16, u16),
    written: Option<Timestamp>,
}

impl State {
    /// Opens the screen on the worst.
    pub fn open(ground: Ground<'_>) -> Self {
        let mut state = Self::default();
        state.refresh(ground);
        state
    }

    /// Writes everything anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        let prose = ground.prose;
        self.size = ground.size;
        self.problems = self.problems.again(prose.fleet, prose.now);
        let mut shown: Vec<&Problem> = self
            .problems
            .list()
            .iter()
            .map(AsRef::as_ref)
            .filter(|problem| is_meant(problem, ground))
            .collect();
        let of_place = shown.len();
        if let Some(filter) = &self.filter {
            shown.retain(|problem| problem.matches(filter, prose.fleet, prose.now));
        }
        self.filtered = of_place - shown.len();
        let count = |health: Health| shown.iter().filter(|problem| problem.severity == health).count();
        self.elsewhere = self.problems.list().len() - of_place;
        self.counts = (
            count(Health::Failed),
            count(Health::Warning),
            count(Health::Unknown),
        );
        self.cells = shown.iter().map(|problem| cells(problem, prose)).collect();
        self.list
            .set(shown.iter().map(|problem| problem.root.clone()).collect());
        self.several = sessions(prose.fleet, ground).nth(1).is_some();
        self.unread = ground.preparing.is_some() || !reading(prose.fleet, ground).is_empty();
        self.instead = if self.cells.is_empty() {
            instead(self, ground)
        } else {
            Vec::new()
        };
        self.list.resize(self.rows());
        self.written = Some(prose.now);
        self.tell(ground);
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (self.filter.as_ref(), false, self.filtered)
    }

    /// The filter, to be changed; the rows have to be made anew.
    pub fn filter_mut(&mut self) -> &mut Option<Filter> {
        &mut self.filter
    }

    /// Rows of the list that are seen at once.
    pub(super) fn rows(&self) -> u16 {
        let about = MOST_ABOUT.min(self.size.1 / 2);
        self.size.1.saturating_sub(about + 1).max(1)
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
    }

    /// Tells of the one that the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0.saturating_sub(2));
        let problem = self.problem();
        self.about = problem.map_or_else(Vec::new, |problem| about(problem, ground.prose, width));
    }

    /// What is no problem yet.
    pub fn on_their_way(&self) -> OnTheirWay {
        self.problems.on_their_way()
    }

    /// The problem under the cursor.
    pub fn problem(&self) -> Option<&Problem> {
        let root = self.list.cursor()?;
        let mut problems = self.problems.list().iter().map(AsRef::as_ref);
        problems.find(|problem: &&Problem| problem.root == *root)
    }

    /// What is at the bottom of the problem under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        Some(match self.list.cursor()? {
            Root::Object(key) => Subject::Object(key.clone()),
            Root::ManagementCluster(name) => Subject::ManagementCluster(name.clone()),
        })
    }

    /// Time has passed; says whether something says another age now.
    pub fn tick(&mut self, ground: Ground<'_>) -> bool {
        let Some(written) = self.written else { return false };
        let mut problems = self.problems.list().iter();
        let older = problems.any(|problem| {
            let since = problem.since;
            since.is_some_and(|since| age(since, written) != age(since, ground.prose.now))
        });
        if older {
            self.refresh(ground);
        }
        older
    }

    /// First and last row that is seen, from 1, and how many there are.
    pub(super) fn position(&self) -> (usize, usize, usize) {
        self.list.position()
    }
}

fn is_meant(problem: &Problem, ground: Ground<'_>) -> bool {
    let of_cluster = |name: &ManagementCluster| ground.only.is_none_or(|only| name == only);
    let of_namespace = |key: &ObjectKey| {
        ground
            .namespace
            .is_none_or(|namespace| key.object.namespace == namespace)
    };
    match &problem.root {
        Root::Object(root) => std::iter::once(root)
            .chain(&problem.alike)
            .any(|key| of_cluster(&key.management_cluster) && of_namespace(key)),
        Root::ManagementCluster(name) => of_cluster(name),
    }
}

fn cells(problem: &Problem, ground: detail::Ground<'_>) -> Cells {
    let root = match &problem.root {
        Root::Object(key) if problem.roots() > 1 => format!("{} {}s", problem.roots(), key.kind.kind),
        Root::Object(key) => format!("{} {}", key.kind.kind, key.object.name),
        Root::ManagementCluster(name) => format!("Connection {name}"),
    };
    let since = problem.since.map(|since| age(since, ground.now));
    Cells {
        sign: ground.glyphs.health(problem.severity),
        role: verdict::role(problem.severity),
        since: Shown::line(since.as_deref().unwrap_or_default()),
        management_cluster: Shown::line(&places(problem)),
        root: Shown::line(&root),
        suffers: Shown::line(&suffers(problem)),
        waits_for: Shown::ours(problem.waits_for.word()),
        line: Shown::line(brief(&problem.line)),
    }
}

/// The management cluster that the problem is in, or how many they are.
fn places(problem: &Problem) -> String {
    let first = problem.root.management_cluster();
    let alike = problem.alike.iter().map(|key| &key.management_cluster);
    let all: BTreeSet<&ManagementCluster> = alike.chain([first]).collect();
    match all.len() {
        1 => first.to_string(),
        more => format!("{more} of them"),
    }
}

/// `5 in 1`: objects, and clusters where there are any. Of what is in a management cluster that is not reached nothing is known.
fn suffers(problem: &Problem) -> String {
    match problem.clusters {
        0 if matches!(problem.root, Root::ManagementCluster(_)) => "all".to_owned(),
        0 => problem.objects().to_string(),
        clusters => format!("{} in {clusters}", problem.objects()),
    }
}

/// The problem whole: what it says, the way to it, who suffers, who has to act.
fn about(problem: &Problem, ground: detail::Ground<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut heading = match &problem.root {
        Root::Object(key) => Line::new()
            .text(Role::Section, &key.kind.kind)
            .text(Role::Heading, &format!(" {}", key.object))
            .text(Role::Dim, &format!(" in {}", key.management_cluster)),
        Root::ManagementCluster(name) => {
            Line::ours(Role::Section, "management cluster").text(Role::Heading, &format!(" {name}"))
        }
    };
    if !problem.alike.is_empty() {
        heading = heading.text(Role::Text, &format!(" and {} like it", problem.alike.len()));
    }
    if let Some(since) = problem.since {
        heading = heading.text(
            Role::Dim,
            &format!("  {} for {}", problem.severity.as_str(), age(since, ground.now)),
        );
    }
    lines.push(heading);
    let role = verdict::role(problem.severity);
    lines.extend(
        wrap(&problem.line, width)
            .into_iter()
            .take(3)
            .map(|text| Line::new().shown(role, text)),
    );
    let waits = format!("waits for {}", problem.waits_for.sentence());
    lines.push(Line::new().text(Role::Note, &waits));
    if let (WaitsFor::Drain, Root::Object(key)) = (&problem.waits_for, &problem.root) {
        let held = drain::told(ground.fleet, key, &problem.uid);
        lines.extend(
            held.iter()
                .flat_map(|held| Line::new().text(Role::Text, held).wrapped(width, 2)),
        );
    }
    if !problem.path.is_empty() {
        let between = format!(" {} ", ground.glyphs.arrow);
        let way: Vec<String> = problem
            .path
            .iter()
            .map(|key| format!("{} {}", key.kind.kind, key.object.name))
            .collect();
        let way = Line::ours(Role::Dim, "way to it: ").text(Role::Text, &way.join(&between));
        lines.extend(way.wrapped(width, 2));
    }
    lines.extend(named("like it: ", &problem.alike, width));
    // Those on the way to it are named there.
    let others: Vec<ObjectKey> = problem
        .victims
        .iter()
        .filter(|key| !problem.path.contains(key))
        .cloned()
        .collect();
    let what = if problem.path.is_empty() {
        "suffer from it: "
    } else {
        "suffer from it too: "
    };
    lines.extend(named(what, &others, width));
    lines
}

/// Objects by their names, as many as are few, behind what is said of them.
fn named(what: &'static str, keys: &[ObjectKey], width: usize) -> Vec<Line> {
    if keys.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = keys
        .iter()
        .take(FEW_NAMES)
        .map(|key| format!("{} {}", key.kind.kind, key.object.name))
        .collect();
    let more = match keys.len().saturating_sub(FEW_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let who = Line::ours(Role::Dim, what).text(Role::Text, &format!("{}{more}", names.join(", ")));
    who.wrapped(width, 2)
}

/// The sessions of what is shown.
fn sessions<'a>(fleet: &'a FleetStore, ground: Ground<'a>) -> impl Iterator<Item = &'a Session> {
    let sessions = fleet.sessions().map(AsRef::as_ref);
    sessions
        .filter(move |session: &&Session| ground.only.is_none_or(|only| session.management_cluster == *only))
}

/// The management clusters that are still being read.
fn reading<'a>(fleet: &'a FleetStore, ground: Ground<'a>) -> Vec<&'a str> {
    let reading = sessions(fleet, ground).filter(|session| !session.connection.is_settled());
    reading
        .map(|session| session.management_cluster.as_str())
        .collect()
}

/// What stands there without a problem: all well, something hidden, not read yet and not reachable never look alike.
fn instead(state: &State, ground: Ground<'_>) -> Vec<Line> {
    let (fleet, hidden, coming) = (ground.prose.fleet, state.elsewhere, state.problems.on_their_way());
    let width = usize::from(ground.size.0.saturating_sub(2));
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |line: Line| lines.extend(line.wrapped(width, usize::MAX));
    if let Some(filter) = state.filter.as_ref().filter(|_| state.filtered > 0) {
        let what = format!(
            "no problem here matches /{}; it hides {}",
            filter.text(),
            state.filtered
        );
        say(Line::new().text(Role::Text, &what));
        return lines;
    }
    let sessions = || sessions(fleet, ground);
    let names = reading(fleet, ground);
    let still_read = || {
        let still = format!("still being read: {}", names.join(", "));
        Line::new().text(Role::Dim, &still)
    };
    let idle = sessions().filter(|session| session.connection == Connection::Idle);
    let idle: Vec<&str> = idle.map(|session| session.management_cluster.as_str()).collect();
    if let Some(preparing) = ground.preparing {
        say(Line::ours(Role::Progressing, "nothing is known to be wrong yet"));
        let still = Line::ours(Role::Dim, "not everything is there: ");
        say(still.shown(Role::Dim, preparing.clone()));
        if !names.is_empty() {
            say(still_read());
        }
    } else if sessions().next().is_none() {
        say(Line::ours(Role::Dim, "no management cluster is known yet"));
    } else if names.is_empty() {
        say(match connection::on_their_way(coming, ground.prose.now) {
            None => Line::ours(Role::Good, "everything that is read is as it should be"),
            Some(still) => Line::ours(Role::Progressing, "nothing is known to be wrong; ")
                .text(Role::Progressing, &still),
        });
        if coming.person.held_drain {
            for held in drain::told_of_all(fleet) {
                say(Line::new().text(Role::Text, &held));
            }
        }
    } else {
        say(Line::ours(Role::Progressing, "nothing is known to be wrong yet"));
        say(still_read());
    }
    if !idle.is_empty() {
        let idle = format!(
            "not connected, so that nothing is known of it: {}",
            idle.join(", ")
        );
        say(Line::new().text(Role::Dim, &idle));
    }
    let denied = sessions().filter(|session| !session.denied.is_empty());
    for session in denied {
        let kinds: Vec<&str> = session.denied.iter().map(|kind| kind.kind.as_ref()).collect();
        let what = format!(
            "{} does not allow to read {}",
            session.management_cluster,
            kinds.join(", ")
        );
        say(Line::new().text(Role::Warning, &what));
    }
    if hidden > 0 {
        let problems = if hidden == 1 { "problem" } else { "problems" };
        let what = format!("{hidden} {problems} in the part of the fleet that is not shown");
        say(Line::new().text(Role::Warning, &what));
    }
    lines
}
