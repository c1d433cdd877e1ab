//! What a ClusterClass tells of itself.

use std::sync::Arc;

use fleetui_api::conditions::{ConditionStatus, Severity, TOPOLOGY_NOT_SUPPORTED};
use fleetui_api::v1beta2::ClusterClass;
use fleetui_rules::condition_merge::condition;
use fleetui_rules::old_conditions::{bad, good, unknown};
use jiff::Timestamp;

use super::references::Outdated;
use super::{LOOK_AGAIN, variables};
use crate::change::Outcome;
use crate::object::Object;
use crate::pausing;

/// Whether the references are of the right version.
const REFERENCES: &str = "RefVersionsUpToDate";
/// Whether the variables are understood.
const VARIABLES: &str = "VariablesReady";
/// The same in v1beta1.
const OLD_VARIABLES: &str = "VariablesReconciled";
/// Whether Clusters of the class are reconciled.
const TOPOLOGY: &str = "TopologyReconciled";
/// They are not, by these controllers.
pub(super) const NO_TOPOLOGIES: &str =
    "these controllers reconcile no topologies: nothing comes of a Cluster of this class";
/// What is told of something that went wrong; the log says what.
const SEE_LOG: &str = "Please check controller logs for errors";

/// A ClusterClass and what is known of its references.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) class: Arc<Object<ClusterClass>>,
    /// The references of another version than the contract means; nothing where that could not be found out.
    pub(super) outdated: Option<Vec<Outdated>>,
    pub(super) now: Timestamp,
}

/// Whether nothing may be done, or nothing is left to do.
pub(super) fn is_held(class: &Object<ClusterClass>) -> bool {
    class.is_deleting() || pausing::holds(&pausing::paused(class, None))
}

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<ClusterClass> {
    let class = observed.class.as_ref();
    let mut outcome = Outcome::unchanged(class);
    let paused = pausing::paused(class, None);
    outcome.object.set_condition(paused, observed.now);
    if is_held(class) {
        return outcome;
    }
    // Who reads a class elsewhere reconciles its Clusters too; who would make one has to know that nothing comes of it here.
    let topology = condition(
        TOPOLOGY,
        ConditionStatus::False,
        TOPOLOGY_NOT_SUPPORTED,
        NO_TOPOLOGIES,
    );
    outcome.object.set_condition(topology, observed.now);
    let understood = tell_variables(observed, &mut outcome);
    let known = tell_references(observed, &mut outcome);
    if understood && known {
        outcome.object.status.observed_generation = class.metadata.generation;
    }
    outcome.look_again(LOOK_AGAIN);
    outcome
}

/// Tells of the variables, and whether all of them are understood. Where they are not, the ones of before stay.
fn tell_variables(observed: &Observed, outcome: &mut Outcome<ClusterClass>) -> bool {
    let spec = &observed.class.spec;
    let faults = variables::faults(spec);
    let object = &mut outcome.object;
    if faults.is_empty() {
        object.status.variables = variables::described(spec);
        let ready = condition(VARIABLES, ConditionStatus::True, VARIABLES, "");
        object.set_condition(ready, observed.now);
        object.set_old(good(OLD_VARIABLES), observed.now);
        return true;
    }
    let reason = "VariableDiscoveryFailed";
    let message = format!("VariableDiscovery failed: {}", faults.join(", "));
    let failed = condition(VARIABLES, ConditionStatus::False, reason, message.as_str());
    object.set_condition(failed, observed.now);
    let old = bad(OLD_VARIABLES, reason, Severity::Error, message);
    object.set_old(old, observed.now);
    false
}

/// Tells of the references, and whether anything could be found out of them.
fn tell_references(observed: &Observed, outcome: &mut Outcome<ClusterClass>) -> bool {
    let (told, old) = match observed.outdated.as_deref() {
        None => (
            condition(REFERENCES, ConditionStatus::Unknown, "InternalError", SEE_LOG),
            unknown(REFERENCES, "InternalError", SEE_LOG),
        ),
        Some([]) => (
            condition(REFERENCES, ConditionStatus::True, REFERENCES, ""),
            good(REFERENCES),
        ),
        Some(outdated) => {
            let lines: Vec<String> = outdated.iter().map(|one| format!("* {one}")).collect();
            let message = format!(
                "The following templateRefs are not using the latest apiVersion:\n{}",
                lines.join("\n")
            );
            (
                condition(
                    REFERENCES,
                    ConditionStatus::False,
                    "RefVersionsNotUpToDate",
                    message.as_str(),
                ),
                bad(REFERENCES, "OutdatedRefVersions", Severity::Warning, message),
            )
        }
    };
    outcome.object.set_condition(told, observed.now);
    outcome.object.set_old(old, observed.now);
    observed.outdated.is_some()
}
