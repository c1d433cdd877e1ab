//! The variables of a Cluster's topology, held against what its ClusterClass says of them: its schemas are those of custom
//! resources, so that the same engine fills in defaults and finds what is wrong.
//!
//! Source: `internal/topology/variables` of Cluster API.

use serde_json::{Value, json};

use fleetui_rules::admission::{Lookup, reconciled_class};

use crate::Cause;
use crate::schema::causes::shown;
use crate::schema::{Schema, WrittenSchema};

/// Where a Cluster has them.
const TOP: &str = "spec.topology.variables";

/// What a ClusterClass says of one variable.
struct Definition {
    name: String,
    required: bool,
    /// The schema of an object whose only field is the value.
    schema: Schema,
}

impl Definition {
    fn read(variable: &Value) -> Option<Self> {
        let name = variable.get("name")?.as_str()?.to_owned();
        // Several that differ are told by the ClusterClass; the first counts.
        let definition = variable.get("definitions")?.as_array()?.first()?;
        let of_value = definition.pointer("/schema/openAPIV3Schema")?;
        let around = json!({"type": "object", "properties": {"value": of_value}});
        Some(Self {
            name,
            required: definition.get("required") == Some(&Value::Bool(true)),
            schema: Schema::new(WrittenSchema::new(&around)),
        })
    }

    /// The value with its defaults; none where there is neither.
    fn filled(&self, value: Option<Value>) -> Option<Value> {
        let mut around = Value::Object(
            value
                .into_iter()
                .map(|value| ("value".to_owned(), value))
                .collect(),
        );
        self.schema.fill(&mut around);
        around.as_object_mut()?.shift_remove("value")
    }

    fn flaws(&self, variable: &Value, old: Option<&Value>, path: &str) -> Vec<Cause> {
        let around =
            |variable: &Value| json!({"value": variable.get("value").cloned().unwrap_or(Value::Null)});
        let mut value = around(variable);
        let mut found = self.schema.validate(&value, old.map(around).as_ref());
        let given = value.pointer("/value").map(shown).unwrap_or_default();
        let unknown = self.schema.prune(&mut value);
        if !unknown.is_empty() {
            let unknown: Vec<&str> = unknown
                .iter()
                .map(|path| path.strip_prefix("value.").unwrap_or(path))
                .collect();
            let why = format!(
                "failed validation: {:?} field(s) are not specified in the variable schema of variable {:?}",
                unknown.join(","),
                self.name
            );
            found.push(Cause::invalid("value", &given, &why));
        }
        let place = |cause: Cause| Cause {
            field: format!("{path}[{}].{}", self.name, cause.field),
            ..cause
        };
        found.into_iter().map(place).collect()
    }
}

fn definitions(cluster: &Value, lookup: &dyn Lookup) -> Option<Vec<Definition>> {
    let class = reconciled_class(cluster, lookup)?;
    let variables = class.pointer("/status/variables").and_then(Value::as_array);
    Some(
        variables
            .into_iter()
            .flatten()
            .filter_map(Definition::read)
            .collect(),
    )
}

/// The lists of variables that a Cluster has: where they are, and what they are called in messages.
fn overrides(cluster: &Value) -> Vec<(String, String)> {
    let mut places = vec![(
        "/spec/topology/controlPlane/variables/overrides".to_owned(),
        "spec.topology.controlPlane.variables.overrides".to_owned(),
    )];
    for kind in ["machineDeployments", "machinePools"] {
        let workers = cluster
            .pointer(&format!("/spec/topology/workers/{kind}"))
            .and_then(Value::as_array);
        for (index, worker) in workers.into_iter().flatten().enumerate() {
            let name = worker.get("name").and_then(Value::as_str).unwrap_or_default();
            places.push((
                format!("/spec/topology/workers/{kind}/{index}/variables/overrides"),
                format!("spec.topology.workers.{kind}[{name}].variables.overrides"),
            ));
        }
    }
    places
}

fn name_of(variable: &Value) -> &str {
    variable.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Fills in what the ClusterClass has for variables that are missing, and for parts of those that are there.
pub(super) fn fill(cluster: &mut Value, lookup: &dyn Lookup) {
    let Some(definitions) = definitions(cluster, lookup) else {
        return;
    };
    for (pointer, _) in overrides(cluster) {
        if let Some(Value::Array(list)) = cluster.pointer_mut(&pointer) {
            fill_those_there(&definitions, list);
        }
    }
    let Some(Value::Object(topology)) = cluster.pointer_mut("/spec/topology") else {
        return;
    };
    let mut list = match topology.get("variables") {
        Some(Value::Array(list)) => list.clone(),
        Some(_) | None => Vec::new(),
    };
    fill_those_there(&definitions, &mut list);
    for definition in &definitions {
        let there = list.iter().any(|variable| name_of(variable) == definition.name);
        if let Some(value) = (!there).then(|| definition.filled(None)).flatten() {
            list.push(json!({"name": definition.name, "value": value}));
        }
    }
    if !list.is_empty() {
        topology.insert("variables".to_owned(), Value::Array(list));
    }
}

fn fill_those_there(definitions: &[Definition], list: &mut [Value]) {
    for variable in list {
        let definition = definitions.iter().find(|known| known.name == name_of(variable));
        let value = variable.get("value").cloned();
        if let (Some(definition), Some(variable)) = (definition, variable.as_object_mut())
            && let Some(filled) = definition.filled(value)
        {
            variable.insert("value".to_owned(), filled);
        }
    }
}

/// What is wrong with the variables of a Cluster. A value that was wrong already, and is unchanged, is let through.
pub(super) fn check(cluster: &Value, old: Option<&Value>, lookup: &dyn Lookup) -> Vec<Cause> {
    let Some(definitions) = definitions(cluster, lookup) else {
        return Vec::new();
    };
    let list = |object: &Value, pointer: &str| -> Vec<Value> {
        object
            .pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let top = list(cluster, "/spec/topology/variables");
    let mut causes: Vec<Cause> = definitions
        .iter()
        .filter(|known| known.required && !top.iter().any(|variable| name_of(variable) == known.name))
        .map(|known| {
            let why = format!("required variable with name {:?} must be defined", known.name);
            Cause::required(TOP, &why)
        })
        .collect();
    let places = std::iter::once(("/spec/topology/variables".to_owned(), TOP.to_owned()));
    for (pointer, path) in places.chain(overrides(cluster)) {
        let before = old.map(|old| list(old, &pointer)).unwrap_or_default();
        for variable in list(cluster, &pointer) {
            let name = name_of(&variable);
            match definitions.iter().find(|known| known.name == name) {
                Some(definition) => {
                    let before = before.iter().find(|before| name_of(before) == name);
                    causes.extend(definition.flaws(&variable, before, &path));
                }
                None => causes.push(Cause::invalid(
                    &format!("{path}[{name}]"),
                    &format!("{name:?}"),
                    &format!("variable with name {name:?} is not defined in the ClusterClass"),
                )),
            }
        }
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ClusterClass whose reconciler has seen it, or has not.
    struct Class {
        reconciled: bool,
    }

    impl Lookup for Class {
        fn get(&self, _: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
            assert_eq!((kind, namespace, name), ("ClusterClass", "n", "k"));
            let variable = |name: &str, required: bool, schema: Value| json!({"name": name, "definitions": [{"from": "inline", "required": required, "schema": {"openAPIV3Schema": schema}}]});
            let network = json!({"type": "object", "properties": {
                "mtu": {"type": "integer", "default": 1500, "maximum": 9000},
                "name": {"type": "string"},
            }});
            Some(json!({
                "metadata": {"generation": 2},
                "status": {
                    "observedGeneration": if self.reconciled { 2 } else { 1 },
                    "conditions": [{"type": "VariablesReady", "status": "True"}],
                    "variables": [
                        variable("region", true, json!({"type": "string", "enum": ["a", "b"]})),
                        variable("network", false, network),
                        variable("count", false, json!({"type": "integer", "default": 3})),
                    ],
                },
            }))
        }

        fn list(&self, _: &str, _: &str, _: &str) -> Vec<Value> {
            Vec::new()
        }
    }

    fn cluster(variables: &Value, overrides: &Value) -> Value {
        json!({
            "metadata": {"name": "c", "namespace": "n"},
            "spec": {"topology": {
                "classRef": {"name": "k"},
                "variables": variables,
                "workers": {"machineDeployments": [{"name": "md", "variables": {"overrides": overrides}}]},
            }},
        })
    }

    fn told(cluster: &Value, old: Option<&Value>) -> Vec<String> {
        let causes = check(cluster, old, &Class { reconciled: true }).into_iter();
        causes
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect()
    }

    #[test]
    fn defaults_come_from_the_class() {
        let mut filled = cluster(
            &json!([{"name": "network", "value": {"name": "x"}}]),
            &json!([{"name": "network", "value": {}}]),
        );
        fill(&mut filled, &Class { reconciled: true });
        assert_eq!(
            filled,
            cluster(
                &json!([{"name": "network", "value": {"name": "x", "mtu": 1500}}, {"name": "count", "value": 3}]),
                &json!([{"name": "network", "value": {"mtu": 1500}}]),
            )
        );
        let again = filled.clone();
        fill(&mut filled, &Class { reconciled: true });
        assert_eq!(filled, again);
        let mut left = cluster(&json!([]), &json!([]));
        fill(&mut left, &Class { reconciled: false });
        assert_eq!(left, cluster(&json!([]), &json!([])));
    }

    #[test]
    fn values_are_held_against_the_schemas_of_the_class() {
        let region = json!({"name": "region", "value": "a"});
        let good = cluster(&json!([region]), &json!([{"name": "region", "value": "b"}]));
        assert_eq!(told(&good, None), Vec::<String>::new());
        for (variables, overrides, expected) in [
            (
                json!([]),
                json!([]),
                "spec.topology.variables: Required value: required variable with name \"region\" must be defined",
            ),
            (
                json!([region, {"name": "zone", "value": 1}]),
                json!([]),
                "spec.topology.variables[zone]: Invalid value: \"zone\": variable with name \"zone\" is not defined in the ClusterClass",
            ),
            (
                json!([region, {"name": "network", "value": {"mtu": 9001}}]),
                json!([]),
                "spec.topology.variables[network].value.mtu: Invalid value: 9001",
            ),
            (
                json!([region, {"name": "network", "value": {"mtv": 1}}]),
                json!([]),
                "spec.topology.variables[network].value: Invalid value: {\"mtv\":1}: failed validation: \"mtv\" field(s) are not specified",
            ),
            (
                json!([region]),
                json!([{"name": "region", "value": "c"}]),
                "spec.topology.workers.machineDeployments[md].variables.overrides[region].value: Unsupported value",
            ),
        ] {
            let found = told(&cluster(&variables, &overrides), None);
            assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
        }
    }

    #[test]
    fn nothing_is_held_against_a_class_that_nobody_has_understood() {
        let bad = cluster(&json!([{"name": "zone", "value": 1}]), &json!([]));
        assert_eq!(check(&bad, None, &Class { reconciled: false }), Vec::new());
    }
}
