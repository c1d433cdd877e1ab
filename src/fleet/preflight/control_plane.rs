//! Whether the control plane can bear that its machines are replaced: its components, etcd, and their number.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::labels;
use fleetui_rules::control_plane_order::{Candidate, next_to_go};
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

/// The control plane and each of its machines. The one that a rollout takes out before anything else does not have to be well.
pub(super) fn health(scene: &Scene<'_>, aim: &Aim) -> Finding {
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
        return of_provider(scene, control_plane);
    }
    let machines: Vec<&Part<'_>> = scene.machines_of(control_plane).collect();
    let goes_first = match first_out(scene, control_plane, aim).as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let is_first =
        |machine: &&&Part<'_>| goes_first.is_some_and(|first| first.row.facts.uid == machine.row.facts.uid);
    let others = machines.iter().filter(|machine| !is_first(machine));
    let ill: Vec<String> = others.filter_map(|machine| unwell(machine)).collect();
    let says = |machine: &&Part<'_>| {
        status(machine, MEMBER)
            .or(status(machine, COMPONENTS[0]))
            .is_some()
    };
    if ill.is_empty() && !machines.iter().any(says) {
        return Finding::Unknown("its machines say nothing of their components".to_owned());
    }
    if let Some(what) = goes_first.and_then(unwell).filter(|_| ill.is_empty()) {
        return Finding::Warns(format!("{what}: it is the first to be replaced (maxSurge 0)"));
    }
    blocked_by(ill, "all components of all machines are well")
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

/// A control plane that its provider runs: what it says of itself, and its Cluster of it. One that says nothing is not well.
fn of_provider(scene: &Scene<'_>, control_plane: &Part<'_>) -> Finding {
    let ready = control_plane.object.pointer("/status/ready");
    let ready = ready.and_then(serde_json::Value::as_bool);
    if ready == Some(false) {
        return Finding::Blocks(format!("{} is not ready", control_plane.name()));
    }
    let holds = |part: &Part<'_>, kinds: &[&str]| {
        let mut conditions = part.row.facts.conditions.iter();
        let found = conditions.find(|condition| kinds.contains(&condition.kind.as_str()));
        found.map(|found| {
            (
                found.status,
                found.message().lines().next().unwrap_or_default().to_owned(),
            )
        })
    };
    let of_cluster = holds(&scene.cluster, &["ControlPlaneAvailable", "ControlPlaneReady"]);
    if let Some((ConditionStatus::False, why)) = &of_cluster {
        let name = scene.cluster.name();
        return Finding::Blocks(format!(
            "{name} says that its control plane is not available: {why}"
        ));
    }
    let own = holds(control_plane, &["Available", "Ready"]).map(|(status, _)| status);
    let is_there = ready == Some(true) || own == Some(ConditionStatus::True);
    let told = of_cluster.map(|(status, _)| status);
    match (is_there, own, told) {
        (true, ..) => Finding::Well("its provider says that it is available".to_owned()),
        (false, None, Some(ConditionStatus::True)) => {
            Finding::Well("its Cluster says that it is available".to_owned())
        }
        (false, ..) => Finding::Unknown(format!(
            "{} does not say that it is available",
            control_plane.name()
        )),
    }
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

/// The machines of which the rollout takes one out before another one comes, as the controller chooses; none where one comes first,
/// or where nothing is rolled out. While a machine is being deleted, or one is missing, something else is waited for.
fn first_out<'s, 'a>(scene: &'s Scene<'a>, control_plane: &'s Part<'a>, aim: &Aim) -> Vec<&'s Part<'a>> {
    let machines: Vec<&Part<'a>> = scene.machines_of(control_plane).collect();
    let has_all = i64::try_from(machines.len()).is_ok_and(|there| there >= control_plane.wished());
    let deletes = machines
        .iter()
        .any(|machine| machine.row.facts.deleting_since.is_some());
    if control_plane.surge().extra > 0 || !has_all || deletes {
        return Vec::new();
    }
    let candidates: Vec<Candidate> = machines
        .iter()
        .map(|machine| Candidate {
            outdated: aim
                .hops
                .first()
                .is_none_or(|hop| machine.version().as_ref() != Some(hop)),
            marked: machine
                .annotations()
                .any(|(key, _)| key == labels::DELETE_MACHINE),
            unwell: unwell(machine).is_some(),
        })
        .collect();
    if !candidates.iter().any(|candidate| candidate.outdated) {
        return Vec::new();
    }
    let positions = next_to_go(&candidates).into_iter();
    positions
        .filter_map(|position| machines.get(position).copied())
        .collect()
}

/// Whether etcd goes on while members come and go.
pub(super) fn quorum(scene: &Scene<'_>, aim: &Aim) -> Finding {
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
    let is_well = |machine: &&Part<'_>| status(machine, MEMBER) == Some(ConditionStatus::True);
    let first = first_out(scene, control_plane, aim);
    if first.iter().any(is_well) && !quorum::holds_with_one_less(members, well) {
        return Finding::Blocks(format!(
            "{well} of {members} etcd members are healthy, and the rollout takes one out first (maxSurge 0): etcd would lose its quorum"
        ));
    }
    if !first.is_empty() && !first.iter().any(is_well) {
        return Finding::Well(format!(
            "{well} of {members} etcd members are healthy, and one that is not is taken out first (maxSurge 0)"
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
