//! How a machine gives its host back. It stays until the host is clean: so the scripts that clean it stay as well, and no host is
//! forgotten half reset. Only a host that was not heard for long, or an operator who says so, lets the machine go before.

use fleetui_api::byoh::ByoMachine;
use fleetui_api::byoh::names::{self, HOST_READY, MACHINE_FINALIZER, reason};
use fleetui_api::conditions::Severity;
use serde_json::json;

use super::super::conditions::Saying;
use super::super::{PoolHost, keeps};
use super::binding;
use super::observe::Observed;
use super::plan::{Plan, remembered};
use crate::change::Change;
use crate::events::Happening;
use crate::object::Metadata;

/// Plans the next step, and tells what is waited for; nothing when the machine goes.
pub(super) fn plan(observed: &Observed, plan: &mut Plan) -> Option<Saying> {
    let machine = observed.machine.as_ref();
    let Some(host) = &observed.host else {
        if has_served(observed) && machine.metadata.has_finalizer(MACHINE_FINALIZER) {
            tell_of_former(observed, plan);
        }
        plan.outcome.object.metadata.remove_finalizer(MACHINE_FINALIZER);
        return None;
    };
    let name = host.object.name();
    // Also a machine that goes before its host has begun tells later what became of that host.
    plan.status().hostinfo.clone_from(&host.object.status.hostinfo);
    if asks_for_reset(host) {
        if let Some(why) = lets_go(observed, host) {
            let message = format!("ByoHost {name} is left as it is: {why}");
            plan.happenings
                .push(Happening::warning(machine, "ByoHostReleaseForced", message));
            plan.outcome.object.metadata.remove_finalizer(MACHINE_FINALIZER);
            return None;
        }
    } else {
        plan.change(ask_for_reset(host));
        let message = format!("Asked to be reset by ByoMachine {}", machine.name());
        plan.happenings.push(Happening::normal(
            host.object.as_ref(),
            "ByoHostReleaseRequested",
            message,
        ));
    }
    // No watch tells of a host that stays silent.
    plan.outcome.look_again(observed.recheck);
    let failure = host
        .object
        .status
        .failure
        .as_ref()
        .filter(|failure| failure.step == "reset");
    let message = match failure {
        Some(failure) => {
            let why = fleetui_rules::hosts::quarantine::describe(failure);
            format!("Host {name} cannot be reset: {why}")
        }
        None => match silence(observed, host) {
            Some(silence) => format!("Waiting for host {name} to be reset: {silence}"),
            None => format!("Waiting for host {name} to be reset"),
        },
    };
    let severity = if failure.is_some() || host.facts().silence(binding::watch(observed)).is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    Some(Saying::fails(HOST_READY, severity, reason::RELEASING, message))
}

/// Whether the machine had the host that it remembers; one that only meant to take it knows nothing of it.
fn has_served(observed: &Observed) -> bool {
    let status = &observed.machine.status;
    status.host_ref.is_some() && status.hostinfo.is_some()
}

/// What became of the host that the machine had: it is clean, or it is gone and nobody knows what still runs on it.
fn tell_of_former(observed: &Observed, plan: &mut Plan) {
    let (machine, event) = (observed.machine.as_ref(), "ByoHostReleaseSucceeded");
    let name = remembered(&machine.status);
    let Some(host) = &observed.former else {
        let message = format!("ByoHost {name} is gone: it was not reset, and what ran there may run on");
        plan.happenings
            .push(Happening::warning(machine, "ByoHostGone", message));
        return;
    };
    let what = if host.object.metadata.annotation(names::RELEASED).is_some() {
        "clean, and kept for inspection"
    } else {
        "free again"
    };
    let by = format!("Released by ByoMachine {}", machine.name());
    plan.happenings.extend([
        Happening::normal(machine, event, format!("ByoHost {name} is {what}")),
        Happening::normal(host.object.as_ref(), event, by).by::<ByoMachine>(),
    ]);
}

fn asks_for_reset(host: &PoolHost) -> bool {
    host.object.metadata.annotation(names::UNREGISTERING).is_some()
}

/// Asks the agent to reset its host.
pub(super) fn ask_for_reset(host: &PoolHost) -> Option<Change> {
    let mut annotations = json!({names::UNREGISTERING: ""});
    if let (Some(annotations), Some(set)) = (annotations.as_object_mut(), keeps(&host.object)) {
        annotations.insert(names::RELEASED.to_owned(), json!(set));
    }
    let patch = json!({"metadata": {"annotations": annotations}});
    binding::patch(host, patch).filter(|_| !asks_for_reset(host))
}

/// That nothing is heard of the host, what ends the waiting, and who can end it before.
fn silence(observed: &Observed, host: &PoolHost) -> Option<String> {
    host.facts().silence(binding::watch(observed))?;
    let heard = host
        .heard
        .map_or("it was made".to_owned(), |heard| heard.to_string());
    let end = match observed.settings.release_grace {
        Some(grace) => format!(
            "the machine goes after {} s of silence, or at once",
            grace.as_secs()
        ),
        None => "the machine goes".to_owned(),
    };
    Some(format!(
        "it was not heard since {heard}; {end} when the ByoHost is annotated with {}, once it is certain that nothing runs there",
        names::RELEASE_CONFIRMED
    ))
}

/// Why the machine need not wait for the host.
fn lets_go(observed: &Observed, host: &PoolHost) -> Option<String> {
    if let Some(who) = host.object.metadata.annotation(names::RELEASE_CONFIRMED) {
        return Some(format!("confirmed ({who})"));
    }
    let silent = host.facts().silence(binding::watch(observed))?;
    let grace = observed.settings.release_grace?;
    (silent.unsigned_abs() >= grace).then(|| format!("it was not heard for {} s", silent.as_secs()))
}
