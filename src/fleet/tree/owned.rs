//! Rows by their owner, taken once each; what nobody took in the end is an orphan.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use fleetui_base::GroupKind;

use crate::row::Row;

/// Rows that stand together by owner.
pub(super) struct Owned<'a> {
    rows: Vec<&'a Arc<Row>>,
    groups: Vec<Group<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

struct Group<'a> {
    owner: Option<(&'a GroupKind, &'a str)>,
    rows: Range<usize>,
    taken: bool,
}

impl<'a> Owned<'a> {
    /// Takes rows that are already ordered by owner.
    pub(super) fn new(ordered: impl Iterator<Item = &'a Arc<Row>>) -> Self {
        let mut owned = Self {
            rows: Vec::new(),
            groups: Vec::new(),
            by_name: HashMap::new(),
        };
        for row in ordered {
            owned.push(row);
        }
        owned
    }

    fn push(&mut self, row: &'a Arc<Row>) {
        let owner = row
            .facts
            .owner
            .as_ref()
            .map(|owner| (&owner.kind, owner.name.as_str()));
        let index = self.rows.len();
        self.rows.push(row);
        match self.groups.last_mut() {
            Some(group) if group.owner == owner => group.rows.end = index + 1,
            _ => {
                if let Some((_, name)) = owner {
                    self.by_name.entry(name).or_default().push(self.groups.len());
                }
                self.groups.push(Group {
                    owner,
                    rows: index..index + 1,
                    taken: false,
                });
            }
        }
    }

    /// The rows that the object of that kind and name owns.
    pub(super) fn take(&mut self, kind: &GroupKind, name: &str) -> &[&'a Arc<Row>] {
        let found = self
            .by_name
            .get(name)
            .into_iter()
            .flatten()
            .copied()
            .find(|index| {
                self.groups
                    .get(*index)
                    .is_some_and(|group| group.owner.is_some_and(|(owner, _)| owner == kind))
            });
        let Some(group) = found.and_then(|index| self.groups.get_mut(index)) else {
            return &[];
        };
        if std::mem::replace(&mut group.taken, true) {
            return &[];
        }
        self.rows.get(group.rows.clone()).unwrap_or(&[])
    }

    /// Rows of every group that was not taken and for which `wanted` holds.
    pub(super) fn take_where(&mut self, wanted: impl Fn(&Row) -> bool) -> Vec<&'a Arc<Row>> {
        let mut taken = Vec::new();
        for group in self.groups.iter_mut().filter(|group| !group.taken) {
            let rows = self.rows.get(group.rows.clone()).unwrap_or(&[]);
            if rows.iter().all(|row| wanted(row)) {
                group.taken = true;
                taken.extend_from_slice(rows);
            }
        }
        taken
    }
}
