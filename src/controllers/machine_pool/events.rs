//! What people are told of a MachinePool: which nodes are its own.

use fleetui_api::v1beta2::{MachinePool, ObjectReference};

use super::observe::{Observed, listed};
use crate::events::Happening;
use crate::object::Object;

/// What is told when the pool becomes `new`. Nodes that are not there (yet, or for now) are not told of.
pub(super) fn happenings(observed: &Observed, new: &Object<MachinePool>) -> Vec<Happening> {
    let old = observed.pool.as_ref();
    let nodes = new.status.node_refs.as_slice();
    if old.status.node_refs == nodes || (nodes.is_empty() && !listed(&observed.infrastructure).is_empty()) {
        return Vec::new();
    }
    let nodes: Vec<String> = nodes.iter().map(shown).collect();
    let message = format!("[{}]", nodes.join(" "));
    vec![Happening::normal(old, "SuccessfulSetNodeRefs", message)]
}

/// A reference as upstream's Event has it: with all of its fields, in the order of the Go type.
fn shown(node: &ObjectReference) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    format!(
        "{{Kind:{} Namespace:{} Name:{} UID:{} APIVersion:{} ResourceVersion:{} FieldPath:{}}}",
        text(&node.kind),
        text(&node.namespace),
        text(&node.name),
        text(&node.uid),
        text(&node.api_version),
        text(&node.resource_version),
        text(&node.field_path),
    )
}
