//! How often a machine has to be waited for until all of an object are as they are wished: one rule for what is foretold before a
//! rollout, and for what is left of it on the way.
//!
//! Must not know: how long a machine takes.

use std::sync::Arc;

use fleetui_api::facts::{Facts, Replicas};
use fleetui_api::kinds::Role;
use fleetui_rules::upgrade::surge;

use crate::row::Row;
use crate::store::FleetStore;

/// Until `machines` of an object are replaced; nothing where its provider decides on that.
pub(crate) fn of_all(facts: &Facts, machines: i64) -> Option<u64> {
    (!is_of_provider(facts)).then(|| surge::of(facts, machines).rounds(machines))
}

/// Until all machines of an object are there and those too many are gone; nothing where its provider decides on that. Of a
/// Cluster: its control plane first, then its workers; those of a topology one after another, others all at once.
pub(crate) fn left(store: &FleetStore, row: &Arc<Row>) -> Option<u64> {
    if row.facts.role != Role::Cluster {
        return of_counters(&row.facts);
    }
    let object = &row.facts.object;
    let of_role =
        |role| store.cluster_members(&row.management_cluster, &object.namespace, &object.name, role);
    let has_topology = row.facts.topology.is_some();
    let of_part = |part: &Arc<Row>| {
        let facts = &part.facts;
        let comes_later = has_topology && facts.topology.is_some() && facts.version != row.facts.version;
        let wished = facts.replicas.as_deref().and_then(Replicas::wished);
        match wished.filter(|_| comes_later) {
            Some(wished) => of_all(facts, wished),
            None => of_counters(facts),
        }
    };
    let mut found = false;
    let mut rounds = 0_u64;
    for control_plane in of_role(Role::ControlPlane) {
        rounds = rounds.saturating_add(of_part(control_plane)?);
        found = true;
    }
    let mut workers = 0_u64;
    for part in of_role(Role::MachineDeployment).chain(of_role(Role::MachinePool)) {
        let one = of_part(part)?;
        workers = if has_topology {
            workers.saturating_add(one)
        } else {
            workers.max(one)
        };
        found = true;
    }
    if found {
        return Some(rounds.saturating_add(workers));
    }
    // Where the Cluster alone may be read, it counts what it has.
    of_counters(&row.facts)
}

/// By what an object counts itself.
fn of_counters(facts: &Facts) -> Option<u64> {
    let counted = facts.replicas.as_deref().and_then(Counted::of);
    let Some(counted) = counted.filter(|counted| !counted.is_settled()) else {
        return Some(0);
    };
    if is_of_provider(facts) {
        return None;
    }
    let old = (counted.current - counted.new).max(0);
    let missing = (counted.wished - counted.new).max(0);
    // What is there counts as old first: a new machine that is not there yet is still waited for.
    let is_coming = counted.new > (counted.there - old).max(0);
    // Where no old machine has to make room, all come at once; but those of a control plane never do.
    let at_once = match facts.role {
        Role::MachineSet => true,
        Role::MachineDeployment => old == 0,
        _ => false,
    };
    if at_once {
        return Some(1);
    }
    let rounds = surge::of(facts, counted.wished).rounds(missing);
    Some(rounds.saturating_add(u64::from(is_coming)).max(1))
}

/// The counters of an object that wishes machines. What it does not report is taken as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) wished: i64,
    pub(super) current: i64,
    /// Of the current template.
    pub(super) new: i64,
    /// Available, old ones among them.
    pub(super) there: i64,
}

impl Counted {
    pub(super) fn of(replicas: &Replicas) -> Option<Self> {
        let wished = replicas.wished()?;
        let current = replicas.current.unwrap_or(wished);
        Some(Self {
            wished,
            current,
            new: replicas.up_to_date.unwrap_or(current),
            there: replicas.there().unwrap_or(current),
        })
    }

    /// Whether as many machines as are wished are new and there, and no others.
    pub(super) fn is_settled(self) -> bool {
        self.new.min(self.there) >= self.wished && self.current <= self.wished
    }
}

/// Of pools, and of control planes without machines, their provider decides how many go at once.
fn is_of_provider(facts: &Facts) -> bool {
    match facts.role {
        Role::MachinePool | Role::InfrastructureMachinePool => true,
        Role::ControlPlane => facts.kind.kind.as_ref() != "KubeadmControlPlane",
        _ => false,
    }
}
