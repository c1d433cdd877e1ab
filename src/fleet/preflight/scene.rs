//! One cluster as the checks look at it: its objects as rows and whole, and who makes its machines.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::convert::{self, NEW_VERSION};
use fleetui_api::kinds::{CLUSTERCTL, CONTROL_PLANE, Role};
use fleetui_base::{GroupKind, ObjectKey};
use fleetui_rules::admission::Lookup;
use fleetui_rules::upgrade::surge::{self, Surge};
use fleetui_rules::version::Version;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Gathered;
use crate::batch::{Batch, Change, Update};
use crate::edit::lenient;
use crate::row::Row;
use crate::session::{Connection, Session};
use crate::store::FleetStore;

/// An object, in both of its forms.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// What it says.
    pub(crate) row: Arc<Row>,
    /// The whole of it.
    pub(crate) object: &'a Value,
    /// Machines that it made, by their place in the scene.
    machines: Vec<usize>,
}

impl Part<'_> {
    /// How it is called in a sentence.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.row.facts.kind.kind, self.row.facts.object.name)
    }

    /// The version that it asks for.
    pub(crate) fn version(&self) -> Option<Version> {
        lenient(self.row.facts.version.as_deref()?)
    }

    /// Machines that it is asked for.
    pub(crate) fn wished(&self) -> i64 {
        let wished = self.row.facts.replicas.as_deref().and_then(|it| it.desired);
        wished.unwrap_or_else(|| i64::try_from(self.machines.len()).unwrap_or(i64::MAX))
    }

    /// How many machines are replaced at once.
    pub(crate) fn surge(&self) -> Surge {
        surge::of(&self.row.facts, self.wished())
    }

    /// Keys and values of its annotations.
    pub(crate) fn annotations(&self) -> impl Iterator<Item = (&str, &str)> {
        annotations(self.object)
    }
}

/// Keys and values of the annotations of an object.
pub(crate) fn annotations(object: &Value) -> impl Iterator<Item = (&str, &str)> {
    let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// One cluster.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// Its objects, and nothing else, as rows.
    pub(crate) store: FleetStore,
    pub(crate) gathered: &'a Gathered,
    pub(crate) session: Option<&'a Session>,
    pub(crate) cluster: Part<'a>,
    pub(crate) control_plane: Option<Part<'a>>,
    /// `MachineDeployment`s, then `MachinePool`s, each by name.
    pub(crate) workers: Vec<Part<'a>>,
    /// All of its machines.
    pub(crate) machines: Vec<Part<'a>>,
    /// What stands behind its pools.
    pools: Vec<Part<'a>>,
    pub(crate) now: Timestamp,
}

impl<'a> Scene<'a> {
    /// The cluster at `key`; nothing where it is not among what was gathered.
    pub(crate) fn of(
        session: Option<&'a Session>,
        key: &ObjectKey,
        gathered: &'a Gathered,
        now: Timestamp,
    ) -> Option<Self> {
        let mut store = FleetStore::default();
        if let Some(session) = session {
            // What was read just now is current, whatever the watches do.
            let connection = Connection::Live;
            store.apply(Update::Session(Arc::new(Session {
                connection,
                ..session.clone()
            })));
        }
        let rows: Vec<(Arc<Row>, &Value)> = gathered
            .objects
            .iter()
            .chain(&gathered.health_checks)
            .map(|object| {
                (
                    Arc::new(Row::project(key.management_cluster.clone(), object)),
                    object,
                )
            })
            .collect();
        store.apply(Update::Objects(Batch {
            management_cluster: key.management_cluster.clone(),
            changes: rows
                .iter()
                .map(|(row, _)| Change::Upsert(Arc::clone(row)))
                .collect(),
        }));
        let part = |(row, object): &(Arc<Row>, &'a Value)| Part {
            row: Arc::clone(row),
            object,
            machines: Vec::new(),
        };
        let of_role = |role: Role| {
            let mut parts: Vec<Part<'a>> = rows
                .iter()
                .filter(|(row, _)| row.facts.role == role)
                .map(part)
                .collect();
            parts.sort_by(|one, other| one.row.facts.object.cmp(&other.row.facts.object));
            parts
        };
        let cluster = rows
            .iter()
            .find(|(row, _)| row.facts.role == Role::Cluster && row.facts.object == key.object);
        let mut scene = Self {
            cluster: part(cluster?),
            control_plane: of_role(Role::ControlPlane).into_iter().next(),
            workers: [of_role(Role::MachineDeployment), of_role(Role::MachinePool)]
                .into_iter()
                .flatten()
                .collect(),
            machines: of_role(Role::Machine),
            pools: of_role(Role::InfrastructureMachinePool),
            store,
            gathered,
            session,
            now,
        };
        scene.share_out();
        Some(scene)
    }

    /// Gives every machine to what makes it.
    fn share_out(&mut self) {
        let mut made: BTreeMap<(GroupKind, String), Vec<usize>> = BTreeMap::new();
        for (at, machine) in self.machines.iter().enumerate() {
            let Some(owner) = &machine.row.facts.owner else {
                continue;
            };
            let namespace = &machine.row.facts.object.namespace;
            let cluster = &machine.row.management_cluster;
            let set = self.store.find(cluster, &owner.kind, namespace, &owner.name);
            let above = set
                .filter(|row| row.facts.role == Role::MachineSet)
                .and_then(|row| row.facts.owner.as_ref());
            let owner = above.unwrap_or(owner);
            made.entry((owner.kind.clone(), owner.name.to_string()))
                .or_default()
                .push(at);
        }
        for part in self.control_plane.iter_mut().chain(&mut self.workers) {
            let facts = &part.row.facts;
            let key = (facts.kind.clone(), facts.object.name.to_string());
            part.machines = made.remove(&key).unwrap_or_default();
        }
    }

    /// The machines that a part made.
    pub(crate) fn machines_of(&self, part: &Part<'_>) -> impl Iterator<Item = &Part<'a>> {
        part.machines.iter().filter_map(|at| self.machines.get(*at))
    }

    /// What a provider has behind a pool.
    pub(crate) fn behind(&self, part: &Part<'_>) -> Option<&Part<'a>> {
        let reference = part.row.facts.infrastructure.as_ref()?;
        self.pools.iter().find(|pool| {
            let facts = &pool.row.facts;
            facts.kind == reference.kind && facts.object.name == reference.name
        })
    }

    /// The control plane, then what makes workers.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part<'a>> {
        self.control_plane.iter().chain(&self.workers)
    }

    /// Whether a topology manages it.
    pub(crate) fn has_topology(&self) -> bool {
        self.cluster.row.facts.topology.is_some()
    }

    /// Whether its control plane is kubeadm's.
    pub(crate) fn is_kubeadm(&self) -> bool {
        let control_plane = self.control_plane.as_ref();
        control_plane.is_some_and(|it| it.row.facts.kind.kind.as_ref() == "KubeadmControlPlane")
    }

    /// The version that an upgrade begins from: what the topology asks for, else the control plane.
    pub(crate) fn from(&self) -> Option<Version> {
        if self.has_topology() {
            return self.cluster.version();
        }
        self.control_plane.as_ref()?.version()
    }

    /// The oldest version that the control plane still runs.
    pub(crate) fn running(&self) -> Option<Version> {
        let facts = &self.control_plane.as_ref()?.row.facts;
        let running = facts.particulars.as_ref()?.running_version.as_deref()?;
        lenient(running)
    }

    /// The version of a provider, by its name in the inventory.
    pub(crate) fn provider(&self, name: &str) -> Option<Version> {
        let providers = &self.session?.providers;
        let (_, version) = providers.iter().find(|(known, _)| known == name)?;
        version.parse().ok()
    }

    /// The object of that kind and name among what was gathered.
    pub(crate) fn object(&self, kind: &str, name: &str) -> Option<&'a Value> {
        self.gathered
            .objects
            .iter()
            .find(|object| text(object, "/kind") == kind && text(object, "/metadata/name") == name)
    }
}

/// The text at a JSON pointer; empty where there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The same object in the version that is stored, where it can be told.
pub(crate) fn stored(object: &Value) -> Option<Value> {
    let (group, version) = text(object, "/apiVersion").split_once('/')?;
    if version == NEW_VERSION {
        return Some(object.clone());
    }
    let newest = |_: &str, _: &str| None;
    convert::convert(group, text(object, "/kind"), object.clone(), NEW_VERSION, &newest).ok()
}

/// What the webhooks ask for beside the object itself.
impl Lookup for Scene<'_> {
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let class = self.gathered.class.iter();
        let known = self.gathered.objects.iter().chain(class).find(|object| {
            text(object, "/kind") == kind
                && text(object, "/metadata/name") == name
                && text(object, "/metadata/namespace") == namespace
                && text(object, "/apiVersion").split('/').next() == Some(group)
        });
        let known = known?;
        if group == CONTROL_PLANE {
            stored(known)
        } else {
            Some(known.clone())
        }
    }

    fn list(&self, group: &str, kind: &str, _: &str) -> Vec<Value> {
        if (group, kind) == (CLUSTERCTL, "Provider") {
            let providers = self.session.map(|session| session.providers.as_slice());
            return providers
                .unwrap_or_default()
                .iter()
                .map(|(name, version)| json!({"metadata": {"name": name}, "version": version}))
                .collect();
        }
        self.gathered
            .objects
            .iter()
            .filter(|object| text(object, "/kind") == kind)
            .cloned()
            .collect()
    }
}
