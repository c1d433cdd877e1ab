//! Gathers the whole tree, folded or not, in the order of its lines.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::facts::{Reference, Replicas};
use fleetui_api::kinds::{Role, core};
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use jiff::Timestamp;

use super::TreeOptions;
use super::owned::Owned;
use crate::health::{self, Health, Verdict};
use crate::row::Row;
use crate::session::Connection;
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
    Group(ObjectKey, &'static str),
    Missing(Box<(ObjectKey, ObjectKey)>),
}

/// Counters and a version that a line shows and its row does not have.
#[derive(Default)]
pub(super) struct Instead {
    pub(super) replicas: Option<Replicas>,
    pub(super) version: Option<CompactString>,
}

const WORKERS: &str = "Workers";
const OTHER: &str = "Other";

/// Everything that the options let in, whether folded or not.
pub(super) fn gather<'a>(store: &'a FleetStore, options: &TreeOptions, now: Timestamp) -> Vec<Item<'a>> {
    let mut items = Vec::new();
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
            Gatherer {
                scope,
                items: &mut items,
            }
            .cluster();
        }
    }
    items
}

/// One cluster, and what its lines depend on.
struct Scope<'a, 'o> {
    store: &'a FleetStore,
    partition: &'a Partition,
    members: &'a Members,
    options: &'o TreeOptions,
    now: Timestamp,
    cluster: Option<&'a Arc<Row>>,
    key: ObjectKey,
    /// Rows by name of the few kinds that machines refer to, so that each is found once.
    names: Vec<(GroupKind, Option<&'a Names>)>,
}

struct Gatherer<'a, 'o, 'i> {
    scope: Scope<'a, 'o>,
    items: &'i mut Vec<Item<'a>>,
}

impl<'a> Gatherer<'a, '_, '_> {
    /// The Cluster and all that belongs to it.
    fn cluster(mut self) {
        let head = self.items.len();
        match self.scope.cluster {
            Some(row) => self.object(1, row),
            None => {
                let key = self.scope.key.clone();
                self.missing(1, key.clone(), key);
            }
        }
        let mut machines = Owned::new(self.scope.members.of_role(Role::Machine));
        let reference = self
            .scope
            .cluster
            .and_then(|row| row.facts.infrastructure.as_ref());
        let control_plane = self
            .scope
            .cluster
            .and_then(|row| row.facts.control_plane_reference.as_ref());
        let same = reference.is_some() && reference == control_plane;
        let infrastructure = reference.filter(|_| !same);
        if let Some(reference) = infrastructure {
            match self.lookup(reference) {
                Some(row) => self.object(2, row),
                None => self.missing_reference(2, reference),
            }
        }
        let (replicas, version) = self.control_planes(control_plane, &mut machines);
        let workers = self.workers(&mut machines);
        self.other(infrastructure, &mut machines);
        if let Some(item) = self.items.get_mut(head) {
            item.instead = instead(self.scope.cluster, replicas, workers, version);
        }
    }

    /// The control plane that the Cluster refers to, others that say to be its own, and their machines.
    fn control_planes(
        &mut self,
        reference: Option<&'a Reference>,
        machines: &mut Owned<'a>,
    ) -> (Option<Replicas>, Option<CompactString>) {
        let (mut replicas, mut version) = (None, None);
        let referenced = reference.and_then(|reference| self.lookup(reference));
        let others = self.scope.members.of_role(Role::ControlPlane);
        let others = others.filter(|row| referenced.is_none_or(|known| !Arc::ptr_eq(known, row)));
        for row in referenced.into_iter().chain(others) {
            self.object(2, row);
            replicas = replicas.or(row.facts.replicas);
            version = version.or_else(|| row.facts.version.clone());
            self.machines(
                3,
                machines
                    .take(&row.facts.kind, &row.facts.object.name)
                    .iter()
                    .copied(),
            );
        }
        if let (Some(reference), None) = (reference, referenced) {
            let adrift = machines.take_where(|machine| {
                machine
                    .facts
                    .owner
                    .as_ref()
                    .is_some_and(|owner| Role::of(&owner.kind) == Role::ControlPlane)
            });
            if !adrift.is_empty() || self.expects(&reference.kind) {
                self.missing_control_plane(reference, adrift);
            }
        }
        (replicas, version)
    }

    fn missing_control_plane(&mut self, reference: &Reference, machines: Vec<&'a Arc<Row>>) {
        let key = self.key_of(reference);
        let cluster = self.scope.key.clone();
        self.missing(2, cluster, key);
        self.machines(3, machines.into_iter());
    }

    /// MachineDeployments, MachineSets of their own, MachinePools. Gives the sum of their counters.
    fn workers(&mut self, machines: &mut Owned<'a>) -> Option<Replicas> {
        let mut sets = Owned::new(self.scope.members.of_role(Role::MachineSet));
        let head = self.items.len();
        let mut sum: Option<Replicas> = None;
        let mut add = |row: &Row| {
            if let Some(replicas) = &row.facts.replicas {
                sum = Some(sum.as_ref().map_or(*replicas, |sum| sum.plus(replicas)));
            }
        };
        self.group(WORKERS);
        for deployment in self.scope.members.of_role(Role::MachineDeployment) {
            add(deployment);
            self.object(3, deployment);
            let facts = &deployment.facts;
            let owned: Vec<&'a Arc<Row>> = sets.take(&facts.kind, &facts.object.name).to_vec();
            for set in owned {
                let depth = if self.scope.options.machine_sets {
                    self.object(4, set);
                    5
                } else {
                    4
                };
                self.machines(
                    depth,
                    machines
                        .take(&set.facts.kind, &set.facts.object.name)
                        .iter()
                        .copied(),
                );
            }
        }
        for set in sets.take_where(|_| true) {
            add(set);
            self.object(3, set);
            self.machines(
                4,
                machines
                    .take(&set.facts.kind, &set.facts.object.name)
                    .iter()
                    .copied(),
            );
        }
        for pool in self.scope.members.of_role(Role::MachinePool) {
            add(pool);
            self.object(3, pool);
            self.stands_on(4, pool);
            self.machines(
                4,
                machines
                    .take(&pool.facts.kind, &pool.facts.object.name)
                    .iter()
                    .copied(),
            );
        }
        if self.items.len() == head + 1 {
            self.items.truncate(head);
            return None;
        }
        let reported = self
            .scope
            .cluster
            .and_then(|row| row.facts.particulars.as_ref()?.workers);
        if let Some(item) = self.items.get_mut(head) {
            item.instead = Some(Box::new(Instead {
                replicas: reported.or(sum),
                version: None,
            }));
        }
        sum
    }

    /// What says to belong to the cluster and hangs nowhere.
    fn other(&mut self, infrastructure: Option<&Reference>, machines: &mut Owned<'a>) {
        let head = self.items.len();
        self.group(OTHER);
        let referenced = infrastructure.and_then(|reference| self.lookup(reference));
        for row in self.scope.members.of_role(Role::InfrastructureCluster) {
            if referenced.is_none_or(|known| !Arc::ptr_eq(known, row)) {
                self.object(3, row);
            }
        }
        let orphans = machines.take_where(|_| true);
        self.machines(3, orphans.into_iter());
        for role in [Role::InfrastructureMachine, Role::BootstrapConfig] {
            self.left_behind(role);
        }
        if self.items.len() == head + 1 {
            self.items.truncate(head);
        }
    }

    /// Objects whose Machine is gone. They are owned by its set or control plane before there is a Machine, which is no fault.
    fn left_behind(&mut self, role: Role) {
        let mut last: Option<(&str, bool)> = None;
        for row in self.scope.members.of_role(role) {
            let Some(owner) = &row.facts.owner else { continue };
            if Role::of(&owner.kind) != Role::Machine {
                continue;
            }
            let there = match last {
                Some((name, there)) if name == owner.name => there,
                _ => self.lookup(owner).is_some(),
            };
            last = Some((owner.name.as_str(), there));
            if !there {
                self.object(3, row);
            }
        }
    }

    fn machines(&mut self, depth: u8, machines: impl Iterator<Item = &'a Arc<Row>>) {
        for machine in machines {
            self.object(depth, machine);
            self.stands_on(depth + 1, machine);
        }
    }

    /// Infrastructure and bootstrap of a machine or a pool, where they say something else than it does.
    fn stands_on(&mut self, depth: u8, machine: &'a Arc<Row>) {
        for reference in [&machine.facts.infrastructure, &machine.facts.bootstrap]
            .into_iter()
            .flatten()
        {
            if let Some(row) = self.lookup(reference)
                && (self.scope.options.echo || !echoes(row, machine))
            {
                self.object(depth, row);
            }
        }
    }

    fn object(&mut self, depth: u8, row: &'a Arc<Row>) {
        let paused = self.scope.cluster.is_some_and(|cluster| cluster.facts.paused);
        let verdict = health::verdict_within(row, paused, self.scope.store, self.scope.now);
        self.items.push(Item {
            what: What::Object(row),
            depth,
            verdict,
            instead: None,
        });
    }

    fn group(&mut self, name: &'static str) {
        let verdict = match name {
            WORKERS => workers_verdict(self.scope.cluster),
            _ => Verdict::new(Health::Good, ""),
        };
        let what = What::Group(self.scope.key.clone(), name);
        self.items.push(Item {
            what,
            depth: 2,
            verdict,
            instead: None,
        });
    }

    fn missing(&mut self, depth: u8, owner: ObjectKey, key: ObjectKey) {
        let verdict = self.missing_verdict(&key.kind);
        self.items.push(Item {
            what: What::Missing(Box::new((owner, key))),
            depth,
            verdict,
            instead: None,
        });
    }

    fn missing_reference(&mut self, depth: u8, reference: &Reference) {
        if self.expects(&reference.kind) {
            let (owner, key) = (self.scope.key.clone(), self.key_of(reference));
            self.missing(depth, owner, key);
        }
    }

    /// Whether everything was read, so that what is not there is missing and not only late.
    fn expects(&self, kind: &GroupKind) -> bool {
        let Some(session) = &self.scope.partition.session else {
            return false;
        };
        match session.connection {
            Connection::Live | Connection::Stale { .. } => true,
            Connection::Idle
            | Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => session.denied.contains(kind),
        }
    }

    fn missing_verdict(&self, kind: &GroupKind) -> Verdict {
        let session = self.scope.partition.session.as_deref();
        let is_denied = session.is_some_and(|session| session.denied.contains(kind));
        if is_denied {
            Verdict::new(Health::Unknown, "may not be read")
        } else if !self.expects(kind) {
            Verdict::new(Health::Unknown, "not read yet")
        } else if self.scope.partition.knows(kind) {
            Verdict::new(Health::Warning, "does not exist")
        } else {
            Verdict::new(Health::Unknown, "does not exist, or its kind is not watched")
        }
    }

    fn key_of(&self, reference: &Reference) -> ObjectKey {
        let object = ObjectName {
            namespace: self.scope.key.object.namespace.clone(),
            name: reference.name.clone(),
        };
        ObjectKey::new(
            self.scope.key.management_cluster.clone(),
            reference.kind.clone(),
            object,
        )
    }

    fn lookup(&mut self, reference: &Reference) -> Option<&'a Arc<Row>> {
        let known = self
            .scope
            .names
            .iter()
            .find(|(kind, _)| *kind == reference.kind)
            .map(|(_, names)| *names);
        let names = known.unwrap_or_else(|| {
            let names = self
                .scope
                .partition
                .names(&reference.kind, &self.scope.key.object.namespace);
            self.scope.names.push((reference.kind.clone(), names));
            names
        });
        names?.get(reference.name.as_str()).map(|found| &found.0)
    }
}

/// A Cluster that reports no counters shows those of its parts; one without a topology its control plane's version.
fn instead(
    cluster: Option<&Arc<Row>>,
    control_plane: Option<Replicas>,
    workers: Option<Replicas>,
    version: Option<CompactString>,
) -> Option<Box<Instead>> {
    let facts = cluster.map(|row| &row.facts);
    let parts = match (control_plane, workers) {
        (Some(control_plane), Some(workers)) => Some(control_plane.plus(&workers)),
        (one, other) => one.or(other),
    };
    let replicas = facts.and_then(|facts| facts.replicas).or(parts);
    let version = facts.and_then(|facts| facts.version.clone()).or(version);
    (replicas.is_some() || version.is_some()).then(|| Box::new(Instead { replicas, version }))
}

/// The heading says what the Cluster says of its workers.
fn workers_verdict(cluster: Option<&Arc<Row>>) -> Verdict {
    let said = cluster.and_then(|row| {
        row.facts
            .conditions
            .iter()
            .find(|condition| condition.kind == "WorkersAvailable")
    });
    let Some(condition) = said else {
        return Verdict::new(Health::Good, "");
    };
    Verdict {
        health: match condition.status {
            ConditionStatus::True => Health::Good,
            ConditionStatus::False => Health::Warning,
            ConditionStatus::Unknown => Health::Unknown,
        },
        condition: Some((CompactString::const_new("Available"), condition.status.as_str())),
        line: String::new(),
    }
}

/// Whether an object below a machine says nothing that the machine does not say.
fn echoes(row: &Row, machine: &Row) -> bool {
    let ready = |row: &'_ Row| {
        let condition = row
            .facts
            .conditions
            .iter()
            .find(|condition| condition.kind == "Ready");
        condition.map(
            |Condition {
                 status,
                 reason,
                 severity,
                 ..
             }| (*status, reason.clone(), *severity),
        )
    };
    match ready(row) {
        Some((ConditionStatus::True, _, _)) => true,
        None if row.facts.initialized == Some(true) => true,
        own => own == ready(machine),
    }
}
