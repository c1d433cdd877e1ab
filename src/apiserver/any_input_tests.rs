//! Whatever comes in, parsers answer: they never panic, and what is stored comes back as it was.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fuzzing;
use crate::fuzzing::patches::{MEDIA_TYPES, patch_it};
use crate::logical::LogicalCluster;
use crate::registry::{Resource, Served};
use crate::storage::{CollectionKey, Draft, Key, Stored};

/// JSON of some depth, with the keys that objects have among others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof![
            Just("metadata".to_owned()),
            Just("spec".to_owned()),
            Just("status".to_owned()),
            Just("conditions".to_owned()),
            Just("finalizers".to_owned()),
            Just("$patch".to_owned()),
            Just("$retainKeys".to_owned()),
            Just("$setElementOrder/conditions".to_owned()),
            Just("$deleteFromPrimitiveList/finalizers".to_owned()),
            Just("type".to_owned()),
            ".{0,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn key() -> Key {
    Key::new(
        &CollectionKey::new(&LogicalCluster::root(), "ex.io", "things"),
        "n",
        "a",
    )
}

proptest! {
    #[test]
    fn texts_are_read_or_refused(text in "\\PC{0,60}") {
        fuzzing::selectors(text.as_bytes());
    }

    #[test]
    fn records_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Key::from_bytes(&bytes);
        if let Ok((stored, _)) = Stored::from_record(key(), b"key", &bytes) {
            let _ = stored.restamped(7);
        }
    }

    #[test]
    fn what_is_stored_comes_back(spec in any_json(), revision in 1..u64::MAX) {
        let object = json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec});
        let draft = Draft::encode(&object).unwrap();
        let stored = draft.clone().stamp(key(), revision);
        prop_assert!(stored.is(&draft));
        let mut expected = object.clone();
        expected["metadata"]["resourceVersion"] = json!(revision.to_string());
        prop_assert_eq!(stored.value().unwrap(), expected.clone());
        let (record, _) = stored.to_record(b"key");
        let (back, _) = Stored::from_record(key(), b"key", &record).unwrap();
        prop_assert_eq!(back.value().unwrap(), expected.clone());
        expected["metadata"]["resourceVersion"] = json!("7");
        prop_assert_eq!(serde_json::from_slice::<Value>(&back.restamped(7)).unwrap(), expected);
    }

    #[test]
    fn patches_fit_or_are_refused(object in any_json(), patch in any_json()) {
        let body = patch.to_string();
        let deployments = Served::builtin().find("apps", "v1", "deployments").unwrap();
        for media_type in MEDIA_TYPES {
            for resource in [&Resource::default(), &*deployments] {
                patch_it(resource, &object, (media_type, body.as_bytes()));
            }
        }
    }

    #[test]
    fn a_typed_round_trip_leaves_what_another_one_leaves_alone(object in any_json()) {
        for message in crate::types::all() {
            let mut once = object.clone();
            if crate::typed::round_trip(&mut once, message).is_ok() {
                let mut twice = once.clone();
                prop_assert_eq!(crate::typed::round_trip(&mut twice, message), Ok(Vec::new()));
                prop_assert_eq!(&twice, &once, "{}", message.name);
            }
        }
    }
}
