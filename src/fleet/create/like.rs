//! The cluster that a new one is to be like: which objects of it are read, and what of these the new one will not have. The answers
//! say only what a template asks; everything else that somebody has given a cluster is told, so that nobody believes it is there.

mod as_read;
mod comparison;
mod fields;

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::kinds::Role;
use fleetui_base::{ObjectKey, ObjectName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::{Field, Form};
use super::from_cluster::control_plane;
use super::input::Input;
use super::places::Places;
use crate::act::plan::{Around, members};
use crate::row::Row;
use comparison::Comparison;

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
        // No template of the program makes these: that there are some is told.
        for role in [Role::MachinePool, Role::MachineHealthCheck] {
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

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
