//! A host before and after: where it is to be looked after, its machine is drained first, as by the act that has a name for that.

use fleetui_rules::hosts::selection::DRAIN;
use serde_json::Value;

use super::super::{Around, plan as named};
use super::at;
use super::changed::Changed;
use crate::act::judge::Confirm;
use crate::act::{Act, Deed, HostDeed, Plan};

/// What comes of the change of a host.
pub(super) fn of(around: &Around<'_>, changed: &Changed<'_>, plan: &mut Plan) {
    changed.pause(around.store, plan);
    let Some(row) = changed.row else { return };
    let (before, after) = changed.objects;
    let mode = |object| at(object, "/spec/maintenance/mode").and_then(Value::as_str);
    if mode(before) == Some(DRAIN) || mode(Some(after)) != Some(DRAIN) {
        return;
    }
    let act = Act {
        subject: row.key(),
        uid: row.facts.uid.clone(),
        deed: Deed::Host(HostDeed::Maintain(true)),
        reason: plan.act.reason.clone(),
    };
    // Of a host that is none of a pool nothing is known.
    let Ok(named) = named(around, act) else { return };
    plan.preview.happens.extend(named.preview.happens);
    plan.preview.warnings.extend(named.preview.warnings);
    plan.checks.extend(named.checks);
    if named.preview.blast.is_some() {
        plan.preview.blast = named.preview.blast;
    }
    if let Confirm::Twice(why) = named.confirm {
        plan.ask_twice(why);
    }
}
