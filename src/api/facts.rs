//! The facts of an object, read the same way from all three API eras.

use compact_str::CompactString;
use fleetui_base::{GroupKind, ObjectName};
use jiff::Timestamp;
use serde_json::Value;

use crate::conditions::Condition;
use crate::kinds::Role;

/// What lists, the tree and triage need of an object, whatever API version it was read in.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// `cluster.x-k8s.io/v1beta2`.
    pub api_version: CompactString,
    /// Group and kind.
    pub kind: GroupKind,
    /// The part that it plays.
    pub role: Role,
    /// Namespace and name.
    pub object: ObjectName,
    /// Its identity; another life of the same name has another.
    pub uid: CompactString,
    /// The resourceVersion it was read at.
    pub resource_version: CompactString,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When its deletion was asked for.
    pub deleting_since: Option<Timestamp>,
    /// Finalizers that are left.
    pub finalizers: Vec<CompactString>,
    /// Name of the Cluster that it belongs to; of a Cluster, its own.
    pub cluster: Option<CompactString>,
    /// Its controlling owner, else its first one.
    pub owner: Option<Reference>,
    /// Whether it belongs to a control plane (the label).
    pub control_plane: bool,
    /// Reference to the infrastructure object (`infrastructureRef`), where it has one.
    pub infrastructure: Option<Reference>,
    /// Reference to the bootstrap configuration (Machine) or to its template (MachineDeployment, MachineSet).
    pub bootstrap: Option<Reference>,
    /// Reference to the control plane (Cluster).
    pub control_plane_reference: Option<Reference>,
    /// Replica counters, where it has them. Of a Cluster: control plane and workers together.
    pub replicas: Option<Replicas>,
    /// The Kubernetes version that it asks for.
    pub version: Option<CompactString>,
    /// Its phase, as it says itself.
    pub phase: Option<CompactString>,
    /// The Node that runs a Machine.
    pub node: Option<CompactString>,
    /// The provider's id of a machine.
    pub provider_id: Option<CompactString>,
    /// Its conditions: the metav1 ones where it has any, else the old ones.
    pub conditions: Vec<Condition>,
    /// Whether it is paused itself, by spec or annotation (of a Cluster: with all that belongs to it).
    pub paused: bool,
    /// The topology that manages it: of a Cluster the class's name, of others whether the topology owns them.
    pub topology: Option<CompactString>,
    /// Bounds of the cluster autoscaler, where it owns the replicas.
    pub autoscaler: Option<(i64, i64)>,
    /// What could not be read: path and what was found there. Never empties the rest.
    pub broken: Vec<CompactString>,
}

/// A reference to an object of the same management cluster and namespace, without its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Group and kind.
    pub kind: GroupKind,
    /// Name.
    pub name: CompactString,
    /// The uid, where the reference has one.
    pub uid: Option<CompactString>,
}

/// Replica counters. A counter that the object does not report is absent, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replicas {
    /// Wished.
    pub desired: Option<i64>,
    /// Existing.
    pub current: Option<i64>,
    /// Ready.
    pub ready: Option<i64>,
    /// Available.
    pub available: Option<i64>,
    /// Of the current template.
    pub up_to_date: Option<i64>,
}

impl Facts {
    /// Reads an object. Nothing in it can make this fail: what has the wrong shape is listed in `broken`.
    pub fn read(object: &Value) -> Self {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let api_version = text("/apiVersion");
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let kind = GroupKind::new(group, text("/kind"));
        Self {
            api_version: api_version.into(),
            role: Role::of(&kind),
            kind,
            object: ObjectName::new(text("/metadata/namespace"), text("/metadata/name")),
            uid: text("/metadata/uid").into(),
            resource_version: text("/metadata/resourceVersion").into(),
            created: text("/metadata/creationTimestamp").parse().ok(),
            deleting_since: text("/metadata/deletionTimestamp").parse().ok(),
            finalizers: Vec::new(),
            cluster: None,
            owner: None,
            control_plane: false,
            infrastructure: None,
            bootstrap: None,
            control_plane_reference: None,
            replicas: None,
            version: None,
            phase: None,
            node: None,
            provider_id: None,
            conditions: Vec::new(),
            paused: false,
            topology: None,
            autoscaler: None,
            broken: Vec::new(),
        }
    }
}
