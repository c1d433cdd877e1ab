//! Values held against schemas, with the texts that clients see.

use serde_json::json;

use super::*;

fn found(schema: &Value, object: &Value, old: Option<&Value>) -> Vec<String> {
    validate(object, &Structural::read(schema), old)
        .into_iter()
        .map(|cause| format!("{} {}: {}", cause.reason, cause.field, cause.message))
        .collect()
}

/// What is wrong with the field `a` of such a schema.
fn of_field(schema: &Value, value: &Value) -> Vec<String> {
    let schema = json!({"type": "object", "properties": {"a": schema}});
    found(&schema, &json!({"a": value}), None)
}

#[test]
fn types_are_told_with_what_was_found() {
    let cases = [
        (
            json!({"type": "integer"}),
            json!("x"),
            Some(
                r#"FieldValueTypeInvalid a: Invalid value: "string": a in body must be of type integer: "string""#,
            ),
        ),
        (
            json!({"type": "integer"}),
            json!(1.5),
            Some(
                r#"FieldValueTypeInvalid a: Invalid value: "number": a in body must be of type integer: "number""#,
            ),
        ),
        (json!({"type": "integer"}), json!(2.0), None),
        (json!({"type": "number"}), json!(2), None),
        (
            json!({"type": "string"}),
            json!(null),
            Some(
                r#"FieldValueTypeInvalid a: Invalid value: "null": a in body must be of type string: "null""#,
            ),
        ),
        (json!({"type": "string", "nullable": true}), json!(null), None),
        (
            json!({"type": "object"}),
            json!([]),
            Some(
                r#"FieldValueTypeInvalid a: Invalid value: "array": a in body must be of type object: "array""#,
            ),
        ),
        (json!({"x-kubernetes-int-or-string": true}), json!("10%"), None),
        (json!({"x-kubernetes-int-or-string": true}), json!(10), None),
        (
            json!({"x-kubernetes-int-or-string": true}),
            json!(true),
            Some(
                r#"FieldValueTypeInvalid a: Invalid value: "boolean": a in body must be of type integer,string: "boolean""#,
            ),
        ),
        (
            json!({"x-kubernetes-preserve-unknown-fields": true}),
            json!([1, "x"]),
            None,
        ),
    ];
    for (schema, value, expected) in cases {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(of_field(&schema, &value), expected, "{schema} {value}");
    }
}

#[test]
fn values_are_held_against_their_limits() {
    let cases = [
        (
            json!({"type": "string", "minLength": 3}),
            json!("ab"),
            r#"FieldValueInvalid a: Invalid value: "ab": a in body should be at least 3 chars long"#,
        ),
        (
            json!({"type": "string", "maxLength": 2}),
            json!("äöü"),
            "FieldValueTooLong a: Too long: may not be more than 2 bytes",
        ),
        (
            json!({"type": "string", "pattern": "^a+$"}),
            json!("b"),
            r#"FieldValueInvalid a: Invalid value: "b": a in body should match '^a+$'"#,
        ),
        (
            json!({"type": "string", "format": "date-time"}),
            json!("now"),
            r#"FieldValueTypeInvalid a: Invalid value: "now": a in body must be of type date-time: "now""#,
        ),
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            json!("x"),
            r#"FieldValueNotSupported a: Unsupported value: "x": supported values: "a", "b""#,
        ),
        (
            json!({"type": "integer", "enum": [1, 2]}),
            json!(3),
            r#"FieldValueNotSupported a: Unsupported value: 3: supported values: "1", "2""#,
        ),
        (
            json!({"type": "integer", "maximum": 10}),
            json!(11),
            "FieldValueInvalid a: Invalid value: 11: a in body should be less than or equal to 10",
        ),
        (
            json!({"type": "integer", "maximum": 10, "exclusiveMaximum": true}),
            json!(10),
            "FieldValueInvalid a: Invalid value: 10: a in body should be less than 10",
        ),
        (
            json!({"type": "number", "minimum": 1.5}),
            json!(1),
            "FieldValueInvalid a: Invalid value: 1: a in body should be greater than or equal to 1.5",
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            json!(1),
            "FieldValueInvalid a: Invalid value: 1: a in body should be greater than 1",
        ),
        (
            json!({"type": "integer", "multipleOf": 5}),
            json!(7),
            "FieldValueInvalid a: Invalid value: 7: a in body should be a multiple of 5",
        ),
    ];
    for (schema, value, expected) in cases {
        assert_eq!(of_field(&schema, &value), [expected], "{schema} {value}");
    }
}

#[test]
fn lists_and_maps_are_held_against_their_limits() {
    let cases = [
        (
            json!({"type": "array", "maxItems": 1, "items": {"type": "integer"}}),
            json!([1, 2]),
            "FieldValueTooMany a: Too many: 2: must have at most 1 item",
        ),
        (
            json!({"type": "array", "minItems": 1, "items": {"type": "integer"}}),
            json!([]),
            "FieldValueInvalid a: Invalid value: 0: a in body should have at least 1 items",
        ),
        (
            json!({"type": "array", "uniqueItems": true, "items": {"type": "integer"}}),
            json!([1, 1]),
            r#"FieldValueInvalid a: Invalid value: "": a in body shouldn't contain duplicates"#,
        ),
        (
            json!({"type": "object", "minProperties": 2}),
            json!({"x": 1}),
            "FieldValueInvalid a: Invalid value: 2: a in body should have at least 2 properties",
        ),
        (
            json!({"type": "object", "maxProperties": 0}),
            json!({"x": 1}),
            "FieldValueTooMany a: Too many: 1: must have at most 0 items",
        ),
        (
            json!({"type": "object", "required": ["x"]}),
            json!({}),
            "FieldValueRequired a.x: Required value",
        ),
        (
            json!({"type": "array", "items": {"type": "object", "properties": {"n": {"type": "string"}}}}),
            json!([{}, {"n": 1}]),
            r#"FieldValueTypeInvalid a[1].n: Invalid value: "integer": a[1].n in body must be of type string: "integer""#,
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"k": 1}),
            r#"FieldValueTypeInvalid a.k: Invalid value: "integer": a.k in body must be of type string: "integer""#,
        ),
    ];
    for (schema, value, expected) in cases {
        assert_eq!(of_field(&schema, &value), [expected], "{schema} {value}");
    }
}

#[test]
fn what_keeps_to_its_limits_is_let_through() {
    let schema = json!({"type": "object", "required": ["s"], "properties": {
        "s": {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "b", "enum": ["ab", "abc"]},
        "n": {"type": "number", "minimum": 1, "maximum": 2, "multipleOf": 0.5},
        "l": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
        "o": {"type": "object", "minProperties": 1, "maxProperties": 1},
        "t": {"type": "string", "format": "date-time"},
    }});
    let object =
        json!({"s": "ab", "n": 1.5, "l": ["x"], "o": {"k": 1}, "t": "2024-01-01T00:00:00Z", "unknown": 1});
    assert_eq!(found(&schema, &object, None), Vec::<String>::new());
}

#[test]
fn alternatives_are_counted() {
    let either = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "oneOf": [{"required": ["x"]}, {"required": ["y"]}]});
    assert_eq!(of_field(&either, &json!({"x": 1})), Vec::<String>::new());
    assert_eq!(
        of_field(&either, &json!({"x": 1, "y": 1})),
        [
            r#"FieldValueInvalid <nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives"#
        ]
    );
    assert_eq!(
        of_field(&either, &json!({})),
        [
            r#"FieldValueInvalid <nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found none valid"#,
            "FieldValueRequired a.x: Required value",
        ]
    );
    let any = json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": "^[0-9]+%$"});
    assert_eq!(of_field(&any, &json!(1)), Vec::<String>::new());
    assert_eq!(of_field(&any, &json!("1%")), Vec::<String>::new());
    assert_eq!(of_field(&any, &json!("x")).len(), 1);
    let none = json!({"type": "string", "anyOf": [{"minLength": 3}, {"pattern": "^x"}]});
    assert_eq!(
        of_field(&none, &json!("y")).first().map(String::as_str),
        Some(r#"FieldValueInvalid <nil>: Invalid value: "": "a" must validate at least one schema (anyOf)"#)
    );
    let all = json!({"type": "string", "allOf": [{"minLength": 3}, {"pattern": "^x"}]});
    assert_eq!(
        of_field(&all, &json!("xy")),
        [
            r#"FieldValueInvalid a: Invalid value: "xy": a in body should be at least 3 chars long"#,
            r#"FieldValueInvalid <nil>: Invalid value: "": "a" must validate all the schemas (allOf)"#,
        ]
    );
    let not = json!({"type": "string", "not": {"pattern": "^x"}});
    assert_eq!(
        of_field(&not, &json!("xy")),
        [r#"FieldValueInvalid <nil>: Invalid value: "": "a" must not validate the schema (not)"#]
    );
}

#[test]
fn what_was_wrong_and_is_unchanged_is_let_through() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": "string", "maxLength": 1},
        "m": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
            "type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer", "maximum": 1}}}},
        "l": {"type": "array", "items": {"type": "integer", "maximum": 1}},
        "o": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "integer", "maximum": 1}},
    }});
    let old = json!({"a": "long", "m": [{"k": "x", "v": 5}, {"k": "y", "v": 1}], "l": [5, 1], "o": {"p": 5}});
    let fields = |object: &Value| -> Vec<String> {
        validate(object, &Structural::read(&schema), Some(&old))
            .into_iter()
            .map(|cause| cause.field)
            .collect()
    };
    let mut new = old.clone();
    new["b"] = json!("more");
    assert!(fields(&new).is_empty());
    // Items of a map are known by their keys, wherever they stand; those of other lists are not.
    new["m"] = json!([{"k": "z", "v": 0}, {"k": "x", "v": 5}]);
    assert!(fields(&new).is_empty());
    new["l"] = json!([5, 0]);
    new["a"] = json!("other");
    new["o"] = json!({"p": 5, "q": 1});
    assert_eq!(fields(&new), ["a", "l[0]", "o.p"]);
}

#[test]
fn hostile_objects_end_early() {
    let branches: Vec<Value> = (0..200)
        .map(|number| json!({"pattern": format!("^{number}x*y$")}))
        .collect();
    let schema = json!({"type": "object", "properties": {"l": {"type": "array", "items": {"type": "string", "anyOf": branches}}}});
    let object = json!({"l": vec!["x".repeat(100); 100_000]});
    let causes = found(&schema, &object, None);
    assert!(!causes.is_empty() && causes.len() <= MOST, "{}", causes.len());
    let many = json!({"type": "object", "properties": {"l": {"type": "array", "items": {"type": "string"}}}});
    assert_eq!(found(&many, &json!({"l": vec![1; 100_000]}), None).len(), MOST);
}
