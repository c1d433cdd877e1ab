//! In which order objects are created: each finds what it refers to, and nothing begins to act before all that it needs is there.

use serde_json::Value;

/// What others need comes first. Until its Cluster is there, no object of a cluster does anything; so what is interrupted before
/// has made nothing but objects.
fn rank(object: &Value) -> u8 {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (group, kind) = (
        text("/apiVersion").split_once('/').map_or("", |(group, _)| group),
        text("/kind"),
    );
    match kind {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "Secret" | "ConfigMap" | "ServiceAccount" => 2,
        _ if kind.ends_with("Identity") => 3,
        _ if kind.ends_with("Template") => 4,
        "ClusterClass" => 5,
        "Cluster" if group == "cluster.x-k8s.io" => 7,
        "MachineDeployment" | "MachinePool" | "MachineSet" | "Machine" | "MachineHealthCheck"
        | "MachineDrainRule" | "ClusterResourceSet" => 8,
        _ => 6,
    }
}

/// The objects in the order in which they are created; of those alike, the one that stands first.
pub fn ordered(mut objects: Vec<Value>) -> Vec<Value> {
    objects.sort_by_key(rank);
    objects
}
