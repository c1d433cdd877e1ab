//! What a ClusterClass says of one of its variables: what its value may be, and what of a cluster is made of it.
//!
//! Source: Cluster API's topology, v1beta2: `variables[].schema.openAPIV3Schema`, `patches[].definitions[].jsonPatches[]`.

use fleetui_api::yaml_mistake::YamlMistake;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value::{possible, refuses};

/// What the schema of a variable says of its value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VariableRule {
    /// Its name in the class.
    pub name: String,
    /// `string`, `integer`, `boolean` …
    pub kind: String,
    /// Values that it may have; any where there is none.
    pub choices: Vec<Value>,
    /// What it is for. Not yet safe to show.
    pub meaning: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// The schema of its value, as the class has it; null where there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub schema: Value,
    /// What of a cluster is made of it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// What of a cluster is made of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The address of its control plane.
    Endpoint,
    /// Which hosts its machines run on: a selector of labels, or (`true`) the labels alone.
    Hosts(Machines, bool),
}

/// Machines of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Machines {
    /// Those of the control plane.
    ControlPlane,
    /// Those of workers.
    Workers,
    /// All.
    All,
}

impl VariableRule {
    /// What a class says of a variable; nothing where it has no schema.
    pub(super) fn of(class: &Value, variable: &Value) -> Option<Self> {
        let schema = variable.pointer("/schema/openAPIV3Schema")?;
        let text = |field: &str| schema.get(field).and_then(Value::as_str).unwrap_or_default();
        let name = variable.get("name")?.as_str()?.to_owned();
        let choices = schema.get("enum").and_then(Value::as_array);
        Some(Self {
            kind: text("type").to_owned(),
            choices: choices.cloned().unwrap_or_default(),
            meaning: text("description")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            optional: variable.get("required").and_then(Value::as_bool) != Some(true),
            schema: schema.clone(),
            part: part(class, &name),
            name,
        })
    }

    /// A text as its value.
    ///
    /// # Errors
    /// It is none.
    fn read(&self, text: &str) -> Result<Value, String> {
        if self.kind == "string" {
            return Ok(text.into());
        }
        serde_yaml::from_str(text).map_err(|error| {
            let why = YamlMistake::of(&error, false).what;
            format!("{text:?} is no YAML: {why}")
        })
    }

    /// Why a text cannot be its value.
    pub(super) fn check(&self, text: &str) -> Option<String> {
        let value = match self.read(text) {
            Ok(value) => value,
            Err(why) => return Some(why),
        };
        if value.is_null() && self.optional {
            return None;
        }
        // What a class says of versions is no schema.
        if !self.choices.is_empty() && !self.choices.contains(&value) {
            return Some(format!("{text:?} is none of {}", self.possible().join(", ")));
        }
        if let Value::String(_) | Value::Null = &value
            && self.kind != "string"
            && !self.kind.is_empty()
        {
            return Some(format!("{text:?} is no {}", self.kind));
        }
        refuses(&self.schema, &value)
    }

    /// The address that a text of it says, where that is what it is for.
    pub(super) fn endpoint(&self, text: &str) -> Option<String> {
        self.endpoint_in(&self.read(text).ok()?)
    }

    /// The address that a value of it says, where that is what it is for.
    pub(super) fn endpoint_in(&self, value: &Value) -> Option<String> {
        if self.part != Some(Part::Endpoint) {
            return None;
        }
        let host = value.as_str().or_else(|| value.get("host")?.as_str());
        host.filter(|host| !host.is_empty()).map(str::to_owned)
    }

    /// The machines whose hosts a text of it chooses, and the selector of these.
    pub(super) fn selector(&self, text: &str) -> Option<(Machines, Value)> {
        let Some(Part::Hosts(machines, is_labels)) = self.part else {
            return None;
        };
        let value = self.read(text).ok().filter(Value::is_object)?;
        let selector = if is_labels {
            serde_json::json!({ "matchLabels": value })
        } else {
            value
        };
        Some((machines, selector))
    }

    /// Values that it may have, as they are typed.
    pub fn possible(&self) -> Vec<String> {
        if self.kind == "boolean" {
            return ["true", "false"].map(str::to_owned).to_vec();
        }
        possible(&self.choices)
    }
}

/// Whether hosts of one's own are what a class makes clusters on.
pub(super) fn takes_hosts(class: &Value) -> bool {
    let kinds = [
        "/spec/infrastructure/templateRef/kind",
        "/spec/infrastructure/ref/kind",
    ];
    let mut kinds = kinds
        .iter()
        .filter_map(|pointer| class.pointer(pointer)?.as_str());
    kinds.any(|kind| kind.starts_with("Byo"))
}

/// What a class makes of a variable, by its patches.
fn part(class: &Value, name: &str) -> Option<Part> {
    let list = |value: &'_ Value, field: &str| {
        value
            .get(field)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let patches = list(class.get("spec")?, "patches");
    let definitions = patches.iter().flat_map(|patch| list(patch, "definitions"));
    let mut found: Option<Part> = None;
    for definition in definitions {
        for patch in list(&definition, "jsonPatches") {
            let text = |pointer: &str| patch.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let uses = text("/valueFrom/variable") == name || names(text("/valueFrom/template"), name);
            let part = made(text("/path"), &definition).filter(|_| uses);
            found = match (found, part) {
                (Some(Part::Hosts(one, labels)), Some(Part::Hosts(other, _))) if one != other => {
                    Some(Part::Hosts(Machines::All, labels))
                }
                (found, part) => found.or(part),
            };
        }
    }
    found
}

/// What stands at a path of a template that a patch is about.
fn made(path: &str, definition: &Value) -> Option<Part> {
    if path.contains("/controlPlaneEndpoint") && !path.ends_with("/port") {
        return Some(Part::Endpoint);
    }
    let kind = definition.pointer("/selector/kind").and_then(Value::as_str)?;
    let at = path.strip_prefix("/spec/template/spec/selector")?;
    let labels = match at {
        "" => false,
        "/matchLabels" => true,
        _ => return None,
    };
    let of_control_plane = definition.pointer("/selector/matchResources/controlPlane");
    let machines = match of_control_plane.and_then(Value::as_bool) {
        Some(true) => Machines::ControlPlane,
        Some(false) | None => Machines::Workers,
    };
    kind.starts_with("Byo").then_some(Part::Hosts(machines, labels))
}

/// Whether a template in Go's language speaks of a variable.
fn names(template: &str, name: &str) -> bool {
    let is_part = |at: char| at.is_alphanumeric() || matches!(at, '_' | '-');
    let mut parts = template
        .split("{{")
        .skip(1)
        .filter_map(|part| Some(part.split_once("}}")?.0));
    parts.any(|part| {
        let mut words = part
            .split_whitespace()
            .filter_map(|word| word.trim_matches(['(', ')', '-']).strip_prefix('.'));
        words.any(|word| {
            let first = word.split(|at: char| !is_part(at)).next();
            first == Some(name)
        })
    })
}
