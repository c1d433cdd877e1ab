//! What is readable: the newest state of every object, and each collection's recent events, from which an older revision
//! is told by undoing them.

mod check;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::ObjectName;
use tokio::sync::watch;

use super::{CollectionKey, HistoryLimits, Key, Stored};
use crate::logical::LogicalCluster;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// It came.
    Created,
    /// It changed.
    Updated,
    /// It went.
    Deleted,
}

/// One change of one object.
#[derive(Debug)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) kind: EventKind,
    /// The state after it; of a deletion the last state, with the deletion's revision.
    pub(crate) object: Arc<Stored>,
    /// The state before it.
    pub(crate) previous: Option<Arc<Stored>>,
    /// When, on the monotonic clock.
    at: Duration,
}

impl Event {
    /// The event that turns `previous` into `object`, or ends it.
    pub(super) fn new(
        object: Arc<Stored>,
        previous: Option<Arc<Stored>>,
        deleted: bool,
        at: Duration,
    ) -> Self {
        let kind = match (deleted, &previous) {
            (true, _) => EventKind::Deleted,
            (false, Some(_)) => EventKind::Updated,
            (false, None) => EventKind::Created,
        };
        Self {
            kind,
            object,
            previous,
            at,
        }
    }

    /// The revision of the change.
    pub(crate) fn revision(&self) -> u64 {
        self.object.revision
    }
}

/// The asked-for revision is no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expired {
    /// The oldest revision that can still be asked for.
    pub(crate) oldest: u64,
}

/// Objects of a collection at one revision, in the order of their keys.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The revision.
    pub(crate) revision: u64,
    /// The objects.
    pub(crate) objects: Vec<Arc<Stored>>,
}

/// Which objects of a collection a snapshot holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Range<'a> {
    /// Only those of this namespace.
    pub(crate) namespace: Option<&'a str>,
    /// Only those behind this one.
    pub(crate) after: Option<&'a ObjectName>,
}

impl Range<'_> {
    fn holds(&self, object: &ObjectName) -> bool {
        self.namespace
            .is_none_or(|namespace| object.namespace == namespace)
            && self.after.is_none_or(|after| object > after)
    }
}

struct Collection {
    objects: BTreeMap<ObjectName, Arc<Stored>>,
    history: VecDeque<Arc<Event>>,
    history_bytes: usize,
    /// Events up to this revision are forgotten.
    compacted: u64,
    notify: watch::Sender<u64>,
}

impl Collection {
    fn new(changed: u64) -> Self {
        Self {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            history_bytes: 0,
            compacted: changed,
            notify: watch::Sender::new(changed),
        }
    }

    fn compact(&mut self, limits: HistoryLimits, now: Duration) {
        while let Some(oldest) = self.history.front() {
            let kept = self.history.len() <= limits.events
                && self.history_bytes <= limits.bytes
                && now.saturating_sub(oldest.at) <= limits.age;
            if kept {
                return;
            }
            self.compacted = oldest.revision();
            self.history_bytes = self.history_bytes.saturating_sub(oldest.object.bytes.len());
            self.history.pop_front();
        }
    }

    fn check(&self, revision: u64) -> Result<(), Expired> {
        if revision < self.compacted {
            return Err(Expired {
                oldest: self.compacted,
            });
        }
        Ok(())
    }

    fn events_after(&self, revision: u64) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let start = self.history.partition_point(|event| event.revision() <= revision);
        self.history.range(start..)
    }

    fn now(&self, range: Range<'_>) -> Vec<Arc<Stored>> {
        let from = match (range.after, range.namespace) {
            (Some(after), _) => Bound::Excluded(after.clone()),
            (None, Some(namespace)) => Bound::Included(ObjectName::new(namespace, "")),
            (None, None) => Bound::Unbounded,
        };
        self.objects
            .range((from, Bound::Unbounded))
            .take_while(|(object, _)| {
                range
                    .namespace
                    .is_none_or(|namespace| object.namespace.as_str() <= namespace)
            })
            .filter(|(object, _)| range.holds(object))
            .map(|(_, stored)| Arc::clone(stored))
            .collect()
    }

    fn at(&self, revision: u64, range: Range<'_>) -> Result<Vec<Arc<Stored>>, Expired> {
        self.check(revision)?;
        let mut undone: BTreeMap<&ObjectName, Option<&Arc<Stored>>> = BTreeMap::new();
        // Newest first, so that the oldest of an object's later events has the last word.
        for event in self.events_after(revision).rev() {
            undone.insert(&event.object.key.object, event.previous.as_ref());
        }
        let now = self.now(range);
        if undone.is_empty() {
            return Ok(now);
        }
        let mut objects: BTreeMap<ObjectName, Arc<Stored>> = now
            .into_iter()
            .map(|stored| (stored.key.object.clone(), stored))
            .collect();
        for (object, previous) in undone.into_iter().filter(|(object, _)| range.holds(object)) {
            match previous {
                Some(stored) => objects.insert(object.clone(), Arc::clone(stored)),
                None => objects.remove(object),
            };
        }
        Ok(objects.into_values().collect())
    }
}

type Uid = (LogicalCluster, CompactString);

/// The readable side of the store.
pub(crate) struct Memory {
    revision: u64,
    /// Before this revision nothing is known of any collection, also of one that is made later.
    floor: u64,
    limits: HistoryLimits,
    collections: HashMap<Arc<CollectionKey>, Collection>,
    uids: HashMap<Uid, Key>,
    dependents: HashMap<Uid, BTreeSet<Key>>,
}

impl Memory {
    pub(super) fn new(limits: HistoryLimits) -> Self {
        Self {
            revision: 0,
            floor: 0,
            limits,
            collections: HashMap::new(),
            uids: HashMap::new(),
            dependents: HashMap::new(),
        }
    }

    /// The revision of the newest commit.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn limits(&self) -> HistoryLimits {
        self.limits
    }

    /// Starts at `revision`, with nothing known of the time before `floor`.
    pub(super) fn begin_at(&mut self, revision: u64, floor: u64) {
        self.revision = revision;
        self.floor = floor;
    }

    pub(super) fn set_revision(&mut self, revision: u64) {
        self.revision = revision;
    }

    /// Notes that `collection` changed last at `revision`, before this process: its history before that is not known.
    pub(super) fn set_changed(&mut self, collection: Arc<CollectionKey>, revision: u64) {
        let known_from = revision.max(self.floor);
        self.collections.insert(collection, Collection::new(known_from));
    }

    /// Puts an object that was read from the disk.
    pub(super) fn load(&mut self, stored: Stored) {
        let stored = Arc::new(stored);
        self.index(&stored);
        self.collection_mut(&stored.key.collection)
            .objects
            .insert(stored.key.object.clone(), stored);
    }

    /// Makes the key share its collection's own key, so that thousands of objects do not each hold one.
    pub(super) fn intern(&self, key: &mut Key) {
        if let Some((collection, _)) = self.collections.get_key_value(&key.collection) {
            key.collection = Arc::clone(collection);
        }
    }

    pub(super) fn apply(&mut self, event: &Arc<Event>) {
        let limits = self.limits;
        if let Some(previous) = &event.previous {
            self.unindex(previous);
        }
        if event.kind != EventKind::Deleted {
            self.index(&event.object);
        }
        let key = &event.object.key;
        let collection = self.collection_mut(&key.collection);
        if event.kind == EventKind::Deleted {
            collection.objects.remove(&key.object);
        } else {
            collection
                .objects
                .insert(key.object.clone(), Arc::clone(&event.object));
        }
        collection.history_bytes += event.object.bytes.len();
        collection.history.push_back(Arc::clone(event));
        collection.compact(limits, event.at);
    }

    /// Wakes who watches the collection.
    pub(super) fn notify(&self, collection: &Arc<CollectionKey>) {
        if let Some(collection) = self.collections.get(collection) {
            collection.notify.send_replace(self.revision);
        }
    }

    pub(super) fn compact(&mut self, now: Duration) {
        for collection in self.collections.values_mut() {
            collection.compact(self.limits, now);
        }
    }

    /// The newest state of an object.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.collections
            .get(&key.collection)?
            .objects
            .get(&key.object)
            .map(Arc::clone)
    }

    /// Objects of `collection`: the newest, or those of a revision that is still kept.
    pub(crate) fn snapshot(
        &self,
        collection: &Arc<CollectionKey>,
        range: Range<'_>,
        at: Option<u64>,
    ) -> Result<Snapshot, Expired> {
        let revision = at.unwrap_or(self.revision);
        let objects = match (self.collections.get(collection), at) {
            (None, None) => Vec::new(),
            (None, Some(revision)) => self.check_floor(revision).map(|()| Vec::new())?,
            (Some(collection), None) => collection.now(range),
            (Some(collection), Some(revision)) => collection.at(revision, range)?,
        };
        Ok(Snapshot { revision, objects })
    }

    /// The next events of `collection` after `revision`: about `most` of them, never a part of one commit's.
    pub(crate) fn events_after(
        &self,
        collection: &Arc<CollectionKey>,
        revision: u64,
        most: usize,
    ) -> Result<Vec<Arc<Event>>, Expired> {
        let Some(collection) = self.collections.get(collection) else {
            return self.check_floor(revision).map(|()| Vec::new());
        };
        collection.check(revision)?;
        let mut events: Vec<Arc<Event>> = Vec::new();
        for event in collection.events_after(revision) {
            let last = events.last().map(|event| event.revision());
            if events.len() >= most && last != Some(event.revision()) {
                break;
            }
            events.push(Arc::clone(event));
        }
        Ok(events)
    }

    pub(super) fn subscribe(&self, collection: &Arc<CollectionKey>) -> Option<watch::Receiver<u64>> {
        self.collections
            .get(collection)
            .map(|collection| collection.notify.subscribe())
    }

    pub(super) fn subscribe_or_create(&mut self, collection: &Arc<CollectionKey>) -> watch::Receiver<u64> {
        self.collection_mut(collection).notify.subscribe()
    }

    /// The object that has this uid in `cluster`.
    pub(crate) fn by_uid(&self, cluster: &LogicalCluster, uid: &str) -> Option<Arc<Stored>> {
        let key = self.uids.get(&(cluster.clone(), uid.into()))?;
        self.get(key)
    }

    /// The objects that name this uid as an owner.
    pub(crate) fn dependents(&self, cluster: &LogicalCluster, uid: &str) -> Vec<Arc<Stored>> {
        self.dependents
            .get(&(cluster.clone(), uid.into()))
            .into_iter()
            .flatten()
            .filter_map(|key| self.get(key))
            .collect()
    }

    /// The collections of `cluster` that hold something.
    pub(crate) fn collections(&self, cluster: &LogicalCluster) -> Vec<Arc<CollectionKey>> {
        let mut keys: Vec<_> = self
            .collections
            .iter()
            .filter(|(key, collection)| key.cluster == *cluster && !collection.objects.is_empty())
            .map(|(key, _)| Arc::clone(key))
            .collect();
        keys.sort();
        keys
    }

    /// How many objects a collection holds, and the revision at which one of them changed last.
    pub(crate) fn extent(&self, collection: &Arc<CollectionKey>) -> (usize, u64) {
        let known = self.collections.get(collection);
        known.map_or((0, 0), |collection| {
            (collection.objects.len(), *collection.notify.borrow())
        })
    }

    /// Every object, for those who have to look at all once.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.collections
            .values()
            .flat_map(|collection| collection.objects.values())
    }

    fn check_floor(&self, revision: u64) -> Result<(), Expired> {
        let oldest = self.floor;
        if revision < oldest {
            Err(Expired { oldest })
        } else {
            Ok(())
        }
    }

    fn collection_mut(&mut self, key: &Arc<CollectionKey>) -> &mut Collection {
        let floor = self.floor;
        self.collections
            .entry(Arc::clone(key))
            .or_insert_with(|| Collection::new(floor))
    }

    fn index(&mut self, stored: &Stored) {
        let cluster = &stored.key.collection.cluster;
        // The store's own records have none.
        if !stored.meta.uid.is_empty() {
            self.uids
                .insert((cluster.clone(), stored.meta.uid.clone()), stored.key.clone());
        }
        for owner in &stored.meta.owner_references {
            self.dependents
                .entry((cluster.clone(), owner.uid.clone()))
                .or_default()
                .insert(stored.key.clone());
        }
    }

    fn unindex(&mut self, stored: &Stored) {
        let cluster = &stored.key.collection.cluster;
        self.uids.remove(&(cluster.clone(), stored.meta.uid.clone()));
        for owner in &stored.meta.owner_references {
            let uid = (cluster.clone(), owner.uid.clone());
            if let Some(keys) = self.dependents.get_mut(&uid) {
                keys.remove(&stored.key);
                if keys.is_empty() {
                    self.dependents.remove(&uid);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
