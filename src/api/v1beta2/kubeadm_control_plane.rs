//! KubeadmControlPlane.

use serde::{Deserialize, Serialize};

use super::{
    ClusterInitialization, ContractReference, Kind, Other, TemplateMetadata, VersionCount, conditioned,
    metav1,
};
use crate::conditions::Condition;

/// The kind KubeadmControlPlane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubeadmControlPlane;

impl Kind for KubeadmControlPlane {
    const GROUP: &'static str = crate::kinds::CONTROL_PLANE;
    const KIND: &'static str = "KubeadmControlPlane";
    const PLURAL: &'static str = "kubeadmcontrolplanes";
    type Spec = KubeadmControlPlaneSpec;
    type Status = KubeadmControlPlaneStatus;
}

/// What is wished of a control plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmControlPlaneSpec {
    /// Wished machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// The Kubernetes version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What its machines are made from.
    pub machine_template: ControlPlaneMachineTemplate,
    /// How its machines are bootstrapped; copied as it is.
    pub kubeadm_config_spec: Other,
    /// When and how changes are rolled out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<ControlPlaneRollout>,
}

/// What control plane machines are made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ControlPlaneMachineTemplate {
    /// Their labels and annotations.
    pub metadata: TemplateMetadata,
    /// Their spec.
    pub spec: ControlPlaneMachineSpec,
}

/// The part of a machine's spec that a control plane chooses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneMachineSpec {
    /// The template of their infrastructure.
    pub infrastructure_ref: ContractReference,
    /// Fields that are only copied: deletion timeouts, taints, readiness gates.
    #[serde(flatten)]
    pub other: Other,
}

/// When and how changes are rolled out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ControlPlaneRollout {
    /// From this time on (RFC3339) machines made before it are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<ControlPlaneStrategy>,
}

/// `RollingUpdate` is the only one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneStrategy {
    /// Bounds of a rolling update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling_update: Option<SurgeOnly>,
}

/// A control plane's bound: it may surge by one or by none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SurgeOnly {
    /// Machines that may exist above the replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<serde_json::Value>,
}

/// What is observed of a control plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmControlPlaneStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What has been reached once; of it only `controlPlaneInitialized` is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<ClusterInitialization>,
    /// The selector as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Machines that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Machines that are Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Machines that are Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_replicas: Option<i32>,
    /// Machines that are as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_date_replicas: Option<i32>,
    /// Machines by version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCount>,
    /// The lowest version of its machines; deprecated, but read by everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

conditioned!(KubeadmControlPlaneStatus);
