use serde_json::json;

use super::*;

fn document() -> Value {
    json!({"components": {"schemas": {
        "io.meta": {"type": "object", "description": "Standard metadata.", "properties": {
            "name": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        }},
        "io.loop": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/io.loop"}}},
        "io.machine": {
            "type": "object",
            "required": ["spec"],
            "x-kubernetes-group-version-kind": [{"group": "cluster.x-k8s.io", "version": "v1beta2", "kind": "MachineDeployment"}],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"allOf": [{"$ref": "#/components/schemas/io.meta"}], "default": {}, "description": "Whose it is."},
                "spec": {"type": "object", "required": ["clusterName"], "properties": {
                    "clusterName": {"type": "string", "description": "The cluster that it belongs to."},
                    "replicas": {"type": "integer", "format": "int32", "nullable": true},
                    "paused": {"type": "boolean", "default": false},
                    "order": {"type": "string", "enum": ["Newest", "Oldest", "Random"]},
                    "maxSurge": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "loop": {"$ref": "#/components/schemas/io.loop"},
                    "taints": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key", "effect"],
                        "items": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}, "effect": {"type": "string"}}}},
                }},
            },
        },
    }}})
}

fn schema() -> Schema {
    Schema::of(&document(), ("cluster.x-k8s.io", "v1beta2", "MachineDeployment")).unwrap()
}

#[test]
fn a_schema_tells_fields_their_types_and_what_they_are_for() {
    let schema = schema();
    let cluster = schema.at("/spec/clusterName").unwrap();
    assert_eq!(
        (cluster.kind, cluster.doc.as_str()),
        (Kind::Text, "The cluster that it belongs to.")
    );
    assert_eq!(schema.at("/metadata").unwrap().doc, "Whose it is.");
    assert_eq!(schema.at("/metadata/labels/a~1b").unwrap().kind, Kind::Text);
    assert_eq!(schema.at("/spec/taints/3/effect").unwrap().kind, Kind::Text);
    assert_eq!(schema.at("/spec/paused").unwrap().default, Some(json!(false)));
    assert_eq!(schema.at("/spec/maxSurge").unwrap().kind, Kind::IntegerOrText);
    assert_eq!(schema.at("/spec/order").unwrap().choices.len(), 3);
    assert!(schema.at("/spec/nothing").is_none() && schema.at("/spec/replicas/x").is_none());
    assert!(Schema::of(&document(), ("cluster.x-k8s.io", "v1beta1", "MachineDeployment")).is_none());
}

#[test]
fn lists_say_how_their_elements_belong_together() {
    let schema = schema();
    let keys = ListKind::Map(vec!["key".into(), "effect".into()]);
    assert_eq!(schema.list_kind("/spec/taints"), keys);
    assert_eq!(schema.list_kind("/metadata/finalizers"), ListKind::Set);
    assert_eq!(schema.list_kind("/spec/nothing"), ListKind::Atomic);
}

#[test]
fn a_schema_of_itself_has_an_end() {
    let deep = "/inner".repeat(10);
    assert_eq!(
        schema().at(&format!("/spec/loop{deep}")).unwrap().kind,
        Kind::Object
    );
    let mut value = json!({});
    for _ in 0..100 {
        value = json!({"inner": value});
    }
    assert_eq!(
        schema().check(&json!({"spec": {"clusterName": "c", "loop": value}})),
        []
    );
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let told = |object: Value| -> Vec<(String, String)> {
        let mistakes = schema().check(&object).into_iter();
        mistakes.map(|mistake| (mistake.pointer, mistake.what)).collect()
    };
    let one = |pointer: &str, what: &str| vec![(pointer.to_owned(), what.to_owned())];
    let spec = |field: &str, value: Value| {
        let mut spec = json!({"clusterName": "c"});
        spec[field] = value;
        json!({"apiVersion": "x", "kind": "y", "metadata": {"labels": {"a": "b"}}, "spec": spec})
    };
    assert_eq!(told(spec("replicas", json!(3))), []);
    assert_eq!(told(spec("replicas", json!(null))), []);
    assert_eq!(told(spec("maxSurge", json!("20%"))), []);
    assert_eq!(told(spec("free", json!({"whatever": [1]}))), []);
    assert_eq!(
        told(spec("replicas", json!("3"))),
        one("/spec/replicas", "has to be an integer and is a string")
    );
    assert_eq!(
        told(spec("replica", json!(3))),
        one("/spec/replica", "there is no field replica here")
    );
    assert_eq!(
        told(spec("order", json!("First"))),
        one("/spec/order", "has to be one of Newest, Oldest, Random")
    );
    assert_eq!(told(json!({"spec": {}})), one("/spec", "clusterName is missing"));
    assert_eq!(told(json!({})), one("", "spec is missing"));
    assert_eq!(
        told(spec("taints", json!([{"key": "a"}, {"effect": "NoSchedule"}]))),
        one("/spec/taints/1", "key is missing")
    );
    let mut labels = spec("replicas", json!(3));
    labels["metadata"]["labels"]["a/b"] = json!(1);
    assert_eq!(
        told(labels),
        one("/metadata/labels/a~1b", "has to be a string and is a number")
    );
}
