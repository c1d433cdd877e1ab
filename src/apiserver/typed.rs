//! What a typed round trip leaves of an object: the built-in kinds are Go structs upstream, and what clients read back is
//! what such a struct holds.
//!
//! Unknown fields go and are told of; a value of the wrong type is an error in the words of Go's decoder; empty values go
//! where the struct leaves them out; times, amounts and base64 get their one form. Nothing is filled in.
//!
//! Must not know: requests, resources, storage.

mod scalar;

use std::fmt;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::types::{self, Field, Kind, Message, Shape};

/// The most unknown fields that are told of.
const MOST: usize = 100;

/// A value that the struct cannot hold, in the words of Go's decoder.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct TypeError(String);

/// Makes `object` into what a struct of this type holds, and answers with the paths of the fields that it does not know.
pub(crate) fn round_trip(object: &mut Value, message: &'static Message) -> Result<Vec<String>, TypeError> {
    let mut trip = Trip { unknown: Vec::new() };
    if let Value::Object(fields) = object {
        trip.fields(fields, message, &Place::root(message))?;
    }
    Ok(trip.unknown)
}

/// Where a value stands: a chain that lives on the stack and costs nothing until it is told of.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
    /// The struct whose field this is.
    message: &'static Message,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
    Entry(&'a str),
}

impl<'a> Place<'a> {
    fn root(message: &'static Message) -> Self {
        Self {
            parent: None,
            step: Step::Root,
            message,
        }
    }

    fn then(&'a self, step: Step<'a>, message: &'static Message) -> Self {
        Self {
            parent: Some(self),
            step,
            message,
        }
    }

    /// The path as Go's decoder tells it: names of fields alone.
    fn names(&self) -> String {
        let mut names = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            match here.step {
                Step::Field(name) => names.push(name),
                Step::Root | Step::Item(_) | Step::Entry(_) => {}
            }
            place = here.parent;
        }
        names.reverse();
        names.join(".")
    }

    fn wrong(&self, found: &str, wanted: &str) -> TypeError {
        TypeError(format!(
            "json: cannot unmarshal {found} into Go struct field {}.{} of type {wanted}",
            self.message.name,
            self.names()
        ))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outer = self.parent.filter(|parent| !matches!(parent.step, Step::Root));
        if let Some(outer) = outer {
            outer.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Field(name) | Step::Entry(name) if outer.is_some() => write!(f, ".{name}"),
            Step::Field(name) | Step::Entry(name) => f.write_str(name),
        }
    }
}

struct Trip {
    unknown: Vec<String>,
}

impl Trip {
    fn fields(
        &mut self,
        fields: &mut Map<String, Value>,
        message: &'static Message,
        place: &Place<'_>,
    ) -> Result<(), TypeError> {
        let mut gone: Vec<String> = Vec::new();
        for (name, value) in fields.iter_mut() {
            let here = place.then(Step::Field(name), message);
            let keep = match message.field(name) {
                Some(field) => self.field(value, field, &here)?,
                None if message.is_kind() && matches!(name.as_str(), "apiVersion" | "kind") => {
                    scalar::text(value, &here)?;
                    true
                }
                None => {
                    if self.unknown.len() < MOST {
                        self.unknown.push(here.to_string());
                    }
                    false
                }
            };
            if !keep {
                gone.push(name.clone());
            }
        }
        // One pass, whatever the number of them: taking one away moves all behind it.
        if !gone.is_empty() {
            let mut gone = gone.into_iter().peekable();
            fields.retain(|name, _| gone.next_if(|first| first == name).is_none());
        }
        Ok(())
    }

    /// A field; answers whether the struct writes it.
    fn field(
        &mut self,
        value: &mut Value,
        field: &'static Field,
        here: &Place<'_>,
    ) -> Result<bool, TypeError> {
        if value.is_null() {
            return Ok(false);
        }
        match field.shape {
            Shape::One => {
                self.value(value, field, here)?;
                let nothing = field.omit_empty && !field.pointer && is_zero(value, field.kind);
                Ok(!value.is_null() && !nothing)
            }
            Shape::List => {
                let Value::Array(items) = value else {
                    return Err(here.wrong(kind_of(value), &format!("[]{}", go_type(field.kind))));
                };
                for (index, item) in items.iter_mut().enumerate() {
                    let inner = here.then(Step::Item(index), here.message);
                    self.element(item, field, &inner)?;
                }
                Ok(!items.is_empty() || !field.omit_empty)
            }
            Shape::Map => {
                let Value::Object(entries) = value else {
                    return Err(here.wrong(kind_of(value), &format!("map[string]{}", go_type(field.kind))));
                };
                for (name, entry) in entries.iter_mut() {
                    let inner = here.then(Step::Entry(name), here.message);
                    self.element(entry, field, &inner)?;
                }
                entries.retain(|_, entry| !entry.is_null());
                Ok(!entries.is_empty() || !field.omit_empty)
            }
        }
    }

    /// An element of a list or a map: null is the zero of its type.
    fn element(
        &mut self,
        value: &mut Value,
        field: &'static Field,
        here: &Place<'_>,
    ) -> Result<(), TypeError> {
        if value.is_null() {
            *value = match field.kind {
                Kind::String | Kind::Bytes => Value::from(""),
                Kind::Bool => Value::from(false),
                Kind::Int32 | Kind::Int64 | Kind::IntOrString => Value::from(0),
                Kind::Quantity => Value::from("0"),
                Kind::Message(_) => Value::Object(Map::new()),
                Kind::Double
                | Kind::Time
                | Kind::MicroTime
                | Kind::RawExtension
                | Kind::FieldsV1
                | Kind::Json
                | Kind::Strings
                | Kind::SchemaOrArray
                | Kind::SchemaOrBool
                | Kind::SchemaOrStrings => return Ok(()),
            };
        }
        self.value(value, field, here)
    }

    fn value(&mut self, value: &mut Value, field: &'static Field, here: &Place<'_>) -> Result<(), TypeError> {
        match field.kind {
            Kind::String => scalar::text(value, here),
            Kind::Bool => scalar::flag(value, here),
            Kind::Int32 => scalar::whole(value, here, i64::from(i32::MIN)..=i64::from(i32::MAX), "int32"),
            Kind::Int64 => scalar::whole(value, here, i64::MIN..=i64::MAX, "int64"),
            Kind::Double if value.is_number() => Ok(()),
            Kind::Double => Err(here.wrong(kind_of(value), "float64")),
            Kind::Bytes => scalar::bytes(value, here),
            Kind::Time => scalar::time(value, here, false),
            Kind::MicroTime => scalar::time(value, here, true),
            Kind::IntOrString if value.is_string() => Ok(()),
            Kind::IntOrString => {
                scalar::whole(value, here, i64::from(i32::MIN)..=i64::from(i32::MAX), "int32")
            }
            Kind::Quantity => scalar::quantity(value, here),
            Kind::RawExtension | Kind::FieldsV1 | Kind::Json => Ok(()),
            Kind::Strings => texts(value, here),
            Kind::SchemaOrArray | Kind::SchemaOrBool | Kind::SchemaOrStrings => {
                self.schema_or(value, field.kind, here)
            }
            Kind::Message(id) => self.message(value, id.message(), here),
        }
    }

    fn message(
        &mut self,
        value: &mut Value,
        message: &'static Message,
        here: &Place<'_>,
    ) -> Result<(), TypeError> {
        match value {
            Value::Object(fields) => self.fields(fields, message, here),
            other => Err(here.wrong(kind_of(other), &go_name(message))),
        }
    }

    /// A schema, or what may stand in its place.
    fn schema_or(&mut self, value: &mut Value, kind: Kind, here: &Place<'_>) -> Result<(), TypeError> {
        let Some(schema) = types::named("apiextensions/v1.JSONSchemaProps") else {
            return Ok(());
        };
        match (kind, value) {
            (_, Value::Object(fields)) => self.fields(fields, schema, here),
            (Kind::SchemaOrArray, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.message(item, schema, &here.then(Step::Item(index), here.message))?;
                }
                Ok(())
            }
            (Kind::SchemaOrBool, Value::Bool(_)) => Ok(()),
            (Kind::SchemaOrBool, _) => Err(TypeError("boolean or JSON schema expected".to_owned())),
            (Kind::SchemaOrStrings, value @ Value::Array(_)) => texts(value, here),
            // Go reads anything else as nothing.
            (_, value) => {
                *value = Value::Null;
                Ok(())
            }
        }
    }
}

fn texts(value: &mut Value, here: &Place<'_>) -> Result<(), TypeError> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| scalar::text(item, here)),
        other => Err(here.wrong(kind_of(other), "[]string")),
    }
}

/// Whether Go takes a value of this kind for nothing.
fn is_zero(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::String | Kind::Bytes => value.as_str() == Some(""),
        Kind::Bool => value.as_bool() == Some(false),
        Kind::Int32 | Kind::Int64 | Kind::Double => value.as_f64() == Some(0.0),
        Kind::Strings => value.as_array().is_some_and(Vec::is_empty),
        Kind::Time
        | Kind::MicroTime
        | Kind::IntOrString
        | Kind::Quantity
        | Kind::RawExtension
        | Kind::FieldsV1
        | Kind::Json
        | Kind::SchemaOrArray
        | Kind::SchemaOrBool
        | Kind::SchemaOrStrings
        | Kind::Message(_) => false,
    }
}

/// A value as Go's decoder calls it.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `v1.PodSpec`: Go's packages are called by their version.
fn go_name(message: &Message) -> String {
    let version = message.package.rsplit('/').next().unwrap_or_default();
    format!("{version}.{}", message.name)
}

fn go_type(kind: Kind) -> String {
    let name = match kind {
        Kind::String => "string",
        Kind::Bool => "bool",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Double => "float64",
        Kind::Bytes => "[]uint8",
        Kind::Time => "v1.Time",
        Kind::MicroTime => "v1.MicroTime",
        Kind::IntOrString => "intstr.IntOrString",
        Kind::Quantity => "resource.Quantity",
        Kind::RawExtension => "runtime.RawExtension",
        Kind::FieldsV1 => "v1.FieldsV1",
        Kind::Json => "v1.JSON",
        Kind::Strings => "[]string",
        Kind::SchemaOrArray => "v1.JSONSchemaPropsOrArray",
        Kind::SchemaOrBool => "v1.JSONSchemaPropsOrBool",
        Kind::SchemaOrStrings => "v1.JSONSchemaPropsOrStringArray",
        Kind::Message(id) => return go_name(id.message()),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests;
