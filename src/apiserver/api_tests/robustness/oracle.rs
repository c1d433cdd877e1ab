//! What must have been, from what the writers were answered.

use std::collections::BTreeMap;

use super::*;
use crate::api_tests::robustness::writer::Answers;

/// Namespace and name.
type Name = (String, String);

/// One change: the object's name, and what it became.
#[derive(Debug)]
struct Written {
    name: Name,
    object: Option<Value>,
}

/// Everything that was written, by revision.
pub(super) struct Oracle {
    start: u64,
    writes: BTreeMap<u64, Written>,
    /// Names of deleted objects, in the order of their deletions.
    deleted: Vec<Name>,
}

/// An event as a watch should tell it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expected {
    pub(super) kind: &'static str,
    pub(super) revision: u64,
    pub(super) object: Value,
}

fn name_of(object: &Value) -> Name {
    let text = |field: &str| object["metadata"][field].as_str().unwrap().to_owned();
    (text("namespace"), text("name"))
}

pub(super) fn revision_of(object: &Value) -> u64 {
    let text = object["metadata"]["resourceVersion"].as_str().unwrap();
    text.parse().unwrap()
}

impl Oracle {
    pub(super) fn new(start: u64) -> Self {
        Self {
            start,
            writes: BTreeMap::new(),
            deleted: Vec::new(),
        }
    }

    /// Takes a writer's answers in.
    pub(super) fn learn(&mut self, answers: Answers) {
        for object in answers.objects {
            let revision = revision_of(&object);
            let written = Written {
                name: name_of(&object),
                object: Some(object),
            };
            // Who changes nothing is answered with what was there.
            match self.writes.get(&revision) {
                Some(known) => assert_eq!(
                    known.object, written.object,
                    "revision {revision} was given twice"
                ),
                None => drop(self.writes.insert(revision, written)),
            }
        }
        if !answers.deleted.is_empty() {
            assert!(self.deleted.is_empty(), "only one writer may delete");
            self.deleted = answers.deleted;
        }
    }

    /// Each revision was given to one write, so those that are missing are the deletions, in their order.
    pub(super) fn complete(&mut self, end: u64) {
        let missing: Vec<u64> = (self.start + 1..=end)
            .filter(|revision| !self.writes.contains_key(revision))
            .collect();
        assert_eq!(missing.len(), self.deleted.len(), "revisions without a write");
        for (revision, name) in missing.into_iter().zip(std::mem::take(&mut self.deleted)) {
            self.writes.insert(revision, Written { name, object: None });
        }
    }

    /// The revision before the first write.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The newest revision.
    pub(super) fn end(&self) -> u64 {
        self.writes.keys().next_back().copied().unwrap_or(self.start)
    }

    /// What was there at a revision, in the order of a list.
    pub(super) fn at(&self, revision: u64, selection: &Selection) -> Vec<Value> {
        let mut objects: BTreeMap<&Name, &Value> = BTreeMap::new();
        for written in self.writes.range(..=revision).map(|(_, written)| written) {
            match &written.object {
                Some(object) => objects.insert(&written.name, object),
                None => objects.remove(&written.name),
            };
        }
        objects
            .into_values()
            .filter(|object| selection.selects(object))
            .cloned()
            .collect()
    }

    /// What a watch from a revision tells, to the end.
    pub(super) fn after(&self, revision: u64, selection: &Selection) -> Vec<Expected> {
        let mut states: BTreeMap<&Name, &Value> = BTreeMap::new();
        let mut events = Vec::new();
        for (at, written) in &self.writes {
            let before = match &written.object {
                Some(object) => states.insert(&written.name, object),
                None => states.remove(&written.name),
            };
            let before = before.filter(|object| selection.selects(object));
            let now = written.object.as_ref().filter(|object| selection.selects(object));
            let (kind, object) = match (before, now) {
                (None, Some(now)) => ("ADDED", now.clone()),
                (Some(_), Some(now)) => ("MODIFIED", now.clone()),
                (Some(before), None) => {
                    let mut last = before.clone();
                    last["metadata"]["resourceVersion"] = json!(at.to_string());
                    ("DELETED", last)
                }
                (None, None) => continue,
            };
            if *at > revision {
                events.push(Expected {
                    kind,
                    revision: *at,
                    object,
                });
            }
        }
        events
    }
}
