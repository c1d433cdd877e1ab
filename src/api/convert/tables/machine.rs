//! Machine, and the specification of machines that its owners have too.

use super::shared::{CONDITIONS, DELETION, FAILURE};
use crate::convert::codec::Codec::{Node, Phase, Reference, Same};
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Field, Inside, OnlyNew};

/// What a machine shall be, as Machines and all templates of machines say it.
pub(super) const MACHINE_SPEC: &[Rule] = &[
    Field("bootstrap.configRef", "bootstrap.configRef", Reference),
    Field("infrastructureRef", "infrastructureRef", Reference),
    All(DELETION),
];

/// What has happened to a machine, or to the machines of a pool.
pub(super) const INITIALIZATION: &[Rule] = &[
    Field(
        "bootstrapReady",
        "initialization.bootstrapDataSecretCreated",
        Same,
    ),
    Field(
        "infrastructureReady",
        "initialization.infrastructureProvisioned",
        Same,
    ),
    OnlyNew("initialization"),
];

pub(super) const MACHINE: &[Rule] = &[
    Inside("spec", "spec", &[All(MACHINE_SPEC), OnlyNew("minReadySeconds")]),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(FAILURE),
            All(INITIALIZATION),
            Field("nodeRef", "nodeRef", Node),
            Field("phase", "phase", Phase),
            OnlyNew("failureDomain"),
        ],
    ),
];
