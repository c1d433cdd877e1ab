//! What the detail pane says of an object: its conditions, and what it is related to.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, order_key};
use fleetui_api::facts::{CompactCondition, Reference};
use fleetui_api::kinds::{Role, core};
use fleetui_base::{ObjectKey, ObjectName};
use jiff::Timestamp;

use crate::health::Verdict;
use crate::hosts::{HostRow, infrastructure_on, machine_on, occupant, verdict_of};
use crate::nodes::node_of;
use crate::premises::Standing;
use crate::row::Row;
use crate::store::FleetStore;

/// What is known of one object without asking the server again.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The row.
    pub row: Arc<Row>,
    /// How it is doing.
    pub verdict: Verdict,
    /// Its conditions in Cluster API's order.
    pub conditions: Vec<Condition>,
    /// From the Cluster down to the object's owner.
    pub path: Vec<ObjectKey>,
    /// Objects that it references, and whether they are there.
    pub references: Vec<(String, ObjectKey, Presence)>,
}

/// Whether an object is there, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is not, or it may not be read.
    NotFound,
    /// Objects of its kind are never watched (templates), so that nothing is known of it.
    NotWatched,
    /// It may not be read.
    Denied,
}

/// The longest way up that is followed; owners that own each other must not hold the console.
const LONGEST_PATH: usize = 16;

/// What is known of the object at `key` at `now`.
pub fn detail(store: &FleetStore, key: &ObjectKey, now: Timestamp) -> Option<Detail> {
    let row = store.get(key)?;
    let mut conditions: Vec<Condition> = row
        .facts
        .conditions
        .iter()
        .map(CompactCondition::expand)
        .collect();
    conditions.sort_by(|one, other| order_key(&one.kind).cmp(&order_key(&other.kind)));
    Some(Detail {
        row: Arc::clone(row),
        verdict: verdict_of(store, row, now),
        conditions,
        path: path(store, row),
        references: references(store, row),
    })
}

/// From the Cluster down to the object's owner. Owners that are not there are named all the same.
fn path(store: &FleetStore, row: &Row) -> Vec<ObjectKey> {
    let mut path = Vec::new();
    let mut owner = row.facts.owner.as_ref().map(|owner| key_of(row, owner));
    while let Some(key) = owner {
        if path.contains(&key) || path.len() >= LONGEST_PATH {
            break;
        }
        let above = store.get(&key);
        owner = above.and_then(|above| above.facts.owner.as_ref().map(|owner| key_of(above, owner)));
        path.push(key);
    }
    // Not everything is owned up to its Cluster: ClusterClass templates, hosts.
    if let Some(cluster) = row
        .facts
        .cluster
        .as_ref()
        .filter(|_| row.facts.role != Role::Cluster)
    {
        let name = ObjectName {
            namespace: row.facts.object.namespace.clone(),
            name: cluster.clone(),
        };
        let key = ObjectKey::new(row.management_cluster.clone(), core("Cluster"), name);
        if !path.contains(&key) {
            path.push(key);
        }
    }
    path.reverse();
    path
}

fn references(store: &FleetStore, row: &Row) -> Vec<(String, ObjectKey, Presence)> {
    let facts = &row.facts;
    let of_machines = matches!(facts.role, Role::Cluster | Role::Machine);
    let named = [
        ("control plane", facts.control_plane_reference.as_deref()),
        (
            if of_machines {
                "infrastructure"
            } else {
                "infrastructure template"
            },
            facts.infrastructure.as_ref(),
        ),
        (
            if of_machines {
                "bootstrap"
            } else {
                "bootstrap template"
            },
            facts.bootstrap.as_ref(),
        ),
        ("owner", facts.owner.as_ref()),
    ];
    let there = named
        .into_iter()
        .filter_map(|(name, reference)| Some((name, reference?)));
    let known = there.map(|(name, reference)| {
        let key = key_of(row, reference);
        let presence = presence(store, &key);
        (name.to_owned(), key, presence)
    });
    known.collect()
}

/// An object that has to do with another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// What it is to the other: `owner`, `infrastructure`, `host`, `node`, `owned`.
    pub relation: String,
    /// Where it is found; a Node in its workload cluster, and not in the management cluster.
    pub key: ObjectKey,
    /// Whether it is there.
    pub presence: Presence,
    /// How it is doing, where it is there.
    pub verdict: Option<Verdict>,
}

/// Everything that has to do with the object at `key`: from its Cluster down to it, what it references, what runs it or what it
/// runs, what it owns. Of what it owns at most `most`; with it how many there are more.
pub fn related(store: &FleetStore, key: &ObjectKey, most: usize, now: Timestamp) -> (Vec<Related>, usize) {
    let Some(row) = store.get(key) else {
        return (Vec::new(), 0);
    };
    let known = |relation: String, key: ObjectKey| Related {
        presence: presence(store, &key),
        verdict: store.get(&key).map(|row| verdict_of(store, row, now)),
        relation,
        key,
    };
    let mut found: Vec<Related> = Vec::new();
    let references = references(store, row);
    for key in path(store, row) {
        let is_reference = references.iter().any(|(_, reference, _)| *reference == key);
        if !is_reference {
            found.push(known("above".to_owned(), key));
        }
    }
    for (name, key, _) in references {
        if found.iter().all(|related| related.key != key) {
            found.push(known(name, key));
        }
    }
    for running in running(store, row, now) {
        if found.iter().all(|related| related.key != running.key) {
            found.push(running);
        }
    }
    let owned = OWNED.into_iter().flat_map(|role| store.owned_by(row, role));
    let owned: Vec<ObjectKey> = owned
        .map(|owned| owned.key())
        .filter(|key| found.iter().all(|related| related.key != *key))
        .collect();
    let more = owned.len().saturating_sub(most);
    found.extend(
        owned
            .into_iter()
            .take(most)
            .map(|key| known("owned".to_owned(), key)),
    );
    (found, more)
}

/// The host that a machine runs on and the Node that it became; of a host the machine that runs on it, with what stands between
/// them.
fn running(store: &FleetStore, row: &Row, now: Timestamp) -> Vec<Related> {
    let there = |relation: &str, row: &Arc<Row>| Related {
        relation: relation.to_owned(),
        key: row.key(),
        presence: Presence::There,
        verdict: Some(verdict_of(store, row, now)),
    };
    let mut found = Vec::new();
    let mut machine = None;
    match row.facts.role {
        Role::Machine => {
            let infrastructure = row.facts.infrastructure.as_ref();
            let host = infrastructure.and_then(|reference| host_of(store, row, &reference.name));
            found.extend(host.map(|host| there("host", host)));
            machine = store.get(&row.key());
        }
        Role::InfrastructureMachine => {
            let host = host_of(store, row, &row.facts.object.name);
            found.extend(host.map(|host| there("host", host)));
        }
        Role::Host => {
            let host = store.get(&row.key()).and_then(|row| HostRow::of(row, now));
            let host = host.as_ref();
            machine = host.and_then(|host| machine_on(store, host));
            let infrastructure = host.and_then(|host| infrastructure_on(store, host));
            found.extend(machine.map(|machine| there("machine", machine)));
            found.extend(infrastructure.map(|row| there("infrastructure", row)));
        }
        Role::Cluster
        | Role::InfrastructureCluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Provider
        | Role::Other => {}
    }
    let partition = store.partition(&row.management_cluster);
    let node = partition.and_then(|partition| node_of(partition, machine?));
    found.extend(node.map(|(key, _, verdict)| Related {
        relation: "node".to_owned(),
        key,
        presence: Presence::NotWatched,
        verdict: Some(verdict),
    }));
    found
}

/// The host of its Cluster that the infrastructure object of this name has.
fn host_of<'a>(store: &'a FleetStore, row: &Row, infrastructure: &str) -> Option<&'a Arc<Row>> {
    let facts = &row.facts;
    let mut hosts = store.cluster_members(
        &row.management_cluster,
        &facts.object.namespace,
        facts.cluster.as_deref()?,
        Role::Host,
    );
    hosts.find(|host| occupant(host) == Some(infrastructure))
}

/// Parts that owned objects play, in the order in which they are told.
const OWNED: [Role; 11] = [
    Role::InfrastructureCluster,
    Role::ControlPlane,
    Role::MachineDeployment,
    Role::MachineSet,
    Role::MachinePool,
    Role::Machine,
    Role::InfrastructureMachine,
    Role::InfrastructureMachinePool,
    Role::BootstrapConfig,
    Role::MachineHealthCheck,
    Role::Other,
];

fn presence(store: &FleetStore, key: &ObjectKey) -> Presence {
    if store.get(key).is_some() {
        return Presence::There;
    }
    let standing = store
        .partition(&key.management_cluster)
        .map(|partition| Standing::of(partition, &key.kind));
    if standing == Some(Standing::Denied) {
        Presence::Denied
    } else if Role::of(&key.kind).is_watched() {
        Presence::NotFound
    } else {
        Presence::NotWatched
    }
}

fn key_of(row: &Row, reference: &Reference) -> ObjectKey {
    let name = ObjectName {
        namespace: row.facts.object.namespace.clone(),
        name: reference.name.clone(),
    };
    ObjectKey::new(row.management_cluster.clone(), reference.kind.clone(), name)
}

#[cfg(test)]
mod tests;
