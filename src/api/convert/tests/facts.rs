//! The facts of an object are the same in either version.

use serde_json::Value;

use super::schema::{SERVED, versions};
use crate::convert::{claims, convert};
use crate::facts::Facts;
use crate::facts::tests::templates;

/// The facts, without those that only one version has.
fn independent(object: &Value) -> Facts {
    let mut facts = Facts::read(object);
    facts.api_version = "any".into();
    facts.broken = Box::default();
    // What the other version has no room for is kept in an annotation.
    facts.annotated = false;
    if let Some(particulars) = &mut facts.particulars {
        // Only one version has a field around it.
        particulars.rollout_after.holder = false;
    }
    if &*facts.kind.kind == "MachineDeployment" {
        // In one version it tells of ready machines, in the other of those that there are.
        facts.phase = None;
    }
    facts
}

fn assert_same(object: &Value, to: &str) {
    let (group, _) = object["apiVersion"]
        .as_str()
        .expect("a version")
        .split_once('/')
        .expect("a group");
    let kind = object["kind"].as_str().expect("a kind");
    let other = convert(group, kind, object.clone(), to, &versions).expect(kind);
    assert_eq!(
        independent(&other),
        independent(object),
        "{kind} to {to}\n{object:#}\n{other:#}"
    );
}

#[test]
fn facts_of_objects_with_every_field() {
    for served in SERVED.iter() {
        for seed in 0..5 {
            let object = served.full_object(seed);
            for other in served.others() {
                // Of a claim v1alpha1 has the old conditions only.
                let versions = [&served.version, &other.version];
                if served.kind == "IPAddressClaim" && versions.contains(&&"v1alpha1".to_owned()) {
                    continue;
                }
                assert_same(&object, &other.version);
            }
        }
    }
}

#[test]
fn facts_of_templates() {
    for (_, object) in templates::objects() {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let Some((group, version)) = api_version.split_once('/') else {
            continue;
        };
        if claims(group, object["kind"].as_str().unwrap_or_default()) {
            let to = if version == "v1beta2" {
                "v1beta1"
            } else {
                "v1beta2"
            };
            assert_same(&object, to);
        }
    }
}
