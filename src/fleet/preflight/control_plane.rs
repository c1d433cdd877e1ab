//! Whether the control plane can bear that its machines are replaced: its components, etcd, and their number.

use fleetui_api::conditions::ConditionStatus;
use fleetui_rules::quorum;

use super::aim::Aim;
use super::scene::{Part, Scene};
use super::table::{Finding, blocked_by};

/// What a control plane machine of kubeadm has to say of itself before another one is touched.
const COMPONENTS: [&str; 4] = [
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "EtcdPodHealthy",
];
const MEMBER: &str = "EtcdMemberHealthy";

/// The control plane and each of its machines.
pub(super) fn health(scene: &Scene<'_>, _: &Aim) -> Finding {
    let Some(control_plane) = &scene.control_plane else {
        return Finding::NoQuestion;
    };
    let facts = &control_plane.row.facts;
    if facts.initialized == Some(false) {
        return Finding::Blocks(format!("{} has not been initialized yet", control_plane.name()));
    }
    if let Some(why) = unavailable(control_plane) {
        return Finding::Blocks(why);
    }
    if !scene.is_kubeadm() {
        return Finding::Well("its provider says that it is available".to_owned());
    }
    let machines: Vec<&Part<'_>> = scene.machines_of(control_plane).collect();
    let unwell: Vec<String> = machines.iter().filter_map(|machine| unwell(machine)).collect();
    let says = |machine: &&Part<'_>| {
        status(machine, MEMBER)
            .or(status(machine, COMPONENTS[0]))
            .is_some()
    };
    if unwell.is_empty() && !machines.iter().any(says) {
        return Finding::Unknown("its machines say nothing of their components".to_owned());
    }
    blocked_by(unwell, "all components of all machines are well")
}

fn unavailable(control_plane: &Part<'_>) -> Option<String> {
    let conditions = &control_plane.row.facts.conditions;
    let main = ["Available", "Ready"]
        .iter()
        .find_map(|kind| conditions.iter().find(|condition| condition.kind == *kind))?;
    (main.status == ConditionStatus::False).then(|| {
        let why = match main.message() {
            "" => main.reason.to_string(),
            message => message.lines().next().unwrap_or_default().to_owned(),
        };
        format!(
            "{} is not {}: {why}",
            control_plane.name(),
            main.kind.to_lowercase()
        )
    })
}

fn unwell(machine: &Part<'_>) -> Option<String> {
    let facts = &machine.row.facts;
    if facts.deleting_since.is_some() {
        return Some(format!("{} is being deleted", machine.name()));
    }
    if facts.node.is_none() {
        return Some(format!("{} has no node yet", machine.name()));
    }
    let bad = COMPONENTS.iter().chain([&MEMBER]).find_map(|kind| {
        let condition = facts.conditions.iter().find(|it| it.kind == **kind)?;
        (condition.status != ConditionStatus::True).then_some(condition)
    })?;
    let status = bad.status.as_str();
    Some(format!(
        "{}: {} is {status} ({})",
        machine.name(),
        bad.kind,
        bad.reason
    ))
}

fn status(machine: &Part<'_>, kind: &str) -> Option<ConditionStatus> {
    let conditions = &machine.row.facts.conditions;
    conditions.iter().find(|it| it.kind == kind).map(|it| it.status)
}

/// Whether etcd goes on while members come and go.
pub(super) fn quorum(scene: &Scene<'_>, _: &Aim) -> Finding {
    let Some(control_plane) = stacked(scene) else {
        return Finding::NoQuestion;
    };
    let machines: Vec<&Part<'_>> = scene.machines_of(control_plane).collect();
    let told: Vec<bool> = machines
        .iter()
        .filter_map(|machine| status(machine, MEMBER))
        .map(|status| status == ConditionStatus::True)
        .collect();
    if told.is_empty() {
        return Finding::Unknown("its machines say nothing of their etcd members".to_owned());
    }
    let (members, well) = (machines.len(), told.iter().filter(|well| **well).count());
    let needed = quorum::needed(members);
    if !quorum::holds(members, well) {
        return Finding::Blocks(format!(
            "{well} of {members} etcd members are healthy, at least {needed} required for etcd quorum"
        ));
    }
    if control_plane.surge().extra == 0 && !quorum::holds_with_one_less(members, well) {
        return Finding::Blocks(format!(
            "{well} of {members} etcd members are healthy, and the rollout takes one out first (maxSurge 0): etcd would lose its quorum"
        ));
    }
    Finding::Well(format!("{well} of {members} etcd members are healthy"))
}

/// Whether the number of members is one that is taken.
pub(super) fn even(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(control_plane) = stacked(scene) else {
        return Finding::NoQuestion;
    };
    let wished = control_plane.wished();
    match aim.webhook("even number when etcd is stacked") {
        Some(said) => Finding::Blocks(said.to_owned()),
        None if wished > 0 && wished % 2 == 0 => Finding::Blocks(format!(
            "{} has {wished} replicas, which cannot be an even number when etcd is stacked",
            control_plane.name()
        )),
        None => Finding::Well(format!("{wished} replicas")),
    }
}

/// The control plane, where it runs etcd on its own machines.
fn stacked<'s, 'a>(scene: &'s Scene<'a>) -> Option<&'s Part<'a>> {
    let control_plane = scene.control_plane.as_ref()?;
    let particulars = control_plane.row.facts.particulars.as_ref()?;
    particulars.stacked_etcd.then_some(control_plane)
}
