//! KubeadmControlPlane and its template.

use serde_json::Value;

use super::kubeadm::CONFIGURATION;
use super::shared::{CONDITIONS, COUNTERS, FAILURE, ROLLING_UPDATE};
use crate::convert::Fields;
use crate::convert::codec::Codec::{Reference, Same, Seconds};
use crate::convert::rule::Rule::{All, Custom, Demanded, Field, Inside, OnlyNew, OnlyOld};
use crate::convert::rule::{Context, Demand, Rule, Side};

pub(super) const KUBEADM_CONTROL_PLANE: &[Rule] = &[
    Inside(
        "spec",
        "spec",
        &[
            All(CONTROL_PLANE),
            Field(
                "machineTemplate.infrastructureRef",
                "machineTemplate.spec.infrastructureRef",
                Reference,
            ),
            Field(
                "machineTemplate.readinessGates",
                "machineTemplate.spec.readinessGates",
                Same,
            ),
        ],
    ),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(COUNTERS),
            All(FAILURE),
            Field("updatedReplicas", "deprecated.v1beta1.updatedReplicas", Same),
            Field(
                "unavailableReplicas",
                "deprecated.v1beta1.unavailableReplicas",
                Same,
            ),
            Field("initialized", "initialization.controlPlaneInitialized", Same),
            OnlyNew("initialization"),
            Field("lastRemediation.timestamp", "lastRemediation.time", Same),
            OnlyOld("ready"),
            Custom(ready),
        ],
    ),
];

pub(super) const KUBEADM_CONTROL_PLANE_TEMPLATE: &[Rule] = &[
    Inside("spec.template.spec", "spec.template.spec", CONTROL_PLANE),
    Demanded(Side::Old, "spec.template.spec", Demand::Empty),
    Demanded(Side::Old, "spec.template.spec.kubeadmConfigSpec", Demand::Empty),
];

/// What control planes and their templates have.
const CONTROL_PLANE: &[Rule] = &[
    Inside("kubeadmConfigSpec", "kubeadmConfigSpec", CONFIGURATION),
    Demanded(Side::Old, "kubeadmConfigSpec", Demand::Empty),
    Field(
        "machineTemplate.nodeDrainTimeout",
        "machineTemplate.spec.deletion.nodeDrainTimeoutSeconds",
        Seconds,
    ),
    Field(
        "machineTemplate.nodeVolumeDetachTimeout",
        "machineTemplate.spec.deletion.nodeVolumeDetachTimeoutSeconds",
        Seconds,
    ),
    Field(
        "machineTemplate.nodeDeletionTimeout",
        "machineTemplate.spec.deletion.nodeDeletionTimeoutSeconds",
        Seconds,
    ),
    Field("machineTemplate.taints", "machineTemplate.spec.taints", Same),
    OnlyNew("machineTemplate.spec"),
    Field("machineNamingStrategy.template", "machineNaming.template", Same),
    OnlyOld("machineNamingStrategy"),
    OnlyNew("machineNaming"),
    Field("rolloutAfter", "rollout.after", Same),
    Field(
        "rolloutBefore.certificatesExpiryDays",
        "rollout.before.certificatesExpiryDays",
        Same,
    ),
    OnlyOld("rolloutBefore"),
    Field("rolloutStrategy.type", "rollout.strategy.type", Same),
    Field(
        "rolloutStrategy.rollingUpdate.maxSurge",
        "rollout.strategy.rollingUpdate.maxSurge",
        Same,
    ),
    OnlyOld("rolloutStrategy"),
    OnlyNew("rollout"),
    ROLLING_UPDATE,
    Field("remediationStrategy.maxRetry", "remediation.maxRetry", Same),
    Field(
        "remediationStrategy.retryPeriod",
        "remediation.retryPeriodSeconds",
        Seconds,
    ),
    Field(
        "remediationStrategy.minHealthyPeriod",
        "remediation.minHealthyPeriodSeconds",
        Seconds,
    ),
    OnlyOld("remediationStrategy"),
    OnlyNew("remediation"),
];

/// The old version says whether any machine is ready; that follows from how many there are.
fn ready(status: &mut Fields, context: &Context<'_>) {
    if context.to == Side::Old {
        let replicas = status.get("readyReplicas").and_then(Value::as_i64);
        status.insert("ready".to_owned(), Value::Bool(replicas > Some(0)));
    }
}
