//! KubeadmControlPlaneTemplate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ControlPlaneRemediation, ControlPlaneRollout, KubeadmConfigSpec, MachineDeletion, MachineNaming,
    MachineTaint, TemplateMetadata,
};

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
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmControlPlaneTemplateResource {
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// The spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<KubeadmControlPlaneTemplateResourceSpec>,
}

/// The part of a control plane's spec that does not depend on the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmControlPlaneTemplateResourceSpec {
    /// How its machines are bootstrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeadm_config_spec: Option<KubeadmConfigSpec>,
    /// How its machines are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_naming: Option<MachineNaming>,
    /// What its machines are made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_template: Option<TemplatedMachineTemplate>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<ControlPlaneRemediation>,
    /// How changes are rolled out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<ControlPlaneRollout>,
}

/// What the machines of a templated control plane are made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct TemplatedMachineTemplate {
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// The spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<TemplatedMachineSpec>,
}

/// The part of a machine's spec that a templated control plane chooses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct TemplatedMachineSpec {
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletion>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
}
