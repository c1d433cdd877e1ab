//! Asking the rules of an object, at every place of its schema that has some.
//!
//! A rule that asks for the state before is asked only where there is one to compare with. A rule that does not, and whose
//! value is unchanged, is not asked again: what it said of it once was let through. Source:
//! `apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use kube_cel::KubeCelExt;
use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{Context, ResolveResult, Value as Cel};
use serde_json::Value;

use super::cost::{self, Size};
use super::values::convert;
use super::{Compiled, Rule, TYPES};
use crate::schema::causes::{Path, shown};
use crate::schema::lists::correlate;
use crate::schema::structural::Structural;
use crate::status::Cause;

/// Steps that all rules of an object may take together.
const BUDGET: u64 = 10_000_000;

/// The longest message that an expression may make.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// The most causes that are told of.
const MOST: usize = 100;

thread_local! {
    /// The functions of the language. Registering them costs more than most rules.
    static LANGUAGE: Context<'static> = language();
}

/// The language with what the interpreter leaves out: the types of values, which are names here.
fn language() -> Context<'static> {
    let mut language = Context::default().with_all();
    language.add_function("type", |value: Cel| -> ResolveResult {
        Ok(named(type_of(&value)))
    });
    language.add_function("dyn", |value: Cel| -> ResolveResult { Ok(value) });
    for name in TYPES {
        language.add_variable_from_value(name, named(name));
    }
    language
}

fn named(name: &str) -> Cel {
    Cel::String(Arc::new(format!("type {name}")))
}

fn type_of(value: &Cel) -> &'static str {
    match value {
        Cel::Int(_) => "int",
        Cel::UInt(_) => "uint",
        Cel::Float(_) => "double",
        Cel::Bool(_) => "bool",
        Cel::String(_) => "string",
        Cel::Bytes(_) => "bytes",
        Cel::List(_) => "list",
        Cel::Map(_) => "map",
        _ => "null_type",
    }
}

/// What the rules of `schema` have against an object. `old` is what it replaces.
pub(crate) fn evaluate(object: &Value, schema: &Structural, old: Option<&Value>) -> Vec<Cause> {
    if !schema.below.rules {
        return Vec::new();
    }
    LANGUAGE.with(|language| {
        let mut walk = Walk {
            language,
            budget: BUDGET,
            causes: Vec::new(),
        };
        walk.value(object, schema, (old, false), &Path::Root);
        walk.causes
    })
}

struct Walk<'l> {
    language: &'l Context<'static>,
    budget: u64,
    causes: Vec<Cause>,
}

/// No further rule is asked.
struct Exhausted;

impl Walk<'_> {
    /// `unchanged` tells that this is a part of something that is as it was, though its own state before is not known.
    fn value(
        &mut self,
        value: &Value,
        schema: &Structural,
        (old, unchanged): (Option<&Value>, bool),
        path: &Path<'_>,
    ) {
        if !schema.below.rules || value.is_null() || self.budget == 0 || self.causes.len() >= MOST {
            return;
        }
        let unchanged = unchanged || old == Some(value);
        if !schema.rules.is_empty() && self.ask(schema, value, (old, unchanged), path).is_err() {
            self.budget = 0;
            return;
        }
        for branch in &schema.values.all_of {
            self.value(value, branch, (old, unchanged), path);
        }
        match value {
            Value::Object(fields) => {
                let old = old.filter(|_| !schema.atomic_map);
                for (name, value) in fields {
                    let old = old.and_then(|old| old.get(name));
                    if let Some(inner) = schema.properties.get(name) {
                        self.value(value, inner, (old, unchanged), &path.field(name));
                    } else if let Some(inner) = schema.additional.schema() {
                        self.value(value, inner, (old, unchanged), &path.key(name));
                    }
                }
            }
            Value::Array(items) => {
                if let Some(inner) = schema.items.as_deref().filter(|inner| inner.below.rules) {
                    let old_items = correlate(&schema.list, old);
                    for (index, item) in items.iter().enumerate() {
                        self.value(item, inner, (old_items.of(item), unchanged), &path.index(index));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn ask(
        &mut self,
        schema: &Structural,
        value: &Value,
        (old, unchanged): (Option<&Value>, bool),
        path: &Path<'_>,
    ) -> Result<(), Exhausted> {
        let asked: Vec<&Rule> = schema
            .rules
            .iter()
            .filter(|rule| {
                if rule.uses_old() {
                    old.is_some() || rule.optional_old == Some(true)
                } else {
                    !unchanged
                }
            })
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let mut size = Size::default();
        let now = convert(value, Some(schema), &mut size);
        let before = old
            .filter(|_| asked.iter().any(|rule| rule.uses_old()))
            .map(|old| convert(old, Some(schema), &mut size));
        let mut scope = self.language.new_inner_scope();
        scope.add_variable_from_value("self", now);
        if let Some(before) = &before {
            scope.add_variable_from_value("oldSelf", before.clone());
        }
        let mut optional = self.language.new_inner_scope();
        if asked.iter().any(|rule| rule.optional_old == Some(true)) {
            let before = before.map_or_else(OptionalValue::none, OptionalValue::of);
            optional = scope.new_inner_scope();
            optional.add_variable_from_value("oldSelf", Cel::Opaque(Arc::new(before)));
        }
        let kind = Value::from(schema.kind.as_str());
        for rule in asked {
            let scope = if rule.optional_old == Some(true) {
                &optional
            } else {
                &scope
            };
            if let Some(cause) = self.one(rule, scope, size, (path, &kind))? {
                self.causes.push(cause);
            }
        }
        Ok(())
    }

    /// Asks one rule. `kind` stands for the value in messages, as upstream has it.
    fn one(
        &mut self,
        rule: &Rule,
        scope: &Context<'_>,
        size: Size,
        (path, kind): (&Path<'_>, &Value),
    ) -> Result<Option<Cause>, Exhausted> {
        let invalid = |message: &str| Ok(Some(Cause::invalid_value(path, kind, message)));
        let compiled = match &rule.compiled {
            Ok(compiled) => compiled,
            Err(error) => return invalid(&format!("rule compile error: {error}")),
        };
        if !self.pay(cost::steps(&compiled.expression, size)) {
            self.causes.push(Cause::invalid_value(
                path,
                kind,
                "validation failed due to running out of cost budget, no further validation rules will be run",
            ));
            return Err(Exhausted);
        }
        match run(compiled, scope) {
            Ok(Cel::Bool(true)) => Ok(None),
            Ok(Cel::Bool(false)) => {
                let message = self.message(rule, scope, size);
                Ok(Some(told(rule, &message, path, kind)))
            }
            Ok(_) => invalid(&format!("rule does not evaluate to a bool: {}", rule.name())),
            Err(error) => invalid(&format!("{error} evaluating rule: {}", rule.name())),
        }
    }

    fn pay(&mut self, steps: u64) -> bool {
        let left = self.budget.checked_sub(steps);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    fn message(&mut self, rule: &Rule, scope: &Context<'_>, size: Size) -> String {
        if let Some(Ok(compiled)) = &rule.compiled_message
            && self.pay(cost::steps(&compiled.expression, size))
            && let Ok(Cel::String(text)) = run(compiled, scope)
        {
            let text = text.trim();
            if !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains(['\n', '\r']) {
                return text.to_owned();
            }
        }
        if rule.message.is_empty() {
            format!("failed rule: {}", rule.name())
        } else {
            rule.name().to_owned()
        }
    }
}

/// The interpreter is not ours: should it fail, the rule is what failed.
fn run(compiled: &Compiled, scope: &Context<'_>) -> Result<Cel, String> {
    match catch_unwind(AssertUnwindSafe(|| Cel::resolve(&compiled.expression, scope))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(shortened(&error.to_string())),
        Err(_) => Err("the interpreter failed".to_owned()),
    }
}

/// Errors of the interpreter show the values that they are about, whole.
fn shortened(error: &str) -> String {
    const LONGEST: usize = 200;
    match error.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", error.get(..end).unwrap_or_default()),
        None => error.to_owned(),
    }
}

fn told(rule: &Rule, message: &str, path: &Path<'_>, kind: &Value) -> Cause {
    let field = rule.field.trim();
    let place = match (path, field.is_empty()) {
        (_, true) => path.to_string(),
        (Path::Root, false) => field.trim_start_matches('.').to_owned(),
        (_, false) if field.starts_with('[') => format!("{path}{field}"),
        (_, false) => format!("{path}.{}", field.trim_start_matches('.')),
    };
    match rule.reason.as_str() {
        "FieldValueForbidden" => Cause::forbidden(&place, message),
        "FieldValueRequired" => Cause::required(&place, message),
        "FieldValueDuplicate" => Cause {
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: {}", shown(kind)),
            field: place,
        },
        _ => Cause::invalid(&place, &shown(kind), message),
    }
}
