//! Entries read, written, ordered and refused.

use serde_json::json;

use super::*;

fn entry(manager: &str, operation: &str, time: Option<&str>) -> Value {
    let mut entry = Map::new();
    let mut put = |field: &str, value: Value| entry.insert(field.to_owned(), value);
    put("manager", json!(manager));
    put("operation", json!(operation));
    put("apiVersion", json!("v1"));
    if let Some(time) = time {
        put("time", json!(time));
    }
    put("fieldsType", json!("FieldsV1"));
    put("fieldsV1", json!({"f:a": {}}));
    Value::Object(entry)
}

#[test]
fn entries_come_back_in_upstreams_order() {
    let old = Some("2024-01-01T00:00:00Z");
    let new = Some("2024-01-02T00:00:00Z");
    let expected = json!([
        entry("z", "Apply", None),
        entry("a", "Apply", old),
        entry("b", "Apply", old),
        entry("a", "Update", None),
        entry("c", "Update", old),
        entry("b", "Update", new),
    ]);
    let mut shuffled = expected.as_array().unwrap().clone();
    shuffled.reverse();
    let shuffled = Value::Array(shuffled);
    let book = Managed::read(&shuffled).unwrap();
    assert_eq!(book.to_value().unwrap().to_string(), expected.to_string());
    assert_eq!(Managed::default().to_value(), None);
    assert!(Managed::read(&Value::Null).unwrap().is_empty());
}

#[test]
fn who_applies_is_one_in_all_versions() {
    let in_version = |operation: &str, version: &str| {
        let mut entry = entry("m", operation, None);
        entry["apiVersion"] = json!(version);
        entry
    };
    let count = |operation: &str| {
        let list = json!([in_version(operation, "v1"), in_version(operation, "v2")]);
        Managed::read(&list).unwrap().entries().len()
    };
    assert_eq!((count("Apply"), count("Update")), (1, 2));
}

#[test]
fn what_is_no_book_is_refused() {
    for (field, value, expected) in [
        ("operation", json!("Eat"), "operation must be"),
        ("apiVersion", json!(""), "apiVersion must not be empty"),
        (
            "fieldsType",
            json!(""),
            "missing fieldsType in managed fields entry 0",
        ),
        (
            "fieldsType",
            json!("V2"),
            "invalid fieldsType \"V2\" in managed fields entry 0",
        ),
        ("time", json!("noon"), "the time \"noon\""),
        ("fieldsV1", json!({"a": {}}), "error decoding set"),
    ] {
        let mut entry = entry("m", "Update", None);
        entry[field] = value;
        let error = Managed::read(&json!([entry])).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(Managed::read(&json!({})), Err(ManagedFieldsError::NoList));
    assert_eq!(Managed::read(&json!([1])), Err(ManagedFieldsError::NoList));
}

#[test]
fn a_reset_is_told_from_a_book() {
    for (value, reset) in [
        (json!([]), true),
        (json!([{}]), true),
        (json!([{}, {}]), false),
        (json!(null), false),
        (json!([{"manager": "m"}]), false),
    ] {
        assert_eq!(is_reset(&value), reset, "{value}");
    }
}
