//! Taints that machines may be given.

use serde_json::Value;

use super::labels::{key_faults, value_faults};
use super::violation::Violation;

/// Judges the taints of machines at `path`. Those of workers may not have the control plane's.
pub(super) fn check(taints: &[Value], path: &str, workers: bool, found: &mut Vec<Violation>) {
    for (index, taint) in taints.iter().enumerate() {
        let text = |field: &str| taint.get(field).and_then(Value::as_str).unwrap_or_default();
        let (key, value) = (text("key"), text("value"));
        let at_key = format!("{path}[{index}].key");
        if let Some(why) = reserved(key) {
            found.push(Violation::invalid_text(&at_key, key, why));
        }
        if workers && key == "node-role.kubernetes.io/control-plane" {
            found.push(Violation::invalid_text(
                &at_key,
                key,
                "taint is not allowed for worker Machines",
            ));
        }
        for fault in key_faults(key) {
            found.push(Violation::invalid_text(&at_key, key, &fault));
        }
        for fault in value_faults(value) {
            found.push(Violation::invalid_text(
                format!("{path}[{index}].value"),
                value,
                &fault,
            ));
        }
    }
}

/// Why a key belongs to somebody else.
fn reserved(key: &str) -> Option<&'static str> {
    match key {
        "node.cluster.x-k8s.io/uninitialized" | "node.cluster.x-k8s.io/outdated-revision" => {
            Some("taint key is not allowed")
        }
        "node.kubernetes.io/out-of-service" => None,
        "node-role.kubernetes.io/master" => {
            Some("taint is deprecated since 1.24 and should not be used anymore")
        }
        key if key.starts_with("node.kubernetes.io/") => Some(
            "taint key must not have the prefix node.kubernetes.io/, except for node.kubernetes.io/out-of-service",
        ),
        key if key.starts_with("node.cloudprovider.kubernetes.io/") => {
            Some("taint key must not have the prefix node.cloudprovider.kubernetes.io/")
        }
        _ => None,
    }
}
