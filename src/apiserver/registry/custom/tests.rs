//! From definitions to resources.

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::registry::Served;

fn definition() -> Value {
    json!({
        "metadata": {"name": "things.ex.io"},
        "spec": {
            "group": "ex.io",
            "scope": "Cluster",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"], "categories": ["all"]},
            "versions": [
                {"name": "v1", "served": true, "storage": false, "deprecated": true},
                {"name": "v2", "served": true, "storage": true,
                 "subresources": {"scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"}},
                 "schema": {"openAPIV3Schema": {"type": "object"}},
                 "additionalPrinterColumns": [{"name": "N", "type": "integer", "jsonPath": ".spec.n", "priority": 10}, {"name": "broken"}]},
            ],
        },
    })
}

fn established() -> Value {
    let mut definition = definition();
    establish(&mut definition, &Served::builtin(), Timestamp::UNIX_EPOCH);
    definition
}

fn made_of(definition: &Value) -> Made {
    resources(definition, 7, &Made::default())
}

#[test]
fn every_served_version_becomes_a_resource() {
    assert_eq!(made_of(&definition()), Made::default());
    let made = made_of(&established());
    let versions: Vec<&str> = made
        .served
        .iter()
        .map(|resource| resource.version.as_str())
        .collect();
    assert_eq!(versions, ["v1", "v2"]);
    let resource = made.storing.unwrap();
    assert_eq!((resource.version.as_str(), resource.namespaced), ("v2", false));
    assert_eq!(
        (resource.list_kind.as_str(), resource.singular.as_str()),
        ("ThingList", "thing")
    );
    assert_eq!(
        (resource.status_subresource, resource.schema.is_some()),
        (false, true)
    );
    assert_eq!(resource.scale.as_ref().unwrap().spec_replicas, ".spec.n");
    let columns: Vec<_> = resource
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.priority))
        .collect();
    assert_eq!(columns, [("N", 10)]);
    // Each version has its own parts.
    assert!(made.served[0].scale.is_none() && made.served[0].schema.is_none());
    assert_eq!(made.served[0].columns[0].json_path, ".metadata.creationTimestamp");
    assert_eq!(
        made.served[0].deprecation.as_deref(),
        Some("ex.io/v1 Thing is deprecated")
    );
}

#[test]
fn a_version_that_is_not_served_is_still_stored() {
    let mut definition = established();
    definition["spec"]["versions"][1]["served"] = json!(false);
    let made = made_of(&definition);
    assert_eq!((made.served.len(), made.served[0].version.as_str()), (1, "v1"));
    assert_eq!(made.storing.unwrap().version, "v2");
}

#[test]
fn what_was_known_of_a_schema_stays_known_until_it_changes() {
    let mut definition = established();
    let made = made_of(&definition);
    let since = |made: &Made| made.storing.as_ref().unwrap().form.as_ref().unwrap().since;
    assert_eq!(since(&made), 7);
    definition["spec"]["versions"][1]["additionalPrinterColumns"] = json!([]);
    let columns = resources(&definition, 8, &made);
    assert_ne!(columns, made);
    assert_eq!(since(&columns), 7);
    definition["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"] =
        json!({"a": {"type": "string"}});
    assert_eq!(since(&resources(&definition, 9, &columns)), 9);
}

#[test]
fn the_time_of_a_condition_moves_with_its_status() {
    let mut status = json!({});
    let at = |second| Timestamp::from_second(second).unwrap();
    let time = |status: &Value| status["conditions"][0]["lastTransitionTime"].clone();
    set_condition(&mut status, "C", &("True", "R", String::new()), at(0));
    set_condition(&mut status, "C", &("True", "Other", String::new()), at(60));
    assert_eq!(
        (time(&status), &status["conditions"][0]["reason"]),
        (json!("1970-01-01T00:00:00Z"), &json!("Other"))
    );
    set_condition(&mut status, "C", &("False", "R", String::new()), at(60));
    assert_eq!(
        (time(&status), status["conditions"].as_array().unwrap().len()),
        (json!("1970-01-01T00:01:00Z"), 1)
    );
}

#[test]
fn names_clash_within_a_group_only() {
    let mut served = Served::builtin();
    served.set_made("ex.io", "things", made_of(&established()));
    let cases = [
        (
            "ex.io",
            json!({"plural": "others", "kind": "Thing", "singular": "other"}),
            "KindConflict",
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other", "singular": "thing"}),
            "SingularConflict",
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other", "shortNames": ["th"]}),
            "ShortNamesConflict",
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other", "listKind": "ThingList"}),
            "ListKindConflict",
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other"}),
            "NoConflicts",
        ),
        (
            "ex.io",
            json!({"plural": "things", "kind": "Thing", "shortNames": ["th"]}),
            "NoConflicts",
        ),
        (
            "other.io",
            json!({"plural": "others", "kind": "Thing"}),
            "NoConflicts",
        ),
    ];
    for (group, names, expected) in cases {
        let mut other = definition();
        other["spec"]["group"] = json!(group);
        other["spec"]["names"] = names.clone();
        establish(&mut other, &served, Timestamp::UNIX_EPOCH);
        assert_eq!(
            other["status"]["conditions"][0]["reason"], expected,
            "{group} {names}"
        );
        let accepted = condition(&other, "Established") == Some("True");
        assert_eq!(accepted, expected == "NoConflicts", "{group} {names}");
    }
}

#[test]
fn a_later_clash_leaves_the_names_that_were_accepted() {
    let mut other = definition();
    other["spec"]["names"] = json!({"plural": "others", "kind": "Other", "shortNames": ["ot"]});
    establish(&mut other, &Served::builtin(), Timestamp::UNIX_EPOCH);
    let mut served = Served::builtin();
    served.set_made("ex.io", "things", made_of(&established()));
    other["spec"]["names"]["shortNames"] = json!(["th"]);
    other["spec"]["names"]["categories"] = json!(["new"]);
    establish(&mut other, &served, Timestamp::UNIX_EPOCH);
    assert_eq!(
        (
            condition(&other, "NamesAccepted"),
            condition(&other, "Established")
        ),
        (Some("False"), Some("True"))
    );
    assert_eq!(
        other["status"]["acceptedNames"],
        json!({"plural": "others", "singular": "other", "kind": "Other", "listKind": "OtherList", "shortNames": ["ot"], "categories": ["new"]})
    );
}

#[test]
fn a_schema_from_before_they_were_checked_is_told_of() {
    let mut loose = definition();
    loose["spec"]["versions"][1]["schema"]["openAPIV3Schema"] =
        json!({"type": "object", "properties": {"spec": {}}});
    establish(&mut loose, &Served::builtin(), Timestamp::UNIX_EPOCH);
    assert_eq!(condition(&loose, "NonStructuralSchema"), Some("True"));
    assert_eq!(
        loose["status"]["conditions"][2]["message"],
        "spec.versions[1].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields"
    );
    loose["spec"]["versions"][1]["schema"]["openAPIV3Schema"] = json!({"type": "object"});
    establish(&mut loose, &Served::builtin(), Timestamp::UNIX_EPOCH);
    assert_eq!(condition(&loose, "NonStructuralSchema"), None);
}
