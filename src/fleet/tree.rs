//! The fleet tree: management cluster, Cluster, control plane and workers, down to machines and what they stand on.
//!
//! The order is that of `clusterctl describe cluster`, without its two quirks: empty MachineDeployments are shown, and
//! so are machines whose owner is missing.

use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_base::{ManagementCluster, ObjectKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::filter::Filter;
use crate::health::{Health, Verdict};
use crate::row::Row;
use crate::store::FleetStore;
use crate::summary::Summary;
use crate::table::Sort;

pub use layers::{Layer, Layers};
pub(crate) use layers::{looks_after, selector};
pub use missing::{MAY_NOT_BE_READ, missing};

use branch::{Branch, Content, Entry, What};
use gather::{Forest, Management, Share};
use show::{GROUP, HEADER, Seen};

mod branch;
mod cluster;
mod gather;
mod headings;
mod layers;
mod missing;
mod order;
mod owned;
mod place;
mod show;
mod stands_on;

/// What a line of the tree stands for; the identity of selection, folds and marks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Node {
    /// The heading of a group of management clusters; nothing is that of those that are in none.
    Fleet(Option<CompactString>),
    /// A management cluster.
    ManagementCluster(ManagementCluster),
    /// An object.
    Object(ObjectKey),
    /// A heading under an object that is none itself: `Workers`, `Other` of a Cluster, `Machines` of what makes them.
    Group(
        ObjectKey,
        #[serde(deserialize_with = "headings::heading")] Heading,
    ),
    /// An object that is shown by who has to do with it, of which there may be several, or that is in another cluster: who
    /// shows it, and the object.
    Beside(ObjectKey, ObjectKey),
    /// An object that is referenced and not there, or not readable: owner and reference. A Cluster that is not there has
    /// its own key in both places.
    Missing(ObjectKey, ObjectKey),
}

/// The words of a heading that is no object.
pub type Heading = &'static str;

impl Node {
    /// The object that is meant by what is done on its line: of a heading the object that it stands under, of a Node in
    /// another cluster its Machine.
    pub fn object(&self) -> Option<&ObjectKey> {
        match self {
            Self::Fleet(_) | Self::ManagementCluster(_) => None,
            Self::Object(key) | Self::Group(key, _) | Self::Missing(_, key) => Some(key),
            Self::Beside(owner, key) => Some(if key.kind.group.is_empty() { owner } else { key }),
        }
    }
}

/// One visible line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it stands for.
    pub node: Node,
    /// The row, for objects.
    pub row: Option<Arc<Row>>,
    /// Depth; management clusters are 0, and so are the headings of their groups.
    pub depth: u8,
    /// For each depth up to its own, whether an ancestor (or itself) is the last child: bit n is depth n. For the guides.
    pub last: u64,
    /// Whether something is below it, and whether it is unfolded.
    pub fold: Fold,
    /// How it is doing, itself.
    pub verdict: Verdict,
    /// The worst that is below it; for folded lines.
    pub below: Option<Health>,
    /// The counters to show: the object's own; of `Workers` and of Clusters that report none, the sum of what is below.
    pub replicas: Option<Replicas>,
    /// The version to show: the object's own; of a Cluster without a topology, its control plane's.
    pub version: Option<CompactString>,
}

/// Whether a line has something below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Nothing below.
    Leaf,
    /// Below are lines that are shown.
    Open,
    /// Below are lines that are not shown.
    Closed,
}

/// What of the fleet is shown, and how.
#[derive(Debug, Clone, Default)]
pub struct TreeOptions {
    /// Only this management cluster.
    pub only: Option<ManagementCluster>,
    /// Only this namespace, in every management cluster.
    pub namespace: Option<CompactString>,
    /// Lines whose fold differs from the default (management clusters, Clusters, control planes, Workers open; MachineDeployments
    /// open; machines closed).
    pub toggled: HashSet<Node>,
    /// Only what matches, with its ancestors.
    pub filter: Option<Filter>,
    /// In place of `toggled` while there is a filter, which unfolds everything on the way to what it finds, and folds what it
    /// finds where nothing below it matches.
    pub toggled_in_filter: HashSet<Node>,
    /// Only what is not as it should be, with its ancestors.
    pub faults_only: bool,
    /// The order of siblings, where they do not stand as `clusterctl describe cluster` has them. Management clusters keep theirs.
    pub sort: Option<Sort>,
    /// What is shown besides what is always there.
    pub layers: Layers,
    /// Infrastructure and bootstrap objects shown even where they say the same as their machine.
    pub echo: bool,
    /// Sibling machines of which there is nothing to say shown as one line, which unfolds.
    pub grouping: bool,
}

/// The tree, flattened to what is visible. Lines are made when they are asked for; a screen asks for few.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Objects that filter or faults-only keep from being seen.
    pub hidden: usize,
    forest: Forest,
    seen: Vec<Seen>,
    /// What `prepare` has made, which is not seen yet.
    ahead: Option<Forest>,
}

impl Tree {
    /// Builds the visible lines as they are at `now`. Linear in the rows of the fleet.
    pub fn build(store: &FleetStore, options: &TreeOptions, now: Timestamp) -> Self {
        Self::default().again(store, options, now)
    }

    /// The same tree as `build` gives, from what of this one still holds. The store has to be the one that this tree was built
    /// from, whatever it was told since.
    #[must_use]
    pub fn again(&self, store: &FleetStore, options: &TreeOptions, now: Timestamp) -> Self {
        let before = self.ahead.as_ref().unwrap_or(&self.forest);
        let forest = before.again(store, options, now, &mut Share::whole());
        let (seen, hidden) = show::show(&forest, options, now);
        Self {
            hidden,
            forest,
            seen,
            ahead: None,
        }
    }

    /// Makes about `lines` lines of what `again` will need, and changes nothing that is seen. Says whether all of it is made, so that
    /// `again` takes hardly any time.
    pub fn prepare(
        &mut self,
        store: &FleetStore,
        options: &TreeOptions,
        now: Timestamp,
        lines: usize,
    ) -> bool {
        let before = self.ahead.as_ref().unwrap_or(&self.forest);
        let mut share = Share::of(lines.max(1));
        self.ahead = Some(before.again(store, options, now, &mut share));
        !share.left
    }

    /// Number of visible lines.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The visible lines from top to bottom.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Line> + DoubleEndedIterator {
        self.seen.iter().map(|seen| self.make(*seen))
    }

    /// A visible line.
    pub fn line(&self, index: usize) -> Option<Line> {
        self.seen.get(index).map(|seen| self.make(*seen))
    }

    /// What a visible line stands for.
    pub fn node(&self, index: usize) -> Option<Node> {
        self.seen.get(index).map(|seen| self.node_of(*seen))
    }

    /// Depth and fold of a visible line.
    pub fn place(&self, index: usize) -> Option<(u8, Fold)> {
        self.seen.get(index).map(|seen| (seen.depth, seen.fold))
    }

    /// The management clusters' lines, and what they stand for.
    pub fn management_clusters(&self) -> impl Iterator<Item = (usize, &ManagementCluster)> {
        let headers = self
            .seen
            .iter()
            .enumerate()
            .filter(|(_, seen)| seen.branch == HEADER);
        headers.filter_map(|(index, seen)| Some((index, &self.management(*seen)?.name)))
    }

    /// The first visible object that a filter asks for.
    pub fn find(&self, filter: &Filter, now: Timestamp) -> Option<usize> {
        let mut selected: Option<((u32, u32), Vec<bool>)> = None;
        self.seen.iter().position(|seen| {
            let Some((branch, entry)) = self.entry(*seen) else {
                return false;
            };
            let place = (seen.management, seen.branch);
            let now = self
                .management(*seen)
                .map_or(now, |management| management.time(now));
            if selected.as_ref().is_none_or(|(known, _)| *known != place) {
                selected = Some((place, branch.select(filter, now)));
            }
            let is_selected =
                |(_, selected): &(_, Vec<bool>)| selected.get(seen.entry as usize) == Some(&true);
            matches!(entry.what, What::Object(_)) && selected.as_ref().is_some_and(is_selected)
        })
    }

    /// The rows of objects that are visible as themselves, from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.seen
            .iter()
            .filter_map(|seen| match &self.entry(*seen)?.1.what {
                What::Object(row) => Some(row),
                What::Group(_) | What::Alike(_) | What::Beside(..) | What::Missing(_) => None,
            })
    }

    /// Counts one management cluster, whatever of it is visible: the same as `summary::summarise` gives, without looking at
    /// each row.
    pub fn summary(&self, management_cluster: &ManagementCluster) -> Summary {
        let mut managements = self.forest.managements.iter();
        let management = managements.find(|management| management.name == *management_cluster);
        let branches = management.map_or(&[][..], |management| &management.branches);
        let summaries = branches.iter().map(|branch| branch.summary);
        summaries.fold(Summary::default(), Summary::plus)
    }

    fn management(&self, seen: Seen) -> Option<&Management> {
        self.forest.managements.get(seen.management as usize)
    }

    fn entry(&self, seen: Seen) -> Option<(&Branch, &Entry)> {
        let branch = self.management(seen)?.branches.get(seen.branch as usize)?;
        Some((branch, branch.entries.get(seen.entry as usize)?))
    }

    fn stands_for(&self, seen: Seen, node: &Node) -> bool {
        match (self.entry(seen), node) {
            (Some((branch, entry)), _) => branch.is(entry, node),
            (None, Node::ManagementCluster(name)) => self
                .management(seen)
                .is_some_and(|management| seen.branch == HEADER && management.name == *name),
            (None, Node::Fleet(group)) => self
                .management(seen)
                .is_some_and(|management| seen.branch == GROUP && management.group == *group),
            (None, Node::Object(_) | Node::Group(..) | Node::Beside(..) | Node::Missing(..)) => false,
        }
    }

    fn node_of(&self, seen: Seen) -> Node {
        match self.entry(seen) {
            Some((branch, entry)) => branch.node(entry),
            None if seen.branch == GROUP => {
                Node::Fleet(self.management(seen).and_then(|it| it.group.clone()))
            }
            None => Node::ManagementCluster(self.name_of(seen)),
        }
    }

    fn name_of(&self, seen: Seen) -> ManagementCluster {
        self.management(seen).map_or_else(
            || ManagementCluster::new(""),
            |management| management.name.clone(),
        )
    }

    fn make(&self, seen: Seen) -> Line {
        let (content, below) = match (self.entry(seen), self.management(seen)) {
            (Some((branch, entry)), _) => (branch.content(entry), entry.below),
            (None, Some(management)) if seen.branch == GROUP => (
                Content {
                    row: None,
                    verdict: Verdict::new(Health::Good, ""),
                    replicas: None,
                    version: None,
                },
                self.forest.worst_of(management.group.as_ref()),
            ),
            (None, management) => (
                Content {
                    row: None,
                    verdict: management
                        .map_or_else(|| Verdict::new(Health::Unknown, ""), |it| it.verdict.clone()),
                    replicas: None,
                    version: None,
                },
                management.and_then(|management| management.worst),
            ),
        };
        Line {
            node: self.node_of(seen),
            row: content.row,
            depth: seen.depth,
            last: seen.guides.into(),
            fold: seen.fold,
            verdict: content.verdict,
            below,
            replicas: content.replicas,
            version: content.version,
        }
    }
}

#[cfg(test)]
mod tests;
