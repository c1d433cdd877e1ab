//! The definitions, held against upstream's own files, and against what Kubernetes takes.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

mod differences;
mod upstream;

fn versions_of(definition: &Value) -> BTreeMap<&str, &Value> {
    let versions = definition["spec"]["versions"].as_array().unwrap();
    versions
        .iter()
        .map(|version| (version["name"].as_str().unwrap(), version))
        .collect()
}

fn kind_of(definition: &Value) -> &str {
    definition["spec"]["names"]["kind"].as_str().unwrap()
}

/// Calls `look` with every schema of a definition, and whether it is that of a field.
fn walk<'a>(
    schema: &'a Value,
    path: &str,
    field: bool,
    look: &mut impl FnMut(&str, bool, &'a Map<String, Value>),
) {
    let Value::Object(schema) = schema else {
        panic!("{path} is no schema: {schema}")
    };
    look(path, field, schema);
    if let Some(properties) = schema.get("properties") {
        for (name, below) in properties.as_object().unwrap() {
            walk(below, &format!("{path}.{name}"), true, look);
        }
    }
    if let Some(items) = schema.get("items") {
        walk(items, &format!("{path}[]"), false, look);
    }
    if let Some(values) = schema.get("additionalProperties") {
        walk(values, &format!("{path}{{}}"), false, look);
    }
}

#[test]
fn every_field_is_described() {
    for definition in all() {
        for (name, version) in versions_of(&definition) {
            let schema = &version["schema"]["openAPIV3Schema"];
            let kind = kind_of(&definition);
            walk(schema, "", true, &mut |path, field, schema| {
                let description = schema
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                assert!(
                    !field || path == ".metadata" || description.ends_with('.'),
                    "{kind}/{name} {path}: {description}"
                );
            });
        }
    }
}

/// Keys of a schema that Kubernetes takes in a structural schema, `properties` and the like aside.
const TAKEN: [&str; 27] = [
    "additionalProperties",
    "anyOf",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "required",
    "type",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// A value with everything that a schema has.
fn filled(schema: &Value) -> Value {
    if let Some(values) = schema.get("enum") {
        return values.as_array().unwrap().last().unwrap().clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema.get("properties").and_then(Value::as_object);
            let mut object: Map<String, Value> = fields
                .into_iter()
                .flatten()
                .map(|(name, below)| (name.clone(), filled(below)))
                .collect();
            if let Some(values) = schema.get("additionalProperties") {
                object.insert("a".to_owned(), filled(values));
            }
            if schema.get("x-kubernetes-preserve-unknown-fields").is_some() {
                object.insert("any".to_owned(), json!(["thing"]));
            }
            object.into()
        }
        Some("array") => json!([filled(&schema["items"])]),
        Some("integer") => schema.get("maximum").cloned().unwrap_or(json!(7)),
        Some("boolean") => json!(true),
        Some("string") if schema["format"] == "date-time" => json!("2026-08-21T10:00:00Z"),
        Some("string") => json!("text"),
        _ => json!("25%"),
    }
}

#[test]
fn types_keep_all_that_their_schemas_have() {
    for definition in table::kinds() {
        let written = of(definition.group, definition.kind).unwrap();
        for row in definition.versions {
            let schema = &versions_of(&written)[row.name]["schema"]["openAPIV3Schema"];
            let mut object = filled(schema);
            for name in ["apiVersion", "kind", "metadata"] {
                object.as_object_mut().unwrap().remove(name);
            }
            let again = (row.fields.round_trip)(object.clone()).unwrap();
            assert_eq!(again, object, "{}/{}", definition.kind, row.name);
        }
    }
}

#[test]
fn every_schema_is_structural() {
    for definition in all() {
        for (name, version) in versions_of(&definition) {
            let schema = &version["schema"]["openAPIV3Schema"];
            let kind = kind_of(&definition);
            walk(schema, "", true, &mut |path, _, schema| {
                let of = format!("{kind}/{name} {path}");
                for key in schema.keys() {
                    assert!(TAKEN.contains(&key.as_str()), "{of}: {key}");
                }
                let free = schema.contains_key("x-kubernetes-int-or-string")
                    || schema.contains_key("x-kubernetes-preserve-unknown-fields");
                let typed = schema.get("type").is_some_and(Value::is_string);
                assert!(typed || free, "{of} has no type");
                assert!(
                    !(schema.contains_key("properties") && schema.contains_key("additionalProperties")),
                    "{of} is an object and a map"
                );
                let fields = schema.get("properties").and_then(Value::as_object);
                for required in schema
                    .get("required")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let known = fields.is_some_and(|fields| fields.contains_key(required.as_str().unwrap()));
                    assert!(known, "{of} requires {required}, which it does not have");
                }
            });
        }
    }
}

#[test]
fn lists_are_merged_by_fields_that_are_always_there() {
    for definition in all() {
        for (name, version) in versions_of(&definition) {
            let kind = kind_of(&definition);
            walk(
                &version["schema"]["openAPIV3Schema"],
                "",
                true,
                &mut |path, _, schema| {
                    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                    for key in keys.into_iter().flatten() {
                        let item = &schema["items"];
                        let known = item["required"].as_array().is_some_and(|all| all.contains(key))
                            || item["properties"][key.as_str().unwrap()].get("default").is_some();
                        assert!(known, "{kind}/{name} {path}: {key}");
                    }
                },
            );
        }
    }
}

#[test]
fn providers_are_found_by_contract_and_label() {
    let machine = of("infrastructure.cluster.x-k8s.io", "DevMachine").unwrap();
    assert_eq!(
        machine["metadata"]["labels"],
        json!({
            "clusterctl.cluster.x-k8s.io": "",
            "cluster.x-k8s.io/provider": "infrastructure-docker",
            "cluster.x-k8s.io/v1beta1": "v1beta1",
            "cluster.x-k8s.io/v1beta2": "v1beta2",
        })
    );
    let provider = of("clusterctl.cluster.x-k8s.io", "Provider").unwrap();
    assert_eq!(
        provider["metadata"]["labels"].get("cluster.x-k8s.io/v1beta2"),
        None
    );
    assert!(of("cluster.x-k8s.io", "Nothing").is_none());
}

#[test]
fn contracts_name_versions_that_are_served() {
    for definition in all() {
        let versions = versions_of(&definition);
        for (label, named) in definition["metadata"]["labels"].as_object().unwrap() {
            let Some(contract) = label.strip_prefix(CONTRACT_PREFIX) else {
                continue;
            };
            if contract != "provider" {
                let known = versions.contains_key(named.as_str().unwrap());
                assert!(known, "{}: {label}: {named}", kind_of(&definition));
            }
        }
    }
}

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for definition in all() {
        assert!(seen.insert(definition["metadata"]["name"].as_str().unwrap().to_owned()));
        for short in definition["spec"]["names"]["shortNames"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(seen.insert(short.as_str().unwrap().to_owned()), "{short}");
        }
    }
}

/// Every start of a server reads all of them.
#[test]
fn they_are_small() {
    let bytes: usize = all()
        .map(|definition| serde_json::to_string(&definition).unwrap().len())
        .sum();
    assert!(bytes < 2_000_000, "{bytes} bytes");
}

#[test]
fn a_kind_is_found_by_its_name_and_stored_in_its_newest_version() {
    let names: Vec<String> = names().collect();
    for (definition, name) in all().zip(&names) {
        assert_eq!(&definition["metadata"]["name"], name);
        let (group, kind) = (
            definition["spec"]["group"].as_str().unwrap(),
            kind_of(&definition),
        );
        assert_eq!(of(group, kind).as_ref(), Some(&definition));
        let versions = definition["spec"]["versions"].as_array().unwrap();
        let stored = versions
            .iter()
            .find(|version| version["storage"] == true)
            .unwrap();
        assert_eq!(stored_version(group, kind), stored["name"].as_str());
    }
    assert_eq!(
        (of("other.io", "Machine"), stored_version("other.io", "Machine")),
        (None, None)
    );
}
