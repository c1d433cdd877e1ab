//! Fields that a rule asks for and the schema does not have: a rule that could never be answered is refused.
//!
//! Only what is sure is told of: where the type of a part of an expression is not known, nothing is said of it.

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::{EntryExpr, Expr};

use super::values::escaped;
use crate::schema::structural::{Additional, Structural};

/// What rules know of `metadata`.
const METADATA: [&str; 2] = ["name", "generateName"];

/// The parts of an expression.
pub(crate) fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).collect(),
        Expr::Comprehension(all) => vec![
            &all.iter_range,
            &all.accu_init,
            &all.loop_cond,
            &all.loop_step,
            &all.result,
        ],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map
            .entries
            .iter()
            .flat_map(|entry| entry_parts(&entry.expr))
            .collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Struct(fields) => fields
            .entries
            .iter()
            .flat_map(|entry| entry_parts(&entry.expr))
            .collect(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// The first field that an expression asks for and that is not there. `self` is of `schema`; `resource` tells whether it
/// is an object with `metadata`.
pub(crate) fn undefined(expression: &IdedExpr, schema: &Structural, resource: bool) -> Option<String> {
    let kind = if resource || schema.embedded {
        Kind::Resource(schema)
    } else {
        Kind::of(schema)
    };
    let mut scope = Scope {
        variables: vec![("self", kind), ("oldSelf", kind)],
        missing: None,
    };
    scope.kind(expression);
    scope.missing
}

/// What is known of a value.
#[derive(Clone, Copy)]
enum Kind<'s> {
    /// Nothing.
    Any,
    /// What its schema says.
    Of(&'s Structural),
    /// The same, and that it is a resource.
    Resource(&'s Structural),
    /// A resource's `metadata`.
    Metadata,
    /// A text, number or truth.
    Scalar,
}

impl<'s> Kind<'s> {
    fn of(schema: &'s Structural) -> Self {
        if schema.int_or_string || schema.preserve_unknown {
            return Self::Any;
        }
        match schema.kind.as_str() {
            "object" | "array" if schema.embedded => Self::Resource(schema),
            "object" | "array" => Self::Of(schema),
            "string" | "integer" | "number" | "boolean" => Self::Scalar,
            _ => Self::Any,
        }
    }
}

struct Scope<'e, 's> {
    variables: Vec<(&'e str, Kind<'s>)>,
    missing: Option<String>,
}

impl<'e, 's> Scope<'e, 's> {
    fn kind(&mut self, expression: &'e IdedExpr) -> Kind<'s> {
        match &expression.expr {
            Expr::Ident(name) => self
                .variables
                .iter()
                .rev()
                .find(|(known, _)| known == name)
                .map_or(Kind::Any, |(_, kind)| *kind),
            Expr::Select(select) => {
                let operand = self.kind(&select.operand);
                self.select(operand, &select.field)
            }
            Expr::Call(call) => {
                let kinds: Vec<Kind<'s>> = call
                    .target
                    .iter()
                    .map(AsRef::as_ref)
                    .chain(&call.args)
                    .map(|part| self.kind(part))
                    .collect();
                match (call.func_name.as_str(), kinds.first()) {
                    ("_[_]", Some(Kind::Of(schema))) => element(schema),
                    _ => Kind::Any,
                }
            }
            Expr::Comprehension(all) => {
                let range = self.kind(&all.iter_range);
                self.kind(&all.accu_init);
                let item = match range {
                    Kind::Of(schema) if schema.kind == "array" => element(schema),
                    _ => Kind::Any,
                };
                let before = self.variables.len();
                // With two variables the first is an index or a key.
                match &all.iter_var2 {
                    None => self.variables.push((&all.iter_var, item)),
                    Some(second) => {
                        self.variables.push((&all.iter_var, Kind::Any));
                        self.variables.push((second, item));
                    }
                }
                self.variables.push((&all.accu_var, Kind::Any));
                for part in [&all.loop_cond, &all.loop_step, &all.result] {
                    self.kind(part);
                }
                self.variables.truncate(before);
                Kind::Any
            }
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Literal(_) | Expr::Unspecified => {
                for part in children(expression) {
                    self.kind(part);
                }
                Kind::Any
            }
        }
    }

    fn select(&mut self, operand: Kind<'s>, field: &str) -> Kind<'s> {
        let (schema, resource) = match operand {
            Kind::Any => return Kind::Any,
            Kind::Metadata if METADATA.contains(&field) => return Kind::Scalar,
            Kind::Scalar | Kind::Metadata => return self.undefined(field),
            Kind::Of(schema) => (schema, false),
            Kind::Resource(schema) => (schema, true),
        };
        if resource && field == "metadata" {
            return Kind::Metadata;
        }
        if resource && matches!(field, "apiVersion" | "kind") {
            return Kind::Scalar;
        }
        if let Some((_, inner)) = schema.properties.iter().find(|(name, _)| escaped(name) == field) {
            return Kind::of(inner);
        }
        match &schema.additional {
            Additional::Each(inner) => Kind::of(inner),
            Additional::Any => Kind::Any,
            Additional::None if schema.preserve_unknown => Kind::Any,
            Additional::None => self.undefined(field),
        }
    }

    fn undefined(&mut self, field: &str) -> Kind<'s> {
        self.missing.get_or_insert_with(|| field.to_owned());
        Kind::Any
    }
}

fn element(schema: &Structural) -> Kind<'_> {
    schema
        .items
        .as_deref()
        .or_else(|| schema.additional.schema())
        .map_or(Kind::Any, Kind::of)
}
