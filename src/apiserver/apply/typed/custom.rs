//! The types of a kind that a CustomResourceDefinition describes, out of its `openAPIV3Schema` as it was written.

use compact_str::CompactString;
use serde_json::{Map as Fields, Value};

use super::builtin::object_meta;
use super::{
    BOOLEAN, DEDUCED, Elements, List, Map, NUMERIC, STRING, Scalar, Type, TypeId, TypeTable, UNTYPED, WHOLE,
};

/// The table of a schema; without one only metadata has types.
pub(super) fn table(schema: Option<&Value>) -> TypeTable {
    let mut table = TypeTable::with_common_types();
    let mut builder = Builder {
        meta: object_meta(&mut table),
        table: &mut table,
    };
    let nothing = Fields::new();
    let schema = schema.and_then(Value::as_object).unwrap_or(&nothing);
    let root = builder.map(schema, is_true(schema, PRESERVE), Standard::Object);
    let root = builder.table.add(Type {
        map: Some(root),
        ..Type::default()
    });
    table.root = root;
    table
}

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const EMBEDDED: &str = "x-kubernetes-embedded-resource";

/// The fields that every object has, whatever its schema says of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standard {
    Object,
    None,
}

struct Builder<'a> {
    table: &'a mut TypeTable,
    meta: TypeId,
}

impl Builder<'_> {
    /// The type of a schema. That unknown fields are kept holds for all that is below, too.
    fn build(&mut self, schema: &Value, preserve: bool) -> TypeId {
        let Some(schema) = schema.as_object() else {
            return DEDUCED;
        };
        let preserve = preserve || is_true(schema, PRESERVE);
        match text(schema, "type") {
            "integer" | "number" => NUMERIC,
            "boolean" => BOOLEAN,
            "string" if matches!(text(schema, "format"), "" | "byte") => STRING,
            "string" => UNTYPED,
            "array" => {
                let list = Some(self.list(schema, preserve));
                self.table.add(Type {
                    list,
                    ..Type::default()
                })
            }
            "object" => {
                let map = Some(self.map(schema, preserve, standard(schema)));
                self.table.add(Type {
                    map,
                    ..Type::default()
                })
            }
            // Anything may be there: what has no type, an `int-or-string` among it.
            _ if !schema.contains_key("properties") && !schema.contains_key("additionalProperties") => {
                DEDUCED
            }
            _ => {
                let list = Some(self.list(schema, preserve));
                let map = Some(self.map(schema, preserve, standard(schema)));
                let scalar = Some(Scalar::Untyped);
                self.table.add(Type { scalar, list, map })
            }
        }
    }

    fn list(&mut self, schema: &Fields<String, Value>, preserve: bool) -> List {
        let items = schema.get("items");
        let element = items.map_or(WHOLE, |items| self.build(items, preserve));
        let elements = match text(schema, "x-kubernetes-list-type") {
            "set" => Elements::Set,
            "map" => Elements::Keyed(keys(schema, items)),
            _ => Elements::Atomic,
        };
        List { element, elements }
    }

    fn map(&mut self, schema: &Fields<String, Value>, preserve: bool, standard: Standard) -> Map {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields: Vec<(CompactString, TypeId)> = Vec::new();
        if standard == Standard::Object {
            fields.push(("apiVersion".into(), STRING));
            fields.push(("kind".into(), STRING));
            fields.push(("metadata".into(), self.meta));
        }
        for (name, property) in properties.into_iter().flatten() {
            let replaced =
                standard == Standard::Object && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
            if !replaced {
                let id = self.build(property, preserve);
                fields.push((CompactString::from(name), id));
            }
        }
        let rest = match schema.get("additionalProperties") {
            None if preserve || properties.is_none_or(Fields::is_empty) => Some(DEDUCED),
            None | Some(Value::Bool(false)) => None,
            Some(values) => Some(self.build(values, preserve)),
        };
        let atomic = text(schema, "x-kubernetes-map-type") == "atomic";
        Map::new(fields, rest, atomic)
    }
}

fn standard(schema: &Fields<String, Value>) -> Standard {
    if is_true(schema, EMBEDDED) {
        Standard::Object
    } else {
        Standard::None
    }
}

/// The key fields of a list, with the defaults that the elements' schema gives them.
fn keys(schema: &Fields<String, Value>, items: Option<&Value>) -> Box<[(CompactString, Option<Value>)]> {
    let names = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| {
            let property = items.and_then(|items| items.get("properties")?.get(name));
            let default = property.and_then(|property| property.get("default"));
            (CompactString::from(name), default.cloned())
        })
        .collect()
}

fn text<'a>(schema: &'a Fields<String, Value>, field: &str) -> &'a str {
    schema.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_true(schema: &Fields<String, Value>, field: &str) -> bool {
    schema.get(field) == Some(&Value::Bool(true))
}
