//! Counts for the header: clusters and machines, and how many of them are in trouble.

use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use jiff::Timestamp;

use crate::health::{self, Health};
use crate::premises::Around;
use crate::store::{FleetStore, Members};

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
    /// Objects of any kind that cannot be read in whole.
    pub unreadable: usize,
}

/// Counts the whole fleet, or one management cluster, as it is at `now`.
pub fn summarise(store: &FleetStore, only: Option<&ManagementCluster>, now: Timestamp) -> Summary {
    let mut summary = Summary::default();
    let around = Around::new(store, now);
    let partitions = store.partitions();
    for partition in
        partitions.filter(|partition| only.is_none_or(|only| partition.management_cluster == *only))
    {
        for members in partition.clusters().values() {
            let cluster = members.of_role(Role::Cluster).next();
            let paused = cluster.is_some_and(|row| row.facts.paused);
            if let Some(row) = cluster {
                summary.add_cluster(health::verdict_within(row, paused, &around).health);
            }
            for row in members.of_role(Role::Machine) {
                summary.add_machine(health::verdict_within(row, paused, &around).health);
            }
            summary.unreadable += unreadable(members);
        }
    }
    summary
}

/// How many of a cluster's objects cannot be read in whole.
pub(crate) fn unreadable(members: &Members) -> usize {
    members.all().filter(|row| !row.facts.broken.is_empty()).count()
}

impl Summary {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            clusters: self.clusters + other.clusters,
            clusters_failed: self.clusters_failed + other.clusters_failed,
            clusters_warning: self.clusters_warning + other.clusters_warning,
            machines: self.machines + other.machines,
            machines_failed: self.machines_failed + other.machines_failed,
            unreadable: self.unreadable + other.unreadable,
        }
    }

    /// Counts a row of that role.
    pub(crate) fn add(&mut self, role: Role, health: Health) {
        match role {
            Role::Cluster => self.add_cluster(health),
            Role::Machine => self.add_machine(health),
            Role::ControlPlane
            | Role::MachineDeployment
            | Role::MachineSet
            | Role::MachinePool
            | Role::MachineHealthCheck
            | Role::InfrastructureCluster
            | Role::InfrastructureMachine
            | Role::InfrastructureMachinePool
            | Role::BootstrapConfig
            | Role::ClusterClass
            | Role::Template
            | Role::Host
            | Role::Provider
            | Role::Other => {}
        }
    }

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::{cluster, condition, mgmt, now, set, store, upserts, whole_cluster};

    #[test]
    fn clusters_and_machines_are_counted_by_how_they_are() {
        let mut objects = whole_cluster("prod");
        for object in &mut objects {
            if object["metadata"]["name"] == "prod-md-0-79q9d-x7k2p" && object["kind"] == "Machine" {
                set(
                    object,
                    "/status/conditions",
                    json!([condition("Ready", "False", "NotReady", "lost")]),
                );
            }
        }
        let mut down = cluster("down");
        set(&mut down, "/status/conditions/0/status", json!("False"));
        set(&mut down, "/status/conditions/3/status", json!("False"));
        let mut unknown = cluster("unknown");
        set(&mut unknown, "/status/conditions/0/status", json!("Unknown"));
        objects.extend([down, unknown]);
        let mut store = store(&objects);
        store.apply(upserts("mgmt-tokyo", &whole_cluster("far")));
        let taipei = Summary {
            unreadable: 0,
            clusters: 3,
            clusters_failed: 1,
            clusters_warning: 1,
            machines: 3,
            machines_failed: 1,
        };
        assert_eq!(summarise(&store, Some(&mgmt("mgmt-taipei")), now()), taipei);
        let all = Summary {
            clusters: 4,
            machines: 6,
            ..taipei
        };
        assert_eq!(summarise(&store, None, now()), all);
    }
}
