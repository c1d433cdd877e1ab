//! One management cluster's share of the store: its rows, and their indexes.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};

use crate::batch::Walks;
use crate::drain::Drain;
use crate::row::Row;
use crate::session::Session;
use crate::walk::Known;
use crate::workload::WorkloadNodes;

/// The rows of one namespace and kind by name. The name is that of the row, not a copy.
pub(crate) type Names = HashSet<ByName>;

/// Namespace and name of a Cluster.
pub(crate) type ClusterName = (CompactString, CompactString);

/// What holds the drain of the node of a Machine of this uid, or why that is not known.
type Held = (CompactString, Result<Drain, String>);

/// Told of each row that another one takes the place of, or nothing does.
pub(crate) type Left<'a> = &'a mut dyn FnMut(&Row, Option<&Row>);

/// One management cluster.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) management_cluster: ManagementCluster,
    pub(crate) session: Option<Arc<Session>>,
    kinds: HashMap<GroupKind, HashMap<CompactString, Names>>,
    clusters: BTreeMap<ClusterName, Members>,
    rows: usize,
    walks: BTreeMap<ObjectName, Arc<Known>>,
    /// The nodes of workload clusters, as far as somebody has asked for them.
    workloads: HashMap<ObjectName, WorkloadNodes>,
    /// What holds the drains of nodes, by their Machines, each with the uid of that; the same.
    drains: HashMap<ObjectName, Held>,
}

/// Everything that belongs to one cluster, the Cluster itself with it.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// The store's revision in which something here changed last.
    revision: u64,
    by_role: BTreeMap<Role, BTreeSet<Member>>,
}

impl Partition {
    pub(super) fn new(management_cluster: ManagementCluster) -> Self {
        Self {
            management_cluster,
            session: None,
            kinds: HashMap::new(),
            clusters: BTreeMap::new(),
            rows: 0,
            walks: BTreeMap::new(),
            workloads: HashMap::new(),
            drains: HashMap::new(),
        }
    }

    /// The upgrades that are stored, by name.
    pub(crate) fn walks(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.walks.values()
    }

    /// Takes upgrades that were looked at in the place of what was known of them. Says whether anything changed.
    pub(super) fn set_walks(&mut self, told: Walks) -> bool {
        let mut walks = match &told.of {
            Some(_) => self.walks.clone(),
            None => BTreeMap::new(),
        };
        if let Some(cluster) = &told.of {
            walks.remove(cluster);
        }
        let found = told.walks.into_iter();
        walks.extend(found.map(|walk| (walk.cluster.object.clone(), walk)));
        let changed = walks != self.walks;
        self.walks = walks;
        changed
    }

    /// Puts a row in place of an older one, which makes `revision`. Says whether anything changed.
    pub(super) fn upsert(&mut self, row: Arc<Row>, revision: u64, left: Left<'_>) -> bool {
        // A row that says to be another management cluster's would be found under a key that it does not have.
        if row.management_cluster != self.management_cluster {
            return false;
        }
        let facts = &row.facts;
        let names = self
            .kinds
            .entry(facts.kind.clone())
            .or_default()
            .entry(facts.object.namespace.clone())
            .or_default();
        let held = names.get(facts.object.name.as_str());
        if held.is_some_and(|held| is_older(&row, &held.0) || *held.0 == *row) {
            return false;
        }
        match names.replace(ByName(Arc::clone(&row))) {
            Some(old) => {
                left(&old.0, Some(&row));
                self.leave_cluster(old.0, revision);
            }
            None => self.rows += 1,
        }
        self.join_cluster(row, revision);
        true
    }

    /// Removes the row of that uid, which makes `revision`. Another life of the same name stays.
    pub(super) fn delete(&mut self, key: &ObjectKey, uid: &str, revision: u64, left: Left<'_>) -> bool {
        let Some(namespaces) = self.kinds.get_mut(&key.kind) else {
            return false;
        };
        let Some(names) = namespaces.get_mut(&key.object.namespace) else {
            return false;
        };
        if names
            .get(key.object.name.as_str())
            .is_none_or(|held| held.0.facts.uid != uid)
        {
            return false;
        }
        let Some(old) = names.take(key.object.name.as_str()) else {
            return false;
        };
        if names.is_empty() {
            namespaces.remove(&key.object.namespace);
        }
        self.rows -= 1;
        left(&old.0, None);
        self.leave_cluster(old.0, revision);
        true
    }

    fn join_cluster(&mut self, row: Arc<Row>, revision: u64) {
        let Some(name) = home(&row) else {
            return;
        };
        let members = self.clusters.entry(name).or_default();
        members.revision = revision;
        members
            .by_role
            .entry(row.facts.role)
            .or_default()
            .insert(Member(row));
    }

    fn leave_cluster(&mut self, row: Arc<Row>, revision: u64) {
        let Some(name) = home(&row) else {
            return;
        };
        let Some(members) = self.clusters.get_mut(&name) else {
            return;
        };
        members.revision = revision;
        let role = row.facts.role;
        if let Some(ordered) = members.by_role.get_mut(&role) {
            ordered.remove(&Member(row));
            if ordered.is_empty() {
                members.by_role.remove(&role);
            }
        }
        if members.by_role.is_empty() {
            self.clusters.remove(&name);
        }
    }

    pub(crate) fn get(&self, kind: &GroupKind, namespace: &str, name: &str) -> Option<&Arc<Row>> {
        self.names(kind, namespace)?.get(name).map(|found| &found.0)
    }

    /// The rows of one kind and namespace, for who looks up many.
    pub(crate) fn names(&self, kind: &GroupKind, namespace: &str) -> Option<&Names> {
        self.kinds.get(kind)?.get(namespace)
    }

    pub(crate) fn cluster(&self, namespace: &str, name: &str) -> Option<&Arc<Row>> {
        self.clusters
            .get(&(CompactString::from(namespace), CompactString::from(name)))
            .and_then(|members| members.of_role(Role::Cluster).next())
    }

    /// Takes in the nodes of a workload cluster, which makes `revision`; those that were read before stay where they cannot be
    /// read now. Says whether the Cluster is there in this life.
    pub(super) fn take_nodes(&mut self, cluster: &ObjectName, read: WorkloadNodes, revision: u64) -> bool {
        let there = self
            .cluster(&cluster.namespace, &cluster.name)
            .is_some_and(|row| row.facts.uid == read.uid);
        if !there {
            return false;
        }
        let held = self.workloads.remove(cluster).filter(|held| held.uid == read.uid);
        let taken = match held {
            Some(held) if read.failed.is_some() => WorkloadNodes {
                failed: read.failed,
                ..held
            },
            Some(_) | None => read,
        };
        self.workloads.insert(cluster.clone(), taken);
        let name = (cluster.namespace.clone(), cluster.name.clone());
        if let Some(members) = self.clusters.get_mut(&name) {
            members.revision = revision;
        }
        // Clusters that have gone take their nodes with them.
        let clusters = &self.clusters;
        self.workloads
            .retain(|object, _| clusters.contains_key(&(object.namespace.clone(), object.name.clone())));
        true
    }

    /// Takes in what holds the drain of the node of a Machine. Says whether that is there in this life.
    pub(super) fn take_drain(&mut self, machine: &ObjectKey, (uid, read): Held) -> bool {
        let object = &machine.object;
        let found = self.get(&machine.kind, &object.namespace, &object.name);
        if found.is_none_or(|row| row.facts.uid != uid) {
            self.drains.remove(object);
            return false;
        }
        let taken = (uid, read);
        self.drains.insert(object.clone(), taken.clone()) != Some(taken)
    }

    /// What holds the drain of the node of a Machine, where somebody has asked.
    pub(super) fn drain(&self, machine: &ObjectName, uid: &str) -> Option<&Result<Drain, String>> {
        let (of, held) = self.drains.get(machine)?;
        (of == uid).then_some(held)
    }

    /// The nodes of a workload cluster, where somebody has asked for them.
    pub(crate) fn workload(&self, cluster: &ObjectName) -> Option<&WorkloadNodes> {
        self.workloads.get(cluster)
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.kinds
            .values()
            .flat_map(HashMap::values)
            .flatten()
            .map(|found| &found.0)
    }

    /// The rows of kinds that play a part for which `wanted` holds, in no order.
    pub(crate) fn rows_of(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = &Arc<Row>> {
        self.kinds
            .iter()
            .filter(move |(kind, _)| wanted(Role::of(kind)))
            .flat_map(|(_, namespaces)| namespaces.values())
            .flatten()
            .map(|found| &found.0)
    }

    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.kinds
            .values()
            .flat_map(HashMap::keys)
            .map(CompactString::as_str)
    }

    /// Clusters with what belongs to them, by namespace and name; also those whose Cluster is not there. Under the empty name
    /// stands what should belong to a Cluster and does not say to which.
    pub(crate) fn clusters(&self) -> &BTreeMap<ClusterName, Members> {
        &self.clusters
    }
}

impl Members {
    /// A number that changes whenever one of them does, and that is never the same for two lives of a cluster.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Those that play `role`, by their owners' names and then their own.
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = &Arc<Row>> {
        self.by_role
            .get(&role)
            .into_iter()
            .flatten()
            .map(|member| &member.0)
    }

    /// Those that play `role` and are owned by the object of that kind and name, found without looking at the others.
    pub(crate) fn owned_by(
        &self,
        role: Role,
        (kind, name): (&GroupKind, &str),
    ) -> impl Iterator<Item = &Arc<Row>> {
        let first = Before { owner: (name, kind) };
        let range = (Bound::Included(&first as &dyn Stands), Bound::Unbounded);
        let members = self.by_role.get(&role);
        let from = members.map(|members| members.range::<dyn Stands + '_, _>(range));
        let is_owned = move |row: &&Arc<Row>| {
            row.facts
                .owner
                .as_ref()
                .is_some_and(|owner| owner.name == name && owner.kind == *kind)
        };
        from.into_iter()
            .flatten()
            .map(|member| &member.0)
            .take_while(is_owned)
    }

    /// Whether there is nothing but what is read for the sake of others: templates, bindings.
    pub(crate) fn are_only_beside(&self) -> bool {
        self.by_role
            .keys()
            .all(|role| matches!(role, Role::Template | Role::Other))
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.by_role.values().flatten().map(|member| &member.0)
    }
}

/// The cluster that a row is kept under: its own. What cannot be without one and names none, since it cannot be read, is
/// kept under the empty name, so that it is not lost.
fn home(row: &Row) -> Option<ClusterName> {
    let facts = &row.facts;
    let needs_one = matches!(
        facts.role,
        Role::MachineDeployment | Role::MachineSet | Role::MachinePool | Role::Machine
    );
    let cluster = facts
        .cluster
        .clone()
        .or_else(|| needs_one.then(CompactString::default))?;
    Some((facts.object.namespace.clone(), cluster))
}

/// Whether `row` was read before `held`. Versions that are no numbers cannot be compared; then the later word counts.
fn is_older(row: &Row, held: &Row) -> bool {
    let number = |row: &Row| row.facts.resource_version.parse::<u64>().ok();
    matches!((number(row), number(held)), (Some(new), Some(old)) if new < old)
}

/// A row that is found by its name.
#[derive(Debug)]
pub(crate) struct ByName(pub(crate) Arc<Row>);

impl Borrow<str> for ByName {
    fn borrow(&self) -> &str {
        &self.0.facts.object.name
    }
}

impl Hash for ByName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let name: &str = self.borrow();
        name.hash(state);
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.0.facts.object.name == other.0.facts.object.name
    }
}

impl Eq for ByName {}

/// A row among the others of its cluster and role: those of one owner stand together, in the order of their names.
#[derive(Debug)]
struct Member(Arc<Row>);

/// Owner, name and kind, in the order in which members stand.
type Position<'a> = (Option<(&'a str, &'a GroupKind)>, &'a str, &'a GroupKind);

/// Something that has a place among members, so that a place can be looked for without a row.
trait Stands {
    fn position(&self) -> Position<'_>;
}

/// The place before all members of one owner.
struct Before<'a> {
    owner: (&'a str, &'a GroupKind),
}

impl Stands for Before<'_> {
    fn position(&self) -> Position<'_> {
        (Some(self.owner), "", self.owner.1)
    }
}

impl<'a> Borrow<dyn Stands + 'a> for Member {
    fn borrow(&self) -> &(dyn Stands + 'a) {
        self
    }
}

impl Ord for dyn Stands + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}

impl PartialOrd for dyn Stands + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Stands + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for dyn Stands + '_ {}

impl Stands for Member {
    fn position(&self) -> Position<'_> {
        let facts = &self.0.facts;
        let owner = facts
            .owner
            .as_ref()
            .map(|owner| (owner.name.as_str(), &owner.kind));
        (owner, facts.object.name.as_str(), &facts.kind)
    }
}

impl Ord for Member {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Member {}
