//! That a host is looked after: its machine goes first, and no other one comes until that is over.

use fleetui_rules::hosts::selection::DRAIN;
use serde_json::json;

use super::{Of, name, unchanged, writes};
use crate::act::judge::{Confirm, Found, Preview, Refusal};
use crate::act::{Act, Plan};

/// It takes no further machine, and the one on it is drained as soon as that can be.
pub(super) fn begin(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if let Some(maintenance) = &of.kept.spec.maintenance {
        let why = maintenance.reason.as_deref().map(|why| format!(": {why}"));
        return unchanged(format!(
            "{} is in maintenance already{}",
            of.name(),
            why.unwrap_or_default()
        ));
    }
    let mut wanted = json!({"mode": DRAIN});
    if let (Some(wanted), Some(reason)) = (wanted.as_object_mut(), &act.reason) {
        wanted.insert("reason".to_owned(), json!(reason));
    }
    let mut preview = Preview {
        happens: vec!["it takes no machine until its maintenance ends".to_owned()],
        ..Preview::default()
    };
    let mut checks = Vec::new();
    let (machine, taker) = (of.machine, of.taker());
    let mut stays = false;
    if let Some(machine) = machine {
        checks = of.spared(
            machine,
            "; passed over, the host takes no other machine, and this one stays until it can be spared",
        );
        stays = checks
            .iter()
            .any(|check| matches!(check.found, Found::Blocks { .. }));
        if stays {
            let taker = taker.clone().unwrap_or_else(|| name(machine));
            preview.happens.push(format!(
                "{taker} stays on it until its control plane can spare it, and is deleted then"
            ));
        } else {
            of.drained(machine, &mut preview);
        }
    } else if let Some(taker) = &taker {
        preview
            .warnings
            .push(format!("{taker} is on it, and its Machine is not known here"));
    }
    let change = writes::spec(of, "maintenance", None, Some(wanted));
    let mut plan = of.plan(act, change, preview);
    plan.checks = checks;
    if taker.is_some() {
        let when = if stays { "once it can be spared" } else { "first" };
        plan.confirm = Confirm::Twice(format!("the machine goes {when}, with what runs on it"));
    }
    if let (Some(machine), Some(blast)) = (machine.filter(|_| !stays), &mut plan.preview.blast) {
        blast.machines = vec![machine.facts.object.name.clone()];
        blast.drained = usize::from(machine.facts.node.is_some());
    }
    Ok(plan)
}

/// It takes machines again, unless something else keeps them off.
pub(super) fn end(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let Some(maintenance) = &of.kept.spec.maintenance else {
        return unchanged(format!("{} is not in maintenance", of.name()));
    };
    let change = writes::spec(of, "maintenance", Some(json!(maintenance)), None);
    let mut preview = of.again("its maintenance is over", |state| state.maintenance = false);
    if let Some(machine) = of
        .machine
        .filter(|machine| machine.facts.deleting_since.is_some())
    {
        let taker = of.taker().unwrap_or_else(|| name(machine));
        if preview.warnings.is_empty() {
            preview.happens =
                vec!["it takes machines again once this one is gone and it was reset".to_owned()];
        }
        preview.warnings.insert(
            0,
            format!("{taker} is being deleted, which cannot be taken back: it goes all the same"),
        );
    }
    Ok(of.plan(act, change, preview))
}
