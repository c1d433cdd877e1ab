//! `describe cluster`: one cluster as a tree, with the objects, the order and the quirks that clusterctl 1.14 has.
//!
//! It is made from whole objects that were read for it, since rows keep one model of conditions and shorten messages. Where
//! clusterctl surprises (machines without a place are only seen below workers, echoes are left out where they are Ready), so
//! does this; the fleet tree does not.

use jiff::Timestamp;
use serde::Serialize;

pub use condition::Condition;
pub use item::Item;
pub use objects::{ClusterObjects, Contract, Referred, newest};
pub use shows::{ShowConditions, ShowConditionsError, Shows};

mod condition;
mod discover;
mod graph;
mod item;
mod objects;
mod print;
mod rows;
mod shows;
mod wrap;

/// Which model of conditions is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// That of Kubernetes, with counters beside it.
    #[default]
    V1Beta2,
    /// The older one, with severities.
    V1Beta1,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct DescribeOptions {
    /// The objects whose conditions are all shown.
    pub show_conditions: ShowConditions,
    /// MachineSets between deployments and machines.
    pub machine_sets: bool,
    /// ClusterResourceSets.
    pub resource_sets: bool,
    /// Templates of the control plane and of the deployments.
    pub templates: bool,
    /// Infrastructure and bootstrap configurations even where they say what their machine says.
    pub echo: bool,
    /// Machines alike as one line.
    pub grouping: bool,
    /// The model of conditions.
    pub view: View,
}

impl Default for DescribeOptions {
    fn default() -> Self {
        Self {
            show_conditions: ShowConditions::default(),
            machine_sets: false,
            resource_sets: false,
            templates: false,
            echo: false,
            grouping: true,
            view: View::default(),
        }
    }
}

/// A cluster, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// The Cluster and all below it.
    pub cluster: Item,
    #[serde(skip)]
    view: View,
}

/// Describes a cluster.
pub fn describe(objects: &ClusterObjects, options: &DescribeOptions) -> Described {
    let graph = discover::discover(objects, options);
    Described {
        cluster: item::item(&graph),
        view: options.view,
    }
}

impl Described {
    /// The table as clusterctl prints it, with ages as they are at `now`.
    pub fn table(&self, now: Timestamp, colour: bool) -> String {
        let lines = rows::rows(&self.cluster, self.view, now);
        print::table(self.view, &lines, colour)
    }
}

#[cfg(test)]
mod tests;
