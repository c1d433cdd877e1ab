//! Whatever a definition and its objects say, nothing here panics, goes too deep or goes on for long.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::structural::Structural;
use super::validate;
use crate::fuzzing::schemas::meet;

/// Any JSON, small and not deep.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a-c]{0,3}".prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|metadata|kind|apiVersion|spec", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A keyword of schemas with a value that may or may not be of use to it.
fn keyword(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = (String, Value)> {
    let schemas = prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from);
    let properties = prop::collection::btree_map("[a-d]|metadata|kind", inner.clone(), 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()));
    let kinds = prop::sample::select(vec![
        "object", "array", "string", "integer", "number", "boolean", "null", "?",
    ]);
    prop_oneof![
        kinds.prop_map(|kind| ("type".to_owned(), json!(kind))),
        properties.prop_map(|value| ("properties".to_owned(), value)),
        inner.clone().prop_map(|value| ("items".to_owned(), value)),
        inner
            .clone()
            .prop_map(|value| ("additionalProperties".to_owned(), value)),
        (prop::sample::select(vec!["allOf", "anyOf", "oneOf"]), schemas)
            .prop_map(|(word, value)| (word.to_owned(), value)),
        inner.prop_map(|value| ("not".to_owned(), value)),
        any_value().prop_map(|value| ("default".to_owned(), value)),
        prop::collection::vec(any_value(), 0..3).prop_map(|values| ("enum".to_owned(), values.into())),
        "[\\[\\](){}a-c^$*+?\\\\|.d-]{0,8}".prop_map(|pattern| ("pattern".to_owned(), json!(pattern))),
        (
            prop::sample::select(vec![
                "maximum",
                "minimum",
                "multipleOf",
                "maxLength",
                "minLength",
                "maxItems",
                "minItems",
                "maxProperties",
                "minProperties"
            ]),
            any_value()
        )
            .prop_map(|(word, value)| (word.to_owned(), value)),
        prop::sample::select(vec![
            "nullable",
            "uniqueItems",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-embedded-resource",
            "x-kubernetes-int-or-string"
        ])
        .prop_map(|word| (word.to_owned(), json!(true))),
        prop::sample::select(vec!["set", "map", "atomic", "x"])
            .prop_map(|kind| ("x-kubernetes-list-type".to_owned(), json!(kind))),
        prop::collection::vec("[a-d]", 0..3)
            .prop_map(|keys| ("x-kubernetes-list-map-keys".to_owned(), json!(keys))),
        prop::sample::select(vec![
            "date-time",
            "byte",
            "uuid",
            "ipv6",
            "duration",
            "isbn",
            "email"
        ])
        .prop_map(|format| ("format".to_owned(), json!(format))),
        rule().prop_map(|rule| (
            "x-kubernetes-validations".to_owned(),
            json!([{"rule": rule, "messageExpression": "string(self)"}])
        )),
        "[a-d]".prop_map(|name| ("required".to_owned(), json!([name]))),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "self",
        "oldSelf",
        ".a",
        ".b",
        "[0]",
        "['a']",
        " == ",
        " && ",
        " + ",
        "!",
        "(",
        ")",
        "1",
        "'x'",
        ".all(x, ",
        "x",
        " in ",
        ".map(y, ",
        "y",
        "size(",
        ".matches(",
        " ? ",
        " : ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "-",
        "has(self.a)",
        "null",
        "true",
        "?",
        "@",
    ]);
    prop::collection::vec(words, 0..12).prop_map(|words| words.concat())
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = Just(json!({"type": "string"})).boxed();
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 0..5)
            .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<String, Value>>()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_schema_meets_any_object(schema in any_schema(), object in any_value(), old in prop::option::of(any_value())) {
        meet(&schema, object, old.as_ref());
    }

    #[test]
    fn any_text_is_a_rule_or_refused(text in "\\PC{0,40}", words in rule()) {
        for text in [text, words] {
            let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": text}]});
            let _ = validate(&json!({"a": {"b": [1, 2]}}), &Structural::read(&schema), None);
        }
    }
}
