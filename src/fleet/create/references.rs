//! What the objects of a new cluster refer to that is not among them. A server takes an object whatever it refers to, and Cluster API
//! then waits for what is missing for as long as it takes; so it is looked for before anything is written.
//!
//! Source: Cluster API v1beta1 (`apiVersion`, `kind`, `name`, sometimes `namespace`) and v1beta2 (`apiGroup`, `kind`, `name`).

use std::collections::BTreeSet;

use compact_str::CompactString;
use fleetui_api::kinds::{CORE, core};
use fleetui_api::labels;
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use serde_json::Value;

use crate::act::{Verb, Write};

/// The kinds of core's that say in `spec.clusterName` which Cluster they are of.
const OF_A_CLUSTER: [&str; 5] = [
    "Machine",
    "MachineDeployment",
    "MachineHealthCheck",
    "MachinePool",
    "MachineSet",
];

/// Fields below which anything may stand: values of a class's variables, and what its patches put in.
const FREE: [&str; 2] = ["variables", "patches"];

/// What an object refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The object that refers to it.
    pub by: ObjectKey,
    /// Where it does: `spec.template.spec.bootstrap.configRef`.
    pub field: String,
    /// What it refers to.
    pub target: ObjectKey,
    /// Its apiVersion; empty where only the group is said.
    pub api_version: CompactString,
    /// Whether nothing comes of the cluster without it. What else may be brought later is warned of.
    pub is_needed: bool,
    /// The namespace in which an object of that kind and name is created, where that is another one.
    pub elsewhere: Option<CompactString>,
}

impl Wanted {
    /// That it is missing, and what can be done, in a sentence.
    pub fn is_missing(&self) -> String {
        let Self {
            by, field, target, ..
        } = self;
        let place = &target.management_cluster;
        let what = match &self.elsewhere {
            Some(there) => format!(
                "it is created in namespace {there}, and has to be in {}",
                target.object.namespace
            ),
            None => format!("it is neither created with it nor in {place}: correct the name, or add it"),
        };
        let name = if target.object.namespace == by.object.namespace {
            target.object.name.to_string()
        } else {
            target.object.to_string()
        };
        format!(
            "{} {} refers to {} {name} in {field}; {what}",
            by.kind.kind, by.object, target.kind.kind
        )
    }

    /// What is to be said of it as it is there, where another Cluster than `cluster` has it already: whether that stands in the
    /// way, and what, in a sentence. Templates may serve several clusters, but go with the one that has them.
    pub fn is_anothers(&self, there: &Value, cluster: &ObjectName) -> Option<(bool, String)> {
        let owner = owner(there).filter(|owner| *owner != cluster.name)?;
        let Self {
            by, field, target, ..
        } = self;
        let refers = format!(
            "{} {} refers to {} {} in {field}",
            by.kind.kind, by.object, target.kind.kind, target.object.name
        );
        let serves_several = target.kind.kind.ends_with("Template") || target.kind == core("ClusterClass");
        Some(if serves_several {
            (
                false,
                format!("{refers}, which is Cluster {owner}'s and is deleted with it"),
            )
        } else {
            let what = format!(
                "{refers}, which is Cluster {owner}'s; two clusters cannot have it: name one of its own"
            );
            (true, what)
        })
    }

    /// That whether it is there could not be found out, in a sentence.
    pub fn is_not_known(&self, why: &dyn core::fmt::Display) -> String {
        let Self { by, target, .. } = self;
        format!(
            "whether {} {} is there, which {} {} refers to, is not known: {why}",
            target.kind.kind, target.object, by.kind.kind, by.object
        )
    }
}

/// The Cluster that has an object, by its owners or by its label.
fn owner(object: &Value) -> Option<&str> {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let text = |owner: &'_ Value, field: &str| owner.get(field).and_then(Value::as_str).map(str::to_owned);
    let is_cluster = |owner: &&Value| {
        let of_core =
            text(owner, "apiVersion").is_some_and(|version| version.starts_with(&format!("{CORE}/")));
        of_core && text(owner, "kind").as_deref() == Some("Cluster")
    };
    let named = owners.into_iter().flatten().find(is_cluster);
    let labels = object.pointer("/metadata/labels");
    named
        .and_then(|owner| owner.get("name")?.as_str())
        .or_else(|| labels?.get(labels::CLUSTER_NAME)?.as_str())
}

/// Why an object that is created is no part of the cluster that it is created with: it says that it is of another.
pub(super) fn of_another_cluster(object: &Value, key: &ObjectKey, cluster: &ObjectName) -> Option<String> {
    let is_of_one = &*key.kind.group == CORE && OF_A_CLUSTER.contains(&&*key.kind.kind);
    let named = object.pointer("/spec/clusterName").and_then(Value::as_str)?;
    let is_own = named == cluster.name && key.object.namespace == cluster.namespace;
    (is_of_one && !is_own).then(|| {
        format!(
            "{} {} would be of Cluster {}/{named} (spec.clusterName), and not of {cluster}, which is created: correct it, or leave it out",
            key.kind.kind, key.object, key.object.namespace
        )
    })
}

/// What objects that are created refer to that is not created with them, each thing once.
pub fn not_created(writes: &[Write]) -> Vec<Wanted> {
    let created = writes.iter().filter(|write| write.verb == Verb::Create);
    let targets: BTreeSet<&ObjectKey> = created.clone().map(|write| &write.target).collect();
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut all: Vec<Wanted> = created.flat_map(of).collect();
    // Of what is referred to twice, that counts which needs it.
    all.sort_by_key(|one| !one.is_needed);
    for mut one in all {
        let alike =
            |key: &&&ObjectKey| key.kind == one.target.kind && key.object.name == one.target.object.name;
        let namespaces: Vec<&CompactString> = targets
            .iter()
            .filter(alike)
            .map(|key| &key.object.namespace)
            .collect();
        // What is in no namespace is found from each.
        let is_created = namespaces
            .iter()
            .any(|there| there.is_empty() || **there == one.target.object.namespace);
        if !is_created && wanted.iter().all(|known| known.target != one.target) {
            one.elsewhere = namespaces.first().map(|there| (*there).clone());
            wanted.push(one);
        }
    }
    wanted
}

/// What an object refers to.
fn of(write: &Write) -> Vec<Wanted> {
    let by = &write.target;
    let group = &*by.kind.group;
    let mut found = Vec::new();
    if !(group == CORE || group.ends_with(".cluster.x-k8s.io")) {
        return found;
    }
    let Some(spec) = write.body.get("spec") else {
        return found;
    };
    walk(by, spec, "spec", &mut found);
    let mut add = |field: &str, kind: &str, object: ObjectName| {
        found.push(Wanted {
            by: by.clone(),
            field: field.to_owned(),
            target: ObjectKey::new(by.management_cluster.clone(), core(kind), object),
            api_version: CompactString::default(),
            is_needed: true,
            elsewhere: None,
        });
    };
    let text = |pointer: &str| {
        spec.pointer(pointer)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if group == CORE
        && OF_A_CLUSTER.contains(&&*by.kind.kind)
        && let Some(cluster) = text("/clusterName")
    {
        add(
            "spec.clusterName",
            "Cluster",
            ObjectName::new(&by.object.namespace, cluster),
        );
    }
    // The newer version says it in an object, the older one in a field of its own.
    for (field, name, namespace) in [
        (
            "spec.topology.classRef",
            "/topology/classRef/name",
            "/topology/classRef/namespace",
        ),
        (
            "spec.topology.class",
            "/topology/class",
            "/topology/classNamespace",
        ),
    ] {
        if by.kind == core("Cluster")
            && let Some(name) = text(name)
        {
            let namespace = text(namespace).unwrap_or(&by.object.namespace);
            add(field, "ClusterClass", ObjectName::new(namespace, name));
        }
    }
    found
}

/// References below a value: mappings with a kind, a name and a group. Without a group they are references only where it is known.
fn walk(by: &ObjectKey, value: &Value, path: &str, found: &mut Vec<Wanted>) {
    match value {
        Value::Object(fields) => {
            if let Some(wanted) = reference(by, value, path) {
                return found.push(wanted);
            }
            // What is written there is for others to read.
            for (name, value) in fields.iter().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                walk(by, value, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                walk(by, value, &format!("{path}[{at}]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A mapping as the reference that it is; nothing where it is none.
fn reference(by: &ObjectKey, value: &Value, path: &str) -> Option<Wanted> {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let (kind, name, api_version) = (text("kind"), text("name"), text("apiVersion"));
    if kind.is_empty() || name.is_empty() {
        return None;
    }
    let named = if api_version.is_empty() {
        value.get("apiGroup").and_then(Value::as_str)
    } else {
        Some(api_version.split_once('/').map_or("", |(group, _)| group))
    };
    let (group, api_version) = match named {
        Some(group) => (group, api_version),
        // They stand for themselves: an identity of the provider's, or what is brought into clusters.
        None if path.ends_with(".identityRef") || &*by.kind.kind == "ClusterResourceSet" => match kind {
            "Secret" | "ConfigMap" => ("", "v1"),
            _ => (&*by.kind.group, ""),
        },
        None => return None,
    };
    let namespace = value.get("namespace").and_then(Value::as_str);
    let namespace = namespace.filter(|namespace| !namespace.is_empty());
    let object = ObjectName::new(namespace.unwrap_or(&by.object.namespace), name);
    Some(Wanted {
        by: by.clone(),
        field: path.to_owned(),
        target: ObjectKey::new(by.management_cluster.clone(), GroupKind::new(group, kind), object),
        api_version: api_version.into(),
        is_needed: named.is_some(),
        elsewhere: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::mgmt;

    fn created(object: Value) -> Write {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let api_version = text("/apiVersion");
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let object_name = ObjectName::new(&text("/metadata/namespace"), &text("/metadata/name"));
        Write {
            target: ObjectKey::new(mgmt("here"), GroupKind::new(group, &text("/kind")), object_name),
            uid: CompactString::default(),
            api_version: api_version.as_str().into(),
            verb: Verb::Create,
            body: object,
            fields: Vec::new(),
        }
    }

    fn told(objects: Vec<Value>) -> Vec<String> {
        let writes: Vec<Write> = objects.into_iter().map(created).collect();
        let line = |one: Wanted| {
            let sign = if one.is_needed { "" } else { "?" };
            format!(
                "{sign}{} {} {} {}",
                one.field, one.target.kind, one.target.object, one.api_version
            )
        };
        not_created(&writes).into_iter().map(line).collect()
    }

    fn object(api_version: &str, kind: &str, spec: &Value) -> Value {
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "c", "namespace": "team"}, "spec": spec})
    }

    #[test]
    fn both_versions_say_what_they_refer_to() {
        let old = object(
            "cluster.x-k8s.io/v1beta1",
            "Cluster",
            &json!({
                "controlPlaneRef": {"apiVersion": "controlplane.cluster.x-k8s.io/v1beta1", "kind": "KubeadmControlPlane", "name": "cp"},
                "topology": {"class": "quick", "classNamespace": "classes", "variables": [
                    {"name": "image", "value": {"apiVersion": "v1", "kind": "Pod", "name": "not-ours"}},
                ]},
            }),
        );
        assert_eq!(
            told(vec![old]),
            [
                "spec.controlPlaneRef KubeadmControlPlane.controlplane.cluster.x-k8s.io team/cp controlplane.cluster.x-k8s.io/v1beta1",
                "spec.topology.class ClusterClass.cluster.x-k8s.io classes/quick ",
            ]
        );
        let new = object(
            "cluster.x-k8s.io/v1beta2",
            "Cluster",
            &json!({
                "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "dev"},
                "topology": {"classRef": {"name": "quick"}},
            }),
        );
        assert_eq!(
            told(vec![new]),
            [
                "spec.infrastructureRef DevCluster.infrastructure.cluster.x-k8s.io team/dev ",
                "spec.topology.classRef ClusterClass.cluster.x-k8s.io team/quick ",
            ]
        );
    }

    #[test]
    fn identities_and_what_is_brought_later_are_not_needed() {
        let infrastructure = object(
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "AWSCluster",
            &json!({"identityRef": {"kind": "AWSClusterRoleIdentity", "name": "role"}, "bastion": {"kind": "small", "name": "b"}}),
        );
        let secret = object(
            "infrastructure.cluster.x-k8s.io/v1beta1",
            "VSphereCluster",
            &json!({"identityRef": {"kind": "Secret", "name": "password"}}),
        );
        assert_eq!(
            told(vec![infrastructure, secret]),
            [
                "?spec.identityRef AWSClusterRoleIdentity.infrastructure.cluster.x-k8s.io team/role ",
                "?spec.identityRef Secret team/password v1",
            ]
        );
    }

    #[test]
    fn the_objects_of_others_are_not_read() {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
            "spec": {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}},
        });
        assert_eq!(told(vec![binding]), Vec::<String>::new());
    }
}
