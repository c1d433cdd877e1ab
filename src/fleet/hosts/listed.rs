//! The hosts that are meant, in the order in which they are shown.

use std::cmp::Ordering;
use std::sync::Arc;

use alphanumeric_sort::compare_str;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectName};

use crate::row::Row;
use crate::store::FleetStore;

/// The rows of hosts, by management cluster in the order of the sessions, namespace and name as people count.
pub(super) fn rows<'a>(
    store: &'a FleetStore,
    only: Option<&ManagementCluster>,
    namespace: Option<&str>,
) -> Vec<&'a Arc<Row>> {
    let mut rows = Vec::new();
    for partition in store.partitions() {
        if only.is_some_and(|only| *only != partition.management_cluster) {
            continue;
        }
        let first = rows.len();
        let is_meant = |row: &&Arc<Row>| {
            row.facts.role == Role::Host
                && namespace.is_none_or(|namespace| row.facts.object.namespace == namespace)
        };
        rows.extend(partition.rows().filter(is_meant));
        if let Some(added) = rows.get_mut(first..) {
            added.sort_unstable_by(|one: &&Arc<Row>, other| in_order(&one.facts.object, &other.facts.object));
        }
    }
    rows
}

/// The order of hosts: by namespace, and by name as people count, `node-2` before `node-10`.
fn in_order(one: &ObjectName, other: &ObjectName) -> Ordering {
    one.namespace
        .cmp(&other.namespace)
        .then_with(|| compare_str(one.name.as_str(), other.name.as_str()))
        .then_with(|| one.name.cmp(&other.name))
}
