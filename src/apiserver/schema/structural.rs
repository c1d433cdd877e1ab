//! A schema that was read: what the fields of an object are, and what their values must be.
//!
//! Reading never fails: what a schema may not say, [`super::check`] finds in it. Source of the rules: Kubernetes' structural
//! schemas (`apiextensions-apiserver/pkg/apiserver/schema`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::patterns::Pattern;
use super::rules::Rule;

/// The deepest that schemas are read; bodies are not read deeper either.
pub(crate) const DEEPEST: usize = 64;

/// The stack on which rules are compiled.
const STACK: usize = 16 << 20;

/// What a value may be.
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent marks, as the schema's own fields are"
)]
#[derive(Debug, Default)]
pub(crate) struct Structural {
    /// `type`; empty where the schema does not say it.
    pub(crate) kind: String,
    /// `nullable`.
    pub(crate) nullable: bool,
    /// `default`; null is as none.
    pub(crate) default: Option<Value>,
    /// `properties`.
    pub(crate) properties: BTreeMap<String, Structural>,
    /// `additionalProperties`.
    pub(crate) additional: Additional,
    /// `items`.
    pub(crate) items: Option<Box<Structural>>,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded: bool,
    /// `x-kubernetes-int-or-string`.
    pub(crate) int_or_string: bool,
    /// `x-kubernetes-list-type` and its keys.
    pub(crate) list: ListType,
    /// Whether `x-kubernetes-map-type` is `atomic`.
    pub(crate) atomic_map: bool,
    /// What else the value must be.
    pub(crate) values: Values,
    /// `x-kubernetes-validations`.
    pub(crate) rules: Vec<Rule>,
    /// What is somewhere at or below this place, so that walks go only where there is something to do.
    pub(crate) below: Below,
}

/// What there is at or below a place of a schema.
#[allow(
    clippy::struct_excessive_bools,
    reason = "one mark for each walk that can be saved"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Below {
    /// Defaults.
    pub(crate) defaults: bool,
    /// Rules.
    pub(crate) rules: bool,
    /// Lists that are sets or maps.
    pub(crate) lists: bool,
    /// Embedded resources.
    pub(crate) embedded: bool,
}

/// Fields that have no names in the schema.
#[derive(Debug, Default)]
pub(crate) enum Additional {
    /// There are none.
    #[default]
    None,
    /// There may be any, whatever they are.
    Any,
    /// Each is so.
    Each(Box<Structural>),
}

impl Additional {
    /// Whether there are none.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether they may be anything.
    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// The schema of such fields.
    pub(crate) fn schema(&self) -> Option<&Structural> {
        match self {
            Self::None | Self::Any => None,
            Self::Each(schema) => Some(schema),
        }
    }
}

/// How the items of a list are told apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum ListType {
    /// By their place alone.
    #[default]
    Atomic,
    /// Each is there once.
    Set,
    /// By these fields of theirs.
    Map(Vec<String>),
}

/// What a value must be beside its type. Not all of it applies to every type.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// `format`.
    pub(crate) format: String,
    /// `maximum`.
    pub(crate) maximum: Option<Bound>,
    /// `minimum`.
    pub(crate) minimum: Option<Bound>,
    /// `multipleOf`.
    pub(crate) multiple_of: Option<f64>,
    /// `maxLength`.
    pub(crate) max_length: Option<u64>,
    /// `minLength`.
    pub(crate) min_length: Option<u64>,
    /// `pattern`.
    pub(crate) pattern: Option<Pattern>,
    /// `maxItems`.
    pub(crate) max_items: Option<u64>,
    /// `minItems`.
    pub(crate) min_items: Option<u64>,
    /// `uniqueItems`.
    pub(crate) unique_items: bool,
    /// `maxProperties`.
    pub(crate) max_properties: Option<u64>,
    /// `minProperties`.
    pub(crate) min_properties: Option<u64>,
    /// `required`.
    pub(crate) required: Vec<String>,
    /// `enum`.
    pub(crate) choices: Vec<Value>,
    /// `allOf`.
    pub(crate) all_of: Vec<Structural>,
    /// `anyOf`.
    pub(crate) any_of: Vec<Structural>,
    /// `oneOf`.
    pub(crate) one_of: Vec<Structural>,
    /// `not`.
    pub(crate) not: Option<Box<Structural>>,
}

/// A limit of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    /// The number.
    pub(crate) number: f64,
    /// Whether the number itself is beyond it.
    pub(crate) exclusive: bool,
}

impl Structural {
    /// Reads an `openAPIV3Schema`.
    pub(crate) fn read(schema: &Value) -> Self {
        if !has_rules(schema) {
            return Self::read_at(schema, 0);
        }
        // The parser of rules goes deep, so it gets a stack of its own.
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("rules".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || Self::read_at(schema, 0))
                .ok()
                .and_then(|reader| reader.join().ok())
        })
        .unwrap_or_default()
    }

    fn read_at(schema: &Value, depth: usize) -> Self {
        let Some(fields) = schema.as_object().filter(|_| depth < DEEPEST) else {
            return Self::default();
        };
        let below = |field: &str| fields.get(field).filter(|schema| schema.is_object());
        let mut read = Self {
            kind: text(fields, "type"),
            nullable: flag(fields, "nullable"),
            default: fields
                .get("default")
                .filter(|default| !default.is_null())
                .cloned(),
            properties: below("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), Self::read_at(schema, depth + 1)))
                .collect(),
            additional: match fields.get("additionalProperties") {
                None | Some(Value::Bool(false)) => Additional::None,
                Some(schema @ Value::Object(_)) => {
                    Additional::Each(Box::new(Self::read_at(schema, depth + 1)))
                }
                Some(_) => Additional::Any,
            },
            items: below("items").map(|items| Box::new(Self::read_at(items, depth + 1))),
            preserve_unknown: flag(fields, "x-kubernetes-preserve-unknown-fields"),
            embedded: flag(fields, "x-kubernetes-embedded-resource"),
            int_or_string: flag(fields, "x-kubernetes-int-or-string"),
            list: match text(fields, "x-kubernetes-list-type").as_str() {
                "set" => ListType::Set,
                "map" => ListType::Map(texts(fields, "x-kubernetes-list-map-keys")),
                _ => ListType::Atomic,
            },
            atomic_map: text(fields, "x-kubernetes-map-type") == "atomic",
            values: Values::read(fields, depth),
            rules: array(fields, "x-kubernetes-validations")
                .map(Rule::read)
                .collect(),
            below: Below::default(),
        };
        read.below = read.look_below();
        read
    }

    /// The schemas right below this one that describe values of their own: fields and items.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        self.properties
            .values()
            .chain(self.additional.schema())
            .chain(self.items.as_deref())
    }

    fn look_below(&self) -> Below {
        let mut all = Below {
            defaults: self.default.is_some(),
            rules: !self.rules.is_empty(),
            lists: self.list != ListType::Atomic,
            embedded: self.embedded,
        };
        // Only allOf may carry rules of its own.
        for part in self.parts().chain(&self.values.all_of) {
            all.defaults |= part.below.defaults;
            all.rules |= part.below.rules;
            all.lists |= part.below.lists;
            all.embedded |= part.below.embedded;
        }
        all
    }

    /// The schema of a field, named or not.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.properties.get(name).or_else(|| self.additional.schema())
    }
}

impl Values {
    fn read(fields: &Map<String, Value>, depth: usize) -> Self {
        let nested = |field: &str| -> Vec<Structural> {
            array(fields, field)
                .map(|schema| Structural::read_at(schema, depth + 1))
                .collect()
        };
        let bound = |field: &str, exclusive: &str| {
            fields.get(field).and_then(Value::as_f64).map(|number| Bound {
                number,
                exclusive: flag(fields, exclusive),
            })
        };
        let count = |field: &str| fields.get(field).and_then(Value::as_u64);
        Self {
            format: text(fields, "format"),
            maximum: bound("maximum", "exclusiveMaximum"),
            minimum: bound("minimum", "exclusiveMinimum"),
            multiple_of: fields.get("multipleOf").and_then(Value::as_f64),
            max_length: count("maxLength"),
            min_length: count("minLength"),
            pattern: Some(text(fields, "pattern"))
                .filter(|pattern| !pattern.is_empty())
                .map(Pattern::new),
            max_items: count("maxItems"),
            min_items: count("minItems"),
            unique_items: flag(fields, "uniqueItems"),
            max_properties: count("maxProperties"),
            min_properties: count("minProperties"),
            required: texts(fields, "required"),
            choices: array(fields, "enum").cloned().collect(),
            all_of: nested("allOf"),
            any_of: nested("anyOf"),
            one_of: nested("oneOf"),
            not: fields
                .get("not")
                .filter(|not| not.is_object())
                .map(|not| Box::new(Structural::read_at(not, depth + 1))),
        }
    }
}

fn has_rules(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.contains_key("x-kubernetes-validations") || fields.values().any(has_rules)
        }
        Value::Array(items) => items.iter().any(has_rules),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn text(fields: &Map<String, Value>, field: &str) -> String {
    fields
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn texts(fields: &Map<String, Value>, field: &str) -> Vec<String> {
    array(fields, field)
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn flag(fields: &Map<String, Value>, field: &str) -> bool {
    fields.get(field) == Some(&Value::Bool(true))
}

fn array<'a>(fields: &'a Map<String, Value>, field: &str) -> impl Iterator<Item = &'a Value> {
    fields.get(field).and_then(Value::as_array).into_iter().flatten()
}
