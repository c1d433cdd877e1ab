//! Counts for the header: clusters and machines, and how many of them are in trouble.

use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use jiff::Timestamp;

use crate::health::{self, Health};
use crate::premises::Around;
use crate::store::{FleetStore, Members};

/// How many there are of something, and how many of them have a sign of trouble before their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// All of them.
    pub all: usize,
    /// Those that are Failed.
    pub failed: usize,
    /// Those that are Warning.
    pub warning: usize,
    /// Those that are Unknown.
    pub unknown: usize,
}

/// Numbers of one fleet, or of one management cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Clusters.
    pub clusters: Count,
    /// Machines.
    pub machines: Count,
    /// Objects of any kind that cannot be read in whole.
    pub unreadable: usize,
}

/// Counts the whole fleet, or one management cluster, as it is at `now`.
pub fn summarise(store: &FleetStore, only: Option<&ManagementCluster>, now: Timestamp) -> Summary {
    let mut summary = Summary::default();
    let partitions = store.partitions();
    for partition in
        partitions.filter(|partition| only.is_none_or(|only| partition.management_cluster == *only))
    {
        let session = partition.session.as_ref();
        let around = Around::new(store, session.map_or(now, |session| session.server_time(now)));
        for members in partition.clusters().values() {
            let cluster = members.of_role(Role::Cluster).next();
            let paused = cluster.is_some_and(|row| row.facts.paused);
            if let Some(row) = cluster {
                summary
                    .clusters
                    .add(health::verdict_within(row, paused, &around).health);
            }
            for row in members.of_role(Role::Machine) {
                summary
                    .machines
                    .add(health::verdict_within(row, paused, &around).health);
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

impl Count {
    fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            failed: self.failed + other.failed,
            warning: self.warning + other.warning,
            unknown: self.unknown + other.unknown,
        }
    }

    fn add(&mut self, health: Health) {
        self.all += 1;
        match health {
            Health::Good | Health::Paused | Health::Progressing => {}
            Health::Unknown => self.unknown += 1,
            Health::Warning => self.warning += 1,
            Health::Failed => self.failed += 1,
        }
    }
}

impl Summary {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            clusters: self.clusters.plus(other.clusters),
            machines: self.machines.plus(other.machines),
            unreadable: self.unreadable + other.unreadable,
        }
    }

    /// Counts a row of that role.
    pub(crate) fn add(&mut self, role: Role, health: Health) {
        match role {
            Role::Cluster => self.clusters.add(health),
            Role::Machine => self.machines.add(health),
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
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::{cluster, condition, mgmt, now, set, store, upserts, whole_cluster};

    #[test]
    fn clusters_and_machines_are_counted_by_the_signs_of_their_rows() {
        let mut objects = whole_cluster("prod");
        for object in &mut objects {
            let ready = match object["metadata"]["name"].as_str() {
                Some("prod-md-0-79q9d-x7k2p") => condition("Ready", "False", "NotReady", "lost"),
                Some("prod-cp-tn4rn") => condition("Ready", "Unknown", "Unreachable", "nobody knows"),
                Some(_) | None => continue,
            };
            if object["kind"] == "Machine" {
                set(object, "/status/conditions", json!([ready]));
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
        let count = |all, failed, warning, unknown| Count {
            all,
            failed,
            warning,
            unknown,
        };
        let taipei = Summary {
            unreadable: 0,
            clusters: count(3, 1, 0, 1),
            machines: count(3, 1, 0, 1),
        };
        assert_eq!(summarise(&store, Some(&mgmt("mgmt-taipei")), now()), taipei);
        let all = Summary {
            clusters: count(4, 1, 0, 1),
            machines: count(6, 1, 0, 1),
            ..taipei
        };
        assert_eq!(summarise(&store, None, now()), all);
        // What is counted is what stands before the names of the rows.
        let tree = crate::tree::Tree::build(&store, &crate::tree::TreeOptions::default(), now());
        let rows = tree.lines().filter(|line| {
            let role = line.row.as_ref().map(|row| row.facts.role);
            role == Some(Role::Machine)
        });
        let mut seen = Count::default();
        rows.for_each(|line| seen.add(line.verdict.health));
        assert_eq!(seen, all.machines);
    }
}
