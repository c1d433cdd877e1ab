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

use crate::filter::Filter;
use crate::health::{Health, Verdict};
use crate::row::Row;
use crate::store::FleetStore;

mod cluster;
mod gather;
mod headings;
mod missing;
mod owned;
mod show;
mod stands_on;

/// What a line of the tree stands for; the identity of selection, folds and marks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A management cluster.
    ManagementCluster(ManagementCluster),
    /// An object.
    Object(ObjectKey),
    /// A heading under a Cluster that is no object: `Workers`, `Other`.
    Group(ObjectKey, &'static str),
    /// An object that is referenced and not there, or not readable: owner and reference. A Cluster that is not there has
    /// its own key in both places.
    Missing(ObjectKey, ObjectKey),
}

/// One visible line.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it stands for.
    pub node: Node,
    /// The row, for objects.
    pub row: Option<Arc<Row>>,
    /// Depth; management clusters are 0.
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
    /// Only what is not as it should be, with its ancestors.
    pub faults_only: bool,
    /// Layers: MachineSets shown between MachineDeployments and Machines.
    pub machine_sets: bool,
    /// Layers: infrastructure and bootstrap objects shown even where they say the same as their machine.
    pub echo: bool,
}

/// The tree, flattened to what is visible.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The lines from top to bottom.
    pub lines: Vec<Line>,
    /// Objects that filter or faults-only keep from being seen.
    pub hidden: usize,
}

impl Tree {
    /// Builds the visible lines as they are at `now`. Linear in the rows of the fleet.
    pub fn build(store: &FleetStore, options: &TreeOptions, now: Timestamp) -> Self {
        let items = gather::gather(store, options, now);
        show::show(items, options, now)
    }

    /// Where a node is.
    pub fn position(&self, node: &Node) -> Option<usize> {
        self.lines.iter().position(|line| line.node == *node)
    }

    /// The nearest line above that is the parent of the one at `index`.
    pub fn parent(&self, index: usize) -> Option<usize> {
        let depth = self.lines.get(index)?.depth;
        self.lines
            .get(..index)?
            .iter()
            .rposition(|line| line.depth < depth)
    }
}

#[cfg(test)]
mod tests;
