//! Unhealthy machines of a set: which are replaced now, which have to wait, and what each is told.
//!
//! Must not know: why a machine is unhealthy; its health check says only that it is.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus, Severity};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Machine, MachineDeployment, OldCondition};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::old_conditions::{bad, good, has_status};
use fleetui_rules::rollout::{IntOrPercent, Rounding};
use jiff::Timestamp;

use super::observe::Observed;
use crate::change::Change;
use crate::object::{Metadata, Object};
use crate::old_conditions::OldStatus;
use crate::ownership;

/// The condition that says how far the owner is with replacing a machine.
pub(super) const KIND: &str = "OwnerRemediated";
const DELETING: &str = "MachineDeleting";

/// What machines are told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is well again.
    Cured,
    /// What comes of it, in both models; the older one may keep what it says.
    Told(Box<(Condition, Option<OldCondition>)>),
}

/// Verdicts by machine, and the machines that go.
#[derive(Debug, Clone, Default)]
pub(super) struct Remediation {
    pub(super) verdicts: BTreeMap<String, Verdict>,
    pub(super) deletions: Vec<Change>,
    /// Whether checks hold replacements up, so that they have to be looked at again.
    pub(super) held_up: bool,
}

/// Decides about all unhealthy machines. `preflight` says why no machine may be made now; it is asked where some are to be replaced.
pub(super) fn plan(observed: &Observed, preflight: impl FnOnce() -> Vec<String>) -> Remediation {
    let mut remediation = Remediation::default();
    let alive = || observed.machines.iter().filter(|machine| !machine.is_deleting());
    for machine in alive().filter(|machine| is_cured(machine)) {
        remediation
            .verdicts
            .insert(machine.name().to_owned(), Verdict::Cured);
    }
    let mut ill: Vec<&Arc<Object<Machine>>> = alive().filter(|machine| is_ill(machine)).collect();
    if ill.is_empty() {
        return remediation;
    }
    let mut limit: Option<IntOrPercent> = None;
    let mut free = usize::MAX;
    if is_of_deployment(observed) {
        let deployment = observed.deployment.as_deref();
        if !is_current(observed, deployment) {
            let text = "Machine won't be remediated because it is pending removal due to rollout";
            for machine in ill {
                remediation.tell(machine, "CannotBeRemediated", text, None);
            }
            return remediation;
        }
        limit = deployment.and_then(max_in_flight);
        if let (Some(limit), Some(deployment)) = (limit, deployment) {
            let replicas = deployment.spec.replicas.unwrap_or(1);
            free = usize::try_from(limit.resolve(replicas, Rounding::Up)).unwrap_or(0);
        }
    }
    let in_flight = observed
        .machines
        .iter()
        .filter(|machine| is_going(machine))
        .count();
    free = free.saturating_sub(in_flight);
    ill.sort_by_key(|machine| order(machine));
    let later = ill.split_off(free.min(ill.len()));
    if let Some(limit) = limit {
        let limit = match limit {
            IntOrPercent::Int(count) => count.to_string(),
            IntOrPercent::Percent(percent) => format!("{percent}%"),
        };
        let text = format!(
            "Waiting because there are already too many remediations in progress (spec.strategy.remediation.maxInFlight is {limit})"
        );
        for machine in later {
            remediation.tell(machine, "RemediationDeferred", &text, None);
        }
    }
    let preflight = preflight();
    if preflight.is_empty() {
        remediation.replace(&ill);
    } else {
        remediation.hold_up(&ill, &preflight);
    }
    remediation
}

impl Remediation {
    fn tell(&mut self, machine: &Object<Machine>, reason: &str, message: &str, old: Option<OldCondition>) {
        let told = condition(KIND, ConditionStatus::False, reason, message);
        self.verdicts
            .insert(machine.name().to_owned(), Verdict::Told(Box::new((told, old))));
    }

    fn hold_up(&mut self, ill: &[&Arc<Object<Machine>>], preflight: &[String]) {
        self.held_up = !ill.is_empty();
        let lines: Vec<String> = preflight.iter().map(|line| format!("* {line}")).collect();
        let old = bad(
            KIND,
            "WaitingForRemediation",
            Severity::Warning,
            preflight.join("; "),
        );
        for machine in ill {
            self.tell(
                machine,
                "RemediationDeferred",
                &lines.join("\n"),
                Some(old.clone()),
            );
        }
    }

    /// A machine is told first and goes in the next pass: once it is on its way nobody looks at what it was told.
    fn replace(&mut self, ill: &[&Arc<Object<Machine>>]) {
        for machine in ill {
            if reason(machine) == Some(DELETING) {
                self.deletions.extend(Change::delete(machine));
            }
            self.tell(machine, DELETING, "Machine is deleting", Some(good(KIND)));
        }
    }

    /// Puts what a machine is told into it.
    pub(super) fn apply(&self, wished: &mut Object<Machine>, now: Timestamp) {
        match self.verdicts.get(wished.name()) {
            None => {}
            Some(Verdict::Cured) => {
                wished
                    .status
                    .conditions
                    .retain(|condition| condition.kind != KIND);
                wished.remove_old(KIND);
            }
            Some(Verdict::Told(told)) => {
                let (told, old) = told.as_ref();
                wished.set_condition(told.clone(), now);
                if let Some(old) = old {
                    wished.set_old(old.clone(), now);
                }
            }
        }
    }
}

fn is_cured(machine: &Object<Machine>) -> bool {
    let old = |kind: &str, status: &str| has_status(machine.status.old(), kind, status);
    (machine.is_true("HealthCheckSucceeded") && machine.is_false(KIND))
        || (old("HealthCheckSucceeded", "True") && old(KIND, "False"))
}

/// Whether a machine waits for its owner to replace it.
pub(super) fn is_ill(machine: &Object<Machine>) -> bool {
    machine.is_false("HealthCheckSucceeded") && machine.is_false(KIND)
}

fn is_going(machine: &Object<Machine>) -> bool {
    machine.is_deleting() && machine.is_false(KIND) && reason(machine) == Some(DELETING)
}

fn reason(machine: &Object<Machine>) -> Option<&str> {
    machine.condition(KIND).map(|condition| condition.reason.as_str())
}

/// Whoever is asked for by annotation, then those that have just come up: nothing may run on them yet.
fn order(machine: &Object<Machine>) -> (bool, Reverse<Option<Timestamp>>, String) {
    (
        machine.metadata.annotation(labels::REMEDIATE_MACHINE).is_none(),
        Reverse(machine.metadata.created()),
        machine.name().to_owned(),
    )
}

fn is_of_deployment(observed: &Observed) -> bool {
    let owner = ownership::controller(&observed.set.metadata);
    owner.is_some_and(|owner| owner.kind == "MachineDeployment")
}

fn is_current(observed: &Observed, deployment: Option<&Object<MachineDeployment>>) -> bool {
    let revision = observed.set.metadata.annotation(labels::REVISION);
    deployment.is_some_and(|deployment| deployment.metadata.annotation(labels::REVISION) == revision)
}

fn max_in_flight(deployment: &Object<MachineDeployment>) -> Option<IntOrPercent> {
    let limit = deployment.spec.remediation.as_ref()?.max_in_flight.as_ref()?;
    IntOrPercent::from_json(limit).ok()
}
