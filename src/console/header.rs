//! The header line: management clusters and their states, what is in trouble, and whether anything can be written.

pub mod view;

use std::collections::HashMap;

use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use fleetui_fleet::summary::Summary;

/// Counts, for each management cluster and for all.
#[derive(Debug, Default)]
pub struct State {
    counts: HashMap<ManagementCluster, Summary>,
    total: Summary,
}

impl State {
    /// Counts anew, by what `count` says of each management cluster.
    pub fn refresh(
        &mut self,
        fleet: &FleetStore,
        only: Option<&ManagementCluster>,
        count: impl Fn(&ManagementCluster) -> Summary,
    ) {
        let names = fleet.sessions().map(|session| &session.management_cluster);
        self.counts = names.map(|name| (name.clone(), count(name))).collect();
        let shown = self
            .counts
            .iter()
            .filter(|(name, _)| only.is_none_or(|only| only == *name));
        self.total = shown.fold(Summary::default(), |total, (_, count)| total.plus(*count));
    }

    /// Counts of one management cluster.
    pub fn of(&self, management_cluster: &ManagementCluster) -> Summary {
        self.counts.get(management_cluster).copied().unwrap_or_default()
    }

    /// Counts of all that is shown.
    pub fn total(&self) -> Summary {
        self.total
    }
}
