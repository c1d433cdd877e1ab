//! From answers to objects: the template rendered by clusterctl's rules, and read as YAML.

use std::collections::BTreeMap;

use fleetui_api::yaml_mistake::YamlMistake;
use serde_json::Value;

use super::check::{Grade, Remark};
use super::class::{has_topology, without_unset};
use super::flavour::Sort;
use super::form::{Field, Form};
use super::input::Input;
use super::order::ordered;
use super::pools::Pools;
use super::sets::Sets;

/// More objects than these are not made at once.
const MOST: usize = 512;

/// How the kinds of the provider of one's own hosts begin.
const BYOH: &str = "Byo";

/// What stands in the place of what is not answered yet.
pub(super) const STAND_IN: &str = "x";

/// An object, and which of the template's documents it was made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    /// The number of the document.
    pub(super) origin: usize,
    /// The object.
    pub(super) object: Value,
}

impl Form {
    /// The objects, in the order in which they are created.
    ///
    /// # Errors
    /// What is wrong with the answers.
    pub fn objects(&self) -> Result<Vec<Value>, Vec<Remark>> {
        let made = self.made()?;
        Ok(ordered(made.into_iter().map(|made| made.object).collect()))
    }

    /// The text of the template with the answers in it, as clusterctl would write it.
    ///
    /// # Errors
    /// Answers are missing.
    pub fn text(&self) -> Result<String, Vec<Remark>> {
        let values = self.values();
        self.template
            .render(|name| values.get(name).cloned())
            .map_err(|missing| {
                let names = missing.0.iter();
                let remark =
                    |name: &String| Remark::of(Some(name), Grade::Wrong, format!("{name} is required"));
                names.map(remark).collect()
            })
    }

    /// Whether a topology is to make the cluster, as far as the template tells whatever is answered.
    pub(super) fn asks_for_a_topology(&self) -> bool {
        // Mostly it is not even spoken of.
        if !self.flavour.text.contains("topology") {
            return false;
        }
        self.outline().iter().any(has_topology)
    }

    /// Whether secrets are among its answers or its objects, whatever is answered.
    pub fn makes_secrets(&self) -> bool {
        self.fields.iter().any(Field::is_secret) || names_secrets(&self.outline_text(&self.values()))
    }

    /// The objects as far as they can be told whatever is answered.
    pub(super) fn outline(&self) -> Vec<Value> {
        let values = self.values();
        // An answer that makes no YAML is as if it was not given.
        let found = documents(&self.outline_text(&values));
        found
            .or_else(|_| documents(&self.outline_text(&BTreeMap::new())))
            .unwrap_or_default()
    }

    /// The same, with the documents that they come of.
    pub(super) fn outlined(&self) -> Vec<Made> {
        let objects = self.outline().into_iter().enumerate();
        objects.map(|(origin, object)| Made { origin, object }).collect()
    }

    /// Whether its cluster takes hosts of one's own, whatever is answered.
    pub(super) fn takes_hosts(&self) -> bool {
        // Mostly it is not even spoken of.
        self.flavour.takes_hosts || self.flavour.text.contains(BYOH) && self.outline().iter().any(is_of_byoh)
    }

    /// Their text.
    fn outline_text(&self, values: &BTreeMap<&str, String>) -> String {
        let open = self.template.variables();
        let stand_in = |name: &str| {
            let is_open = open.get(name).is_some_and(Option::is_none);
            values
                .get(name)
                .cloned()
                .or_else(|| is_open.then(|| STAND_IN.to_owned()))
        };
        self.template.render(stand_in).unwrap_or_default()
    }

    /// The names of the ClusterClasses that its clusters are of.
    pub(super) fn classes(&self) -> Vec<String> {
        let objects = self.outline();
        let class = |object: &Value| {
            let named = ["/spec/topology/classRef/name", "/spec/topology/class"];
            let mut named = named
                .iter()
                .filter_map(|pointer| object.pointer(pointer)?.as_str());
            named.next().map(str::to_owned)
        };
        objects
            .iter()
            .filter(|object| is_cluster(object))
            .filter_map(class)
            .collect()
    }

    pub(super) fn made(&self) -> Result<Vec<Made>, Vec<Remark>> {
        let text = self.text()?;
        let objects = documents(&text).map_err(|why| vec![self.blame(&why)])?;
        let wrong = |what: String| vec![Remark::of(None, Grade::Wrong, what)];
        if objects.len() > MOST {
            return Err(wrong(format!(
                "{} objects are too many: {MOST} at most",
                objects.len()
            )));
        }
        let made = objects.into_iter().enumerate();
        let mut made: Vec<Made> = made.map(|(origin, object)| Made { origin, object }).collect();
        for made in &mut made {
            fill(&mut made.object, self.namespace()).map_err(|why| {
                wrong(format!(
                    "document {} of {}: {why}",
                    made.origin + 1,
                    self.flavour.name
                ))
            })?;
        }
        if self.flavour.sort == Sort::Class {
            for made in &mut made {
                without_unset(&mut made.object);
            }
        }
        if let Some(pools) = self.asked(Input::Pools) {
            if self.flavour.sort == Sort::Class {
                let sets = Sets(&self.flavour.workers);
                let counts = sets.read(pools.value()).map_err(wrong)?;
                for made in &mut made {
                    sets.size(&counts, &mut made.object);
                }
            } else {
                let pools = Pools::read(pools.value()).map_err(wrong)?;
                made = pools.spread(self.name(), made);
            }
        }
        self.one_cluster(&made).map_err(wrong)?;
        Ok(made)
    }

    /// What a creation is of: one Cluster of the name and namespace that were said.
    fn one_cluster(&self, made: &[Made]) -> Result<(), String> {
        let mut clusters = made.iter().filter(|made| is_cluster(&made.object));
        let Some(cluster) = clusters.next() else {
            return Err(format!("there is no Cluster in {}", self.flavour.name));
        };
        if clusters.next().is_some() {
            return Err(format!("there is more than one Cluster in {}", self.flavour.name));
        }
        let text = |pointer: &str| cluster.object.pointer(pointer).and_then(Value::as_str);
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        if name != Some(self.name()) || namespace != Some(self.namespace()) {
            return Err(format!(
                "the Cluster in {} is {}/{}, not {}/{}: say that name, or write ${{CLUSTER_NAME}} in its place",
                self.flavour.name,
                namespace.unwrap_or_default(),
                name.unwrap_or_default(),
                self.namespace(),
                self.name()
            ));
        }
        Ok(())
    }

    /// Which answer makes a text that is no YAML: the one without which it is one.
    fn blame(&self, why: &str) -> Remark {
        let values = self.values();
        let without = |variable: &str| {
            let rendered = self.template.render(|name| {
                let value = values.get(name).cloned();
                if name == variable {
                    value.map(|_| "x".to_owned())
                } else {
                    value
                }
            });
            rendered.is_ok_and(|text| documents(&text).is_ok())
        };
        let culprit = self
            .fields
            .iter()
            .find(|field| values.contains_key(field.variable.as_str()) && without(&field.variable));
        let what = format!("what comes of it is no YAML: {why}");
        Remark::of(culprit.map(|field| field.variable.as_str()), Grade::Wrong, what)
    }
}

/// All objects of a text of YAML, those of lists apart; empty documents are none.
///
/// # Errors
/// It is no YAML.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let read: Result<Vec<Value>, _> = serde_yaml::from_multiple(text);
    let read = read.map_err(|error| YamlMistake::in_text(&error, text, false).to_string())?;
    let mut objects = Vec::new();
    for document in read.into_iter().filter(|document| !document.is_null()) {
        let is_list = document
            .get("kind")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match document.get("items").and_then(Value::as_array) {
            Some(items) if is_list => objects.extend(items.iter().cloned()),
            Some(_) | None => objects.push(document),
        }
    }
    Ok(objects)
}

/// Whether a Secret is among the objects of a text of YAML. Of a document that cannot be read, what looks like one is one.
pub(super) fn names_secrets(text: &str) -> bool {
    let is_secret = |object: &Value| object.get("kind") == Some(&"Secret".into());
    let looks_like_one = |part: &str| {
        let bare = |sign: &char| !sign.is_whitespace() && !matches!(sign, '"' | '\'');
        let bare: String = part.chars().filter(bare).collect();
        bare.contains("kind:Secret")
    };
    text.split("\n---").any(|part| {
        documents(part).map_or_else(|_| looks_like_one(part), |objects| objects.iter().any(is_secret))
    })
}

/// What every object has and this one has not.
pub(super) fn lacks(object: &Value) -> Option<&'static str> {
    let is_there = |pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    let needed = [
        ("/apiVersion", "apiVersion"),
        ("/kind", "kind"),
        ("/metadata/name", "metadata.name"),
    ];
    needed
        .into_iter()
        .find_map(|(pointer, field)| (!is_there(pointer)).then_some(field))
}

/// Gives an object its namespace where it names none, as clusterctl does; and sees that it is one.
fn fill(object: &mut Value, namespace: &str) -> Result<(), String> {
    let text = |object: &Value, pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    if let Some(field) = lacks(object) {
        return Err(format!("it has no {field}, so it is no object"));
    }
    if text(object, "/kind") != "Namespace"
        && text(object, "/metadata/namespace").is_empty()
        && let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    Ok(())
}

/// Whether an object is of the provider that takes hosts of one's own.
pub(super) fn is_of_byoh(object: &Value) -> bool {
    let starts = |pointer: &str, with: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.is_some_and(|text| text.starts_with(with))
    };
    starts("/kind", BYOH) && starts("/apiVersion", "infrastructure.cluster.x-k8s.io/")
}

/// Whether an object is a Cluster.
pub(super) fn is_cluster(object: &Value) -> bool {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    text("/kind") == "Cluster" && text("/apiVersion").starts_with("cluster.x-k8s.io/")
}
