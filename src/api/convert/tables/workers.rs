//! What owns machines that work: MachineDeployment, MachineSet, MachinePool.

use super::machine::{INITIALIZATION, MACHINE_SPEC};
use super::shared::{CONDITIONS, COUNTERS, FAILURE, STRATEGY};
use crate::convert::codec::Codec::Same;
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Field, Inside, OnlyNew, OnlyOld};

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
