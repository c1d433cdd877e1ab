//! A message as the JSON that Go would write for it, by the table of types.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Number, Value};

use super::wire::{Reader, Wire};
use super::{DecodeError, MAGIC, enveloped};
use crate::types::{self, Field, Kind, Message, Shape};

/// How deep a JSON value may be: as deep as in other bodies, so that what was read can be sent back as JSON.
const DEEPEST: usize = 100;

/// The most values of one body. The smallest of them takes two bytes of it and many times that in memory.
const MOST: usize = 512 * 1024;

/// How many values may still come.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MOST)
    }
}

impl Budget {
    fn spend(&mut self) -> Result<(), DecodeError> {
        self.0 = self.0.checked_sub(1).ok_or(DecodeError::Size)?;
        Ok(())
    }
}

/// The fields of a message, in the order in which Go writes them. `depth` is that of the fields.
pub(super) fn fields(
    bytes: &[u8],
    message: &'static Message,
    depth: usize,
    budget: &mut Budget,
) -> Result<Map<String, Value>, DecodeError> {
    if depth > DEEPEST {
        return Err(DecodeError::Depth);
    }
    let mut found: BTreeMap<usize, (&'static str, Value)> = BTreeMap::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        let Some(field) = message.numbered(number) else {
            continue;
        };
        budget.spend()?;
        if field.inline {
            let Some(inner) = field.message() else {
                continue;
            };
            for (name, value) in fields(wire.bytes(inner.name)?, inner, depth, budget)? {
                if let Some((place, field)) = message.place(&name) {
                    found.insert(place, (field.json_name, value));
                }
            }
            continue;
        }
        let Some((place, field)) = message.place(field.json_name) else {
            continue;
        };
        match field.shape {
            Shape::One => {
                let value = value(wire, field, depth, budget)?;
                found.insert(place, (field.json_name, value));
            }
            Shape::List => {
                let list = found
                    .entry(place)
                    .or_insert_with(|| (field.json_name, Value::Array(Vec::new())));
                if let Value::Array(items) = &mut list.1 {
                    append(items, wire, field, depth + 1, budget)?;
                }
            }
            Shape::Map => {
                let (key, value) = entry(wire, field, depth + 1, budget)?;
                if value.is_null() {
                    continue;
                }
                let map = found
                    .entry(place)
                    .or_insert_with(|| (field.json_name, Value::Object(Map::new())));
                if let Value::Object(entries) = &mut map.1 {
                    entries.insert(key, value);
                }
            }
        }
    }
    complete(message, &mut found);
    Ok(found
        .into_values()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// Leaves out what Go leaves out, and puts in the zeros that it writes.
fn complete(message: &'static Message, found: &mut BTreeMap<usize, (&'static str, Value)>) {
    for (place, field) in message.json_fields().enumerate() {
        if field.shape != Shape::One {
            continue;
        }
        let zero = zero(field.kind);
        match found.get(&place) {
            Some((_, Value::Null)) => {
                found.remove(&place);
            }
            Some((_, value)) if field.omit_empty && !field.pointer && zero.as_ref() == Some(value) => {
                found.remove(&place);
            }
            None if !field.omit_empty && !field.pointer => {
                // Bytes that are not there are null to Go, and not empty.
                if let Some(zero) = zero.filter(|_| field.kind != Kind::Bytes) {
                    found.insert(place, (field.json_name, zero));
                }
            }
            Some(_) | None => {}
        }
    }
}

/// What Go takes for nothing; absent where there is no such value.
fn zero(kind: Kind) -> Option<Value> {
    match kind {
        Kind::String | Kind::Bytes => Some(Value::from("")),
        Kind::Bool => Some(Value::from(false)),
        Kind::Int32 | Kind::Int64 | Kind::Double => Some(Value::from(0)),
        Kind::Time
        | Kind::MicroTime
        | Kind::IntOrString
        | Kind::Quantity
        | Kind::RawExtension
        | Kind::FieldsV1
        | Kind::Json
        | Kind::Strings
        | Kind::SchemaOrArray
        | Kind::SchemaOrBool
        | Kind::SchemaOrStrings
        | Kind::Message(_) => None,
    }
}

/// Appends an element, or all of a packed list.
fn append(
    items: &mut Vec<Value>,
    wire: Wire<'_>,
    field: &'static Field,
    depth: usize,
    budget: &mut Budget,
) -> Result<(), DecodeError> {
    let number = matches!(field.kind, Kind::Int32 | Kind::Int64 | Kind::Bool);
    match wire {
        Wire::Bytes(packed) if number => {
            let mut reader = Reader::new(packed);
            while let Some(wire) = reader.next_packed()? {
                budget.spend()?;
                items.push(value(wire, field, depth, budget)?);
            }
        }
        other => items.push(value(other, field, depth, budget)?),
    }
    Ok(())
}

/// An entry of a map: a message of a key and a value.
fn entry(
    wire: Wire<'_>,
    field: &'static Field,
    depth: usize,
    budget: &mut Budget,
) -> Result<(String, Value), DecodeError> {
    let name = field.json_name;
    let (mut key, mut written) = ("", None);
    let mut reader = Reader::new(wire.bytes(name)?);
    while let Some((number, wire)) = reader.next()? {
        match number {
            1 => key = wire.text(name)?,
            2 => written = Some(wire),
            _ => {}
        }
    }
    let value = match (written, zero(field.kind)) {
        (Some(wire), _) => value(wire, field, depth, budget)?,
        (None, Some(zero)) => zero,
        (None, None) => value(Wire::Bytes(&[]), field, depth, budget)?,
    };
    Ok((key.to_owned(), value))
}

/// One value of a field. Null stands for what Go has as nothing.
fn value(
    wire: Wire<'_>,
    field: &'static Field,
    depth: usize,
    budget: &mut Budget,
) -> Result<Value, DecodeError> {
    // What these hold is a level below them.
    let holds_texts = matches!(field.kind, Kind::Strings | Kind::SchemaOrStrings);
    if depth + usize::from(holds_texts) > DEEPEST {
        return Err(DecodeError::Depth);
    }
    let name = field.json_name;
    Ok(match field.kind {
        Kind::String => Value::from(wire.text(name)?),
        Kind::Bool => Value::from(wire.varint(name)? != 0),
        Kind::Int32 => Value::from(low_bits(wire.varint(name)?)),
        Kind::Int64 => Value::from(wire.varint(name)?.cast_signed()),
        Kind::Double => match wire {
            Wire::Fixed64(bits) => double(f64::from_bits(bits)),
            Wire::Varint(_) | Wire::Fixed32(_) | Wire::Bytes(_) | Wire::Group => {
                return Err(DecodeError::WireType(name));
            }
        },
        Kind::Bytes => Value::from(STANDARD.encode(wire.bytes(name)?)),
        Kind::Time => time(wire.bytes(name)?, name, false)?,
        Kind::MicroTime => time(wire.bytes(name)?, name, true)?,
        Kind::IntOrString => int_or_string(wire.bytes(name)?, name)?,
        Kind::Quantity => match only(wire.bytes(name)?)? {
            Some(wire) if !wire.bytes(name)?.is_empty() => Value::from(wire.text(name)?),
            Some(_) | None => Value::from("0"),
        },
        Kind::RawExtension => match only(wire.bytes(name)?)? {
            Some(wire) => raw(wire.bytes(name)?, name, depth, budget)?,
            None => Value::Null,
        },
        Kind::FieldsV1 | Kind::Json => match only(wire.bytes(name)?)? {
            Some(wire) => json(wire.bytes(name)?, name, depth)?,
            None => Value::Null,
        },
        Kind::Strings => strings(wire.bytes(name)?, (1, name), budget)?,
        Kind::SchemaOrArray | Kind::SchemaOrBool | Kind::SchemaOrStrings => {
            schema_or(wire.bytes(name)?, field, depth, budget)?
        }
        Kind::Message(id) => Value::Object(fields(wire.bytes(name)?, id.message(), depth + 1, budget)?),
    })
}

/// A number as Go writes it: a whole one without a point. What is no number is nothing.
fn double(number: f64) -> Value {
    // Beyond this not every whole number has a double of its own.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0
        && number.abs() < WHOLE
        && let Ok(whole) = format!("{number:.0}").parse::<i64>()
    {
        return Value::from(whole);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A number of 32 bits, negative ones written with 64.
fn low_bits(number: u64) -> i32 {
    let low = u32::try_from(number & 0xFFFF_FFFF).unwrap_or_default();
    low.cast_signed()
}

/// The first field of a message that has only one.
fn only(bytes: &[u8]) -> Result<Option<Wire<'_>>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut found = None;
    while let Some((number, wire)) = reader.next()? {
        if number == 1 {
            found = Some(wire);
        }
    }
    Ok(found)
}

/// Seconds and nanoseconds since 1970 as RFC 3339. Go writes an empty message where it has no time.
fn time(bytes: &[u8], name: &'static str, micro: bool) -> Result<Value, DecodeError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanos) = (0, 0);
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        match number {
            1 => seconds = wire.varint(name)?.cast_signed(),
            2 => nanos = low_bits(wire.varint(name)?),
            _ => {}
        }
    }
    let moment =
        Timestamp::new(seconds, if micro { nanos } else { 0 }).map_err(|_| DecodeError::Malformed)?;
    Ok(Value::String(if micro {
        format!("{moment:.6}")
    } else {
        moment.to_string()
    }))
}

fn int_or_string(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let (mut is_text, mut number_value, mut text) = (false, 0, "");
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        match number {
            1 => is_text = wire.varint(name)? == 1,
            2 => number_value = low_bits(wire.varint(name)?),
            3 => text = wire.text(name)?,
            _ => {}
        }
    }
    Ok(if is_text {
        Value::from(text)
    } else {
        Value::from(number_value)
    })
}

/// The texts of the field with this number.
fn strings(
    bytes: &[u8],
    (wanted, name): (u32, &'static str),
    budget: &mut Budget,
) -> Result<Value, DecodeError> {
    let mut texts = Vec::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        if number == wanted {
            budget.spend()?;
            texts.push(Value::from(wire.text(name)?));
        }
    }
    Ok(Value::Array(texts))
}

/// An object inside an object: JSON, or an envelope again.
fn raw(bytes: &[u8], name: &'static str, depth: usize, budget: &mut Budget) -> Result<Value, DecodeError> {
    if bytes.starts_with(MAGIC) {
        enveloped(bytes, None, depth, budget)
    } else {
        json(bytes, name, depth)
    }
}

fn json(bytes: &[u8], name: &'static str, depth: usize) -> Result<Value, DecodeError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| DecodeError::Json(name, error.to_string()))?;
    if deeper_than(&value, DEEPEST.saturating_sub(depth)) {
        return Err(DecodeError::Depth);
    }
    Ok(value)
}

/// Whether values stand in values more than `levels` times. The parser keeps what comes here from being very deep.
fn deeper_than(value: &Value, levels: usize) -> bool {
    match (value, levels.checked_sub(1)) {
        (Value::Array(items), Some(rest)) => items.iter().any(|item| deeper_than(item, rest)),
        (Value::Object(fields), Some(rest)) => fields.values().any(|value| deeper_than(value, rest)),
        (Value::Array(_) | Value::Object(_), None) => true,
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => false,
    }
}

/// A schema, or what may stand in its place: a list of schemas, a truth value, a list of texts.
fn schema_or(
    bytes: &[u8],
    field: &'static Field,
    depth: usize,
    budget: &mut Budget,
) -> Result<Value, DecodeError> {
    let name = field.json_name;
    let Some(schema_type) = types::named("apiextensions/v1.JSONSchemaProps") else {
        return Ok(Value::Null);
    };
    let (mut schema, mut list, mut allows) = (None, Vec::new(), false);
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        budget.spend()?;
        match (field.kind, number) {
            (Kind::SchemaOrBool, 1) => allows = wire.varint(name)? != 0,
            (Kind::SchemaOrBool, 2) | (_, 1) => {
                schema = Some(fields(wire.bytes(name)?, schema_type, depth + 1, budget)?);
            }
            (Kind::SchemaOrArray, 2) => {
                list.push(Value::Object(fields(
                    wire.bytes(name)?,
                    schema_type,
                    depth + 2,
                    budget,
                )?));
            }
            (Kind::SchemaOrStrings, 2) => list.push(Value::from(wire.text(name)?)),
            _ => {}
        }
    }
    Ok(match (schema, field.kind) {
        (_, Kind::SchemaOrArray | Kind::SchemaOrStrings) if !list.is_empty() => Value::Array(list),
        (Some(schema), _) => Value::Object(schema),
        (None, Kind::SchemaOrBool) => Value::from(allows),
        (None, _) => Value::Null,
    })
}
