//! Another number of replicas, another version: one field, written where it is kept.

use fleetui_base::ObjectKey;
use jiff::Timestamp;

use super::blast;
use crate::act::judge::{Check, Confirm, Found, Preview};
use crate::act::{Act, Deed, FieldChange, Plan, Verb, Write};
use crate::edit::{self, Change, Field, Refused};
use crate::store::FleetStore;

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
    let blocked = forecast.blocked.into_iter().map(|why| Check {
        id: "machine-set-preflight".into(),
        title: "what a MachineSet wants before it creates machines".to_owned(),
        found: Found::Warns(why),
    });
    Ok(Plan {
        act: Act {
            subject: key.clone(),
            uid: row.map(|row| row.facts.uid.clone()).unwrap_or_default(),
            deed,
            reason: None,
        },
        preview: Preview {
            happens: forecast.happens,
            warnings: forecast.warnings,
            blast,
            seconds: None,
        },
        checks: blocked.collect(),
        confirm: forecast.doubt.map_or(Confirm::Key, Confirm::Twice),
        planned: now,
        writes: vec![write(change)],
    })
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
