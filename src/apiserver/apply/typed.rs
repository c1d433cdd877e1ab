//! What each field of a kind is to server-side apply: a scalar, a list or a map, owned as a whole or part by part.
//!
//! The types of a kind stand in one table and name each other by their place in it, because types may hold themselves.

mod builtin;
mod custom;

use std::sync::{Arc, OnceLock};

use compact_str::CompactString;
use serde_json::Value;

use super::element::PathElement;
use super::values::same;
use crate::registry::Resource;
use crate::schema::WrittenSchema;

/// What a plain value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// A number.
    Numeric,
    /// A text.
    String,
    /// True or false.
    Boolean,
    /// Any of them.
    Untyped,
}

/// The place of a type in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TypeId(u32);

/// Types that every table has, at these places.
const DEDUCED: TypeId = TypeId(0);
const WHOLE: TypeId = TypeId(1);
const NUMERIC: TypeId = TypeId(2);
const STRING: TypeId = TypeId(3);
const BOOLEAN: TypeId = TypeId(4);
const UNTYPED: TypeId = TypeId(5);

/// One type: what a value may be. Most are only one of the three.
#[derive(Debug, Default)]
struct Type {
    scalar: Option<Scalar>,
    list: Option<List>,
    map: Option<Map>,
}

/// A list.
#[derive(Debug)]
struct List {
    element: TypeId,
    elements: Elements,
}

/// What the elements of a list are to each other.
#[derive(Debug)]
enum Elements {
    /// The list is owned as a whole.
    Atomic,
    /// Each is itself.
    Set,
    /// They are told apart by fields, which may have defaults.
    Keyed(Box<[(CompactString, Option<Value>)]>),
}

/// A map, or a type with fields.
#[derive(Debug)]
struct Map {
    atomic: bool,
    /// The fields, sorted by name.
    fields: Box<[(CompactString, TypeId)]>,
    /// What fields without a name here are; none where there may be none.
    rest: Option<TypeId>,
}

impl Map {
    fn new(mut fields: Vec<(CompactString, TypeId)>, rest: Option<TypeId>, atomic: bool) -> Self {
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|(one, _), (other, _)| one == other);
        Self {
            atomic,
            fields: fields.into(),
            rest,
        }
    }

    fn field(&self, name: &str) -> Option<TypeId> {
        let place = self
            .fields
            .binary_search_by(|(field, _)| field.as_str().cmp(name))
            .ok()?;
        self.fields.get(place).map(|(_, id)| *id)
    }
}

/// The types of a kind.
#[derive(Debug)]
pub(crate) struct TypeTable {
    types: Vec<Type>,
    root: TypeId,
    /// What a new object of the kind has before anybody writes a field: the structs that Go cannot leave out.
    empty: Value,
}

impl TypeTable {
    /// A table of the types that every table has.
    fn with_common_types() -> Self {
        let any = |rest: TypeId, atomic: bool| Type {
            scalar: Some(Scalar::Untyped),
            list: Some(List {
                element: WHOLE,
                elements: Elements::Atomic,
            }),
            map: Some(Map::new(Vec::new(), Some(rest), atomic)),
        };
        let scalar = |scalar: Scalar| Type {
            scalar: Some(scalar),
            ..Type::default()
        };
        Self {
            types: vec![
                any(DEDUCED, false),
                any(WHOLE, true),
                scalar(Scalar::Numeric),
                scalar(Scalar::String),
                scalar(Scalar::Boolean),
                scalar(Scalar::Untyped),
            ],
            root: DEDUCED,
            empty: Value::Object(serde_json::Map::new()),
        }
    }

    fn add(&mut self, new: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(new);
        id
    }

    /// The types of a kind that a CustomResourceDefinition describes.
    pub(crate) fn custom(schema: Option<&Value>) -> Self {
        custom::table(schema)
    }

    /// The types of a built-in kind; deduced from each value where the kind is not known.
    pub(crate) fn built_in(group: &str, version: &str, kind: &str) -> Self {
        builtin::table(group, version, kind).unwrap_or_else(|| custom::table(None))
    }

    /// The type of an object.
    pub(crate) fn root(&self) -> TypeRef<'_> {
        TypeRef {
            table: self,
            id: self.root,
        }
    }

    /// What a new object of the kind has before anybody writes a field.
    pub(crate) fn empty(&self) -> &Value {
        &self.empty
    }
}

/// The types of a resource's kind, made when they are first asked for. Two are always equal: they follow from what else a
/// resource is.
#[derive(Debug, Clone, Default)]
pub struct FieldTypes(Arc<OnceLock<TypeTable>>);

impl FieldTypes {
    /// The types of `resource`, which has this.
    pub(crate) fn of(&self, resource: &Resource) -> &TypeTable {
        self.0.get_or_init(|| {
            if resource.custom {
                TypeTable::custom(resource.schema.as_ref().map(WrittenSchema::read).as_ref())
            } else {
                TypeTable::built_in(&resource.group, &resource.version, &resource.kind)
            }
        })
    }
}

impl PartialEq for FieldTypes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A type in its table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeRef<'a> {
    table: &'a TypeTable,
    id: TypeId,
}

/// A type as what a value is taken for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'a> {
    /// A plain value.
    Scalar(Scalar),
    /// A list.
    List(ListType<'a>),
    /// A map.
    Map(MapType<'a>),
}

impl Form<'_> {
    /// Whether both are scalars, lists or maps.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl<'a> TypeRef<'a> {
    fn at(self, id: TypeId) -> Self {
        Self { id, ..self }
    }

    /// The type of what no schema describes.
    pub(crate) fn deduced(self) -> Self {
        self.at(DEDUCED)
    }

    /// What `value` is by this type. What it should not be, null and nothing are taken for what the type is first of: a map,
    /// a scalar, a list.
    pub(crate) fn form(self, value: Option<&Value>) -> Form<'a> {
        let place = self.id.0 as usize;
        let Some(found) = self.table.types.get(place) else {
            return Form::Scalar(Scalar::Untyped);
        };
        let scalar = found.scalar.map(Form::Scalar);
        let list = || {
            found
                .list
                .as_ref()
                .map(|list| Form::List(ListType { of: self, list }))
        };
        let map = || found.map.as_ref().map(|map| Form::Map(MapType { of: self, map }));
        let suits = match value {
            None | Some(Value::Null) => None,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
            Some(Value::Array(_)) => list(),
            Some(Value::Object(_)) => map(),
        };
        suits
            .or_else(map)
            .or(scalar)
            .or_else(list)
            .unwrap_or(Form::Scalar(Scalar::Untyped))
    }
}

/// The type of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListType<'a> {
    of: TypeRef<'a>,
    list: &'a List,
}

impl<'a> ListType<'a> {
    /// Whether the list is owned as a whole.
    pub(crate) fn atomic(self) -> bool {
        matches!(self.list.elements, Elements::Atomic)
    }

    /// The type of its elements.
    pub(crate) fn element(self) -> TypeRef<'a> {
        self.of.at(self.list.element)
    }

    /// Whether two elements are named alike in a path, as far as they can be named.
    pub(crate) fn same_step(self, one: &Value, other: &Value) -> bool {
        match &self.list.elements {
            Elements::Atomic => false,
            Elements::Set => set_step(one).is_ok() && same(one, other),
            Elements::Keyed(keys) => {
                let mut any = false;
                let same_keys = keys.iter().all(|(name, default)| {
                    let one = one.get(name.as_str()).or(default.as_ref());
                    let other = other.get(name.as_str()).or(default.as_ref());
                    any |= one.is_some();
                    match (one, other) {
                        (Some(one), Some(other)) => same(one, other),
                        (None, None) => true,
                        (Some(_), None) | (None, Some(_)) => false,
                    }
                });
                any && same_keys
            }
        }
    }

    /// How an element of a list that is not atomic is named in a path.
    pub(crate) fn step(self, element: &Value) -> Result<PathElement, String> {
        let keys = match &self.list.elements {
            Elements::Atomic => return Err("invalid indexing of non-associative list".to_owned()),
            Elements::Set => return set_step(element),
            Elements::Keyed(keys) => keys,
        };
        let fields = match element {
            Value::Object(fields) => fields,
            Value::Null => return Err("associative list with keys may not have a null element".to_owned()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err("associative list with keys may not have non-map elements".to_owned());
            }
        };
        let found: Vec<(CompactString, Value)> = keys
            .iter()
            .filter_map(|(name, default)| {
                let value = fields.get(name.as_str()).or(default.as_ref())?;
                Some((name.clone(), value.clone()))
            })
            .collect();
        if found.is_empty() {
            let names: Vec<String> = keys.iter().map(|(name, _)| format!("{name:?}")).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
                names.join(" ")
            ));
        }
        Ok(PathElement::key(found))
    }
}

fn set_step(element: &Value) -> Result<PathElement, String> {
    match element {
        Value::Object(_) => Err("associative list without keys has an element that's a map type".to_owned()),
        Value::Array(_) => Err("not supported: associative list with lists as elements".to_owned()),
        Value::Null => Err("associative list without keys has an element that's an explicit null".to_owned()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Ok(PathElement::Value(Arc::new(element.clone())))
        }
    }
}

/// The type of a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MapType<'a> {
    of: TypeRef<'a>,
    map: &'a Map,
}

impl<'a> MapType<'a> {
    /// Whether the map is owned as a whole.
    pub(crate) fn atomic(self) -> bool {
        self.map.atomic
    }

    /// Whether a field stands in the type by its name.
    pub(crate) fn declares(self, name: &str) -> bool {
        self.map.field(name).is_some()
    }

    /// The type of a field; none where there may be no such field.
    pub(crate) fn field(self, name: &str) -> Option<TypeRef<'a>> {
        let id = self.map.field(name).or(self.map.rest)?;
        Some(self.of.at(id))
    }

    /// The type of a field that is there, may it or not.
    pub(crate) fn field_found(self, name: &str) -> TypeRef<'a> {
        self.field(name).unwrap_or_else(|| self.of.deduced())
    }

    /// Whether nothing is known of its fields.
    pub(crate) fn is_deduced(self) -> bool {
        self.map.fields.is_empty()
            && self
                .map
                .rest
                .is_some_and(|rest| matches!(rest, DEDUCED | UNTYPED))
    }
}

#[cfg(test)]
mod tests;
