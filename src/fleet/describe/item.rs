//! A described object with all that stands below it, in the order in which it is printed; also what is printed as JSON.

use serde::Serialize;
use serde_json::Value;

use super::condition::{Condition, find};
use super::graph::{DECIDING, GROUP, Graph, Is, Node};
use super::objects::text;
use super::{Shows, View};

/// An object, a heading or a group.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its group and version; of headings and groups none that is served.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// Its kind; of groups `MachineGroup` and their like.
    pub kind: String,
    /// Its namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name; groups have none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The part that it plays: `ControlPlane`, `MachineInfrastructure`.
    #[serde(rename = "role", skip_serializing_if = "str::is_empty")]
    pub part: &'static str,
    /// Whether it is an object, or something that is only here.
    #[serde(skip)]
    pub(super) form: Form,
    /// The Kubernetes version that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether its deletion has begun.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
    /// Its counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Counters>,
    /// The condition that sums it up.
    #[serde(skip)]
    pub(super) summary: Option<Condition>,
    /// All of its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The names of those that a group stands for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    #[serde(skip)]
    pub(super) shows: Shows,
    /// What stands below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Item>,
}

/// How an item is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// By kind, namespace and name.
    #[default]
    Object,
    /// By its own name, or by the part that it plays.
    Heading,
    /// By how many they are.
    Group,
}

/// Counters of machines. What an object does not report is absent, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<i64>,
    /// Existing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<i64>,
    /// Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<i64>,
    /// Of the current template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_date: Option<i64>,
}

/// The tree of a graph, from its root.
pub(super) fn item(graph: &Graph<'_, '_>) -> Item {
    below(graph, 0, 0).unwrap_or_default()
}

/// Deeper than any tree is; it ends what would otherwise not end.
const DEEPEST: usize = 16;

fn below(graph: &Graph<'_, '_>, number: usize, depth: usize) -> Option<Item> {
    let node = graph.node(number)?;
    let mut children: Vec<(u8, Item)> = graph
        .below(number)
        .iter()
        .filter(|_| depth < DEEPEST)
        .filter_map(|child| Some((graph.node(*child)?.rank, below(graph, *child, depth + 1)?)))
        .collect();
    // The marks of colour, which clusterctl sorts with, come before whatever a name goes on with, and so change nothing.
    children.sort_by_cached_key(|(rank, item)| (std::cmp::Reverse(*rank), item.called()));
    let mut item = Item::of(node, graph.view());
    item.children = children.into_iter().map(|(_, item)| item).collect();
    Some(item)
}

impl Item {
    fn of(node: &Node<'_>, view: View) -> Self {
        let (form, members) = match &node.is {
            Is::Core(_) | Is::Other(_) | Is::ControlPlane(..) | Is::Named => (Form::Object, Vec::new()),
            Is::Heading => (Form::Heading, Vec::new()),
            Is::Group(group) => (Form::Group, group.names.clone()),
        };
        Self {
            api_version: node.api_version.clone(),
            kind: node.kind.clone(),
            namespace: node.namespace.clone(),
            name: node.name.clone(),
            part: node.part,
            form,
            version: version(node),
            deleting: object(node)
                .is_some_and(|object| object.pointer("/metadata/deletionTimestamp").is_some()),
            replicas: counters(node).filter(|_| view == View::V1Beta2),
            summary: summary(node).cloned(),
            conditions: node.conditions.clone(),
            members,
            shows: node.shows,
            children: Vec::new(),
        }
    }

    /// What its line calls it, without marks.
    pub(super) fn called(&self) -> String {
        match self.form {
            Form::Group => format!("{} {}...", self.members.len(), plural(&self.kind)),
            Form::Heading if self.part.is_empty() => self.name.clone(),
            Form::Heading => self.part.to_owned(),
            Form::Object => {
                let deleting = if self.deleting {
                    format!("{DELETED} ")
                } else {
                    String::new()
                };
                let version = self.version.as_ref().map(|version| format!(", {version}"));
                format!(
                    "{deleting}{} {}{}",
                    self.kind,
                    self.object(),
                    version.unwrap_or_default()
                )
            }
        }
    }

    /// Namespace and name.
    pub(super) fn object(&self) -> String {
        match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}/{}", self.name),
        }
    }
}

/// What stands before what is being deleted.
pub(super) const DELETED: &str = "!! DELETED !!";

/// Only what machines stand below makes groups, and they are all Machines; a kind of another's is written likewise.
pub(super) fn plural(kind: &str) -> String {
    format!("{}s", kind.strip_suffix(GROUP).unwrap_or(kind))
}

fn object<'a>(node: &Node<'a>) -> Option<&'a Value> {
    match &node.is {
        Is::Core(object) | Is::Other(object) | Is::ControlPlane(object, _) => Some(object),
        Is::Named | Is::Heading | Is::Group(_) => None,
    }
}

/// The version that its line names. Machines and what makes them always do, even where there is none.
fn version(node: &Node<'_>) -> Option<String> {
    let version = match &node.is {
        Is::Core(object) => match node.kind.as_str() {
            "Cluster" => {
                let topology = object.pointer("/spec/topology")?.as_object()?;
                return (!topology.is_empty()).then(|| text(object, "/spec/topology/version").to_owned());
            }
            "Machine" => text(object, "/spec/version"),
            _ => text(object, "/spec/template/spec/version"),
        },
        Is::ControlPlane(object, _) => object.pointer("/spec/version")?.as_str()?,
        Is::Other(_) | Is::Named | Is::Heading | Is::Group(_) => return None,
    };
    Some(version.to_owned())
}

/// The condition that stands on its line.
fn summary<'n>(node: &'n Node<'_>) -> Option<&'n Condition> {
    let find = |kind: &str| find(&node.conditions, kind);
    match &node.is {
        Is::Core(_) => match node.kind.as_str() {
            "Cluster" | "MachineDeployment" => find("Available"),
            "Machine" => find("Ready"),
            _ => None,
        },
        Is::ControlPlane(..) => find("Available").or_else(|| find("Ready")),
        Is::Other(_) | Is::Group(_) => find("Ready"),
        Is::Named | Is::Heading => None,
    }
}

fn counters(node: &Node<'_>) -> Option<Counters> {
    let counters = match &node.is {
        Is::Core(object) => match node.kind.as_str() {
            "Cluster" => of_cluster(object),
            "Machine" => of_machine(node),
            "MachineDeployment" | "MachineSet" => of_workers(object),
            _ => return None,
        },
        Is::ControlPlane(object, contract) => of_control_plane(object, contract),
        Is::Group(group) => {
            let [available, ready, up_to_date] = group.counts.map(|count| i64::try_from(count).ok());
            Counters {
                available,
                ready,
                up_to_date,
                ..Counters::default()
            }
        }
        Is::Other(_) | Is::Named | Is::Heading => return None,
    };
    (counters != Counters::default()).then_some(counters)
}

fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer)?.as_i64()
}

/// Control plane and workers together.
fn of_cluster(cluster: &Value) -> Counters {
    let sum = |name: &str| {
        let parts =
            ["controlPlane", "workers"].map(|part| number(cluster, &format!("/status/{part}/{name}")));
        let found = parts.iter().flatten();
        (found.clone().count() > 0).then(|| found.sum())
    };
    Counters {
        desired: sum("desiredReplicas"),
        current: sum("replicas"),
        available: sum("availableReplicas"),
        ready: sum("readyReplicas"),
        up_to_date: sum("upToDateReplicas"),
    }
}

fn of_machine(node: &Node<'_>) -> Counters {
    let [available, ready, up_to_date] = DECIDING.map(|kind| {
        let holds = node.deciding(kind).is_some_and(Condition::is_true);
        Some(i64::from(holds))
    });
    Counters {
        desired: None,
        current: Some(1),
        available,
        ready,
        up_to_date,
    }
}

fn of_workers(object: &Value) -> Counters {
    let status = |name: &str| number(object, &format!("/status/{name}"));
    let desired = number(object, "/spec/replicas");
    Counters {
        desired,
        current: desired.map(|_| status("replicas").unwrap_or(0)),
        available: status("availableReplicas"),
        ready: status("readyReplicas"),
        up_to_date: status("upToDateReplicas"),
    }
}

fn of_control_plane(object: &Value, contract: &str) -> Counters {
    let status = |name: &str| number(object, &format!("/status/{name}"));
    Counters {
        desired: number(object, "/spec/replicas"),
        current: status("replicas"),
        available: status("availableReplicas"),
        ready: status("readyReplicas"),
        up_to_date: match contract {
            "v1beta1" => status("updatedReplicas"),
            _ => status("upToDateReplicas"),
        },
    }
}

impl Counters {
    /// As the column REPLICAS has it. Machines count themselves; of others both numbers have to be there, but of a Cluster one.
    pub(super) fn replicas(&self, kind: &str) -> String {
        match (self.current, self.desired) {
            (Some(current), None) if kind == "Machine" => current.to_string(),
            (None, None) => String::new(),
            (current, desired) if kind == "Cluster" => {
                format!("{}/{}", current.unwrap_or(0), desired.unwrap_or(0))
            }
            (Some(current), Some(desired)) => format!("{current}/{desired}"),
            (Some(_), None) | (None, Some(_)) => String::new(),
        }
    }
}
