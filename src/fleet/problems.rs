//! Problems: everything that is not as it should be, grouped by the object at the bottom of it.
//!
//! Forty machines that wait for one thing are one problem. What is found in a cluster is kept until something that it was found
//! from changes, so that a large fleet is not walked anew for every change.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use jiff::{SignedDuration, Timestamp};

use crate::for_person::ForPerson;
use crate::health::{self, Health};
use crate::premises::{Around, Premises};
use crate::row::Row;
use crate::session::{Clock, Connection, Session};
use crate::store::{FleetStore, Partition};
use crate::waits_for::{self, WaitsFor};
use crate::why::way;

pub use on_their_way::OnTheirWay;

mod cause;
mod halted;
mod on_their_way;
mod sought;

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
    /// What is at the bottom of it; of several objects that say the same, the one that has said so longest.
    pub root: Root,
    /// The others, in the order of their names.
    pub alike: Vec<ObjectKey>,
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
    /// Objects that suffer from it, in the order of their names; what is at the bottom is not among them.
    pub victims: Vec<ObjectKey>,
    /// How many Clusters suffer from it.
    pub clusters: usize,
}

impl Problem {
    /// How many objects suffer, those at the bottom with them.
    pub fn objects(&self) -> usize {
        self.victims.len() + self.roots()
    }

    /// How many objects are at the bottom of it.
    pub fn roots(&self) -> usize {
        self.alike.len() + 1
    }

    /// Whether an object is at the bottom of it or suffers from it.
    fn touches(&self, key: &ObjectKey) -> bool {
        matches!(&self.root, Root::Object(root) if root == key)
            || self.alike.binary_search(key).is_ok()
            || self.victims.binary_search(key).is_ok()
    }

    /// Takes in others who suffer: how badly, since when, by which way.
    fn suffer(
        &mut self,
        severity: Health,
        since: Option<Timestamp>,
        path: Vec<ObjectKey>,
        victims: impl IntoIterator<Item = ObjectKey>,
    ) {
        self.severity = self.severity.max(severity);
        self.since = self.since.or(since);
        // Of ways that are equally long, the first by name, whoever came first.
        let length = path.len().cmp(&self.path.len());
        if length.is_gt() || (length.is_eq() && path < self.path) {
            self.path = path;
        }
        self.victims.extend(victims);
    }
}

/// The problems of a fleet, and what they were found from.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    list: Vec<Arc<Problem>>,
    on_their_way: OnTheirWay,
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
    parts: Vec<Part>,
    on_their_way: OnTheirWay,
}

/// A problem, as far as one cluster suffers from it.
#[derive(Debug)]
struct Part {
    problem: Arc<Problem>,
    /// The Clusters that suffer.
    clusters: BTreeSet<ObjectKey>,
    /// What the root says, without what is only its own; nothing where that tells no cause.
    cause: Option<CompactString>,
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
        let (mut homeless, mut connections, mut upgrades) = (Vec::new(), Vec::new(), Vec::new());
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
                found.insert(place, held);
            }
            homeless.push(look(store, without_cluster(partition), 0, clock));
            connections.extend(session.and_then(connection).map(Arc::new));
            upgrades.extend(halted::halted(partition, now));
        }
        let all = found.values().map(AsRef::as_ref).chain(&homeless);
        let on_their_way = all.clone().map(|found: &Found| found.on_their_way).sum();
        let problems = put_together(all.flat_map(|found: &Found| &found.parts));
        let mut list = cause::one_each(problems);
        list.extend(connections);
        for upgrade in upgrades {
            match list.iter_mut().find(|known| known.root == upgrade.root) {
                Some(known) => {
                    let known = Arc::make_mut(known);
                    known.line = halted::joined(&known.line, &upgrade);
                }
                None => list.push(Arc::new(upgrade)),
            }
        }
        worst_first(&mut list);
        Self {
            list,
            on_their_way,
            found,
            made: Some((store.revision(), now)),
        }
    }

    /// All of them: the worst first, of equals the one that has been so longest.
    pub fn list(&self) -> &[Arc<Problem>] {
        &self.list
    }

    /// What is no problem and not yet as it should be either.
    pub fn on_their_way(&self) -> OnTheirWay {
        self.on_their_way
    }

    /// The problem that an object is part of.
    pub fn of(&self, key: &ObjectKey) -> Option<&Problem> {
        let mut problems = self.list.iter().map(AsRef::as_ref);
        problems.find(|problem: &&Problem| problem.touches(key))
    }
}

/// Rows that belong to no cluster: hosts, classes, what other kinds there are.
fn without_cluster(partition: &Partition) -> impl Iterator<Item = &Arc<Row>> {
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
    let mut on_their_way = OnTheirWay::default();
    let complaints = rows.filter_map(|row| complaint(row, &around, clock, (&mut bottoms, &mut on_their_way)));
    let parts = parts(complaints);
    Found {
        revision,
        ahead: clock.ahead,
        parts,
        on_their_way,
        premises: around.into_premises(),
    }
}

fn complaint<'a>(
    row: &'a Row,
    around: &Around<'a>,
    clock: Clock,
    (bottoms, on_their_way): (&mut BTreeMap<ObjectKey, Arc<Bottom>>, &mut OnTheirWay),
) -> Option<Complaint> {
    // Nearly all rows need no thought; and a pause makes none of them a fault.
    if health::is_plainly_good(&row.facts, false) {
        return None;
    }
    let way = way(row, around);
    let (first, (root, of_root)) = (way.first()?, way.last()?);
    if !first.1.verdict.health.is_fault() {
        if first.1.verdict.health == Health::Progressing {
            let person = if around.is_paused(root) {
                ForPerson::default()
            } else {
                ForPerson::of(&root.facts)
            };
            on_their_way.add(first.1.since.map(|since| clock.ours(since)), person);
        }
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

/// What these complaints come to, by the root.
fn parts(complaints: impl Iterator<Item = Complaint>) -> Vec<Part> {
    let mut parts: BTreeMap<ObjectKey, (Problem, BTreeSet<ObjectKey>)> = BTreeMap::new();
    for complaint in complaints {
        let bottom = &complaint.root;
        let (problem, clusters) = parts.entry(bottom.key.clone()).or_insert_with(|| {
            let problem = Problem {
                root: Root::Object(bottom.key.clone()),
                alike: Vec::new(),
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
        clusters.extend(complaint.cluster);
        let victim = (complaint.who != bottom.key).then_some(complaint.who);
        problem.suffer(complaint.health, complaint.since, complaint.path, victim);
    }
    let parts = parts.into_values().map(|(mut problem, clusters)| {
        problem.clusters = clusters.len();
        problem.victims.sort();
        problem.victims.dedup();
        let cause = cause::of(&problem);
        let problem = Arc::new(problem);
        Part {
            problem,
            clusters,
            cause,
        }
    });
    parts.collect()
}

/// The problems that these are parts of, with the Clusters that suffer and the cause. Nearly all are whole in one cluster and are
/// taken as they are.
fn put_together<'a>(parts: impl Iterator<Item = &'a Part>) -> Vec<Whole<'a>> {
    let mut places: HashMap<&Root, usize> = HashMap::new();
    let mut problems: Vec<Whole<'a>> = Vec::new();
    for part in parts {
        let place = *places.entry(&part.problem.root).or_insert(problems.len());
        match problems.get_mut(place) {
            None => problems.push(Whole {
                problem: Arc::clone(&part.problem),
                clusters: Cow::Borrowed(&part.clusters),
                cause: part.cause.as_deref(),
            }),
            Some(whole) => whole.take_in(&part.problem, &part.clusters),
        }
    }
    problems
}

/// A problem that is put together of parts.
struct Whole<'a> {
    problem: Arc<Problem>,
    clusters: Cow<'a, BTreeSet<ObjectKey>>,
    cause: Option<&'a str>,
}

impl Whole<'_> {
    fn take_in(&mut self, other: &Problem, clusters: &BTreeSet<ObjectKey>) {
        self.clusters.to_mut().extend(clusters.iter().cloned());
        let problem = Arc::make_mut(&mut self.problem);
        let other = other.clone();
        problem.suffer(other.severity, other.since, other.path, other.victims);
        problem.victims.sort();
        problem.victims.dedup();
        problem.clusters = self.clusters.len();
    }
}

/// The problem that a connection is, where it is one.
fn connection(session: &Session) -> Option<Problem> {
    let verdict = health::connection(Some(session));
    // Nobody has asked for one that is idle.
    if !verdict.health.is_fault() || session.connection == Connection::Idle {
        return None;
    }
    Some(Problem {
        root: Root::ManagementCluster(session.management_cluster.clone()),
        alike: Vec::new(),
        uid: CompactString::default(),
        severity: verdict.health,
        since: session.away_since.or_else(|| session.known_until()),
        waits_for: waits_for::of_connection(&session.connection),
        line: verdict.line,
        cluster: None,
        path: Vec::new(),
        victims: Vec::new(),
        clusters: 0,
    })
}

fn worst_first(list: &mut [Arc<Problem>]) {
    // What has no time is not known to have been so for long.
    let order = |problem: &Problem| (problem.since.is_none(), problem.since);
    list.sort_by(|one, other| {
        let worse = other.severity.cmp(&one.severity);
        worse
            .then_with(|| order(one).cmp(&order(other)))
            .then_with(|| one.root.cmp(&other.root))
    });
}

#[cfg(test)]
mod tests;
