//! ByoHost: one that is in use stays, as its machine could not be told apart from a clean one afterwards.

use fleetui_api::byoh::names;
use serde_json::Value;

use super::field::{annotation, has_label, namespace, text};
use super::{INFRASTRUCTURE, Lookup, Operation, Verdict, Write};

/// Refuses the deletion of a host that a machine has. Upstream refused it also when that machine was gone for long.
pub(super) fn validate(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation != Operation::Delete {
        return;
    }
    let host = write.object;
    let confirmed = annotation(host, names::RETIRE_CONFIRMED).is_some_and(|who| !who.trim().is_empty());
    if confirmed || !has_machine(host, lookup) {
        return;
    }
    verdict.forbidden = Some(format!(
        "cannot delete ByoHost when MachineRef is assigned. Delete its Machine first; or, where the host is lost, say who retires it and why in the annotation {}",
        names::RETIRE_CONFIRMED
    ));
}

/// Whether a machine that is there has the host, or half has it.
fn has_machine(host: &Value, lookup: &dyn Lookup) -> bool {
    let of = |path: &str| {
        let reference = host.pointer(path).filter(|reference| !reference.is_null())?;
        Some((text(reference, "/name"), text(reference, "/uid")))
    };
    match of("/spec/claimRef").or_else(|| of("/status/machineRef")) {
        Some((name, uid)) => {
            let machine = lookup.get(INFRASTRUCTURE, "ByoMachine", namespace(host), name);
            machine.is_some_and(|machine| uid.is_empty() || text(&machine, "/metadata/uid") == uid)
        }
        None => has_label(host, names::MACHINE_LABEL),
    }
}
