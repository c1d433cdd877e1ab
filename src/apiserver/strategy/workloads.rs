//! What is demanded of what runs nowhere here: enough that a manifest that Kubernetes refuses is refused here too, in the
//! same words, for the mistakes that people make.
//!
//! Source: `pkg/apis/{apps,batch,core,coordination,policy}/validation/validation.go`.

use std::collections::HashSet;

use serde_json::Value;

use crate::registry::Resource;
use crate::schema::causes::{Path, shown};
use crate::selector::labels;
use crate::status::Cause;

/// Checks an object; `old` is the one that it replaces.
pub(super) fn check(resource: &Resource, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = Vec::new();
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            causes.extend(replicas(object));
            causes.extend(strategy(resource, object));
            selected_template(object, old, &mut causes);
        }
        ("", "nodes") => taints(object, &mut causes),
        ("", "pods") => containers("spec.containers", object.pointer("/spec/containers"), &mut causes),
        ("batch", "jobs") => template(object, &mut causes),
        ("batch", "cronjobs") => causes.extend(schedule(object)),
        ("policy", "poddisruptionbudgets") => causes.extend(one_bound(object)),
        ("", "services") => service(object, &mut causes),
        ("coordination.k8s.io", "leases") => lease(object, &mut causes),
        _ => {}
    }
    causes
}

fn replicas(object: &Value) -> Option<Cause> {
    at_least(
        object,
        ("/spec/replicas", "spec.replicas"),
        0,
        "must be greater than or equal to 0",
    )
}

/// A number that is there and smaller than it may be.
fn at_least(object: &Value, (pointer, field): (&str, &str), least: i64, why: &str) -> Option<Cause> {
    let number = object.pointer(pointer).and_then(Value::as_i64)?;
    (number < least).then(|| Cause::invalid(field, &number.to_string(), why))
}

/// What only a rolling update has.
fn strategy(resource: &Resource, object: &Value) -> Option<Cause> {
    let (field, other) = match resource.plural.as_str() {
        "deployments" => ("strategy", "Recreate"),
        "statefulsets" => ("updateStrategy", "OnDelete"),
        _ => return None,
    };
    let strategy = object.pointer("/spec")?.get(field)?;
    let wrong = strategy.get("type").and_then(Value::as_str) == Some(other)
        && strategy
            .get("rollingUpdate")
            .is_some_and(|update| !update.is_null());
    let why = match field {
        "strategy" => "may not be specified when strategy `type` is 'Recreate'",
        _ => "only allowed for updateStrategy 'RollingUpdate'",
    };
    wrong.then(|| Cause::forbidden(&format!("spec.{field}.rollingUpdate"), why))
}

/// The effects of a taint.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

fn taints(node: &Value, causes: &mut Vec<Cause>) {
    let taints = node.pointer("/spec/taints").and_then(Value::as_array);
    let mut seen = HashSet::new();
    for (index, taint) in taints.into_iter().flatten().enumerate() {
        let field = format!("spec.taints[{index}]");
        let text = |part: &str| taint.get(part).and_then(Value::as_str).unwrap_or_default();
        let (key, effect) = (text("key"), text("effect"));
        let named = |why| Cause::invalid(&format!("{field}.key"), &format!("{key:?}"), why);
        causes.extend(labels::name_flaws(key).into_iter().map(named));
        if effect.is_empty() {
            causes.push(Cause::required(&format!("{field}.effect"), ""));
        } else if !EFFECTS.contains(&effect) {
            causes.push(Cause::not_supported(&format!("{field}.effect"), effect, &EFFECTS));
        }
        if !seen.insert((key, effect)) {
            let path = Path::Root;
            let path = path.field(&field);
            causes.push(Cause::duplicate(&path, &shown(taint)));
        }
    }
}

fn lease(object: &Value, causes: &mut Vec<Cause>) {
    let duration = ("/spec/leaseDurationSeconds", "spec.leaseDurationSeconds");
    causes.extend(at_least(object, duration, 1, "must be greater than 0"));
    let moves = ("/spec/leaseTransitions", "spec.leaseTransitions");
    causes.extend(at_least(object, moves, 0, "must be greater than or equal to 0"));
}

/// Five fields, or one of the words that stand for them.
fn schedule(object: &Value) -> Option<Cause> {
    const FIELD: &str = "spec.schedule";
    let text = object.pointer("/spec/schedule").and_then(Value::as_str);
    let text = text.unwrap_or_default();
    let fields: Vec<&str> = text.split_whitespace().collect();
    match fields.as_slice() {
        [] => Some(Cause::required(FIELD, "")),
        [word, ..] if word.starts_with('@') || fields.len() == 5 => None,
        _ => {
            let why = format!(
                "expected exactly 5 fields, found {}: [{}]",
                fields.len(),
                fields.join(" ")
            );
            Some(Cause::invalid(FIELD, &format!("{text:?}"), &why))
        }
    }
}

/// A budget says how many have to stay, or how many may go.
fn one_bound(object: &Value) -> Option<Cause> {
    let spec = object.get("spec")?;
    let said = |bound: &str| spec.get(bound).is_some_and(|value| !value.is_null());
    let both = said("minAvailable") && said("maxUnavailable");
    let why = "minAvailable and maxUnavailable cannot be both set";
    both.then(|| Cause::invalid_value(&Path::Field(&Path::Root, "spec"), spec, why))
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

/// A selector that selects the Pods of the template, and stays as it is.
fn selected_template(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let selector = object.pointer("/spec/selector");
    if selector.is_none_or(Value::is_null) {
        causes.push(Cause::required("spec.selector", ""));
    } else if is_empty(selector) {
        let why = "empty selector is invalid for deployment";
        causes.push(Cause::invalid("spec.selector", "{}", why));
    } else if let Some(labels) = selector.and_then(|selector| selector.get("matchLabels")) {
        let of_template = object.pointer("/spec/template/metadata/labels");
        let matches = labels.as_object().is_none_or(|labels| {
            let has = |name: &String, value: &Value| of_template.and_then(|all| all.get(name)) == Some(value);
            labels.iter().all(|(name, value)| has(name, value))
        });
        if !matches {
            causes.push(Cause::invalid(
                "spec.template.metadata.labels",
                &shown(of_template.unwrap_or(&Value::Null)),
                "`selector` does not match template `labels`",
            ));
        }
    }
    if let Some(old) = old.and_then(|old| old.pointer("/spec/selector"))
        && selector != Some(old)
    {
        let value = shown(selector.unwrap_or(&Value::Null));
        causes.push(Cause::invalid("spec.selector", &value, "field is immutable"));
    }
    template(object, causes);
}

fn template(object: &Value, causes: &mut Vec<Cause>) {
    let found = object.pointer("/spec/template/spec/containers");
    containers("spec.template.spec.containers", found, causes);
}

fn containers(field: &str, containers: Option<&Value>, causes: &mut Vec<Cause>) {
    if is_empty(containers) {
        causes.push(Cause::required(field, ""));
    }
    let each = containers.and_then(Value::as_array).into_iter().flatten();
    for (index, container) in each.enumerate() {
        for part in ["name", "image"] {
            if is_empty(container.get(part)) {
                causes.push(Cause::required(&format!("{field}[{index}].{part}"), ""));
            }
        }
    }
}

/// A Service has ports, but for those that are only names, or have no address by choice.
fn service(object: &Value, causes: &mut Vec<Cause>) {
    let text = |field: &str| object.pointer(field).and_then(Value::as_str).unwrap_or_default();
    let portless = text("/spec/type") == "ExternalName" || text("/spec/clusterIP") == "None";
    let ports = object.pointer("/spec/ports");
    if is_empty(ports) && !portless {
        causes.push(Cause::required("spec.ports", ""));
    }
    let each = ports.and_then(Value::as_array).into_iter().flatten();
    for (index, port) in each.enumerate() {
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        if !(1..=65_535).contains(&number) {
            let field = format!("spec.ports[{index}].port");
            let why = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(&field, &number.to_string(), why));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry::builtin;

    fn told((group, plural): (&str, &str), object: &Value, old: Option<&Value>) -> Vec<String> {
        let resource = builtin::resources()
            .find(|resource| resource.is(group, plural))
            .unwrap();
        let causes = check(&resource, object, old).into_iter();
        causes
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect()
    }

    fn deployment(selector: &Value, labels: &Value, containers: &Value) -> Value {
        json!({"spec": {"selector": selector, "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}}})
    }

    #[test]
    fn mistakes_of_manifests_are_told() {
        let kind = ("apps", "deployments");
        let (labels, container) = (json!({"a": "b"}), json!([{"name": "c", "image": "i"}]));
        let selector = json!({"matchLabels": labels});
        let good = deployment(&selector, &labels, &container);
        assert_eq!(told(kind, &good, Some(&good)), Vec::<String>::new());
        for (bad, field) in [
            (
                deployment(&Value::Null, &labels, &container),
                "spec.selector: Required value",
            ),
            (
                deployment(&selector, &json!({"a": "c"}), &container),
                "spec.template.metadata.labels: Invalid value",
            ),
            (
                deployment(&selector, &labels, &json!([])),
                "spec.template.spec.containers: Required value",
            ),
            (
                {
                    let mut both = good.clone();
                    both["spec"]["strategy"] = json!({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}});
                    both
                },
                "spec.strategy.rollingUpdate: Forbidden: may not be specified",
            ),
            (
                deployment(&selector, &labels, &json!([{"name": "c"}])),
                "spec.template.spec.containers[0].image: Required value",
            ),
        ] {
            let found = told(kind, &bad, None);
            assert!(found.len() == 1 && found[0].starts_with(field), "{found:?}");
        }
        let other = deployment(
            &json!({"matchLabels": {"x": "y"}}),
            &json!({"x": "y"}),
            &container,
        );
        let found = told(kind, &other, Some(&good));
        assert!(
            found.len() == 1 && found[0].ends_with("field is immutable"),
            "{found:?}"
        );
    }

    #[test]
    fn services_pods_and_leases_are_looked_at() {
        for (kind, bad, field) in [
            (
                ("", "services"),
                json!({"spec": {}}),
                "spec.ports: Required value",
            ),
            (
                ("", "services"),
                json!({"spec": {"ports": [{"port": 0}]}}),
                "spec.ports[0].port: Invalid value",
            ),
            (
                ("", "pods"),
                json!({"spec": {}}),
                "spec.containers: Required value",
            ),
            (
                ("", "nodes"),
                json!({"spec": {"taints": [{"key": "a", "effect": "Wrong"}]}}),
                "spec.taints[0].effect: Unsupported value: \"Wrong\"",
            ),
            (
                ("", "nodes"),
                json!({"spec": {"taints": [{"key": "a", "effect": "NoExecute"}, {"key": "a", "effect": "NoExecute"}]}}),
                "spec.taints[1]: Duplicate value",
            ),
            (
                ("coordination.k8s.io", "leases"),
                json!({"spec": {"leaseDurationSeconds": -1}}),
                "spec.leaseDurationSeconds: Invalid value: -1: must be greater than 0",
            ),
        ] {
            let found = told(kind, &bad, None);
            assert!(found.len() == 1 && found[0].starts_with(field), "{found:?}");
        }
        for (kind, good) in [
            (("", "services"), json!({"spec": {"clusterIP": "None"}})),
            (("", "services"), json!({"spec": {"type": "ExternalName"}})),
            (
                ("coordination.k8s.io", "leases"),
                json!({"spec": {"leaseDurationSeconds": 15}}),
            ),
            (("", "configmaps"), json!({})),
        ] {
            assert_eq!(told(kind, &good, None), Vec::<String>::new());
        }
    }
}
