//! What a KubeadmConfig tells of itself, in both models of conditions.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::v1beta2::KubeadmConfig;
use fleetui_api::v1beta2::OldCondition;
use fleetui_rules::condition_merge::{SummaryInput, condition, summarise};
use fleetui_rules::old_conditions::{State, good, in_state};

use super::observe::Observed;
use crate::certificates::{self, Problem, Trouble};
use crate::change::Outcome;

const DATA: &str = "DataSecretAvailable";

/// How the data stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    WaitsForInfrastructure,
    WaitsForControlPlane,
    /// It cannot be made: why.
    Fails(String),
    Made,
}

/// Writes the conditions.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<KubeadmConfig>, data: &Data) {
    let now = observed.now;
    let (reason, state, message) = match data {
        Data::Made => ("", State::True, ""),
        Data::WaitsForInfrastructure => (
            "WaitingForClusterInfrastructure",
            State::Info,
            "Waiting for Cluster status.initialization.infrastructureProvisioned to be true",
        ),
        Data::WaitsForControlPlane => (
            "WaitingForControlPlaneAvailable",
            State::Info,
            "Waiting for Cluster control plane to be initialized",
        ),
        Data::Fails(why) => ("DataSecretGenerationFailed", State::Warning, why.as_str()),
    };
    let available = match data {
        Data::Made => condition(DATA, ConditionStatus::True, "Available", ""),
        Data::WaitsForInfrastructure | Data::WaitsForControlPlane | Data::Fails(_) => {
            condition(DATA, ConditionStatus::False, "NotAvailable", message)
        }
    };
    let mut told = vec![in_state(DATA, state, reason, old_message(data))];
    outcome.object.set_condition(available, now);
    if let Some(inputs) = &observed.inputs {
        let problem = inputs.certificates.problem();
        outcome
            .object
            .set_condition(certificates::available(problem.as_ref()), now);
        told.push(old_certificates(problem.as_ref()));
    }
    let ready = summarise(
        &SummaryInput {
            target: "Ready",
            kinds: vec![DATA, certificates::CONDITION],
            ignore_if_missing: vec![certificates::CONDITION],
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
            ..SummaryInput::default()
        },
        &outcome.object.status.conditions,
    );
    outcome.object.set_condition(ready, now);
    for one in told {
        outcome.object.set_old(one, now);
    }
    outcome
        .object
        .summarise_old(&[DATA, certificates::CONDITION], None, now);
    outcome.object.status.observed_generation = observed.config.metadata.generation;
}

/// The older model tells only of failures; what is waited for is in the reason.
fn old_message(data: &Data) -> &str {
    match data {
        Data::Fails(why) => why,
        Data::Made | Data::WaitsForInfrastructure | Data::WaitsForControlPlane => "",
    }
}

/// `CertificatesAvailable` of the older model.
fn old_certificates(problem: Option<&Problem>) -> OldCondition {
    match problem {
        None => good(certificates::CONDITION),
        Some(problem) if problem.trouble == Trouble::Corrupt => in_state(
            certificates::CONDITION,
            State::Error,
            "CertificatesCorrupted",
            problem.message.as_str(),
        ),
        Some(problem) => in_state(
            certificates::CONDITION,
            State::Warning,
            "CertificatesGenerationFailed",
            problem.message.as_str(),
        ),
    }
}
