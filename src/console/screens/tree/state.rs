//! What the tree screen holds: the built tree, which of its lines are drawn where, and the cursor.
//!
//! The cursor is a node, never an index: whatever happens to the fleet, it stays on its object, or goes to the nearest
//! line that is still there. Until the person has moved it, or has done something with its line, it stays on the first one.

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::session::Connection;
use fleetui_fleet::summary::Summary;
use fleetui_fleet::tree::{Fold, Line, Node, Tree, TreeOptions};
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;

use super::columns::{Placed, columns, step};
use super::name::needs;
use crate::connection;
use crate::marks::{Id, Marks};
use crate::subject::Subject;

/// One drawn line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// The line of the tree with this index.
    Line(usize),
    /// A text under a management cluster that has no rows to show; the index of that management cluster's line.
    Note(usize),
    /// A line of the cell editor under the row with this index, and which of its lines.
    Under(usize, usize),
}

/// A node that has lines of the cell editor below, and how many.
pub type Under = (Node, usize);

impl Drawn {
    /// The line that it is, or that it belongs to.
    fn index(self) -> usize {
        let (Self::Line(index) | Self::Note(index) | Self::Under(index, _)) = self;
        index
    }
}

/// The tree screen.
#[derive(Debug)]
pub struct State {
    /// What is shown of the fleet.
    pub options: TreeOptions,
    /// Whether the person wants the detail pane.
    pub panes: bool,
    /// Where there is no kubeconfig that could name a management cluster: the files that were looked for.
    pub no_kubeconfig: Option<Vec<String>>,
    pub(super) tree: Tree,
    pub(super) drawn: Vec<Drawn>,
    /// The lines of those of `drawn` that are on the screen.
    window: Vec<Line>,
    pub(super) cursor: Option<Node>,
    /// Whether the person means the line under the cursor, and not only the first one.
    held: bool,
    /// Where the cursor is to be as soon as that is there, unless it is moved before.
    awaited: Option<Node>,
    /// Where the cursor is in `drawn`.
    pub(super) at: usize,
    /// The first of `drawn` that is on the screen.
    pub(super) offset: usize,
    pub(super) height: usize,
    /// Rows at the end of these that are lent to a reason that is longer than the lines below have room for.
    lent: usize,
    /// Cells that the columns have.
    width: u16,
    /// Cells that the longest name needs that was in view.
    widest: u16,
    pub(super) built: Timestamp,
    pub(super) marks: Marks<Id>,
    /// Those of the marked objects that are seen, from top to bottom.
    pub(super) marked: Vec<Id>,
    /// The management cluster and the namespace that were shown alone when they were marked.
    pub(super) marked_in: (Option<ManagementCluster>, Option<CompactString>),
}

impl Default for State {
    fn default() -> Self {
        Self {
            options: TreeOptions::default(),
            panes: true,
            no_kubeconfig: None,
            tree: Tree::default(),
            drawn: Vec::new(),
            window: Vec::new(),
            cursor: None,
            held: false,
            awaited: None,
            at: 0,
            offset: 0,
            height: 1,
            lent: 0,
            width: 0,
            widest: 0,
            built: Timestamp::UNIX_EPOCH,
            marks: Marks::default(),
            marked: Vec::new(),
            marked_in: (None, None),
        }
    }
}

impl State {
    /// The line under the cursor.
    pub fn line(&self) -> Option<&Line> {
        match self.drawn.get(self.at)? {
            Drawn::Line(_) => self.window.get(self.at.checked_sub(self.offset)?),
            Drawn::Note(_) | Drawn::Under(..) => None,
        }
    }

    /// The node under the cursor.
    pub fn cursor(&self) -> Option<&Node> {
        self.cursor.as_ref()
    }

    /// The object under the cursor; of a heading, the object that it stands under.
    pub fn object(&self) -> Option<&ObjectKey> {
        match self.cursor.as_ref()? {
            // The heading of what names no cluster stands for no object.
            Node::Group(key, _) if key.object.name.is_empty() => None,
            node => node.object(),
        }
    }

    /// The management cluster under the cursor.
    pub fn management_cluster(&self) -> Option<&ManagementCluster> {
        match self.cursor.as_ref()? {
            Node::Fleet(_) => None,
            Node::ManagementCluster(management_cluster) => Some(management_cluster),
            Node::Object(key) | Node::Group(key, _) | Node::Beside(key, _) | Node::Missing(key, _) => {
                Some(&key.management_cluster)
            }
        }
    }

    /// What commands are meant for.
    pub fn subject(&self) -> Option<Subject> {
        match self.object() {
            Some(key) => Some(Subject::Object(key.clone())),
            None => self.management_cluster().cloned().map(Subject::ManagementCluster),
        }
    }

    /// The lines that are on the screen, from top to bottom, and whether the cursor is on them.
    pub fn on_screen(&self) -> impl Iterator<Item = (Drawn, &Line, bool)> {
        let drawn = self.drawn.get(self.offset..).unwrap_or_default();
        let rows = drawn.iter().zip(&self.window).enumerate();
        rows.map(|(row, (drawn, line))| (*drawn, line, self.offset + row == self.at))
    }

    /// How many objects the filter keeps from being seen.
    pub fn hidden(&self) -> usize {
        self.tree.hidden
    }

    /// Whether there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Counts one management cluster, whatever of it is shown.
    pub fn summary(&self, management_cluster: &ManagementCluster) -> Summary {
        self.tree.summary(management_cluster)
    }

    /// Whether something keeps rows from being seen, in the person's words.
    pub fn hidden_by(&self) -> Option<String> {
        let filter = self
            .options
            .filter
            .as_ref()
            .map(|filter| format!("/{}", filter.text()));
        match (filter, self.options.faults_only) {
            (Some(filter), true) => Some(format!("no fault here matches {filter}")),
            (Some(filter), false) => Some(format!("nothing here matches {filter}")),
            (None, true) => Some("no faults here".to_owned()),
            (None, false) => self
                .options
                .namespace
                .as_ref()
                .map(|name| format!("nothing in namespace {name}")),
        }
    }

    /// Whether a text stands under the management cluster of this line.
    pub(super) fn has_note(&self, index: usize) -> bool {
        let visible = self.drawn.get(self.offset..).unwrap_or_default();
        visible
            .iter()
            .take(self.rows() + 1)
            .any(|drawn| *drawn == Drawn::Note(index))
    }

    /// The text under a management cluster without rows.
    pub fn note(&self, session: &Session, now: Timestamp) -> Shown {
        connection::empty(session, self.hidden_by().as_deref(), now)
    }

    /// Makes a share of what building the tree anew will need, and changes nothing that is seen; says whether that was the last.
    pub fn prepare(&mut self, fleet: &FleetStore, now: Timestamp) -> bool {
        self.tree.prepare(fleet, &self.options, now, LINES_OF_A_SHARE)
    }

    /// Builds the tree anew. `under` are the nodes that have lines of the cell editor below.
    pub fn rebuild(&mut self, fleet: &FleetStore, under: &[Under], now: Timestamp) {
        let tree = self.tree.again(fleet, &self.options, now);
        let before = std::mem::replace(&mut self.tree, tree);
        let index = self.survivor(&before);
        let was_at = self.at;
        self.built = now;
        self.keep_marks(fleet);
        self.cursor = index.and_then(|index| self.tree.node(index));
        self.draw(fleet, under, index);
        // The row of the cursor stays where it was on the screen, so that what comes in above moves nothing.
        if self.offset > 0 {
            self.offset = (self.offset + self.at).saturating_sub(was_at);
        }
        self.scroll();
        if let Some(index) = self.awaited.as_ref().and_then(|node| self.tree.position(node)) {
            self.put_on(index);
        }
    }

    /// Puts the cursor on this line; where it is not there yet, once it is.
    pub fn go_back_to(&mut self, node: &Node) {
        if !self.put_on_node(node) {
            self.awaited = Some(node.clone());
        }
    }

    /// Something is done with the line under the cursor: from now on that one is meant, and not only the first one.
    pub fn hold(&mut self) {
        self.held |= self.cursor.is_some();
    }

    /// Whether the person means the line under the cursor, and not only the first one.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Decides anew which lines are drawn, without building the tree.
    pub fn arrange(&mut self, fleet: &FleetStore, under: &[Under]) {
        let index = self.cursor.as_ref().and_then(|cursor| self.tree.position(cursor));
        self.draw(fleet, under, index);
    }

    /// Decides which lines are drawn; the cursor is on the one with that index.
    fn draw(&mut self, fleet: &FleetStore, under: &[Under], cursor: Option<usize>) {
        // What is drawn besides lines stands behind the line with that index; hardly any line has such.
        let notes = self.tree.management_clusters().filter_map(|(index, name)| {
            let folded = self.tree.place(index)?.1 == Fold::Closed;
            let childless = self.tree.place(index + 1).is_none_or(|(depth, _)| depth == 0);
            // Where there is no session there is nothing to say about it.
            (childless && !folded && fleet.session(name).is_some()).then_some(Drawn::Note(index))
        });
        let under = under.iter().filter_map(|(node, lines)| {
            let index = self.tree.position(node)?;
            Some((0..*lines).map(move |nth| Drawn::Under(index, nth)))
        });
        let mut beside: Vec<Drawn> = under.flatten().chain(notes).collect();
        // Stable, so that the lines under one row stay in their order.
        beside.sort_by_key(|drawn| drawn.index());
        self.drawn.clear();
        self.drawn.reserve(self.tree.len() + beside.len());
        let mut next = 0;
        for drawn in beside {
            self.drawn.extend((next..=drawn.index()).map(Drawn::Line));
            self.drawn.push(drawn);
            next = next.max(drawn.index() + 1);
        }
        self.drawn.extend((next..self.tree.len()).map(Drawn::Line));
        self.at = cursor.and_then(|index| self.drawn_at(index)).unwrap_or(0);
        self.scroll();
    }

    /// Where in `drawn` the line with that index is: no line stands above its index, and few things stand between lines.
    fn drawn_at(&self, index: usize) -> Option<usize> {
        let at = self.drawn.partition_point(|drawn| drawn.index() < index);
        (self.drawn.get(at) == Some(&Drawn::Line(index))).then_some(at)
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.height = usize::from(height).max(1);
        // The first cell of each line is the cursor's sign, the last one keeps the columns from what stands beside them.
        self.width = width.saturating_sub(2);
        self.widest = 0;
        self.scroll();
    }

    /// Lends rows at the end to the lines below; the cursor stays on the screen.
    pub fn lend(&mut self, rows: u16) {
        let rows = usize::from(rows);
        if self.lent != rows {
            self.lent = rows;
            self.scroll();
        }
    }

    /// Rows that are lent to the lines below.
    pub fn lent(&self) -> u16 {
        u16::try_from(self.lent).unwrap_or(0)
    }

    /// Rows that lines have.
    pub(super) fn rows(&self) -> usize {
        self.height.saturating_sub(self.lent).max(1)
    }

    /// The columns.
    pub fn columns(&self) -> Vec<Placed> {
        columns(self.width, self.widest)
    }

    /// Cells by which a level is indented.
    pub fn indent(&self) -> u16 {
        step(self.width)
    }

    /// Puts the cursor on a drawn line.
    pub(super) fn put(&mut self, at: usize) {
        let Some(Drawn::Line(index)) = self.drawn.get(at) else {
            return;
        };
        if let Some(node) = self.tree.node(*index) {
            self.awaited = None;
            self.held = true;
            self.cursor = Some(node);
            self.at = at;
            self.scroll();
        }
    }

    /// Puts the cursor on the line with that index, if it is there.
    pub(super) fn put_on(&mut self, index: usize) {
        if let Some(at) = self.drawn_at(index) {
            self.put(at);
        }
    }

    /// Puts the cursor on the line of that node; says whether there is one.
    pub fn put_on_node(&mut self, node: &Node) -> bool {
        match self.tree.position(node) {
            Some(index) => {
                self.put_on(index);
                true
            }
            None => false,
        }
    }

    /// Brings the cursor, and what is under its row, onto the screen.
    pub(super) fn scroll(&mut self) {
        let height = self.rows();
        let below = self.drawn.get(self.at + 1..).unwrap_or_default();
        let notes = below
            .iter()
            .take_while(|drawn| !matches!(drawn, Drawn::Line(_)))
            .count();
        let last = self.at + notes.min(height.saturating_sub(1));
        if last >= self.offset + height {
            self.offset = last + 1 - height;
        }
        self.offset = self.offset.min(self.at);
        // No blank lines at the end while there is something above.
        self.offset = self.offset.min(self.drawn.len().saturating_sub(height));
        let end = self.drawn.len().min(self.offset + height);
        let visible = self.drawn.get(self.offset..end).unwrap_or_default();
        let lines = visible.iter().filter_map(|drawn| self.tree.line(drawn.index()));
        self.window = lines.collect();
        let step = self.indent();
        let needs = self.window.iter().map(|line| needs(line, step)).max();
        self.widest = self.widest.max(needs.unwrap_or(0));
    }

    /// The index in the new tree of the cursor's node, or of the nearest line of the old tree that is still there.
    fn survivor(&self, before: &Tree) -> Option<usize> {
        let first = (!self.tree.is_empty()).then_some(0);
        match &self.cursor {
            Some(cursor) if self.held => self.tree.nearest(before, cursor),
            Some(_) | None => first,
        }
    }

    /// What of the screen changes by time alone; equal texts mean that nothing has to be drawn.
    pub fn clock_face(&self, fleet: &FleetStore, now: Timestamp, face: &mut Vec<u8>) {
        for (drawn, line, _) in self.on_screen() {
            match (&line.row, &line.node) {
                (Some(row), _) if drawn_is_line(drawn) => {
                    if let Some(created) = row.facts.created {
                        let now = fleet.time_of(&row.management_cluster, now);
                        face.extend_from_slice(crate::age::age(created, now).as_bytes());
                    }
                }
                (_, Node::ManagementCluster(management_cluster)) => {
                    if let Some(session) = fleet.session(management_cluster)
                        && !matches!(session.connection, Connection::Live)
                    {
                        face.extend_from_slice(connection::sentence(session, now).as_str().as_bytes());
                    }
                }
                (
                    _,
                    Node::Fleet(_) | Node::Object(_) | Node::Group(..) | Node::Beside(..) | Node::Missing(..),
                ) => {}
            }
        }
    }

    /// Whether verdicts, which depend on the time, are so old that the tree should be built anew.
    pub fn is_old(&self, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.built.as_second()) >= REBUILD_AFTER_SECONDS
    }
}

/// So many lines are made in a few thousandths of a second.
const LINES_OF_A_SHARE: usize = 2_000;

/// Verdicts like "stuck since" change slowly; the tree is built anew this often even when nothing is told.
const REBUILD_AFTER_SECONDS: i64 = 20;

fn drawn_is_line(drawn: Drawn) -> bool {
    matches!(drawn, Drawn::Line(_))
}
