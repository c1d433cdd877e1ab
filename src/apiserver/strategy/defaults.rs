//! What upstream fills in where an object of a built-in kind says nothing. Clients rely on it: kubectl reads the replicas of
//! a Deployment without asking whether they are there.
//!
//! Addresses, ports of nodes and all else that somebody has to give out are not defaults and stay out.
//!
//! Source: `pkg/apis/*/v1/defaults.go`.

mod hooks;
mod network;
mod pod;
mod workloads;

use serde_json::{Map, Value, json};

use crate::registry::Resource;

/// Fills in what is missing in an object.
pub(super) fn complete(resource: &Resource, object: &mut Value) {
    let fill = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::pod,
        ("", "podtemplates") => pod_template,
        ("", "services") => network::service,
        ("", "endpoints") => network::endpoints,
        ("", "limitranges") => limit_range,
        ("", "persistentvolumeclaims") => claim,
        ("", "persistentvolumes") => volume,
        ("", "replicationcontrollers") => workloads::replication_controller,
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations") => hooks::mutating,
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations") => hooks::validating,
        ("admissionregistration.k8s.io", "validatingadmissionpolicies") => hooks::policy,
        ("apps", "deployments") => workloads::deployment,
        ("apps", "replicasets") => workloads::replica_set,
        ("apps", "statefulsets") => workloads::stateful_set,
        ("apps", "daemonsets") => workloads::daemon_set,
        ("autoscaling", "horizontalpodautoscalers") => workloads::autoscaler,
        ("batch", "jobs") => workloads::job,
        ("batch", "cronjobs") => workloads::cron_job,
        ("discovery.k8s.io", "endpointslices") => network::slice,
        ("networking.k8s.io", "networkpolicies") => network::policy,
        ("networking.k8s.io", "ingressclasses") => network::ingress_class,
        ("storage.k8s.io", "storageclasses") => storage_class,
        ("scheduling.k8s.io", "priorityclasses") => priority_class,
        _ => return,
    };
    if let Some(object) = object.as_object_mut() {
        fill(object);
    }
}

/// Fills in what a new object gets once, when its name and uid are known.
pub(super) fn complete_new(resource: &Resource, object: &mut Value) {
    if let ("batch", "jobs", Some(object)) = (
        resource.group.as_str(),
        resource.plural.as_str(),
        object.as_object_mut(),
    ) {
        workloads::bind_job(object);
    }
}

/// What a container may use where it says nothing, from what it may use at most; and what it asks for, from either.
fn limit_range(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| {
        each(spec, "limits", |limit| {
            if text_of(limit, "type") != "Container" {
                return;
            }
            for (field, from) in [
                ("default", "max"),
                ("defaultRequest", "default"),
                ("defaultRequest", "min"),
            ] {
                let Some(Value::Object(known)) = limit.get(from).cloned() else {
                    continue;
                };
                with(limit, field, |amounts| {
                    for (name, amount) in known {
                        missing(amounts, &name, amount);
                    }
                });
            }
        });
    });
}

fn pod_template(object: &mut Map<String, Value>) {
    within(object, "template", pod::template);
}

fn claim(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| text(spec, "volumeMode", "Filesystem"));
}

fn volume(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| {
        text(spec, "persistentVolumeReclaimPolicy", "Retain");
        text(spec, "volumeMode", "Filesystem");
        within(spec, "hostPath", |path| missing(path, "type", json!("")));
    });
}

fn storage_class(object: &mut Map<String, Value>) {
    text(object, "reclaimPolicy", "Delete");
    text(object, "volumeBindingMode", "Immediate");
}

fn priority_class(object: &mut Map<String, Value>) {
    text(object, "preemptionPolicy", "PreemptLowerPriority");
}

/// Puts a value where there is none.
fn missing(map: &mut Map<String, Value>, field: &str, value: Value) {
    if map.get(field).is_none_or(Value::is_null) {
        map.insert(field.to_owned(), value);
    }
}

/// Puts a text where there is none, or an empty one: the two are the same to upstream's types.
fn text(map: &mut Map<String, Value>, field: &str, value: &str) {
    let there = map.get(field).and_then(Value::as_str);
    if there.is_none_or(str::is_empty) {
        map.insert(field.to_owned(), json!(value));
    }
}

/// Puts a number where there is none, or 0.
fn number(map: &mut Map<String, Value>, field: &str, value: i64) {
    if map.get(field).is_none_or(|there| there.is_null() || *there == 0) {
        map.insert(field.to_owned(), json!(value));
    }
}

/// Lets `work` have a part that is there.
fn within(map: &mut Map<String, Value>, field: &str, work: impl FnOnce(&mut Map<String, Value>)) {
    if let Some(Value::Object(part)) = map.get_mut(field) {
        work(part);
    }
}

/// Lets `work` have a part, which is made where there is none.
fn with(map: &mut Map<String, Value>, field: &str, work: impl FnOnce(&mut Map<String, Value>)) {
    missing(map, field, json!({}));
    within(map, field, work);
}

/// Lets `work` have each entry of a list of objects.
fn each(map: &mut Map<String, Value>, field: &str, mut work: impl FnMut(&mut Map<String, Value>)) {
    let list = map.get_mut(field).and_then(Value::as_array_mut);
    for entry in list.into_iter().flatten() {
        if let Value::Object(entry) = entry {
            work(entry);
        }
    }
}

/// The text of a field; empty where there is none.
fn text_of<'a>(map: &'a Map<String, Value>, field: &str) -> &'a str {
    map.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
