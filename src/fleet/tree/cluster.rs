//! The lines of one cluster, in the order of `clusterctl describe cluster`.

use std::collections::HashSet;
use std::sync::Arc;

use fleetui_api::facts::{Reference, Replicas};
use fleetui_api::kinds::Role;
use fleetui_base::{ObjectKey, ObjectName};

use super::branch::{Branch, Growing, Instead, What};
use super::gather::Scope;
use super::headings::workers_verdict;
use super::layers::{Layer, Looked};
use super::owned::Owned;
use super::stands_on::{StandsOn, echoes};
use crate::counters::Counted;
use crate::health::{self, Health, Verdict};
use crate::premises::Premises;
use crate::row::Row;

pub(super) const WORKERS: &str = "Workers";
pub(super) const OTHER: &str = "Other";

pub(super) const NO_CLUSTER: &str = "No cluster";

/// What a Cluster may refer to as its infrastructure; some providers are both in one.
const BESIDE_CONTROL_PLANES: [Role; 3] = [Role::InfrastructureCluster, Role::ControlPlane, Role::Other];
/// What a Cluster may refer to as its control plane.
const CONTROL_PLANES: [Role; 2] = [Role::ControlPlane, Role::Other];
/// What a machine or a pool may stand on: infrastructure, then bootstrap.
const BELOW_MACHINES: [&[Role]; 2] = [
    &[
        Role::InfrastructureMachine,
        Role::InfrastructureMachinePool,
        Role::Other,
    ],
    &[Role::BootstrapConfig, Role::Other],
];

/// Where what a reference names is shown.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Below who refers to it.
    Here(&'a Arc<Row>),
    /// In another place.
    Elsewhere,
    /// It is not there.
    Nowhere,
}

/// Walks one cluster.
pub(super) struct Gatherer<'a, 't> {
    pub(super) scope: Scope<'a>,
    pub(super) growing: Growing,
    cluster_health: Health,
    /// Rows that were found by reference.
    placed: HashSet<*const Row>,
    /// Rows without a cluster that are placed in one.
    taken: &'t mut HashSet<*const Row>,
    /// Those of them that were found here, and whether nobody before had them.
    shared: Vec<(Arc<Row>, bool)>,
    /// Infrastructure, then bootstrap.
    stands_on: [StandsOn<'a>; 2],
    /// What layers show.
    pub(super) looked: Looked<'a>,
}

impl<'a, 't> Gatherer<'a, 't> {
    /// Begins. `taken` are rows without a cluster that others have placed.
    pub(super) fn new(scope: Scope<'a>, taken: &'t mut HashSet<*const Row>) -> Self {
        let stands_on = [Role::InfrastructureMachine, Role::BootstrapConfig]
            .map(|role| StandsOn::new(scope.members.of_role(role)));
        Self {
            growing: Growing::default(),
            scope,
            cluster_health: Health::Unknown,
            placed: HashSet::new(),
            taken,
            shared: Vec::new(),
            stands_on,
            looked: Looked::default(),
        }
    }

    /// The Cluster and all that belongs to it.
    pub(super) fn cluster(mut self) -> Branch {
        if self.scope.key.object.name.is_empty() {
            return self.without_cluster();
        }
        if let Some(row) = self.scope.cluster {
            self.object(1, row);
        } else {
            let key = self.scope.key.clone();
            self.missing(1, key.clone(), key);
        }
        let own = self.growing.entries.first().map(|entry| entry.health);
        self.cluster_health = own.unwrap_or(Health::Unknown);
        self.look();
        self.class();
        let mut machines = Owned::new(self.scope.members.of_role(Role::Machine));
        let reference = self
            .scope
            .cluster
            .and_then(|row| row.facts.infrastructure.as_ref());
        let control_plane = self
            .scope
            .cluster
            .and_then(|row| row.facts.control_plane_reference.as_deref());
        let same = reference.is_some() && reference == control_plane;
        if let Some(reference) = reference.filter(|_| !same) {
            match self.place(reference, &BESIDE_CONTROL_PLANES) {
                Place::Here(row) => self.object(2, row),
                Place::Nowhere => self.missing_reference(2, reference),
                Place::Elsewhere => {}
            }
        }
        self.resource_sets();
        let cluster = self.scope.cluster.map(AsRef::as_ref);
        let counted = Counted::of(cluster, self.scope.members, &self.scope.around);
        self.control_planes(control_plane, &mut machines);
        self.workers(counted.workers, &mut machines);
        self.other(&mut machines);
        // Those that look after machines by other labels stand below their Cluster.
        self.checks(2, |_| true);
        let Counted {
            replicas, version, ..
        } = counted;
        let shows = replicas.is_some() || version.is_some();
        self.growing
            .show_instead(0, shows.then_some(Instead { replicas, version }));
        let scope = self.scope;
        let premises = scope.around.into_premises();
        self.growing
            .finish(scope.key, scope.members, premises, self.shared)
    }

    /// What should belong to a Cluster and does not say to which: mostly since it cannot be read.
    fn without_cluster(mut self) -> Branch {
        self.growing.push(
            1,
            What::Group(NO_CLUSTER),
            Verdict::new(Health::Good, String::new()),
        );
        for row in self.scope.members.all() {
            self.object(2, row);
        }
        let scope = self.scope;
        let premises = scope.around.into_premises();
        self.growing
            .finish(scope.key, scope.members, premises, self.shared)
    }

    /// The control plane that the Cluster refers to, others that say to be its own, and their machines.
    fn control_planes(&mut self, reference: Option<&'a Reference>, machines: &mut Owned<'a>) {
        let place = reference.map(|reference| (reference, self.place(reference, &CONTROL_PLANES)));
        let referenced = match place {
            Some((_, Place::Here(row))) => Some(row),
            Some((_, Place::Elsewhere | Place::Nowhere)) | None => None,
        };
        let others = self.scope.members.of_role(Role::ControlPlane);
        let others: Vec<&'a Arc<Row>> = others.filter(|row| !self.is_placed(row)).collect();
        for row in referenced.into_iter().chain(others) {
            self.object(2, row);
            self.below_maker(3, row);
            self.machines_of(3, row, machines.take(&row.facts.kind, &row.facts.object.name));
        }
        if let Some((reference, Place::Nowhere)) = place {
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
    }

    fn missing_control_plane(&mut self, reference: &Reference, machines: Vec<&'a Arc<Row>>) {
        let key = self.key_of(reference);
        let cluster = self.scope.key.clone();
        self.missing(2, cluster, key);
        self.machines(3, machines.into_iter());
    }

    /// Deployments, sets of their own, pools, below a heading with the counters of all of them.
    fn workers(&mut self, replicas: Option<Replicas>, machines: &mut Owned<'a>) {
        let mut sets = Owned::new(self.scope.members.of_role(Role::MachineSet));
        let head = self.growing.entries.len();
        self.group(WORKERS);
        for deployment in self.scope.members.of_role(Role::MachineDeployment) {
            self.object(3, deployment);
            let facts = &deployment.facts;
            self.below_maker(4, deployment);
            let owned: Vec<&'a Arc<Row>> = sets.take(&facts.kind, &facts.object.name).to_vec();
            let mut of_all_sets = Vec::new();
            for set in owned {
                let of_set = machines.take(&set.facts.kind, &set.facts.object.name);
                if self.scope.shape.layers.has(Layer::MachineSets) {
                    self.object(4, set);
                    self.below_maker(5, set);
                    self.machines_of(5, set, of_set);
                } else {
                    self.checks_of_hidden(4, set);
                    of_all_sets.extend_from_slice(of_set);
                }
            }
            self.machines_of(4, deployment, &of_all_sets);
        }
        for set in sets.take_where(|_| true) {
            self.object(3, set);
            self.below_maker(4, set);
            self.machines_of(4, set, machines.take(&set.facts.kind, &set.facts.object.name));
        }
        for pool in self.scope.members.of_role(Role::MachinePool) {
            self.object(3, pool);
            self.stands_on(4, pool);
            self.checks_of_hidden(4, pool);
            self.machines_of(4, pool, machines.take(&pool.facts.kind, &pool.facts.object.name));
        }
        if self.growing.entries.len() == head + 1 {
            self.growing.pop();
            return;
        }
        let instead = Instead {
            replicas,
            version: None,
        };
        self.growing.show_instead(head, Some(instead));
    }

    /// What says to belong to the cluster and hangs nowhere.
    fn other(&mut self, machines: &mut Owned<'a>) {
        let head = self.growing.entries.len();
        self.group(OTHER);
        for row in self.scope.members.of_role(Role::InfrastructureCluster) {
            if !self.is_placed(row) {
                self.object(3, row);
            }
        }
        let orphans = machines.take_where(|_| true);
        self.machines(3, orphans.into_iter());
        self.left_behind();
        if self.growing.entries.len() == head + 1 {
            self.growing.pop();
        }
    }

    /// Objects whose Machine is gone.
    fn left_behind(&mut self) {
        let rows: Vec<&'a Arc<Row>> = self.stands_on.iter().flat_map(StandsOn::left_behind).collect();
        for row in rows {
            let gone = row
                .facts
                .owner
                .as_ref()
                .is_some_and(|owner| self.lookup(owner).is_none());
            if gone {
                self.object(3, row);
            }
        }
    }

    pub(super) fn machines(&mut self, depth: u8, machines: impl Iterator<Item = &'a Arc<Row>>) {
        for machine in machines {
            self.object(depth, machine);
            self.stands_on(depth + 1, machine);
            self.runs_on(depth + 1, machine);
        }
    }

    /// Infrastructure and bootstrap of a machine or a pool, where they say something else than it does.
    fn stands_on(&mut self, depth: u8, machine: &'a Arc<Row>) {
        let facts = &machine.facts;
        let references = [&facts.infrastructure, &facts.bootstrap];
        for (index, (reference, meant)) in references.into_iter().zip(BELOW_MACHINES).enumerate() {
            let Some(reference) = reference else { continue };
            let expected = self
                .stands_on
                .get_mut(index)
                .and_then(|rows| rows.next(reference, &facts.object.name));
            let Some(row) = expected.or_else(|| self.place_below(reference, meant, machine)) else {
                continue;
            };
            if self.scope.shape.echo || !echoes(row, machine) {
                self.object(depth, row);
            }
        }
    }

    pub(super) fn object(&mut self, depth: u8, row: &'a Arc<Row>) {
        let paused = self.scope.cluster.is_some_and(|cluster| cluster.facts.paused);
        if health::is_plainly_good(&row.facts, paused) {
            return self.growing.push_plainly_good(depth, row);
        }
        let verdict = health::thorough_verdict(row, paused, &self.scope.around);
        self.growing.push(depth, What::Object(Arc::clone(row)), verdict);
    }

    fn group(&mut self, name: &'static str) {
        let verdict = match name {
            WORKERS => workers_verdict(self.scope.cluster, self.cluster_health),
            _ => Verdict::new(Health::Good, ""),
        };
        self.growing.push(2, What::Group(name), verdict);
    }

    pub(super) fn key_of(&self, reference: &Reference) -> ObjectKey {
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

    /// What a reference names, as long as it plays one of the parts that are meant: objects of the core group have places of
    /// their own, whatever refers to them. Two objects may refer to the same third; a line stands once.
    fn place(&mut self, reference: &Reference, meant: &[Role]) -> Place<'a> {
        let Some(row) = self.lookup(reference) else {
            return Place::Nowhere;
        };
        let facts = &row.facts;
        let is_others = facts
            .cluster
            .as_ref()
            .is_some_and(|cluster| *cluster != self.scope.key.object.name);
        if is_others || !meant.contains(&facts.role) || !self.placed.insert(Arc::as_ptr(row)) {
            return Place::Elsewhere;
        }
        if facts.cluster.is_none() {
            let free = self.taken.insert(Arc::as_ptr(row));
            self.shared.push((Arc::clone(row), free));
            if !free {
                return Place::Elsewhere;
            }
        }
        Place::Here(row)
    }

    /// The same where it matters only whether it is shown here.
    pub(super) fn placed_here(&mut self, reference: &Reference, meant: &[Role]) -> Option<&'a Arc<Row>> {
        match self.place(reference, meant) {
            Place::Here(row) => Some(row),
            Place::Elsewhere | Place::Nowhere => None,
        }
    }

    /// The same for what a machine stands on; what another machine owns is shown below that one.
    fn place_below(&mut self, reference: &Reference, meant: &[Role], machine: &Row) -> Option<&'a Arc<Row>> {
        let owner = self.lookup(reference)?.facts.owner.as_ref();
        let is_others = owner.is_some_and(|owner| {
            Role::of(&owner.kind) == Role::Machine && owner.name != machine.facts.object.name
        });
        match self.place(reference, meant) {
            Place::Here(row) if !is_others => Some(row),
            Place::Here(_) | Place::Elsewhere | Place::Nowhere => None,
        }
    }

    fn is_placed(&self, row: &Arc<Row>) -> bool {
        self.placed.contains(&Arc::as_ptr(row))
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
            if names.is_none() {
                let note = |premises: &mut Premises| premises.note_none_of(&reference.kind);
                self.scope.around.note(note);
            }
            self.scope.names.push((reference.kind.clone(), names));
            names
        });
        let found = names?.get(reference.name.as_str()).map(|found| &found.0);
        let is_own =
            found.is_some_and(|found| found.facts.cluster.as_ref() == Some(&self.scope.key.object.name));
        if !is_own {
            let note = |premises: &mut Premises| premises.note_other(reference, found);
            self.scope.around.note(note);
        }
        found
    }
}
