//! Objects of every shape: real ones in which parts were put in the place of others.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{machines, templates};
use crate::facts::Facts;

fn originals() -> Vec<Value> {
    let real = templates::objects().into_iter().map(|(_, object)| object);
    real.chain(machines().map(|(_, machine)| machine)).collect()
}

/// Values that stand where others are expected.
pub(crate) fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!("2026-08-21T07:00:00Z")),
        Just(json!([{ "type": "Ready", "status": "True" }, 7, null])),
        Just(json!({ "name": "x", "kind": "y", "apiGroup": 3 })),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Replaces the `index`-th value below `place`, counted from the top.
pub(crate) fn replace(place: &mut Value, index: &mut usize, new: &Value) {
    let children: Box<dyn Iterator<Item = &mut Value>> = match place {
        Value::Array(list) => Box::new(list.iter_mut()),
        Value::Object(map) => Box::new(map.values_mut()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    for child in children {
        if *index == 0 {
            *child = new.clone();
            *index = usize::MAX;
            return;
        }
        *index = index.saturating_sub(1);
        replace(child, index, new);
        if *index == usize::MAX {
            return;
        }
    }
}

pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(|child| 1 + size(child)).sum(),
        Value::Object(map) => map.values().map(|child| 1 + size(child)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// An object with an envelope that is left alone, so that what it is can be compared.
fn mutated(part: &'static str) -> impl Strategy<Value = (Value, Value)> {
    let originals = originals();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4);
    (any::<prop::sample::Index>(), changes).prop_map(move |(which, changes)| {
        let original = which.get(&originals).clone();
        let mut mutated = original.clone();
        for (index, new) in changes {
            let place = if part.is_empty() {
                &mut mutated
            } else {
                &mut mutated[part]
            };
            let size = size(place);
            if size > 0 {
                replace(place, &mut index.index(size), &new);
            } else {
                *place = new;
            }
        }
        (original, mutated)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_broken_spec_never_takes_the_identity_away((original, mutated) in mutated("spec")) {
        let (original, mutated) = (Facts::read(&original), Facts::read(&mutated));
        prop_assert_eq!(original.object, mutated.object);
        prop_assert_eq!(original.kind, mutated.kind);
        prop_assert_eq!(original.uid, mutated.uid);
    }

    #[test]
    fn a_broken_status_never_takes_the_spec_away((original, mutated) in mutated("status")) {
        let (original, mutated) = (Facts::read(&original), Facts::read(&mutated));
        prop_assert_eq!(original.object, mutated.object);
        prop_assert_eq!(original.version, mutated.version);
        prop_assert_eq!(original.infrastructure, mutated.infrastructure);
        prop_assert_eq!(original.cluster, mutated.cluster);
    }

    #[test]
    fn nothing_makes_reading_fail((_, mutated) in mutated("")) {
        let facts = Facts::read(&mutated);
        prop_assert!(facts.broken.len() <= 16);
    }

    #[test]
    fn what_is_no_object_is_read_too(value in anything()) {
        let facts = Facts::read(&value);
        prop_assert!(facts.conditions.len() <= 65);
    }
}
