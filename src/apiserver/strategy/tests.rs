//! The rules of create and update, as objects in and objects out.

use serde_json::json;

use super::*;

fn custom_resource() -> Resource {
    Resource {
        group: "ex.io".to_owned(),
        version: "v1".to_owned(),
        kind: "Thing".to_owned(),
        plural: "things".to_owned(),
        namespaced: true,
        status_subresource: true,
        tracks_generation: true,
        custom: true,
        ..Resource::default()
    }
}

fn with_rules<T>(resource: &Resource, work: impl FnOnce(Rules<'_>) -> T) -> T {
    let served = Served::builtin();
    work(Rules {
        identities: ("root", &crate::identity::Identities::Random),
        resource,
        served: &served,
        now: Timestamp::UNIX_EPOCH,
    })
}

fn update(old: &Value, new: Value, part: Part) -> Value {
    with_rules(&custom_resource(), |rules| {
        rules.prepare_update(old, new, part).unwrap()
    })
}

fn old() -> Value {
    json!({
        "apiVersion": "ex.io/v1", "kind": "Thing",
        "metadata": {"name": "a", "namespace": "n", "uid": "u", "resourceVersion": "5", "generation": 3, "creationTimestamp": "1970-01-01T00:00:00Z"},
        "spec": {"x": 1}, "status": {"y": 1},
    })
}

#[test]
fn a_new_object_is_the_servers_in_part() {
    let mut object = json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": "a", "uid": "mine", "selfLink": "/x", "managedFields": [{}]}, "status": {}});
    with_rules(&custom_resource(), |rules| rules.prepare_create(&mut object, "n")).unwrap();
    let metadata = object["metadata"].as_object().unwrap();
    let mut fields: Vec<_> = metadata.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["creationTimestamp", "generation", "name", "namespace", "uid"]
    );
    assert_ne!(metadata["uid"], "mine");
    assert_eq!(
        (object.get("status"), &metadata["creationTimestamp"]),
        (None, &json!("1970-01-01T00:00:00Z"))
    );
}

#[test]
fn a_part_changes_only_itself() {
    let mut new = old();
    new["spec"]["x"] = json!(2);
    new["status"]["y"] = json!(2);
    new["metadata"]["labels"] = json!({"l": "1"});
    let main = update(&old(), new.clone(), Part::Main);
    assert_eq!(
        (
            &main["spec"]["x"],
            &main["status"]["y"],
            &main["metadata"]["generation"]
        ),
        (&json!(2), &json!(1), &json!(4))
    );
    assert_eq!(main["metadata"]["labels"]["l"], "1");
    let status = update(&old(), new, Part::Status);
    assert_eq!(
        (
            &status["spec"]["x"],
            &status["status"]["y"],
            &status["metadata"]["generation"]
        ),
        (&json!(1), &json!(2), &json!(3))
    );
    assert_eq!(status["metadata"].get("labels"), None);
}

#[test]
fn what_is_empty_is_as_if_absent() {
    let mut new = old();
    new["metadata"]["labels"] = json!({});
    new["metadata"]["finalizers"] = json!([]);
    new["metadata"]["ownerReferences"] = json!(null);
    new["metadata"]["deletionTimestamp"] = json!("2020-01-01T00:00:00Z");
    new["metadata"]["generation"] = json!(77);
    assert_eq!(update(&old(), new, Part::Main), old());
}

#[test]
fn a_mark_of_deletion_counts_once() {
    with_rules(&custom_resource(), |rules| {
        let mut object = old();
        rules.mark_deleted(&mut object);
        assert_eq!(
            (&object["metadata"]["generation"], deleting(&object)),
            (&json!(4), true)
        );
        let marked = object.clone();
        rules.mark_deleted(&mut object);
        assert_eq!(object, marked);
    });
}

#[test]
fn owners_are_complete_and_one_controls() {
    let owner = |controller: bool| json!({"apiVersion": "v1", "kind": "K", "name": "o", "uid": "u", "controller": controller});
    let cases = [
        (json!([owner(true)]), true),
        (json!([owner(true), owner(false)]), true),
        (json!([owner(true), owner(true)]), false),
        (json!([{"apiVersion": "v1", "kind": "K", "name": "o"}]), false),
        (json!("o"), false),
    ];
    for (owners, good) in cases {
        let mut object = json!({"metadata": {"name": "a", "ownerReferences": owners}});
        let made = with_rules(&custom_resource(), |rules| rules.prepare_create(&mut object, "n"));
        assert_eq!(made.is_ok(), good, "{owners}");
    }
}

#[test]
fn names_are_checked_by_kind() {
    let namespaces = Resource {
        plural: "namespaces".to_owned(),
        kind: "Namespace".to_owned(),
        ..Resource::default()
    };
    let cases = [
        ("a", true, true),
        ("a.b", true, false),
        ("a-b", true, true),
        ("-a", false, false),
        ("a..b", false, false),
        ("A", false, false),
        ("a/b", false, false),
        ("", false, false),
    ];
    for (name, custom, namespace) in cases {
        for (resource, good) in [(&custom_resource(), custom), (&namespaces, namespace)] {
            let mut object = json!({"metadata": {"name": name}});
            let made = with_rules(resource, |rules| rules.prepare_create(&mut object, "n"));
            assert_eq!(made.is_ok(), good, "{} {name:?}", resource.kind);
        }
    }
}

#[test]
fn names_of_services_and_cron_jobs_are_shorter() {
    let long = "x".repeat(53);
    for (group, plural, name, good) in [
        ("", "services", "a-1", true),
        ("", "services", "1-a", false),
        ("", "services", "a.b", false),
        ("batch", "cronjobs", "1-a", true),
        ("batch", "cronjobs", &long, false),
        ("batch", "jobs", &long, true),
    ] {
        let resource = Served::builtin().find(group, "v1", plural).unwrap();
        let mut object = json!({"metadata": {"name": name}});
        let told = with_rules(&resource, |rules| rules.prepare_create(&mut object, "n"));
        let told = told.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(!told.contains("metadata.name"), good, "{plural} {name:?}: {told}");
    }
}

#[test]
fn generated_names_fit_and_differ() {
    let name = generate(&"x".repeat(80));
    assert_eq!(name.len(), 63);
    assert_ne!(generate("a-"), generate("a-"));
}

#[test]
fn frozen_maps_stay() {
    let resource = Resource {
        plural: "configmaps".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespaced: true,
        ..Resource::default()
    };
    let old = json!({"metadata": {"name": "a", "namespace": "n"}, "data": {"k": "v"}, "immutable": true});
    let change =
        |new: Value| with_rules(&resource, |rules| rules.prepare_update(&old, new, Part::Main)).is_ok();
    assert!(change(
        json!({"metadata": {"name": "a", "labels": {"l": "1"}}, "data": {"k": "v"}, "immutable": true})
    ));
    assert!(!change(
        json!({"metadata": {"name": "a"}, "data": {"k": "w"}, "immutable": true})
    ));
    assert!(!change(json!({"metadata": {"name": "a"}, "data": {"k": "v"}})));
}

#[test]
fn labels_and_annotations_are_checked() {
    let long = "x".repeat(64);
    let huge = "x".repeat(256 * 1024);
    let cases = [
        (json!({"labels": {"a": "b", "x.io/y": "", "a_b": "c-d.e"}}), true),
        (json!({"labels": {"a": long}}), false),
        (json!({"labels": {"a": "not valid"}}), false),
        (json!({"labels": {"x.io/y/z": "b"}}), false),
        (json!({"annotations": {"x.io/y": "any text\n{}"}}), true),
        (json!({"annotations": {"a b": ""}}), false),
        (json!({"annotations": {"a": huge}}), false),
    ];
    for (mut metadata, good) in cases {
        metadata["name"] = json!("a");
        let mut object = json!({"metadata": metadata});
        let made = with_rules(&custom_resource(), |rules| rules.prepare_create(&mut object, "n"));
        assert_eq!(
            made.is_ok(),
            good,
            "{}",
            &object.to_string()[..80.min(object.to_string().len())]
        );
    }
}
