//! What a MachineHealthCheck should do next.

use std::time::Duration;

use fleetui_api::conditions::{ConditionStatus, Severity};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine, MachineHealthCheck};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::health_check::Trigger;
use fleetui_rules::old_conditions::{bad, good, has_status};

use super::checks::{self, Ailment, Health};
use super::observe::{Observed, Target};
use super::requests::{Other, Remedy, Request};
use crate::change::{Change, Outcome};
use crate::counting::number;
use crate::events::Happening;
use crate::object::{Metadata, Object};
use crate::old_conditions::OldStatus;
use crate::{ownership, pausing};

/// A plan, with the repairs that somebody else is asked for; those come first.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) outcome: Outcome<MachineHealthCheck>,
    pub(super) requests: Vec<Request>,
}

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Plan {
    let check = observed.check.as_ref();
    let mut plan = Plan {
        outcome: Outcome::unchanged(check),
        requests: Vec::new(),
    };
    let outcome = &mut plan.outcome;
    let Some(cluster) = observed.cluster.as_deref() else {
        outcome.look_again(observed.recheck);
        return plan;
    };
    let paused = pausing::paused(check, Some(cluster));
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds || check.is_deleting() {
        return plan;
    }
    let metadata = &mut outcome.object.metadata;
    metadata.set_label(labels::CLUSTER_NAME, &check.spec.cluster_name);
    ownership::add(metadata, ownership::reference(cluster, false));
    if !observed.can_judge {
        // Nobody is called unhealthy because nobody answers.
        outcome.look_again(observed.recheck);
        return plan;
    }
    examine(observed, cluster, &mut plan);
    plan
}

/// Judges all machines, counts, and marks them.
fn examine(observed: &Observed, cluster: &Object<Cluster>, plan: &mut Plan) {
    let check = observed.check.as_ref();
    let mut healthy: Vec<&Target> = Vec::new();
    let mut unhealthy: Vec<(&Target, Ailment)> = Vec::new();
    for target in &observed.targets {
        match checks::judge(target, check.spec.checks.as_ref(), cluster, observed.now) {
            Health::Healthy => healthy.push(target),
            Health::NotYet(again) => {
                if let Some(again) = again {
                    plan.outcome.look_again(again);
                }
            }
            Health::Unhealthy(ailment) => unhealthy.push((target, ailment)),
        }
    }
    let status = &mut plan.outcome.object.status;
    status.observed_generation = check.metadata.generation;
    status.expected_machines = Some(number(observed.targets.len()));
    status.current_healthy = Some(number(healthy.len()));
    status.targets = observed
        .targets
        .iter()
        .map(|target| target.machine.name().to_owned())
        .collect();
    let allowed = allow(observed, unhealthy.len(), &mut plan.outcome);
    for target in healthy {
        if let (true, Remedy::Other(other)) = (allowed, &observed.remedy) {
            plan.requests.extend(other.withdrawal(&target.machine));
        }
        let mut wished = Object::clone(&target.machine);
        wished.set_condition(
            condition(
                "HealthCheckSucceeded",
                ConditionStatus::True,
                "HealthCheckSucceeded",
                "",
            ),
            observed.now,
        );
        wished.set_old(good("HealthCheckSucceeded"), observed.now);
        plan.outcome
            .changes
            .extend(Change::update(&target.machine, &wished));
    }
    for (target, ailment) in unhealthy {
        let mut wished = Object::clone(&target.machine);
        let failed = condition(
            "HealthCheckSucceeded",
            ConditionStatus::False,
            ailment.reason,
            ailment.message,
        );
        wished.set_condition(failed, observed.now);
        let old = bad(
            "HealthCheckSucceeded",
            ailment.old_reason,
            Severity::Warning,
            ailment.old_message,
        );
        wished.set_old(old, observed.now);
        if allowed && cluster.spec.paused != Some(true) {
            mark(observed, &target.machine, &mut wished, plan);
            plan.outcome
                .told
                .extend(newly_marked(check, &target.machine, &wished));
        }
        plan.outcome
            .changes
            .extend(Change::update(&target.machine, &wished));
    }
}

/// What is told of a machine whose repair is asked for from now on.
fn newly_marked(
    check: &Object<MachineHealthCheck>,
    machine: &Object<Machine>,
    wished: &Object<Machine>,
) -> Option<Happening> {
    let fails = ["HealthCheckSucceeded", "OwnerRemediated", "ExternallyRemediated"];
    let newly = |kind: &&str| wished.is_false(kind) && !machine.is_false(kind);
    fails.iter().any(newly).then(|| {
        let message = format!(
            "Machine {}/{} has been marked as unhealthy by {}/{}",
            machine.namespace(),
            machine.name(),
            check.namespace(),
            check.name()
        );
        Happening::normal(machine, "MachineMarkedUnhealthy", message).by::<MachineHealthCheck>()
    })
}

/// Asks for the repair of an unhealthy machine.
fn mark(observed: &Observed, machine: &Object<Machine>, wished: &mut Object<Machine>, plan: &mut Plan) {
    match &observed.remedy {
        Remedy::Other(other) => mark_for_other(observed, other, machine, wished, plan),
        Remedy::Owner => mark_for_owner(observed, machine, wished),
    }
}

/// The condition is the owner's from then on, until it says that it is done.
fn mark_for_owner(observed: &Observed, machine: &Object<Machine>, wished: &mut Object<Machine>) {
    if machine.is_deleting() {
        return;
    }
    let kind = "OwnerRemediated";
    if machine.condition(kind).is_none() || machine.is_true(kind) {
        let waiting = condition(
            kind,
            ConditionStatus::False,
            "WaitingForRemediation",
            "Waiting for remediation",
        );
        wished.set_condition(waiting, observed.now);
    }
    if machine.old(kind).is_none() || has_status(machine.status.old(), kind, "True") {
        let waiting = bad(kind, "WaitingForRemediation", Severity::Warning, "");
        wished.set_old(waiting, observed.now);
    }
}

fn mark_for_other(
    observed: &Observed,
    other: &Other,
    machine: &Object<Machine>,
    wished: &mut Object<Machine>,
    plan: &mut Plan,
) {
    let kind = "ExternallyRemediated";
    let waiting = condition(kind, ConditionStatus::False, "WaitingForRemediation", "");
    if other.asked.contains_key(machine.name()) {
        // What the repair says of itself stays.
        if machine.condition(kind).is_none() {
            wished.set_condition(waiting, observed.now);
        }
        return;
    }
    let set_on_check = |plan: &mut Plan, old| plan.outcome.object.set_old(old, observed.now);
    let told = if observed.failed_requests.contains(machine.name()) {
        let old = bad(
            "ExternalRemediationRequestAvailable",
            "ExternalRemediationRequestCreationFailed",
            Severity::Error,
            "Please check controller logs for errors",
        );
        set_on_check(plan, old);
        plan.outcome.look_again(observed.recheck);
        condition(
            kind,
            ConditionStatus::False,
            "RemediationRequestCreationFailed",
            "Please check controller logs for errors",
        )
    } else if let Some(request) = other.request(machine) {
        plan.requests.push(request);
        waiting
    } else {
        let reference = &other.reference;
        let message = format!(
            "Error retrieving remediation template {} {}/{}",
            reference.kind,
            machine.namespace(),
            reference.name
        );
        let old = bad(
            "ExternalRemediationTemplateAvailable",
            "ExternalRemediationTemplateNotFound",
            Severity::Error,
            message.clone(),
        );
        set_on_check(plan, old);
        plan.outcome.look_again(observed.recheck);
        condition(
            kind,
            ConditionStatus::False,
            "RemediationTemplateNotFound",
            message,
        )
    };
    wished.set_condition(told, observed.now);
}

/// Says whether machines are repaired, and how many more may fail.
fn allow(observed: &Observed, unhealthy: usize, outcome: &mut Outcome<MachineHealthCheck>) -> bool {
    let (check, now) = (observed.check.as_ref(), observed.now);
    let kind = "RemediationAllowed";
    let status = &mut outcome.object.status;
    let total = status.expected_machines.unwrap_or(0);
    let ill = total - status.current_healthy.unwrap_or(0);
    let trigger = check
        .spec
        .remediation
        .as_ref()
        .and_then(|remediation| remediation.trigger_if.as_ref());
    let allowed = Trigger::read(trigger)
        .ok()
        .and_then(|trigger| trigger.allows(total, ill));
    status.remediations_allowed = Some(allowed.unwrap_or(0));
    if allowed.is_some() {
        let allowed = condition(kind, ConditionStatus::True, "RemediationAllowed", "");
        outcome.object.set_condition(allowed, now);
        outcome.object.set_old(good(kind), now);
        return true;
    }
    let range = trigger.and_then(|trigger| trigger.unhealthy_in_range.clone());
    let message = if let Some(range) = range.filter(|range| !range.is_empty()) {
        format!(
            "Remediation is not allowed, the number of not started or unhealthy machines does not fall within the range (total: \
             {total}, unhealthy: {unhealthy}, unhealthyRange: {range})"
        )
    } else {
        let most = trigger.and_then(|trigger| trigger.unhealthy_less_than_or_equal_to.as_ref());
        let most = match most {
            None => "100%".to_owned(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        format!(
            "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: {total}, \
             unhealthy: {unhealthy}, maxUnhealthy: {most})"
        )
    };
    let refused = condition(kind, ConditionStatus::False, "TooManyUnhealthy", message.clone());
    let known = check.condition(kind);
    let is_known = known.is_some_and(|known| known.reason == refused.reason && known.message == message);
    if unhealthy > 0 && !is_known {
        let told = Happening::warning(check, "RemediationRestricted", message.clone());
        outcome.told.push(told);
    }
    outcome.object.set_condition(refused, now);
    let old = bad(kind, "TooManyUnhealthy", Severity::Warning, message);
    outcome.object.set_old(old, now);
    outcome.look_again(observed.recheck.max(Duration::from_secs(1)));
    false
}
