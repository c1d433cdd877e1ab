//! Objects, patches, and what comes of them.

use serde_json::json;

use super::*;
use crate::types;

fn merged(group: &str, kind: &str, mut object: Value, patch: &Value) -> Value {
    merge(&mut object, patch, types::of(group, "v1", kind))
        .unwrap_or_else(|error| panic!("{patch}: {error}"));
    object
}

/// With a step for each pair of fields these would take minutes.
#[test]
fn many_fields_go_at_once() {
    let fields = |value: Value| -> Map<String, Value> {
        (0..150_000)
            .map(|number| (format!("f{number}"), value.clone()))
            .collect()
    };
    let object = json!({"data": fields(json!("x"))});
    let nulls = json!({"data": fields(Value::Null)});
    assert_eq!(
        merged("", "ConfigMap", object.clone(), &nulls),
        json!({"data": {}})
    );
    let names: Vec<String> = fields(Value::Null)
        .into_iter()
        .map(|(name, _)| name)
        .rev()
        .collect();
    let retain = json!({"data": {"$retainKeys": names}});
    assert_eq!(merged("", "ConfigMap", object.clone(), &retain), object);
}

#[test]
fn lists_with_a_merge_key_are_merged() {
    let node = json!({
        "metadata": {"finalizers": ["a", "b"], "labels": {"x": "1", "y": "2"}},
        "spec": {"taints": [{"key": "t"}]},
        "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "R"}, {"type": "Disk", "status": "False"}]},
    });
    let cases = [
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            "/status/conditions",
            json!([{"type": "Ready", "status": "True", "reason": "R"}, {"type": "Disk", "status": "False"}]),
        ),
        (
            json!({"status": {"conditions": [{"type": "Disk", "$patch": "delete"}]}}),
            "/status/conditions",
            json!([{"type": "Ready", "status": "False", "reason": "R"}]),
        ),
        (
            json!({"status": {"conditions": [{"type": "New"}], "$setElementOrder/conditions": [{"type": "New"}, {"type": "Ready"}]}}),
            "/status/conditions",
            json!([{"type": "New"}, {"type": "Ready", "status": "False", "reason": "R"}, {"type": "Disk", "status": "False"}]),
        ),
        (
            json!({"status": {"conditions": [{"type": "New"}, {"$patch": "replace"}]}}),
            "/status/conditions",
            json!([{"type": "New"}]),
        ),
        (
            json!({"metadata": {"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}}),
            "/metadata/finalizers",
            json!(["c", "b"]),
        ),
        (
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}),
            "/metadata/finalizers",
            json!(["b"]),
        ),
        (
            json!({"metadata": {"$setElementOrder/finalizers": ["b", "a"]}}),
            "/metadata/finalizers",
            json!(["b", "a"]),
        ),
        (
            json!({"metadata": {"labels": {"x": null, "z": "3"}}}),
            "/metadata/labels",
            json!({"y": "2", "z": "3"}),
        ),
        (
            json!({"metadata": {"labels": {"$patch": "replace", "z": "3"}}}),
            "/metadata/labels",
            json!({"z": "3"}),
        ),
        (
            json!({"spec": {"taints": [{"key": "u"}]}}),
            "/spec/taints",
            json!([{"key": "u"}]),
        ),
    ];
    for (patch, path, expected) in cases {
        assert_eq!(
            merged("", "Node", node.clone(), &patch).pointer(path),
            Some(&expected),
            "{patch}"
        );
    }
}

/// A Deployment with this pod spec.
fn deployment(spec: &Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

#[test]
fn the_types_say_what_is_merged_by_what() {
    let before = json!({
        "containers": [
            {"name": "a", "image": "1", "ports": [{"containerPort": 80, "name": "x"}], "env": [{"name": "E", "value": "1"}], "args": ["p"]},
            {"name": "b", "image": "1"},
        ],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "tolerations": [{"key": "k"}],
        "nodeSelector": {"a": "b"},
    });
    let patch = json!({
        "containers": [
            {"name": "b", "image": "2"},
            {"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 81}], "env": [{"name": "F", "value": null}], "args": ["q"]},
            {"name": "c", "image": null, "$setElementOrder/env": []},
        ],
        "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
        "volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}],
        "tolerations": [{"key": "l"}],
        "nodeSelector": {"c": "d"},
    });
    let after = json!({
        "containers": [
            {"name": "a", "image": "1", "ports": [{"containerPort": 80, "name": "x", "protocol": "UDP"}, {"containerPort": 81}],
             "env": [{"name": "F"}, {"name": "E", "value": "1"}], "args": ["q"]},
            {"name": "b", "image": "2"},
            {"name": "c"},
        ],
        "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
        "tolerations": [{"key": "l"}],
        "nodeSelector": {"a": "b", "c": "d"},
    });
    assert_eq!(
        merged("apps", "Deployment", deployment(&before), &deployment(&patch)),
        deployment(&after)
    );
}

#[test]
fn elements_that_the_patch_does_not_name_stay_where_they_were() {
    let names = |names: &str| -> Value {
        let list: Vec<Value> = names
            .chars()
            .map(|name| json!({"name": name.to_string()}))
            .collect();
        Value::Array(list)
    };
    for (before, patch, order, after) in [
        ("abc", "bn", None, "abnc"),
        ("abc", "n", None, "nabc"),
        ("abcd", "", Some("ca"), "bcad"),
        ("abc", "n", Some("cnb"), "acnb"),
        ("", "ba", None, "ba"),
        ("abc", "abc", Some("cba"), "cba"),
    ] {
        let mut spec = json!({"containers": names(patch)});
        if patch.is_empty() {
            spec = json!({});
        }
        if let Some(order) = order {
            spec["$setElementOrder/containers"] = names(order);
        }
        let before = deployment(&json!({"containers": names(before)}));
        assert_eq!(
            merged("apps", "Deployment", before, &deployment(&spec)),
            deployment(&json!({"containers": names(after)})),
            "{patch} {order:?}"
        );
    }
}

#[test]
fn objects_are_replaced_where_the_type_or_the_patch_says_so() {
    let budget = json!({"spec": {"selector": {"matchLabels": {"a": "b"}}, "minAvailable": 1}});
    let patch = json!({"spec": {"selector": {"matchLabels": {"c": "d"}}}});
    assert_eq!(
        merged("policy", "PodDisruptionBudget", budget, &patch),
        json!({"spec": {"selector": {"matchLabels": {"c": "d"}}, "minAvailable": 1}})
    );
    let before = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
    for patch in [
        json!({"$retainKeys": ["type"], "type": "Recreate"}),
        json!({"$patch": "replace", "type": "Recreate"}),
        json!({"type": "Recreate", "rollingUpdate": null}),
    ] {
        assert_eq!(
            merged(
                "apps",
                "Deployment",
                before.clone(),
                &json!({"spec": {"strategy": patch}})
            ),
            json!({"spec": {"strategy": {"type": "Recreate"}}})
        );
    }
    let deleted = json!({"spec": {"strategy": {"$patch": "delete"}}});
    assert_eq!(
        merged("apps", "Deployment", before, &deleted),
        json!({"spec": {"strategy": {}}})
    );
}

#[test]
fn new_objects_hold_no_words_of_patches() {
    let patch = deployment(&json!({
        "containers": [{"name": "a", "$patch": "merge", "env": [{"name": "E", "$patch": "delete"}, {"name": "F", "valueFrom": {"$retainKeys": ["fieldRef"], "fieldRef": {}}}]}],
    }));
    assert_eq!(
        merged("apps", "Deployment", json!({}), &patch),
        deployment(
            &json!({"containers": [{"name": "a", "env": [{"name": "F", "valueFrom": {"fieldRef": {}}}]}]})
        )
    );
}

#[test]
fn nonsense_is_refused() {
    for patch in [
        json!([]),
        json!({"$patch": "eat"}),
        json!({"$patch": 1}),
        json!({"status": {"conditions": [{"status": "True"}]}}),
        json!({"status": {"conditions": [{"type": "Ready", "$patch": "eat"}]}}),
        json!({"status": {"conditions": [{"$patch": "delete"}]}}),
        json!({"spec": {"$retainKeys": "podCIDR"}}),
        json!({"spec": {"$retainKeys": ["podCIDR"], "unschedulable": true}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}}),
    ] {
        assert!(
            merge(&mut json!({}), &patch, types::of("", "v1", "Node")).is_err(),
            "{patch}"
        );
    }
}

/// As `kubectl patch --local` has it, which is upstream's own code.
#[test]
fn of_elements_with_the_same_key_the_first_is_meant() {
    let port = |name: &str, protocol: &str| json!({"name": name, "port": 53, "protocol": protocol});
    let service = json!({"spec": {"ports": [port("dns", "UDP"), port("dns-tcp", "TCP")]}});
    let change = json!({"port": 53, "targetPort": 5353});
    for patch in [
        json!({"spec": {"ports": [change]}}),
        json!({"spec": {"ports": [change], "$setElementOrder/ports": [{"port": 53}, {"port": 53}]}}),
    ] {
        let ports = merged("", "Service", service.clone(), &patch)["spec"]["ports"].clone();
        assert_eq!(ports[0]["targetPort"], 5353, "{ports}");
        assert_eq!(ports[1], port("dns-tcp", "TCP"), "{ports}");
    }
}
