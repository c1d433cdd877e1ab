//! Columns of the built-in kinds, the same that upstream prints.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes.

use serde_json::{Value, json};

use super::{Printed, age_of, control, events, network, nodes, pod, storage, text, workloads};
use crate::registry::Resource;

/// The columns of a built-in resource; a kind without columns of its own has name and age.
pub(super) fn columns(resource: &Resource) -> Vec<Printed<'static>> {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Namespace") => namespace(),
        ("", "Secret") => secret(),
        ("", "ConfigMap") => config_map(),
        ("", "ServiceAccount") => service_account(),
        ("", "Node") => nodes::columns(),
        ("", "Pod") => pod::columns(),
        ("" | "events.k8s.io", "Event") => events::columns(),
        ("coordination.k8s.io", "Lease") => lease(),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => created_at(),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => role_binding(),
        (_, kind) => workloads::columns(kind)
            .or_else(|| network::columns(kind))
            .or_else(|| storage::columns(kind))
            .or_else(|| control::columns(kind))
            .unwrap_or_else(|| vec![Printed::name(), age()]),
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

/// The elements of a list; nothing where there is none.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A number; zero where there is none.
pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// Whether something is said to be so.
pub(super) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// Texts with commas between them.
pub(super) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

/// A label selector, or a map of labels, as people write it.
pub(super) fn selector(selector: Option<&Value>) -> String {
    let Some(fields) = selector.and_then(Value::as_object) else {
        return "<none>".to_owned();
    };
    let structured = fields.contains_key("matchLabels") || fields.contains_key("matchExpressions");
    let labels = if structured {
        fields.get("matchLabels").and_then(Value::as_object)
    } else {
        Some(fields)
    };
    let labels = labels.into_iter().flatten();
    let mut terms: Vec<String> = labels
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    let expressions = if structured {
        fields.get("matchExpressions").and_then(Value::as_array)
    } else {
        None
    };
    for expression in expressions.into_iter().flatten() {
        let name = text(expression, "/key");
        let values = joined(list(expression, "/values").iter().filter_map(Value::as_str));
        terms.push(match text(expression, "/operator") {
            "In" => format!("{name} in ({values})"),
            "NotIn" => format!("{name} notin ({values})"),
            "DoesNotExist" => format!("!{name}"),
            _ => name.to_owned(),
        });
    }
    terms.sort_unstable();
    if terms.is_empty() {
        "<none>".to_owned()
    } else {
        terms.join(",")
    }
}

/// Names and images of the containers of the pod spec at a place, shown with `-o wide` only.
pub(super) fn wide_pod_columns(at: &'static str) -> [Printed<'static>; 2] {
    [
        ("Containers", "name", "Names of the containers."),
        ("Images", "image", "Images of the containers."),
    ]
    .map(|(name, what, description)| {
        Printed::new(name, "string", description, move |object, _| {
            let containers = list(object, &format!("{at}/containers")).iter();
            Value::String(joined(
                containers.filter_map(|container| container.get(what)?.as_str()),
            ))
        })
        .wide()
    })
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
pub(super) fn created_at() -> Vec<Printed<'static>> {
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
