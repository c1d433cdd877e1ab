//! What the screen of nodes holds: clusters whose nodes are not known first, then the nodes, and what is told of the row under the
//! cursor. The nodes are asked for while it is looked at.

use compact_str::CompactString;
use fleetui_api::kinds::Role as Part;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::health::Health;
use fleetui_fleet::nodes::{NodeOptions, NodeRow, Nodes, Unread, clusters};
use fleetui_fleet::workload::Readiness;
use jiff::Timestamp;

use super::about;
use crate::age::age;
use crate::command::Move;
use crate::grid::{self, Placed, Wish, place};
use crate::list::{Ground, List};
use crate::not_read::{self, NotRead, not_read};
use crate::prose::Line;
use crate::subject::Subject;
use crate::theme::Role;
use crate::verdict;
use crate::within::Within;

/// Cells before the name: the cursor and the sign.
pub(super) const BEFORE: u16 = 3;
/// How old what depends on the time alone may become.
const OLD_AFTER_SECONDS: i64 = 10;

/// A row: what it is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Row {
    /// A Cluster whose nodes are not known.
    Unread(ObjectKey),
    /// A node of a Cluster, by its name and uid.
    Node(ObjectKey, CompactString, CompactString),
    /// A management cluster whose Clusters are not known.
    Away(ManagementCluster),
}

impl Row {
    fn cluster(&self) -> Option<&ObjectKey> {
        match self {
            Self::Unread(cluster) | Self::Node(cluster, ..) => Some(cluster),
            Self::Away(_) => None,
        }
    }
}

/// What has to be read for it.
const CLUSTERS: not_read::About = not_read::About {
    part: Part::Cluster,
    word: "Clusters",
};

/// The screen.
#[derive(Debug, Default)]
pub struct State {
    pub(super) options: NodeOptions,
    /// What was asked for with it, whatever is shown elsewhere.
    within: Within,
    /// The Cluster that alone is meant.
    of: Option<ObjectKey>,
    /// The node that the cursor goes to once it is there.
    sought: Option<CompactString>,
    pub(super) nodes: Nodes,
    /// Whether what is shown may be of several management clusters.
    several: bool,
    /// Clusters that were asked in vain; the others are only being read.
    failed: Vec<Unread>,
    /// Management clusters whose Clusters are not known, so that nobody was asked.
    away: Vec<NotRead>,
    pub(in crate::screens) list: List<Row>,
    needs: Vec<u16>,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    built: Timestamp,
    /// What is told of the row under the cursor; where there is no row, why.
    pub(super) about: Vec<Line>,
}

/// A cell: its text and its role.
pub(super) type Cell = (Shown, Role);

/// The columns: title, least, usual and most cells, rank.
const COLUMNS: [(&str, u16, u16, u16, u8); 11] = [
    ("", 14, 20, 44, 0),
    ("CLUSTER", 8, 16, 30, 4),
    ("STATUS", 8, 12, 27, 1),
    ("ROLES", 6, 13, 24, 5),
    ("VERSION", 8, 8, 24, 4),
    ("AGE", 4, 4, 6, 7),
    ("MACHINE", 14, 24, 44, 6),
    ("INTERNAL-IP", 11, 13, 39, 9),
    ("MANAGEMENT", 11, 12, 24, 8),
    ("NAMESPACE", 9, 12, 20, 10),
    ("MESSAGE", 12, 30, 12, 3),
];

/// Cells from which on the counts have room for their words.
const WIDE: u16 = 100;
/// The column of what nodes are at.
const STATUS: usize = 2;
/// The column of management clusters, and its rank where there are several of them: equal rows of two cannot be told apart.
const MANAGEMENT: usize = 8;
const RANK_OF_SEVERAL: u8 = 2;
/// The columns of names: of the node, its cluster and its machine.
pub(super) const NAMES: [usize; 3] = [0, 1, 6];

impl State {
    /// Opens the screen: of one Cluster, or within what was asked for.
    pub fn open(
        (of, within): (Option<ObjectKey>, Within),
        filter: Option<Filter>,
        ground: Ground<'_>,
    ) -> Self {
        let mut state = Self {
            within,
            of,
            options: NodeOptions {
                filter,
                ..NodeOptions::default()
            },
            ..Self::default()
        };
        state.resize(ground);
        state
    }

    /// Puts the cursor on the node of this name, now or once it is read.
    pub fn seek(&mut self, node: CompactString, ground: Ground<'_>) {
        self.sought = Some(node);
        self.refresh(ground);
    }

    /// The Clusters whose nodes are looked at, each with its uid.
    pub fn wanted(&self, fleet: &FleetStore) -> Vec<(ObjectKey, CompactString)> {
        clusters(fleet, &self.options)
    }

    /// Takes another size.
    pub fn resize(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        self.needs.clear();
        self.refresh(ground);
    }

    /// Makes the rows anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        if let Some(cluster) = &self.of {
            self.options.only = Some(cluster.management_cluster.clone());
            self.options.namespace = Some(cluster.object.namespace.clone());
            self.options.cluster = Some(cluster.object.name.clone());
        } else {
            self.options.only = self.within.only(ground);
            self.options.namespace = self.within.only_namespace(ground);
        }
        (self.now, self.built) = (ground.now, ground.now);
        self.several = self.options.only.is_none() && ground.fleet.sessions().nth(1).is_some();
        self.nodes = Nodes::build(ground.fleet, &self.options, ground.now);
        let failed = self.nodes.unread.iter().filter(|unread| unread.why.is_some());
        self.failed = failed.cloned().collect();
        let unread = self.failed.iter().map(|it| Row::Unread(it.cluster.key()));
        let nodes = self.nodes.rows.iter().map(|it| {
            let (name, uid) = (it.node.name.clone(), it.node.uid.clone());
            Row::Node(it.cluster.key(), name, uid)
        });
        let cursor = self.list.cursor().filter(|_| self.list.is_held()).cloned();
        self.away = not_read(CLUSTERS, ground, self.options.only.as_ref());
        let away = self
            .away
            .iter()
            .map(|it| Row::Away(it.management_cluster.clone()));
        self.list.set(unread.chain(nodes).chain(away).collect());
        self.stay_in_cluster(cursor);
        self.find_sought();
        self.list.resize(self.rows());
        self.measure();
        self.tell(ground);
    }

    /// Where the row under the cursor has gone, as its Cluster answers now or does not any more, another one of that Cluster is under
    /// it.
    fn stay_in_cluster(&mut self, before: Option<Row>) {
        let Some(before) = before.filter(|row| !self.list.rows().contains(row)) else {
            return;
        };
        let Some(cluster) = before.cluster() else { return };
        let other = self.list.rows().iter().find(|row| row.cluster() == Some(cluster));
        if let Some(other) = other.cloned() {
            self.list.put(&other);
        }
    }

    fn find_sought(&mut self) {
        let rows = self.list.rows().iter();
        let is_sought = |row: &&Row| match row {
            Row::Node(_, name, _) => Some(name) == self.sought.as_ref(),
            Row::Unread(_) | Row::Away(_) => false,
        };
        if let Some(row) = rows.rev().find(is_sought).cloned() {
            self.list.put(&row);
            self.sought = None;
        }
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
        self.sought = None;
        self.list.go(command);
        self.measure();
    }

    /// Tells of what the cursor is on now.
    pub fn tell(&mut self, ground: Ground<'_>) {
        let width = usize::from(self.size.0.saturating_sub(4)).max(1);
        let at = self.list.at();
        self.about = match (self.failed.get(at), self.node_at(at), self.list.cursor()) {
            (Some(unread), ..) => about::unread(unread, ground.now, width),
            (None, Some(node), _) => about::node(node, ground.now, width),
            // Where there is no node at all it is told why of every management cluster.
            (None, None, Some(Row::Away(name))) if at > 0 => {
                not_read::told(name, (CLUSTERS, "nodes"), ground, width)
            }
            (None, None, _) => about::nothing(self, ground, width),
        };
    }

    /// What the row under the cursor stands for: the Machine of the node, or its Cluster.
    pub fn subject(&self) -> Option<Subject> {
        let at = self.list.at();
        let unread = self.failed.get(at).map(|unread| unread.cluster.key());
        if let Some(Row::Away(name)) = self.list.cursor() {
            return Some(Subject::ManagementCluster(name.clone()));
        }
        unread
            .or_else(|| self.node_at(at).map(NodeRow::key))
            .map(Subject::Object)
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        let options = &self.options;
        (options.filter.as_ref(), options.faults_only, self.nodes.hidden)
    }

    /// The same, to be changed; the rows have to be made anew.
    pub fn sieve_mut(&mut self) -> (&mut Option<Filter>, &mut bool) {
        (&mut self.options.filter, &mut self.options.faults_only)
    }

    /// The command line that opens this screen.
    pub fn command(&self) -> String {
        let within = Within {
            at: self.options.only.clone(),
            ..self.within.clone()
        };
        within.line("nodes", self.options.filter.as_ref())
    }

    /// What was asked for with it.
    pub fn within(&self) -> &Within {
        &self.within
    }

    /// Rows of the list that are seen at once: what it needs, and at most three fifths.
    pub(super) fn rows(&self) -> u16 {
        let wanted = u16::try_from(self.list.rows().len()).unwrap_or(u16::MAX);
        let most = u16::try_from(u32::from(self.size.1) * 3 / 5).unwrap_or(self.size.1);
        wanted.min(most).max(1)
    }

    fn node_at(&self, index: usize) -> Option<&NodeRow> {
        self.nodes.rows.get(index.checked_sub(self.failed.len())?)
    }

    /// Where the columns stand.
    pub(super) fn columns(&self) -> Vec<Placed> {
        let wishes: Vec<Wish> = (0..COLUMNS.len()).filter_map(|index| self.wish(index)).collect();
        place(&wishes, &self.needs, self.size.0.saturating_sub(BEFORE + 1))
    }

    fn wish(&self, index: usize) -> Option<Wish> {
        let (_, least, usual, most, rank) = *COLUMNS.get(index)?;
        let rank = if index == MANAGEMENT && self.several {
            RANK_OF_SEVERAL
        } else {
            rank
        };
        Some(Wish {
            title: self.title(index),
            least,
            usual,
            most,
            rank,
        })
    }

    /// The title of a column; of the names, how many nodes there are.
    pub(super) fn title(&self, index: usize) -> Shown {
        let (seen, hidden) = (self.nodes.rows.len(), self.nodes.hidden);
        match (index, hidden) {
            (0, 0) => Shown::line(&format!("NODES {seen}")),
            (0, _) => Shown::line(&format!("NODES {seen} of {}", seen + hidden)),
            _ => Shown::ours(COLUMNS.get(index).map_or("", |(title, ..)| title)),
        }
    }

    /// Sign and cells of a row.
    pub(super) fn cells(&self, index: usize) -> Option<(Health, Vec<Cell>)> {
        if let Some(unread) = self.failed.get(index) {
            return Some((Health::Unknown, unread_cells(unread)));
        }
        let before = self.failed.len() + self.nodes.rows.len();
        if let Some(away) = index.checked_sub(before) {
            let places = [STATUS, MANAGEMENT, COLUMNS.len() - 1];
            let cells = self.away.get(away)?.cells(COLUMNS.len(), places);
            return Some((Health::Unknown, cells));
        }
        let node = self.node_at(index)?;
        let mut cells = node_cells(node, self.now);
        let key = node.cluster.key();
        if self.failed.iter().any(|unread| unread.cluster.key() == key) {
            for (_, role) in &mut cells {
                *role = Role::Dim;
            }
        }
        Some((node.verdict.health, cells))
    }

    /// How many are well, and how many clusters are still being read, in one line.
    pub(super) fn counts(&self) -> String {
        let rows = &self.nodes.rows;
        let ready = rows
            .iter()
            .filter(|it| it.node.readiness == Readiness::Ready)
            .count();
        let cordoned = rows.iter().filter(|it| it.node.cordoned).count();
        let counted = [
            (ready, "ready"),
            (rows.len() - ready, "not ready"),
            (cordoned, "cordoned"),
        ];
        let mut parts: Vec<String> = counted
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if !self.away.is_empty() {
            parts.insert(0, format!("{} not read", self.away.len()));
        }
        let clusters = self.nodes.clusters;
        let failed = self.failed.len();
        match (self.nodes.unread.len() - failed, failed) {
            (0, 0) => {}
            // Beside the management clusters there is no room for all of that.
            (reading, failed) if !self.away.is_empty() && self.size.0 < WIDE => {
                parts.extend((reading > 0).then(|| format!("{reading} being read")));
                parts.extend((failed > 0).then(|| format!("{failed} silent")));
            }
            (0, 1) => parts.push(format!("1 of {clusters} clusters does not answer")),
            (0, _) => parts.push(format!("{failed} of {clusters} clusters do not answer")),
            (reading, 0) => parts.push(format!("reading {reading} of {clusters} clusters")),
            (reading, _) => parts.push(format!(
                "of {clusters} clusters reading {reading}, {failed} silent"
            )),
        }
        parts.join(", ")
    }

    /// Columns grow to what is in view.
    fn measure(&mut self) {
        let mut needs = std::mem::take(&mut self.needs);
        needs.resize(COLUMNS.len(), 0);
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

fn node_cells(row: &NodeRow, now: Timestamp) -> Vec<Cell> {
    let (node, cluster) = (&row.node, &row.cluster);
    let text = |text: &str, role: Role| (Shown::line(text), role);
    let machine = row.machine.as_ref();
    let now = now.checked_add(row.ahead).unwrap_or(now);
    let created = node.created.map(|created| age(created, now)).unwrap_or_default();
    let role = verdict::role(row.verdict.health);
    vec![
        text(&node.name, Role::Text),
        text(&cluster.facts.object.name, Role::Text),
        text(&node.status(), role),
        text(&node.role(), Role::Dim),
        text(&node.version, Role::Text),
        text(&created, Role::Dim),
        text(
            machine.map_or("", |machine| machine.facts.object.name.as_str()),
            Role::Text,
        ),
        text(&node.internal_ip, Role::Dim),
        text(cluster.management_cluster.as_str(), Role::Heading),
        text(&cluster.facts.object.namespace, Role::Dim),
        text(&row.verdict.line, role),
    ]
}

fn unread_cells(unread: &Unread) -> Vec<Cell> {
    let text = |text: &str, role: Role| (Shown::line(text), role);
    let none = || (Shown::default(), Role::Text);
    let cluster = &unread.cluster;
    let known = if unread.read_at.is_some() {
        "(as they were)"
    } else {
        "(not known)"
    };
    vec![
        text(known, Role::Dim),
        text(&cluster.facts.object.name, Role::Text),
        text("unknown", Role::Unknown),
        none(),
        none(),
        none(),
        none(),
        none(),
        text(cluster.management_cluster.as_str(), Role::Heading),
        text(&cluster.facts.object.namespace, Role::Dim),
        text(unread.why.as_deref().unwrap_or_default(), Role::Unknown),
    ]
}
