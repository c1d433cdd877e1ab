//! What happened to an object and when: from its conditions' last transitions, from what the watches saw change, and from events.
//!
//! Must not know: where what was seen is kept, or how events are read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health;
use crate::row::Row;
use crate::store::FleetStore;

pub use event::Event;

mod event;

/// The longest text that is kept of a change.
const LONGEST_TEXT: usize = 200;

/// A change that was seen: a condition that flipped, a phase that was left, a deletion that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flip {
    /// When; the object's own word where it has one, else when it was seen.
    pub at: Timestamp,
    /// Where the object is found.
    #[serde(flatten)]
    pub whose: Whose,
    /// What changed: a condition's type, or `phase`, or `deletion`.
    pub what: CompactString,
    /// What it was; empty where it was not.
    pub from: CompactString,
    /// What it is.
    pub to: CompactString,
    /// Why, as a word; may be empty.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub reason: CompactString,
    /// Why, in one line; may be empty. From the cluster: not yet safe to show.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub text: CompactString,
    /// Whether it is what one hopes for.
    pub good: bool,
}

/// An object, in a form that can be kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Whose {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// The API group.
    pub group: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// The namespace; empty for what has none.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub namespace: CompactString,
    /// The name.
    pub name: CompactString,
    /// The identity.
    pub uid: CompactString,
}

impl Whose {
    /// The object of a row.
    pub fn of(row: &Row) -> Self {
        let facts = &row.facts;
        Self {
            management_cluster: row.management_cluster.clone(),
            group: facts.kind.group.as_ref().into(),
            kind: facts.kind.kind.as_ref().into(),
            namespace: facts.object.namespace.clone(),
            name: facts.object.name.clone(),
            uid: facts.uid.clone(),
        }
    }

    /// Whether it is found there.
    fn is_at(&self, key: &ObjectKey) -> bool {
        self.management_cluster == key.management_cluster
            && self.name == key.object.name
            && self.namespace == key.object.namespace
            && self.kind == *key.kind.kind
            && self.group == *key.kind.group
    }

    /// Where it is found.
    pub fn key(&self) -> ObjectKey {
        let object = ObjectName {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        };
        ObjectKey::new(
            self.management_cluster.clone(),
            GroupKind::new(&self.group, &self.kind),
            object,
        )
    }
}

/// What differs between two rows of one object, as it was seen at `seen`.
pub fn flips(before: &Row, after: &Row, seen: Timestamp) -> Vec<Flip> {
    if before.facts.uid != after.facts.uid {
        return Vec::new();
    }
    let (old, new) = (&before.facts, &after.facts);
    let mut flips = Vec::new();
    let flip = |at: Timestamp, what: &str, from: &str, to: &str| Flip {
        at,
        whose: Whose::of(after),
        what: what.into(),
        from: from.into(),
        to: to.into(),
        reason: CompactString::default(),
        text: CompactString::default(),
        good: true,
    };
    for condition in &new.conditions {
        let was = old.conditions.iter().find(|was| was.kind == condition.kind);
        if !differs(was, condition) {
            continue;
        }
        // A reason that changes alone has no time of its own.
        let turned = was.is_none_or(|was| was.status != condition.status);
        let at = condition.since().filter(|_| turned).unwrap_or(seen);
        let from = was.map_or("", |was| was.status.as_str());
        flips.push(Flip {
            reason: condition.reason.clone(),
            text: text_of(condition),
            good: condition.good(),
            ..flip(at, &condition.kind, from, condition.status.as_str())
        });
    }
    if old.phase != new.phase {
        let word = |facts: &Facts| facts.phase.clone().unwrap_or_default();
        flips.push(Flip {
            good: new.phase.as_deref() != Some("Failed"),
            ..flip(seen, "phase", &word(old), &word(new))
        });
    }
    if let (None, Some(asked)) = (old.deleting_since, new.deleting_since) {
        flips.push(flip(asked, "deletion", "", "asked for"));
    }
    flips
}

/// An object that has gone, as it was seen at `seen`.
pub fn gone(row: &Row, seen: Timestamp) -> Flip {
    Flip {
        at: seen,
        whose: Whose::of(row),
        what: CompactString::const_new("deletion"),
        from: CompactString::default(),
        to: CompactString::const_new("gone"),
        reason: CompactString::default(),
        text: CompactString::default(),
        good: true,
    }
}

/// Whether a condition says another thing than it did. Messages alone do not: they name pods and counts that come and go.
fn differs(was: Option<&CompactCondition>, is: &CompactCondition) -> bool {
    match was {
        // What an object says for the first time has not changed, unless it is bad news.
        None => !is.good() && is.status != ConditionStatus::Unknown,
        Some(was) => was.status != is.status || (!is.good() && was.reason != is.reason),
    }
}

fn text_of(condition: &CompactCondition) -> CompactString {
    if condition.good() {
        return CompactString::default();
    }
    let mut text = health::line_of(condition);
    let end = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text.into()
}

/// Where an entry of a timeline is from. Of the same moment, the earlier here stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The object says itself when it last changed.
    Transition,
    /// A watch saw it change.
    Watch,
    /// An event.
    Event,
}

impl Source {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transition => "condition",
            Self::Watch => "seen",
            Self::Event => "event",
        }
    }
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub key: ObjectKey,
    /// Where it is from.
    pub source: Source,
    /// A condition's type, a word, an event's reason. Not yet safe to show, like all texts here.
    pub what: CompactString,
    /// `False → True`: what it was, where that is known, and what it is.
    pub from: CompactString,
    /// What it is.
    pub to: CompactString,
    /// Why.
    pub text: CompactString,
    /// Whether it is what one hopes for.
    pub good: bool,
    /// How often it happened.
    pub count: u64,
}

/// The timeline of an object, newest first, at most `most` entries; and of a Cluster, of all that belongs to it.
pub fn timeline(
    store: &FleetStore,
    key: &ObjectKey,
    (seen, events): (&[Flip], &[Event]),
    most: usize,
) -> Vec<Entry> {
    let rows = whose_story(store, key);
    let by_uid: HashMap<&str, &Arc<Row>> = rows.iter().map(|row| (row.facts.uid.as_str(), row)).collect();
    let mut told: HashSet<Told> = HashSet::new();
    let mut entries: Vec<Entry> = Vec::new();
    for flip in seen {
        let whose = &flip.whose;
        let owner = by_uid.get(whose.uid.as_str()).map(|row| row.key());
        // What is told of one that has gone is known by its name alone.
        let last_known = || (rows.is_empty() && whose.is_at(key)).then(|| key.clone());
        let Some(key) = owner.or_else(last_known) else {
            continue;
        };
        // Two instances may have seen the same.
        if told.insert(Told::of(&whose.uid, &flip.what, &flip.to, flip.at)) {
            entries.push(of_flip(flip, key));
        }
    }
    for row in &rows {
        let uid = &row.facts.uid;
        let is_new = |entry: &Entry| !told.contains(&Told::of(uid, &entry.what, &entry.to, entry.at));
        // Of others it is told what is wrong; all that went well would bury it.
        let is_other = row.facts.object.name != key.object.name || row.facts.kind != key.kind;
        let wanted = |condition: &&CompactCondition| !is_other || !condition.good();
        let conditions = row.facts.conditions.iter().filter(wanted);
        let transitions =
            conditions.filter_map(|condition| Some(of_transition(row, condition, condition.since()?)));
        entries.extend(transitions.chain(lives(row)).filter(is_new));
    }
    entries.extend(events.iter().map(|event| of_event(event, key)));
    entries.sort_by(|one, other| {
        (other.at, other.source, &one.key, &one.what).cmp(&(one.at, one.source, &other.key, &other.what))
    });
    entries.truncate(most);
    entries
}

/// What is told once: whose, what, what it became, and in which second.
#[derive(PartialEq, Eq, Hash)]
struct Told(CompactString, CompactString, CompactString, i64);

impl Told {
    fn of(uid: &CompactString, what: &CompactString, to: &CompactString, at: Timestamp) -> Self {
        Self(uid.clone(), what.clone(), to.clone(), at.as_second())
    }
}

/// The rows whose story is told with that of `key`.
fn whose_story(store: &FleetStore, key: &ObjectKey) -> Vec<Arc<Row>> {
    let Some(row) = store.get(key) else {
        return Vec::new();
    };
    let partition = store.partition(&key.management_cluster);
    let is_cluster = row.facts.role == fleetui_api::kinds::Role::Cluster;
    let members = partition.filter(|_| is_cluster).and_then(|partition| {
        let name = (key.object.namespace.clone(), key.object.name.clone());
        partition.clusters().get(&name)
    });
    match members {
        Some(members) => members.all().cloned().collect(),
        None => vec![Arc::clone(row)],
    }
}

fn of_flip(flip: &Flip, key: ObjectKey) -> Entry {
    Entry {
        at: flip.at,
        key,
        source: Source::Watch,
        what: flip.what.clone(),
        from: flip.from.clone(),
        to: flip.to.clone(),
        text: if flip.text.is_empty() {
            flip.reason.clone()
        } else {
            flip.text.clone()
        },
        good: flip.good,
        count: 1,
    }
}

fn of_transition(row: &Row, condition: &CompactCondition, at: Timestamp) -> Entry {
    Entry {
        at,
        key: row.key(),
        source: Source::Transition,
        what: condition.kind.clone(),
        from: CompactString::default(),
        to: CompactString::const_new(condition.status.as_str()),
        text: text_of(condition),
        good: condition.good(),
        count: 1,
    }
}

/// When an object was made, and when its deletion was asked for.
fn lives(row: &Row) -> Vec<Entry> {
    let entry = |at: Timestamp, what: &'static str, to: &'static str| Entry {
        at,
        key: row.key(),
        source: Source::Transition,
        what: CompactString::const_new(what),
        from: CompactString::default(),
        to: CompactString::const_new(to),
        text: CompactString::default(),
        good: true,
        count: 1,
    };
    let made = row.facts.created.map(|at| entry(at, "object", "created"));
    let deleted = row
        .facts
        .deleting_since
        .map(|at| entry(at, "deletion", "asked for"));
    made.into_iter().chain(deleted).collect()
}

fn of_event(event: &Event, key: &ObjectKey) -> Entry {
    Entry {
        at: event.last,
        key: key.clone(),
        source: Source::Event,
        what: event.reason.clone(),
        from: CompactString::default(),
        to: CompactString::default(),
        text: event.message.as_str().into(),
        good: !event.warning,
        count: event.count,
    }
}

#[cfg(test)]
mod tests;
