//! Cluster, with its topology.

use super::health::{HEALTH_CHECK, WORKERS_HEALTH_CHECK};
use super::shared::{CONDITIONS, DELETION, FAILURE, OVERRIDES, STRATEGY, VARIABLES};
use crate::convert::codec::Codec::{Domains, Reference, Same};
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Each, Field, Inside, OnlyNew, OnlyOld};

pub(super) const CLUSTER: &[Rule] = &[
    Field("spec.controlPlaneRef", "spec.controlPlaneRef", Reference),
    Field("spec.infrastructureRef", "spec.infrastructureRef", Reference),
    Inside("spec.topology", "spec.topology", TOPOLOGY),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(FAILURE),
            Field(
                "infrastructureReady",
                "initialization.infrastructureProvisioned",
                Same,
            ),
            Field(
                "controlPlaneReady",
                "initialization.controlPlaneInitialized",
                Same,
            ),
            OnlyNew("initialization"),
            Field("failureDomains", "failureDomains", Domains),
            Field("v1beta2.controlPlane", "controlPlane", Same),
            Field("v1beta2.workers", "workers", Same),
        ],
    ),
];

const TOPOLOGY: &[Rule] = &[
    Field("class", "classRef.name", Same),
    Field("classNamespace", "classRef.namespace", Same),
    OnlyNew("classRef"),
    OnlyOld("rolloutAfter"),
    Each("variables", "variables", VARIABLES),
    Inside(
        "controlPlane",
        "controlPlane",
        &[All(DELETION), All(HEALTH_CHECK), OVERRIDES],
    ),
    Each(
        "workers.machineDeployments",
        "workers.machineDeployments",
        &[All(WORKERS_HEALTH_CHECK), All(STRATEGY), All(DELETION), OVERRIDES],
    ),
    Each(
        "workers.machinePools",
        "workers.machinePools",
        &[All(DELETION), OVERRIDES],
    ),
];
