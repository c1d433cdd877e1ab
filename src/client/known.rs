//! Which objects a session has told of, so that a list can say which of them are gone.

use std::collections::HashMap;

use compact_str::CompactString;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};

/// The objects of one watch: of one kind, in the whole management cluster or in one namespace.
#[derive(Debug, Default)]
pub(crate) struct Known {
    objects: HashMap<ObjectName, Seen>,
    /// Counts the lists, so that what a list did not bring stands out at its end.
    list: u32,
}

#[derive(Debug)]
struct Seen {
    uid: CompactString,
    list: u32,
}

impl Known {
    /// A new list begins.
    pub(crate) fn begin_list(&mut self) {
        self.list = self.list.wrapping_add(1);
    }

    /// An object is there.
    pub(crate) fn see(&mut self, object: &ObjectName, uid: &CompactString) {
        let list = self.list;
        match self.objects.get_mut(object) {
            Some(seen) => {
                seen.list = list;
                if seen.uid != *uid {
                    seen.uid.clone_from(uid);
                }
            }
            None => {
                self.objects.insert(
                    object.clone(),
                    Seen {
                        uid: uid.clone(),
                        list,
                    },
                );
            }
        }
    }

    /// An object is gone. False where another life of the name is known by now.
    pub(crate) fn forget(&mut self, object: &ObjectName, uid: &str) -> bool {
        let is_that_life = self
            .objects
            .get(object)
            .is_none_or(|seen| uid.is_empty() || seen.uid == uid);
        if is_that_life {
            self.objects.remove(object);
        }
        is_that_life
    }

    /// The list has ended: whatever it did not bring is gone.
    pub(crate) fn end_list(&mut self) -> Vec<(ObjectName, CompactString)> {
        let list = self.list;
        self.objects
            .extract_if(|_, seen| seen.list != list)
            .map(|(object, seen)| (object, seen.uid))
            .collect()
    }

    /// Takes out everything, or everything outside of some namespaces.
    pub(crate) fn take(&mut self, keep: &[String]) -> Vec<(ObjectName, CompactString)> {
        let outside = |object: &ObjectName| !keep.iter().any(|namespace| *namespace == object.namespace);
        self.objects
            .extract_if(|object, _| outside(object))
            .map(|(object, seen)| (object, seen.uid))
            .collect()
    }

    /// Takes out the objects of one namespace, as known from no list yet.
    pub(crate) fn split(&mut self, namespace: &str) -> Self {
        let inside = self
            .objects
            .extract_if(|object, _| object.namespace == namespace)
            .collect();
        Self {
            objects: inside,
            list: self.list,
        }
    }

    /// Takes over what another watch knew.
    pub(crate) fn absorb(&mut self, other: Self) {
        let list = self.list;
        self.objects.extend(
            other
                .objects
                .into_iter()
                .map(|(object, seen)| (object, Seen { list, ..seen })),
        );
    }
}

/// The key of an object of a watch.
pub(crate) fn key(management_cluster: &ManagementCluster, kind: &GroupKind, object: ObjectName) -> ObjectKey {
    ObjectKey::new(management_cluster.clone(), kind.clone(), object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ObjectName {
        let (namespace, name) = text.split_once('/').unwrap();
        ObjectName::new(namespace, name)
    }

    #[test]
    fn what_a_list_does_not_bring_is_gone() {
        let mut known = Known::default();
        known.begin_list();
        known.see(&name("a/1"), &"u1".into());
        known.see(&name("a/2"), &"u2".into());
        assert_eq!(known.end_list(), []);
        known.see(&name("a/3"), &"u3".into());
        known.begin_list();
        known.see(&name("a/2"), &"u2-again".into());
        let mut gone = known.end_list();
        gone.sort();
        assert_eq!(gone, [(name("a/1"), "u1".into()), (name("a/3"), "u3".into())]);
        assert!(known.forget(&name("a/2"), "u2-again"));
    }

    #[test]
    fn a_late_deletion_does_not_take_the_next_life() {
        let mut known = Known::default();
        known.see(&name("a/1"), &"second".into());
        assert!(!known.forget(&name("a/1"), "first"));
        assert!(known.forget(&name("a/1"), "second"));
    }

    #[test]
    fn namespaces_can_be_parted() {
        let mut known = Known::default();
        for object in ["a/1", "b/1", "c/1"] {
            known.see(&name(object), &object.into());
        }
        assert_eq!(
            known.take(&["a".to_owned(), "b".to_owned()]),
            [(name("c/1"), "c/1".into())]
        );
        let mut only_a = known.split("a");
        only_a.begin_list();
        assert_eq!(only_a.end_list(), [(name("a/1"), "a/1".into())]);
        assert_eq!(known.take(&[]), [(name("b/1"), "b/1".into())]);
    }
}
