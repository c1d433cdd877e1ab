//! A taint that sends machines away which do not tolerate it, or maintenance that drains its host first: the Machine is deleted, so
//! that its node is drained and its owner makes another one.
//!
//! Of a control plane no machine goes that its etcd cannot spare.

use fleetui_api::labels;
use fleetui_api::v1beta2::Machine;
use fleetui_rules::hosts::selection::evicting;

use super::super::PoolHost;
use super::observe::Observed;
use super::plan::Plan;
use crate::change::Change;
use crate::events::Happening;
use crate::object::{Metadata, Object};

/// So many members stay able to decide when one of them goes.
const SAFE: usize = 3;

/// Sends the machine away where it has to go; tells why it stays although it has to.
pub(super) fn plan(
    observed: &Observed,
    owner: &Object<Machine>,
    host: &PoolHost,
    plan: &mut Plan,
) -> Option<String> {
    let facts = host.facts();
    let why = evicting(&facts, &observed.machine.spec)?;
    if owner.is_deleting() {
        return None;
    }
    let name = host.object.name();
    if owner.metadata.label(labels::CONTROL_PLANE).is_some() && !is_spared(observed, owner) {
        plan.outcome.look_again(observed.recheck);
        return Some(format!(
            "Host {name} {why}; a control plane spares a machine only while it has {SAFE}, and all others are ready"
        ));
    }
    plan.change(Change::delete(owner));
    let message = format!("Machine {} is deleted: host {name} {why}", owner.name());
    plan.happenings.push(Happening::warning(
        observed.machine.as_ref(),
        "ByoMachineEvicted",
        message,
    ));
    None
}

/// Whether the control plane can do without this machine.
fn is_spared(observed: &Observed, owner: &Object<Machine>) -> bool {
    let all = &observed.control_plane;
    let is_well = |machine: &Object<Machine>| !machine.is_deleting() && machine.is_true("Ready");
    let mut others = all.iter().filter(|machine| machine.uid() != owner.uid());
    all.len() >= SAFE && others.all(|machine| is_well(machine))
}
