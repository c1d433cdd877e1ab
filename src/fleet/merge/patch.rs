//! From one reading of an object to another by a JSON patch (RFC 6902) that fails on any object but the one it was made for.
//!
//! What is replaced or taken away is tested for its old value. Nothing can be tested for not being there, so where something is
//! added, what holds it is tested whole. Values that are hidden are not known here, so they cannot be tested: then the
//! resourceVersion is. All tests stand in front, so that they are of the object as it is.

use fleetui_api::{hidden, secret_fields};
use serde_json::{Map, Value, json};

use super::place::{Place, identities};
use super::{ListKind, Lists};
use crate::act::FieldChange;

/// A patch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// The tests, then what changes; empty where nothing does.
    pub operations: Vec<Value>,
    /// The fields that change.
    pub fields: Vec<FieldChange>,
}

/// A hidden value would have to be written where it did not stand before, which it cannot, as it is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: a hidden value can be replaced or taken away here, but not moved or copied")]
pub struct Moved {
    /// Where.
    pub pointer: String,
}

/// The patch that makes `mine` of `base`, which was read at `resource_version`.
///
/// # Errors
/// Where a hidden value would have to be written.
pub fn patch(base: &Value, mine: &Value, lists: &Lists<'_>, resource_version: &str) -> Result<Patch, Moved> {
    let mut making = Making {
        lists,
        tests: Vec::new(),
        changes: Vec::new(),
        fields: Vec::new(),
        by_version: false,
    };
    making.value(&Place::default(), base, mine);
    let holds_hidden = |change: &&Value| change.get("value").is_some_and(hidden::holds_hidden);
    if let Some(change) = making.changes.iter().find(holds_hidden) {
        let pointer = change.get("path").and_then(Value::as_str).unwrap_or_default();
        return Err(Moved {
            pointer: pointer.to_owned(),
        });
    }
    let version = making
        .by_version
        .then(|| test("/metadata/resourceVersion", &Value::from(resource_version)));
    Ok(Patch {
        operations: version
            .into_iter()
            .chain(making.tests)
            .chain(making.changes)
            .collect(),
        fields: making.fields,
    })
}

/// The fields that differ between two readings of an object, without the values of secrets.
pub fn changed(base: &Value, mine: &Value, lists: &Lists<'_>) -> Vec<FieldChange> {
    let mut making = Making {
        lists,
        tests: Vec::new(),
        changes: Vec::new(),
        fields: Vec::new(),
        by_version: false,
    };
    making.value(&Place::default(), base, mine);
    making.fields
}

struct Making<'a> {
    lists: &'a Lists<'a>,
    tests: Vec<Value>,
    changes: Vec<Value>,
    fields: Vec<FieldChange>,
    by_version: bool,
}

impl Making<'_> {
    fn value(&mut self, place: &Place, base: &Value, mine: &Value) {
        if base == mine {
            return;
        }
        match (base, mine) {
            (Value::Object(base), Value::Object(mine)) => self.objects(place, base, mine),
            (Value::Array(base), Value::Array(mine)) => self.arrays(place, base, mine),
            _ => self.replace(place, base, mine),
        }
    }

    fn objects(&mut self, place: &Place, base: &Map<String, Value>, mine: &Map<String, Value>) {
        for (name, before) in base {
            let at = place.field(name);
            match mine.get(name) {
                Some(after) => self.value(&at, before, after),
                None => self.remove(&at, before),
            }
        }
        let mut holder_is_tested = false;
        for (name, after) in mine.iter().filter(|(name, _)| !base.contains_key(*name)) {
            if !std::mem::replace(&mut holder_is_tested, true) {
                self.test_holder(place, || Value::Object(base.clone()));
            }
            self.add(&place.field(name), after);
        }
    }

    /// Changes stand from the last to the first: what comes or goes moves only what stands behind it.
    fn arrays(&mut self, place: &Place, base: &[Value], mine: &[Value]) {
        let keys = match (self.lists)(&place.pattern) {
            ListKind::Atomic | ListKind::Set => None,
            ListKind::Map(keys) => Some(keys),
        };
        let alike = keys
            .as_deref()
            .and_then(|keys| by_key(base, mine, keys).map(|alike| (keys, alike)));
        let is_hidden = base.iter().any(hidden::holds_hidden);
        match alike {
            Some((keys, alike)) => {
                for (at, _) in &alike {
                    if base
                        .get(*at)
                        .zip(mine.get(*at))
                        .is_none_or(|(base, mine)| base != mine)
                    {
                        self.test_keys(&place.element(*at), base.get(*at), keys);
                    }
                }
                self.aligned(place, (base, mine), &alike);
            }
            // What is hidden cannot be written again, so the elements that hold it have to stay where they are.
            None if is_hidden => {
                self.by_version = true;
                let alike = paired(base, mine);
                self.aligned(place, (base, mine), &alike);
            }
            None => self.replace(place, &Value::from(base), &Value::from(mine)),
        }
    }

    /// Elements of two lists, those in `alike` being the same one before and after.
    fn aligned(&mut self, place: &Place, (base, mine): (&[Value], &[Value]), alike: &[(usize, usize)]) {
        let comes = mine.len() > alike.len();
        if comes {
            self.test_holder(place, || Value::from(base));
        }
        let (mut at, mut to) = (base.len(), mine.len());
        for (one, other) in alike
            .iter()
            .rev()
            .map(|(one, other)| (Some(*one), Some(*other)))
            .chain([(None, None)])
        {
            let (first, first_to) = (one.map_or(0, |one| one + 1), other.map_or(0, |other| other + 1));
            for gone in (first..at).rev() {
                if let Some(before) = base.get(gone) {
                    self.remove(&place.element(gone), before);
                }
            }
            // Each stands before those that were added at the same place before it.
            for come in (first_to..to).rev() {
                if let Some(after) = mine.get(come) {
                    self.add(&place.element(first), after);
                }
            }
            if let (Some(one), Some(other)) = (one, other) {
                if let Some((before, after)) = base.get(one).zip(mine.get(other)) {
                    self.value(&place.element(one), before, after);
                }
                (at, to) = (one, other);
            }
        }
    }

    /// Which element stands there, as others may have come or gone in front of it.
    fn test_keys(&mut self, place: &Place, element: Option<&Value>, keys: &[compact_str::CompactString]) {
        for key in keys {
            if let Some(value) = element.and_then(|element| element.get(key.as_str())) {
                self.test(&place.field(key), value);
            }
        }
    }

    fn test(&mut self, place: &Place, value: &Value) {
        if hidden::holds_hidden(value) {
            self.by_version = true;
        } else {
            let test = test(&place.pointer, value);
            if !self.tests.contains(&test) {
                self.tests.push(test);
            }
        }
    }

    /// Nobody else has put something where something is added.
    fn test_holder(&mut self, place: &Place, value: impl FnOnce() -> Value) {
        // Not all of these is shown here, so they cannot be tested whole.
        if matches!(place.pointer.as_str(), "" | "/metadata") {
            self.by_version = true;
        } else {
            self.test(place, &value());
        }
    }

    fn replace(&mut self, place: &Place, before: &Value, after: &Value) {
        self.test(place, before);
        self.changes
            .push(json!({"op": "replace", "path": place.pointer, "value": after}));
        self.tell(place, Some(before), Some(after));
    }

    fn remove(&mut self, place: &Place, before: &Value) {
        self.test(place, before);
        self.changes.push(json!({"op": "remove", "path": place.pointer}));
        self.tell(place, Some(before), None);
    }

    fn add(&mut self, place: &Place, after: &Value) {
        self.changes
            .push(json!({"op": "add", "path": place.pointer, "value": after}));
        self.tell(place, None, Some(after));
    }

    fn tell(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let name = place.pointer.rsplit('/').next().unwrap_or_default();
        let hidden = secret_fields::is_secret(name)
            || before.is_some_and(holds_secret)
            || after.is_some_and(holds_secret);
        self.fields.push(FieldChange {
            pointer: place.pointer.clone(),
            before: before.filter(|_| !hidden).cloned(),
            after: after.filter(|_| !hidden).cloned(),
            hidden,
        });
    }
}

/// Whether something in it would be hidden if it were read.
fn holds_secret(value: &Value) -> bool {
    let mut hidden = value.clone();
    hidden::hide(&mut hidden);
    hidden != *value || hidden::holds_hidden(value)
}

fn test(pointer: &str, value: &Value) -> Value {
    json!({"op": "test", "path": pointer, "value": value})
}

/// Which elements are the same one before and after, by their keys; nothing where they cannot be told apart or stand in another order.
fn by_key(
    base: &[Value],
    mine: &[Value],
    keys: &[compact_str::CompactString],
) -> Option<Vec<(usize, usize)>> {
    let before = identities(base, Some(keys))?;
    let after = identities(mine, Some(keys))?;
    let found = |identity: &String| after.iter().position(|known| known == identity);
    let alike: Vec<(usize, usize)> = before
        .iter()
        .enumerate()
        .filter_map(|(at, identity)| Some((at, found(identity)?)))
        .collect();
    alike.is_sorted_by(|one, next| one.1 < next.1).then_some(alike)
}

/// Which elements are the same one: those that are equal, and between them those that stand at the same place.
fn paired(base: &[Value], mine: &[Value]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut at, mut to) = (0, 0);
    let end = (base.len(), mine.len());
    for (one, other) in in_common(base, mine).into_iter().chain([end]) {
        pairs.extend((at..one).zip(to..other));
        pairs.extend(Some((one, other)).filter(|pair| *pair != end));
        (at, to) = (one + 1, other + 1);
    }
    pairs
}

/// The places of a longest row of what is in both, in its order.
pub(super) fn in_common<T: PartialEq>(one: &[T], other: &[T]) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    // The length of the longest such row from here on.
    let mut longest = vec![0_u32; (one.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    for (row, left) in one.iter().enumerate().rev() {
        for (column, right) in other.iter().enumerate().rev() {
            let length = |index: usize| longest.get(index).copied().unwrap_or_default();
            let best = if left == right {
                length(at(row + 1, column + 1)) + 1
            } else {
                length(at(row + 1, column)).max(length(at(row, column + 1)))
            };
            if let Some(cell) = longest.get_mut(at(row, column)) {
                *cell = best;
            }
        }
    }
    let length = |row: usize, column: usize| longest.get(at(row, column)).copied().unwrap_or_default();
    let (mut row, mut column) = (0, 0);
    let mut common = Vec::new();
    while let (Some(left), Some(right)) = (one.get(row), other.get(column)) {
        if left == right {
            common.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if length(row + 1, column) >= length(row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    common
}
