//! Columns of the built-in kinds, the same that upstream prints.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Printed, age_of, pod, text};
use crate::registry::Resource;

/// The columns of a built-in resource; a kind without columns of its own has name and age.
pub(super) fn columns(resource: &Resource) -> Vec<Printed<'static>> {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Namespace") => namespace(),
        ("", "Secret") => secret(),
        ("", "ConfigMap") => config_map(),
        ("", "ServiceAccount") => service_account(),
        ("", "Node") => node(),
        ("", "Pod") => pod::columns(),
        ("" | "events.k8s.io", "Event") => event(),
        ("coordination.k8s.io", "Lease") => lease(),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => created_at(),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => role_binding(),
        _ => vec![Printed::name(), age()],
    }
}

/// The age since creation.
pub(super) fn age() -> Printed<'static> {
    Printed::new(
        "Age",
        "string",
        "Time since the object was created; the server's clock decides.",
        |object, now| Value::String(age_of(object, "/metadata/creationTimestamp", now)),
    )
}

/// A column that shows the text of one field as it is.
pub(super) fn field(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Printed<'static> {
    Printed::new(name, "string", description, move |object, _| {
        Value::from(text(object, pointer))
    })
}

/// Some text, or `placeholder` where it is empty.
pub(super) fn or_else(text: &str, placeholder: &str) -> Value {
    Value::from(if text.is_empty() { placeholder } else { text })
}

fn namespace() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("Status", "/status/phase", "The status of the namespace"),
        age(),
    ]
}

fn secret() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field(
            "Type",
            "/type",
            "Used to facilitate programmatic handling of secret data.",
        ),
        Printed::new("Data", "string", "Number of data entries.", |object, _| {
            json!(entries(object, "/data"))
        }),
        age(),
    ]
}

fn config_map() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Data", "string", "Number of data entries.", |object, _| {
            json!(entries(object, "/data") + entries(object, "/binaryData"))
        }),
        age(),
    ]
}

fn service_account() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new(
            "Secrets",
            "string",
            "Number of secrets that it may use.",
            |object, _| {
                json!(
                    object
                        .pointer("/secrets")
                        .and_then(Value::as_array)
                        .map_or(0, Vec::len)
                )
            },
        ),
        age(),
    ]
}

fn entries(object: &Value, pointer: &str) -> usize {
    object
        .pointer(pointer)
        .and_then(Value::as_object)
        .map_or(0, serde_json::Map::len)
}

fn lease() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("Holder", "/spec/holderIdentity", "Who holds the lease."),
        age(),
    ]
}

/// Kinds for which upstream prints the moment of creation and not the age.
fn created_at() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new(
            "Created At",
            "date",
            "When the object was created.",
            |object, _| {
                object
                    .pointer("/metadata/creationTimestamp")
                    .cloned()
                    .unwrap_or(Value::Null)
            },
        ),
    ]
}

fn role_binding() -> Vec<Printed<'static>> {
    fn subjects(object: &Value, kind: &str) -> Value {
        let names: Vec<String> = object
            .pointer("/subjects")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|subject| text(subject, "/kind") == kind)
            .map(|subject| match text(subject, "/namespace") {
                "" => text(subject, "/name").to_owned(),
                namespace => format!("{namespace}/{}", text(subject, "/name")),
            })
            .collect();
        Value::String(names.join(", "))
    }
    vec![
        Printed::name(),
        Printed::new("Role", "string", "The role that is granted.", |object, _| {
            Value::String(format!(
                "{}/{}",
                text(object, "/roleRef/kind"),
                text(object, "/roleRef/name")
            ))
        }),
        age(),
        Printed::new("Users", "string", "Users that it is granted to.", |object, _| {
            subjects(object, "User")
        })
        .wide(),
        Printed::new(
            "Groups",
            "string",
            "Groups that it is granted to.",
            |object, _| subjects(object, "Group"),
        )
        .wide(),
        Printed::new(
            "ServiceAccounts",
            "string",
            "Service accounts that it is granted to.",
            |object, _| subjects(object, "ServiceAccount"),
        )
        .wide(),
    ]
}

fn node() -> Vec<Printed<'static>> {
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

fn event() -> Vec<Printed<'static>> {
    vec![
        Printed::new(
            "Last Seen",
            "string",
            "Time at which it was last seen.",
            |object, now| Value::String(last_seen(object, now)),
        ),
        field("Type", "/type", "Normal or Warning."),
        field("Reason", "/reason", "A word for why."),
        Printed::new("Object", "string", "What it is about.", |object, _| {
            Value::String(event_object(object))
        }),
        Printed::new(
            "Subobject",
            "string",
            "The part that it is about.",
            |object, _| {
                Value::from(either(
                    object,
                    "/involvedObject/fieldPath",
                    "/regarding/fieldPath",
                ))
            },
        )
        .wide(),
        Printed::new("Source", "string", "Who says it.", |object, _| {
            Value::String(event_source(object))
        })
        .wide(),
        Printed::new("Message", "string", "What happened.", |object, _| {
            Value::from(either(object, "/message", "/note").trim())
        }),
        Printed::new(
            "First Seen",
            "string",
            "Time at which it was first seen.",
            |object, now| Value::String(first_seen(object, now)),
        )
        .wide(),
        Printed::new("Count", "string", "How often it was seen.", |object, _| {
            json!(event_count(object))
        })
        .wide(),
        Printed::name().wide(),
    ]
}

/// The first of two fields that says something: events have other field names in `events.k8s.io`.
fn either<'a>(object: &'a Value, first: &str, second: &str) -> &'a str {
    match text(object, first) {
        "" => text(object, second),
        found => found,
    }
}

fn first_seen(event: &Value, now: Timestamp) -> String {
    ["/firstTimestamp", "/deprecatedFirstTimestamp"]
        .into_iter()
        .find(|pointer| !text(event, pointer).is_empty())
        .map_or_else(
            || age_of(event, "/eventTime", now),
            |pointer| age_of(event, pointer, now),
        )
}

fn last_seen(event: &Value, now: Timestamp) -> String {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
    ]
    .into_iter()
    .find(|pointer| !text(event, pointer).is_empty())
    .map_or_else(|| first_seen(event, now), |pointer| age_of(event, pointer, now))
}

fn event_object(event: &Value) -> String {
    let kind = either(event, "/involvedObject/kind", "/regarding/kind").to_lowercase();
    match either(event, "/involvedObject/name", "/regarding/name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    }
}

fn event_source(event: &Value) -> String {
    let first = |pointers: &[&str]| {
        pointers
            .iter()
            .map(|pointer| text(event, pointer))
            .find(|text| !text.is_empty())
            .unwrap_or("")
            .to_owned()
    };
    let component = first(&[
        "/source/component",
        "/deprecatedSource/component",
        "/reportingComponent",
        "/reportingController",
    ]);
    let instance = first(&["/source/host", "/deprecatedSource/host", "/reportingInstance"]);
    if instance.is_empty() {
        component
    } else {
        format!("{component}, {instance}")
    }
}

fn event_count(event: &Value) -> i64 {
    ["/series/count", "/count", "/deprecatedCount"]
        .into_iter()
        .filter_map(|pointer| event.pointer(pointer).and_then(Value::as_i64))
        .find(|count| *count > 0)
        // A single event of the newer API carries no count.
        .unwrap_or(1)
}
