//! What many kinds have: conditions of both models, and ways of being deleted and rolled out.

use serde_json::Value;

use crate::convert::Fields;
use crate::convert::codec::Codec::{Same, Seconds};
use crate::convert::rule::Rule::{Custom, Demanded, Each, Field, Inside, OnlyNew, OnlyOld};
use crate::convert::rule::{Context, Demand, Rule, Side};

/// Of a status: each version has its own conditions first, and the other's set aside.
pub(super) const CONDITIONS: &[Rule] = &[
    Field("conditions", "deprecated.v1beta1.conditions", Same),
    Field("v1beta2.conditions", "conditions", Same),
    OnlyOld("v1beta2"),
    OnlyNew("deprecated"),
];

/// Of a status: failures that are final, which the new version does not know any more.
pub(super) const FAILURE: &[Rule] = &[
    Field("failureReason", "deprecated.v1beta1.failureReason", Same),
    Field("failureMessage", "deprecated.v1beta1.failureMessage", Same),
];

/// Of a status: counters of replicas, which count something else in either version.
pub(super) const COUNTERS: &[Rule] = &[
    Field("readyReplicas", "deprecated.v1beta1.readyReplicas", Same),
    Field("v1beta2.readyReplicas", "readyReplicas", Same),
    Field("v1beta2.availableReplicas", "availableReplicas", Same),
    Field("v1beta2.upToDateReplicas", "upToDateReplicas", Same),
];

/// Of kinds whose versions have nothing different but their conditions.
pub(super) const ONLY_CONDITIONS: &[Rule] = &[Inside("status", "status", CONDITIONS)];

/// How long it may take to delete a machine.
pub(super) const DELETION: &[Rule] = &[
    Field("nodeDrainTimeout", "deletion.nodeDrainTimeoutSeconds", Seconds),
    Field(
        "nodeVolumeDetachTimeout",
        "deletion.nodeVolumeDetachTimeoutSeconds",
        Seconds,
    ),
    Field(
        "nodeDeletionTimeout",
        "deletion.nodeDeletionTimeoutSeconds",
        Seconds,
    ),
    OnlyNew("deletion"),
];

/// How a set of workers is rolled out.
pub(super) const STRATEGY: &[Rule] = &[
    Field("strategy.type", "rollout.strategy.type", Same),
    Field(
        "strategy.rollingUpdate.maxSurge",
        "rollout.strategy.rollingUpdate.maxSurge",
        Same,
    ),
    Field(
        "strategy.rollingUpdate.maxUnavailable",
        "rollout.strategy.rollingUpdate.maxUnavailable",
        Same,
    ),
    Field("strategy.rollingUpdate.deletePolicy", "deletion.order", Same),
    OnlyOld("strategy"),
    OnlyNew("rollout.strategy"),
    ROLLING_UPDATE,
];

/// The old version rolls in updates where it names no strategy; the new one demands that it be named.
pub(super) const ROLLING_UPDATE: Rule =
    Demanded(Side::New, "rollout.strategy.type", Demand::Text("RollingUpdate"));

/// Variables of a topology. The old version says in which patch one is defined.
pub(super) const VARIABLES: &[Rule] = &[OnlyOld("definitionFrom")];

/// Variables that a part of a topology has for itself.
pub(super) const OVERRIDES: Rule = Each("variables.overrides", "variables.overrides", VARIABLES);

/// Of an IPAddressClaim in v1alpha1: it names its cluster by a label, and has no conditions of the new model.
pub(super) const OLD_ADDRESS_CLAIM: &[Rule] = &[
    Inside(
        "status",
        "status",
        &[
            OnlyNew("conditions"),
            Field("conditions", "deprecated.v1beta1.conditions", Same),
            OnlyNew("deprecated"),
        ],
    ),
    Custom(cluster_name),
];

fn cluster_name(object: &mut Fields, context: &Context<'_>) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    match (context.to, &context.cluster_name) {
        (Side::Old, _) => drop(spec.shift_remove("clusterName")),
        (Side::New, Some(name)) => drop(spec.insert("clusterName".to_owned(), Value::String(name.clone()))),
        (Side::New, None) => {}
    }
}
