//! What a Machine shows v1beta1 clients: conditions with severities.

use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::{Machine, OldCondition};
use fleetui_rules::old_conditions::{bad, good, mirror, unknown};
use k8s_openapi::api::core::v1::Node;

use super::deletion::{self, Stage};
use super::leaving::Answer;
use super::observe::Observed;
use crate::change::Outcome;
use crate::external::External;
use crate::object::Metadata;

/// Conditions that `Ready` sums up, the gravest first.
const SUMMED_UP: [&str; 5] = [
    "InfrastructureReady",
    "BootstrapReady",
    "HealthCheckSucceeded",
    "OwnerRemediated",
    "DrainingSucceeded",
];
/// Steps that are counted while a machine comes up.
const STEPS: [&str; 2] = ["BootstrapReady", "InfrastructureReady"];

/// Writes all conditions of the machine's own.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<Machine>, stage: Option<&Stage>) {
    let now = observed.now;
    let mut told: Vec<OldCondition> = Vec::new();
    told.extend(bootstrap(observed));
    told.extend(of_external(
        observed,
        &observed.infrastructure,
        ("InfrastructureReady", "WaitingForInfrastructure"),
        "/status/initialization/provisioned",
    ));
    told.extend(node_healthy(observed, outcome));
    if let Some(stage) = stage {
        told.extend(deletion_steps(observed, outcome, stage));
    }
    for condition in told {
        outcome.object.set_old(condition, now);
    }
    fail(observed, outcome);
    let comes_up = !observed.machine.is_deleting() && outcome.object.spec.provider_id.is_none();
    let steps = comes_up.then_some(STEPS.as_slice());
    outcome.object.summarise_old(&SUMMED_UP, steps, now);
}

/// A machine that has lost what it runs on does not come back.
fn fail(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let machine = observed.machine.as_ref();
    let reached = machine.status.initialization.as_ref();
    let stood = reached.is_some_and(|reached| reached.infrastructure_provisioned == Some(true));
    let (External::Missing { kind, .. }, true, false) =
        (&observed.infrastructure, stood, machine.is_deleting())
    else {
        return;
    };
    let name = machine.spec.infrastructure_ref.as_ref();
    let name = name.map_or("", |reference| reference.name.as_str());
    let shown = outcome
        .object
        .status
        .deprecated
        .get_or_insert_default()
        .v1beta1
        .get_or_insert_default();
    shown.failure_reason = Some("InvalidConfiguration".to_owned());
    shown.failure_message = Some(format!(
        "Machine infrastructure resource {kind} {}/{name} has been deleted after provisioning was completed",
        machine.namespace()
    ));
}

fn bootstrap(observed: &Observed) -> Option<OldCondition> {
    let given = observed.machine.spec.bootstrap.data_secret_name.is_some();
    if matches!(observed.bootstrap, External::None) {
        return given.then(|| good("BootstrapReady"));
    }
    of_external(
        observed,
        &observed.bootstrap,
        ("BootstrapReady", "WaitingForDataSecret"),
        "/status/initialization/dataSecretCreated",
    )
}

/// What another object says of itself, else what the contract's yes-or-no says.
fn of_external(
    observed: &Observed,
    external: &External,
    (kind, waiting): (&str, &str),
    fallback: &str,
) -> Option<OldCondition> {
    let deleting = observed.machine.is_deleting();
    match external {
        External::None => None,
        External::Missing { .. } => deleting.then(|| bad(kind, "Deleted", Severity::Info, "")),
        External::Found(_) => Some(match external.old_ready() {
            Some(ready) => mirror(&ready, kind),
            None if external.is_true(fallback) => good(kind),
            None if deleting => bad(kind, "Deleting", Severity::Info, ""),
            None => bad(kind, waiting, Severity::Info, ""),
        }),
    }
}

fn node_healthy(observed: &Observed, outcome: &Outcome<Machine>) -> Option<OldCondition> {
    let kind = "NodeHealthy";
    let machine = observed.machine.as_ref();
    if outcome.object.spec.provider_id.is_none() {
        return Some(bad(kind, "WaitingForNodeRef", Severity::Info, ""));
    }
    if !observed.reach.is_live() {
        let lost = observed.reach.is_lost(observed.now, observed.grace);
        let message = "Failed to get the Node for this Machine by ProviderID";
        return lost.then(|| unknown(kind, "NodeInspectionFailed", message));
    }
    let Some(node) = observed.node.as_deref() else {
        return match (machine.is_deleting(), &machine.status.node_ref) {
            (true, _) => None,
            (false, Some(_)) => Some(bad(kind, "NodeNotFound", Severity::Error, "")),
            (false, None) => Some(bad(
                kind,
                "NodeProvisioning",
                Severity::Warning,
                "Waiting for a node with matching ProviderID to exist",
            )),
        };
    };
    let infrastructure = observed.infrastructure.entry();
    if infrastructure.is_none_or(|entry| entry.object.metadata.is_deleting()) {
        return Some(bad(kind, "Deleting", Severity::Info, ""));
    }
    Some(by_node(node))
}

/// False with one condition that is wrong; Unknown only when nothing at all is known.
fn by_node(node: &Node) -> OldCondition {
    let reported = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    let mut issues = Vec::new();
    let (mut wrong, mut not_known) = (0, 0);
    for condition in reported.into_iter().flatten() {
        let good = match condition.type_.as_str() {
            "Ready" => "True",
            "MemoryPressure" | "DiskPressure" | "PIDPressure" => "False",
            _ => continue,
        };
        if condition.status != good {
            issues.push(format!(
                "Node condition {} is {}",
                condition.type_, condition.status
            ));
            if condition.status == "Unknown" {
                not_known += 1;
            } else {
                wrong += 1;
            }
        }
    }
    let message = issues.join(". ");
    if wrong > 0 {
        bad("NodeHealthy", "NodeConditionsFailed", Severity::Warning, message)
    } else if not_known < 4 {
        good("NodeHealthy")
    } else {
        unknown("NodeHealthy", "NodeConditionsFailed", message)
    }
}

/// How far the steps of a deletion are; those that did not come up yet are not told.
fn deletion_steps(observed: &Observed, outcome: &Outcome<Machine>, stage: &Stage) -> Vec<OldCondition> {
    let mut told = Vec::new();
    let waits = |kind: &str| bad(kind, "WaitingExternalHook", Severity::Info, "");
    if deletion::handles_node(observed) {
        if stage.reason == "WaitingForPreDrainHook" {
            return vec![waits("PreDrainDeleteHookSucceeded")];
        }
        told.push(good("PreDrainDeleteHookSucceeded"));
        if deletion::drains(observed) {
            let kind = "DrainingSucceeded";
            if stage.reason != "DrainingNode" {
                told.push(good(kind));
            } else if matches!(observed.leaving.drain, Answer::Failed(_)) {
                told.push(bad(
                    kind,
                    "DrainingFailed",
                    Severity::Warning,
                    stage.message.clone(),
                ));
            } else if observed.leaving.drain != Answer::NotAsked {
                told.push(bad(kind, "Draining", Severity::Info, stage.message.clone()));
            } else if outcome.object.old(kind).is_none() {
                told.push(bad(
                    kind,
                    "Draining",
                    Severity::Info,
                    "Draining the node before deletion",
                ));
            }
        }
        if stage.reason == "DrainingNode" {
            return told;
        }
        if deletion::waits_for_volumes(observed) {
            let kind = "VolumeDetachSucceeded";
            if stage.reason == "WaitingForVolumeDetach" {
                told.push(bad(
                    kind,
                    "WaitingForVolumeDetach",
                    Severity::Info,
                    "Waiting for node volumes to be detached",
                ));
                return told;
            }
            told.push(good(kind));
        }
    }
    told.push(if stage.reason == "WaitingForPreTerminateHook" {
        waits("PreTerminateDeleteHookSucceeded")
    } else {
        good("PreTerminateDeleteHookSucceeded")
    });
    told
}
