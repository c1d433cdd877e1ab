//! Marks and order in the tree: objects are marked, never headings; what is folded or filtered away is not acted on.

use fleetui_base::ObjectKey;
use fleetui_fleet::FleetStore;
use fleetui_fleet::table::{Column, Sort};
use fleetui_fleet::tree::{Line, Node};

use super::state::State;
use super::update::Ground;
use crate::command::Move;
use crate::list::sorted;
use crate::marks::Id;

impl State {
    /// Marks the object under the cursor, or takes its mark away, and goes to the next line; says whether there is one.
    pub fn mark(&mut self) -> bool {
        let Some(id) = self.line().and_then(id) else {
            return false;
        };
        self.marks.toggle(&id);
        self.see_marks();
        self.go(Move::Down);
        true
    }

    /// Marks all objects that are seen from the one that was marked last to the one under the cursor; says whether there is one.
    pub fn mark_range(&mut self) -> bool {
        let Some(id) = self.line().and_then(id) else {
            return false;
        };
        let rows = self.tree.rows();
        let seen: Vec<Id> = rows.map(|row| (row.key(), row.facts.uid.clone())).collect();
        self.marks.extend_to(&id, &seen);
        self.see_marks();
        true
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marks.clear();
        self.marked.clear();
    }

    /// What is said of marked objects.
    pub fn marked(&self) -> Option<String> {
        self.marks.said(&self.marked)
    }

    /// How many objects are marked and not seen, so that they are left alone.
    pub fn hidden_marks(&self) -> usize {
        self.marks.count(&self.marked).1
    }

    /// What a command acts on: what is marked and seen, else what is under the cursor.
    pub fn acted_on(&self) -> Vec<ObjectKey> {
        let cursor = self.line().and_then(id);
        let ids = self.marks.acted_on(&self.marked, cursor.as_ref());
        ids.into_iter().map(|(key, _)| key).collect()
    }

    /// Whether the object of a line is marked.
    pub(super) fn is_marked(&self, line: &Line) -> bool {
        !self.marks.is_empty() && id(line).is_some_and(|id| self.marks.contains(&id))
    }

    /// Sorts siblings by a column; by the same one again the other way round. Says in which order they stand now.
    pub fn sort(&mut self, column: Column, ground: Ground<'_>) -> String {
        let sort = Sort::then(self.options.sort, column);
        self.options.sort = Some(sort);
        self.rebuild(ground.fleet, ground.under, ground.now);
        sorted(sort, column.title())
    }

    /// Forgets marks of what has gone, and all of them where another part of the fleet is shown than the one that they were made
    /// in.
    pub(super) fn keep_marks(&mut self, fleet: &FleetStore) {
        let place = (self.options.only.clone(), self.options.namespace.clone());
        if place != self.marked_in {
            self.marked_in = place;
            self.marks.clear();
        }
        self.marks.retain(|(key, uid)| {
            let row = fleet.get(key);
            row.is_some_and(|row| row.facts.uid == *uid)
        });
        self.see_marks();
    }

    /// Finds which of the marked objects are seen.
    fn see_marks(&mut self) {
        self.marked.clear();
        if self.marks.is_empty() {
            return;
        }
        let rows = self.tree.rows();
        let ids = rows.map(|row| (row.key(), row.facts.uid.clone()));
        self.marked.extend(ids.filter(|id| self.marks.contains(id)));
    }
}

/// What a line is, if it is an object's own.
fn id(line: &Line) -> Option<Id> {
    let Node::Object(key) = &line.node else {
        return None;
    };
    let row = line.row.as_ref()?;
    Some((key.clone(), row.facts.uid.clone()))
}
