//! Cluster API's v1beta2 kinds as Rust types: the fields that this program reads or writes.
//!
//! Reading is lenient: unknown fields are ignored, missing ones are empty. Because writers send only what changed between two
//! such values, fields that are not modelled here are never touched; where a whole object is copied (templates), the rest is
//! kept in `other`.
//!
//! Must not know: the Kubernetes client, or metadata, which every client library has its own type for.

mod cluster;
mod dev;
mod kubeadm_config;
mod kubeadm_control_plane;
mod machine;
mod machine_deployment;
mod machine_set;
mod metav1;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;

pub use cluster::{Cluster, ClusterInitialization, ClusterSpec, ClusterStatus, Endpoint, ReplicaCounters};
pub use dev::{
    DevCluster, DevClusterSpec, DevMachine, DevMachineBackend, DevMachineSpec, DevMachineTemplate,
    DevMachineTemplateResource, DevMachineTemplateSpec, InMemoryMachine, InfrastructureStatus, Provisioning,
    ProvisioningStep, StepDuration,
};
pub use kubeadm_config::{
    BootstrapFile, KubeadmConfig, KubeadmConfigInitialization, KubeadmConfigSpec, KubeadmConfigStatus,
    KubeadmConfigTemplate, KubeadmConfigTemplateResource, KubeadmConfigTemplateSpec,
};
pub use kubeadm_control_plane::{
    ControlPlaneMachineSpec, ControlPlaneMachineTemplate, ControlPlaneRollout, ControlPlaneStrategy,
    KubeadmControlPlane, KubeadmControlPlaneSpec, KubeadmControlPlaneStatus, SurgeOnly,
};
pub use machine::{
    Bootstrap, Machine, MachineAddress, MachineDeletionStatus, MachineInitialization, MachineSpec,
    MachineStatus, NodeReference, ReadinessGate,
};
pub use machine_deployment::{
    DeletionSpec, DeploymentRollout, DeploymentStrategy, LabelSelector, MachineDeployment,
    MachineDeploymentSpec, MachineDeploymentStatus, MachineTemplate, RollingUpdateBounds,
};
pub use machine_set::{MachineSet, MachineSetSpec, MachineSetStatus};

/// The version of all kinds here.
pub const VERSION: &str = "v1beta2";

/// A kind of object: its names and the types of its two halves.
pub trait Kind: Debug + Clone + Default + PartialEq + Send + Sync + 'static {
    /// Its API group.
    const GROUP: &'static str;
    /// Its kind, `MachineDeployment`.
    const KIND: &'static str;
    /// Its name in paths, `machinedeployments`.
    const PLURAL: &'static str;
    /// What is wished.
    type Spec: Body;
    /// What is observed.
    type Status: Body + Conditioned;
}

/// One half of an object.
pub trait Body:
    Debug + Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

impl<T> Body for T where
    T: Debug + Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

/// A status that carries conditions.
pub trait Conditioned {
    /// Its conditions, in the written order.
    fn conditions(&self) -> &[Condition];

    /// Its conditions, to be changed.
    fn conditions_mut(&mut self) -> &mut Vec<Condition>;
}

/// The status of kinds that have none that matters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NoStatus {
    #[serde(default, with = "metav1", skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Condition>,
}

macro_rules! conditioned {
    ($($status:ty),+) => {$(
        impl crate::v1beta2::Conditioned for $status {
            fn conditions(&self) -> &[crate::conditions::Condition] {
                &self.conditions
            }

            fn conditions_mut(&mut self) -> &mut Vec<crate::conditions::Condition> {
                &mut self.conditions
            }
        }
    )+};
}
use conditioned;

conditioned!(NoStatus);

/// A reference without version and namespace, as v1beta2 has it: the version follows from the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContractReference {
    /// The API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_group: String,
    /// The kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The name, in the namespace of whoever refers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Labels and annotations that a template gives to what is made from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateMetadata {
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// How many machines run a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VersionCount {
    /// The version, `v1.31.2`.
    pub version: String,
    /// Machines of it.
    pub replicas: i32,
}

/// Fields that are not modelled, kept for copying.
pub type Other = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_are_read_and_written_as_metav1_has_them() {
        let status = json!({
            "conditions": [{
                "type": "Ready", "status": "False", "reason": "NotReady", "message": "why",
                "lastTransitionTime": "2026-08-21T10:00:00Z", "observedGeneration": 3
            }],
            "phase": "Running",
            "deprecated": {"v1beta1": {}}
        });
        let parsed: MachineStatus = serde_json::from_value(status.clone()).expect("a status");
        assert_eq!(parsed.conditions()[0].reason, "NotReady");
        let written = serde_json::to_value(&parsed).expect("JSON");
        assert_eq!(written["conditions"], status["conditions"]);
        assert_eq!(
            written.get("deprecated"),
            None,
            "what is not modelled is not written"
        );
    }

    #[test]
    fn empty_is_written_as_nothing() {
        assert_eq!(
            serde_json::to_value(MachineStatus::default()).expect("JSON"),
            json!({})
        );
        assert_eq!(
            serde_json::to_value(ClusterSpec::default()).expect("JSON"),
            json!({})
        );
        assert_eq!(
            serde_json::to_value(MachineSpec::default()).expect("JSON"),
            json!({})
        );
    }

    #[test]
    fn a_machine_template_keeps_what_it_does_not_know() {
        let spec = json!({
            "clusterName": "c",
            "bootstrap": {"configRef": {"apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfigTemplate", "name": "t"}},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "t"},
            "version": "v1.31.0",
            "deletion": {"nodeDrainTimeoutSeconds": 60},
            "taints": [{"key": "a", "effect": "NoSchedule", "propagation": "Always"}]
        });
        let parsed: MachineSpec = serde_json::from_value(spec.clone()).expect("a spec");
        assert_eq!(serde_json::to_value(parsed).expect("JSON"), spec);
    }

    #[test]
    fn a_selector_without_labels_selects_nothing() {
        let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        assert!(!LabelSelector::default().selects(&labels));
        let selector = LabelSelector {
            match_labels: labels.clone(),
            ..LabelSelector::default()
        };
        assert!(selector.selects(&labels));
        assert_eq!(selector.text(), "a=b");
    }
}
