//! Columns of Nodes.
//!
//! Source: `printNode` in `pkg/printers/internalversion/printers.go` of Kubernetes.

use serde_json::Value;

use super::built_in::{age, field, or_else};
use super::{Printed, text};

/// The columns of a Node.
pub(super) fn columns() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Status", "string", "The status of the node", |object, _| {
            Value::String(node_status(object))
        }),
        Printed::new("Roles", "string", "The roles of the node", |object, _| {
            or_else(&node_roles(object), "<none>")
        }),
        age(),
        field(
            "Version",
            "/status/nodeInfo/kubeletVersion",
            "Kubelet Version reported by the node.",
        ),
        Printed::new(
            "Internal-IP",
            "string",
            "Addresses reachable to the node.",
            |object, _| or_else(node_address(object, "InternalIP"), "<none>"),
        )
        .wide(),
        Printed::new(
            "External-IP",
            "string",
            "Addresses reachable from outside.",
            |object, _| or_else(node_address(object, "ExternalIP"), "<none>"),
        )
        .wide(),
        node_info(
            "OS-Image",
            "/status/nodeInfo/osImage",
            "OS Image reported by the node.",
        ),
        node_info(
            "Kernel-Version",
            "/status/nodeInfo/kernelVersion",
            "Kernel Version reported by the node.",
        ),
        node_info(
            "Container-Runtime",
            "/status/nodeInfo/containerRuntimeVersion",
            "Container runtime version reported by the node.",
        ),
    ]
}

fn node_info(name: &'static str, pointer: &'static str, description: &'static str) -> Printed<'static> {
    Printed::new(name, "string", description, move |object, _| {
        or_else(text(object, pointer), "<unknown>")
    })
    .wide()
}

fn node_status(node: &Value) -> String {
    let ready = node
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|condition| text(condition, "/type") == "Ready");
    let mut status = match ready.map(|condition| text(condition, "/status")) {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    status
}

fn node_roles(node: &Value) -> String {
    let labels = node.pointer("/metadata/labels").and_then(Value::as_object);
    let mut roles: Vec<&str> = labels
        .into_iter()
        .flatten()
        .filter_map(
            |(label, value)| match label.strip_prefix("node-role.kubernetes.io/") {
                Some(role) => Some(role),
                None if label == "kubernetes.io/role" => value.as_str(),
                None => None,
            },
        )
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join(",")
}

fn node_address<'a>(node: &'a Value, kind: &str) -> &'a str {
    node.pointer("/status/addresses")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|address| text(address, "/type") == kind)
        .map_or("", |address| text(address, "/address"))
}
