//! What the screen of the management clusters holds: its rows, written out, and what is told of the one under the cursor.

use std::collections::HashMap;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::filter::Filter;
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;

use crate::age::age;
use crate::command::Move;
use crate::connection;
use crate::detail::{Ground, cluster, group};
use crate::list::List;
use crate::prose::Line;
use crate::remarks::remarks;
use crate::subject::Subject;
use crate::theme::Role;

/// So many of the numbers are keys.
const KEYS: usize = 9;

/// How the connection stands has room above the rest of its column in so many lines.
const FEW_LINES: usize = 5;

/// From this width what is told of one stands in two columns.
const TWO_COLUMNS_FROM: u16 = 76;

/// A row, by what it is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Row {
    /// A group of the fleet file; nothing is the heading of those that are in none.
    Group(Option<CompactString>),
    /// A management cluster.
    One(ManagementCluster),
}

/// What a row says, by columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    /// The number that shows it alone, as a key or behind `:ctx`, and whether it is a key.
    pub(super) number: (Shown, Role),
    pub(super) name: Shown,
    /// The sign and the word of its state, and their role.
    pub(super) state: (Shown, Role),
    /// How old what is known of it is.
    pub(super) fresh: Shown,
    pub(super) latency: Shown,
    pub(super) era: Shown,
    /// Cluster API's version.
    pub(super) core: Shown,
    pub(super) kubernetes: Shown,
    pub(super) login: Shown,
    /// What is in the way, or what is to be known of it.
    pub(super) note: (Shown, Role),
}

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    filter: Option<Filter>,
    /// How many management clusters it hides.
    hidden: usize,
    pub(in crate::screens) list: List<Row>,
    pub(super) cells: HashMap<ManagementCluster, Cells>,
    /// How the one under the cursor stands, where that takes many words, of a plugin or a server: they get the whole width.
    pub(super) top: Vec<Line>,
    /// What is told of the one under the cursor.
    pub(super) left: Vec<Line>,
    pub(super) right: Vec<Line>,
    pub(super) size: (u16, u16),
    /// Rows of the list that are seen at once.
    pub(super) rows: u16,
}

impl State {
    /// Opens the screen on this management cluster, or on the first.
    pub fn open(at: Option<ManagementCluster>, ground: Ground<'_>, size: (u16, u16)) -> Self {
        let mut state = Self::default();
        state.resize(size, ground);
        if let Some(at) = at {
            state.list.put(&Row::One(at));
        } else if let Some(Row::Group(_)) = state.list.cursor() {
            state.list.go(Move::Down);
        }
        state.tell(ground);
        state
    }

    /// Takes another size.
    pub fn resize(&mut self, size: (u16, u16), ground: Ground<'_>) {
        self.size = size;
        self.refresh(ground);
    }

    /// Writes everything anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        let sessions = ground.fleet.sessions().enumerate();
        let cells = sessions.map(|(index, session)| {
            let written = cells(index, session, ground);
            (session.management_cluster.clone(), written)
        });
        self.cells = cells.collect();
        let all = self.cells.len();
        if let Some(filter) = &self.filter {
            self.cells.retain(|name, cells| {
                let session = ground.fleet.session(name);
                let group = session.and_then(|session| session.group.as_deref());
                filter.is_of_group(group) && filter.matches_place(name, &cells.told(group))
            });
        }
        self.hidden = all - self.cells.len();
        self.list.set(rows(ground.fleet, &self.cells));
        // The list gets what it needs and at most half; the rest tells of the one under the cursor.
        let wanted = u16::try_from(self.list.rows().len()).unwrap_or(u16::MAX);
        self.rows = wanted.min(self.size.1.div_ceil(2)).max(1);
        self.list.resize(self.rows);
        self.tell(ground);
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
    }

    /// Tells of the one that the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        (self.top, self.left, self.right) = (Vec::new(), Vec::new(), Vec::new());
        let width = usize::from(self.size.0.saturating_sub(2));
        let half = if self.is_wide() { width / 2 - 1 } else { width };
        match self.list.cursor() {
            Some(Row::One(name)) => {
                (self.left, self.right) = cluster::panes(name, ground, half, half);
                if cluster::stands(name, ground, half).len() > FEW_LINES {
                    self.top = cluster::stands(name, ground, width);
                    (self.left, self.right) = cluster::around(name, ground, half, half);
                }
            }
            Some(Row::Group(group)) => self.left = group::about(group.as_ref(), half),
            None => self.left = self.nothing(ground),
        }
    }

    /// Why there is no row.
    fn nothing(&self, ground: Ground<'_>) -> Vec<Line> {
        let said = match &self.filter {
            Some(filter) if self.hidden > 0 => format!(
                "no management cluster matches /{}; it hides {}",
                filter.text(),
                self.hidden
            ),
            Some(_) | None if ground.fleet.sessions().next().is_none() => {
                "no management cluster is known yet".to_owned()
            }
            Some(_) | None => return Vec::new(),
        };
        vec![Line::new().text(Role::Text, &said)]
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (self.filter.as_ref(), false, self.hidden)
    }

    /// The filter, to be changed; the rows have to be made anew.
    pub fn filter_mut(&mut self) -> &mut Option<Filter> {
        &mut self.filter
    }

    /// Whether what is told stands in two columns.
    pub(super) fn is_wide(&self) -> bool {
        self.size.0 >= TWO_COLUMNS_FROM
    }

    /// The management cluster under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        match self.list.cursor()? {
            Row::One(name) => Some(Subject::ManagementCluster(name.clone())),
            Row::Group(_) => None,
        }
    }

    /// The group whose heading is under the cursor.
    pub fn group(&self) -> Option<&CompactString> {
        match self.list.cursor()? {
            Row::Group(group) => group.as_ref(),
            Row::One(_) => None,
        }
    }

    /// First and last management cluster that is seen, from 1, and how many there are; headings are none.
    pub(super) fn position(&self) -> (usize, usize, usize) {
        let ones = |rows: &[Row]| rows.iter().filter(|row| matches!(row, Row::One(_))).count();
        let (first, last, _) = self.list.position();
        let until = |end: usize| ones(self.list.rows().get(..end).unwrap_or_default());
        (
            until(first.saturating_sub(1)) + 1,
            until(last),
            until(self.list.rows().len()),
        )
    }
}

impl Cells {
    /// All that is told of it, for a filter.
    fn told(&self, group: Option<&str>) -> String {
        let texts = [
            &self.state.0,
            &self.fresh,
            &self.era,
            &self.core,
            &self.kubernetes,
            &self.login,
            &self.note.0,
        ];
        let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).chain(group).collect();
        texts.join(" ")
    }
}

/// The rows that are written: by groups in the order in which they are first named, and those in no group last. Without groups, no heading.
fn rows(fleet: &FleetStore, written: &HashMap<ManagementCluster, Cells>) -> Vec<Row> {
    let mut groups: Vec<Option<CompactString>> = Vec::new();
    for session in fleet.sessions().filter(|session| session.group.is_some()) {
        if !groups.contains(&session.group) {
            groups.push(session.group.clone());
        }
    }
    let headed = !groups.is_empty();
    groups.push(None);
    let mut rows = Vec::new();
    for group in groups {
        let members = fleet
            .sessions()
            .filter(|session| session.group == group && written.contains_key(&session.management_cluster));
        let names: Vec<_> = members
            .map(|session| session.management_cluster.clone())
            .collect();
        if headed && !names.is_empty() {
            rows.push(Row::Group(group));
        }
        rows.extend(names.into_iter().map(Row::One));
    }
    rows
}

fn cells(index: usize, session: &Session, ground: Ground<'_>) -> Cells {
    let state = format!(
        "{} {}",
        ground.glyphs.connection(&session.connection),
        connection::word(&session.connection)
    );
    let core = session.providers.iter().find(|(name, _)| name == "cluster-api");
    let role = if index < KEYS { Role::Key } else { Role::Dim };
    let number = (Shown::line(&(index + 1).to_string()), role);
    Cells {
        number,
        name: Shown::line(session.management_cluster.as_str()),
        state: (Shown::line(&state), connection::role(&session.connection)),
        fresh: fresh(session, ground.now),
        latency: session
            .latency
            .map(|latency| Shown::line(&format!("{} ms", latency.as_millis())))
            .unwrap_or_default(),
        era: session
            .era
            .map(|era| Shown::ours(connection::era_short(era)))
            .unwrap_or_default(),
        core: core.map(|(_, version)| Shown::line(version)).unwrap_or_default(),
        kubernetes: session
            .server_version
            .as_deref()
            .map(Shown::line)
            .unwrap_or_default(),
        login: session
            .login
            .as_ref()
            .map(|login| Shown::line(&login.way))
            .unwrap_or_default(),
        note: note(session, ground),
    }
}

/// How old what is known is: `now` while it is live.
fn fresh(session: &Session, now: Timestamp) -> Shown {
    if session.is_live() {
        return Shown::ours("now");
    }
    match session.known_until() {
        Some(known) => Shown::line(&format!("{} ago", age(known, now))),
        None => Shown::ours("never"),
    }
}

/// What is in the way; where nothing is, what a careful person wants to know.
fn note(session: &Session, ground: Ground<'_>) -> (Shown, Role) {
    let sentence = connection::sentence(session, ground.now);
    if !sentence.as_str().is_empty() {
        return (sentence, connection::role(&session.connection));
    }
    let remarks = remarks(session);
    let role = if remarks.iter().any(|remark| remark.is_alarming) {
        Role::Warning
    } else {
        Role::Dim
    };
    let texts: Vec<_> = remarks.iter().map(|remark| remark.text.as_str()).collect();
    (
        Shown::line(&texts.join(&format!(" {} ", ground.glyphs.dot))),
        role,
    )
}
