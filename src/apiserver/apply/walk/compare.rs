//! How two states of an object differ, as sets of fields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{list_in, map_in};
use crate::apply::element::PathElement;
use crate::apply::fields::{FieldSet, Node};
use crate::apply::typed::{Form, ListType, MapType, TypeRef};
use crate::apply::values::{Pairs, same};

/// The fields in which two states differ. No field is in two of the sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// Only the old one has them.
    pub(crate) removed: FieldSet,
    /// Both have them, with different values.
    pub(crate) modified: FieldSet,
    /// Only the new one has them.
    pub(crate) added: FieldSet,
}

impl Comparison {
    /// Whether the states are the same.
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.modified.is_empty() && self.added.is_empty()
    }

    /// Leaves `fields` out, with all that is below them.
    pub(crate) fn without(&mut self, fields: &FieldSet) {
        self.removed.subtract_trees(fields);
        self.modified.subtract_trees(fields);
        self.added.subtract_trees(fields);
    }

    /// What the new state sets: modified and added fields.
    pub(crate) fn set(&self) -> FieldSet {
        self.modified.clone().union(self.added.clone())
    }
}

/// Compares two states.
pub(crate) fn compare(old: &Value, new: &Value, typed: TypeRef<'_>) -> Comparison {
    let found = walk(Some(old), Some(new), typed);
    Comparison {
        removed: found.removed.children,
        modified: found.modified.children,
        added: found.added.children,
    }
}

/// Whether the place itself differs in some way, and what is below.
#[derive(Default)]
struct Mark {
    own: bool,
    children: FieldSet,
}

#[derive(Default)]
struct Found {
    removed: Mark,
    modified: Mark,
    added: Mark,
}

/// What is found below a place, gathered step by step.
#[derive(Default)]
struct Gathered {
    removed: Vec<Node>,
    modified: Vec<Node>,
    added: Vec<Node>,
}

impl Gathered {
    fn add(&mut self, step: &PathElement, found: Found) {
        for (nodes, mark) in [
            (&mut self.removed, found.removed),
            (&mut self.modified, found.modified),
            (&mut self.added, found.added),
        ] {
            if mark.own || !mark.children.is_empty() {
                nodes.push(Node {
                    element: step.clone(),
                    member: mark.own,
                    children: mark.children,
                });
            }
        }
    }

    fn into_found(self) -> Found {
        let inner = |nodes: Vec<Node>| Mark {
            own: false,
            children: FieldSet::from_nodes(nodes),
        };
        Found {
            removed: inner(self.removed),
            modified: inner(self.modified),
            added: inner(self.added),
        }
    }
}

impl Found {
    fn is_empty(&self) -> bool {
        [&self.removed, &self.modified, &self.added]
            .iter()
            .all(|mark| !mark.own && mark.children.is_empty())
    }

    fn join(self, other: Self) -> Self {
        let join = |one: Mark, other: Mark| Mark {
            own: one.own || other.own,
            children: one.children.union(other.children),
        };
        Self {
            removed: join(self.removed, other.removed),
            modified: join(self.modified, other.modified),
            added: join(self.added, other.added),
        }
    }

    /// A place that one state has and the other has not.
    fn mark_presence(&mut self, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (None, _) => self.added.own = true,
            (Some(_), None) => self.removed.own = true,
            (Some(_), Some(_)) => {}
        }
    }
}

fn walk(old: Option<&Value>, new: Option<&Value>, typed: TypeRef<'_>) -> Found {
    let (old_form, new_form) = (typed.form(old), typed.form(new));
    let mut found = match (old, new) {
        (Some(_), None) => by_form(old, new, old_form),
        (Some(_), Some(_)) if !old_form.is_like(&new_form) => {
            by_form(old, new, old_form).join(by_form(old, new, new_form))
        }
        (None | Some(_), _) => by_form(old, new, new_form),
    };
    found.mark_presence(old, new);
    found
}

fn by_form(old: Option<&Value>, new: Option<&Value>, form: Form<'_>) -> Found {
    match form {
        Form::Scalar(_) => leaf(old, new),
        Form::List(list) => {
            let (old_list, new_list) = (list_in(old), list_in(new));
            let hollow = old_list.is_none_or(Vec::is_empty) && new_list.is_none_or(Vec::is_empty);
            if hollow || list.atomic() {
                leaf(old, new)
            } else {
                lists(
                    old_list.map_or(&[], Vec::as_slice),
                    new_list.map_or(&[], Vec::as_slice),
                    list,
                )
            }
        }
        Form::Map(map) => {
            let (old_map, new_map) = (map_in(old), map_in(new));
            let hollow = old_map.is_none_or(serde_json::Map::is_empty)
                && new_map.is_none_or(serde_json::Map::is_empty);
            if hollow || map.atomic() {
                leaf(old, new)
            } else {
                maps(old_map, new_map, map)
            }
        }
    }
}

fn leaf(old: Option<&Value>, new: Option<&Value>) -> Found {
    let mut found = Found::default();
    if let (Some(old), Some(new)) = (old, new) {
        found.modified.own = !same(old, new);
    }
    found
}

fn maps(
    old: Option<&serde_json::Map<String, Value>>,
    new: Option<&serde_json::Map<String, Value>>,
    map: MapType<'_>,
) -> Found {
    let nothing = serde_json::Map::new();
    let mut gathered = Gathered::default();
    for (name, old, new) in Pairs::new(old.unwrap_or(&nothing), new.unwrap_or(&nothing)) {
        // Nearly all fields of nearly all writes; whatever their type is, there is nothing to tell of them.
        if old.is_some_and(is_plain) && old == new {
            continue;
        }
        let found = walk(old, new, map.field_found(name));
        if !found.is_empty() {
            gathered.add(&PathElement::field(name), found);
        }
    }
    gathered.into_found()
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The places in which two lists differ, where they have the same elements in the same order and no two of the same key
/// among those that differ. Then nothing need be sorted.
fn in_step(old: &[Value], new: &[Value], list: ListType<'_>) -> Option<Vec<usize>> {
    if old.len() != new.len() {
        return None;
    }
    let mut places = Vec::new();
    for (place, (old, new)) in old.iter().zip(new).enumerate() {
        if !same(old, new) {
            if !list.same_step(old, new) {
                return None;
            }
            places.push(place);
        }
    }
    if places.len() * old.len() > MOST_PAIRS {
        return None;
    }
    let alone = |place: &usize| {
        let this = old.get(*place);
        let twins = old
            .iter()
            .filter(|other| this.is_some_and(|this| list.same_step(this, other)));
        twins.count() == 1
    };
    places.iter().all(alone).then_some(places)
}

/// How many pairs of elements are looked at before sorting them is quicker.
const MOST_PAIRS: usize = 1024;

fn lists(old: &[Value], new: &[Value], list: ListType<'_>) -> Found {
    let mut gathered = Gathered::default();
    if let Some(places) = in_step(old, new, list) {
        for place in places {
            if let (Some(old), Some(new)) = (old.get(place), new.get(place))
                && let Ok(step) = list.step(new)
            {
                gathered.add(&step, walk(Some(old), Some(new), list.element()));
            }
        }
        return gathered.into_found();
    }
    let mut both: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
    for (step, element) in super::steps(list, old) {
        both.entry(step).or_default().0.push(element);
    }
    for (step, element) in super::steps(list, new) {
        both.entry(step).or_default().1.push(element);
    }
    for (step, (old, new)) in &both {
        let element =
            |old: Option<&&Value>, new: Option<&&Value>| walk(old.copied(), new.copied(), list.element());
        // Elements of the same key are one leaf; they are looked into once they are told apart.
        let found = match (old.as_slice(), new.as_slice()) {
            ([] | [_], [] | [_]) => element(old.first(), new.first()),
            ([_, _, ..], [_, _, ..]) => {
                let mut found = Found::default();
                let unchanged =
                    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new));
                found.modified.own = !unchanged;
                found
            }
            ([_, _, ..], rest) => {
                let mut found = rest
                    .first()
                    .map_or_else(Found::default, |new| element(None, Some(new)));
                found.removed.own = true;
                found
            }
            (rest, [_, _, ..]) => {
                let mut found = rest
                    .first()
                    .map_or_else(Found::default, |old| element(Some(old), None));
                found.added.own = true;
                found
            }
        };
        gathered.add(step, found);
    }
    gathered.into_found()
}
