//! KubeadmControlPlane.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ContractReference, Kind, KubeadmConfigSpec, MachineDeletion, MachineNaming, MachineTaint, OldCondition,
    Other, ReadinessGate, TemplateMetadata, VersionCount, conditioned, metav1,
};
use crate::conditions::Condition;
use crate::structural::int_or_string;

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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("required" = ["machineTemplate", "version"]))]
pub struct KubeadmControlPlaneSpec {
    /// Wished machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// The Kubernetes version.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(length(min = 1, max = 256))]
    pub version: String,
    /// What its machines are made from.
    pub machine_template: ControlPlaneMachineTemplate,
    /// How its machines are bootstrapped; copied as it is.
    #[schemars(with = "KubeadmConfigSpec")]
    pub kubeadm_config_spec: Other,
    /// When and how changes are rolled out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<ControlPlaneRollout>,
    /// How its machines are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_naming: Option<MachineNaming>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<ControlPlaneRemediation>,
}

/// What control plane machines are made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("required" = ["spec"]))]
pub struct ControlPlaneMachineTemplate {
    /// Their labels and annotations.
    pub metadata: TemplateMetadata,
    /// Their spec.
    pub spec: ControlPlaneMachineSpec,
}

/// The part of a machine's spec that a control plane chooses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ControlPlaneMachineSpec {
    /// The template of their infrastructure.
    pub infrastructure_ref: ContractReference,
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletion>,
    /// Further conditions that machines have to meet to be Ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["conditionType"]))]
    pub readiness_gates: Vec<ReadinessGate>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
    /// Fields that this program does not know, kept for copying.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// When and how changes are rolled out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneRollout {
    /// From this time on (RFC3339) machines made before it are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub after: Option<String>,
    /// The strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<ControlPlaneStrategy>,
    /// When machines are replaced ahead of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<RolloutBefore>,
}

/// `RollingUpdate` is the only one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneStrategy {
    /// Bounds of a rolling update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling_update: Option<SurgeOnly>,
    /// `RollingUpdate` is the only one.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["RollingUpdate"]))]
    pub kind: String,
}

/// A control plane's bound: it may surge by one or by none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct SurgeOnly {
    /// Machines that may exist above the replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "int_or_string")]
    pub max_surge: Option<serde_json::Value>,
}

/// What is observed of a control plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct KubeadmControlPlaneStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What has been reached once; of it only `controlPlaneInitialized` is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<ControlPlaneInitialization>,
    /// The selector as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
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
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["version"]))]
    pub versions: Vec<VersionCount>,
    /// The lowest version of its machines; deprecated, but read by everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub version: Option<String>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<KubeadmControlPlaneDeprecated>,
    /// The last repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_remediation: Option<LastRemediation>,
}

conditioned!(KubeadmControlPlaneStatus);

/// How often and when unhealthy control plane machines are repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneRemediation {
    /// How often a repair is tried again; without end where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retry: Option<i32>,
    /// How long a machine has to be well before a failure counts as a new one, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_healthy_period_seconds: Option<i32>,
    /// Seconds to wait before the next try.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub retry_period_seconds: Option<i32>,
}

/// When machines are replaced ahead of an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct RolloutBefore {
    /// Days before the certificates expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 7))]
    pub certificates_expiry_days: Option<i32>,
}

/// What only older versions of the API show of a control plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct KubeadmControlPlaneDeprecated {
    /// What v1beta1 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta1: Option<KubeadmControlPlaneDeprecatedV1Beta1>,
}

/// What v1beta1 shows of a control plane's status.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct KubeadmControlPlaneDeprecatedV1Beta1 {
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// Why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10240))]
    pub failure_message: Option<String>,
    /// A word for why it failed for good; not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// Machines that are Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Machines that are not available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_replicas: Option<i32>,
    /// Machines that are as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_replicas: Option<i32>,
}

/// Milestones of a control plane; they are never taken back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneInitialization {
    /// Whether the control plane has ever taken requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_initialized: Option<bool>,
}

/// The last repair of a control plane machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct LastRemediation {
    /// Name of the machine.
    #[schemars(length(min = 1, max = 253))]
    pub machine: String,
    /// How often it has been tried again.
    #[schemars(range(min = 0))]
    pub retry_count: i32,
    /// When it happened.
    #[schemars(extend("format" = "date-time"))]
    pub time: String,
}
