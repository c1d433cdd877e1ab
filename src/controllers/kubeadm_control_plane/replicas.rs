//! Which single change a control plane makes next: one machine more, one less, or none because something has to settle first.

use fleetui_api::labels;
use fleetui_rules::control_plane_order::{Candidate, next_to_go};

use super::observe::{Etcd, Member, Observed};
use super::preflight::{self, Unwell};
use super::{etcd_members, failure_domains, outdated};
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
    /// A change is due, but not now: machines are not well.
    Unhealthy(Unwell),
}

/// Decides the next change.
pub(super) fn step(observed: &Observed) -> Step {
    let spec = &observed.control_plane.spec;
    let wished = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    let count = observed.machines.len();
    let outdated: Vec<&Member> = observed
        .machines
        .iter()
        .filter(|member| !member.machine.is_deleting())
        .filter(|member| !outdated::respects(observed, member).is_empty())
        .collect();
    let ceiling = if outdated.is_empty() {
        wished
    } else {
        wished + surge(observed)
    };
    if count == ceiling && outdated.is_empty() {
        return Step::Nothing;
    }
    let forbidden = preflight::forbidden(observed);
    if !forbidden.is_empty() {
        return Step::Blocked(forbidden);
    }
    if count < ceiling {
        return up(observed);
    }
    down(observed, &outdated)
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

/// What new machines lack: the template that they are cloned from.
pub(super) fn missing_template(observed: &Observed) -> Option<String> {
    let template = &observed
        .control_plane
        .spec
        .machine_template
        .spec
        .infrastructure_ref;
    observed
        .template
        .is_none()
        .then(|| format!("{} does not exist", template.kind))
}

fn up(observed: &Observed) -> Step {
    if let Some(missing) = missing_template(observed) {
        return Step::Blocked(vec![missing]);
    }
    hold_up(observed, None).unwrap_or(Step::ScaleUp)
}

fn down(observed: &Observed, outdated: &[&Member]) -> Step {
    let Some(chosen) = choose(observed, outdated) else {
        return Step::Nothing;
    };
    let name = chosen.machine.name();
    let held_back = || etcd_members::holds_back(observed, chosen).map(|why| Step::Blocked(vec![why]));
    hold_up(observed, Some(name))
        .or_else(held_back)
        .unwrap_or_else(|| Step::ScaleDown(name.to_owned()))
}

/// What holds up one machine more, or the one that goes; nothing where all has settled.
fn hold_up(observed: &Observed, going: Option<&str>) -> Option<Step> {
    if let Some(problem) = preflight::unsettled(observed, going) {
        return Some(Step::Blocked(vec![problem]));
    }
    // What stands on the machines may be of the pass before.
    if going.is_none() && matches!(observed.etcd, Etcd::Silent(_)) && !preflight::is_relaxed(observed) {
        return Some(Step::Blocked(vec![preflight::ETCD_NOT_HEALTHY.to_owned()]));
    }
    let unwell = preflight::unwell(observed, going);
    (!unwell.problems.is_empty()).then_some(Step::Unhealthy(unwell))
}

/// The machine to go: of those of which one is the next, by failure domain.
fn choose<'a>(observed: &'a Observed, outdated: &[&'a Member]) -> Option<&'a Member> {
    let candidate = |member: &Member| {
        let machine = &member.machine;
        Candidate {
            outdated: outdated.iter().any(|other| other.machine.uid() == machine.uid()),
            marked: machine.metadata.annotation(labels::DELETE_MACHINE).is_some(),
            unwell: !preflight::unhealthy(observed, member).is_empty(),
        }
    };
    let candidates: Vec<Candidate> = observed.machines.iter().map(candidate).collect();
    let eligible: Vec<&Member> = next_to_go(&candidates)
        .into_iter()
        .filter_map(|position| observed.machines.get(position))
        .collect();
    failure_domains::first_to_go(observed, &eligible)
}
