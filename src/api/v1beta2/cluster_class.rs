//! ClusterClass: templates for clusters, their variables and the patches that bring these in.

mod patches;
mod variables;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DeploymentDeletion, DeploymentHealthCheckRemediation, DeploymentStrategy, DeprecatedStatus,
    HealthCheckRemediation, HealthChecks, Kind, MachineDeletion, MachineTaint, ReadinessGate,
    TemplateMetadata, VersionedReference, conditioned, metav1,
};
use crate::conditions::Condition;

pub use patches::*;
pub use variables::*;

/// The kind ClusterClass.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClusterClass;

impl Kind for ClusterClass {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "ClusterClass";
    const PLURAL: &'static str = "clusterclasses";
    type Spec = ClusterClassSpec;
    type Status = ClusterClassStatus;
}

conditioned!(ClusterClassStatus);

/// What clusters of a class are made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClusterClassSpec {
    /// The control plane.
    pub control_plane: ControlPlaneClass,
    /// Template of the infrastructure.
    pub infrastructure: InfrastructureClass,
    /// Further conditions that a cluster has to meet to be Available.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["conditionType"]))]
    pub availability_gates: Vec<ReadinessGate>,
    /// Versions that clusters of this class may have, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 256)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub kubernetes_versions: Vec<String>,
    /// How templates are changed by variables, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "atomic"))]
    pub patches: Vec<ClassPatch>,
    /// How clusters of this class are upgraded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<ClassUpgrade>,
    /// Variables that clusters of this class can set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "atomic"))]
    pub variables: Vec<ClassVariable>,
    /// The worker machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<WorkersClass>,
}

/// The control plane of a class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ControlPlaneClass {
    /// The template.
    pub template_ref: VersionedReference,
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletion>,
    /// How unhealthy machines are found and repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<ControlPlaneClassHealthCheck>,
    /// Template of the machines' infrastructure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_infrastructure: Option<ClassTemplate>,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// How the objects are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming: Option<NamingTemplate>,
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
}

/// How unhealthy control plane machines of a class are found and repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ControlPlaneClassHealthCheck {
    /// What tells that a machine is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<HealthChecks>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<HealthCheckRemediation>,
}

/// A template that a class uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassTemplate {
    /// The template.
    pub template_ref: VersionedReference,
}

/// How objects are named.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct NamingTemplate {
    /// Template of the names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub template: Option<String>,
}

/// The infrastructure cluster of a class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct InfrastructureClass {
    /// The template.
    pub template_ref: VersionedReference,
    /// How the objects are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming: Option<NamingTemplate>,
}

/// How clusters of a class are upgraded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ClassUpgrade {
    /// Extensions that plan upgrades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalUpgrade>,
}

/// Extensions that plan upgrades.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ExternalUpgrade {
    /// Extension that plans the steps of an upgrade.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub generate_upgrade_plan_extension: Option<String>,
}

/// The worker machines of a class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct WorkersClass {
    /// The machine deployments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["class"]))]
    pub machine_deployments: Vec<MachineDeploymentClass>,
    /// The machine pools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["class"]))]
    pub machine_pools: Vec<MachinePoolClass>,
}

/// A class of machine deployments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineDeploymentClass {
    /// Template of the bootstrap configuration.
    pub bootstrap: ClassTemplate,
    /// Name of the class.
    #[schemars(length(min = 1, max = 256))]
    pub class: String,
    /// Template of the infrastructure.
    pub infrastructure: ClassTemplate,
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<DeploymentDeletion>,
    /// The failure domain of its machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub failure_domain: Option<String>,
    /// How unhealthy machines are found and repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<MachineDeploymentClassHealthCheck>,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// Seconds that a machine has to be Ready before it counts as Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_ready_seconds: Option<i32>,
    /// How the objects are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming: Option<NamingTemplate>,
    /// Further conditions that machines have to meet to be Ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["conditionType"]))]
    pub readiness_gates: Vec<ReadinessGate>,
    /// How changes are rolled out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<DeploymentClassRollout>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
}

/// How unhealthy machines of a class are found and repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineDeploymentClassHealthCheck {
    /// What tells that a machine is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<HealthChecks>,
    /// How unhealthy machines are repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<DeploymentHealthCheckRemediation>,
}

/// How the deployments of a class replace machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct DeploymentClassRollout {
    /// How machines are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<DeploymentStrategy>,
}

/// A class of machine pools.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachinePoolClass {
    /// Template of the bootstrap configuration.
    pub bootstrap: ClassTemplate,
    /// Name of the class.
    #[schemars(length(min = 1, max = 256))]
    pub class: String,
    /// Template of the infrastructure.
    pub infrastructure: ClassTemplate,
    /// How long the steps of a deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<MachineDeletion>,
    /// The failure domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 256)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub failure_domains: Vec<String>,
    /// Labels and annotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// Seconds that a machine has to be Ready before it counts as Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_ready_seconds: Option<i32>,
    /// How the objects are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming: Option<NamingTemplate>,
    /// Taints of the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map"))]
    #[schemars(extend("x-kubernetes-list-map-keys" = ["key", "effect"]))]
    pub taints: Vec<MachineTaint>,
}

/// What is observed of a class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct ClusterClassStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub observed_generation: Option<i64>,
    /// The variables with their definitions, of the class and of extensions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "atomic"))]
    pub variables: Vec<VariableStatus>,
}
