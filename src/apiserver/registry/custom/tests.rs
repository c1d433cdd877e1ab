//! From definitions to resources.

use serde_json::json;

use super::*;

fn definition() -> Value {
    json!({
        "metadata": {"name": "things.ex.io"},
        "spec": {
            "group": "ex.io",
            "scope": "Cluster",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"], "categories": ["all"]},
            "versions": [
                {"name": "v1", "served": true, "storage": false},
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

#[test]
fn the_storage_version_becomes_a_resource() {
    assert_eq!(resource(&definition()), None);
    let resource = resource(&established()).unwrap();
    assert_eq!((resource.version.as_str(), resource.namespaced), ("v2", false));
    assert_eq!(
        (resource.list_kind.as_str(), resource.singular.as_str()),
        ("ThingList", "thing")
    );
    assert_eq!(
        (resource.status_subresource, resource.schema.is_some()),
        (false, true)
    );
    assert_eq!(resource.scale.unwrap().spec_replicas, ".spec.n");
    let columns: Vec<_> = resource
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.priority))
        .collect();
    assert_eq!(columns, [("N", 10)]);
}

#[test]
fn a_version_that_is_not_served_makes_none() {
    let mut definition = established();
    definition["spec"]["versions"][1]["served"] = json!(false);
    assert_eq!(resource(&definition), None);
}

#[test]
fn without_columns_there_is_the_age() {
    let mut definition = established();
    definition["spec"]["versions"][1]
        .as_object_mut()
        .unwrap()
        .remove("additionalPrinterColumns");
    let columns = resource(&definition).unwrap().columns;
    assert_eq!(
        (columns[0].name.as_str(), columns[0].json_path.as_str()),
        ("Age", ".metadata.creationTimestamp")
    );
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
    served.insert(resource(&established()).unwrap());
    let cases = [
        (
            "ex.io",
            json!({"plural": "others", "kind": "Thing", "singular": "other"}),
            Some("KindConflict"),
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other", "singular": "thing"}),
            Some("SingularConflict"),
        ),
        (
            "ex.io",
            json!({"plural": "others", "kind": "Other", "shortNames": ["th"]}),
            Some("ShortNamesConflict"),
        ),
        ("ex.io", json!({"plural": "others", "kind": "Other"}), None),
        (
            "ex.io",
            json!({"plural": "things", "kind": "Thing", "shortNames": ["th"]}),
            None,
        ),
        ("other.io", json!({"plural": "others", "kind": "Thing"}), None),
    ];
    for (group, names, expected) in cases {
        let found = name_conflict(group, &names, &served).map(|conflict| conflict.reason);
        assert_eq!(found, expected, "{group} {names}");
    }
}
