//! Whether everything stands still before something new is begun: rollouts, repairs, deletions, pauses, and what holds back.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::kinds::Role;
use fleetui_api::labels;
use fleetui_rules::version::Version;

use super::aim::Aim;
use super::scene::{Part, Scene, annotations};
use super::table::{Finding, blocked_by, together};
use crate::edit::{is_kubeadm, lenient};
use crate::topology;

/// Annotations that keep an upgrade from beginning.
const BEFORE_UPGRADE: &str = "before-upgrade.hook.cluster.cluster.x-k8s.io/";
/// Annotations on workers of a topology: they and all that follow wait, or they alone are left out.
const HOLD: &str = "topology.cluster.x-k8s.io/hold-upgrade-sequence";
const DEFER: &str = "topology.cluster.x-k8s.io/defer-upgrade";
/// Annotation on a control plane that is repairing a machine.
const REMEDIATING: &str = "controlplane.cluster.x-k8s.io/remediation-in-progress";

/// Objects that go.
pub(super) fn deleting(scene: &Scene<'_>, _: &Aim) -> Finding {
    let all = std::iter::once(&scene.cluster).chain(scene.parts());
    let going = all
        .filter(|part| part.row.facts.deleting_since.is_some())
        .map(|part| format!("{} is being deleted", part.name()))
        .collect();
    blocked_by(going, "nothing is being deleted")
}

/// Objects that nobody looks after at the moment.
pub(super) fn paused(scene: &Scene<'_>, _: &Aim) -> Finding {
    let all = std::iter::once(&scene.cluster).chain(scene.parts());
    let paused = all
        .filter(|part| part.row.facts.paused)
        .map(|part| format!("{} is paused: nothing happens until it is resumed", part.name()))
        .collect();
    blocked_by(paused, "nothing is paused")
}

/// Rollouts that have not ended.
pub(super) fn rollout_settled(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let (cured, open): (Vec<&Part<'_>>, Vec<&Part<'_>>) = scene
        .parts()
        .filter(|part| unsettled(part).is_some())
        .partition(|part| is_cured(scene, part, aim));
    if let Some(why) = together(open.into_iter().filter_map(unsettled).collect()) {
        return Finding::Blocks(why);
    }
    let waiting = cured.into_iter().filter_map(unsettled).map(|why| {
        format!(
            "{why}; the others can only join the control plane once the upgrade takes them to its version"
        )
    });
    if let Some(what) = together(waiting.collect()) {
        return Finding::Warns(what);
    }
    let unavailable = scene.parts().filter_map(|part| {
        let replicas = part.row.facts.replicas.as_deref()?;
        let (wished, available) = (replicas.desired?, replicas.available?);
        (available < wished)
            .then(|| format!("{} has {available} of {wished} machines available", part.name()))
    });
    match together(unavailable.collect()) {
        Some(what) => Finding::Warns(what),
        None => Finding::Well("all machines are up to date".to_owned()),
    }
}

/// Whether a part only waits because kubeadm of its version cannot join the control plane as it runs by now, so that none of the machines
/// that are missing is made, and a step of the upgrade takes it to a version that can: to wait for it would be to wait for ever.
fn is_cured(scene: &Scene<'_>, part: &Part<'_>, aim: &Aim) -> bool {
    let replicas = part.row.facts.replicas.as_deref();
    let Some((replicas, running)) = replicas.zip(scene.running()) else {
        return false;
    };
    let only_misses = !part.row.facts.behind
        && replicas.current == replicas.up_to_date
        && replicas.current < replicas.desired;
    let joins = |version: &Version| version.may_join(&running);
    let is_kept_out = is_kubeadm(&part.row) && part.version().is_some_and(|version| !joins(&version));
    let mut steps = aim.steps.iter().filter(|step| step.uid == part.row.facts.uid);
    only_misses && is_kept_out && steps.any(|step| lenient(&step.to).is_some_and(|to| joins(&to)))
}

/// Why what an object asks for is not there yet.
pub(super) fn unsettled(part: &Part<'_>) -> Option<String> {
    let facts = &part.row.facts;
    let name = part.name();
    if facts.behind {
        return Some(format!("{name} was changed and not looked at since"));
    }
    let running = facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.running_version.as_deref())
        .and_then(lenient);
    if let (Some(running), Some(wished)) = (&running, part.version())
        && *running < wished
        && !running.same_release(&wished)
        // Managed control planes ask for a minor version and run a patch of it.
        && (running.major(), running.minor()) < (wished.major(), wished.minor())
    {
        return Some(format!("{name} still runs {running} and asks for {wished}"));
    }
    let replicas = facts.replicas.as_deref()?;
    let wished = replicas.desired?;
    if let Some(up_to_date) = replicas.up_to_date.filter(|it| *it < wished) {
        return Some(format!(
            "{name} is still rolling out: {up_to_date} of {wished} machines are up to date"
        ));
    }
    let there = replicas.current.filter(|it| *it != wished)?;
    Some(format!(
        "{name} is still scaling: {there} machines, {wished} are wished"
    ))
}

/// Whether anybody makes something of what the topology asks for.
pub(super) fn topology_reconciled(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if !scene.has_topology() || aim.hops.is_empty() {
        return Finding::NoQuestion;
    }
    // That it is reconciled, what it has open tells.
    topology::unreconciled(&scene.cluster.row).map_or(Finding::NoQuestion, Finding::Blocks)
}

/// What the topology still has open, as its webhook says.
pub(super) fn topology_settled(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if !scene.has_topology() || aim.hops.is_empty() || topology::unreconciled(&scene.cluster.row).is_some() {
        return Finding::NoQuestion;
    }
    match aim.webhook("version cannot be changed") {
        Some(said) => Finding::Blocks(said.to_owned()),
        None => Finding::Well("the topology has nothing open".to_owned()),
    }
}

/// Deployments that wait for a person to delete old machines.
pub(super) fn on_delete(scene: &Scene<'_>, _: &Aim) -> Finding {
    let by_hand = scene
        .workers
        .iter()
        .filter(|part| part.row.facts.role == Role::MachineDeployment && part.surge().by_hand)
        .map(Part::name);
    match together(by_hand.collect()) {
        Some(names) => Finding::Warns(format!(
            "{names} keeps its old machines until somebody deletes them (OnDelete): the upgrade waits for that"
        )),
        None => Finding::NoQuestion,
    }
}

/// Annotations that hold an upgrade back.
pub(super) fn hooks(scene: &Scene<'_>, _: &Aim) -> Finding {
    let mut held: Vec<String> = scene
        .cluster
        .annotations()
        .filter(|(key, _)| key.starts_with(BEFORE_UPGRADE))
        .map(|(key, _)| format!("the upgrade does not begin as long as annotation {key} is there"))
        .collect();
    // The topology has them on its own list of workers, and takes them to the objects.
    for workers in &scene.workers {
        for (key, _) in annotations(workers.object) {
            if key == HOLD {
                held.push(format!(
                    "{} and all that come behind it wait (annotation {key})",
                    workers.name()
                ));
            } else if key == DEFER {
                held.push(format!(
                    "{} is left out for now (annotation {key})",
                    workers.name()
                ));
            }
        }
    }
    match together(held) {
        Some(what) => Finding::Warns(what),
        None => Finding::NoQuestion,
    }
}

/// Machines that are being repaired.
pub(super) fn remediation(scene: &Scene<'_>, _: &Aim) -> Finding {
    let mut repaired: Vec<String> = scene
        .machines
        .iter()
        .filter(|machine| {
            let conditions = &machine.row.facts.conditions;
            conditions
                .iter()
                .any(|it| it.kind == "OwnerRemediated" && it.status != ConditionStatus::True)
        })
        .map(|machine| format!("{} is about to be replaced by its health check", machine.name()))
        .collect();
    if let Some(control_plane) = &scene.control_plane
        && control_plane.annotations().any(|(key, _)| key == REMEDIATING)
    {
        repaired.push(format!(
            "{} is replacing a machine that was not well",
            control_plane.name()
        ));
    }
    blocked_by(repaired, "no machine is being repaired")
}

/// Replicas that the autoscaler may change meanwhile.
pub(super) fn autoscaler(scene: &Scene<'_>, _: &Aim) -> Finding {
    let scaled = scene.workers.iter().filter_map(|workers| {
        let (least, most) = workers.row.facts.autoscaler?;
        Some(format!(
            "the cluster autoscaler may change {} between {least} and {most} meanwhile",
            workers.name()
        ))
    });
    match together(scaled.collect()) {
        Some(what) => Finding::Warns(what),
        None => Finding::NoQuestion,
    }
}

/// Whether a health check leaves a machine alone.
pub(super) fn is_skipped(machine: &Part<'_>) -> bool {
    machine
        .annotations()
        .any(|(key, _)| key == labels::SKIP_REMEDIATION)
}
