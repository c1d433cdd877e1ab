//! The demo's ClusterClass, with the templates that it names. No cluster refers to it, as nobody here reconciles topologies.

use fleetui_api::kinds;
use serde_json::{Value, json};

use super::objects::{join, kubelet};

/// Its name, and that of its templates.
const NAME: &str = "standard";

/// All of it, in an order in which no reference dangles.
pub(crate) fn objects(namespace: &str) -> Vec<Value> {
    let metadata = json!({ "name": NAME, "namespace": namespace });
    let object = |group: &str, kind: &str, spec: Value| {
        json!({
            "apiVersion": format!("{group}/v1beta2"),
            "kind": kind,
            "metadata": metadata,
            "spec": spec,
        })
    };
    let template =
        |group: &str, kind: &str, spec: Value| object(group, kind, json!({ "template": { "spec": spec } }));
    let in_memory = json!({ "backend": { "inMemory": {} } });
    let plane =
        json!({ "kubeadmConfigSpec": { "initConfiguration": kubelet(), "joinConfiguration": join() } });
    let variables = json!([{
        "name": "zone",
        "required": false,
        "schema": { "openAPIV3Schema": {
            "type": "string",
            "enum": ["a", "b"],
            "default": "a",
            "description": "The failure domain of the workers.",
        } },
    }]);
    let class = json!({
        "infrastructure": reference(kinds::INFRASTRUCTURE, "DevClusterTemplate"),
        "controlPlane": {
            "templateRef": reference(kinds::CONTROL_PLANE, "KubeadmControlPlaneTemplate")["templateRef"],
            "machineInfrastructure": reference(kinds::INFRASTRUCTURE, "DevMachineTemplate"),
        },
        "workers": { "machineDeployments": [{
            "class": "worker",
            "bootstrap": reference(kinds::BOOTSTRAP, "KubeadmConfigTemplate"),
            "infrastructure": reference(kinds::INFRASTRUCTURE, "DevMachineTemplate"),
        }] },
        "variables": variables,
    });
    vec![
        template(kinds::INFRASTRUCTURE, "DevClusterTemplate", in_memory.clone()),
        template(kinds::INFRASTRUCTURE, "DevMachineTemplate", in_memory),
        template(kinds::CONTROL_PLANE, "KubeadmControlPlaneTemplate", plane),
        template(
            kinds::BOOTSTRAP,
            "KubeadmConfigTemplate",
            json!({ "joinConfiguration": join() }),
        ),
        object(kinds::CORE, "ClusterClass", class),
    ]
}

fn reference(group: &str, kind: &str) -> Value {
    json!({ "templateRef": { "apiVersion": format!("{group}/v1beta2"), "kind": kind, "name": NAME } })
}
