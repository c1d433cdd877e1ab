use json_patch::Patch as Operations;
use serde_json::json;

use super::*;
use crate::act::FieldChange;

mod properties;

fn lists(pattern: &str) -> ListKind {
    match pattern {
        "/spec/set" => ListKind::Set,
        "/spec/map" | "/spec/files" => ListKind::Map(vec!["k".into()]),
        _ => ListKind::Atomic,
    }
}

/// What a server makes of `object` by a patch.
fn applied(patch: &Patch, object: &Value) -> Result<Value, json_patch::PatchError> {
    let operations: Operations = serde_json::from_value(Value::from(patch.operations.clone())).unwrap();
    let mut object = object.clone();
    json_patch::patch(&mut object, &operations)?;
    Ok(object)
}

fn at_version(spec: &Value, version: &str) -> Value {
    json!({"metadata": {"resourceVersion": version, "uid": "u"}, "spec": spec})
}

#[test]
fn what_one_side_left_alone_is_as_the_other_has_it() {
    let base = json!({"spec": {"replicas": 3, "version": "v1", "labels": {"a": "1"}, "gone": 1}});
    let mine = json!({"spec": {"replicas": 5, "version": "v1", "labels": {"a": "1", "b": "2"}, "gone": 1}});
    let theirs = json!({"spec": {"replicas": 3, "version": "v2", "labels": {"a": "1", "c": "3"}}});
    let merged = three_way(&base, &mine, &theirs, &lists);
    assert_eq!(merged.open, []);
    assert_eq!(
        merged.value,
        json!({"spec": {"replicas": 5, "version": "v2", "labels": {"a": "1", "b": "2", "c": "3"}}})
    );
}

#[test]
fn what_both_changed_differently_is_open_until_it_is_decided() {
    let base = json!({"spec": {"replicas": 3, "version": "v1", "map": [{"k": 1, "v": 1}, {"k": 2, "v": 2}, {"k": 3, "v": 3}]}});
    let mine = json!({"spec": {"replicas": 5, "map": [{"k": 1, "v": 1}, {"k": 3, "v": 30}]}});
    let theirs =
        json!({"spec": {"replicas": 4, "version": "v2", "map": [{"k": 2, "v": 20}, {"k": 1, "v": 1}]}});
    let merged = three_way(&base, &mine, &theirs, &lists);
    let open: Vec<&str> = merged
        .open
        .iter()
        .map(|overlap| overlap.pointer.as_str())
        .collect();
    assert_eq!(
        open,
        ["/spec/replicas", "/spec/version", "/spec/map/0", "/spec/map/2"]
    );
    assert_eq!(
        merged.decided(&[Side::Mine; 4]),
        json!({"spec": {"replicas": 5, "map": [{"k": 1, "v": 1}, {"k": 3, "v": 30}]}})
    );
    assert_eq!(
        merged.decided(&[Side::Theirs; 4]),
        json!({"spec": {"replicas": 4, "version": "v2", "map": [{"k": 2, "v": 20}, {"k": 1, "v": 1}]}})
    );
    assert_eq!(
        merged.decided(&[Side::Mine, Side::Theirs, Side::Mine, Side::Mine])["spec"]["replicas"],
        5
    );
}

#[test]
fn elements_are_brought_together_by_their_keys_and_lists_of_one_value_are_not() {
    let base = json!({"spec": {"map": [{"k": 1, "v": 1}, {"k": 2, "v": 2}], "set": [1, 2], "list": [1]}});
    let mine =
        json!({"spec": {"map": [{"k": 1, "v": 9}, {"k": 2, "v": 2}], "set": [1, 2, 3], "list": [1, 2]}});
    let theirs = json!({"spec": {"map": [{"k": 0, "v": 0}, {"k": 1, "v": 1}, {"k": 2, "v": 2, "w": 1}], "set": [2], "list": [0, 1]}});
    let merged = three_way(&base, &mine, &theirs, &lists);
    assert_eq!(
        merged.value,
        json!({"spec": {"map": [{"k": 0, "v": 0}, {"k": 1, "v": 9}, {"k": 2, "v": 2, "w": 1}], "set": [2, 3], "list": [0, 1]}})
    );
    let open: Vec<&str> = merged
        .open
        .iter()
        .map(|overlap| overlap.pointer.as_str())
        .collect();
    assert_eq!(open, ["/spec/list"]);
}

#[test]
fn a_patch_tests_what_it_changes_and_what_holds_what_it_adds() {
    let base = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"replicas": 3, "map": [{"k": 1, "v": 1}, {"k": 2, "v": 2}]}});
    let mine = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"replicas": 5, "map": [{"k": 1, "v": 1}, {"k": 2, "v": 3}]}});
    let made = patch(&base, &mine, &lists, "7").unwrap();
    assert_eq!(
        Value::from(made.operations),
        json!([
            {"op": "test", "path": "/metadata/labels", "value": {"a": "1"}},
            {"op": "test", "path": "/spec/replicas", "value": 3},
            {"op": "test", "path": "/spec/map/1/k", "value": 2},
            {"op": "test", "path": "/spec/map/1/v", "value": 2},
            {"op": "add", "path": "/metadata/labels/b", "value": "2"},
            {"op": "replace", "path": "/spec/replicas", "value": 5},
            {"op": "replace", "path": "/spec/map/1/v", "value": 3},
        ])
    );
    assert_eq!(
        made.fields.get(1),
        Some(&FieldChange {
            pointer: "/spec/replicas".to_owned(),
            before: Some(json!(3)),
            after: Some(json!(5)),
            hidden: false,
        })
    );
    // What holds it is not known whole.
    let made = patch(
        &json!({"metadata": {}}),
        &json!({"metadata": {"labels": {}}}),
        &lists,
        "7",
    )
    .unwrap();
    assert_eq!(
        made.operations.first(),
        Some(&json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}))
    );
    assert_eq!(patch(&base, &base, &lists, "7").unwrap(), Patch::default());
}

#[test]
fn hidden_values_are_never_written_back() {
    let file = |path: &str, content: &str| json!({"path": path, "content": content});
    let (a, b) = (file("/a", "*** (3 bytes)"), file("/b", "*** (4 bytes)"));
    let base = json!({"spec": {"format": "x", "list": [a, b]}});
    let made = |list: Value| {
        patch(
            &base,
            &json!({"spec": {"format": "x", "list": list}}),
            &lists,
            "7",
        )
    };
    let version = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"});
    // Whole objects are as the server has them; here only what is hidden is not known.
    let server = json!({"metadata": {"resourceVersion": "7"}, "spec": {"format": "x", "list": [file("/a", "key"), file("/b", "cert")]}});
    let after = |made: &Patch| {
        assert_eq!(made.operations.first(), Some(&version));
        applied(made, &server).unwrap()["spec"]["list"].clone()
    };
    let more = made(json!([file("/c", "new"), a, b])).unwrap();
    assert_eq!(
        after(&more),
        json!([file("/c", "new"), file("/a", "key"), file("/b", "cert")])
    );
    assert!(
        more.fields
            .iter()
            .all(|field| field.hidden && field.after.is_none()),
        "{more:?}"
    );
    let fewer = made(json!([b])).unwrap();
    assert_eq!(after(&fewer), json!([file("/b", "cert")]));
    let other_path = made(json!([a, file("/d", "*** (4 bytes)")])).unwrap();
    assert_eq!(after(&other_path), json!([file("/a", "key"), file("/d", "cert")]));
    assert!(
        other_path.fields.iter().all(|field| !field.hidden),
        "{other_path:?}"
    );
    let other_content = made(json!([file("/a", "better"), b])).unwrap();
    assert_eq!(
        after(&other_content),
        json!([file("/a", "better"), file("/b", "cert")])
    );
    assert_eq!(
        other_content.fields,
        [FieldChange {
            pointer: "/spec/list/0/content".to_owned(),
            before: None,
            after: None,
            hidden: true,
        }]
    );
    // Something else changes: what is hidden has nothing to do with it.
    let elsewhere = patch(
        &base,
        &json!({"spec": {"format": "y", "list": [a, b]}}),
        &lists,
        "7",
    )
    .unwrap();
    assert_eq!(elsewhere.operations.len(), 2);
    // What is not known cannot be written elsewhere.
    let moved = made(json!([b, a])).unwrap_err();
    assert!(moved.pointer.starts_with("/spec/list/"), "{moved}");
    assert!(made(json!([a, b, file("/c", "*** (3 bytes)")])).is_err());
    let copied = patch(
        &base,
        &json!({"spec": {"format": "x", "list": [a, b], "more": b}}),
        &lists,
        "7",
    );
    assert_eq!(copied.unwrap_err().pointer, "/spec/more");
}

#[test]
fn lines_that_differ_are_told_with_what_stands_around_them() {
    let same = |line: &str| DiffLine::Same(line.to_owned());
    let before = "a\nb\nc\nd\ne\nf\ng\nh";
    let after = "a\nb\nc\nD\ne\nf\ng\nh\ni";
    assert_eq!(
        diff(before, after, 1),
        [
            DiffLine::Between(2),
            same("c"),
            DiffLine::Gone("d".to_owned()),
            DiffLine::New("D".to_owned()),
            same("e"),
            DiffLine::Between(2),
            same("h"),
            DiffLine::New("i".to_owned()),
        ]
    );
    assert_eq!(diff("a\nb", "a\nb", 1), [DiffLine::Between(2)]);
    assert_eq!(diff("", "a", 1), [DiffLine::New("a".to_owned())]);
    let (long, other) = ("x\n".repeat(3_000), "y\n".repeat(3_000));
    assert_eq!(diff(&long, &other, 1).len(), 6_000);
}
