//! Which single change a control plane makes next: one machine more, one less, or none because something has to settle first.

use fleetui_api::labels;

use super::components::COMPONENTS;
use super::observe::{Member, Observed, Secrets};
use super::outdated;
use crate::object::Metadata;

/// The next change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// As many machines as wished, all up to date.
    Nothing,
    /// One machine more.
    ScaleUp,
    /// This machine goes.
    ScaleDown(String),
    /// A change is due, but not now: these have to settle first.
    Blocked(Vec<String>),
}

/// Decides the next change.
pub(super) fn step(observed: &Observed) -> Step {
    let spec = &observed.control_plane.spec;
    let wished = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    let count = observed.machines.len();
    let outdated: Vec<&Member> = observed
        .machines
        .iter()
        .filter(|member| !outdated::respects(observed, member).is_empty())
        .collect();
    let ceiling = if outdated.is_empty() {
        wished
    } else {
        wished + surge(observed)
    };
    if count < ceiling {
        return up(observed);
    }
    if count > wished || !outdated.is_empty() {
        return down(observed, &outdated);
    }
    Step::Nothing
}

/// How many machines may exist above the replicas during a rollout: one, or none.
fn surge(observed: &Observed) -> usize {
    let strategy = observed
        .control_plane
        .spec
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.strategy.as_ref());
    let bound = strategy.and_then(|strategy| strategy.rolling_update.as_ref()?.max_surge.clone());
    match bound {
        Some(value) if value == serde_json::json!(0) || value == serde_json::json!("0") => 0,
        Some(_) | None => 1,
    }
}

fn up(observed: &Observed) -> Step {
    if observed.template.is_none() {
        let kind = &observed
            .control_plane
            .spec
            .machine_template
            .spec
            .infrastructure_ref
            .kind;
        return Step::Blocked(vec![format!("{kind} does not exist")]);
    }
    let mut problems = preflight(observed, None);
    if !has_certificates(observed) {
        problems.push("waiting for cluster certificates to be available".to_owned());
    }
    if problems.is_empty() {
        Step::ScaleUp
    } else {
        Step::Blocked(problems)
    }
}

/// Whether the Secrets of the cluster can be used, or were found so before.
fn has_certificates(observed: &Observed) -> bool {
    match &observed.secrets {
        Secrets::Read { certificates, .. } => certificates.problem().is_none(),
        Secrets::Trusted => true,
        Secrets::TooEarly => false,
    }
}

fn down(observed: &Observed, outdated: &[&Member]) -> Step {
    let Some(chosen) = choose(observed, outdated) else {
        return Step::Nothing;
    };
    match preflight(observed, Some(chosen.machine.name())) {
        problems if problems.is_empty() => Step::ScaleDown(chosen.machine.name().to_owned()),
        problems => Step::Blocked(problems),
    }
}

/// The machine to go: marked and outdated, marked, outdated and unhealthy, outdated, any; of those the oldest in the failure
/// domain with most machines.
fn choose<'a>(observed: &'a Observed, outdated: &[&'a Member]) -> Option<&'a Member> {
    let marked = |member: &&Member| {
        member
            .machine
            .metadata
            .annotation(labels::DELETE_MACHINE)
            .is_some()
    };
    let unhealthy = |member: &&Member| !unhealthy_components(member).is_empty();
    let groups: [Vec<&Member>; 5] = [
        outdated.iter().copied().filter(marked).collect(),
        observed.machines.iter().filter(marked).collect(),
        outdated.iter().copied().filter(unhealthy).collect(),
        outdated.to_vec(),
        observed.machines.iter().collect(),
    ];
    let eligible = groups.into_iter().find(|group| !group.is_empty())?;
    let domain = |member: &Member| member.machine.status.failure_domain.clone();
    let in_domain = |member: &Member| {
        eligible
            .iter()
            .filter(|other| domain(other) == domain(member))
            .count()
    };
    eligible.iter().copied().min_by_key(|member| {
        (
            std::cmp::Reverse(in_domain(member)),
            member.machine.metadata.created(),
            member.machine.name().to_owned(),
        )
    })
}

/// What has to settle before a change; the machine that is about to go does not have to be healthy.
fn preflight(observed: &Observed, going: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    for member in &observed.machines {
        let name = member.machine.name();
        if member.machine.is_deleting() {
            problems.push(format!("Machine {name} is deleting"));
        }
        let going = member.machine.is_deleting() || Some(name) == going;
        if going {
            continue;
        }
        if member.machine.status.node_ref.is_none() {
            problems.push(format!(
                "Machine {name} does not have a corresponding Node yet (Machine.status.nodeRef not set)"
            ));
        } else {
            let unhealthy = unhealthy_components(member);
            if !unhealthy.is_empty() {
                let list = unhealthy.join(", ");
                problems.push(format!(
                    "Control plane components of Machine {name} are not healthy: {list}"
                ));
            }
        }
    }
    problems
}

fn unhealthy_components(member: &Member) -> Vec<&'static str> {
    COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| !member.machine.is_true(kind))
        .collect()
}
