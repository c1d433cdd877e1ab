//! What a Machine reads from its Node, and writes on it.

use std::collections::BTreeMap;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::Machine;
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use k8s_openapi::api::core::v1::Node;
use kube::core::ApiResource;
use serde_json::{Value, json};

use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::object::{Metadata, Object};

/// Node conditions that have to be False.
const PRESSURES: [&str; 3] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

/// `status.nodeInfo` as a Machine has it.
pub(super) fn info(node: &Node) -> BTreeMap<String, Value> {
    let info = node.status.as_ref().and_then(|status| status.node_info.as_ref());
    match info.and_then(|info| serde_json::to_value(info).ok()) {
        Some(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// The node as a target of writes.
pub(super) fn target(name: &str) -> WorkloadTarget {
    WorkloadTarget {
        resource: ApiResource::erase::<Node>(&()),
        namespace: None,
        name: name.to_owned(),
    }
}

/// Marks the node as not to be used for new pods; nothing where it is.
pub(super) fn cordon(machine: &Object<Machine>, node: &Node) -> Option<Change> {
    (!is_cordoned(node)).then(|| write(machine, node, json!({"spec": {"unschedulable": true}})))
}

/// Whether the node takes no new pods.
pub(super) fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true)
}

/// Merges `patch` into the node.
pub(super) fn write(machine: &Object<Machine>, node: &Node, patch: Value) -> Change {
    Change::Workload {
        cluster: ObjectName::new(machine.namespace(), &machine.spec.cluster_name),
        write: WorkloadWrite::Patch {
            target: target(node.metadata.name()),
            status: false,
            patch,
        },
    }
}

/// `NodeReady` and `NodeHealthy` of a node that is there.
pub(super) fn conditions(node: &Node) -> [Condition; 2] {
    let reported = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    let find = |kind: &str| reported.iter().find(|condition| condition.type_ == kind);
    let ready = match find("Ready") {
        None => condition(
            "NodeReady",
            ConditionStatus::Unknown,
            "NodeReadyUnknown",
            "* Node.Ready: Condition not yet reported",
        ),
        Some(ready) => {
            let status = ConditionStatus::parse(&ready.status);
            let reason = match status {
                ConditionStatus::True => "NodeReady",
                ConditionStatus::False => "NodeNotReady",
                ConditionStatus::Unknown => "NodeReadyUnknown",
            };
            let message = match status {
                ConditionStatus::True => String::new(),
                ConditionStatus::False | ConditionStatus::Unknown => {
                    told("Ready", ready.message.as_deref(), ready.reason.as_deref())
                }
            };
            condition("NodeReady", status, reason, message)
        }
    };
    let mut issues = Vec::new();
    let mut unknown = Vec::new();
    for (kind, good) in [("Ready", "True")]
        .into_iter()
        .chain(PRESSURES.map(|kind| (kind, "False")))
    {
        match find(kind) {
            Some(found) if found.status == good => {}
            Some(found) => {
                let text = told(kind, found.message.as_deref(), found.reason.as_deref());
                if found.status == "Unknown" {
                    unknown.push(text);
                } else {
                    issues.push(text);
                }
            }
            None => unknown.push(format!("* Node.{kind}: Condition not yet reported")),
        }
    }
    let (status, reason) = match (issues.is_empty(), unknown.is_empty()) {
        (false, _) => (ConditionStatus::False, "NodeNotHealthy"),
        (true, false) => (ConditionStatus::Unknown, "NodeHealthyUnknown"),
        (true, true) => (ConditionStatus::True, "NodeHealthy"),
    };
    issues.append(&mut unknown);
    [ready, condition("NodeHealthy", status, reason, issues.join("\n"))]
}

fn told(kind: &str, message: Option<&str>, reason: Option<&str>) -> String {
    let text = message
        .filter(|text| !text.is_empty())
        .or(reason)
        .unwrap_or_default();
    format!("* Node.{kind}: {text}")
}
