//! ClusterClass.

use super::health::{HEALTH_CHECK, WORKERS_HEALTH_CHECK};
use super::shared::{CONDITIONS, DELETION, STRATEGY};
use crate::convert::codec::Codec::{Same, VersionedReference};
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Each, Field, Inside, OnlyNew, OnlyOld};

pub(super) const CLUSTER_CLASS: &[Rule] = &[
    Inside(
        "spec",
        "spec",
        &[
            Field(
                "infrastructure.ref",
                "infrastructure.templateRef",
                VersionedReference,
            ),
            Field(
                "infrastructureNamingStrategy.template",
                "infrastructure.naming.template",
                Same,
            ),
            OnlyOld("infrastructureNamingStrategy"),
            OnlyNew("infrastructure.naming"),
            Inside("controlPlane", "controlPlane", CONTROL_PLANE),
            Each(
                "workers.machineDeployments",
                "workers.machineDeployments",
                &[
                    All(WORKERS),
                    All(WORKERS_HEALTH_CHECK),
                    All(STRATEGY),
                    OnlyNew("rollout"),
                ],
            ),
            Each("workers.machinePools", "workers.machinePools", WORKERS),
            Each("variables", "variables", VARIABLE),
            Each(
                "patches",
                "patches",
                &[
                    Field(
                        "external.generateExtension",
                        "external.generatePatchesExtension",
                        Same,
                    ),
                    Field(
                        "external.validateExtension",
                        "external.validateTopologyExtension",
                        Same,
                    ),
                ],
            ),
        ],
    ),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            Each(
                "variables",
                "variables",
                &[Each("definitions", "definitions", VARIABLE)],
            ),
        ],
    ),
];

const CONTROL_PLANE: &[Rule] = &[
    Field("ref", "templateRef", VersionedReference),
    Field(
        "machineInfrastructure.ref",
        "machineInfrastructure.templateRef",
        VersionedReference,
    ),
    All(NAMING),
    All(DELETION),
    All(HEALTH_CHECK),
];

/// Of deployments and pools.
const WORKERS: &[Rule] = &[
    Field("template.metadata", "metadata", Same),
    Field(
        "template.bootstrap.ref",
        "bootstrap.templateRef",
        VersionedReference,
    ),
    Field(
        "template.infrastructure.ref",
        "infrastructure.templateRef",
        VersionedReference,
    ),
    OnlyOld("template"),
    OnlyNew("bootstrap"),
    OnlyNew("infrastructure"),
    All(NAMING),
    All(DELETION),
];

const NAMING: &[Rule] = &[
    Field("namingStrategy.template", "naming.template", Same),
    OnlyOld("namingStrategy"),
    OnlyNew("naming"),
];

const VARIABLE: &[Rule] = &[Field("metadata", "deprecatedV1Beta1Metadata", Same)];
