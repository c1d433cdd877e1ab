//! Rows made ready to be searched again and again, as it is done with every letter that is typed.
//!
//! Must not know: what the rows are in the tree.

use std::sync::Arc;

use fleetui_api::conditions::ConditionStatus;
use jiff::Timestamp;

use super::Filter;
use super::column::Column;
use super::term::{self, Term};
use crate::health::{Health, Verdict};
use crate::row::Row;

/// Stands behind every text. Neither what is searched, which is in lower case, nor what is looked for has it in itself.
const BETWEEN: char = 'A';

/// Of how many of the last kinds of rows it is known that another row is alike.
const REMEMBERED: usize = 8;

/// Some things that a filter is asked about, in their order.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// What only single rows have, in lower case: name, node, the line of the verdict.
    text: String,
    items: Vec<Item>,
    /// One row for all that are alike in what is short: kind, cluster, version, phase.
    alike: Vec<Arc<Row>>,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    /// One past its last text.
    end: u32,
    what: What,
    /// What the condition says that speaks for the object.
    ready: ConditionStatus,
    /// When it was created.
    created: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// An object, which is alike to that one.
    Object(u32),
    /// Something that has a name and nothing more.
    Name,
    /// Something that is never looked for.
    Nothing,
}

impl Index {
    /// Adds an object, and what its verdict says.
    pub(crate) fn push_object(&mut self, row: &Arc<Row>, line: &str) {
        let facts = &row.facts;
        self.push_text(&facts.object.name);
        if let Some(node) = facts.node.as_ref().filter(|node| **node != facts.object.name) {
            self.push_text(node);
        }
        if !line.is_empty() {
            self.push_text(line);
        }
        let what = What::Object(self.alike_to(row));
        let end = self.end();
        self.items.push(Item {
            end,
            what,
            ready: term::ready(facts),
            created: facts.created,
        });
    }

    /// Adds something that has a name alone.
    pub(crate) fn push_name(&mut self, name: &str) {
        self.push_text(name);
        self.push(What::Name);
    }

    /// Adds something that no filter finds.
    pub(crate) fn push_nothing(&mut self) {
        self.push(What::Nothing);
    }

    /// Gives back what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.items.shrink_to_fit();
        self.alike.shrink_to_fit();
    }

    fn push(&mut self, what: What) {
        let end = self.end();
        self.items.push(Item {
            end,
            what,
            ready: ConditionStatus::Unknown,
            created: None,
        });
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Items with their texts, each text with `BETWEEN` behind it.
    fn texts(&self) -> impl Iterator<Item = (&Item, &str)> {
        let mut start = 0;
        self.items.iter().map(move |item| {
            let end = item.end as usize;
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            (item, text)
        })
    }

    fn push_text(&mut self, text: &str) {
        if text.is_ascii() {
            let start = self.text.len();
            self.text.push_str(text);
            if let Some(added) = self.text.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        } else {
            self.text.push_str(&text.to_lowercase());
        }
        self.text.push(BETWEEN);
    }

    /// Where the row is that stands for this one. There may be more than one: then it is looked at twice.
    fn alike_to(&mut self, row: &Arc<Row>) -> u32 {
        let facts = &row.facts;
        let is_alike = |other: &Arc<Row>| {
            let other = &other.facts;
            facts.kind == other.kind
                && facts.object.namespace == other.object.namespace
                && facts.cluster == other.cluster
                && facts.version == other.version
                && facts.phase == other.phase
        };
        let first = self.alike.len().saturating_sub(REMEMBERED);
        let found = self
            .alike
            .get(first..)
            .and_then(|last| last.iter().rposition(is_alike));
        let position = found.map_or(self.alike.len(), |found| first + found);
        if found.is_none() {
            self.alike.push(Arc::clone(row));
        }
        u32::try_from(position).unwrap_or(u32::MAX)
    }
}

impl Filter {
    /// Which items of an index match. `object` gives what an item is and how it is doing, for those that were pushed as objects.
    pub(crate) fn select<'a>(
        &self,
        index: &Index,
        object: impl Fn(usize) -> Option<(&'a Row, Health)>,
        now: Timestamp,
    ) -> Vec<bool> {
        let sought = |item: &Item| !matches!(item.what, What::Nothing);
        let mut selected: Vec<bool> = index.items.iter().map(sought).collect();
        for term in &self.terms {
            match term {
                Term::Text(text, absent) => by_text(index, text, *absent, &mut selected),
                Term::Fuzzy(letters) => by_letters(index, letters, &mut selected),
                // All of an index is of one management cluster, of which that is asked.
                Term::Group(..) => {}
                Term::Same(Column::Name, name, wanted) => by_name(index, name, *wanted, &mut selected),
                Term::Same(
                    Column::Cluster
                    | Column::Kind
                    | Column::ManagementCluster
                    | Column::Namespace
                    | Column::Phase,
                    ..,
                )
                | Term::Version(..) => by_alike(index, term, now, &mut selected),
                Term::Ready(status, wanted) => {
                    by_item(index, &mut selected, |item| (item.ready == *status) == *wanted);
                }
                Term::Age(comparison, age) => by_item(index, &mut selected, |item| {
                    item.created
                        .is_some_and(|created| term::is_aged(created, *comparison, *age, now))
                }),
                Term::Same(..) | Term::Paused(_) | Term::Health(..) | Term::Label(_) => {
                    // None of these looks at the verdict's line.
                    for (at, selected) in selected.iter_mut().enumerate().filter(|(_, selected)| **selected) {
                        *selected = object(at).is_some_and(|(row, health)| {
                            term.matches(row, &Verdict::new(health, String::new()), now)
                        });
                    }
                }
            }
        }
        selected
    }
}

fn by_text(index: &Index, text: &str, absent: bool, selected: &mut [bool]) {
    let rows = index.alike.iter();
    let alike: Vec<bool> = rows.map(|row| Term::is_in_shared(text, row)).collect();
    let in_shared = |item: &Item| match item.what {
        What::Object(like) => alike.get(like as usize).copied().unwrap_or(false),
        What::Name | What::Nothing => false,
    };
    let mut found: Vec<bool> = index.items.iter().map(in_shared).collect();
    if let [letter] = text.as_bytes() {
        // The first letter that is typed is nearly everywhere.
        for ((_, searched), found) in index.texts().zip(&mut found).filter(|(_, found)| !**found) {
            *found = searched.as_bytes().contains(letter);
        }
    } else if found.iter().any(|found| !found) {
        let mut items = index.items.iter().zip(&mut found);
        let mut current = items.next();
        for (place, _) in index.text.match_indices(text) {
            while current
                .as_ref()
                .is_some_and(|(item, _)| item.end as usize <= place)
            {
                current = items.next();
            }
            if let Some((_, found)) = &mut current {
                **found = true;
            }
        }
    }
    for (selected, found) in selected.iter_mut().zip(found) {
        *selected &= found != absent;
    }
}

fn by_name(index: &Index, name: &str, wanted: bool, selected: &mut [bool]) {
    for ((item, texts), selected) in index.texts().zip(selected) {
        let behind = texts.strip_prefix(name);
        let same = behind.is_some_and(|behind| behind.starts_with(BETWEEN));
        *selected &= matches!(item.what, What::Object(_)) && same == wanted;
    }
}

/// The name is the first text of whatever has one.
fn by_letters(index: &Index, letters: &str, selected: &mut [bool]) {
    for ((_, texts), selected) in index.texts().zip(selected).filter(|(_, selected)| **selected) {
        let name = texts.split(BETWEEN).next().unwrap_or_default();
        *selected = term::in_order(name, letters);
    }
}

fn by_item(index: &Index, selected: &mut [bool], holds: impl Fn(&Item) -> bool) {
    for (item, selected) in index.items.iter().zip(selected) {
        *selected &= matches!(item.what, What::Object(_)) && holds(item);
    }
}

/// Asks one row for all that are alike.
fn by_alike(index: &Index, term: &Term, now: Timestamp, selected: &mut [bool]) {
    let verdict = Verdict::new(Health::Good, String::new());
    let alike: Vec<bool> = index
        .alike
        .iter()
        .map(|row| term.matches(row, &verdict, now))
        .collect();
    for (selected, item) in selected.iter_mut().zip(&index.items) {
        *selected &= match item.what {
            What::Object(like) => alike.get(like as usize).copied().unwrap_or(false),
            What::Name | What::Nothing => false,
        };
    }
}
