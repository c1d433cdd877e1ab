//! A branch: the lines of one cluster, whether seen or not, kept until something that they are made from changes.
//!
//! Verdicts and lines are what takes time and space; of rows that are plainly good nothing of them is kept.

use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use jiff::Timestamp;

use super::layers::MACHINES;
use super::place::{hash, hash_of_group};
use super::{Layer, Layers, Node, TreeOptions};
use crate::filter::{Filter, Index};
use crate::health::{self, Health, Verdict};
use crate::premises::Premises;
use crate::row::Row;
use crate::store::Members;
use crate::summary::{self, Summary};

/// Deeper than any tree is.
const DEPTHS: usize = 16;

/// The lines of one cluster, in their order.
#[derive(Debug)]
pub(super) struct Branch {
    /// The Cluster, whether it is there or not.
    pub(super) key: ObjectKey,
    /// What the cluster's own rows were when this was made.
    pub(super) revision: u64,
    /// What else it was made from.
    pub(super) premises: Premises,
    /// Rows without a cluster of their own that are referred to here, and whether nobody before had them.
    pub(super) shared: Vec<(Arc<Row>, bool)>,
    pub(super) entries: Vec<Entry>,
    asides: Vec<Aside>,
    /// How each entry stands while everything is shown.
    whole: Vec<Outcome>,
    index: Index,
    /// The worst of all entries.
    pub(super) worst: Option<Health>,
    /// Its Cluster and its machines, counted.
    pub(super) summary: Summary,
}

/// A line, before it is known whether it is seen.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) what: What,
    /// What is kept of it apart; see `NO_ASIDE`.
    aside: u32,
    /// One past its last descendant.
    pub(super) end: u32,
    /// See `super::place::hash`.
    pub(super) hash: u32,
    pub(super) depth: u8,
    pub(super) health: Health,
    /// The worst below it.
    pub(super) below: Option<Health>,
}

/// Most entries have nothing apart.
const NO_ASIDE: u32 = u32::MAX;

/// What a line stands for.
#[derive(Debug)]
pub(super) enum What {
    Object(Arc<Row>),
    Group(&'static str),
    /// Machines alike of who makes them.
    Alike(Box<ObjectKey>),
    /// Who shows it and the object, with its row where it has one.
    Beside(Box<(ObjectKey, ObjectKey)>, Option<Arc<Row>>),
    /// Owner and reference.
    Missing(Box<(ObjectKey, ObjectKey)>),
}

impl What {
    /// Whether it only repeats or borrows what others say, so that no fault is its own.
    fn is_borrowed(&self) -> bool {
        match self {
            Self::Group(_) | Self::Alike(_) | Self::Beside(..) => true,
            Self::Object(_) | Self::Missing(_) => false,
        }
    }
}

/// What only few lines have.
#[derive(Debug, Default)]
struct Aside {
    /// Absent where it follows from the row alone.
    verdict: Option<Verdict>,
    instead: Option<Instead>,
}

/// Counters and a version that a line shows and its row does not have.
#[derive(Debug, Default)]
pub(super) struct Instead {
    pub(super) replicas: Option<Replicas>,
    pub(super) version: Option<CompactString>,
}

/// How an entry stands among those that are shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Whether it is shown when nothing above it is folded.
    pub(super) kept: bool,
    /// Whether something below it is shown.
    pub(super) parent: bool,
    /// Whether no sibling that is shown follows.
    pub(super) last: bool,
    /// How it stands to what a filter asks for.
    pub(super) found: Found,
}

/// How an entry stands to what a filter asks for; it decides how it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Found {
    /// There is no filter, or it stands above something that is asked for.
    #[default]
    Above,
    /// It is asked for, and nothing of what stands below it.
    Alone,
    /// It stands below one that is asked for alone and was unfolded.
    Below,
}

/// What is shown of an entry besides its place.
pub(super) struct Content {
    pub(super) row: Option<Arc<Row>>,
    pub(super) verdict: Verdict,
    pub(super) replicas: Option<Replicas>,
    pub(super) version: Option<CompactString>,
}

/// A branch that is being made.
#[derive(Default)]
pub(super) struct Growing {
    pub(super) entries: Vec<Entry>,
    asides: Vec<Aside>,
}

impl Growing {
    /// Adds a row whose verdict follows from itself alone.
    pub(super) fn push_plainly_good(&mut self, depth: u8, row: &Arc<Row>) {
        self.entries.push(Entry {
            what: What::Object(Arc::clone(row)),
            aside: NO_ASIDE,
            end: 0,
            hash: 0,
            depth,
            health: Health::Good,
            below: None,
        });
    }

    /// Adds a line.
    pub(super) fn push(&mut self, depth: u8, what: What, verdict: Verdict) {
        let entry = Entry {
            aside: u32::try_from(self.asides.len()).unwrap_or(NO_ASIDE),
            end: 0,
            hash: 0,
            depth,
            health: verdict.health,
            below: None,
            what,
        };
        self.entries.push(entry);
        self.asides.push(Aside {
            verdict: Some(verdict),
            instead: None,
        });
    }

    /// Forgets the last entry.
    pub(super) fn pop(&mut self) {
        if let Some(entry) = self.entries.pop() {
            self.asides.truncate(entry.aside as usize);
        }
    }

    /// Shows something in place of what the row of an entry says.
    pub(super) fn show_instead(&mut self, at: usize, instead: Option<Instead>) {
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        if let Some(aside) = self.asides.get_mut(entry.aside as usize) {
            aside.instead = instead;
        } else if instead.is_some() {
            entry.aside = u32::try_from(self.asides.len()).unwrap_or(NO_ASIDE);
            self.asides.push(Aside {
                verdict: None,
                instead,
            });
        }
    }

    /// The branch, when everything is there.
    pub(super) fn finish(
        mut self,
        key: ObjectKey,
        members: &Members,
        premises: Premises,
        shared: Vec<(Arc<Row>, bool)>,
    ) -> Branch {
        self.entries.shrink_to_fit();
        let worst = roll_up(&mut self.entries);
        let mut whole = vec![
            Outcome {
                kept: true,
                ..Outcome::default()
            };
            self.entries.len()
        ];
        rank(&self.entries, &mut whole);
        let (mut index, mut summary) = (Index::default(), Summary::default());
        for entry in &mut self.entries {
            match &entry.what {
                What::Object(row) => {
                    entry.hash = hash(&row.facts.object.name);
                    let said = self.asides.get(entry.aside as usize);
                    let verdict = said.and_then(|aside| aside.verdict.as_ref());
                    index.push_object(row, verdict.map_or("", |verdict| verdict.line.as_str()));
                    summary.add(row.facts.role, entry.health);
                }
                What::Group(name) => {
                    entry.hash = hash_of_group(&key, name);
                    index.push_nothing();
                }
                What::Alike(maker) => {
                    entry.hash = hash_of_group(maker, MACHINES);
                    index.push_nothing();
                }
                What::Beside(keys, _) | What::Missing(keys) => {
                    entry.hash = hash(&keys.1.object.name);
                    index.push_name(&keys.1.object.name);
                }
            }
        }
        index.shrink();
        summary.unreadable = summary::unreadable(members);
        Branch {
            key,
            revision: members.revision(),
            premises,
            shared,
            entries: self.entries,
            asides: self.asides,
            whole,
            index,
            worst,
            summary,
        }
    }
}

/// Finds out what is below each entry, and the worst of all.
fn roll_up(entries: &mut [Entry]) -> Option<Health> {
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    // Of the siblings at each depth, from the one that is looked at to the last: the worst, and one past all below them.
    let mut levels: [(Option<Health>, Option<u32>); DEPTHS + 1] = Default::default();
    for (at, entry) in (0..count).zip(entries.iter_mut()).rev() {
        let depth = usize::from(entry.depth).min(DEPTHS - 1);
        let Some([level, below]) = levels.get_mut(depth..=depth + 1) else {
            continue;
        };
        // What was found one depth lower belongs to this entry; the one before it begins anew.
        let (worst, end) = std::mem::take(below);
        entry.below = worst;
        entry.end = end.unwrap_or(at + 1);
        let own = Some(entry.health).filter(|_| !entry.what.is_borrowed());
        *level = (level.0.max(worst).max(own), level.1.or(Some(entry.end)));
    }
    levels.iter().map(|(worst, _)| *worst).max().flatten()
}

/// From those that are kept for their own sake to those that stand above them, and who is the last of siblings.
fn rank(entries: &[Entry], outcomes: &mut [Outcome]) {
    let mut kept = [false; DEPTHS + 1];
    for (entry, outcome) in entries.iter().zip(outcomes).rev() {
        let depth = usize::from(entry.depth).min(DEPTHS - 1);
        let Some([level, below]) = kept.get_mut(depth..=depth + 1) else {
            continue;
        };
        outcome.parent = std::mem::take(below);
        outcome.kept |= outcome.parent;
        outcome.last = !*level;
        *level |= outcome.kept;
    }
}

impl Branch {
    /// How each entry stands while everything is shown.
    pub(super) fn whole(&self) -> &[Outcome] {
        &self.whole
    }

    /// How each entry stands while only what matches is shown, and what stands above that.
    pub(super) fn part(&self, options: &TreeOptions, now: Timestamp) -> Vec<Outcome> {
        let (filter, faults_only) = (options.filter.as_ref(), options.faults_only);
        let selected = filter.map(|filter| self.select(filter, now));
        let wanted = |(at, entry): (usize, &Entry)| {
            let selected = match &selected {
                Some(selected) => selected.get(at).copied().unwrap_or(false),
                None => !entry.what.is_borrowed(),
            };
            Outcome {
                kept: selected && (!faults_only || entry.health.is_fault()),
                ..Outcome::default()
            }
        };
        let mut outcomes: Vec<Outcome> = self.entries.iter().enumerate().map(wanted).collect();
        rank(&self.entries, &mut outcomes);
        if filter.is_some() {
            self.open(&options.toggled_in_filter, &mut outcomes);
        }
        outcomes
    }

    /// What stands below those that are asked for alone can be seen all the same, once they are unfolded.
    fn open(&self, toggled: &HashSet<Node>, outcomes: &mut [Outcome]) {
        let mut next = 0;
        for (at, entry) in self.entries.iter().enumerate() {
            let (below, end) = (at + 1, entry.end as usize);
            let Some(outcome) = outcomes.get_mut(at).filter(|_| at >= next && below < end) else {
                continue;
            };
            if !outcome.kept || outcome.parent {
                continue;
            }
            (outcome.parent, outcome.found) = (true, Found::Alone);
            next = end;
            if toggled.is_empty() || !toggled.contains(&self.node(entry)) {
                continue;
            }
            let places = outcomes.get_mut(below..end).into_iter().flatten();
            for (outcome, whole) in places.zip(self.whole.get(below..end).into_iter().flatten()) {
                *outcome = Outcome {
                    found: Found::Below,
                    ..*whole
                };
            }
        }
    }

    /// Which entries a filter asks for.
    pub(super) fn select(&self, filter: &Filter, now: Timestamp) -> Vec<bool> {
        let object = |at: usize| match self.entries.get(at) {
            Some(Entry {
                what: What::Object(row),
                health,
                ..
            }) => Some((row.as_ref(), *health)),
            Some(_) | None => None,
        };
        filter.select(&self.index, object, now)
    }

    /// What an entry stands for.
    pub(super) fn node(&self, entry: &Entry) -> Node {
        match &entry.what {
            What::Object(row) => Node::Object(row.key()),
            What::Group(name) => Node::Group(self.key.clone(), name),
            What::Alike(maker) => Node::Group(maker.as_ref().clone(), MACHINES),
            What::Beside(keys, _) => Node::Beside(keys.0.clone(), keys.1.clone()),
            What::Missing(keys) => Node::Missing(keys.0.clone(), keys.1.clone()),
        }
    }

    /// Whether an entry stands for `node`, without making another.
    pub(super) fn is(&self, entry: &Entry, node: &Node) -> bool {
        match (&entry.what, node) {
            (What::Object(row), Node::Object(key)) => {
                row.facts.object == key.object
                    && row.facts.kind == key.kind
                    && row.management_cluster == key.management_cluster
            }
            (What::Group(name), Node::Group(key, heading)) => name == heading && self.key == *key,
            (What::Alike(maker), Node::Group(key, heading)) => *heading == MACHINES && **maker == *key,
            (What::Missing(keys), Node::Missing(owner, reference))
            | (What::Beside(keys, _), Node::Beside(owner, reference)) => {
                keys.0 == *owner && keys.1 == *reference
            }
            (What::Object(_) | What::Group(_) | What::Alike(_) | What::Beside(..) | What::Missing(_), _) => {
                false
            }
        }
    }

    /// What is shown of an entry.
    pub(super) fn content(&self, entry: &Entry) -> Content {
        let aside = self.asides.get(entry.aside as usize);
        let row = match &entry.what {
            What::Object(row) => Some(row),
            What::Beside(_, row) => row.as_ref(),
            What::Group(_) | What::Alike(_) | What::Missing(_) => None,
        };
        let verdict = match (aside.and_then(|aside| aside.verdict.as_ref()), row) {
            (Some(verdict), _) => verdict.clone(),
            (None, Some(row)) => health::plainly_good(row),
            (None, None) => Verdict::new(entry.health, ""),
        };
        let (replicas, version) = match (aside.and_then(|aside| aside.instead.as_ref()), row) {
            (Some(instead), _) => (instead.replicas, instead.version.clone()),
            (None, Some(row)) => (row.facts.replicas.as_deref().copied(), row.facts.version.clone()),
            (None, None) => (None, None),
        };
        Content {
            row: row.cloned(),
            verdict,
            replicas,
            version,
        }
    }

    /// Whether its line is folded as long as nobody says otherwise.
    pub(super) fn is_closed_by_default(entry: &Entry, layers: Layers) -> bool {
        match &entry.what {
            // Who asks for what machines run on wants to see it.
            What::Object(row) => {
                let is_asked_for = layers.has(Layer::Hosts) || layers.has(Layer::Nodes);
                row.facts.role == Role::Machine && !is_asked_for
            }
            What::Alike(_) => true,
            What::Group(_) | What::Beside(..) | What::Missing(_) => false,
        }
    }
}
