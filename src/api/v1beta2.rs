//! Cluster API's v1beta2 kinds as Rust types. The schemas of their definitions are derived from these, descriptions included.
//!
//! Reading is lenient: unknown fields are ignored, missing ones are empty. Because writers send only what changed between two
//! such values, fields that a newer version may have are never touched; where a whole object is copied (templates), they are
//! kept in `other`.
//!
//! Must not know: the Kubernetes client, or metadata, which every client library has its own type for.

mod cluster;
mod cluster_class;
mod cluster_resource_set;
mod deprecated;
mod dev;
mod extension_config;
mod health_check;
mod ip_address;
mod kubeadm;
mod kubeadm_config;
mod kubeadm_control_plane;
mod kubeadm_control_plane_template;
mod machine;
mod machine_deployment;
mod machine_drain_rule;
mod machine_health_check;
mod machine_pool;
mod machine_set;
pub(crate) mod metav1;
mod provider;
mod references;
mod selector;
mod topology;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;

pub use cluster::*;
pub use cluster_class::*;
pub use cluster_resource_set::*;
pub use deprecated::*;
pub use dev::*;
pub use extension_config::*;
pub use health_check::*;
pub use ip_address::*;
pub use kubeadm::*;
pub use kubeadm_config::*;
pub use kubeadm_control_plane::*;
pub use kubeadm_control_plane_template::*;
pub use machine::*;
pub use machine_deployment::*;
pub use machine_drain_rule::*;
pub use machine_health_check::*;
pub use machine_pool::*;
pub use machine_set::*;
pub use provider::*;
pub use references::*;
pub use selector::*;
pub use topology::*;

/// The version of all kinds here.
pub const VERSION: &str = "v1beta2";

/// A kind of object: its names and the types of its two halves.
pub trait Kind: Debug + Clone + Default + PartialEq + Send + Sync + 'static {
    /// Its API group.
    const GROUP: &'static str;
    /// The version in which it is read and written.
    const VERSION: &'static str = VERSION;
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

/// Fields that are not modelled, kept for copying.
pub type Other = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
            "newer": {"than": "this"}
        });
        let parsed: MachineStatus = serde_json::from_value(status.clone()).expect("a status");
        assert_eq!(parsed.conditions()[0].reason, "NotReady");
        let written = serde_json::to_value(&parsed).expect("JSON");
        assert_eq!(written["conditions"], status["conditions"]);
        assert_eq!(written.get("newer"), None, "what is not known is not written");
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
            "taints": [{"key": "a", "effect": "NoSchedule", "propagation": "Always"}],
            "newer": {"than": "this"}
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
        assert_eq!(selector.text().as_deref(), Some("a=b"));
    }
}
