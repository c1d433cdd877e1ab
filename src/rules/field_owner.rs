//! Who owns the fields of an object, as its managedFields say, and which of those owners write what stands in a repository.
//!
//! A tool that applies an object from a repository applies it again: what a person changes of its fields in the cluster is
//! taken back. Followed: Kubernetes' server-side apply, whose `fieldsV1` is a tree of `f:` (a field), `k:` (an element of a
//! list by its keys), `v:` (an element by its value) and `.` (the thing itself).
//!
//! Must not know: how an object is read, or what is done about its owners.

use serde_json::{Map, Value};

/// At most so many fields of one object are told; a person reads fewer.
pub const MOST_FIELDS: usize = 512;
/// No object is as deep.
const DEEPEST: usize = 64;

/// Somebody who has written fields of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The field manager.
    pub manager: String,
    /// Whether it applied them (server-side apply), which it does again; otherwise it wrote them once.
    pub applies: bool,
    /// The subresource by which it wrote, `status`; empty for none.
    pub subresource: String,
    /// Its fields as JSON pointers into the object, leaves alone; at most [`MOST_FIELDS`].
    pub pointers: Vec<String>,
}

impl Owner {
    /// Whether the field at `pointer` is its, or lies in what is its, or holds something that is its.
    pub fn owns(&self, pointer: &str) -> bool {
        self.pointers.iter().any(|own| touch(own, pointer))
    }

    /// Whether it will write its fields again: a tool that applies what stands in a repository. Those that do not use
    /// server-side apply write again as well.
    pub fn is_gitops(&self) -> bool {
        self.subresource.is_empty() && is_gitops(&self.manager)
    }
}

/// Whether of two fields, by their JSON pointers, one is or holds the other.
pub fn touch(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}

/// Whether the field `outer` is the field `inner`, or holds it.
fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Who has written which fields of `object`, from its managedFields.
pub fn owners(object: &Value) -> Vec<Owner> {
    let entries = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let text = |entry: &Value, field: &str| {
        let value = entry.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    entries
        .into_iter()
        .flatten()
        .map(|entry| {
            let mut pointers = Vec::new();
            if let Some(fields) = entry.get("fieldsV1").and_then(Value::as_object) {
                leaves(fields, Some(object), &mut String::new(), (&mut pointers, 0));
            }
            Owner {
                manager: text(entry, "manager"),
                applies: text(entry, "operation") == "Apply",
                subresource: text(entry, "subresource"),
                pointers,
            }
        })
        .collect()
}

/// Collects the leaves of a tree of fields. Elements of lists are found in the object, as only there they have a place.
fn leaves(
    fields: &Map<String, Value>,
    object: Option<&Value>,
    pointer: &mut String,
    (found, depth): (&mut Vec<String>, usize),
) {
    let mut is_leaf = true;
    for (key, below) in fields {
        let Some((step, object)) = step(key, object) else {
            // An element that is not there any more, or an item that is no field of its own.
            is_leaf &= key == ".";
            continue;
        };
        is_leaf = false;
        if found.len() >= MOST_FIELDS || depth >= DEEPEST {
            return;
        }
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step);
        match below.as_object() {
            Some(below) => leaves(below, object, pointer, (&mut *found, depth + 1)),
            None => found.push(pointer.clone()),
        }
        pointer.truncate(length);
    }
    if is_leaf && !pointer.is_empty() && found.len() < MOST_FIELDS {
        found.push(pointer.clone());
    }
}

/// One step down: how it is written in a JSON pointer, and what is there.
fn step<'a>(key: &str, object: Option<&'a Value>) -> Option<(String, Option<&'a Value>)> {
    let (sort, rest) = key.split_once(':')?;
    let list = object.and_then(Value::as_array);
    match sort {
        "f" => {
            let below = object.and_then(|object| object.get(rest));
            Some((rest.replace('~', "~0").replace('/', "~1"), below))
        }
        "k" => {
            let keys: Map<String, Value> = serde_json::from_str(rest).ok()?;
            let is_it = |element: &&Value| keys.iter().all(|(key, value)| element.get(key) == Some(value));
            let list = list?;
            let index = list.iter().position(|element| is_it(&element))?;
            Some((index.to_string(), list.get(index)))
        }
        "v" => {
            let value: Value = serde_json::from_str(rest).ok()?;
            let list = list?;
            let index = list.iter().position(|element| *element == value)?;
            Some((index.to_string(), list.get(index)))
        }
        _ => None,
    }
}

/// Field managers of tools that write what stands in a repository; each by its whole name, or by its beginning where that is
/// given with a `*`.
const GITOPS: [&str; 10] = [
    "argocd-controller",
    "argocd-application-controller",
    "argocd",
    "kustomize-controller",
    "helm-controller",
    "flux*",
    "gitops-*",
    "fleetagent",
    "config-sync*",
    "configsync.gke.io",
];

/// Whether a field manager is a tool that writes what stands in a repository.
pub fn is_gitops(manager: &str) -> bool {
    GITOPS.iter().any(|name| match name.strip_suffix('*') {
        Some(beginning) => manager.starts_with(beginning),
        None => manager == *name,
    })
}

/// Labels and annotations by which such tools mark what is theirs, and the tool.
const MARKS: [(&str, &str); 5] = [
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("configsync.gke.io/resource-id", "Config Sync"),
];

/// The tool that has marked the object as its own, and the mark.
pub fn marked(object: &Value) -> Option<(&'static str, &'static str)> {
    let has = |mark: &str| {
        ["/metadata/labels", "/metadata/annotations"]
            .iter()
            .any(|place| object.pointer(place).is_some_and(|map| map.get(mark).is_some()))
    };
    MARKS
        .into_iter()
        .find(|(mark, _)| has(mark))
        .map(|(mark, tool)| (tool, mark))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn owners_are_read_from_managed_fields() {
        let object = json!({
            "metadata": {
                "annotations": {"a/b": "1"},
                "finalizers": ["x", "y"],
                "managedFields": [
                    {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {
                        "f:metadata": {"f:annotations": {"f:a/b": {}}, "f:finalizers": {".": {}, "v:\"y\"": {}, "v:\"gone\"": {}}},
                        "f:spec": {"f:topology": {"f:workers": {"f:machineDeployments": {
                            "k:{\"name\":\"md-1\"}": {".": {}, "f:name": {}, "f:replicas": {}},
                            "k:{\"name\":\"gone\"}": {"f:replicas": {}},
                        }}}},
                    }},
                    {"manager": "manager", "operation": "Update", "subresource": "status",
                        "fieldsV1": {"f:status": {".": {}, "f:phase": {}}}},
                    {"manager": "old"},
                ],
            },
            "spec": {"topology": {"workers": {"machineDeployments": [
                {"name": "md-0", "replicas": 1}, {"name": "md-1", "replicas": 2}]}}},
        });
        let owners = owners(&object);
        assert_eq!(owners.len(), 3);
        assert_eq!(
            owners[0].pointers,
            [
                "/metadata/annotations/a~1b",
                "/metadata/finalizers/1",
                "/spec/topology/workers/machineDeployments/1/name",
                "/spec/topology/workers/machineDeployments/1/replicas",
            ]
        );
        assert!(owners[0].applies && owners[0].is_gitops());
        let replicas = |index: usize| format!("/spec/topology/workers/machineDeployments/{index}/replicas");
        assert!(owners[0].owns(&replicas(1)) && !owners[0].owns(&replicas(0)));
        // A field that holds some of its fields is written with them.
        assert!(owners[0].owns("/spec/topology/workers"));
        assert!(!owners[0].owns("/spec/topology/work"));
        assert!(!owners[0].owns("/spec/topology/version"));
        assert_eq!(owners[1].pointers, ["/status/phase"]);
        assert!(!owners[1].is_gitops());
        assert_eq!(owners[2].pointers, [""; 0]);
    }

    #[test]
    fn a_field_that_is_owned_as_a_whole_is_owned_below_too() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "kustomize-controller", "fieldsV1": {"f:spec": {"f:selector": {}, "f:template": {".": {}}}}}
        ]}});
        let owners = owners(&object);
        assert_eq!(owners[0].pointers, ["/spec/selector", "/spec/template"]);
        assert!(owners[0].owns("/spec/selector/matchLabels"));
    }

    #[test]
    fn what_is_owned_is_bounded_and_nonsense_is_left_out() {
        let many: Map<String, Value> = (0..5000).map(|index| (format!("f:{index}"), json!({}))).collect();
        let object = json!({"metadata": {"managedFields": [
            {"manager": "many", "fieldsV1": many}, {"manager": "odd", "fieldsV1": {"x": {}, "k:{": {}, "q:1": 3}}, 7
        ]}});
        let owners = owners(&object);
        assert_eq!(owners[0].pointers.len(), MOST_FIELDS);
        assert_eq!(owners[1].pointers, [""; 0]);
        // Deeper than any text is read.
        let deep = (0..500).fold(json!({}), |below, _| json!({"f:a": below}));
        let object = json!({"metadata": {"managedFields": [{"manager": "deep", "fieldsV1": deep}]}});
        assert!(super::owners(&object)[0].pointers.len() <= 1);
    }

    #[test]
    fn tools_that_apply_from_a_repository_are_known_and_controllers_are_not_taken_for_them() {
        let tools = [
            "argocd-controller",
            "argocd-application-controller",
            "kustomize-controller",
            "helm-controller",
            "flux-client-side-apply",
            "gitops-engine",
            "fleetagent",
            "configsync.gke.io",
        ];
        for tool in tools {
            assert!(is_gitops(tool), "{tool}");
        }
        for other in [
            "kubectl-edit",
            "kubectl-client-side-apply",
            "capi-topology",
            "capi-machinedeployment",
            "manager",
            "fleetui",
            "",
        ] {
            assert!(!is_gitops(other), "{other}");
        }
        let object = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}});
        assert_eq!(
            marked(&object),
            Some(("Flux", "kustomize.toolkit.fluxcd.io/name"))
        );
        assert_eq!(marked(&json!({"metadata": {"labels": {"app": "x"}}})), None);
    }
}
