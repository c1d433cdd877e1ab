//! There and back again nothing is lost: for objects made up from upstream's definitions, and for its templates.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::schema::{self, SERVED, Served, versions};
use crate::convert::{ConvertError, NEW_DATA, V1BETA1_DATA, claims, convert};
use crate::facts::tests::{mutations, templates};

fn converted(served: &Served, object: &Value, to: &str) -> Value {
    convert(&served.group, &served.kind, object.clone(), to, &versions)
        .unwrap_or_else(|error| panic!("{} to {to}: {error}\n{object:#}", served.kind))
}

fn assert_lossless(served: &Served, object: &Value) {
    for other in served.others() {
        let there = converted(served, object, &other.version);
        assert_eq!(
            there["apiVersion"].as_str(),
            Some(format!("{}/{}", other.group, other.version).as_str())
        );
        let back = converted(served, &there, &served.version);
        assert_eq!(
            &back, object,
            "{} {} -> {} ->, on the way: {there:#}",
            served.kind, served.version, other.version
        );
    }
}

/// What comes out is what the other definition asks for, but for what `forgiven` says.
fn assert_fits(served: &Served, object: &Value, forgiven: impl Fn(&str) -> bool) {
    assert_eq!(served.faults(object), Vec::<String>::new(), "made up wrongly");
    for other in served.others() {
        let there = converted(served, object, &other.version);
        let mut faults = other.faults(&there);
        faults.retain(|fault| !forgiven(fault));
        assert!(
            faults.is_empty(),
            "{} {} -> {}: {faults:#?}\nof {object:#}",
            served.kind,
            served.version,
            other.version
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn made_up_objects_come_back_as_they_were(seed: u64, fullness in 0u64..=100) {
        for served in SERVED.iter() {
            assert_lossless(served, &served.object(seed, fullness));
        }
    }

    #[test]
    fn made_up_objects_fit_the_other_definition(seed: u64, fullness in 0u64..=100) {
        for served in SERVED.iter() {
            // What the other version demands cannot be made up, nor what it wants to be said.
            let forgiven = |fault: &str| fault.ends_with("is missing") || fault.contains(": empty");
            assert_fits(served, &served.object(seed, fullness), forgiven);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wrong_values_are_refused_or_come_back(
        seed: u64,
        kind in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        new in mutations::anything(),
    ) {
        // Of some fractions the last digit changes when they are written and read.
        let read: Value = serde_json::from_str(&new.to_string()).expect("JSON");
        if read != new {
            return Ok(());
        }
        let served = kind.get(&SERVED);
        let mut object = served.object(seed, 60);
        let mut body = serde_json::json!({"spec": object["spec"], "status": object["status"]});
        let size = mutations::size(&body);
        mutations::replace(&mut body, &mut place.index(size), &new);
        for part in ["spec", "status"] {
            object[part] = body[part].take();
        }
        for other in served.others() {
            let there = convert(&served.group, &served.kind, object.clone(), &other.version, &versions);
            let back = there.and_then(|there| convert(&served.group, &served.kind, there, &served.version, &versions));
            match back {
                Ok(back) => prop_assert_eq!(&back, &object),
                Err(ConvertError::Value { .. }) => {}
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }
}

#[test]
fn objects_with_every_field_come_back() {
    for served in SERVED.iter() {
        for seed in 0..3 {
            let object = served.full_object(seed);
            assert_lossless(served, &object);
            assert_fits(served, &object, |_| false);
        }
    }
}

#[test]
fn the_same_version_is_the_same_object() {
    for served in SERVED.iter() {
        let mut object = served.object(7, 80);
        object["metadata"]["annotations"] = serde_json::json!({NEW_DATA: "x", V1BETA1_DATA: "y"});
        assert_eq!(converted(served, &object, &served.version), object);
    }
}

#[test]
fn upstreams_templates_come_back_as_they_were() {
    let mut seen = BTreeSet::new();
    for (file, object) in templates::objects() {
        let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let Some((group, version)) = api_version.split_once('/') else {
            continue;
        };
        if !claims(group, kind) {
            continue;
        }
        let to = if version == "v1beta2" {
            "v1beta1"
        } else {
            "v1beta2"
        };
        let there = convert(group, kind, object.clone(), to, &versions).expect(&file);
        let mut faults = schema::served(kind, to).faults(&there);
        let before = schema::served(kind, version).faults(&object);
        faults.retain(|fault| !before.contains(fault));
        assert_eq!(faults, Vec::<String>::new(), "{file} {kind}: {there:#}");
        let back = convert(group, kind, there.clone(), version, &versions).expect(&file);
        assert_eq!(back, object, "{file}, on the way: {there:#}");
        seen.insert((kind.to_owned(), version.to_owned()));
    }
    assert!(seen.is_empty() || seen.len() > 15, "kinds and versions: {seen:?}");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn every_kind_that_we_serve_in_several_versions_is_claimed() {
    for served in SERVED.iter() {
        assert!(claims(&served.group, &served.kind), "{}", served.kind);
    }
}
