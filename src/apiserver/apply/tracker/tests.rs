//! Who owns what after sequences of writes.

use serde_json::{Value, json};

use super::*;

fn types() -> TypeTable {
    TypeTable::custom(Some(&json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "replicas": {"type": "integer"},
            "name": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
                "type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}},
            }},
        }},
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    }})))
}

fn config(spec: &Value) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Foo", "metadata": {"name": "b"}, "spec": spec})
}

/// An object and the time, which goes on by a second with each write.
struct World {
    types: TypeTable,
    object: Option<Value>,
    second: i64,
}

impl World {
    fn new() -> Self {
        Self {
            types: types(),
            object: None,
            second: 1_700_000_000,
        }
    }

    fn tracker<'a>(
        types: &'a TypeTable,
        second: &mut i64,
        (manager, subresource): (&'a str, &'a str),
    ) -> Tracker<'a> {
        *second += 1;
        let now = Timestamp::from_second(*second).unwrap();
        Tracker::new((types, "ex.io/v1"), (manager, subresource), now)
    }

    fn try_apply(&mut self, manager: &str, spec: &Value, force: bool) -> Result<(), ApplyError> {
        let tracker = Self::tracker(&self.types, &mut self.second, (manager, ""));
        let object = tracker.applied(self.object.as_ref(), &config(spec), force)?;
        self.object = Some(object);
        Ok(())
    }

    fn apply(&mut self, manager: &str, spec: &Value) {
        self.try_apply(manager, spec, false).unwrap();
    }

    fn update(&mut self, manager: &str, edit: impl FnOnce(&mut Value)) {
        let mut new = self.object.clone().unwrap_or_else(|| config(&json!({})));
        edit(&mut new);
        self.put(manager, new);
    }

    /// Replaces the object; `metadata.managedFields` in it are the client's.
    fn put(&mut self, name: &str, mut new: Value) {
        let tracker = Self::tracker(&self.types, &mut self.second, (name, ""));
        let given = metadata(&new, "managedFields").cloned();
        set_metadata(&mut new, "managedFields", None);
        let managed = tracker.updated(self.object.as_ref(), &new, given.as_ref());
        if let Some(managed) = managed {
            set_metadata(&mut new, "managedFields", Some(managed));
        }
        self.object = Some(new);
    }

    fn spec(&self) -> Value {
        self.object
            .as_ref()
            .unwrap()
            .get("spec")
            .cloned()
            .unwrap_or_default()
    }

    /// The paths that a manager owns by an operation.
    fn owns(&self, manager: &str, operation: &str) -> Vec<String> {
        self.entry(manager, operation)
            .map(|entry| {
                let fields = FieldSet::from_fields_v1(&entry["fieldsV1"]).unwrap();
                fields.paths().iter().map(|path| shown(path)).collect()
            })
            .unwrap_or_default()
    }

    fn entry(&self, manager: &str, operation: &str) -> Option<&Value> {
        metadata(self.object.as_ref().unwrap(), "managedFields")?
            .as_array()?
            .iter()
            .find(|entry| entry["manager"] == manager && entry["operation"] == operation)
    }
}

#[test]
fn a_repeated_apply_changes_nothing() {
    let mut world = World::new();
    world.apply("m1", &json!({"replicas": 1, "list": [{"k": "a", "v": 1}]}));
    let first = world.object.clone();
    world.apply("m1", &json!({"replicas": 1, "list": [{"k": "a", "v": 1}]}));
    assert_eq!(world.object, first);
    assert_eq!(
        world.owns("m1", "Apply"),
        [
            ".spec.replicas",
            r#".spec.list[k="a"]"#,
            r#".spec.list[k="a"].k"#,
            r#".spec.list[k="a"].v"#
        ]
    );
}

#[test]
fn what_is_no_longer_applied_goes_unless_another_owns_it() {
    let mut world = World::new();
    world.apply(
        "m1",
        &json!({"replicas": 1, "name": "x", "list": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]}),
    );
    world.apply("m2", &json!({"name": "x", "list": [{"k": "b"}]}));
    world.apply("m1", &json!({"replicas": 1, "list": []}));
    assert_eq!(
        world.spec(),
        json!({"replicas": 1, "name": "x", "list": [{"k": "b"}]})
    );
    assert_eq!(world.owns("m1", "Apply"), [".spec.replicas"]);
    assert_eq!(
        world.owns("m2", "Apply"),
        [".spec.name", r#".spec.list[k="b"]"#, r#".spec.list[k="b"].k"#]
    );
    world.apply("m2", &json!({}));
    assert_eq!(world.spec(), json!({"replicas": 1}));
    assert_eq!(world.owns("m2", "Apply"), [".spec"], "an empty map is named, too");
}

#[test]
fn what_lost_all_it_had_is_what_the_configuration_says() {
    let mut world = World::new();
    world.update("m1", |object| object["spec"] = json!({"labels": {}}));
    world.apply("m2", &json!({"labels": {"a": "b"}}));
    world.apply("m2", &json!({"labels": {}}));
    assert_eq!(world.spec(), json!({"labels": {}}));
    world.apply("m2", &json!({"labels": {"a": "b"}, "list": [{"k": "a"}]}));
    world.update("m1", |object| object["spec"]["list"][0]["v"] = json!(1));
    world.apply("m2", &json!({"labels": {"a": "b"}, "list": []}));
    let after = world.object.clone();
    assert_eq!(world.spec(), json!({"labels": {"a": "b"}, "list": []}));
    world.apply("m2", &json!({"labels": {"a": "b"}, "list": []}));
    assert_eq!(world.object, after);
}

#[test]
fn equal_values_are_owned_together_and_others_conflict() {
    let mut world = World::new();
    world.apply("m1", &json!({"replicas": 1, "name": "x"}));
    world.apply("m2", &json!({"replicas": 1}));
    let error = world.try_apply("m2", &json!({"replicas": 2}), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "m1": .spec.replicas"#
    );
    world.update("m3", |object| object["spec"]["name"] = json!("y"));
    let error = world
        .try_apply("m2", &json!({"replicas": 2, "name": "z"}), false)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.replicas\nconflicts with \"m3\" using ex.io/v1:\n- .spec.name"
    );
    world
        .try_apply("m2", &json!({"replicas": 2, "name": "z"}), true)
        .unwrap();
    assert_eq!(world.spec(), json!({"replicas": 2, "name": "z"}));
    assert_eq!(world.owns("m2", "Apply"), [".spec.name", ".spec.replicas"]);
    assert_eq!(
        (world.entry("m1", "Apply"), world.entry("m3", "Update")),
        (None, None)
    );
}

#[test]
fn an_update_takes_what_it_changes_and_its_time_moves_only_then() {
    let mut world = World::new();
    world.update("m1", |object| {
        object["spec"] = json!({"replicas": 1, "name": "x"});
    });
    assert_eq!(
        world.owns("m1", "Update"),
        [".spec", ".spec.name", ".spec.replicas"]
    );
    let first = world.object.clone();
    world.update("m2", |_| {});
    world.update("m1", |object| object["spec"]["replicas"] = json!(1));
    assert_eq!(world.object, first, "nothing changed");
    world.update("m2", |object| object["spec"]["replicas"] = json!(2));
    assert_eq!(world.owns("m1", "Update"), [".spec", ".spec.name"]);
    assert_eq!(world.owns("m2", "Update"), [".spec.replicas"]);
    let time = |world: &World, manager: &str| world.entry(manager, "Update").unwrap()["time"].clone();
    assert_eq!(
        time(&world, "m1"),
        first.as_ref().unwrap()["metadata"]["managedFields"][0]["time"]
    );
    assert_ne!(time(&world, "m1"), time(&world, "m2"));
    world.update("m2", |object| {
        object["spec"].as_object_mut().unwrap().shift_remove("name");
    });
    assert_eq!(world.owns("m1", "Update"), [".spec"]);
}

#[test]
fn nobody_owns_what_the_server_sets() {
    let mut world = World::new();
    world.update("m1", |object| {
        object["metadata"] = json!({
            "name": "b", "namespace": "n", "uid": "u", "generation": 1, "creationTimestamp": "2024-01-01T00:00:00Z",
            "labels": {"a": "b"}, "generateName": "b-",
        });
    });
    assert_eq!(
        world.owns("m1", "Update"),
        [
            ".spec",
            ".metadata.generateName",
            ".metadata.labels",
            ".metadata.labels.a"
        ]
    );
}

#[test]
fn who_was_there_before_the_first_apply_is_remembered() {
    let mut world = World::new();
    world.object = Some(config(&json!({"replicas": 1, "name": "x"})));
    world.update("m1", |object| object["spec"]["replicas"] = json!(2));
    assert_eq!(
        world.entry("m1", "Update"),
        None,
        "nobody was recorded, and nobody is"
    );
    let error = world.try_apply("m2", &json!({"name": "y"}), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "before-first-apply" using ex.io/v1: .spec.name"#
    );
    world.apply("m2", &json!({"name": "x"}));
    assert_eq!(
        world.owns("before-first-apply", "Update"),
        [".spec", ".spec.name", ".spec.replicas"]
    );
}

#[test]
fn the_book_is_the_clients_to_edit_and_to_empty() {
    let mut world = World::new();
    world.update("m1", |object| object["spec"] = json!({"replicas": 1}));
    let first = world.object.clone().unwrap();
    let mut without = first.clone();
    set_metadata(&mut without, "managedFields", None);
    world.put("m2", without);
    assert_eq!(
        world.object.as_ref(),
        Some(&first),
        "who does not know it does not lose it"
    );
    let mut edited = first.clone();
    edited["metadata"]["managedFields"][0]["manager"] = json!("other");
    world.put("m2", edited);
    assert_eq!(world.owns("other", "Update"), [".spec", ".spec.replicas"]);
    for reset in [json!([]), json!([{}])] {
        let mut emptied = first.clone();
        set_metadata(&mut emptied, "managedFields", Some(reset));
        world.put("m2", emptied);
        assert_eq!(metadata(world.object.as_ref().unwrap(), "managedFields"), None);
        world.object = Some(first.clone());
    }
    let mut nonsense = first.clone();
    set_metadata(&mut nonsense, "managedFields", Some(json!([{"manager": "x"}])));
    world.put("m2", nonsense);
    assert_eq!(
        world.object.as_ref(),
        Some(&first),
        "what cannot be read counts for nothing"
    );
}

#[test]
fn a_subresource_has_entries_of_its_own_and_no_say_in_the_book() {
    let types = types();
    let reset = FieldSet::of_names(&[&["metadata"], &["spec"]]);
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let old = config(&json!({"replicas": 1}));
    let main = Tracker::new((&types, "ex.io/v1"), ("m1", ""), now);
    let mut old = {
        let managed = main.updated(None, &old, None);
        let mut old = old;
        set_metadata(&mut old, "managedFields", managed);
        old
    };
    let mut new = old.clone();
    new["status"] = json!({"phase": "Running"});
    new["spec"]["replicas"] = json!(2);
    let status = Tracker::new((&types, "ex.io/v1"), ("m1", "status"), now).resetting(&reset);
    let managed = status.updated(Some(&old), &new, Some(&json!([{}]))).unwrap();
    assert_eq!(managed.as_array().unwrap().len(), 2);
    assert_eq!(managed[1]["subresource"], "status");
    assert_eq!(
        managed[1]["fieldsV1"],
        json!({"f:status": {".": {}, "f:phase": {}}})
    );
    set_metadata(&mut old, "managedFields", Some(managed));
    old["status"] = json!({"phase": "Running"});
    let error = main
        .applied(
            Some(&old),
            &json!({"apiVersion": "ex.io/v1", "kind": "Foo", "status": {"phase": "x"}}),
            false,
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "m1" with subresource "status" using ex.io/v1: .status.phase"#
    );
}

#[test]
fn of_too_many_updaters_the_oldest_become_one() {
    let mut world = World::new();
    for number in 0..12 {
        world.update(&format!("m{number:02}"), |object| {
            object["spec"]["labels"][format!("l{number:02}")] = json!("x");
        });
    }
    let managed = world.object.as_ref().unwrap()["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(managed.len(), UPDATERS_KEPT);
    let ancient = world.owns("ancient-changes", "Update");
    assert!(
        ancient.contains(&".spec.labels.l00".to_owned()) && ancient.contains(&".spec.labels.l02".to_owned()),
        "{ancient:?}"
    );
    assert_eq!(world.owns("m03", "Update"), [".spec.labels.l03"]);
    assert_eq!(managed[0]["manager"], "ancient-changes", "it is the oldest");
}

const UPDATERS_KEPT: usize = 10;

#[test]
fn kubectl_takes_over_what_its_client_side_apply_left() {
    let mut world = World::new();
    let last = config(&json!({"replicas": 1, "name": "x"}));
    world.update("kubectl-client-side-apply", |object| {
        *object = last.clone();
        object["metadata"]["annotations"] = json!({LAST_APPLIED: last.to_string()});
    });
    let error = world
        .try_apply("other", &json!({"replicas": 2}), false)
        .unwrap_err();
    assert!(matches!(error, ApplyError::Conflicts(_)));
    world.apply("kubectl", &json!({"replicas": 2}));
    assert_eq!(world.spec()["replicas"], 2);
    let annotation = world.object.as_ref().unwrap()["metadata"]["annotations"][LAST_APPLIED]
        .as_str()
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(annotation).unwrap(),
        config(&json!({"replicas": 2}))
    );
    world.update("m3", |object| object["spec"]["name"] = json!("y"));
    let error = world
        .try_apply("kubectl", &json!({"replicas": 2, "name": "z"}), false)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "m3" using ex.io/v1: .spec.name"#
    );
}

#[test]
fn what_cannot_be_applied_is_refused_in_upstreams_words() {
    let types = types();
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let tracker = Tracker::new((&types, "ex.io/v1"), ("m1", ""), now);
    for (spec, expected) in [
        (
            json!({"bogus": 1}),
            "failed to create typed patch object (/b; ex.io/v1, Kind=Foo): .spec.bogus: field not declared in schema",
        ),
        (
            json!({"list": [{"k": "1"}, {"k": "1"}]}),
            "failed to create typed patch object (/b; ex.io/v1, Kind=Foo): .spec.list: duplicate entries for key [k=\"1\"]",
        ),
    ] {
        let error = tracker.applied(None, &config(&spec), false).unwrap_err();
        assert_eq!(error, ApplyError::Failed(expected.to_owned()));
    }
    let mut with_book = config(&json!({}));
    with_book["metadata"]["managedFields"] = json!([]);
    let error = tracker.applied(None, &with_book, false).unwrap_err();
    assert_eq!(
        error,
        ApplyError::Request("metadata.managedFields must be nil".to_owned())
    );
    let mut of_another_version = config(&json!({}));
    of_another_version["apiVersion"] = json!("ex.io/v2");
    let error = tracker.applied(None, &of_another_version, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Incorrect version specified in apply patch. Specified patch version: ex.io/v2, expected: ex.io/v1"
    );
}

/// Version 2 calls `name` `title`.
struct TwoVersions(TypeTable);

impl Versions for TwoVersions {
    fn types(&self, api_version: &str) -> Option<&TypeTable> {
        (api_version == "ex.io/v2").then_some(&self.0)
    }

    fn to_version(&self, object: &Value, api_version: &str) -> Option<Value> {
        Some(renamed(object, ("name", "title"), api_version))
    }

    fn back(&self, object: &Value, _: &str) -> Option<Value> {
        Some(renamed(object, ("title", "name"), "ex.io/v1"))
    }
}

fn renamed(object: &Value, (from, to): (&str, &str), api_version: &str) -> Value {
    let mut object = object.clone();
    object["apiVersion"] = json!(api_version);
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
        && let Some(value) = spec.shift_remove(from)
    {
        spec.insert(to.to_owned(), value);
    }
    object
}

#[test]
fn entries_of_another_version_are_followed_there() {
    let types = types();
    let versions = TwoVersions(TypeTable::custom(Some(&json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}, "title": {"type": "string"}}},
    }}))));
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let mut object = config(&json!({"replicas": 1, "name": "x"}));
    object["metadata"]["managedFields"] = json!([
        {"manager": "m1", "operation": "Apply", "apiVersion": "ex.io/v2", "fieldsType": "FieldsV1",
         "fieldsV1": {"f:spec": {"f:replicas": {}, "f:title": {}}}},
    ]);
    let tracker = |manager| Tracker::new((&types, "ex.io/v1"), (manager, ""), now).with_versions(&versions);
    let error = tracker("m2")
        .applied(Some(&object), &config(&json!({"name": "y"})), false)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "m1": .spec.title"#
    );
    let mut new = object.clone();
    new["spec"]["name"] = json!("y");
    let managed = tracker("m2").updated(Some(&object), &new, None).unwrap();
    assert_eq!(managed[0]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    let after = tracker("m1")
        .applied(Some(&object), &config(&json!({"replicas": 1})), false)
        .unwrap();
    assert_eq!(
        after["spec"],
        json!({"replicas": 1}),
        "what was applied in version 2 goes in version 1"
    );
    assert_eq!(after["metadata"]["managedFields"][0]["apiVersion"], "ex.io/v1");
}
