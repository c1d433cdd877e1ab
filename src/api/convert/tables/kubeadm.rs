//! KubeadmConfig and its template, and the configuration that control planes have too.

use super::shared::{CONDITIONS, FAILURE};
use crate::convert::codec::Codec::{Arguments, Same, Seconds};
use crate::convert::rule::Rule::{All, Custom, Demanded, Each, Field, Inside, OnlyNew, OnlyOld};
use crate::convert::rule::{Context, Demand, Rule, Side};
use crate::convert::{Fields, path};

pub(super) const KUBEADM_CONFIG: &[Rule] = &[
    Inside("spec", "spec", CONFIGURATION),
    Inside(
        "status",
        "status",
        &[
            All(CONDITIONS),
            All(FAILURE),
            Field("ready", "initialization.dataSecretCreated", Same),
            OnlyNew("initialization"),
        ],
    ),
];

pub(super) const KUBEADM_CONFIG_TEMPLATE: &[Rule] =
    &[Inside("spec.template.spec", "spec.template.spec", CONFIGURATION)];

/// What kubeadm and cloud-init are told.
pub(super) const CONFIGURATION: &[Rule] = &[
    Inside("clusterConfiguration", "clusterConfiguration", CLUSTER),
    Inside("initConfiguration", "initConfiguration", INIT),
    Inside("joinConfiguration", "joinConfiguration", NODE),
    All(TIMEOUTS),
    All(REMOVED),
    OnlyOld("useExperimentalRetryJoin"),
    Each(
        "diskSetup.partitions",
        "diskSetup.partitions",
        &[Demanded(Side::Old, "layout", Demand::False)],
    ),
];

const CLUSTER: &[Rule] = &[
    Field("apiServer.extraArgs", "apiServer.extraArgs", Arguments),
    Field(
        "controllerManager.extraArgs",
        "controllerManager.extraArgs",
        Arguments,
    ),
    Field("scheduler.extraArgs", "scheduler.extraArgs", Arguments),
    Field("etcd.local.extraArgs", "etcd.local.extraArgs", Arguments),
];

const INIT: &[Rule] = &[
    All(NODE),
    Each(
        "bootstrapTokens",
        "bootstrapTokens",
        &[Field("ttl", "ttlSeconds", Seconds)],
    ),
];

const NODE: &[Rule] = &[Field(
    "nodeRegistration.kubeletExtraArgs",
    "nodeRegistration.kubeletExtraArgs",
    Arguments,
)];

/// Two timeouts stood elsewhere; the others are new. The objects around them go when they were there for them only.
const TIMEOUTS: &[Rule] = &[
    Field(
        "clusterConfiguration.apiServer.timeoutForControlPlane",
        "initConfiguration.timeouts.controlPlaneComponentHealthCheckSeconds",
        Seconds,
    ),
    Field(
        "joinConfiguration.discovery.timeout",
        "joinConfiguration.timeouts.tlsBootstrapSeconds",
        Seconds,
    ),
    OnlyNew("initConfiguration.timeouts"),
    OnlyNew("joinConfiguration.timeouts"),
    Custom(control_plane_timeout_for_joining),
];

/// What is filled in when the configuration is written for kubeadm, or is no configuration at all.
const REMOVED: &[Rule] = &[
    OnlyOld("clusterConfiguration.apiVersion"),
    OnlyOld("clusterConfiguration.kind"),
    OnlyOld("clusterConfiguration.clusterName"),
    OnlyOld("clusterConfiguration.kubernetesVersion"),
    OnlyOld("clusterConfiguration.networking"),
    OnlyOld("initConfiguration.apiVersion"),
    OnlyOld("initConfiguration.kind"),
    OnlyOld("joinConfiguration.apiVersion"),
    OnlyOld("joinConfiguration.kind"),
];

/// In the old version one timeout holds for the first control plane machine and for all that join.
fn control_plane_timeout_for_joining(configuration: &mut Fields, context: &Context<'_>) {
    const TIMEOUT: &str = "timeouts.controlPlaneComponentHealthCheckSeconds";
    if context.to == Side::New
        && let Some(timeout) = path::at(configuration, &format!("initConfiguration.{TIMEOUT}"))
    {
        let timeout = timeout.clone();
        path::put(configuration, &format!("joinConfiguration.{TIMEOUT}"), timeout);
    }
}
