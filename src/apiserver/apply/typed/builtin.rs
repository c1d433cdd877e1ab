//! The types of a built-in kind, out of the table of them.

use std::collections::HashMap;

use compact_str::CompactString;
use serde_json::{Map as Fields, Value, json};

use super::{
    BOOLEAN, DEDUCED, Elements, List, Map, NUMERIC, STRING, Type, TypeId, TypeTable, UNTYPED, WHOLE,
};
use crate::types::{Field, Kind, ListType, Message, Shape, named, of};

/// The table of a kind; none where there is no such built-in kind.
pub(super) fn table(group: &str, version: &str, kind: &str) -> Option<TypeTable> {
    let message = of(group, version, kind)?;
    let mut table = TypeTable::with_common_types();
    let mut builder = Builder {
        table: &mut table,
        known: HashMap::new(),
    };
    let root = builder.message(message, false);
    table.root = root;
    table.empty = Value::Object(zero(message));
    Some(table)
}

/// Adds ObjectMeta to the table.
pub(super) fn object_meta(table: &mut TypeTable) -> TypeId {
    let mut builder = Builder {
        table,
        known: HashMap::new(),
    };
    named("meta/v1.ObjectMeta").map_or(DEDUCED, |message| builder.message(message, false))
}

struct Builder<'a> {
    table: &'a mut TypeTable,
    /// Types that are made already, or are being made: by package, name and whether they are atomic.
    known: HashMap<(&'static str, &'static str, bool), TypeId>,
}

impl Builder<'_> {
    fn message(&mut self, message: &'static Message, atomic: bool) -> TypeId {
        let atomic = atomic || message.atomic;
        let place = (message.package, message.name, atomic);
        if let Some(id) = self.known.get(&place) {
            return *id;
        }
        // Its place is taken before its fields are made: a type may hold itself.
        let id = self.table.add(Type::default());
        self.known.insert(place, id);
        let mut fields: Vec<(CompactString, TypeId)> = Vec::new();
        if message.is_kind() {
            fields.push(("apiVersion".into(), STRING));
            fields.push(("kind".into(), STRING));
        }
        for field in message.json_fields() {
            fields.push((CompactString::from(field.json_name), self.field(field)));
        }
        let map = Map::new(fields, None, atomic);
        if let Some(made) = self.table.types.get_mut(id.0 as usize) {
            made.map = Some(map);
        }
        id
    }

    fn field(&mut self, field: &'static Field) -> TypeId {
        match field.shape {
            Shape::One => self.value(field, field.atomic),
            Shape::List => {
                let elements = match &field.list_type {
                    ListType::Atomic => Elements::Atomic,
                    ListType::Set => Elements::Set,
                    ListType::Map(keys) => Elements::Keyed(
                        keys.iter()
                            .map(|name| (CompactString::from(*name), key_default(field, name)))
                            .collect(),
                    ),
                };
                let element = self.value(field, false);
                self.table.add(Type {
                    list: Some(List { element, elements }),
                    ..Type::default()
                })
            }
            Shape::Map => {
                let rest = Some(self.value(field, false));
                self.table.add(Type {
                    map: Some(Map::new(Vec::new(), rest, field.atomic)),
                    ..Type::default()
                })
            }
        }
    }

    /// The type of one value of a field.
    fn value(&mut self, field: &Field, atomic: bool) -> TypeId {
        match field.kind {
            Kind::String | Kind::Bytes => STRING,
            Kind::Bool => BOOLEAN,
            Kind::Int32 | Kind::Int64 | Kind::Double => NUMERIC,
            Kind::Time | Kind::MicroTime | Kind::IntOrString | Kind::Quantity => UNTYPED,
            Kind::RawExtension => WHOLE,
            Kind::FieldsV1
            | Kind::Json
            | Kind::SchemaOrArray
            | Kind::SchemaOrBool
            | Kind::SchemaOrStrings => DEDUCED,
            Kind::Strings => self.table.add(Type {
                list: Some(List {
                    element: STRING,
                    elements: Elements::Atomic,
                }),
                ..Type::default()
            }),
            Kind::Message(id) => self.message(id.message(), atomic),
        }
    }
}

fn key_default(list: &Field, key: &str) -> Option<Value> {
    list.message()?.field(key)?.default.clone()
}

/// What Go has in a value of this type that nobody set: structs that are no pointers, and fields that are always written.
fn zero(message: &'static Message) -> Fields<String, Value> {
    let fields = message.json_fields().filter_map(|field| {
        let value = match (field.shape, field.kind) {
            (Shape::One, Kind::Message(id)) if !field.pointer => Value::Object(zero(id.message())),
            _ if field.omit_empty => return None,
            (Shape::One, Kind::Bool) if !field.pointer => json!(false),
            (Shape::One, Kind::Int32 | Kind::Int64 | Kind::Double) if !field.pointer => json!(0),
            (Shape::One, Kind::String) if !field.pointer => json!(""),
            _ => Value::Null,
        };
        Some((field.json_name.to_owned(), value))
    });
    fields.collect()
}
