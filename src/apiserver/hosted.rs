//! Logical clusters while the server runs: what each serves, whom it believes, and whether it can be reached.

pub(crate) mod authority;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::authz;
use crate::authz::index::Index;
use crate::logical::LogicalCluster;
use crate::openapi::Documents;
use crate::registry::{Served, custom};
use crate::storage::{CollectionKey, Event, EventKind, Key, Store};
use authority::OwnAuthority;

/// The group of the store's own records.
const RECORDS: &str = "store.fleetui.dev";

/// Where the store remembers the logical clusters (but for the management cluster, which always is).
pub(crate) fn records() -> Arc<CollectionKey> {
    CollectionKey::new(&LogicalCluster::stored(""), RECORDS, "logicalclusters")
}

/// Where the store remembers `cluster`.
pub(crate) fn record_key(cluster: &LogicalCluster) -> Key {
    Key::new(&records(), "", cluster.as_str())
}

/// One logical cluster of the running server.
pub(crate) struct Hosted {
    /// Its name.
    pub(crate) name: LogicalCluster,
    served: watch::Sender<Arc<Served>>,
    reachable: watch::Sender<bool>,
    /// Its OpenAPI documents.
    pub(crate) documents: Documents,
    rules: RwLock<Index>,
    authority: RwLock<Option<Arc<OwnAuthority>>>,
    /// Held while it gets an authority: of two who give it one, one comes after the other.
    pub(crate) changing_authority: tokio::sync::Mutex<()>,
}

impl Hosted {
    fn new(name: LogicalCluster) -> Arc<Self> {
        Arc::new(Self {
            name,
            served: watch::Sender::new(Arc::new(Served::builtin())),
            reachable: watch::Sender::new(true),
            documents: Documents::default(),
            rules: RwLock::default(),
            authority: RwLock::default(),
            changing_authority: tokio::sync::Mutex::new(()),
        })
    }

    /// What it serves now.
    pub(crate) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served.borrow())
    }

    /// Wakes when what it serves changes.
    pub(crate) fn serving(&self) -> watch::Receiver<Arc<Served>> {
        self.served.subscribe()
    }

    /// Reads the roles and bindings; the guard never crosses an await because the closure cannot.
    pub(crate) fn rules<T>(&self, read: impl FnOnce(&Index) -> T) -> T {
        read(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write_rules(&self, write: impl FnOnce(&mut Index)) {
        write(&mut self.rules.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// The authority of its own; none of the management cluster, and of a cluster that was given none.
    pub(crate) fn authority(&self) -> Option<Arc<OwnAuthority>> {
        let authority = self.authority.read().unwrap_or_else(PoisonError::into_inner);
        authority.clone()
    }

    /// Gives it an authority of its own.
    pub(crate) fn set_authority(&self, authority: Arc<OwnAuthority>) {
        *self.authority.write().unwrap_or_else(PoisonError::into_inner) = Some(authority);
    }

    /// Whether requests get through.
    pub(crate) fn is_reachable(&self) -> bool {
        *self.reachable.borrow()
    }

    /// Wakes when it is cut or restored.
    pub(crate) fn reachability(&self) -> watch::Receiver<bool> {
        self.reachable.subscribe()
    }

    /// Cuts or restores it.
    pub(crate) fn set_reachable(&self, reachable: bool) {
        // Only a change wakes: a watch takes every one as a cut, so that a short outage is not overlooked.
        self.reachable
            .send_if_modified(|known| std::mem::replace(known, reachable) != reachable);
    }

    /// Serves what a definition says that was written at `revision`.
    fn define(&self, definition: &serde_json::Value, revision: u64) {
        let text = |path: &str| {
            definition
                .pointer(path)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (group, plural) = (text("/spec/group"), text("/spec/names/plural"));
        self.served.send_if_modified(|served| {
            let before = served.made(&group, &plural);
            let now = custom::resources(definition, revision, &before);
            if now == before {
                return false;
            }
            let mut next = Served::clone(served);
            next.set_made(&group, &plural, now);
            next.revision = next.revision.max(revision);
            *served = Arc::new(next);
            true
        });
    }

    fn undefine(&self, name: &str, revision: u64) {
        let Some((plural, group)) = name.split_once('.') else {
            return;
        };
        self.served.send_modify(|served| {
            let mut next = Served::clone(served);
            next.set_made(group, plural, custom::Made::default());
            next.revision = next.revision.max(revision);
            *served = Arc::new(next);
        });
    }
}

/// All logical clusters of the running server.
#[derive(Default)]
pub(crate) struct HostedClusters(RwLock<HashMap<LogicalCluster, Arc<Hosted>>>);

impl HostedClusters {
    /// A logical cluster that is there.
    pub(crate) fn get(&self, name: &LogicalCluster) -> Option<Arc<Hosted>> {
        let clusters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        clusters.get(name).map(Arc::clone)
    }

    /// The names, sorted.
    pub(crate) fn names(&self) -> Vec<LogicalCluster> {
        let clusters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = clusters.keys().cloned().collect();
        names.sort();
        names
    }

    /// Takes a logical cluster up, with the definitions and the roles that the store holds of it.
    pub(crate) fn add(&self, name: &LogicalCluster, store: &Store) -> Arc<Hosted> {
        let hosted = Hosted::new(name.clone());
        let definitions = CollectionKey::new(name, custom::GROUP, custom::PLURAL);
        let stored = store
            .read(|memory| memory.snapshot(&definitions, crate::storage::memory::Range::default(), None));
        for stored in stored.into_iter().flat_map(|snapshot| snapshot.objects) {
            if let Ok(definition) = stored.value() {
                hosted.define(&definition, stored.revision);
            }
        }
        // Definitions that went before nobody remembers: whoever watches since before now looks anew.
        hosted.served.send_modify(|served| {
            Arc::make_mut(served).revision = store.revision();
        });
        for plural in ["clusterroles", "clusterrolebindings", "roles", "rolebindings"] {
            let collection = CollectionKey::new(name, authz::GROUP, plural);
            let stored = store
                .read(|memory| memory.snapshot(&collection, crate::storage::memory::Range::default(), None));
            hosted.write_rules(|index| {
                for object in stored.into_iter().flat_map(|snapshot| snapshot.objects) {
                    index.insert(&object);
                }
            });
        }
        let mut clusters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        clusters.insert(name.clone(), Arc::clone(&hosted));
        hosted
    }

    /// Lets a logical cluster go; whoever still watches it is cut.
    pub(crate) fn remove(&self, name: &LogicalCluster) -> Option<Arc<Hosted>> {
        let mut clusters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let hosted = clusters.remove(name)?;
        hosted.set_reachable(false);
        Some(hosted)
    }

    /// Follows the store: what is served is what its definitions say. Called in the order of the events, before the
    /// writer of a definition is answered, so that who reads the answer finds the resource served.
    pub(crate) fn observe(&self, event: &Event) {
        let key = &event.object.key;
        if Index::concerns(&key.collection) {
            if let Some(hosted) = self.get(&key.collection.cluster) {
                hosted.write_rules(|index| index.observe(event));
            }
            return;
        }
        if !key.collection.is(custom::GROUP, custom::PLURAL) {
            return;
        }
        let Some(hosted) = self.get(&key.collection.cluster) else {
            return;
        };
        match event.kind {
            EventKind::Deleted => hosted.undefine(&key.object.name, event.revision()),
            EventKind::Created | EventKind::Updated => {
                if let Ok(definition) = event.object.value() {
                    hosted.define(&definition, event.object.revision);
                }
            }
        }
    }
}
