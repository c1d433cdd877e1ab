//! What the older model tells of a control plane: conditions with severities, and three counters.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::{Kind, KubeadmControlPlane, Machine, OldCondition};
use fleetui_rules::condition_merge::find;
use fleetui_rules::old_conditions::{OldSource, READY, State, aggregate, good, in_state};

use super::observe::{Member, Observed, Secrets};
use super::{outdated, replicas};
use crate::certificates::{self, Trouble};
use crate::change::Outcome;
use crate::counting::{self, Counts};
use crate::object::Object;

/// What sums up to Ready.
const SUMMED: [&str; 6] = [
    "MachinesCreated",
    "MachinesSpecUpToDate",
    "Resized",
    "MachinesReady",
    "Available",
    certificates::CONDITION,
];

/// Writes conditions and counters.
pub(super) fn write(
    observed: &Observed,
    outcome: &mut Outcome<KubeadmControlPlane>,
    machines: &[Arc<Object<Machine>>],
    counts: &Counts,
    desired: i32,
) {
    let now = observed.now;
    let new = outcome.object.status.conditions.clone();
    let (up_to_date, outdated) = up_to_date(observed);
    let mut told = vec![
        created(observed),
        spec_up_to_date(up_to_date, outdated),
        resized(observed, counts, desired),
        machines_ready(machines),
        initialised(&new),
    ];
    told.extend(certificates(observed, &new));
    told.extend(mirrored(
        &new,
        "ControlPlaneComponentsHealthy",
        "ControlPlaneComponents",
    ));
    told.extend(mirrored(&new, "EtcdClusterHealthy", "EtcdCluster"));
    for one in told {
        outcome.object.set_old(one, now);
    }
    outcome.object.summarise_old(&SUMMED, None, now);
    let deprecated = outcome.object.status.deprecated.get_or_insert_default();
    let older = deprecated.v1beta1.get_or_insert_default();
    older.ready_replicas = Some(counts.ready);
    older.updated_replicas = Some(counting::number(up_to_date));
    older.unavailable_replicas = Some((desired - counts.ready).max(0));
}

fn created(observed: &Observed) -> OldCondition {
    match replicas::missing_template(observed) {
        Some(missing) if !observed.control_plane.is_deleting() => in_state(
            "MachinesCreated",
            State::Error,
            "InfrastructureTemplateCloningFailed",
            missing,
        ),
        Some(_) | None => good("MachinesCreated"),
    }
}

/// How many machines are as wished, and how many are not. One that has not been told yet counts by what it is.
fn up_to_date(observed: &Observed) -> (usize, usize) {
    let is_wished = |member: &&Member| outdated::respects(observed, member).is_empty();
    let up_to_date = observed.machines.iter().filter(is_wished).count();
    (up_to_date, observed.machines.len() - up_to_date)
}

fn spec_up_to_date(up_to_date: usize, outdated: usize) -> OldCondition {
    if outdated == 0 {
        return good("MachinesSpecUpToDate");
    }
    in_state(
        "MachinesSpecUpToDate",
        State::Warning,
        "RollingUpdateInProgress",
        format!("Rolling {outdated} replicas with outdated spec ({up_to_date} replicas up to date)"),
    )
}

fn resized(observed: &Observed, counts: &Counts, desired: i32) -> OldCondition {
    let not = |state, reason: &str, message: String| in_state("Resized", state, reason, message);
    if observed.control_plane.is_deleting() {
        return not(State::Info, "Deleting", String::new());
    }
    let actual = counts.replicas;
    if actual < desired {
        let message = format!("Scaling up control plane to {desired} replicas (actual {actual})");
        return not(State::Warning, "ScalingUp", message);
    }
    if actual > desired {
        let message = format!("Scaling down control plane to {desired} replicas (actual {actual})");
        return not(State::Warning, "ScalingDown", message);
    }
    good("Resized")
}

/// The worst of what the machines tell of themselves, with the place where it was told. Of machines that tell nothing in this
/// model yet, what they tell in the newer one counts.
fn machines_ready(machines: &[Arc<Object<Machine>>]) -> OldCondition {
    let sources: Vec<OldSource> = machines
        .iter()
        .map(|machine| OldSource {
            kind: Machine::KIND.to_owned(),
            name: machine.name().to_owned(),
            ready: Some(machine.old(READY).cloned().unwrap_or_else(|| translated(machine))),
        })
        .collect();
    aggregate("MachinesReady", &sources).unwrap_or_else(|| good("MachinesReady"))
}

fn translated(machine: &Object<Machine>) -> OldCondition {
    let Some(ready) = machine.condition(READY) else {
        return in_state(READY, State::Info, "NotYetReported", "");
    };
    let state = match ready.status {
        ConditionStatus::True => State::True,
        ConditionStatus::False => State::Info,
        ConditionStatus::Unknown => State::Unknown,
    };
    in_state(READY, state, &ready.reason, ready.message.as_str())
}

/// `Available` of this model: the control plane has once been initialised.
fn initialised(conditions: &[Condition]) -> OldCondition {
    match find(conditions, "Initialized") {
        Some(told) if told.status == ConditionStatus::True => good("Available"),
        Some(_) | None => in_state("Available", State::Info, "WaitingForKubeadmInit", ""),
    }
}

fn certificates(observed: &Observed, conditions: &[Condition]) -> Option<OldCondition> {
    let told = find(conditions, certificates::CONDITION)?;
    if told.status == ConditionStatus::True {
        return Some(good(certificates::CONDITION));
    }
    let Secrets::Read { certificates, .. } = &observed.secrets else {
        // Nothing new is known.
        return None;
    };
    let problem = certificates.problem()?;
    let state = match problem.trouble {
        Trouble::Lost => State::Error,
        Trouble::Corrupt | Trouble::Missing => State::Warning,
    };
    Some(in_state(
        certificates::CONDITION,
        state,
        "CertificatesGenerationFailed",
        problem.message,
    ))
}

/// A condition that both models have under the same name; its reasons begin with `what`.
fn mirrored(conditions: &[Condition], kind: &'static str, what: &str) -> Option<OldCondition> {
    let told = find(conditions, kind)?;
    Some(match told.status {
        ConditionStatus::True => good(kind),
        ConditionStatus::False => in_state(
            kind,
            State::Error,
            &format!("{what}Unhealthy"),
            told.message.as_str(),
        ),
        ConditionStatus::Unknown => in_state(
            kind,
            State::Unknown,
            &format!("{what}InspectionFailed"),
            told.message.as_str(),
        ),
    })
}
