//! What somebody has set in a Cluster, its infrastructure, its control plane and its pools beside what a template asks: strategies,
//! limits of time, failure domains.

use serde_json::Value;

use super::text;
use crate::create::check::defaulted;
use crate::preflight::scene::stored;

/// Of a Cluster: what is answered, and what names its parts.
const OF_CLUSTER: &[&str] = &[
    "clusterNetwork.pods",
    "clusterNetwork.services",
    "clusterNetwork.serviceDomain",
    "controlPlaneRef",
    "infrastructureRef",
    "paused",
    "topology",
];
/// Of a control plane; kubeadm's part is looked at by itself.
const OF_CONTROL_PLANE: &[&str] = &[
    "kubeadmConfigSpec",
    "machineTemplate.metadata",
    "machineTemplate.spec.infrastructureRef",
    "replicas",
    "rollout.after",
    "version",
];
/// Of a pool.
const OF_POOL: &[&str] = &[
    "paused",
    "replicas",
    "rollout.after",
    "selector",
    "template.metadata",
    "template.spec.bootstrap",
    "template.spec.infrastructureRef",
    "template.spec.version",
];

/// An object in the version whose fields are compared, with what a webhook fills in: neither of that is anybody's own.
pub(super) fn comparable(object: &Value) -> Value {
    defaulted(stored(object).unwrap_or_else(|| object.clone()))
}

/// The fields of an object's `spec` that are told elsewhere, or that are the new cluster's own; nothing where its `spec` is not
/// looked at for itself.
pub(super) fn told_elsewhere(object: &Value) -> Option<&'static [&'static str]> {
    match text(object, "/kind") {
        "Cluster" => Some(OF_CLUSTER),
        "MachineDeployment" => Some(OF_POOL),
        kind if kind.ends_with("ControlPlane") => Some(OF_CONTROL_PLANE),
        // The infrastructure of a whole cluster.
        kind if kind.ends_with("Cluster") => Some(&[]),
        _ => None,
    }
}
