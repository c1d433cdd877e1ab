//! How a machine gives its host back. It stays until the host is clean: so the scripts that clean it stay as well, and no host is
//! forgotten half reset. Only a host that was not heard for long, or an operator who says so, lets the machine go before.

use fleetui_api::byoh::names::{self, HOST_READY, MACHINE_FINALIZER, reason};
use fleetui_api::conditions::Severity;
use serde_json::json;

use super::super::PoolHost;
use super::super::conditions::Saying;
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
        if machine.status.host_ref.is_some() && machine.metadata.has_finalizer(MACHINE_FINALIZER) {
            let message = format!("ByoHost {} is free again", remembered(&machine.status));
            plan.happenings
                .push(Happening::normal(machine, "ByoHostReleaseSucceeded", message));
        }
        plan.outcome.object.metadata.remove_finalizer(MACHINE_FINALIZER);
        return None;
    };
    let name = host.object.name();
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
        None => format!("Waiting for host {name} to be reset"),
    };
    let severity = if failure.is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    Some(Saying::fails(HOST_READY, severity, reason::RELEASING, message))
}

fn asks_for_reset(host: &PoolHost) -> bool {
    host.object.metadata.annotation(names::UNREGISTERING).is_some()
}

/// Asks the agent to reset its host.
pub(super) fn ask_for_reset(host: &PoolHost) -> Option<Change> {
    let patch = json!({"metadata": {"annotations": {names::UNREGISTERING: ""}}});
    binding::patch(host, patch).filter(|_| !asks_for_reset(host))
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
