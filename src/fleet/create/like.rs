//! The cluster that a new one is to be like: which objects of it are read, and what of these the new one will not have. The answers
//! say only what a template asks; everything else that somebody has given a cluster is told, so that nobody believes it is there.
//!
//! Source: Cluster API v1beta2 and v1beta1: `KubeadmControlPlane.spec.kubeadmConfigSpec`, `KubeadmConfigTemplate.spec.template.spec`.

mod settings;

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::kinds::{Role, core};
use fleetui_api::labels;
use fleetui_api::secret_fields::LAST_APPLIED;
use fleetui_base::{ObjectKey, ObjectName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::creation::CREATION;
use super::form::{Field, Form};
use super::from_cluster::control_plane;
use super::input::Input;
use super::places::Places;
use super::pools::FIRST;
use crate::act::plan::{Around, members};
use crate::row::Row;
use settings::{comparable, told_elsewhere};

/// Labels and annotations that controllers and clients write themselves.
const OWN: [&str; 15] = [
    labels::CLUSTER_NAME,
    labels::CONTROL_PLANE,
    labels::CONTROL_PLANE_NAME,
    labels::DEPLOYMENT_NAME,
    labels::SET_NAME,
    labels::PROVIDER,
    labels::PAUSED,
    labels::CLONED_FROM_NAME,
    labels::CLONED_FROM_GROUP_KIND,
    labels::REVISION,
    labels::DESIRED_REPLICAS,
    labels::MAX_REPLICAS,
    "controlplane.cluster.x-k8s.io/kubeadm-cluster-configuration",
    LAST_APPLIED,
    CREATION,
];
/// Groups of such annotations: what topologies note, and what a conversion between versions keeps.
const OWN_GROUPS: [&str; 3] = [
    "topology.cluster.x-k8s.io/",
    "conversion.fleetui.dev/",
    "cluster.x-k8s.io/conversion-data",
];
/// Fields of templates and of kubeadm's that follow from the cluster, or that a webhook fills in.
const FOLLOWS: [&str; 6] = [
    "installerRef",
    "clusterName",
    "controlPlaneEndpoint",
    "kubernetesVersion",
    "networking",
    "format",
];
/// Fields of kubeadm's that are told in words of their own.
const COMMANDS: [&str; 2] = ["preKubeadmCommands", "postKubeadmCommands"];
const FILES: &str = "files";
/// The field of a template by which its machines choose hosts.
const SELECTOR: &str = "selector";
/// What no template here makes, and is told by its number.
const COUNTED: [Role; 2] = [Role::MachinePool, Role::MachineHealthCheck];
/// Files that are named; of more it is said how many.
const MOST_FILES: usize = 4;

/// The cluster that a new one is to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Like {
    /// The Cluster.
    pub cluster: ObjectKey,
    /// What of it the new one will not have, or why that is not known, in a sentence; nothing where there is nothing to say, and
    /// until its objects were read. Not yet safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

impl Like {
    pub(super) fn new(cluster: ObjectKey) -> Self {
        Self { cluster, told: None }
    }

    /// The objects that have to be read to know what of the cluster the new one will not have; none where it is gone.
    pub fn objects(&self, around: &Around<'_>) -> Vec<ObjectKey> {
        let Some(cluster) = around.store.get(&self.cluster) else {
            return Vec::new();
        };
        let deployments = members(around.store, cluster, Role::MachineDeployment);
        let makers = control_plane(around, cluster).into_iter().chain(deployments);
        let all = std::iter::once(cluster).chain(makers);
        let mut keys: Vec<ObjectKey> = all.flat_map(|row| with_referred(row)).collect();
        for role in COUNTED {
            keys.extend(members(around.store, cluster, role).map(|row| row.key()));
        }
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        keys
    }
}

/// An object, and what it refers to.
fn with_referred(row: &Row) -> Vec<ObjectKey> {
    let facts = &row.facts;
    let referred = facts.bootstrap.iter().chain(&facts.infrastructure);
    let referred = referred.map(|reference| {
        let name = ObjectName::new(&facts.object.namespace, &reference.name);
        ObjectKey::new(row.management_cluster.clone(), reference.kind.clone(), name)
    });
    std::iter::once(row.key()).chain(referred).collect()
}

impl Form {
    /// Takes of the objects of the cluster that it is to be like what is an answer that nobody has given yet, and holds all else
    /// against its own objects; `unread` is why not all of them could be read.
    pub fn compare(&mut self, objects: &[Value], unread: Option<&str>) {
        let Some(cluster) = self.like.as_ref().map(|like| like.cluster.object.clone()) else {
            return;
        };
        self.fill(objects);
        let mut parts = Comparison::new(self, &cluster.name).of(objects);
        let told = match unread {
            Some(why) if parts.is_empty() => Some(format!(
                "what of {cluster} is not taken over is not all known: {why}; its own labels, annotations, files and commands are not"
            )),
            unread => {
                parts.extend(
                    unread.map(|why| format!("and perhaps more, as not all of it could be read: {why}")),
                );
                (!parts.is_empty()).then(|| format!("not taken over from {cluster}: {}", parts.join("; ")))
            }
        };
        if let Some(like) = &mut self.like {
            like.told = told;
        }
    }
}

impl Form {
    /// Answers what stands in the objects in the place of a question that is not answered.
    fn fill(&mut self, objects: &[Value]) {
        let made = self.outlined();
        let places = Places::of(self);
        let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for ((origin, pointer), variable) in places.iter() {
            let is_open = |field: &&Field| {
                let is_plain = matches!(field.input, Input::Text | Input::Domain);
                is_plain && field.answer.is_empty() && !field.is_secret()
            };
            let Some(field) = self.field(variable).filter(is_open) else {
                continue;
            };
            let made = made.iter().find(|made| made.origin == *origin);
            let kind = made.map_or("", |made| text(&made.object, "/kind"));
            let there = objects.iter().filter(|object| text(object, "/kind") == kind);
            let there = there.filter_map(|object| field.input.read_there(object.pointer(pointer)?));
            found.entry(variable).or_default().extend(there);
        }
        let found: Vec<(String, String)> = found
            .into_iter()
            .filter_map(|(variable, answers)| {
                let answer = answers.first().filter(|_| answers.len() == 1)?;
                let default = self.field(variable)?.default.as_deref();
                (default != Some(answer)).then(|| (variable.to_owned(), answer.clone()))
            })
            .collect();
        for (variable, answer) in found {
            self.answer(&variable, &answer);
        }
    }
}

/// The objects of a cluster beside those that the template makes.
struct Comparison<'a> {
    cluster: &'a str,
    made: Vec<Value>,
    /// Bootstrap and infrastructure templates of pools, and the pool that each is of.
    pools: BTreeMap<(String, String), String>,
}

impl<'a> Comparison<'a> {
    fn new(form: &Form, cluster: &'a str) -> Self {
        Self {
            cluster,
            made: form
                .outlined()
                .into_iter()
                .map(|made| comparable(&made.object))
                .collect(),
            pools: BTreeMap::new(),
        }
    }

    /// What each of the objects has that the new cluster will not have.
    fn of(mut self, objects: &[Value]) -> Vec<String> {
        let objects: Vec<Value> = objects.iter().map(comparable).collect();
        for object in objects
            .iter()
            .filter(|object| text(object, "/kind") == "MachineDeployment")
        {
            for pointer in [
                "/spec/template/spec/bootstrap/configRef",
                "/spec/template/spec/infrastructureRef",
            ] {
                let name = |field: &str| text(object, &format!("{pointer}/{field}")).to_owned();
                let own = self.own_name(object);
                let pools = self.pools.entry((name("kind"), name("name"))).or_default();
                // Several pools may be made from one template.
                *pools = if pools.is_empty() {
                    own
                } else {
                    format!("{pools} and {own}")
                };
            }
        }
        let mut parts: Vec<String> = Vec::new();
        // What several objects of one part have is told together.
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        let kind = |object: &Value| Role::of(&core(text(object, "/kind")));
        for object in objects.iter().filter(|object| !COUNTED.contains(&kind(object))) {
            let what = self.lacks(object);
            let part = self.part(object);
            match told.iter_mut().find(|(known, _)| *known == part) {
                Some((_, all)) => all.extend(what),
                None => told.push((part, what)),
            }
        }
        for (part, what) in told.into_iter().filter(|(_, what)| !what.is_empty()) {
            parts.push(if part.is_empty() {
                what.join(", ")
            } else {
                format!("of {part} {}", what.join(", "))
            });
        }
        for role in COUNTED {
            let alike = || objects.iter().filter(|object| kind(object) == role);
            let name = alike().next().map(|object| text(object, "/kind"));
            parts.extend(name.map(|name| match alike().count() {
                1 => format!("a {name}"),
                count => format!("{count} {name}s"),
            }));
        }
        parts
    }

    /// How a pool is called within its cluster.
    fn own_name(&self, object: &Value) -> String {
        let name = text(object, "/metadata/name");
        let own = name
            .strip_prefix(self.cluster)
            .and_then(|rest| rest.strip_prefix('-'));
        own.unwrap_or(name).to_owned()
    }

    /// The part of the cluster that an object is of; empty where it is the Cluster itself.
    fn part(&self, object: &Value) -> String {
        let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
        match kind {
            // Its infrastructure is one with it.
            kind if kind.ends_with("Cluster") => String::new(),
            "MachineDeployment" => self.own_name(object),
            _ => {
                let pool = self.pools.get(&(kind.to_owned(), name.to_owned()));
                pool.cloned().unwrap_or_else(|| "the control plane".to_owned())
            }
        }
    }

    /// The object of the template that stands for one: of its kind, and of its part where there are several.
    fn counterpart(&self, object: &Value) -> Option<&Value> {
        let kind = text(object, "/kind");
        let is_of_pool = kind == "MachineDeployment"
            || self
                .pools
                .contains_key(&(kind.to_owned(), text(object, "/metadata/name").to_owned()));
        let same_kind = || self.made.iter().filter(|made| text(made, "/kind") == kind);
        let of_part = same_kind().find(|made| text(made, "/metadata/name").ends_with(FIRST) == is_of_pool);
        of_part.or_else(|| same_kind().next())
    }

    fn lacks(&self, object: &Value) -> Vec<String> {
        let nothing = Value::Null;
        let made = self.counterpart(object).unwrap_or(&nothing);
        let mut found = Vec::new();
        // Where the machines' labels and annotations stand.
        for (metadata, of) in [
            ("/metadata", ""),
            ("/spec/template/metadata", " of machines"),
            ("/spec/machineTemplate/metadata", " of machines"),
        ] {
            // Nothing but Clusters, control planes and pools is looked at for its own.
            if text(object, "/kind").ends_with("Template") {
                break;
            }
            found.extend(
                named((object, made), &format!("{metadata}/labels"), true)
                    .map(|all| format!("labels{of} {all}")),
            );
            let annotations = named((object, made), &format!("{metadata}/annotations"), false);
            found.extend(annotations.map(|all| format!("annotations{of} {all}")));
        }
        for pointer in ["/spec/kubeadmConfigSpec", "/spec/template/spec"] {
            let is_here = pointer == "/spec/kubeadmConfigSpec" || text(object, "/kind").ends_with("Template");
            let Some(old) = object.pointer(pointer).filter(|_| is_here) else {
                continue;
            };
            let new = made.pointer(pointer).unwrap_or(&nothing);
            found.extend(files(old, new));
            found.extend(commands(old, new));
            fields((old, new), ("", &[]), &mut found);
        }
        if let (Some(old), Some(elsewhere)) = (object.get("spec"), told_elsewhere(object)) {
            let new = made.get("spec").unwrap_or(&nothing);
            fields((old, new), ("", elsewhere), &mut found);
        }
        found
    }
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Labels or annotations that only the old object has; of annotations their names alone, as anything may stand in them.
fn named((old, new): (&Value, &Value), pointer: &str, with_values: bool) -> Option<String> {
    let new = new.pointer(pointer);
    let all = old.pointer(pointer)?.as_object()?.iter();
    let lacking = all.filter(|(name, _)| {
        let is_own = OWN.contains(&name.as_str()) || OWN_GROUPS.iter().any(|group| name.starts_with(group));
        !is_own && new.and_then(|new| new.get(name.as_str())).is_none()
    });
    let lacking: Vec<String> = lacking
        .map(
            |(name, value)| match value.as_str().filter(|value| with_values && !value.is_empty()) {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            },
        )
        .collect();
    (!lacking.is_empty()).then(|| lacking.join(" "))
}

fn list<'v>(spec: &'v Value, field: &str) -> &'v [Value] {
    spec.get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Files that only the old object has, by their paths: what stands in them is secret.
fn files(old: &Value, new: &Value) -> Option<String> {
    let paths = |spec| list(spec, FILES).iter().map(|file| text(file, "/path"));
    let lacking: Vec<&str> = paths(old)
        .filter(|path| paths(new).all(|other| other != *path))
        .collect();
    let named = lacking
        .iter()
        .take(MOST_FILES)
        .copied()
        .collect::<Vec<&str>>()
        .join(", ");
    match lacking.len() {
        0 => None,
        1 => Some(format!("the file {named}")),
        all if all > MOST_FILES => Some(format!("{all} files ({named} …)")),
        all => Some(format!("{all} files ({named})")),
    }
}

/// How many commands only the old object has: tokens may stand in them. The same for another version of Kubernetes is the same.
fn commands(old: &Value, new: &Value) -> Option<String> {
    let all = |spec| {
        let lists = COMMANDS.iter().flat_map(move |field| list(spec, field));
        lists.filter_map(|command| {
            let command = command.as_str()?.chars();
            Some(command.filter(|at| !at.is_ascii_digit()).collect())
        })
    };
    let known: Vec<String> = all(new).collect();
    match all(old).filter(|command| !known.contains(command)).count() {
        0 => None,
        1 => Some("a command".to_owned()),
        count => Some(format!("{count} commands")),
    }
}

/// Where the old object has something that the new one has not, or has otherwise: the topmost fields, without their values, and
/// without those that are told `elsewhere`.
fn fields((old, new): (&Value, &Value), (path, elsewhere): (&str, &[&str]), found: &mut Vec<String>) {
    let Some(old) = old.as_object() else { return };
    for (name, old) in old {
        let is_told = path.is_empty() && (name == FILES || COMMANDS.contains(&name.as_str()));
        let is_empty = old.is_null() || old.as_object().is_some_and(serde_json::Map::is_empty);
        let is_filled_in = name == "imagePullPolicy" && old == "IfNotPresent";
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let is_told = is_told || elsewhere.contains(&path.as_str());
        if is_told || is_empty || is_filled_in || FOLLOWS.contains(&name.as_str()) {
            continue;
        }
        match new.get(name) {
            Some(new) if new == old => {}
            Some(new) if new.is_object() && old.is_object() => {
                fields((old, new), (&path, elsewhere), found);
            }
            // Of what the template does not have, a part may be told elsewhere.
            None if elsewhere.iter().any(|told| is_below(told, &path)) => {
                fields((old, &Value::Null), (&path, elsewhere), found);
            }
            Some(_) | None if path == SELECTOR => found.push("the selector of hosts".to_owned()),
            Some(_) | None => found.push(path),
        }
    }
}

fn is_below(field: &str, path: &str) -> bool {
    field.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}
