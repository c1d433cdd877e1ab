//! What is known of the management cluster's objects: fed by watches, and by the answers to our own writes.
//!
//! Because a write's answer is taken in at once, a reconcile never misses what the one before it did: nothing is created twice.
//! Must not know: how objects arrive, and what is done with them.

mod hosts;
mod routes;
mod triggers;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use fleetui_api::labels;
use fleetui_api::v1beta2::Kind;
use fleetui_base::ObjectName;
use jiff::Timestamp;
use kube::core::DynamicObject;

pub(crate) use triggers::{Cause, Triggers, of_itself};

use crate::handed_down;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};

/// One object as it was last seen.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: ObjectId,
    pub(crate) object: DynamicObject,
    typed: OnceLock<Option<Arc<dyn Any + Send + Sync>>>,
    heard: Option<Timestamp>,
}

impl Entry {
    fn new(id: ObjectId, mut object: DynamicObject) -> Self {
        let heard = hosts::heard(&id, &object);
        let managed = object.metadata.managed_fields.take();
        object.metadata.managed_fields = handed_down::cut_down(managed.as_deref().unwrap_or_default());
        Self {
            id,
            object,
            typed: OnceLock::new(),
            heard,
        }
    }

    /// When the server last took in a heartbeat of a host, by the server's clock.
    pub(crate) fn heard(&self) -> Option<Timestamp> {
        self.heard
    }

    /// The object as `K`; read once. What cannot be read is logged and left alone.
    pub(crate) fn typed<K: Kind>(&self) -> Option<Arc<Object<K>>> {
        let parse = || match Object::<K>::parse(&self.object) {
            Ok(object) => Some(Arc::new(object) as Arc<dyn Any + Send + Sync>),
            Err(error) => {
                tracing::warn!(object = %self.id, %error, "an object cannot be read and is left alone");
                None
            }
        };
        self.typed
            .get_or_init(parse)
            .clone()?
            .downcast::<Object<K>>()
            .ok()
    }

    /// Name of the Cluster that the object belongs to; a Cluster belongs to itself.
    fn cluster(&self) -> Option<&str> {
        if self.id.kind == Watched::Cluster {
            return Some(&self.id.name.name);
        }
        let from_spec = || self.object.data.get("spec")?.get("clusterName")?.as_str();
        self.object
            .metadata
            .label(labels::CLUSTER_NAME)
            .or_else(from_spec)
    }

    fn version(&self) -> Option<u64> {
        self.object.metadata.resource_version.as_deref()?.parse().ok()
    }

    fn uid(&self) -> &str {
        self.object.metadata.uid.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Inner {
    objects: HashMap<ObjectId, Arc<Entry>>,
    by_owner: HashMap<String, BTreeSet<ObjectId>>,
    by_cluster: HashMap<ObjectName, BTreeSet<ObjectId>>,
    by_kind: HashMap<Watched, BTreeSet<ObjectId>>,
    /// Who makes objects from a template.
    by_template: HashMap<ObjectId, BTreeSet<ObjectId>>,
    gone: Gone,
}

/// Uids of the objects that went last. Only these can still be spoken of by something that is on its way.
#[derive(Debug, Default)]
struct Gone {
    uids: HashSet<String>,
    order: VecDeque<String>,
}

impl Gone {
    /// More than can go while one request is under way.
    const MOST: usize = 16_384;

    fn add(&mut self, uid: &str) {
        if self.uids.insert(uid.to_owned()) {
            self.order.push_back(uid.to_owned());
        }
        if self.order.len() > Self::MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.uids.remove(&oldest);
        }
    }
}

/// All known objects.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    inner: RwLock<Inner>,
    triggers: Arc<Triggers>,
}

impl Cache {
    /// An empty cache that tells `triggers` whom a change concerns.
    pub(crate) fn new(triggers: Arc<Triggers>) -> Self {
        Self {
            inner: RwLock::default(),
            triggers,
        }
    }

    /// Takes in an object, unless a newer one is known already.
    pub(crate) fn put(&self, id: ObjectId, object: DynamicObject) {
        let entry = Arc::new(Entry::new(id, object));
        if entry.id.kind == Watched::ByoHost {
            // Heartbeats make entries anew all the time, and whoever chooses a host reads thousands: they are read here, one by one.
            let _ = entry.typed::<fleetui_api::byoh::ByoHost>();
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.gone.uids.contains(entry.uid()) {
            return;
        }
        let old = inner.objects.get(&entry.id).cloned();
        if let Some(old) = &old
            && old.uid() == entry.uid()
            && old
                .version()
                .zip(entry.version())
                .is_some_and(|(old, new)| old >= new)
        {
            return;
        }
        if let Some(old) = &old {
            inner.unlink(old);
        }
        inner.link(&entry);
        let concerned = routes::concerned(&inner, old.as_deref(), Some(&entry));
        drop(inner);
        self.triggers.add(concerned);
    }

    /// Forgets this life of an object: it is gone. A late event, or a late answer to a write, does not bring it back.
    pub(crate) fn remove(&self, id: &ObjectId, uid: &str) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.gone.add(uid);
        let Some(old) = inner.objects.get(id).filter(|entry| entry.uid() == uid).cloned() else {
            return;
        };
        inner.objects.remove(id);
        inner.unlink(&old);
        let concerned = routes::concerned(&inner, Some(&old), None);
        drop(inner);
        self.triggers.add(concerned);
    }

    /// The object as it was last seen, untyped.
    pub(crate) fn entry(&self, id: &ObjectId) -> Option<Arc<Entry>> {
        self.read(|inner| inner.objects.get(id).cloned())
    }

    /// The object as it was last seen.
    pub(crate) fn get<K: Kind>(&self, namespace: &str, name: &str) -> Option<Arc<Object<K>>> {
        let id = ObjectId::new(Watched::of::<K>()?, namespace, name);
        self.entry(&id)?.typed()
    }

    /// All objects of a kind that have this owner, by name.
    pub(crate) fn owned_by<K: Kind>(&self, uid: &str) -> Vec<Arc<Object<K>>> {
        let kind = Watched::of::<K>();
        typed(kind.map(|kind| self.entries_owned_by(kind, uid)))
    }

    /// All objects of a kind that have this owner, untyped.
    pub(crate) fn entries_owned_by(&self, kind: Watched, uid: &str) -> Vec<Arc<Entry>> {
        self.read(|inner| inner.resolve(of_kind(inner.by_owner.get(uid), kind)))
    }

    /// All objects of a kind that belong to a cluster, by name.
    pub(crate) fn in_cluster<K: Kind>(&self, cluster: &ObjectName) -> Vec<Arc<Object<K>>> {
        let of = |kind| self.read(|inner| inner.resolve(inner.members_of(cluster, kind)));
        typed(Watched::of::<K>().map(of))
    }

    /// All objects of a kind in a namespace, by name.
    pub(crate) fn in_namespace<K: Kind>(&self, namespace: &str) -> Vec<Arc<Object<K>>> {
        let kind = Watched::of::<K>();
        typed(kind.map(|kind| self.entries_in_namespace(kind, namespace)))
    }

    /// All objects of a kind in a namespace, by name, untyped.
    pub(crate) fn entries_in_namespace(&self, kind: Watched, namespace: &str) -> Vec<Arc<Entry>> {
        self.read(|inner| inner.resolve(inner.in_namespace(namespace, kind)))
    }

    /// Names of all objects of a kind.
    pub(crate) fn ids(&self, kind: Watched) -> Vec<(ObjectId, String)> {
        self.read(|inner| {
            let ids = inner.by_kind.get(&kind).into_iter().flatten();
            ids.filter_map(|id| inner.objects.get(id))
                .map(|entry| (entry.id.clone(), entry.uid().to_owned()))
                .collect()
        })
    }

    /// What `tell` makes of the names of all objects of a kind. None is copied; `tell` must be short and not come back here.
    pub(crate) fn of_each<T>(&self, kind: Watched, tell: impl FnMut(&ObjectId) -> Option<T>) -> Vec<T> {
        self.read(|inner| {
            inner
                .by_kind
                .get(&kind)
                .into_iter()
                .flatten()
                .filter_map(tell)
                .collect()
        })
    }

    /// Asks for a reconcile of the machine that a node of this provider id belongs to, of its infrastructure, and of the health
    /// checks and pools of its cluster.
    pub(crate) fn wake_machine(&self, cluster: &ObjectName, provider_id: &str) {
        let machines = self.in_cluster::<fleetui_api::v1beta2::Machine>(cluster);
        let of_node = machines
            .iter()
            .filter(|machine| machine.spec.provider_id.as_deref() == Some(provider_id));
        self.triggers.add(of_node.flat_map(|machine| {
            let infrastructure = machine.spec.infrastructure_ref.as_ref();
            let infrastructure = infrastructure.and_then(|it| ObjectId::referred(it, machine.namespace()));
            machine.id().into_iter().chain(infrastructure)
        }));
        let others = self.read(|inner| {
            let kinds = [
                Watched::MachineHealthCheck,
                Watched::MachinePool,
                Watched::DevMachinePool,
            ];
            let others = kinds.into_iter().flat_map(|kind| inner.members_of(cluster, kind));
            others.cloned().collect::<Vec<_>>()
        });
        self.triggers.add(others);
    }

    /// Asks for a reconcile of these objects.
    pub(crate) fn wake(&self, ids: impl IntoIterator<Item = ObjectId>) {
        self.triggers.add(ids);
    }

    /// Asks for a reconcile of every object of a cluster that `wanted` accepts.
    pub(crate) fn wake_cluster(&self, cluster: &ObjectName, wanted: fn(Watched) -> bool) {
        let ids = self.read(|inner| {
            let members = inner.by_cluster.get(cluster).into_iter().flatten();
            members.filter(|id| wanted(id.kind)).cloned().collect::<Vec<_>>()
        });
        self.triggers.add(ids);
    }

    fn read<T>(&self, read: impl FnOnce(&Inner) -> T) -> T {
        read(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn link(&mut self, entry: &Arc<Entry>) {
        for owner in entry.object.metadata.owner_references.iter().flatten() {
            self.by_owner
                .entry(owner.uid.clone())
                .or_default()
                .insert(entry.id.clone());
        }
        if let Some(cluster) = entry.cluster() {
            let cluster = ObjectName::new(&entry.id.name.namespace, cluster);
            self.by_cluster
                .entry(cluster)
                .or_default()
                .insert(entry.id.clone());
        }
        self.by_kind
            .entry(entry.id.kind)
            .or_default()
            .insert(entry.id.clone());
        for template in routes::templates(entry) {
            self.by_template
                .entry(template)
                .or_default()
                .insert(entry.id.clone());
        }
        self.objects.insert(entry.id.clone(), entry.clone());
    }

    /// The objects of one kind in a cluster.
    fn members_of(&self, cluster: &ObjectName, kind: Watched) -> impl Iterator<Item = &ObjectId> {
        of_kind(self.by_cluster.get(cluster), kind)
    }

    /// The objects of one kind in a namespace.
    fn in_namespace<'a>(&'a self, namespace: &'a str, kind: Watched) -> impl Iterator<Item = &'a ObjectId> {
        let ids = self.by_kind.get(&kind).into_iter();
        ids.flat_map(move |ids| ids.range(ObjectId::new(kind, namespace, "")..))
            .take_while(move |id| id.name.namespace == *namespace)
    }

    fn resolve<'a>(&self, ids: impl Iterator<Item = &'a ObjectId>) -> Vec<Arc<Entry>> {
        ids.filter_map(|id| self.objects.get(id).cloned()).collect()
    }

    fn unlink(&mut self, entry: &Entry) {
        if let Some(ids) = self.by_kind.get_mut(&entry.id.kind) {
            ids.remove(&entry.id);
        }
        for owner in entry.object.metadata.owner_references.iter().flatten() {
            remove(&mut self.by_owner, &owner.uid, &entry.id);
        }
        if let Some(cluster) = entry.cluster() {
            let cluster = ObjectName::new(&entry.id.name.namespace, cluster);
            remove(&mut self.by_cluster, &cluster, &entry.id);
        }
        for template in routes::templates(entry) {
            remove(&mut self.by_template, &template, &entry.id);
        }
    }
}

fn remove<K: Eq + Hash>(index: &mut HashMap<K, BTreeSet<ObjectId>>, key: &K, id: &ObjectId) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

/// Those of one kind: ids are in the order of their kinds.
fn of_kind(ids: Option<&BTreeSet<ObjectId>>, kind: Watched) -> impl Iterator<Item = &ObjectId> {
    ids.into_iter().flat_map(move |ids| {
        ids.range(ObjectId::new(kind, "", "")..)
            .take_while(move |id| id.kind == kind)
    })
}

fn typed<K: Kind>(entries: Option<Vec<Arc<Entry>>>) -> Vec<Arc<Object<K>>> {
    let entries = entries.unwrap_or_default();
    entries.iter().filter_map(|entry| entry.typed()).collect()
}
