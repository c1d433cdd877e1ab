//! The header line: management clusters and their states, what is in trouble, and whether anything can be written.

pub mod view;

use std::collections::HashMap;

use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use fleetui_fleet::summary::{Summary, summarise};
use jiff::Timestamp;

/// Counts, for each management cluster and for all.
#[derive(Debug, Default)]
pub struct State {
    counts: HashMap<ManagementCluster, Summary>,
    total: Summary,
}

impl State {
    /// Counts anew.
    pub fn refresh(&mut self, fleet: &FleetStore, only: Option<&ManagementCluster>, now: Timestamp) {
        self.counts = fleet
            .sessions()
            .map(|session| {
                let name = &session.management_cluster;
                (name.clone(), summarise(fleet, Some(name), now))
            })
            .collect();
        let mut total = Summary::default();
        for (_, count) in self
            .counts
            .iter()
            .filter(|(name, _)| only.is_none_or(|only| only == *name))
        {
            total.clusters += count.clusters;
            total.clusters_failed += count.clusters_failed;
            total.clusters_warning += count.clusters_warning;
            total.machines += count.machines;
            total.machines_failed += count.machines_failed;
        }
        self.total = total;
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
