//! Problems: everything that is not as it should be, grouped by the object at the bottom of it.
//!
//! Forty machines that wait for one thing are one problem. What is found in a cluster is kept until something that it was found
//! from changes, so that a large fleet is not walked anew for every change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use jiff::{SignedDuration, Timestamp};

use crate::health::{self, Health};
use crate::premises::{Around, Premises};
use crate::row::Row;
use crate::session::{Clock, Connection, Session};
use crate::store::{FleetStore, Partition};
use crate::waits_for::{self, WaitsFor};
use crate::why::way;

/// What is at the bottom of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// A management cluster that is not connected as it should be.
    ManagementCluster(ManagementCluster),
    /// An object.
    Object(ObjectKey),
}

impl Root {
    /// The management cluster that it is, or is in.
    pub fn management_cluster(&self) -> &ManagementCluster {
        match self {
            Self::ManagementCluster(name) => name,
            Self::Object(key) => &key.management_cluster,
        }
    }
}

/// One problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is at the bottom of it.
    pub root: Root,
    /// Its identity, where it is an object.
    pub uid: CompactString,
    /// The worst of all that suffer from it.
    pub severity: Health,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Who has to act.
    pub waits_for: WaitsFor,
    /// What the root says. From the cluster: not yet safe to show.
    pub line: String,
    /// The Cluster that the root belongs to, where it does.
    pub cluster: Option<ObjectKey>,
    /// The longest way that leads to it: from the first object that suffers to the one above the root.
    pub path: Vec<ObjectKey>,
    /// Objects that suffer from it, in the order of their names; the root is not among them.
    pub victims: Vec<ObjectKey>,
    /// How many Clusters suffer from it.
    pub clusters: usize,
}

impl Problem {
    /// How many objects suffer, the root with them.
    pub fn objects(&self) -> usize {
        self.victims.len() + 1
    }
}

/// The problems of a fleet, and what they were found from.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    list: Vec<Problem>,
    found: BTreeMap<(ManagementCluster, ObjectName), Arc<Found>>,
    made: Option<(u64, Timestamp)>,
}

/// What was found in one cluster.
#[derive(Debug)]
struct Found {
    revision: u64,
    /// How far the clock was ahead that it was judged by.
    ahead: SignedDuration,
    premises: Premises,
    complaints: Vec<Complaint>,
}

/// An object that is not as it should be, and what is at the bottom of it.
#[derive(Debug, Clone)]
struct Complaint {
    who: ObjectKey,
    cluster: Option<ObjectKey>,
    health: Health,
    since: Option<Timestamp>,
    /// From the object down to the one above the root.
    path: Vec<ObjectKey>,
    root: Arc<Bottom>,
}

/// The object at the bottom.
#[derive(Debug)]
struct Bottom {
    key: ObjectKey,
    uid: CompactString,
    since: Option<Timestamp>,
    line: String,
    waits_for: WaitsFor,
    cluster: Option<ObjectKey>,
}

impl Problems {
    /// The problems at `now`.
    pub fn build(store: &FleetStore, now: Timestamp) -> Self {
        Self::default().again(store, now)
    }

    /// The same for a fleet that has changed since; what still holds is not looked at again.
    #[must_use]
    pub fn again(&self, store: &FleetStore, now: Timestamp) -> Self {
        let reusable = self.made.filter(|(_, made)| *made <= now);
        let unchanged = reusable.is_some_and(|(revision, _)| revision == store.revision());
        let mut found = BTreeMap::new();
        let mut gathered = Gathered::default();
        for partition in store.partitions() {
            let session = partition.session.as_deref();
            let clock = Clock::of(session, now);
            for ((namespace, name), members) in partition.clusters() {
                let place = (
                    partition.management_cluster.clone(),
                    ObjectName {
                        namespace: namespace.clone(),
                        name: name.clone(),
                    },
                );
                let held = self.found.get(&place).filter(|held| {
                    reusable.is_some()
                        && held.revision == members.revision()
                        && held.ahead == clock.ahead
                        && held.premises.hold_at(clock.now)
                        && (unchanged || held.premises.hold_in(partition, namespace))
                });
                let held = held.map_or_else(
                    || Arc::new(look(store, members.all(), members.revision(), clock)),
                    Arc::clone,
                );
                gathered.add(&held.complaints);
                found.insert(place, held);
            }
            gathered.add(&look(store, homeless(partition), 0, clock).complaints);
            if let Some(session) = session {
                gathered.connection(session);
            }
        }
        Self {
            list: gathered.into_list(),
            found,
            made: Some((store.revision(), now)),
        }
    }

    /// All of them: the worst first, of equals the one that has been so longest.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// The problem that an object is part of.
    pub fn of(&self, key: &ObjectKey) -> Option<&Problem> {
        self.list.iter().find(|problem| {
            matches!(&problem.root, Root::Object(root) if root == key)
                || problem.victims.binary_search(key).is_ok()
        })
    }
}

/// Rows that belong to no cluster: hosts, classes, what other kinds there are.
fn homeless(partition: &Partition) -> impl Iterator<Item = &Arc<Row>> {
    let rows = partition.rows_of(|role| match role {
        Role::Cluster | Role::MachineDeployment | Role::MachineSet | Role::MachinePool | Role::Machine => {
            false
        }
        Role::InfrastructureCluster
        | Role::ControlPlane
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => true,
    });
    rows.filter(|row| row.facts.cluster.is_none())
}

fn look<'a>(
    store: &'a FleetStore,
    rows: impl Iterator<Item = &'a Arc<Row>>,
    revision: u64,
    clock: Clock,
) -> Found {
    let around = Around::new(store, clock.now);
    let mut bottoms: BTreeMap<ObjectKey, Arc<Bottom>> = BTreeMap::new();
    let complaints = rows.filter_map(|row| complaint(row, &around, clock, &mut bottoms));
    let complaints = complaints.collect();
    Found {
        revision,
        ahead: clock.ahead,
        complaints,
        premises: around.into_premises(),
    }
}

fn complaint<'a>(
    row: &'a Row,
    around: &Around<'a>,
    clock: Clock,
    bottoms: &mut BTreeMap<ObjectKey, Arc<Bottom>>,
) -> Option<Complaint> {
    // Nearly all rows need no thought; and a pause makes none of them a fault.
    if health::is_plainly_good(&row.facts, false) {
        return None;
    }
    let way = way(row, around);
    let (first, (root, of_root)) = (way.first()?, way.last()?);
    if !first.1.verdict.health.is_fault() {
        return None;
    }
    let cluster = |row: &Row| around.cluster_of(row).map(|cluster| cluster.key());
    let bottom = bottoms.entry(root.key()).or_insert_with(|| {
        Arc::new(Bottom {
            key: root.key(),
            uid: root.facts.uid.clone(),
            since: of_root.since.map(|since| clock.ours(since)),
            line: of_root.verdict.line.clone(),
            waits_for: waits_for::of(root, of_root, around.is_paused(root)),
            cluster: cluster(root),
        })
    });
    let above = way.len() - 1;
    Some(Complaint {
        who: row.key(),
        cluster: cluster(row),
        health: first.1.verdict.health,
        since: first.1.since.map(|since| clock.ours(since)),
        path: way.iter().take(above).map(|(row, _)| row.key()).collect(),
        root: Arc::clone(bottom),
    })
}

/// Problems as they are put together.
#[derive(Default)]
struct Gathered {
    problems: BTreeMap<Root, (Problem, BTreeSet<ObjectKey>)>,
}

impl Gathered {
    fn add(&mut self, complaints: &[Complaint]) {
        for complaint in complaints {
            let bottom = &complaint.root;
            let root = Root::Object(bottom.key.clone());
            let (problem, clusters) = self.problems.entry(root.clone()).or_insert_with(|| {
                let problem = Problem {
                    root,
                    uid: bottom.uid.clone(),
                    severity: complaint.health,
                    since: bottom.since,
                    waits_for: bottom.waits_for.clone(),
                    line: bottom.line.clone(),
                    cluster: bottom.cluster.clone(),
                    path: Vec::new(),
                    victims: Vec::new(),
                    clusters: 0,
                };
                (problem, BTreeSet::new())
            });
            problem.severity = problem.severity.max(complaint.health);
            if problem.since.is_none() {
                problem.since = complaint.since;
            }
            clusters.extend(complaint.cluster.clone());
            // Of ways that are equally long, the first by name, whoever came first.
            let length = complaint.path.len().cmp(&problem.path.len());
            if length.is_gt() || (length.is_eq() && complaint.path < problem.path) {
                problem.path.clone_from(&complaint.path);
            }
            if complaint.who != bottom.key {
                problem.victims.push(complaint.who.clone());
            }
        }
    }

    fn connection(&mut self, session: &Session) {
        let verdict = health::connection(Some(session));
        // Nobody has asked for one that is idle.
        if !verdict.health.is_fault() || session.connection == Connection::Idle {
            return;
        }
        let root = Root::ManagementCluster(session.management_cluster.clone());
        let problem = Problem {
            root: root.clone(),
            uid: CompactString::default(),
            severity: verdict.health,
            since: session.known_until(),
            waits_for: waits_for::of_connection(&session.connection),
            line: verdict.line,
            cluster: None,
            path: Vec::new(),
            victims: Vec::new(),
            clusters: 0,
        };
        self.problems.insert(root, (problem, BTreeSet::new()));
    }

    fn into_list(self) -> Vec<Problem> {
        let mut list: Vec<Problem> = self
            .problems
            .into_values()
            .map(|(mut problem, clusters)| {
                problem.clusters = clusters.len();
                problem.victims.sort();
                problem.victims.dedup();
                problem
            })
            .collect();
        // What has no time is not known to have been so for long.
        let order = |problem: &Problem| (problem.since.is_none(), problem.since);
        list.sort_by(|one, other| {
            let worse = other.severity.cmp(&one.severity);
            worse
                .then_with(|| order(one).cmp(&order(other)))
                .then_with(|| one.root.cmp(&other.root))
        });
        list
    }
}

#[cfg(test)]
mod tests;
