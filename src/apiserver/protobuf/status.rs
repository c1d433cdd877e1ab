//! Writing a `Status`, for clients that read protobuf alone.

use serde_json::Value;

use super::MAGIC;
use super::wire::{put_bytes, put_varint};
use crate::types::{self, Field, Kind, Message, Shape};

/// A `Status` in its envelope.
pub(crate) fn encode(status: &Value) -> Vec<u8> {
    let raw = types::of("meta.k8s.io", "v1", "Status").map(|message| fields(status, message));
    let mut type_meta = Vec::new();
    put_bytes(&mut type_meta, 1, b"v1");
    put_bytes(&mut type_meta, 2, b"Status");
    let mut body = MAGIC.to_vec();
    put_bytes(&mut body, 1, &type_meta);
    put_bytes(&mut body, 2, &raw.unwrap_or_default());
    put_bytes(&mut body, 3, b"");
    put_bytes(&mut body, 4, b"");
    body
}

fn fields(object: &Value, message: &'static Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in &message.fields {
        let (Some(number), Some(value)) = (field.number, object.get(field.json_name)) else {
            continue;
        };
        match (field.shape, value) {
            (Shape::List, Value::Array(items)) => {
                for item in items {
                    put(&mut bytes, number, field, item);
                }
            }
            (Shape::One, value) => put(&mut bytes, number, field, value),
            (Shape::List | Shape::Map, _) => {}
        }
    }
    bytes
}

/// A value of the few kinds that a `Status` has.
fn put(bytes: &mut Vec<u8>, number: u32, field: &Field, value: &Value) {
    match (field.kind, value) {
        (Kind::String, Value::String(text)) => put_bytes(bytes, number, text.as_bytes()),
        (Kind::Int32 | Kind::Int64, Value::Number(whole)) => {
            put_varint(bytes, u64::from(number) << 3);
            put_varint(bytes, whole.as_i64().unwrap_or_default().cast_unsigned());
        }
        (Kind::Message(id), Value::Object(_)) => put_bytes(bytes, number, &fields(value, id.message())),
        _ => {}
    }
}
