//! What holds for all sets, and for all objects and configurations of a schema.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::element::PathElement;
use super::fields::FieldSet;
use super::tracker::Tracker;
use super::typed::TypeTable;
use super::walk::{compare, fields_of, merge, remove};

fn element() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        "[a-c]".prop_map(|name| PathElement::field(&name)),
        ("[a-b]", 0..3).prop_map(|(name, value)| PathElement::key(vec![(name.into(), json!(value))])),
        (0..3).prop_map(|value| PathElement::Value(std::sync::Arc::new(json!(value)))),
        (0..3i64).prop_map(PathElement::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    prop::collection::vec(prop::collection::vec(element(), 1..4), 0..12).prop_map(|paths| {
        let mut set = FieldSet::default();
        for path in &paths {
            set.insert(path);
        }
        set
    })
}

fn types() -> TypeTable {
    TypeTable::custom(Some(
        &json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "n": {"type": "integer"},
            "m": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "atom": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"x": {"type": "integer"}}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "keyed": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
                "type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}},
            }},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }}}}),
    ))
}

fn maybe(strategy: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Option<Value>> {
    prop::option::of(strategy)
}

fn object() -> impl Strategy<Value = Value> {
    let number = || (0..3).prop_map(|number| json!(number));
    let text = || "[x-z]".prop_map(Value::from);
    let labels = || {
        prop::collection::btree_map("[i-k]", text(), 0..3)
            .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>()))
    };
    let set = prop::collection::btree_set("[x-z]", 0..3)
        .prop_map(|texts| Value::Array(texts.into_iter().map(Value::from).collect()));
    let keyed = prop::collection::btree_map("[x-z]", maybe(number()), 0..3).prop_map(|map| {
        let element = |(key, value): (String, Option<Value>)| match value {
            None => json!({"k": key}),
            Some(value) => json!({"k": key, "v": value}),
        };
        Value::Array(map.into_iter().map(element).collect())
    });
    let struct_ = (maybe(text()), maybe(number())).prop_map(|(a, b)| fields([("a", a), ("b", b)]));
    let atom = maybe(number()).prop_map(|x| fields([("x", x)]));
    let parts = (
        maybe(number()),
        maybe(struct_),
        maybe(labels()),
        maybe(atom),
        maybe(set),
        maybe(keyed),
        maybe(labels()),
    );
    parts.prop_map(|(n, m, labels, atom, set, keyed, free)| {
        let spec = fields([
            ("n", n),
            ("m", m),
            ("labels", labels),
            ("atom", atom),
            ("set", set),
            ("keyed", keyed),
            ("free", free),
        ]);
        json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": "a"}, "spec": spec})
    })
}

fn fields<const COUNT: usize>(fields: [(&str, Option<Value>); COUNT]) -> Value {
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

fn tracker<'a>(types: &'a TypeTable, manager: &'a str, second: i64) -> Tracker<'a> {
    let now = jiff::Timestamp::from_second(second).unwrap();
    Tracker::new((types, "ex.io/v1"), (manager, ""), now)
}

proptest! {
    #[test]
    fn sets_obey_the_laws(one in set(), other in set(), third in set()) {
        let union = |one: &FieldSet, other: &FieldSet| one.clone().union(other.clone());
        prop_assert_eq!(union(&one, &other), union(&other, &one));
        prop_assert_eq!(union(&union(&one, &other), &third), union(&one, &union(&other, &third)));
        prop_assert_eq!(one.intersection(&other), other.intersection(&one));
        prop_assert_eq!(union(&one.difference(&other), &one.intersection(&other)), one.clone());
        prop_assert!(one.difference(&other).intersection(&other).is_empty());
        prop_assert_eq!(union(&one, &other).difference(&other), one.difference(&other));
        let mut rest = one.clone();
        rest.subtract_trees(&other);
        prop_assert!(rest.difference(&one.difference(&other)).is_empty());
        for path in one.paths() {
            let below = (1..=path.len()).any(|end| other.contains(&path[..end]));
            prop_assert_eq!(rest.contains(&path), !below);
            prop_assert_eq!(one.difference(&other).contains(&path), !other.contains(&path));
        }
    }

    #[test]
    fn fields_v1_comes_back(one in set()) {
        let text = one.to_fields_v1().to_string();
        let read = FieldSet::from_fields_v1(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(&read, &one);
        prop_assert_eq!(read.to_fields_v1().to_string(), text);
    }

    #[test]
    fn comparisons_tell_what_differs(old in object(), new in object()) {
        let types = types();
        let there = compare(&old, &new, types.root());
        let back = compare(&new, &old, types.root());
        prop_assert_eq!(&there.added, &back.removed);
        prop_assert_eq!(&there.removed, &back.added);
        prop_assert_eq!(&there.modified, &back.modified);
        prop_assert!(compare(&old, &old, types.root()).is_empty());
        let merged = merge(&old, &new, types.root());
        prop_assert!(compare(&old, &merged, types.root()).removed.is_empty());
        prop_assert_eq!(merge(&merged, &new, types.root()), merged);
    }

    #[test]
    fn what_is_owned_can_be_taken_out(object in object()) {
        let types = types();
        let fields = fields_of(&object, types.root());
        let left = remove(&object, &fields, types.root());
        let still = if left.is_null() { FieldSet::default() } else { fields_of(&left, types.root()) };
        let leaves: Vec<_> = still.paths().into_iter().filter(|path| fields.contains(path)).collect();
        prop_assert!(leaves.is_empty(), "{:?}", leaves);
    }

    #[test]
    fn an_apply_is_done_once(start in object(), first in object(), second in object()) {
        let types = types();
        let mut live = start;
        let managed = tracker(&types, "creator", 1).updated(None, &live, None);
        crate::object::set_metadata(&mut live, "managedFields", managed);
        for (time, config) in [(2, &first), (3, &second)] {
            live = tracker(&types, "m", time).applied(Some(&live), config, true).unwrap();
            let again = tracker(&types, "m", time + 10).applied(Some(&live), config, true).unwrap();
            prop_assert_eq!(&again, &live);
            // Every leaf that was applied is owned and is as it was applied.
            let owned = live["metadata"]["managedFields"].as_array().into_iter().flatten()
                .find(|entry| entry["manager"] == "m")
                .map(|entry| FieldSet::from_fields_v1(&entry["fieldsV1"]).unwrap())
                .unwrap_or_default();
            let mut named = fields_of(config, types.root());
            named.subtract(&FieldSet::of_names(&[&["apiVersion"], &["kind"], &["metadata", "name"]]));
            prop_assert_eq!(&owned, &named);
            let comparison = compare(config, &live, types.root());
            prop_assert!(comparison.modified.intersection(&named).is_empty());
        }
        // Giving all up leaves nothing behind that only this manager wanted.
        let nothing = json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": "a"}});
        let after = tracker(&types, "m", 20).applied(Some(&live), &nothing, true).unwrap();
        let still_there = after["metadata"]["managedFields"].as_array().into_iter().flatten()
            .any(|entry| entry["manager"] == "m");
        prop_assert!(!still_there);
    }
}
