//! That a host comes back to its pool: released by its machine, by who has looked at it, by who is sure of it; and reset.

use fleetui_api::byoh::names;
use fleetui_api::facts::Reference;
use fleetui_api::kinds::Role;
use fleetui_rules::hosts::{Stage, quarantine};

use super::{Of, name, refused, unchanged, writes};
use crate::act::judge::{Check, Confirm, Found, Preview, Refusal};
use crate::act::{Act, Plan};
use crate::hosts::room_for;
use crate::row::Row;

/// What a host that keeps its machines' traces for inspection says of it.
const RETAIN: &str = "Retain";

pub(super) fn release(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    match of.state().stage {
        Stage::Released => inspected(of, act),
        Stage::Releasing => let_go(of, act),
        Stage::Reserved | Stage::Installing | Stage::Joining | Stage::InUse => by_its_machine(of, act),
        Stage::Unclean => refused(format!(
            "no machine has {}, and something of an earlier one is on it: reset it",
            of.name()
        )),
        Stage::Free | Stage::PendingApproval | Stage::Registering => refused(format!(
            "no machine has {}: there is nothing to release",
            of.name()
        )),
    }
}

/// Somebody has looked at it, and it takes machines again.
fn inspected(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let Some(change) = writes::remove_annotation(of, names::RELEASED) else {
        return refused(format!("{} is not kept for inspection", of.name()));
    };
    let preview = of.again("it is no longer kept for inspection", |state| {
        if state.stage == Stage::Released {
            state.stage = Stage::Free;
        }
    });
    Ok(of.plan(act, change, preview))
}

/// A host that cannot be reset keeps its machine from going, until somebody says that nothing runs there.
fn let_go(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let Some(taker) = of.taker() else {
        return refused(format!(
            "{} is being reset, and no machine waits for it",
            of.name()
        ));
    };
    if of.annotation(names::RELEASE_CONFIRMED).is_some() {
        return unchanged(format!(
            "{} was let go already: {taker} is about to go",
            of.name()
        ));
    }
    let failure = of.kept.status.failure.as_ref();
    let why = match (failure.filter(|it| it.step == "reset"), of.state().disconnected) {
        (Some(failure), _) => format!("it cannot be reset: {}", quarantine::describe(failure)),
        (None, Some(silent)) => format!("its agent was not heard for {} s", silent.as_secs()),
        (None, None) => {
            return refused(format!(
                "{} is being reset: {taker} goes when it is clean",
                of.name()
            ));
        }
    };
    let change = writes::set_annotation(of, names::RELEASE_CONFIRMED, Of::why(&act));
    let preview = Preview {
        happens: vec![format!("{taker} goes without waiting for its host")],
        warnings: vec![
            why,
            "what runs on the host may run on: be sure that it is switched off or cut off".to_owned(),
        ],
        ..Preview::default()
    };
    let mut plan = of.plan(act, change, preview);
    plan.confirm = Confirm::Name(of.row.facts.object.name.clone());
    Ok(plan)
}

/// Its Machine is deleted: Cluster API drains the node, and the provider resets the host.
fn by_its_machine(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let Some(machine) = of.machine else {
        return refused(format!(
            "{} has {}, and its Machine is not known here: delete that Machine, which frees the host",
            of.taker().unwrap_or_else(|| "a machine".to_owned()),
            of.name()
        ));
    };
    let mut plan = super::super::delete::delete(of.around, machine, act)?;
    let mut preview = Preview::default();
    of.drained(machine, &mut preview);
    if of.kept.spec.reclaim_policy.as_deref() == Some(RETAIN) {
        preview
            .happens
            .push("the host is kept for inspection then: release it once more".to_owned());
    }
    if may_come_back(of, machine) {
        preview.warnings.push(
            "the machine in its place may take this very host again: cordon it first, or put it in maintenance"
                .to_owned(),
        );
    }
    plan.preview.happens = preview.happens;
    plan.preview.warnings.splice(0..0, preview.warnings);
    plan.checks.extend(of.spared(machine, ""));
    plan.confirm = Confirm::Twice("the machine goes, with what runs on it".to_owned());
    Ok(plan)
}

/// Whether a machine comes in its place, and finds no other host, or likes this one best.
fn may_come_back(of: &Of<'_>, machine: &Row) -> bool {
    let is_made = |owner: &Reference| Role::of(&owner.kind) != Role::Cluster;
    let state = of.state();
    let takes = !(state.cordoned || state.maintenance || state.quarantined);
    takes
        && machine.facts.owner.as_ref().is_some_and(is_made)
        && room_for(of.around.store, machine, of.around.now).is_none_or(|room| room.candidates.is_empty())
}

/// Its agent takes away what Kubernetes left.
pub(super) fn reset(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let state = of.state();
    if state.stage == Stage::Releasing {
        return unchanged(format!("{} is being reset already", of.name()));
    }
    let change = writes::set_annotation(of, names::UNREGISTERING, "");
    let mut preview = Preview {
        happens: vec![
            "its agent runs kubeadm reset and takes away what was installed for Kubernetes".to_owned(),
        ],
        ..Preview::default()
    };
    if let Some(silent) = state.disconnected {
        preview.warnings.push(format!(
            "its agent was not heard for {} s: it resets when it comes back",
            silent.as_secs()
        ));
    }
    if state.paused {
        preview
            .warnings
            .push("it is paused: its agent does nothing before it is resumed".to_owned());
    }
    if let Some(taker) = of.taker() {
        let torn = format!("{taker} is torn away, and its node is not drained");
        preview.happens.insert(0, torn);
    }
    let in_the_way = of.taker().map(|taker| Check {
        id: "taken".into(),
        title: "whether a machine runs on it".to_owned(),
        found: Found::Blocks {
            why: format!("{taker} runs on it and would be torn away undrained: release the host instead"),
            overridable: true,
        },
    });
    let mut plan = of.plan(act, change, preview);
    if let (Some(machine), Some(blast)) = (of.machine, &mut plan.preview.blast) {
        blast.machines = vec![name(machine).into()];
    }
    plan.checks.extend(in_the_way);
    plan.confirm = Confirm::Name(of.row.facts.object.name.clone());
    Ok(plan)
}
