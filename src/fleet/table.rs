//! Flat tables over the fleet: the objects of one sort in any order, with the columns that are asked for.
//!
//! Screens and commands make them from the same rows, so that both say the same. Must not know: how a table is shown.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey};
use jiff::{SignedDuration, Timestamp};

use crate::counters::Counted;
use crate::filter::Filter;
use crate::health::{self, Verdict};
use crate::premises::Around;
use crate::row::Row;
use crate::store::{FleetStore, Members, Partition};

pub use columns::{COLUMNS, Column, ColumnError, Shape};
pub use path::{Path, PathError};
pub use sort::Sort;
pub(crate) use sort::{Key, key};
pub use sorts::Flat;

mod columns;
mod path;
mod sort;
mod sorts;

/// What of the fleet a table shows, and in which order.
#[derive(Debug, Clone)]
pub struct TableOptions {
    /// Which objects.
    pub flat: Flat,
    /// Only this management cluster.
    pub only: Option<ManagementCluster>,
    /// Only this namespace, in every management cluster.
    pub namespace: Option<CompactString>,
    /// Only what matches.
    pub filter: Option<Filter>,
    /// Only what is not as it should be.
    pub faults_only: bool,
    /// In which order; by management cluster, namespace and name where nothing is said.
    pub sort: Option<Sort>,
}

impl TableOptions {
    /// All objects of a sort.
    pub fn new(flat: Flat) -> Self {
        Self {
            flat,
            only: None,
            namespace: None,
            filter: None,
            faults_only: false,
            sort: None,
        }
    }
}

/// The rows of a table in their order.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The rows.
    pub rows: Vec<TableRow>,
    /// Objects that filter or faults-only keep from being seen.
    pub hidden: usize,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// The object.
    pub row: Arc<Row>,
    /// How it is doing.
    pub verdict: Verdict,
    /// Its counters; of a Cluster those of its control plane and workers together.
    pub replicas: Option<Replicas>,
    /// Its version; of a Cluster without a topology, its control plane's.
    pub version: Option<CompactString>,
    /// How far the clock that has written its times is ahead of ours.
    pub ahead: SignedDuration,
}

/// One management cluster as a table looks at it.
struct There<'a> {
    around: Around<'a>,
    /// What its clock shows.
    now: Timestamp,
    /// How far that is ahead of ours.
    ahead: SignedDuration,
    /// Whether it is in the group that is asked for.
    in_group: bool,
}

impl Table {
    /// Makes a table of the fleet as it is at `now`.
    pub fn build(store: &FleetStore, options: &TableOptions, now: Timestamp) -> Self {
        let mut table = Self::default();
        let mut ranks: HashMap<ManagementCluster, usize> = HashMap::new();
        for (rank, partition) in store.partitions().enumerate() {
            let name = &partition.management_cluster;
            ranks.insert(name.clone(), rank);
            if options.only.as_ref().is_none_or(|only| only == name) {
                let session = partition.session.as_deref();
                // Ages are told by the clock that has written the times.
                let ahead = session.and_then(|session| session.skew).unwrap_or_default();
                let now = now.checked_add(ahead).unwrap_or(now);
                let group = session.and_then(|session| session.group.as_deref());
                let filter = options.filter.as_ref();
                let there = There {
                    around: Around::new(store, now),
                    now,
                    ahead,
                    in_group: filter.is_none_or(|filter| filter.is_of_group(group)),
                };
                table.gather(partition, options, &there);
            }
        }
        sort::sort(&mut table.rows, options.sort.as_ref(), |name| {
            ranks.get(name).copied().unwrap_or(usize::MAX)
        });
        table
    }

    fn gather<'a>(&mut self, partition: &'a Partition, options: &TableOptions, there: &There<'a>) {
        let in_namespace = |namespace: &str| {
            options
                .namespace
                .as_ref()
                .is_none_or(|only| only.as_str() == namespace)
        };
        let roles = options.flat.roles();
        if !options.flat.belongs_to_clusters() {
            let rows = partition
                .rows()
                .filter(|row| roles.contains(&row.facts.role) && in_namespace(&row.facts.object.namespace));
            for row in rows {
                self.take(row, None, options, there);
            }
            return;
        }
        for ((namespace, _), members) in partition.clusters() {
            if !in_namespace(namespace) {
                continue;
            }
            for row in roles.iter().flat_map(|role| members.of_role(*role)) {
                self.take(row, Some(members), options, there);
            }
        }
    }

    /// Takes a row in, unless something hides it. `members` are those of its cluster, where it is of one.
    fn take<'a>(
        &mut self,
        row: &'a Arc<Row>,
        members: Option<&'a Members>,
        options: &TableOptions,
        there: &There<'a>,
    ) {
        let verdict = health::verdict_within(row, there.around.is_paused(row), &there.around);
        let (replicas, version) = counted(row, members, &there.around);
        let is_wanted = there.in_group
            && (!options.faults_only || verdict.health.is_fault())
            && options.filter.as_ref().is_none_or(|filter| {
                filter.matches_listed(&as_shown(row, version.as_ref()), &verdict, there.now)
            });
        if !is_wanted {
            self.hidden += 1;
            return;
        }
        self.rows.push(TableRow {
            row: Arc::clone(row),
            verdict,
            replicas,
            version,
            ahead: there.ahead,
        });
    }
}

impl TableRow {
    /// What it is a row of.
    pub fn key(&self) -> ObjectKey {
        self.row.key()
    }
}

/// The row with the version that is shown of it, which a filter means.
fn as_shown<'a>(row: &'a Row, version: Option<&CompactString>) -> Cow<'a, Row> {
    if row.facts.version.as_ref() == version {
        return Cow::Borrowed(row);
    }
    let mut shown = row.clone();
    shown.facts.version = version.cloned();
    Cow::Owned(shown)
}

/// Counters and version as the tree shows them.
fn counted<'a>(
    row: &Row,
    members: Option<&'a Members>,
    around: &Around<'a>,
) -> (Option<Replicas>, Option<CompactString>) {
    let facts = &row.facts;
    match members {
        Some(members) if facts.role == Role::Cluster => {
            let Counted {
                replicas, version, ..
            } = Counted::of(Some(row), members, around);
            (replicas, version)
        }
        Some(_) | None => (facts.replicas.as_deref().copied(), facts.version.clone()),
    }
}

#[cfg(test)]
mod tests;
