//! Counts for the header: clusters and machines, and how many of them are in trouble.

use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use jiff::Timestamp;

use crate::health::{self, Health};
use crate::store::FleetStore;

/// Numbers of one fleet, or of one management cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Clusters.
    pub clusters: usize,
    /// Clusters that are Failed.
    pub clusters_failed: usize,
    /// Clusters that are Warning or Unknown.
    pub clusters_warning: usize,
    /// Machines.
    pub machines: usize,
    /// Machines that are Failed or Warning.
    pub machines_failed: usize,
}

/// Counts the whole fleet, or one management cluster, as it is at `now`.
pub fn summarise(store: &FleetStore, only: Option<&ManagementCluster>, now: Timestamp) -> Summary {
    let mut summary = Summary::default();
    let partitions = store.partitions();
    for partition in
        partitions.filter(|partition| only.is_none_or(|only| partition.management_cluster == *only))
    {
        for members in partition.clusters().values() {
            let cluster = members.of_role(Role::Cluster).next();
            let paused = cluster.is_some_and(|row| row.facts.paused);
            if let Some(row) = cluster {
                summary.add_cluster(health::verdict_within(row, paused, store, now).health);
            }
            for row in members.of_role(Role::Machine) {
                summary.add_machine(health::verdict_within(row, paused, store, now).health);
            }
        }
    }
    summary
}

impl Summary {
    fn add_cluster(&mut self, health: Health) {
        self.clusters += 1;
        match health {
            Health::Good | Health::Paused | Health::Progressing => {}
            Health::Unknown | Health::Warning => self.clusters_warning += 1,
            Health::Failed => self.clusters_failed += 1,
        }
    }

    fn add_machine(&mut self, health: Health) {
        self.machines += 1;
        match health {
            Health::Good | Health::Paused | Health::Progressing | Health::Unknown => {}
            Health::Warning | Health::Failed => self.machines_failed += 1,
        }
    }
}
