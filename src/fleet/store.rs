//! The fleet as it is known: rows of all management clusters, folded from batches, indexed for the tree.
//!
//! Must not know: how rows are shown, or how they were fetched.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey};
use jiff::Timestamp;

use crate::batch::{Change, Update};
use crate::drain::Drain;
use crate::row::Row;
use crate::session::Session;
use crate::timeline::{self, Flip};
use crate::walk::Known;
use crate::workload::{WorkloadNode, WorkloadNodes};

use partition::Left;
pub(crate) use partition::{Members, Names, Partition};

mod partition;

/// All rows and sessions. Folding the same changes in any grouping gives the same store.
#[derive(Debug, Default)]
pub struct FleetStore {
    /// In the order in which they were first heard of.
    partitions: Vec<Partition>,
    revision: u64,
}

impl FleetStore {
    /// Folds what a session told. Says whether anything that can be seen changed.
    pub fn apply(&mut self, update: Update) -> bool {
        self.fold(update, &mut |_, _| {})
    }

    /// The same; gives what changed to see in objects that were known, as of `seen`, for who keeps the story of the fleet.
    pub fn apply_and_tell(&mut self, update: Update, seen: Timestamp, story: &mut Vec<Flip>) -> bool {
        self.fold(update, &mut |before, after| match after {
            Some(after) => story.extend(timeline::flips(before, after, seen)),
            None => story.push(timeline::gone(before, seen)),
        })
    }

    /// Folds an update; `left` is called with each row that another one takes the place of, or nothing does.
    fn fold(&mut self, update: Update, left: Left<'_>) -> bool {
        let revision = self.revision + 1;
        let changed = match update {
            Update::Objects(batch) => {
                self.partition_for(&batch.management_cluster)
                    .is_some_and(|partition| {
                        let mut changed = false;
                        for change in batch.changes {
                            changed |= match change {
                                Change::Upsert(row) => partition.upsert(row, revision, left),
                                Change::Delete(key, uid) => partition.delete(&key, &uid, revision, left),
                            };
                        }
                        changed
                    })
            }
            Update::Session(session) => {
                self.partition_for(&session.management_cluster)
                    .is_some_and(|partition| {
                        let changed = partition.session.as_ref() != Some(&session);
                        partition.session = Some(session);
                        changed
                    })
            }
            Update::Walks(told) => self
                .partition_for(&told.management_cluster)
                .is_some_and(|partition| partition.set_walks(told)),
            Update::Closed(management_cluster) => {
                let before = self.partitions.len();
                self.partitions
                    .retain(|partition| partition.management_cluster != management_cluster);
                self.partitions.len() != before
            }
        };
        if changed {
            self.revision = revision;
        }
        changed
    }

    /// Takes in the nodes of the workload cluster of a Cluster, of this life of it, as they were read `at`, or why they could not
    /// be. Says whether it is there.
    pub fn take_nodes(
        &mut self,
        cluster: &ObjectKey,
        uid: &str,
        read: Result<Vec<WorkloadNode>, String>,
        at: Timestamp,
    ) -> bool {
        let revision = self.revision + 1;
        let mut taken = WorkloadNodes {
            uid: uid.into(),
            ..WorkloadNodes::default()
        };
        match read {
            Ok(mut nodes) => {
                nodes.sort_by(|one, other| one.name.cmp(&other.name));
                (taken.nodes, taken.read_at) = (nodes, Some(at));
            }
            Err(why) => taken.failed = Some(why),
        }
        let mut partitions = self.partitions.iter_mut();
        let partition = partitions.find(|it| it.management_cluster == cluster.management_cluster);
        let changed = partition.is_some_and(|it| it.take_nodes(&cluster.object, taken, revision));
        if changed {
            self.revision = revision;
        }
        changed
    }

    /// Takes in what holds the drain of the node of a Machine, of this life of it, or why that could not be read. Says whether
    /// that is new.
    pub fn take_drain(&mut self, machine: &ObjectKey, uid: &str, read: Result<Drain, String>) -> bool {
        let mut partitions = self.partitions.iter_mut();
        let partition = partitions.find(|it| it.management_cluster == machine.management_cluster);
        partition.is_some_and(|it| it.take_drain(machine, (uid.into(), read)))
    }

    /// What holds the drain of the node of a Machine, where somebody has asked.
    pub fn drain(&self, machine: &ObjectKey, uid: &str) -> Option<&Result<Drain, String>> {
        self.partition(&machine.management_cluster)?
            .drain(&machine.object, uid)
    }

    /// The share of a management cluster; a new one stands behind those that are there.
    fn partition_for(&mut self, management_cluster: &ManagementCluster) -> Option<&mut Partition> {
        if self.partition(management_cluster).is_none() {
            self.partitions.push(Partition::new(management_cluster.clone()));
        }
        self.partitions
            .iter_mut()
            .find(|partition| partition.management_cluster == *management_cluster)
    }

    /// A number that changes whenever rows or sessions change; for caches.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The row at `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Row>> {
        self.find(
            &key.management_cluster,
            &key.kind,
            &key.object.namespace,
            &key.object.name,
        )
    }

    /// The row of that kind, namespace and name, without making a key for it.
    pub fn find(
        &self,
        management_cluster: &ManagementCluster,
        kind: &GroupKind,
        namespace: &str,
        name: &str,
    ) -> Option<&Arc<Row>> {
        self.partition(management_cluster)?.get(kind, namespace, name)
    }

    /// Sessions in the order in which they were announced.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.partitions
            .iter()
            .filter_map(|partition| partition.session.as_ref())
    }

    /// The session of a management cluster.
    pub fn session(&self, management_cluster: &ManagementCluster) -> Option<&Arc<Session>> {
        self.partition(management_cluster)?.session.as_ref()
    }

    /// The time of a management cluster at `now`: where its clock is known to differ from ours, what that one shows.
    pub fn time_of(&self, management_cluster: &ManagementCluster, now: Timestamp) -> Timestamp {
        self.session(management_cluster)
            .map_or(now, |session| session.server_time(now))
    }

    /// The upgrade of a whole cluster that is stored beside the Cluster at `key`, as it was looked at last.
    pub fn walk(&self, key: &ObjectKey) -> Option<&Arc<Known>> {
        let partition = self.partition(&key.management_cluster)?;
        partition.walks().find(|walk| walk.cluster == *key)
    }

    /// All upgrades that are known to be stored, by management cluster and name.
    pub fn walks(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.partitions.iter().flat_map(Partition::walks)
    }

    /// Number of rows of all kinds.
    pub fn len(&self) -> usize {
        self.partitions.iter().map(Partition::len).sum()
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows, or those of one management cluster, in no order.
    pub fn rows(&self, only: Option<&ManagementCluster>) -> impl Iterator<Item = &Arc<Row>> {
        let meant =
            move |partition: &&Partition| only.is_none_or(|only| partition.management_cluster == *only);
        self.partitions.iter().filter(meant).flat_map(Partition::rows)
    }

    /// The rows of one cluster that play `role`, in the order of their owners' names and then of their own.
    pub fn cluster_members(
        &self,
        management_cluster: &ManagementCluster,
        namespace: &str,
        cluster: &str,
        role: Role,
    ) -> impl Iterator<Item = &Arc<Row>> {
        let name = (CompactString::from(namespace), CompactString::from(cluster));
        let members = self
            .partition(management_cluster)
            .and_then(|partition| partition.clusters().get(&name));
        members.into_iter().flat_map(move |members| members.of_role(role))
    }

    /// The rows of `owner`'s own cluster that play `role` and say to be owned by it.
    pub fn owned_by(&self, owner: &Row, role: Role) -> impl Iterator<Item = &Arc<Row>> {
        let facts = &owner.facts;
        let name = (
            facts.object.namespace.clone(),
            facts.cluster.clone().unwrap_or_default(),
        );
        let members = self
            .partition(&owner.management_cluster)
            .and_then(|partition| partition.clusters().get(&name));
        members
            .into_iter()
            .flat_map(move |members| members.owned_by(role, (&facts.kind, &facts.object.name)))
    }

    /// Namespaces in which there is at least one object, sorted.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        let namespaces = self.partitions.iter().flat_map(Partition::namespaces);
        namespaces.filter(|namespace| !namespace.is_empty()).collect()
    }

    /// The Cluster that a row belongs to; of a Cluster, itself.
    pub fn cluster_of(&self, row: &Row) -> Option<&Arc<Row>> {
        let cluster = row.facts.cluster.as_ref()?;
        let partition = self.partition(&row.management_cluster)?;
        partition.cluster(&row.facts.object.namespace, cluster)
    }

    /// The control plane that a Cluster refers to.
    pub(crate) fn control_plane_of(&self, cluster: &Row) -> Option<&Arc<Row>> {
        let facts = &cluster.facts;
        let reference = facts.control_plane_reference.as_deref()?;
        self.find(
            &cluster.management_cluster,
            &reference.kind,
            &facts.object.namespace,
            &reference.name,
        )
    }

    pub(crate) fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter()
    }

    pub(crate) fn partition(&self, management_cluster: &ManagementCluster) -> Option<&Partition> {
        self.partitions
            .iter()
            .find(|partition| partition.management_cluster == *management_cluster)
    }
}

#[cfg(test)]
mod tests;
