//! The steps of an upgrade: for each version on the way the control plane first, then what makes workers, one after another.

use fleetui_api::kinds::Role;
use fleetui_rules::version::Version;

use super::Step;
use super::scene::{Part, Scene};
use crate::pace::Pace;
use crate::rollout::rounds;

/// The steps over these versions. Of a topology it is one, as it takes its parts along by itself.
pub(super) fn steps(scene: &Scene<'_>, hops: &[Version], pace: Pace) -> Vec<Step> {
    if scene.has_topology() {
        let last = hops.last();
        return last
            .and_then(|to| of_topology(scene, to, pace))
            .into_iter()
            .collect();
    }
    let mut steps = Vec::new();
    for (at, to) in hops.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| hops.get(before));
        for part in scene.parts() {
            steps.extend(of_part(scene, part, (before, to), pace));
        }
    }
    steps
}

fn of_topology(scene: &Scene<'_>, to: &Version, pace: Pace) -> Option<Step> {
    let from = scene.cluster.version()?;
    if from == *to {
        return None;
    }
    let owned: Vec<&Part<'_>> = scene
        .parts()
        .filter(|part| part.row.facts.topology.is_some())
        .collect();
    let mut whole = Step {
        from: from.to_string(),
        to: to.to_string(),
        replaces: Vec::new(),
        machines: 0,
        surge: 0,
        seconds: Some((0, 0)),
        waits_for: "the topology takes the control plane there first, then its workers",
        ..bare(&scene.cluster)
    };
    for part in owned {
        whole.machines += part.wished();
        whole.surge = whole.surge.max(part.surge().extra);
        whole.replaces.extend(names(scene, part));
        whole.seconds = whole
            .seconds
            .zip(seconds(part, pace))
            .map(|(all, one)| (all.0.saturating_add(one.0), all.1.saturating_add(one.1)));
    }
    Some(whole)
}

fn of_part(
    scene: &Scene<'_>,
    part: &Part<'_>,
    (before, to): (Option<&Version>, &Version),
    pace: Pace,
) -> Option<Step> {
    let asks = part.version()?;
    // What is ahead of a version on the way is not taken back to it.
    let from = before.filter(|before| **before > asks).unwrap_or(&asks);
    if from >= to || is_same_for(part, from, to) {
        return None;
    }
    let is_first = *from == asks;
    Some(Step {
        from: from.to_string(),
        to: to.to_string(),
        replaces: if is_first { names(scene, part) } else { Vec::new() },
        machines: part.wished(),
        surge: part.surge().extra,
        seconds: seconds(part, pace),
        waits_for: match part.row.facts.role {
            Role::ControlPlane => "all of its machines run the version and are well",
            Role::MachinePool => "its provider says that all nodes run the version",
            _ => "all of its machines run the version and are available",
        },
        ..bare(part)
    })
}

/// Managed control planes ask for a minor version alone.
fn is_same_for(part: &Part<'_>, from: &Version, to: &Version) -> bool {
    let told = part.row.facts.version.as_deref().unwrap_or_default();
    told.parse::<Version>().is_err() && (from.major(), from.minor()) == (to.major(), to.minor())
}

fn bare(part: &Part<'_>) -> Step {
    Step {
        target: part.row.key(),
        uid: part.row.facts.uid.clone(),
        from: String::new(),
        to: String::new(),
        replaces: Vec::new(),
        machines: 0,
        surge: 0,
        seconds: None,
        waits_for: "",
    }
}

fn names(scene: &Scene<'_>, part: &Part<'_>) -> Vec<compact_str::CompactString> {
    let machines = scene.machines_of(part);
    machines
        .map(|machine| machine.row.facts.object.name.clone())
        .collect()
}

/// How long the machines of a part take; nothing where its provider decides on that.
fn seconds(part: &Part<'_>, pace: Pace) -> Option<(u64, u64)> {
    rounds::of_all(&part.row.facts, part.wished()).map(|rounds| pace.of_machines(rounds))
}
