//! Whether what makes machines has arrived at a version: it asks for it, all of its machines run it and are there.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::kinds::Role;
use fleetui_rules::version::Version;

use super::aim::Aim;
use super::control_plane;
use super::pool::{self, Nodes};
use super::scene::{Part, Scene};
use super::settled::unsettled;
use super::table::Finding;

/// What is not there yet of this version, for the person; nothing where all is.
pub(crate) fn unfinished(scene: &Scene<'_>, part: &Part<'_>, to: &Version) -> Option<String> {
    let name = part.name();
    if part.version().as_ref() != Some(to) {
        return Some(format!("{name} waits for its turn"));
    }
    let (mut at, mut all) = (0, 0);
    for machine in scene.machines_of(part) {
        all += 1;
        at += i64::from(machine.version().as_ref() == Some(to));
    }
    let wished = part.wished().max(all);
    if at < wished && (all > 0 || part.row.facts.role != Role::MachinePool) && has_machines(part, all) {
        return Some(format!("{name}: {at} of {wished} machines run {to}"));
    }
    if pool::is_bare(scene, part)
        && let Nodes::Run(at, all) = pool::nodes(scene, part, to)
    {
        let wished = part.wished().max(all);
        if at < wished {
            return Some(format!("{name}: {at} of {wished} nodes run {to}"));
        }
    }
    if let Some(why) = unsettled(part) {
        return Some(why);
    }
    // Its provider may have more of them while it replaces them, and says so beside.
    if let Some(why) = scene.behind(part).and_then(|behind| not_ready(behind)) {
        return Some(format!("{name}: {why}"));
    }
    let replicas = part.row.facts.replicas.as_deref().copied().unwrap_or_default();
    if let (Some(wished), Some(available)) = (replicas.desired, replicas.available)
        && available < wished
    {
        return Some(format!("{name}: {available} of {wished} machines are available"));
    }
    if part.row.facts.role == Role::ControlPlane
        && let Finding::Blocks(why) = control_plane::health(scene, &Aim::default())
    {
        return Some(why);
    }
    None
}

/// Control planes and pools that their provider runs may have no machines at all.
fn has_machines(part: &Part<'_>, all: i64) -> bool {
    let wished = part.row.facts.replicas.as_deref();
    all > 0 || wished.is_some_and(|replicas| replicas.desired > Some(0))
}

/// What stands behind a pool and says of itself that it is not ready.
fn not_ready(part: &Part<'_>) -> Option<String> {
    let ready = part
        .object
        .pointer("/status/ready")
        .and_then(serde_json::Value::as_bool);
    let facts = &part.row.facts;
    let condition = facts
        .conditions
        .iter()
        .find(|condition| condition.kind == "Ready");
    let is_not = condition.is_some_and(|condition| condition.status != ConditionStatus::True);
    (ready == Some(false) || is_not).then(|| format!("{} is not ready", part.name()))
}
