//! The development provider's kinds.

use super::shared::CONDITIONS;
use crate::convert::codec::Codec::{Domains, Same};
use crate::convert::rule::Rule;
use crate::convert::rule::Rule::{All, Field, Inside, OnlyNew};

pub(super) const DEV_CLUSTER: &[Rule] = &[
    Inside("spec", "spec", CLUSTER_SPEC),
    Inside(
        "status",
        "status",
        &[
            All(PROVISIONED),
            Field("failureDomains", "failureDomains", Domains),
        ],
    ),
];

pub(super) const DEV_CLUSTER_TEMPLATE: &[Rule] =
    &[Inside("spec.template.spec", "spec.template.spec", CLUSTER_SPEC)];

pub(super) const DEV_MACHINE: &[Rule] = &[Inside(
    "status",
    "status",
    &[All(PROVISIONED), OnlyNew("failureDomain")],
)];

pub(super) const DEV_MACHINE_TEMPLATE: &[Rule] = &[OnlyNew("status")];

const CLUSTER_SPEC: &[Rule] = &[Field(
    "backend.docker.failureDomains",
    "backend.docker.failureDomains",
    Domains,
)];

const PROVISIONED: &[Rule] = &[
    All(CONDITIONS),
    Field("ready", "initialization.provisioned", Same),
    OnlyNew("initialization"),
];
