//! The objects of a cluster, each held against the one that the template makes in its place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::as_read::as_read;
use super::fields::{commands, fields, files, named, own_fields};
use super::text;
use crate::create::form::Form;

/// Where a set of workers names the templates of its machines.
const TEMPLATES: [&str; 2] = [
    "/spec/template/spec/bootstrap/configRef",
    "/spec/template/spec/infrastructureRef",
];

/// An object by its kind and name.
type Named = (String, String);

/// The templates of a set of workers.
fn templates(workers: &Value) -> impl Iterator<Item = Named> {
    let field = |pointer: &str, field: &str| text(workers, &format!("{pointer}/{field}")).to_owned();
    TEMPLATES
        .into_iter()
        .map(move |pointer| (field(pointer, "kind"), field(pointer, "name")))
}

fn is_workers(object: &Value) -> bool {
    matches!(text(object, "/kind"), "MachineDeployment" | "MachinePool")
}

/// The objects of a cluster beside those that the template makes.
pub(super) struct Comparison<'a> {
    cluster: &'a str,
    made: Vec<Value>,
    /// Those of the template's objects that are templates of its sets of workers.
    of_workers: BTreeSet<Named>,
    /// Bootstrap and infrastructure templates of pools, and the pool that each is of.
    pools: BTreeMap<Named, String>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(form: &Form, cluster: &'a str) -> Self {
        let made: Vec<Value> = form.outlined().into_iter().map(|made| made.object).collect();
        let workers = made.iter().filter(|object| is_workers(object));
        Self {
            cluster,
            of_workers: workers.flat_map(templates).collect(),
            made,
            pools: BTreeMap::new(),
        }
    }

    /// What each of the objects has that the new cluster will not have.
    pub(super) fn of(mut self, objects: &[Value]) -> Vec<String> {
        for object in objects.iter().filter(|object| is_workers(object)) {
            let own = self.own_name(object);
            for template in templates(object) {
                let pools = self.pools.entry(template).or_default();
                // Several pools may be made from one template.
                *pools = if pools.is_empty() {
                    own.clone()
                } else {
                    format!("{pools} and {own}")
                };
            }
        }
        let mut parts: Vec<String> = Vec::new();
        // What several objects of one part have is told together.
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        // Objects of kinds of which the template has none at all.
        let mut counts = [("MachinePool", 0), ("MachineHealthCheck", 0)];
        for object in objects {
            let kind = text(object, "/kind");
            if let Some((_, count)) = counts.iter_mut().find(|(other, _)| *other == kind)
                && !self.made.iter().any(|made| text(made, "/kind") == kind)
            {
                *count += 1;
                continue;
            }
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
        for (kind, count) in counts {
            match count {
                0 => {}
                1 => parts.push(format!("a {kind}")),
                count => parts.push(format!("{count} {kind}s")),
            }
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
            "MachineDeployment" | "MachinePool" => self.own_name(object),
            _ => {
                let pool = self.pools.get(&(kind.to_owned(), name.to_owned()));
                pool.cloned().unwrap_or_else(|| "the control plane".to_owned())
            }
        }
    }

    /// The object of the template that stands for one, as it would be read: of its kind, and of its part where there are several.
    fn counterpart(&self, object: &Value) -> Option<Value> {
        let kind = text(object, "/kind");
        let id = |object: &Value| (kind.to_owned(), text(object, "/metadata/name").to_owned());
        let is_of_workers = self.pools.contains_key(&id(object));
        let same_kind = || self.made.iter().filter(|made| text(made, "/kind") == kind);
        let of_part = same_kind().find(|made| self.of_workers.contains(&id(made)) == is_of_workers);
        let made = of_part.or_else(|| same_kind().next())?;
        Some(as_read(made, object, &self.made))
    }

    fn lacks(&self, object: &Value) -> Vec<String> {
        let nothing = Value::Null;
        let made = self.counterpart(object).unwrap_or_default();
        let both = |pointer: &str| {
            Some((
                object.pointer(pointer)?,
                made.pointer(pointer).unwrap_or(&nothing),
            ))
        };
        let mut found = Vec::new();
        if text(object, "/kind").ends_with("Template") {
            of_machines(both("/spec/template/spec"), &mut found);
            return found;
        }
        // Nothing but Clusters, control planes and sets of workers is looked at for its own labels and annotations.
        for (metadata, of) in [
            ("/metadata", ""),
            ("/spec/template/metadata", " of machines"),
            ("/spec/machineTemplate/metadata", " of machines"),
        ] {
            found.extend(
                named((object, &made), &format!("{metadata}/labels"), true)
                    .map(|all| format!("labels{of} {all}")),
            );
            let annotations = named((object, &made), &format!("{metadata}/annotations"), false);
            found.extend(annotations.map(|all| format!("annotations{of} {all}")));
        }
        if let Some(specs) = both("/spec") {
            own_fields(specs, &mut found);
        }
        of_machines(both("/spec/kubeadmConfigSpec"), &mut found);
        found
    }
}

/// What is said of the machines themselves: files, commands and all other fields.
fn of_machines(specs: Option<(&Value, &Value)>, found: &mut Vec<String>) {
    let Some((old, new)) = specs else { return };
    found.extend(files(old, new));
    found.extend(commands(old, new));
    fields((old, new), "", found);
}
