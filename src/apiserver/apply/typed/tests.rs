//! What schemas and the table of built-in kinds make of fields.

use serde_json::{Value, json};

use super::*;

/// What the field at `path` is: one word for its form, with what it is owned as.
fn told(table: &TypeTable, path: &[&str]) -> String {
    let mut typed = table.root();
    for step in path {
        typed = match (*step, typed.form(None)) {
            ("[]", Form::List(list)) => list.element(),
            (name, Form::Map(map)) => match map.field(name) {
                Some(typed) => typed,
                None => return "unknown".to_owned(),
            },
            (step, form) => panic!("{step} in {form:?}"),
        };
    }
    match typed.form(None) {
        Form::Scalar(scalar) => format!("{scalar:?}"),
        Form::List(list) => match &list.list.elements {
            Elements::Atomic => "atomic list".to_owned(),
            Elements::Set => "set".to_owned(),
            Elements::Keyed(keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|(name, default)| match default {
                        None => name.to_string(),
                        Some(default) => format!("{name}={default}"),
                    })
                    .collect();
                format!("list by {}", keys.join(","))
            }
        },
        Form::Map(map) if map.is_deduced() => "deduced".to_owned(),
        Form::Map(map) if map.atomic() => "atomic map".to_owned(),
        Form::Map(_) => "map".to_owned(),
    }
}

#[test]
fn schemas_say_how_fields_are_owned() {
    let table = TypeTable::custom(Some(&json!({
        "type": "object",
        "properties": {
            "metadata": {"type": "object", "properties": {"name": {"type": "integer"}}},
            "spec": {"type": "object", "properties": {
                "text": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "bytes": {"type": "string", "format": "byte"},
                "number": {"type": "integer"},
                "truth": {"type": "boolean"},
                "either": {"x-kubernetes-int-or-string": true},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "open": {"type": "object"},
                "half": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
                    "known": {"type": "object", "properties": {"x": {"type": "string"}}},
                }},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "any": {"type": "object", "additionalProperties": true},
                "atomic": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"x": {"type": "string"}}},
                "list": {"type": "array", "items": {"type": "string"}},
                "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "keyed": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b", "a"],
                    "items": {"type": "object", "properties": {"a": {"type": "string", "default": "TCP"}, "b": {"type": "integer"}}},
                },
                "embedded": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
            }},
        },
    })));
    for (path, expected) in [
        (&["apiVersion"][..], "String"),
        (&["metadata", "name"], "String"),
        (&["metadata", "labels"], "map"),
        (&["metadata", "labels", "a"], "String"),
        (&["metadata", "finalizers"], "set"),
        (&["metadata", "ownerReferences"], "list by uid"),
        (&["metadata", "ownerReferences", "[]"], "atomic map"),
        (&["metadata", "managedFields"], "atomic list"),
        (&["status"], "unknown"),
        (&["spec", "text"], "String"),
        (&["spec", "time"], "Untyped"),
        (&["spec", "bytes"], "String"),
        (&["spec", "number"], "Numeric"),
        (&["spec", "truth"], "Boolean"),
        (&["spec", "either"], "deduced"),
        (&["spec", "free"], "deduced"),
        (&["spec", "free", "x", "y"], "deduced"),
        (&["spec", "open"], "deduced"),
        (&["spec", "half"], "map"),
        (&["spec", "half", "other"], "deduced"),
        (&["spec", "half", "known", "x"], "String"),
        (&["spec", "half", "known", "other"], "deduced"),
        (&["spec", "labels"], "map"),
        (&["spec", "any"], "deduced"),
        (&["spec", "any", "x"], "deduced"),
        (&["spec", "atomic"], "atomic map"),
        (&["spec", "list"], "atomic list"),
        (&["spec", "set"], "set"),
        (&["spec", "keyed"], "list by b,a=\"TCP\""),
        (&["spec", "embedded", "metadata", "finalizers"], "set"),
        (&["spec", "embedded", "spec"], "deduced"),
        (&["spec", "other"], "unknown"),
    ] {
        assert_eq!(told(&table, path), expected, "{path:?}");
    }
    assert_eq!(table.empty(), &json!({}));
    let nothing_known = TypeTable::custom(None);
    assert_eq!(told(&nothing_known, &["spec"]), "deduced");
    assert_eq!(told(&nothing_known, &["metadata", "finalizers"]), "set");
}

#[test]
fn built_in_kinds_are_as_upstream_has_them() {
    for ((group, version, kind), path, expected) in [
        (
            ("apps", "v1", "Deployment"),
            &["spec", "selector"][..],
            "atomic map",
        ),
        (
            ("apps", "v1", "Deployment"),
            &["spec", "template", "spec", "containers"],
            "list by name",
        ),
        (
            ("apps", "v1", "Deployment"),
            &["spec", "template", "spec", "containers", "[]", "ports"],
            "list by containerPort,protocol=\"TCP\"",
        ),
        (
            ("apps", "v1", "Deployment"),
            &["spec", "template", "spec", "nodeSelector"],
            "atomic map",
        ),
        (
            ("", "v1", "Service"),
            &["spec", "ports"],
            "list by port,protocol=\"TCP\"",
        ),
        (
            ("", "v1", "Service"),
            &["spec", "ports", "[]", "targetPort"],
            "Untyped",
        ),
        (("", "v1", "ConfigMap"), &["data"], "map"),
        (("", "v1", "Secret"), &["data", "key"], "String"),
        (("", "v1", "ServiceAccount"), &["secrets"], "list by name"),
        (("", "v1", "Node"), &["status", "conditions"], "list by type"),
        (
            ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
            &["spec", "versions"],
            "atomic list",
        ),
        (
            ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
            &["status", "conditions"],
            "list by type",
        ),
        (("", "v1", "Nonsense"), &["spec"], "deduced"),
    ] {
        let table = TypeTable::built_in(group, version, kind);
        assert_eq!(told(&table, path), expected, "{kind} {path:?}");
    }
    let table = TypeTable::built_in("apps", "v1", "Deployment");
    let empty = table.empty();
    assert_eq!(empty.pointer("/spec/strategy"), Some(&json!({})));
    assert_eq!(
        empty.pointer("/spec/template/spec/containers"),
        Some(&Value::Null)
    );
    assert_eq!(empty.pointer("/spec/replicas"), None);
}

#[test]
fn elements_are_told_apart() {
    let list = |kind: &Value| {
        let mut schema =
            json!({"type": "array", "items": {"type": "object", "properties": {"b": {"default": 1}}}});
        schema
            .as_object_mut()
            .unwrap()
            .extend(kind.as_object().unwrap().clone());
        TypeTable::custom(Some(&json!({"type": "object", "properties": {"l": schema}})))
    };
    let keyed = list(&json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b", "a"]}));
    let unsure = list(&json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]}));
    let set = list(&json!({"x-kubernetes-list-type": "set"}));
    for (table, element, expected) in [
        (&keyed, json!({"a": "x", "b": 2}), Ok(r#"[a="x",b=2]"#)),
        (&keyed, json!({"a": "x"}), Ok(r#"[a="x",b=1]"#)),
        (&keyed, json!({}), Ok("[b=1]")),
        (&keyed, json!(null), Err("null element")),
        (&keyed, json!("x"), Err("non-map elements")),
        (&unsure, json!({"c": 1}), Err(r#"omits all key fields ["a"]"#)),
        (&set, json!("x"), Ok(r#"[="x"]"#)),
        (&set, json!(null), Err("explicit null")),
        (&set, json!({}), Err("map type")),
        (&set, json!([]), Err("lists as elements")),
    ] {
        let Form::Map(root) = table.root().form(None) else {
            panic!("an object is a map");
        };
        let Form::List(list) = root.field_found("l").form(None) else {
            panic!("it is a list");
        };
        match (list.step(&element), expected) {
            (Ok(step), Ok(expected)) => assert_eq!(step.to_string(), expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (found, _) => panic!("{element}: {found:?}"),
        }
    }
}
