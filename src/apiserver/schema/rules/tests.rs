//! Rules in CEL: compiled, asked, and refused.

use serde_json::json;

use super::*;
use crate::schema::structural::Structural;

fn found(schema: &Value, object: &Value, old: Option<&Value>) -> Vec<String> {
    evaluate(object, &Structural::read(schema), old)
        .into_iter()
        .map(|cause| format!("{} {}: {}", cause.reason, cause.field, cause.message))
        .collect()
}

/// An object with a `spec` that has these rules.
fn spec(rules: &Value) -> Value {
    json!({"type": "object", "properties": {"spec": {
        "type": "object",
        "x-kubernetes-validations": rules,
        "properties": {
            "n": {"type": "integer"},
            "max": {"type": "number"},
            "name": {"type": "string"},
            "when": {"type": "string", "format": "date-time"},
            "every": {"type": "string", "format": "duration"},
            "port": {"x-kubernetes-int-or-string": true},
            "my-field": {"type": "string"},
            "under_score": {"type": "string"},
            "namespace": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        },
    }}})
}

fn holds(rule: &str, spec_value: &Value) -> bool {
    let schema = spec(&json!([{"rule": rule, "message": "no"}]));
    let causes = found(&schema, &json!({"spec": spec_value}), None);
    assert!(causes.len() <= 1, "{rule}: {causes:?}");
    let read = Structural::read(&schema);
    let compiled = &read.properties["spec"].rules[0].compiled;
    assert!(compiled.is_ok(), "{rule}: {compiled:?}");
    causes.is_empty()
}

#[test]
fn rules_see_values_by_their_schema() {
    let object = json!({
        "n": 3, "max": 3, "name": "abc", "when": "2024-01-01T00:00:00Z", "every": "1h30m", "port": "http",
        "my-field": "x", "under_score": "y", "namespace": "z", "labels": {"a.b/c": "d"},
        "list": [{"k": "a", "v": 1}, {"k": "b", "v": 2}],
    });
    for rule in [
        "self.n > 2 && self.n < 4",
        "self.max == 3.0",
        "self.name.startsWith('a') && size(self.name) == 3",
        "self.name.matches('^[a-c]+$')",
        "self.when < timestamp('2025-01-01T00:00:00Z')",
        "self.every == duration('90m')",
        "type(self.port) == string && type(self.n) != string && dyn(self.n) == 3",
        "self.my__dash__field == 'x'",
        "self.under_score == 'y'",
        "self.__namespace__ == 'z'",
        "self.labels['a.b/c'] == 'd'",
        "'a.b/c' in self.labels",
        "self.list.all(x, x.v > 0)",
        "self.list.exists_one(x, x.k == 'a')",
        "self.list.filter(x, x.v > 1).map(x, x.k) == ['b']",
        "!has(self.free)",
        "has(self.n) ? self.n == 3 : true",
        "math.greatest(self.n, 2) == 3",
        "self.name.lowerAscii() == 'abc' && [1, 2].sum() == 3",
        "isURL('https://a.b') && quantity('1Gi').isGreaterThan(quantity('1Mi'))",
        "!format.dns1123Label().validate(self.name).hasValue()",
    ] {
        assert!(holds(rule, &object), "{rule}");
    }
    for rule in ["self.n > 5", "self.name == 'x'", "self.list.all(x, x.v > 1)"] {
        assert!(!holds(rule, &object), "{rule}");
    }
}

#[test]
fn what_a_rule_says_is_its_own() {
    let cases = [
        (
            json!({"rule": "self.n > 2"}),
            r#"FieldValueInvalid spec: Invalid value: "object": failed rule: self.n > 2"#,
        ),
        (
            json!({"rule": "self.n > 2", "message": "too few"}),
            r#"FieldValueInvalid spec: Invalid value: "object": too few"#,
        ),
        (
            json!({"rule": "self.n > 2", "message": "too few", "messageExpression": "'only ' + string(self.n)"}),
            r#"FieldValueInvalid spec: Invalid value: "object": only 1"#,
        ),
        (
            json!({"rule": "self.n > 2", "message": "too few", "messageExpression": "self.name"}),
            r#"FieldValueInvalid spec: Invalid value: "object": too few"#,
        ),
        (
            json!({"rule": "self.n > 2", "reason": "FieldValueForbidden", "fieldPath": ".n", "message": "no"}),
            "FieldValueForbidden spec.n: Forbidden: no",
        ),
        (
            json!({"rule": "self.n > 2", "reason": "FieldValueRequired", "fieldPath": ".labels['a.b']", "message": "no"}),
            "FieldValueRequired spec.labels['a.b']: Required value: no",
        ),
        (
            json!({"rule": "self.n > 2", "reason": "FieldValueDuplicate", "message": "no"}),
            r#"FieldValueDuplicate spec: Duplicate value: "object""#,
        ),
    ];
    for (rule, expected) in cases {
        let found = found(&spec(&json!([rule])), &json!({"spec": {"n": 1}}), None);
        assert_eq!(found, [expected], "{rule}");
    }
}

#[test]
fn rules_that_cannot_answer_refuse() {
    for rule in [
        "self.name == 'x'",
        "1 / 0 == 1",
        "self.list[0].k == 'a'",
        "'text'",
    ] {
        let found = found(
            &spec(&json!([{"rule": rule}])),
            &json!({"spec": {"list": []}}),
            None,
        );
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
    }
}

#[test]
fn rules_at_the_root_and_in_lists_tell_their_place() {
    let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": "self.metadata.name == 'a'", "message": "root"}],
    "properties": {
        "list": {"type": "array", "items": {"type": "object", "properties": {"v": {"type": "integer",
            "x-kubernetes-validations": [{"rule": "self > 1", "message": "small"}]}}}},
        "map": {"type": "object", "additionalProperties": {"type": "string",
            "x-kubernetes-validations": [{"rule": "self != ''", "message": "empty"}]}},
    }});
    let object = json!({"metadata": {"name": "b"}, "list": [{"v": 2}, {"v": 1}], "map": {"k": ""}});
    assert_eq!(
        found(&schema, &object, None),
        [
            r#"FieldValueInvalid <nil>: Invalid value: "object": root"#,
            r#"FieldValueInvalid list[1].v: Invalid value: "integer": small"#,
            r#"FieldValueInvalid map[k]: Invalid value: "string": empty"#,
        ]
    );
}

#[test]
fn the_state_before_is_asked_for_where_there_is_one() {
    let schema = spec(&json!([
        {"rule": "self.n >= oldSelf.n", "message": "never less"},
        {"rule": "!oldSelf.hasValue() || oldSelf.value().n > 0", "optionalOldSelf": true, "message": "was positive"},
    ]));
    let object = |n: i64| json!({"spec": {"n": n}});
    assert!(found(&schema, &object(0), None).is_empty());
    assert!(found(&schema, &object(5), Some(&object(4))).is_empty());
    assert_eq!(
        found(&schema, &object(3), Some(&object(4))),
        [r#"FieldValueInvalid spec: Invalid value: "object": never less"#]
    );
    assert_eq!(
        found(&schema, &object(3), Some(&object(0))),
        [r#"FieldValueInvalid spec: Invalid value: "object": was positive"#]
    );
    // In a list whose items have keys, each is compared with the item of its key.
    let list = json!({"type": "object", "properties": {"l": {"type": "array", "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object", "properties": {"k": {"type": "string"},
        "v": {"type": "integer", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "frozen"}]}}}}}});
    let old = json!({"l": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]});
    assert_eq!(
        found(
            &list,
            &json!({"l": [{"k": "b", "v": 2}, {"k": "a", "v": 9}, {"k": "c", "v": 1}]}),
            Some(&old)
        ),
        [r#"FieldValueInvalid l[1].v: Invalid value: "integer": frozen"#]
    );
}

#[test]
fn what_is_unchanged_is_not_asked_again() {
    let schema = spec(&json!([{"rule": "self.n > 5", "message": "small"}]));
    let old = json!({"spec": {"n": 1}, "status": 1});
    assert!(found(&schema, &json!({"spec": {"n": 1}, "status": 2}), Some(&old)).is_empty());
    assert_eq!(found(&schema, &json!({"spec": {"n": 2}}), Some(&old)).len(), 1);
}

#[test]
fn expressions_that_mean_nothing_are_not_compiled() {
    for (rule, expected) in [
        ("self.n >", "compilation failed: "),
        (
            "unknown > 1",
            "compilation failed: undeclared reference to 'unknown' (in container '')",
        ),
        (
            "nothing(self)",
            "compilation failed: undeclared reference to 'nothing' (in container '')",
        ),
        (
            "self.list.all(x, y.v > 0)",
            "compilation failed: undeclared reference to 'y' (in container '')",
        ),
        (
            "Message{a: 1} == self",
            "compilation failed: messages cannot be made in rules",
        ),
    ] {
        let error = compile(rule).unwrap_err();
        assert!(error.starts_with(expected), "{rule}: {error}");
    }
}

#[test]
fn hostile_expressions_are_refused_or_end() {
    for rule in [
        "(".repeat(10_000),
        "!".repeat(10_000),
        format!("{}1", "1 + ".repeat(4_000)),
        format!("self{}", ".a".repeat(5_000)),
        "a ? b : ".repeat(1_000),
        "x".repeat(LONGEST + 1),
        format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000)),
    ] {
        assert!(compile(&rule).is_err(), "{}", rule.get(..20).unwrap());
    }
    // As deep as is taken, in each way: neither reading nor asking ends the stack.
    for rule in [
        format!("{}1{} == 1", "(".repeat(45), ")".repeat(45)),
        format!("{}1 == {}", "1 + ".repeat(45), 46),
        format!("{}{}.size() == 1", "[".repeat(43), "]".repeat(43)),
    ] {
        let schema = spec(&json!([{"rule": rule}]));
        let causes = found(&schema, &json!({"spec": {"n": 1}}), None);
        assert!(causes.is_empty(), "{rule}: {causes:?}");
    }
}

#[test]
fn rules_that_cost_too_much_are_not_asked() {
    let list: Vec<Value> = (0..5_000)
        .map(|number| json!({"k": format!("{number}"), "v": number}))
        .collect();
    for rule in [
        "self.list.all(a, self.list.all(b, self.list.all(c, a.v + b.v + c.v >= 0)))",
        "lists.range(self.n).size() == 1",
        "self.name.replace('', self.name).replace('', self.name).size() > 0",
        "self.name.format([1]) == ''",
    ] {
        let schema = spec(&json!([{"rule": rule}]));
        let object = json!({"spec": {"n": 1_000_000_000_000_i64, "name": "x".repeat(10_000), "list": list}});
        let causes = found(&schema, &object, None);
        assert_eq!(
            causes,
            [
                r#"FieldValueInvalid spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run"#
            ],
            "{rule}"
        );
    }
    assert!(holds(
        "self.list.all(a, self.list.exists_one(b, a.k == b.k))",
        &json!({"list": list.get(..100)})
    ));
}
