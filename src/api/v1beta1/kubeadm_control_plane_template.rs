//! KubeadmControlPlaneTemplate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::v1beta1::kubeadm_config::KubeadmConfigSpec;
use crate::v1beta1::kubeadm_control_plane::{ControlPlaneRemediation, ControlPlaneStrategy, RolloutBefore};
use crate::v1beta1::machine_deployment::MachineNaming;
use crate::v1beta1::references::TemplateMetadata;
use crate::v1beta2::MachineTaint;

/// What control planes are cloned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeadmControlPlaneTemplateSpec {
    /// What the clones are made from.
    pub template: KubeadmControlPlaneTemplateResource,
}

/// Metadata and spec of a clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeadmControlPlaneTemplateResource {
    /// The spec.
    pub spec: KubeadmControlPlaneTemplateResourceSpec,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
}

/// The part of a control plane's spec that does not depend on the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct KubeadmControlPlaneTemplateResourceSpec {
    /// How its machines are bootstrapped.
    pub kubeadm_config_spec: KubeadmConfigSpec,
    /// How its machines are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_naming_strategy: Option<MachineNaming>,
    /// What its machines are made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_template: Option<TemplatedMachineTemplate>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation_strategy: Option<ControlPlaneRemediation>,
    /// From this time on (RFC3339) machines made before it are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub rollout_after: Option<String>,
    /// When machines are replaced ahead of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_before: Option<RolloutBefore>,
    /// How machines are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {"rollingUpdate": {"maxSurge": 1}, "type": "RollingUpdate"}))]
    pub rollout_strategy: Option<ControlPlaneStrategy>,
}

/// What the machines of a templated control plane are made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct TemplatedMachineTemplate {
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// How long the deletion of the node is tried, `10s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_deletion_timeout: Option<String>,
    /// How long draining the node may take; without limit where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_drain_timeout: Option<String>,
    /// How long detaching volumes may take; without limit where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_volume_detach_timeout: Option<String>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
}
