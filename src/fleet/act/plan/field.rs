//! Another number of replicas, another version: one field, written where it is kept.

use std::sync::Arc;

use fleetui_api::facts::Reference;
use fleetui_base::ObjectKey;
use jiff::Timestamp;

use super::coming::{Coming, Maker, coming, makers, upgrading};
use super::{blast, replaced_of};
use crate::act::judge::{Check, Confirm, Found, Preview};
use crate::act::{Act, Deed, FieldChange, Plan, Verb, Write};
use crate::edit::{self, Change, Field, Refused};
use crate::row::Row;
use crate::store::FleetStore;
use crate::topology;

/// Plans the change of `field` to what was typed (`5`, `+2`, `-1`; `v1.31.2` or `1.31.2`).
///
/// # Errors
/// Why that cannot be edited here, or why not to this value.
pub fn field(
    store: &FleetStore,
    key: &ObjectKey,
    field: Field,
    typed: &str,
    now: Timestamp,
) -> Result<Plan, Refused> {
    let change = edit::plan(store, key, field, typed)?;
    let forecast = edit::forecast(store, key, &change);
    let row = store.get(key);
    // One version of a topology is that of all that it manages, wherever it is typed.
    let reaches = match field {
        Field::Replicas => row,
        Field::Version => store.get(&change.target).or(row),
    };
    let (deed, replicas) = match field {
        Field::Replicas => {
            let number = |text: &str| text.parse::<i64>().ok();
            let replicas = number(&change.to).map(|to| (number(&change.from).unwrap_or(0), to));
            (Deed::Scale(change.to.clone()), replicas)
        }
        Field::Version => (Deed::Upgrade(change.to.clone()), None),
    };
    let mut blast = row.map(|row| blast(store, row));
    if let Some(blast) = &mut blast {
        blast.replicas = replicas;
    }
    let mut warnings = forecast.warnings;
    warnings.extend(row.and_then(|row| upgrading(store, row, now)));
    let blocked = forecast.blocked.into_iter().map(|why| Check {
        id: "machine-set-preflight".into(),
        title: "what a MachineSet wants before it creates machines".to_owned(),
        found: Found::Warns(why),
    });
    let mut plan = Plan {
        act: Act {
            subject: key.clone(),
            uid: row.map(|row| row.facts.uid.clone()).unwrap_or_default(),
            deed,
            reason: None,
        },
        preview: Preview {
            happens: forecast.happens,
            warnings,
            blast,
            seconds: None,
        },
        checks: blocked.collect(),
        confirm: forecast.doubt.map_or(Confirm::Key, Confirm::Twice),
        planned: now,
        writes: Vec::new(),
    };
    if let Some(row) = reaches {
        plan.of_machines(store, row, (field, &change.to, replicas), None);
    }
    let write = write(change);
    plan.checks.extend(topology::check(store, &write));
    plan.writes.push(write);
    Ok(plan)
}

impl Plan {
    /// What is to be said of the machines that another number of replicas or another version brings: those that are replaced, and
    /// whether there are hosts for new ones, which are made from `template` where that changes too.
    pub(crate) fn of_machines(
        &mut self,
        store: &FleetStore,
        row: &Arc<Row>,
        (field, to, replicas): (Field, &str, Option<(i64, i64)>),
        template: Option<&Reference>,
    ) {
        let (comes, version) = match (field, replicas) {
            (Field::Version, _) => {
                self.replaces(store, row);
                (Coming::Instead, Some(to))
            }
            (Field::Replicas, Some((from, to))) if to > from => (Coming::More(to - from), None),
            (Field::Replicas, _) => return,
        };
        for row in makers(store, row) {
            let maker = Maker {
                row,
                template,
                version: version.or(row.facts.version.as_deref()),
            };
            self.tell_coming(coming(store, maker, comes, self.planned));
        }
    }

    /// Names the machines of `row` as those that are replaced.
    pub(crate) fn replaces(&mut self, store: &FleetStore, row: &Arc<Row>) {
        if let Some(blast) = &mut self.preview.blast {
            blast.takes(&replaced_of(store, row));
        }
    }
}

fn write(change: Change) -> Write {
    let (pointer, before, after) = change.changed;
    let element = change.element.map(|(pointer, value)| FieldChange {
        pointer,
        before: Some(value.clone()),
        after: Some(value),
        hidden: false,
    });
    let field = FieldChange {
        pointer,
        before,
        after: Some(after),
        hidden: false,
    };
    Write {
        target: change.target,
        uid: change.uid,
        api_version: change.api_version,
        verb: Verb::Patch,
        body: change.patch,
        fields: element.into_iter().chain([field]).collect(),
    }
}
