//! What owns machines that work: MachineDeployment, MachineSet, MachinePool.

use serde_json::Value;

use super::machine::{INITIALIZATION, MACHINE_SPEC};
use super::shared::{CONDITIONS, COUNTERS, FAILURE, STRATEGY};
use crate::convert::codec::Codec::Same;
use crate::convert::rule::Rule::{All, Custom, Field, Inside, OnlyNew, OnlyOld};
use crate::convert::rule::{Context, Rule, Side};
use crate::convert::{Fields, path};

/// What all three say of the machines that they make.
const TEMPLATE: &[Rule] = &[
    Inside("template.spec", "template.spec", MACHINE_SPEC),
    Field("minReadySeconds", "template.spec.minReadySeconds", Same),
];

const NAMING: &[Rule] = &[
    Field("machineNamingStrategy.template", "machineNaming.template", Same),
    OnlyOld("machineNamingStrategy"),
    OnlyNew("machineNaming"),
];

pub(super) const MACHINE_DEPLOYMENT: &[Rule] = &[
    Inside(
        "spec",
        "spec",
        &[
            All(TEMPLATE),
            All(NAMING),
            Field(
                "strategy.remediation.maxInFlight",
                "remediation.maxInFlight",
                Same,
            ),
            All(STRATEGY),
            Field("rolloutAfter", "rollout.after", Same),
            OnlyNew("rollout"),
            OnlyNew("deletion"),
            OnlyNew("remediation"),
            OnlyOld("progressDeadlineSeconds"),
            OnlyOld("revisionHistoryLimit"),
        ],
    ),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(COUNTERS),
            Field("availableReplicas", "deprecated.v1beta1.availableReplicas", Same),
            Field(
                "unavailableReplicas",
                "deprecated.v1beta1.unavailableReplicas",
                Same,
            ),
            Field("updatedReplicas", "deprecated.v1beta1.updatedReplicas", Same),
        ],
    ),
    Custom(phase),
];

pub(super) const MACHINE_SET: &[Rule] = &[
    Inside(
        "spec",
        "spec",
        &[
            All(TEMPLATE),
            All(NAMING),
            Field("deletePolicy", "deletion.order", Same),
            OnlyNew("deletion"),
        ],
    ),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(COUNTERS),
            All(FAILURE),
            Field("availableReplicas", "deprecated.v1beta1.availableReplicas", Same),
            Field(
                "fullyLabeledReplicas",
                "deprecated.v1beta1.fullyLabeledReplicas",
                Same,
            ),
        ],
    ),
];

pub(super) const MACHINE_POOL: &[Rule] = &[
    Inside("spec", "spec", TEMPLATE),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(COUNTERS),
            All(FAILURE),
            All(INITIALIZATION),
            Field("availableReplicas", "deprecated.v1beta1.availableReplicas", Same),
            Field(
                "unavailableReplicas",
                "deprecated.v1beta1.unavailableReplicas",
                Same,
            ),
        ],
    ),
];

/// In the days of the old version the phase told how many machines are ready, where today it tells how many there are.
fn phase(deployment: &mut Fields, context: &Context<'_>) {
    if context.to == Side::New || path::at(deployment, "metadata.deletionTimestamp").is_some() {
        return;
    }
    let mut count = |path: &str| path::at(deployment, path).and_then(|count| count.as_i64());
    let (wished, ready) = (count("spec.replicas"), count("status.readyReplicas").unwrap_or(0));
    let phase = path::at(deployment, "status.phase");
    if let (Some(wished), Some(Value::String(phase))) = (wished, phase)
        && matches!(phase.as_str(), "Running" | "ScalingUp" | "ScalingDown")
    {
        let told = match ready.cmp(&wished) {
            std::cmp::Ordering::Less => "ScalingUp",
            std::cmp::Ordering::Equal => "Running",
            std::cmp::Ordering::Greater => "ScalingDown",
        };
        told.clone_into(phase);
    }
}
