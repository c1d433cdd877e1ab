//! MachineHealthCheck and MachineDrainRule.

use serde_json::{Value, json};

use fleetui_api::labels::CLUSTER_NAME;

use super::field::{integer, label_with_cluster, list, set_missing, text};
use super::machine::check_cluster_name;
use super::selector::Selector;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, replicas};

/// Seconds that a node may take to come up, where nothing else is said.
const NODE_STARTUP_TIMEOUT_SECONDS: i64 = 600;
/// The least of them; zero switches the check off.
const LEAST_NODE_STARTUP_TIMEOUT_SECONDS: i64 = 30;

#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature of all defaults in the table of rules"
)]
pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    label_with_cluster(object);
    set_missing(
        object,
        &["spec", "checks"],
        "nodeStartupTimeoutSeconds",
        json!(NODE_STARTUP_TIMEOUT_SECONDS),
    );
    Ok(())
}

pub(super) fn validate(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    let selector = object.pointer("/spec/selector").unwrap_or(&Value::Null);
    match Selector::read(selector) {
        Err(why) => verdict.add(Violation::invalid("spec.selector", selector, &why)),
        Ok(read) if read.is_empty() => {
            verdict.add(Violation::required("spec.selector", "selector must not be empty"));
        }
        Ok(_) => {}
    }
    let selected = selector
        .pointer("/matchLabels")
        .and_then(|labels| labels.get(CLUSTER_NAME))
        .and_then(Value::as_str);
    if selected.is_some_and(|selected| selected != text(object, "/spec/clusterName")) {
        verdict.add(Violation::invalid(
            "spec.selector",
            selector,
            "cannot specify a cluster selector other than the one specified by ClusterName",
        ));
    }
    check_cluster_name(write, verdict);
    check_checks(object.pointer("/spec"), "spec", &mut verdict.violations);
}

/// Judges the parts that a MachineHealthCheck shares with the health checks of topologies and classes.
pub(super) fn check_checks(health_check: Option<&Value>, path: &str, found: &mut Vec<Violation>) {
    let Some(health_check) = health_check else {
        return;
    };
    if let Some(seconds) = integer(health_check, "/checks/nodeStartupTimeoutSeconds")
        && seconds != 0
        && seconds < LEAST_NODE_STARTUP_TIMEOUT_SECONDS
    {
        found.push(Violation::invalid(
            format!("{path}.checks.nodeStartupTimeoutSeconds"),
            &json!(seconds),
            "must be at least 30s",
        ));
    }
    replicas::check_number_or_percentage(
        health_check.pointer("/remediation/triggerIf/unhealthyLessThanOrEqualTo"),
        &format!("{path}.remediation.triggerIf.unhealthyLessThanOrEqualTo"),
        found,
    );
}

pub(super) fn validate_drain_rule(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    let ordered = integer(object, "/spec/drain/order");
    if let (Some(order), "Skip" | "WaitCompleted") = (ordered, text(object, "/spec/drain/behavior")) {
        verdict.add(Violation::invalid(
            "spec.drain.order",
            &json!(order),
            "order must not be set if drain behavior is \"Skip\" or \"WaitCompleted\"",
        ));
    }
    for (items, fields) in [
        ("machines", ["selector", "clusterSelector"]),
        ("pods", ["selector", "namespaceSelector"]),
    ] {
        for (index, item) in list(object, &format!("/spec/{items}")).iter().enumerate() {
            for field in fields {
                let Some(selector) = item.get(field) else {
                    continue;
                };
                if let Err(why) = Selector::read(selector) {
                    verdict.add(Violation::invalid(
                        format!("spec.{items}[{index}].{field}"),
                        selector,
                        &why,
                    ));
                }
            }
        }
    }
}
