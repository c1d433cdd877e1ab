//! Writing objects in protobuf by the table of types: the other way round than the server does it, so that what was read can
//! be held against what it was read from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::types::{self, Field, Kind, Message, Shape};

/// A body of a message that does not name its type.
pub(super) fn envelope(raw: &[u8]) -> Vec<u8> {
    let mut body = b"k8s\0".to_vec();
    put_bytes(&mut body, 2, raw);
    body
}

/// A body of an object.
pub(super) fn object(object: &Value, message: &'static Message) -> Vec<u8> {
    let mut type_meta = Vec::new();
    for (number, field) in [(1, "apiVersion"), (2, "kind")] {
        let text = object.get(field).and_then(Value::as_str).unwrap_or_default();
        put_bytes(&mut type_meta, number, text.as_bytes());
    }
    let mut body = b"k8s\0".to_vec();
    put_bytes(&mut body, 1, &type_meta);
    put_bytes(&mut body, 2, &fields(object, message));
    body
}

fn fields(object: &Value, message: &'static Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in &message.fields {
        let Some(number) = field.number else {
            continue;
        };
        if field.inline {
            if let Some(inner) = field.message() {
                put_bytes(&mut bytes, number, &fields(object, inner));
            }
            continue;
        }
        match (field.shape, object.get(field.json_name)) {
            (_, None | Some(Value::Null)) => {}
            (Shape::List, Some(Value::Array(items))) => {
                for item in items {
                    put(&mut bytes, number, field, item);
                }
            }
            (Shape::Map, Some(Value::Object(entries))) => {
                for (key, value) in entries {
                    let mut entry = Vec::new();
                    put_bytes(&mut entry, 1, key.as_bytes());
                    put(&mut entry, 2, field, value);
                    put_bytes(&mut bytes, number, &entry);
                }
            }
            (Shape::One | Shape::List | Shape::Map, Some(value)) => put(&mut bytes, number, field, value),
        }
    }
    bytes
}

/// One value of a field.
fn put(bytes: &mut Vec<u8>, number: u32, field: &'static Field, value: &Value) {
    let text = value.as_str().unwrap_or_default();
    match field.kind {
        Kind::String => put_bytes(bytes, number, text.as_bytes()),
        Kind::Bool => put_number(bytes, number, i64::from(value == &Value::Bool(true))),
        Kind::Int32 | Kind::Int64 => put_number(bytes, number, value.as_i64().unwrap_or_default()),
        Kind::Double => {
            put_varint(bytes, u64::from(number) << 3 | 1);
            bytes.extend(value.as_f64().unwrap_or_default().to_bits().to_le_bytes());
        }
        Kind::Bytes => put_bytes(bytes, number, &STANDARD.decode(text).unwrap_or_default()),
        Kind::Time | Kind::MicroTime => put_bytes(bytes, number, &time(text)),
        Kind::IntOrString => put_bytes(bytes, number, &int_or_string(value)),
        Kind::Quantity => put_wrapped(bytes, number, text.as_bytes()),
        Kind::RawExtension | Kind::FieldsV1 | Kind::Json => {
            put_wrapped(bytes, number, value.to_string().as_bytes());
        }
        Kind::Strings => {
            let mut texts = Vec::new();
            for text in value.as_array().into_iter().flatten() {
                put_bytes(&mut texts, 1, text.as_str().unwrap_or_default().as_bytes());
            }
            put_bytes(bytes, number, &texts);
        }
        Kind::SchemaOrArray | Kind::SchemaOrBool | Kind::SchemaOrStrings => {
            put_bytes(bytes, number, &schema_or(value, field.kind));
        }
        Kind::Message(id) => put_bytes(bytes, number, &fields(value, id.message())),
    }
}

fn time(text: &str) -> Vec<u8> {
    let moment: Timestamp = text.parse().unwrap_or_default();
    let mut bytes = Vec::new();
    put_number(&mut bytes, 1, moment.as_second());
    put_number(&mut bytes, 2, i64::from(moment.subsec_nanosecond()));
    bytes
}

fn int_or_string(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    match value.as_str() {
        Some(text) => {
            put_number(&mut bytes, 1, 1);
            put_bytes(&mut bytes, 3, text.as_bytes());
        }
        None => put_number(&mut bytes, 2, value.as_i64().unwrap_or_default()),
    }
    bytes
}

fn schema_or(value: &Value, kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Some(schema) = types::named("apiextensions/v1.JSONSchemaProps") else {
        return bytes;
    };
    let is_bool = kind == Kind::SchemaOrBool;
    match value {
        Value::Bool(allows) => put_number(&mut bytes, 1, i64::from(*allows)),
        Value::Object(_) => put_bytes(&mut bytes, if is_bool { 2 } else { 1 }, &fields(value, schema)),
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::String(text) => put_bytes(&mut bytes, 2, text.as_bytes()),
                    item => put_bytes(&mut bytes, 2, &fields(item, schema)),
                }
            }
        }
        Value::Null | Value::Number(_) | Value::String(_) => {}
    }
    bytes
}

fn put_wrapped(bytes: &mut Vec<u8>, number: u32, value: &[u8]) {
    let mut inner = Vec::new();
    put_bytes(&mut inner, 1, value);
    put_bytes(bytes, number, &inner);
}

fn put_number(bytes: &mut Vec<u8>, number: u32, value: i64) {
    put_varint(bytes, u64::from(number) << 3);
    put_varint(bytes, value.cast_unsigned());
}

fn put_bytes(bytes: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_varint(bytes, u64::from(number) << 3 | 2);
    put_varint(bytes, value.len() as u64);
    bytes.extend_from_slice(value);
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while let rest @ 1.. = number >> 7 {
        bytes.push(u8::try_from(number & 0x7F).unwrap_or_default() | 0x80);
        number = rest;
    }
    bytes.push(u8::try_from(number & 0x7F).unwrap_or_default());
}

/// An object with a value in each of its fields, and so many objects inside of each other.
pub(super) fn full(message: &'static Message, levels: usize) -> Value {
    let mut object = Map::new();
    for field in message.json_fields() {
        let Some(value) = example(field, levels) else {
            continue;
        };
        let value = match field.shape {
            Shape::One => value,
            Shape::List => json!([value]),
            Shape::Map => json!({"key": value}),
        };
        object.insert(field.json_name.to_owned(), value);
    }
    Value::Object(object)
}

fn example(field: &'static Field, levels: usize) -> Option<Value> {
    Some(match field.kind {
        Kind::String => json!("text"),
        Kind::Bool => json!(true),
        Kind::Int32 | Kind::Int64 => json!(7),
        Kind::Double => json!(1.5),
        Kind::Bytes => json!("aGk="),
        Kind::Time => json!("2026-01-01T00:00:00Z"),
        Kind::MicroTime => json!("2026-01-01T00:00:00.000001Z"),
        Kind::IntOrString => json!("10%"),
        Kind::Quantity => json!("1Gi"),
        Kind::RawExtension => json!({"a": 1}),
        Kind::FieldsV1 => json!({"f:spec": {}}),
        Kind::Json => json!([1]),
        Kind::Strings => json!(["a"]),
        Kind::SchemaOrArray | Kind::SchemaOrBool => json!({"type": "string"}),
        Kind::SchemaOrStrings => json!(["a", "b"]),
        Kind::Message(id) => full(id.message(), levels.checked_sub(1)?),
    })
}
