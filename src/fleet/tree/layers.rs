//! Layers: what the tree shows besides what is always there, switched on one by one.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::{Reference, Replicas};
use fleetui_api::kinds::{ADDONS, Role, core};
use fleetui_api::labels;
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use serde::{Deserialize, Serialize};

use super::branch::{Instead, What};
use super::cluster::Gatherer;
use crate::health::{self, Health, Verdict};
use crate::hosts::{occupant, verdict_below};
use crate::nodes::node_of;
use crate::row::Row;

/// Something that can be shown or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// MachineSets between MachineDeployments and machines.
    MachineSets,
    /// MachineHealthChecks below what they look after.
    HealthChecks,
    /// The ClusterClass of each Cluster.
    ClusterClass,
    /// The templates of control planes and of what makes workers.
    Templates,
    /// The ClusterResourceSets that were applied to each Cluster.
    ResourceSets,
    /// The hosts that machines run on.
    Hosts,
    /// The Nodes of machines: as their own cluster tells of them where it was asked, else as far as their machines do.
    Nodes,
}

impl Layer {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::MachineSets,
        Self::HealthChecks,
        Self::ClusterClass,
        Self::Templates,
        Self::ResourceSets,
        Self::Hosts,
        Self::Nodes,
    ];

    /// How it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::MachineSets => "machine-sets",
            Self::HealthChecks => "health-checks",
            Self::ClusterClass => "class",
            Self::Templates => "templates",
            Self::ResourceSets => "resource-sets",
            Self::Hosts => "hosts",
            Self::Nodes => "nodes",
        }
    }

    /// What it shows, in the words of the objects.
    pub fn shows(self) -> &'static str {
        match self {
            Self::MachineSets => "MachineSets",
            Self::HealthChecks => "MachineHealthChecks",
            Self::ClusterClass => "ClusterClasses",
            Self::Templates => "templates",
            Self::ResourceSets => "ClusterResourceSets",
            Self::Hosts => "hosts",
            Self::Nodes => "nodes",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// The layers that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "Vec<Layer>", from = "Vec<Layer>")]
pub struct Layers(u8);

impl Layers {
    /// Whether a layer is shown.
    pub fn has(self, layer: Layer) -> bool {
        self.0 & layer.bit() != 0
    }

    /// These with one more.
    #[must_use]
    pub fn with(self, layer: Layer) -> Self {
        Self(self.0 | layer.bit())
    }

    /// Shows a layer, or does not any more. Says whether it is shown now.
    pub fn toggle(&mut self, layer: Layer) -> bool {
        self.0 ^= layer.bit();
        self.has(layer)
    }

    /// Those that are shown.
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |layer| self.has(*layer))
    }

    /// Whether objects of this kind are read for the sake of a layer, though no view shows them otherwise.
    pub fn read(self, kind: &GroupKind) -> bool {
        match Role::of(kind) {
            Role::Template => self.has(Layer::Templates),
            Role::Other => self.has(Layer::ResourceSets) && kind.group.as_ref() == ADDONS,
            Role::Cluster
            | Role::InfrastructureCluster
            | Role::ControlPlane
            | Role::MachineDeployment
            | Role::MachineSet
            | Role::MachinePool
            | Role::Machine
            | Role::InfrastructureMachine
            | Role::InfrastructureMachinePool
            | Role::BootstrapConfig
            | Role::MachineHealthCheck
            | Role::ClusterClass
            | Role::Host
            | Role::Provider => false,
        }
    }

    /// Those that something is read for.
    #[must_use]
    pub fn that_read(self) -> Self {
        Self(self.0 & (Layer::Templates.bit() | Layer::ResourceSets.bit()))
    }
}

impl From<Vec<Layer>> for Layers {
    fn from(layers: Vec<Layer>) -> Self {
        layers.into_iter().collect()
    }
}

impl From<Layers> for Vec<Layer> {
    fn from(layers: Layers) -> Self {
        layers.iter().collect()
    }
}

impl FromIterator<Layer> for Layers {
    fn from_iter<T: IntoIterator<Item = Layer>>(layers: T) -> Self {
        layers.into_iter().fold(Self::default(), Self::with)
    }
}

/// The line of machines alike.
pub(super) const MACHINES: &str = "Machines";

/// What makes machines, and the labels by which a health check finds them.
pub(crate) fn looks_after(check: &Row, maker: &Row) -> bool {
    let facts = &maker.facts;
    let own = facts.object.name.as_str();
    let in_topology = facts.topology.as_deref();
    selector(check).iter().any(|(key, value)| match facts.role {
        Role::ControlPlane => {
            key == labels::CONTROL_PLANE || (key == labels::CONTROL_PLANE_NAME && value == own)
        }
        Role::MachineDeployment => {
            (key == labels::DEPLOYMENT_NAME && value == own)
                || (key == labels::TOPOLOGY_DEPLOYMENT_NAME && in_topology == Some(value))
        }
        Role::MachineSet => key == labels::SET_NAME && value == own,
        Role::MachinePool => key == labels::POOL_NAME && value == own,
        Role::Cluster
        | Role::InfrastructureCluster
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => false,
    })
}

/// The labels by which a health check finds machines.
pub(crate) fn selector(check: &Row) -> &[(CompactString, CompactString)] {
    check
        .facts
        .particulars
        .as_ref()
        .map_or(&[], |particulars| particulars.selector.as_slice())
}

/// What layers need of a cluster, found once.
#[derive(Default)]
pub(super) struct Looked<'a> {
    /// Health checks that have no place yet.
    checks: Vec<&'a Arc<Row>>,
    /// Hosts by the infrastructure object that has them.
    hosts: HashMap<&'a str, &'a Arc<Row>>,
}

impl<'a> Gatherer<'a, '_> {
    /// Looks for what the layers show.
    pub(super) fn look(&mut self) {
        let (shape, members) = (self.scope.shape, self.scope.members);
        if shape.layers.has(Layer::HealthChecks) {
            self.looked.checks = members.of_role(Role::MachineHealthCheck).collect();
        }
        if shape.layers.has(Layer::Hosts) {
            let hosts = members.of_role(Role::Host);
            self.looked.hosts = hosts.filter_map(|row| Some((occupant(row)?, row))).collect();
        }
    }

    /// The class of the Cluster; it may be that of others too.
    pub(super) fn class(&mut self) {
        if !self.scope.shape.layers.has(Layer::ClusterClass) {
            return;
        }
        let Some(cluster) = self.scope.cluster else { return };
        let facts = &cluster.facts;
        let Some(class) = facts.topology.as_ref().filter(|class| !class.is_empty()) else {
            return;
        };
        let plan = facts.particulars.as_ref().and_then(|it| it.topology.as_ref());
        let namespace = plan
            .and_then(|plan| plan.class_namespace.as_ref())
            .unwrap_or(&facts.object.namespace);
        let object = ObjectName {
            namespace: namespace.clone(),
            name: class.clone(),
        };
        self.beside(2, &core("ClusterClass"), object);
    }

    /// What was applied to the Cluster.
    pub(super) fn resource_sets(&mut self) {
        if !self.scope.shape.layers.has(Layer::ResourceSets) {
            return;
        }
        let bindings = self.scope.members.of_role(Role::Other);
        let bound = bindings.filter_map(|row| Some(&row.facts.particulars.as_ref()?.bound));
        let mut names: Vec<&CompactString> = bound.flatten().collect();
        names.sort();
        names.dedup();
        for name in names {
            let object = ObjectName {
                namespace: self.scope.key.object.namespace.clone(),
                name: name.clone(),
            };
            self.beside(2, &GroupKind::new(ADDONS, "ClusterResourceSet"), object);
        }
    }

    /// An object that stands below each Cluster that it concerns. Its faults are its own.
    fn beside(&mut self, depth: u8, kind: &GroupKind, object: ObjectName) {
        let found = self.scope.partition.get(kind, &object.namespace, &object.name);
        self.scope.around.note(|premises| {
            premises.note_at(&object.namespace, kind, &object.name, found);
        });
        let key = ObjectKey::new(self.scope.key.management_cluster.clone(), kind.clone(), object);
        let verdict = match found {
            Some(row) if health::is_plainly_good(&row.facts, false) => health::plainly_good(row),
            Some(row) => health::thorough_verdict(row, false, &self.scope.around),
            None => self.missing_verdict(kind),
        };
        let keys = Box::new((self.scope.key.clone(), key));
        self.growing
            .push(depth, What::Beside(keys, found.cloned()), verdict);
    }

    /// What stands below something that makes machines, before the machines: its health checks and its templates.
    pub(super) fn below_maker(&mut self, depth: u8, maker: &'a Arc<Row>) {
        self.checks(depth, |check| looks_after(check, maker));
        if !self.scope.shape.layers.has(Layer::Templates) {
            return;
        }
        let facts = &maker.facts;
        let references: [Option<&'a Reference>; 2] =
            [facts.infrastructure.as_ref(), facts.bootstrap.as_ref()];
        for reference in references.into_iter().flatten() {
            if let Some(row) = self.placed_here(reference, &[Role::Template]) {
                self.object(depth, row);
            }
        }
    }

    /// The health checks of what has no line, or whose templates are not looked for.
    pub(super) fn checks_of_hidden(&mut self, depth: u8, maker: &Row) {
        self.checks(depth, |check| looks_after(check, maker));
    }

    /// The health checks that are meant and have no place yet.
    pub(super) fn checks(&mut self, depth: u8, is_meant: impl Fn(&Row) -> bool) {
        let (meant, rest): (Vec<_>, Vec<_>) = self.looked.checks.drain(..).partition(|check| is_meant(check));
        self.looked.checks = rest;
        for check in meant {
            self.object(depth, check);
        }
    }

    /// Machines of one maker: those of which there is nothing to say are one line, where that is wanted.
    pub(super) fn machines_of(&mut self, depth: u8, maker: &'a Arc<Row>, machines: &[&'a Arc<Row>]) {
        let paused = self.scope.cluster.is_some_and(|cluster| cluster.facts.paused);
        let (alike, others): (Vec<&Arc<Row>>, Vec<&Arc<Row>>) = machines
            .iter()
            .partition(|row| self.scope.shape.grouping && health::is_plainly_good(&row.facts, paused));
        if alike.len() < 2 {
            return self.machines(depth, machines.iter().copied());
        }
        self.alike(depth, maker, &alike);
        self.machines(depth + 1, alike.into_iter());
        self.machines(depth, others.into_iter());
    }

    fn alike(&mut self, depth: u8, maker: &Row, machines: &[&'a Arc<Row>]) {
        let names: Vec<&str> = machines
            .iter()
            .take(2)
            .map(|row| row.facts.object.name.as_str())
            .collect();
        let more = if machines.len() > names.len() { ", …" } else { "" };
        let first = machines.first().map(|row| health::plainly_good(row));
        let verdict = Verdict {
            line: format!("{}{more}", names.join(", ")),
            ..first.unwrap_or_else(|| Verdict::new(Health::Good, ""))
        };
        let at = self.growing.entries.len();
        self.growing
            .push(depth, What::Alike(Box::new(maker.key())), verdict);
        let count = i64::try_from(machines.len()).ok();
        let instead = Instead {
            replicas: Some(Replicas {
                desired: count,
                current: count,
                ready: count,
                available: count,
                up_to_date: count,
            }),
            version: None,
        };
        self.growing.show_instead(at, Some(instead));
    }

    /// What runs a machine: the host that it has, and the Node that it became.
    pub(super) fn runs_on(&mut self, depth: u8, machine: &'a Arc<Row>) {
        let facts = &machine.facts;
        let infrastructure = facts
            .infrastructure
            .as_ref()
            .map(|reference| reference.name.as_str());
        if let Some(host) = infrastructure.and_then(|name| self.looked.hosts.remove(name)) {
            let paused = self.scope.cluster.is_some_and(|cluster| cluster.facts.paused);
            let verdict = verdict_below(host, machine, paused, &self.scope.around);
            self.growing.push(depth, What::Object(Arc::clone(host)), verdict);
        }
        if !self.scope.shape.layers.has(Layer::Nodes) {
            return;
        }
        let Some((node, known, verdict)) = node_of(self.scope.partition, machine) else {
            return;
        };
        let keys = Box::new((machine.key(), node));
        let at = self.growing.entries.len();
        self.growing.push(depth, What::Beside(keys, None), verdict);
        if let Some(known) = known {
            let instead = Instead {
                replicas: None,
                version: Some(known.version.clone()),
            };
            self.growing.show_instead(at, Some(instead));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_a_set_and_each_has_a_name_of_its_own() {
        let mut layers = Layers::default();
        assert_eq!(layers.iter().count(), 0);
        assert!(layers.toggle(Layer::Hosts) && layers.toggle(Layer::Templates));
        assert_eq!(
            layers.iter().collect::<Vec<_>>(),
            [Layer::Templates, Layer::Hosts]
        );
        assert!(!layers.toggle(Layer::Hosts));
        assert_eq!(layers, Layers::default().with(Layer::Templates));
        assert_eq!(
            Layer::ALL.into_iter().collect::<Layers>().iter().count(),
            Layer::ALL.len()
        );
        let mut names: Vec<_> = Layer::ALL.iter().map(|layer| layer.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Layer::ALL.len());
    }

    #[test]
    fn only_what_no_view_shows_is_read_for_a_layer() {
        let all: Layers = Layer::ALL.into_iter().collect();
        let template = GroupKind::new("infrastructure.cluster.x-k8s.io", "DevMachineTemplate");
        let binding = GroupKind::new(ADDONS, "ClusterResourceSetBinding");
        assert!(all.read(&template) && all.read(&binding));
        assert!(!all.read(&core("Machine")) && !all.read(&core("MachineDrainRule")));
        assert!(!Layers::default().read(&template) && !Layers::default().read(&binding));
        assert_eq!(
            all.that_read().iter().collect::<Vec<_>>(),
            [Layer::Templates, Layer::ResourceSets]
        );
    }
}
