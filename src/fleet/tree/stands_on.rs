//! What machines stand on: their infrastructure and their bootstrap configuration.

use std::sync::Arc;

use fleetui_api::conditions::{ConditionStatus, Severity};
use fleetui_api::facts::Reference;
use fleetui_api::kinds::Role;

use crate::row::Row;

/// Objects of one role, which mostly come in the order of the machines that own them; so most are found without a search.
pub(super) struct StandsOn<'a> {
    rows: Vec<&'a Arc<Row>>,
    next: usize,
    found: usize,
}

impl<'a> StandsOn<'a> {
    /// Takes rows that are ordered by owner.
    pub(super) fn new(ordered: impl Iterator<Item = &'a Arc<Row>>) -> Self {
        Self {
            rows: ordered.collect(),
            next: 0,
            found: 0,
        }
    }

    /// The object that `reference` names and that is owned by the machine called `owner`.
    pub(super) fn next(&mut self, reference: &Reference, owner: &str) -> Option<&'a Arc<Row>> {
        let meant = |row: &&Arc<Row>| {
            let facts = &row.facts;
            let is_owners = facts
                .owner
                .as_ref()
                .is_some_and(|it| it.name == owner && it.kind.kind.as_ref() == "Machine");
            is_owners && facts.object.name == reference.name && facts.kind == reference.kind
        };
        if self.rows.get(self.next).is_none_or(|row| !meant(row)) {
            self.next = self.rows.partition_point(|row| owner_name(row) < Some(owner));
        }
        let row = self.rows.get(self.next).copied().filter(|row| meant(row))?;
        self.next += 1;
        self.found += 1;
        Some(row)
    }

    /// Those that say to be owned by a Machine, if not every one was found below its own. Before there is a Machine they are
    /// owned by its set or control plane, which is no fault.
    pub(super) fn left_behind(&self) -> impl Iterator<Item = &'a Arc<Row>> {
        let rows = if self.found >= self.rows.len() {
            &[]
        } else {
            self.rows.as_slice()
        };
        let is_machines = |row: &&&Arc<Row>| {
            row.facts
                .owner
                .as_ref()
                .is_some_and(|owner| Role::of(&owner.kind) == Role::Machine)
        };
        rows.iter().filter(is_machines).copied()
    }
}

fn owner_name(row: &Row) -> Option<&str> {
    row.facts.owner.as_ref().map(|owner| owner.name.as_str())
}

/// Whether an object below a machine says nothing that the machine does not say.
pub(super) fn echoes(row: &Row, machine: &Row) -> bool {
    if !row.facts.broken.is_empty() {
        return false;
    }
    // Nearly all are so; it needs no look at the conditions.
    if row.facts.quiet && row.facts.initialized == Some(true) {
        return true;
    }
    match ready(row) {
        Some((ConditionStatus::True, _, _)) => true,
        None if row.facts.initialized == Some(true) => true,
        own => own == ready(machine),
    }
}

fn ready(row: &Row) -> Option<(ConditionStatus, &str, Option<Severity>)> {
    let condition = row
        .facts
        .conditions
        .iter()
        .find(|condition| condition.kind == "Ready")?;
    Some((condition.status, condition.reason.as_str(), condition.severity))
}
