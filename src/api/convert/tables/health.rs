//! Health checks: MachineHealthCheck, and those of classes and topologies, which say the same in fewer or more words.

use super::shared::CONDITIONS;
use crate::convert::codec::Codec::{Same, Seconds, VersionedReference};
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Each, Field, Inside, OnlyNew, OnlyOld};

const TIMEOUT: &[Rule] = &[Field("timeout", "timeoutSeconds", Seconds)];

pub(super) const MACHINE_HEALTH_CHECK: &[Rule] = &[
    Inside(
        "spec",
        "spec",
        &[
            Field("nodeStartupTimeout", "checks.nodeStartupTimeoutSeconds", Seconds),
            Each("unhealthyConditions", "checks.unhealthyNodeConditions", TIMEOUT),
            Each(
                "unhealthyMachineConditions",
                "checks.unhealthyMachineConditions",
                TIMEOUT,
            ),
            Field(
                "maxUnhealthy",
                "remediation.triggerIf.unhealthyLessThanOrEqualTo",
                Same,
            ),
            Field("unhealthyRange", "remediation.triggerIf.unhealthyInRange", Same),
            Field(
                "remediationTemplate",
                "remediation.templateRef",
                VersionedReference,
            ),
            OnlyNew("checks"),
            OnlyNew("remediation"),
        ],
    ),
    Inside("status", "status", CONDITIONS),
];

/// The health check of a control plane in a class or in a topology.
pub(super) const HEALTH_CHECK: &[Rule] = &[
    Field("machineHealthCheck.enable", "healthCheck.enabled", Same),
    Field(
        "machineHealthCheck.nodeStartupTimeout",
        "healthCheck.checks.nodeStartupTimeoutSeconds",
        Seconds,
    ),
    Each(
        "machineHealthCheck.unhealthyConditions",
        "healthCheck.checks.unhealthyNodeConditions",
        TIMEOUT,
    ),
    Each(
        "machineHealthCheck.unhealthyMachineConditions",
        "healthCheck.checks.unhealthyMachineConditions",
        TIMEOUT,
    ),
    Field(
        "machineHealthCheck.maxUnhealthy",
        "healthCheck.remediation.triggerIf.unhealthyLessThanOrEqualTo",
        Same,
    ),
    Field(
        "machineHealthCheck.unhealthyRange",
        "healthCheck.remediation.triggerIf.unhealthyInRange",
        Same,
    ),
    Field(
        "machineHealthCheck.remediationTemplate",
        "healthCheck.remediation.templateRef",
        VersionedReference,
    ),
    OnlyOld("machineHealthCheck"),
    OnlyNew("healthCheck"),
];

/// The health check of workers, who are rolled out and remediated by the same object.
pub(super) const WORKERS_HEALTH_CHECK: &[Rule] = &[
    Field(
        "strategy.remediation.maxInFlight",
        "healthCheck.remediation.maxInFlight",
        Same,
    ),
    All(HEALTH_CHECK),
];
