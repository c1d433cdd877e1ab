//! The algebra of sets, and FieldsV1 both ways.

use serde_json::{Value, json};

use super::*;

fn set(fields: &Value) -> FieldSet {
    FieldSet::from_fields_v1(fields).unwrap()
}

#[test]
fn fields_v1_is_read_and_written() {
    for fields in [
        json!({}),
        json!({"f:a": {}}),
        json!({"f:a": {".": {}, "f:b": {}}}),
        json!({"f:a": {"f:b": {}}}),
        json!({"f:l": {".": {}, "k:{\"name\":\"x\"}": {".": {}, "f:v": {}}, "k:{\"name\":\"y\"}": {}}}),
        json!({"f:s": {"v:1": {}, "v:\"a\"": {}, "v:true": {}}, "i:0": {}}),
    ] {
        let read = set(&fields);
        let written = read.to_fields_v1();
        assert_eq!(written.to_string(), fields.to_string(), "the order counts");
        assert_eq!(set(&written), read);
    }
}

#[test]
fn what_is_written_differently_is_the_same_set() {
    let cases = [
        (json!({"f:a": {".": {}}}), json!({"f:a": {}})),
        (json!({"f:a": null}), json!({"f:a": {}})),
        (json!({"f:b": {}, "f:a": {}}), json!({"f:a": {}, "f:b": {}})),
        (json!({"f:a": {}, "z:new": {"f:b": {}}}), json!({"f:a": {}})),
        (
            json!({"k:{\"a\":1}": {"f:x": {}}, "k:{ \"a\": 1 }": {"f:y": {}}}),
            json!({"k:{\"a\":1}": {"f:x": {}, "f:y": {}}}),
        ),
        (json!({".": {}, "f:a": {}}), json!({"f:a": {}})),
    ];
    for (one, other) in cases {
        assert_eq!(set(&one), set(&other), "{one}");
    }
    for wrong in [
        json!([]),
        json!({"f:a": 1}),
        json!({"x": {}}),
        json!({"k:no": {}}),
        json!({"f:a": {"fb": {}}}),
    ] {
        assert!(FieldSet::from_fields_v1(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn sets_are_joined_and_divided() {
    // one, other, union, intersection, difference, difference with all that is below
    let cases = [
        [
            json!({"f:a": {}, "f:b": {}}),
            json!({"f:b": {}, "f:c": {}}),
            json!({"f:a": {}, "f:b": {}, "f:c": {}}),
            json!({"f:b": {}}),
            json!({"f:a": {}}),
            json!({"f:a": {}}),
        ],
        [
            json!({"f:a": {".": {}, "f:b": {}}}),
            json!({"f:a": {}}),
            json!({"f:a": {".": {}, "f:b": {}}}),
            json!({"f:a": {}}),
            json!({"f:a": {"f:b": {}}}),
            json!({}),
        ],
        [
            json!({"f:a": {"f:b": {}}}),
            json!({"f:a": {}}),
            json!({"f:a": {".": {}, "f:b": {}}}),
            json!({}),
            json!({"f:a": {"f:b": {}}}),
            json!({}),
        ],
        [
            json!({"f:a": {}}),
            json!({"f:a": {"f:b": {}}}),
            json!({"f:a": {".": {}, "f:b": {}}}),
            json!({}),
            json!({"f:a": {}}),
            json!({"f:a": {}}),
        ],
        [
            json!({"f:a": {"f:b": {}, "f:c": {}}, "f:d": {}}),
            json!({"f:a": {"f:b": {}, "f:c": {}}}),
            json!({"f:a": {"f:b": {}, "f:c": {}}, "f:d": {}}),
            json!({"f:a": {"f:b": {}, "f:c": {}}}),
            json!({"f:d": {}}),
            json!({"f:d": {}}),
        ],
    ];
    for [one, other, union, intersection, difference, trees] in cases {
        let (one, other) = (set(&one), set(&other));
        assert_eq!(one.clone().union(other.clone()).to_fields_v1(), union);
        assert_eq!(one.intersection(&other).to_fields_v1(), intersection);
        assert_eq!(one.difference(&other).to_fields_v1(), difference);
        let mut left = one.clone();
        assert_eq!(left.subtract_trees(&other), one != set(&trees));
        assert_eq!(left.to_fields_v1(), trees);
        let mut left = one.clone();
        assert_eq!(left.subtract(&other), one != set(&difference));
    }
}

#[test]
fn paths_come_level_by_level() {
    let fields = set(&json!({"f:a": {"f:b": {}}, "f:c": {".": {}, "v:1": {}}, "f:d": {}}));
    let paths: Vec<String> = fields.paths().iter().map(|path| shown(path)).collect();
    assert_eq!(paths, [".c", ".d", ".a.b", ".c[=1]"]);
    for path in fields.paths() {
        assert!(fields.contains(&path));
    }
    assert!(!fields.contains(&[PathElement::field("a")]));
    assert!(!fields.contains(&[]));
    let mut again = FieldSet::default();
    for path in fields.paths() {
        again.insert(&path);
    }
    again.insert(&[]);
    assert_eq!(again, fields);
}
