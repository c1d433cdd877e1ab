//! How many hosts there are of each sort.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use fleetui_base::ManagementCluster;

use super::{Hosts, Standing, kept, rows};
use crate::store::FleetStore;

/// What hosts say of themselves beside their labels, by which they can be counted apart.
pub const FACTS: [&str; 3] = ["zone", "arch", "system"];

/// The keys of all labels that hosts have.
pub fn label_keys(store: &FleetStore) -> BTreeSet<String> {
    let hosts = rows(store, None, None).into_iter();
    let kept = hosts.filter_map(|row| kept(&row.facts));
    kept.flat_map(|kept| kept.labels.keys().cloned()).collect()
}

impl Hosts {
    /// How many there are in each group.
    pub fn counts(&self) -> BTreeMap<Standing, usize> {
        let mut counts: BTreeMap<Standing, usize> = Standing::ALL.into_iter().map(|it| (it, 0)).collect();
        for host in &self.rows {
            *counts.entry(host.counted()).or_default() += 1;
        }
        counts
    }

    /// How many there are in each group, apart for each pool and each combination of what hosts say of `keys`: `zone`, `arch`,
    /// `system`, or the key of a label.
    pub fn counts_by(&self, keys: &[&str]) -> BTreeMap<Sort, BTreeMap<Standing, usize>> {
        let mut sorts: BTreeMap<Sort, BTreeMap<Standing, usize>> = BTreeMap::new();
        for host in &self.rows {
            let values = keys.iter().map(|key| CompactString::from(host.fact(key)));
            let sort = (
                host.row.management_cluster.clone(),
                host.row.facts.object.namespace.clone(),
                values.collect(),
            );
            *sorts.entry(sort).or_default().entry(host.counted()).or_default() += 1;
        }
        sorts
    }

    /// Those of `keys` that are labels which no host has, where there are hosts: nothing is counted apart by them.
    pub fn without<'a>(&self, keys: &[&'a str]) -> Vec<&'a str> {
        let is_said = |key: &str| self.rows.iter().any(|host| !host.fact(key).is_empty());
        let unsaid = keys.iter().filter(|key| !FACTS.contains(key) && !is_said(key));
        unsaid.filter(|_| !self.rows.is_empty()).copied().collect()
    }

    /// How many there are in each group, apart for each pool and for what hosts of it are like.
    pub fn counts_by_pool(&self) -> BTreeMap<Place, BTreeMap<Standing, usize>> {
        let mut places: BTreeMap<Place, BTreeMap<Standing, usize>> = BTreeMap::new();
        for host in &self.rows {
            let place = Place {
                management_cluster: host.row.management_cluster.clone(),
                namespace: host.row.facts.object.namespace.clone(),
                zone: host.zone().into(),
                architecture: host.architecture().into(),
            };
            *places
                .entry(place)
                .or_default()
                .entry(host.counted())
                .or_default() += 1;
        }
        places
    }
}

/// Management cluster and namespace of a pool, and what hosts of it say of some keys; empty where they do not.
pub type Sort = (ManagementCluster, CompactString, Vec<CompactString>);

/// A pool, and what hosts of it are like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// The namespace, whose machines the hosts take.
    pub namespace: CompactString,
    /// The zone; empty where hosts do not say.
    pub zone: CompactString,
    /// The processor architecture; empty where hosts do not say.
    pub architecture: CompactString,
}
