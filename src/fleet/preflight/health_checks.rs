//! Whether health checks still repair while machines come and go.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::v1beta2::{LabelSelector, RemediationTrigger};
use fleetui_rules::health_check::Trigger;
use fleetui_rules::selector;
use serde_json::Value;
use std::collections::BTreeMap;

use super::aim::Aim;
use super::scene::{Part, Scene, text};
use super::settled::is_skipped;
use super::table::{Finding, blocked_by};

/// Health checks that would stop repairing, as machines that are not there yet count as unhealthy.
pub(super) fn limit(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if aim.steps.is_empty() || scene.gathered.health_checks.is_empty() {
        return Finding::NoQuestion;
    }
    let would_stop = scene
        .gathered
        .health_checks
        .iter()
        .filter_map(|check| stops(scene, check));
    blocked_by(would_stop.collect(), "health checks go on repairing")
}

fn stops(scene: &Scene<'_>, check: &Value) -> Option<String> {
    let name = text(check, "/metadata/name");
    let selector: LabelSelector = serde_json::from_value(check.pointer("/spec/selector")?.clone()).ok()?;
    let trigger = check
        .pointer("/spec/remediation/triggerIf")
        .and_then(|trigger| serde_json::from_value::<RemediationTrigger>(trigger.clone()).ok());
    let trigger = Trigger::read(trigger.as_ref()).ok()?;
    let looks_after = |machine: &&Part<'_>| {
        let labels: BTreeMap<String, String> = machine
            .object
            .pointer("/metadata/labels")
            .and_then(|labels| serde_json::from_value(labels.clone()).ok())
            .unwrap_or_default();
        !is_skipped(machine) && selector::accepts(&selector, &labels)
    };
    let (mut total, mut unhealthy) = (0, 0);
    for machine in scene.machines.iter().filter(looks_after) {
        total += 1;
        unhealthy += i32::from(is_unhealthy(machine));
    }
    // Parts of which no machine is looked after add none that is.
    let extra = scene
        .parts()
        .filter(|part| scene.machines_of(part).any(|machine| looks_after(&machine)))
        .map(|part| part.surge().extra + part.surge().missing)
        .max();
    let extra = i32::try_from(extra?).unwrap_or(i32::MAX);
    let (then_total, then_unhealthy) = (total + extra, unhealthy + extra);
    let now = trigger.allows(total, unhealthy);
    let then = trigger.allows(then_total, then_unhealthy);
    match (now, then) {
        (None, _) => Some(format!(
            "MachineHealthCheck {name} repairs nothing already: {unhealthy} of {total} machines are not well"
        )),
        (Some(_), None) => Some(format!(
            "MachineHealthCheck {name} would repair nothing meanwhile: {then_unhealthy} of {then_total} machines may not be well then"
        )),
        (Some(_), Some(_)) => None,
    }
}

fn is_unhealthy(machine: &Part<'_>) -> bool {
    let facts = &machine.row.facts;
    facts.node.is_none()
        || facts
            .conditions
            .iter()
            .any(|it| it.kind == "HealthCheckSucceeded" && it.status == ConditionStatus::False)
}
