//! Gathers the whole tree, folded or not, in the order of its lines.

use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_api::kinds::{Role, core};
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use jiff::Timestamp;

use super::TreeOptions;
use super::cluster::Gatherer;
use crate::health::{self, Verdict};
use crate::row::Row;
use crate::store::{FleetStore, Members, Names, Partition};

/// A line of the tree, before it is known whether it is seen.
pub(super) struct Item<'a> {
    pub(super) what: What<'a>,
    pub(super) depth: u8,
    pub(super) verdict: Verdict,
    /// What is shown in place of the row's own counters and version.
    pub(super) instead: Option<Box<Instead>>,
}

/// What a line stands for, borrowed.
pub(super) enum What<'a> {
    ManagementCluster(&'a Partition),
    Object(&'a Arc<Row>),
    Group(Box<ObjectKey>, &'static str),
    Missing(Box<(ObjectKey, ObjectKey)>),
}

/// Counters and a version that a line shows and its row does not have.
#[derive(Default)]
pub(super) struct Instead {
    pub(super) replicas: Option<Replicas>,
    pub(super) version: Option<CompactString>,
}

/// Everything that the options let in, whether folded or not.
pub(super) fn gather<'a>(store: &'a FleetStore, options: &TreeOptions, now: Timestamp) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(store.len() + store.len() / 4);
    let mut placed = HashSet::new();
    for partition in store.partitions() {
        if options
            .only
            .as_ref()
            .is_some_and(|only| partition.management_cluster != *only)
        {
            continue;
        }
        items.push(Item {
            what: What::ManagementCluster(partition),
            depth: 0,
            verdict: health::connection(partition.session.as_deref()),
            instead: None,
        });
        for ((namespace, name), members) in partition.clusters() {
            if options.namespace.as_ref().is_some_and(|only| only != namespace) {
                continue;
            }
            let cluster = members.of_role(Role::Cluster).next();
            let name = ObjectName {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            let scope = Scope {
                store,
                partition,
                members,
                options,
                now,
                cluster,
                key: ObjectKey::new(partition.management_cluster.clone(), core("Cluster"), name),
                names: Vec::new(),
            };
            Gatherer::new(scope, &mut items, &mut placed).cluster();
        }
    }
    items
}

/// One cluster, and what its lines depend on.
pub(super) struct Scope<'a, 'o> {
    pub(super) store: &'a FleetStore,
    pub(super) partition: &'a Partition,
    pub(super) members: &'a Members,
    pub(super) options: &'o TreeOptions,
    pub(super) now: Timestamp,
    pub(super) cluster: Option<&'a Arc<Row>>,
    pub(super) key: ObjectKey,
    /// Rows by name of the few kinds that machines refer to, so that each is found once.
    pub(super) names: Vec<(GroupKind, Option<&'a Names>)>,
}
