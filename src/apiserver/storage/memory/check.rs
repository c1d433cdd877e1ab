//! Whether a memory is what it should be: by its own rules, and beside another one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Collection, Memory, Uid};
use crate::storage::{Key, Stored};

impl Memory {
    /// What breaks a rule that every memory keeps, if anything does.
    pub(in crate::storage) fn inconsistency(&self) -> Option<String> {
        let mut uids: HashMap<Uid, &Key> = HashMap::new();
        let mut dependents: HashMap<Uid, BTreeSet<Key>> = HashMap::new();
        for stored in self.all() {
            if stored.revision > self.revision {
                return Some(format!("{} is of a revision that is not reached", stored.key));
            }
            let cluster = &stored.key.collection.cluster;
            if !stored.meta.uid.is_empty() {
                uids.insert((cluster.clone(), stored.meta.uid.clone()), &stored.key);
            }
            for owner in &stored.meta.owner_references {
                let uid = (cluster.clone(), owner.uid.clone());
                dependents.entry(uid).or_default().insert(stored.key.clone());
            }
        }
        if uids.len() != self.uids.len() || uids.iter().any(|(uid, key)| self.uids.get(uid) != Some(*key)) {
            return Some("the index of uids is not that of the objects".to_owned());
        }
        if dependents != self.dependents {
            return Some("the index of owners is not that of the objects".to_owned());
        }
        self.collections
            .iter()
            .find(|(_, collection)| !collection.is_in_order())
            .map(|(key, _)| format!("the history of {} is not in order", key.plural))
    }

    /// Where the other one holds something else, if anywhere.
    pub(in crate::storage) fn first_difference(&self, other: &Self) -> Option<String> {
        if self.revision != other.revision {
            return Some(format!(
                "its revision is {} and not {}",
                self.revision, other.revision
            ));
        }
        let same = |mine: &Arc<Stored>| {
            other
                .get(&mine.key)
                .is_some_and(|theirs| theirs.revision == mine.revision && theirs.bytes == mine.bytes)
        };
        match self.all().find(|mine| !same(mine)) {
            Some(mine) => Some(format!("it holds something else of {}", mine.key)),
            None if self.all().count() != other.all().count() => Some("objects are missing in it".to_owned()),
            None => None,
        }
    }
}

impl Collection {
    /// Revisions go up, the history's size is that of its events, and its last states are those of the objects.
    fn is_in_order(&self) -> bool {
        let revisions: Vec<u64> = self.history.iter().map(|event| event.revision()).collect();
        let bytes: usize = self.history.iter().map(|event| event.object.bytes.len()).sum();
        revisions.is_sorted()
            && revisions.first().is_none_or(|first| *first >= self.compacted)
            && bytes == self.history_bytes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::logical::LogicalCluster;
    use crate::storage::{CollectionKey, Draft, HistoryLimits};

    fn memory(values: &[(&str, u64)]) -> Memory {
        let collection = CollectionKey::new(&LogicalCluster::root(), "ex.io", "things");
        let mut memory = Memory::new(HistoryLimits::default());
        memory.begin_at(9, 0);
        for (name, value) in values {
            let owners = json!([{"uid": "owner"}]);
            let object =
                json!({"metadata": {"name": name, "uid": name, "ownerReferences": owners}, "value": value});
            let draft = Draft::encode(&object).unwrap();
            memory.load(draft.stamp(Key::new(&collection, "default", name), 5));
        }
        memory
    }

    #[test]
    fn what_is_planted_is_found() {
        let good = memory(&[("a", 1), ("b", 2)]);
        assert_eq!(good.inconsistency(), None);
        assert_eq!(good.first_difference(&memory(&[("b", 2), ("a", 1)])), None);
        for other in [
            memory(&[("a", 1)]),
            memory(&[("a", 1), ("b", 3)]),
            memory(&[("a", 1), ("b", 2), ("c", 3)]),
        ] {
            assert!(good.first_difference(&other).is_some());
        }
        let mut later = memory(&[("a", 1), ("b", 2)]);
        later.set_revision(10);
        assert!(good.first_difference(&later).is_some());

        let planted: [fn(&mut Memory); 5] = [
            |memory| memory.set_revision(4),
            |memory| memory.uids.clear(),
            |memory| memory.dependents.clear(),
            |memory| {
                for collection in memory.collections.values_mut() {
                    collection.history_bytes = 1;
                }
            },
            |memory| {
                let key = memory.uids.values().next().unwrap().clone();
                let uid = (key.collection.cluster.clone(), "nobody".into());
                memory.uids.insert(uid, key);
            },
        ];
        for plant in planted {
            let mut bad = memory(&[("a", 1), ("b", 2)]);
            plant(&mut bad);
            assert!(bad.inconsistency().is_some());
        }
    }
}
