//! Which schemas are structural, and what is said of those that are not.

use serde_json::json;

use super::*;

fn found(schema: &Value) -> Vec<String> {
    check(schema, &Path::Field(&Path::Root, "schema"), false)
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect()
}

/// What is wrong with a field of a schema.
fn of_field(schema: &Value) -> Vec<String> {
    found(&json!({"type": "object", "properties": {"a": schema}}))
        .into_iter()
        .map(|text| text.replacen("schema.properties[a]", "a", 1))
        .collect()
}

#[test]
fn good_schemas_are_taken() {
    let good = [
        json!({"type": "string", "pattern": "^a$", "default": "a"}),
        json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
        json!({"x-kubernetes-int-or-string": true, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "x"}]}),
        json!({"x-kubernetes-preserve-unknown-fields": true}),
        json!({"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}),
        json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}}}}),
        json!({"type": "object", "properties": {"x": {"type": "integer"}}, "oneOf": [{"required": ["x"]}, {"properties": {"x": {"minimum": 1}}}]}),
        json!({"type": "object", "properties": {"n": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": "self.n > 1 && oldSelf.n > 0", "fieldPath": ".n", "reason": "FieldValueInvalid"}]}),
    ];
    for schema in good {
        assert_eq!(of_field(&schema), Vec::<String>::new(), "{schema}");
    }
    assert_eq!(
        found(&json!({"type": "object", "properties": {
            "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}},
            "kind": {"type": "string"},
        }, "x-kubernetes-validations": [{"rule": "self.metadata.name == 'a'"}]})),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_not_structural_is_told() {
    let cases = [
        (
            json!({}),
            "a.type: Required value: must not be empty for specified object fields",
        ),
        (
            json!({"type": "array"}),
            "a.items: Required value: must be specified",
        ),
        (
            json!({"type": "array", "items": {}}),
            "a.items.type: Required value: must not be empty for specified array items",
        ),
        (
            json!({"type": "string", "pattern": "["}),
            "a.pattern: Invalid value: \"[\": must be a valid regular expression, but isn't: error parsing regexp: unclosed character class",
        ),
        (
            json!({"type": "string", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}),
            "a.type: Invalid value: \"string\": must be object if x-kubernetes-embedded-resource is true",
        ),
        (
            json!({"type": "object", "x-kubernetes-embedded-resource": true}),
            "a.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ),
        (
            json!({"x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true}),
            "a.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
        ),
        (
            json!({"type": "string", "allOf": [{"type": "string"}]}),
            "a.allOf[0].type: Forbidden: must be empty to be structural",
        ),
        (
            json!({"type": "string", "not": {"nullable": true}}),
            "a.not.nullable: Forbidden: must be false to be structural",
        ),
        (
            json!({"type": "object", "anyOf": [{"properties": {"x": {"minimum": 1}}}]}),
            "a.properties[x]: Required value: because it is defined in a.anyOf[0].properties[x]",
        ),
    ];
    for (schema, expected) in cases {
        let found: Vec<String> = of_field(&schema)
            .into_iter()
            .map(|text| text.replace("schema.properties[a]", "a"))
            .collect();
        assert_eq!(found, [expected], "{schema}");
    }
    let root = |schema: &Value| found(schema).into_iter().next().unwrap_or_default();
    assert_eq!(
        root(&json!({})),
        "schema.type: Required value: must not be empty at the root"
    );
    assert_eq!(
        root(&json!({"type": "array", "items": {"type": "string"}})),
        "schema.type: Invalid value: \"array\": must be object at the root"
    );
    assert_eq!(
        root(
            &json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}})
        ),
        "schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"
    );
    assert!(not_structural(&json!({"properties": {}}), &Path::Root).is_some());
    assert!(not_structural(&json!({"type": "object"}), &Path::Root).is_none());
}

#[test]
fn what_contradicts_itself_is_told() {
    let cases = [
        (
            json!({"type": "text"}),
            "a.type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        ),
        (
            json!({"type": "object", "$ref": "x"}),
            "a.$ref: Forbidden: $ref is not supported",
        ),
        (
            json!({"type": "array", "uniqueItems": true, "items": {"type": "string"}}),
            "a.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ),
        (
            json!({"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
            "a.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
        ),
        (
            json!({"type": "string", "x-kubernetes-map-type": "atomic"}),
            "a.type: Invalid value: \"string\": must be object if x-kubernetes-map-type is specified",
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "bag", "items": {"type": "string"}}),
            "a.x-kubernetes-list-type: Unsupported value: \"bag\": supported values: \"atomic\", \"set\", \"map\"",
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}),
            "a.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object", "properties": {"k": {"type": "string"}}}}),
            "a.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
        (
            json!({"type": "string", "default": 1}),
            "a.default: Invalid value: \"integer\":  in body must be of type string: \"integer\"",
        ),
        (
            json!({"type": "object", "default": {"b": 1}, "properties": {"c": {"type": "string"}}}),
            "a.default: Invalid value: {\"b\":1}: must not have unknown fields",
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(of_field(&schema), [expected], "{schema}");
    }
}

#[test]
fn rules_that_cannot_be_are_told() {
    let of_rule = |rule: Value| {
        of_field(&json!({"type": "object", "properties": {"n": {"type": "integer"}}, "x-kubernetes-validations": [rule]}))
            .into_iter()
            .map(|text| text.replace("a.x-kubernetes-validations[0].", ""))
            .collect::<Vec<_>>()
    };
    let cases = [
        (
            json!({"rule": " "}),
            "rule: Required value: rule is not specified",
        ),
        (
            json!({"rule": "true\n", "message": "a\nb"}),
            "message: Invalid value: \"a\\nb\": message must not contain line breaks",
        ),
        (
            json!({"rule": "true &&\ntrue"}),
            "message: Required value: message must be specified if rule contains line breaks",
        ),
        (
            json!({"rule": "true", "reason": "Why"}),
            "reason: Unsupported value: \"Why\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"",
        ),
        (
            json!({"rule": "true", "fieldPath": ".x"}),
            "fieldPath: Invalid value: \".x\": fieldPath must be a valid path",
        ),
        (
            json!({"rule": "self.x == 1"}),
            "rule: Invalid value: {\"rule\":\"self.x == 1\"}: compilation failed: undefined field 'x'",
        ),
        (
            json!({"rule": "true", "optionalOldSelf": true}),
            "optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
        ),
    ];
    for (rule, expected) in cases {
        assert_eq!(of_rule(rule.clone()), [expected], "{rule}");
    }
    let list = json!({"type": "array", "items": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}});
    assert_eq!(
        of_field(&list),
        [
            "a.items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[a]"
        ]
    );
}

#[test]
fn what_is_too_large_is_refused() {
    let mut deep = json!({"type": "object"});
    for _ in 0..200 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    assert!(
        found(&deep)
            .first()
            .is_some_and(|text| text.contains("must not be nested deeper"))
    );
    let rules = vec![json!({"rule": "true"}); MOST_RULES + 1];
    assert!(
        found(&json!({"type": "object", "x-kubernetes-validations": rules}))
            .first()
            .is_some_and(|text| text.contains("validation rules"))
    );
}
