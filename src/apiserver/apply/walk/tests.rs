//! Tables of what each walk makes of nested maps, sets, lists with keys, atomic parts, nulls and nothing.

use serde_json::{Value, json};

use super::*;
use crate::apply::fields::FieldSet;
use crate::apply::typed::TypeTable;

fn table() -> TypeTable {
    let item = json!({"type": "object", "properties": {
        "k": {"type": "string"}, "p": {"type": "string", "default": "TCP"}, "v": {"type": "integer"},
        "s": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
    }});
    TypeTable::custom(Some(&json!({"type": "object", "properties": {
        "n": {"type": "integer"},
        "m": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "object", "properties": {"c": {"type": "integer"}}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "atom": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"x": {"type": "integer"}}},
        "list": {"type": "array", "items": {"type": "string"}},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "keyed": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": item},
        "multi": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k", "p"], "items": item},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }})))
}

fn set(fields: &Value) -> FieldSet {
    FieldSet::from_fields_v1(fields).unwrap()
}

#[test]
fn configurations_own_what_they_name() {
    let table = table();
    for (value, expected) in [
        (
            json!({"n": 1, "m": {"a": "x", "b": {"c": 1}}}),
            json!({"f:m": {"f:a": {}, "f:b": {"f:c": {}}}, "f:n": {}}),
        ),
        (json!({"m": {}}), json!({"f:m": {}})),
        (json!({"m": null, "n": null}), json!({"f:m": {}, "f:n": {}})),
        (json!({"m": {"b": {}}}), json!({"f:m": {"f:b": {}}})),
        (json!({"labels": {"x": "1"}}), json!({"f:labels": {"f:x": {}}})),
        (json!({"atom": {"x": 1}}), json!({"f:atom": {}})),
        (json!({"list": ["a"]}), json!({"f:list": {}})),
        (json!({"list": []}), json!({"f:list": {}})),
        (
            json!({"set": ["a", "b"]}),
            json!({"f:set": {"v:\"a\"": {}, "v:\"b\"": {}}}),
        ),
        (json!({"set": []}), json!({})),
        (json!({"set": ["a", "a"]}), json!({"f:set": {"v:\"a\"": {}}})),
        (
            json!({"keyed": [{"k": "x", "v": 1, "s": ["q"]}]}),
            json!({"f:keyed": {"k:{\"k\":\"x\"}": {".": {}, "f:k": {}, "f:s": {"v:\"q\"": {}}, "f:v": {}}}}),
        ),
        (
            json!({"multi": [{"k": "x"}]}),
            json!({"f:multi": {"k:{\"k\":\"x\",\"p\":\"TCP\"}": {".": {}, "f:k": {}}}}),
        ),
        (
            json!({"free": {"a": {"b": [1], "c": {}}}}),
            json!({"f:free": {"f:a": {".": {}, "f:b": {}, "f:c": {}}}}),
        ),
        (json!({"free": {}}), json!({"f:free": {}})),
    ] {
        let found = fields_of(&value, table.root()).to_fields_v1();
        assert_eq!(found.to_string(), expected.to_string(), "{value}");
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn states_are_compared() {
    let table = table();
    // old, new, removed, modified, added
    for [old, new, removed, modified, added] in [
        [json!({"n": 1}), json!({"n": 1}), json!({}), json!({}), json!({})],
        [
            json!({"n": 1}),
            json!({"n": 1.0}),
            json!({}),
            json!({}),
            json!({}),
        ],
        [
            json!({"n": 1}),
            json!({"n": 2}),
            json!({}),
            json!({"f:n": {}}),
            json!({}),
        ],
        [
            json!({}),
            json!({"n": null}),
            json!({}),
            json!({}),
            json!({"f:n": {}}),
        ],
        [
            json!({"n": 1}),
            json!({}),
            json!({"f:n": {}}),
            json!({}),
            json!({}),
        ],
        [
            json!({}),
            json!({"m": {"b": {"c": 1}}}),
            json!({}),
            json!({}),
            json!({"f:m": {".": {}, "f:b": {".": {}, "f:c": {}}}}),
        ],
        [
            json!({"m": {"a": "x"}}),
            json!({"m": {}}),
            json!({"f:m": {"f:a": {}}}),
            json!({}),
            json!({}),
        ],
        [
            json!({"m": {}}),
            json!({"m": null}),
            json!({}),
            json!({"f:m": {}}),
            json!({}),
        ],
        [
            json!({"m": {}}),
            json!({"m": {"a": "x"}}),
            json!({}),
            json!({}),
            json!({"f:m": {"f:a": {}}}),
        ],
        [
            json!({"atom": {"x": 1}}),
            json!({"atom": {"x": 2}}),
            json!({}),
            json!({"f:atom": {}}),
            json!({}),
        ],
        [
            json!({"list": ["a"]}),
            json!({"list": ["a", "b"]}),
            json!({}),
            json!({"f:list": {}}),
            json!({}),
        ],
        [
            json!({"set": ["a", "b"]}),
            json!({"set": ["c", "b"]}),
            json!({"f:set": {"v:\"a\"": {}}}),
            json!({}),
            json!({"f:set": {"v:\"c\"": {}}}),
        ],
        [
            json!({"set": ["a", "b"]}),
            json!({"set": ["b", "a"]}),
            json!({}),
            json!({}),
            json!({}),
        ],
        [
            json!({"set": []}),
            json!({"set": null}),
            json!({}),
            json!({"f:set": {}}),
            json!({}),
        ],
        [
            json!({"set": ["a"]}),
            json!({"set": ["a", "a"]}),
            json!({"f:set": {"v:\"a\"": {}}}),
            json!({}),
            json!({"f:set": {"v:\"a\"": {}}}),
        ],
        [
            json!({"keyed": [{"k": "x", "v": 1}, {"k": "y"}]}),
            json!({"keyed": [{"k": "z"}, {"k": "x", "v": 2}]}),
            json!({"f:keyed": {"k:{\"k\":\"y\"}": {".": {}, "f:k": {}}}}),
            json!({"f:keyed": {"k:{\"k\":\"x\"}": {"f:v": {}}}}),
            json!({"f:keyed": {"k:{\"k\":\"z\"}": {".": {}, "f:k": {}}}}),
        ],
        [
            json!({"multi": [{"k": "x", "v": 1}]}),
            json!({"multi": [{"k": "x", "p": "TCP", "v": 1}, {"k": "x", "p": "UDP"}]}),
            json!({}),
            json!({}),
            json!({"f:multi": {
                "k:{\"k\":\"x\",\"p\":\"TCP\"}": {"f:p": {}},
                "k:{\"k\":\"x\",\"p\":\"UDP\"}": {".": {}, "f:k": {}, "f:p": {}},
            }}),
        ],
        [
            json!({"free": {"a": "x"}}),
            json!({"free": {"a": {"b": 1}}}),
            json!({}),
            json!({"f:free": {"f:a": {}}}),
            json!({"f:free": {"f:a": {"f:b": {}}}}),
        ],
    ] {
        let found = compare(&old, &new, table.root());
        let expected = [removed, modified, added].map(|fields| set(&fields).to_fields_v1().to_string());
        let found =
            [found.removed, found.modified, found.added].map(|fields| fields.to_fields_v1().to_string());
        assert_eq!(found, expected, "{old} to {new}");
    }
}

#[test]
fn configurations_are_merged() {
    let table = table();
    for (live, config, expected) in [
        (json!({"n": 1}), json!({"n": 2}), json!({"n": 2})),
        (json!({"n": 1}), json!({"n": null}), json!({"n": null})),
        (json!({"n": 1}), json!({}), json!({"n": 1})),
        (
            json!({"m": {"a": "x"}}),
            json!({"m": {"b": {"c": 1}}}),
            json!({"m": {"a": "x", "b": {"c": 1}}}),
        ),
        (
            json!({"m": {"a": "x"}}),
            json!({"m": null}),
            json!({"m": {"a": "x"}}),
        ),
        (
            json!({"m": {"a": "x"}}),
            json!({"m": {}}),
            json!({"m": {"a": "x"}}),
        ),
        (json!({"m": null}), json!({"m": {}}), json!({"m": {}})),
        (
            json!({"atom": {"x": 1}}),
            json!({"atom": {}}),
            json!({"atom": {}}),
        ),
        (
            json!({"list": ["a", "b"]}),
            json!({"list": ["c"]}),
            json!({"list": ["c"]}),
        ),
        (json!({"list": ["a"]}), json!({"list": []}), json!({"list": []})),
        (
            json!({"set": ["a", "b"]}),
            json!({"set": ["c", "b"]}),
            json!({"set": ["a", "c", "b"]}),
        ),
        (
            json!({"set": ["a", "b"]}),
            json!({"set": []}),
            json!({"set": ["a", "b"]}),
        ),
        (
            json!({"set": ["a", "b", "c"]}),
            json!({"set": ["c", "a"]}),
            json!({"set": ["b", "c", "a"]}),
        ),
        (
            json!({"set": ["a", "b", "a"]}),
            json!({"set": ["a"]}),
            json!({"set": ["a", "b"]}),
        ),
        (
            json!({"keyed": [{"k": "x", "v": 1}, {"k": "y", "v": 2}]}),
            json!({"keyed": [{"k": "y", "s": ["q"]}, {"k": "z"}]}),
            json!({"keyed": [{"k": "x", "v": 1}, {"k": "y", "v": 2, "s": ["q"]}, {"k": "z"}]}),
        ),
        (
            json!({"multi": [{"k": "x", "v": 1}]}),
            json!({"multi": [{"k": "x", "p": "TCP"}]}),
            json!({"multi": [{"k": "x", "v": 1, "p": "TCP"}]}),
        ),
        (
            json!({"free": {"a": "x"}}),
            json!({"free": {"a": {"b": 1}}}),
            json!({"free": {"a": {"b": 1}}}),
        ),
        (
            json!({"free": {"a": [1]}}),
            json!({"free": {"a": [2]}}),
            json!({"free": {"a": [2]}}),
        ),
    ] {
        let merged = merge(&live, &config, table.root());
        assert_eq!(merged.to_string(), expected.to_string(), "{live} and {config}");
    }
}

#[test]
fn fields_are_taken_out() {
    let table = table();
    for (value, fields, expected) in [
        (
            json!({"n": 1, "m": {"a": "x"}}),
            json!({"f:n": {}}),
            json!({"m": {"a": "x"}}),
        ),
        (
            json!({"m": {"a": "x", "b": {"c": 1}}}),
            json!({"f:m": {"f:b": {}}}),
            json!({"m": {"a": "x"}}),
        ),
        (
            json!({"n": 1, "m": {"a": "x"}}),
            json!({"f:m": {}}),
            json!({"n": 1}),
        ),
        (
            json!({"n": 1, "m": {"a": "x"}}),
            json!({"f:m": {"f:a": {}}}),
            json!({"n": 1, "m": null}),
        ),
        (
            json!({"set": ["a", "b"]}),
            json!({"f:set": {"v:\"a\"": {}}}),
            json!({"set": ["b"]}),
        ),
        (
            json!({"keyed": [{"k": "x", "v": 1}, {"k": "y", "v": 2}]}),
            json!({"f:keyed": {"k:{\"k\":\"x\"}": {}, "k:{\"k\":\"y\"}": {"f:v": {}}}}),
            json!({"keyed": [{"k": "y"}]}),
        ),
        (
            json!({"list": ["a"]}),
            json!({"f:other": {}}),
            json!({"list": ["a"]}),
        ),
    ] {
        let left = remove(&value, &set(&fields), table.root());
        assert_eq!(left.to_string(), expected.to_string(), "{value} without {fields}");
    }
}

#[test]
fn flaws_are_told_as_upstream_tells_them() {
    let table = table();
    for (value, expected) in [
        (json!({"n": 1, "set": ["a"], "m": null}), "errors:"),
        (json!({"bogus": 1}), ".bogus: field not declared in schema"),
        (
            json!({"m": {"b": {"x": 1}}}),
            ".m.b.x: field not declared in schema",
        ),
        (
            json!({"n": "x"}),
            ".n: expected numeric (int or float), got string",
        ),
        (
            json!({"m": {"a": 1}}),
            ".m.a: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (json!({"m": 1}), ".m: expected map, got &{1}"),
        (json!({"list": "x"}), ".list: expected list, got &{x}"),
        (
            json!({"list": [1]}),
            ".list[0]: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (
            json!({"keyed": [{"k": "1"}, {"k": "1"}]}),
            r#".keyed: duplicate entries for key [k="1"]"#,
        ),
        (
            json!({"set": ["a", "a"]}),
            r#".set: duplicate entries for key [="a"]"#,
        ),
        (
            json!({"n": true, "m": {"a": []}}),
            "errors:\n  .n: expected numeric (int or float), got bool\n  .m.a: expected string, got &value.valueUnstructured{Value:[]interface {}{}}",
        ),
    ] {
        assert_eq!(check(&value, table.root()).to_string(), expected, "{value}");
    }
}

#[test]
fn sets_follow_what_became_atomic() {
    let table = table();
    for (before, after) in [
        (json!({"f:atom": {"f:x": {}}}), json!({"f:atom": {}})),
        (json!({"f:list": {"v:\"a\"": {}}}), json!({"f:list": {}})),
        (json!({"f:m": {"f:a": {}}}), json!({"f:m": {"f:a": {}}})),
        (
            json!({"f:free": {"f:a": {"f:b": {}}}}),
            json!({"f:free": {"f:a": {"f:b": {}}}}),
        ),
        (json!({"f:gone": {"f:a": {}}}), json!({"f:gone": {"f:a": {}}})),
    ] {
        let mut fields = set(&before);
        assert_eq!(reconcile(&mut fields, table.root()), before != after);
        assert_eq!(fields.to_fields_v1(), after);
    }
}

#[test]
fn named_fields_join_the_set() {
    let table = table();
    for (before, after) in [
        (
            json!({"f:m": {"f:b": {"f:c": {}}}}),
            json!({"f:m": {".": {}, "f:b": {".": {}, "f:c": {}}}}),
        ),
        (
            json!({"f:labels": {"f:x": {}}}),
            json!({"f:labels": {".": {}, "f:x": {}}}),
        ),
        (
            json!({"f:keyed": {"k:{\"k\":\"x\"}": {"f:s": {"v:\"q\"": {}}}}}),
            json!({"f:keyed": {".": {}, "k:{\"k\":\"x\"}": {"f:s": {".": {}, "v:\"q\"": {}}}}}),
        ),
        (
            json!({"f:free": {"f:a": {"f:b": {}}}}),
            json!({"f:free": {".": {}, "f:a": {"f:b": {}}}}),
        ),
    ] {
        let mut fields = set(&before);
        name_fields(&mut fields, Some(table.root()));
        assert_eq!(fields.to_fields_v1(), after);
    }
}
