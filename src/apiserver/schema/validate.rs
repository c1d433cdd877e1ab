//! Validation of an object against its schema, with the texts that upstream has.
//!
//! On an update, what is wrong and unchanged is let through: a schema that became stricter does not hold up who changes
//! something else. Source: `k8s.io/kube-openapi/pkg/validation/validate` and upstream's ratcheting.
//!
//! The work is bounded: a hostile schema with a hostile object is refused once it took too much of it.

use fleetui_rules::format;
use serde_json::{Map, Value};

use super::causes::{Path, shown};
use super::lists::{Items, correlate};
use super::numbers;
use super::structural::{Structural, Values};
use crate::status::Cause;

/// The most causes that are told of.
const MOST: usize = 100;

/// How much work an object may take, in visits of values; 64 bytes of a text that is matched are one.
const WORK: u64 = 10_000_000;

/// What is wrong with an object. `old` is what it replaces.
pub(crate) fn validate(object: &Value, schema: &Structural, old: Option<&Value>) -> Vec<Cause> {
    let mut work = WORK;
    let mut check = Check::new(&mut work);
    check.value(object, schema, old, &Path::Root);
    check.causes
}

/// What is found at a place, and how far it got.
struct Check<'w> {
    causes: Vec<Cause>,
    /// How many checks were made: among alternatives that all fail, the one that got furthest is told of.
    made: usize,
    work: &'w mut u64,
}

impl<'w> Check<'w> {
    fn new(work: &'w mut u64) -> Self {
        Self {
            causes: Vec::new(),
            made: 0,
            work,
        }
    }

    fn add(&mut self, cause: Cause) {
        if self.causes.len() < MOST {
            self.causes.push(cause);
        }
    }

    fn invalid(&mut self, path: &Path<'_>, value: &Value, message: &str) {
        self.add(Cause::invalid_value(
            path,
            value,
            &format!("{} in body {message}", path.plain()),
        ));
    }

    /// Takes some of the work that is left; answers whether to go on.
    fn work(&mut self, amount: u64) -> bool {
        if self.causes.len() >= MOST {
            return false;
        }
        let left = self.work.checked_sub(amount);
        *self.work = left.unwrap_or(0);
        if left.is_none() {
            self.add(Cause::invalid(
                "<nil>",
                "\"\"",
                "the object takes too much work to validate",
            ));
        }
        left.is_some()
    }

    fn value(&mut self, value: &Value, schema: &Structural, old: Option<&Value>, path: &Path<'_>) {
        if !self.work(1) {
            return;
        }
        let before = self.causes.len();
        self.kind(value, schema, path);
        if value.is_null() {
            self.choices(value, &schema.values, path);
        } else {
            self.alternatives(value, &schema.values, path);
            match value {
                Value::Null | Value::Bool(_) => {}
                Value::String(text) => self.text(value, text, &schema.values, path),
                Value::Number(_) => {
                    self.made += 1;
                    for message in numbers::check(value, &schema.values) {
                        self.invalid(path, value, &message);
                    }
                }
                Value::Array(items) => self.items(items, schema, old, path),
                Value::Object(fields) => self.fields(fields, schema, old, path),
            }
            self.choices(value, &schema.values, path);
        }
        if self.causes.len() > before && old.is_some_and(|old| same(old, value)) {
            self.causes.truncate(before);
        }
    }

    fn kind(&mut self, value: &Value, schema: &Structural, path: &Path<'_>) {
        let wanted = if schema.int_or_string {
            "integer,string"
        } else {
            schema.kind.as_str()
        };
        if wanted.is_empty() {
            return;
        }
        self.made += 1;
        let found = kind_of(value);
        let fits = match value {
            Value::Null => schema.nullable,
            Value::Number(_) => match wanted {
                "number" => true,
                "integer" | "integer,string" => found == "integer" || numbers::is_whole(value),
                _ => false,
            },
            Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                wanted.split(',').any(|wanted| wanted == found)
            }
        };
        if !fits {
            let message = format!("{} in body must be of type {wanted}: {found:?}", path.plain());
            self.add(Cause::type_invalid(path, found, &message));
        }
    }

    fn text(&mut self, value: &Value, text: &str, values: &Values, path: &Path<'_>) {
        self.made += 1;
        let measured = values.max_length.is_some() || values.min_length.is_some();
        let length = if measured { text.chars().count() as u64 } else { 0 };
        // Upstream tells of the first of these alone.
        if let Some(most) = values.max_length.filter(|most| length > *most) {
            self.add(Cause::too_long(path, most));
        } else if let Some(least) = values.min_length.filter(|least| length < *least) {
            self.invalid(path, value, &format!("should be at least {least} chars long"));
        } else if let Some(pattern) = &values.pattern
            && self.work(text.len() as u64 / 64 + 1)
            && !pattern.is_match(text)
        {
            self.invalid(path, value, &format!("should match '{}'", pattern.text()));
        }
        if !values.format.is_empty() {
            self.made += 1;
            if !format::fits(&values.format, text) {
                let message = format!(
                    "{} in body must be of type {}: {}",
                    path.plain(),
                    values.format,
                    shown(value)
                );
                self.add(Cause::type_invalid(path, text, &message));
            }
        }
    }

    fn choices(&mut self, value: &Value, values: &Values, path: &Path<'_>) {
        if values.choices.is_empty() || !self.work(values.choices.len() as u64 / 16 + 1) {
            return;
        }
        self.made += 1;
        if !values.choices.iter().any(|choice| numbers::equal(choice, value)) {
            self.add(Cause::no_choice(path, value, &values.choices));
        }
    }

    fn items(&mut self, items: &[Value], schema: &Structural, old: Option<&Value>, path: &Path<'_>) {
        self.made += 1;
        let values = &schema.values;
        let count = items.len() as u64;
        if let Some(inner) = schema.items.as_deref() {
            let old_items = correlate(&schema.list, old);
            for (index, item) in items.iter().enumerate() {
                self.value(item, inner, old_items.of(item), &path.index(index));
            }
        }
        if let Some(least) = values.min_items.filter(|least| count < *least) {
            self.invalid(
                path,
                &Value::from(count),
                &format!("should have at least {least} items"),
            );
        }
        if let Some(most) = values.max_items.filter(|most| count > *most) {
            self.add(Cause::too_many(path, items.len(), most));
        }
        if values.unique_items && !Items::new(items).repeated().is_empty() {
            self.invalid(path, &Value::from(""), "shouldn't contain duplicates");
        }
    }

    fn fields(
        &mut self,
        fields: &Map<String, Value>,
        schema: &Structural,
        old: Option<&Value>,
        path: &Path<'_>,
    ) {
        self.made += 1;
        let values = &schema.values;
        let count = fields.len() as u64;
        if let Some(least) = values.min_properties.filter(|least| count < *least) {
            self.invalid(
                path,
                &Value::from(least),
                &format!("should have at least {least} properties"),
            );
        }
        if let Some(most) = values.max_properties.filter(|most| count > *most) {
            self.add(Cause::too_many(path, fields.len(), most));
        }
        for name in &values.required {
            if !fields.contains_key(name) {
                self.add(Cause::required(&path.field(name).to_string(), ""));
            }
        }
        if schema.properties.is_empty() && schema.additional.schema().is_none() {
            return;
        }
        let old = old.filter(|_| !schema.atomic_map);
        for (name, value) in fields {
            if let Some(inner) = schema.field(name) {
                let old = old.and_then(|old| old.get(name));
                self.value(value, inner, old, &path.field(name));
            }
        }
    }

    /// `anyOf`, `oneOf`, `allOf` and `not`. What is wrong in them is never let through for being unchanged by itself.
    fn alternatives(&mut self, value: &Value, values: &Values, path: &Path<'_>) {
        if !values.any_of.is_empty() {
            let (fitting, best) = self.try_each(&values.any_of, value, path, 1);
            if fitting == 0 {
                self.whole(path, "must validate at least one schema (anyOf)");
                self.causes.extend(best);
            }
        }
        if !values.one_of.is_empty() {
            let (fitting, best) = self.try_each(&values.one_of, value, path, usize::MAX);
            if fitting != 1 {
                let found = if fitting == 0 {
                    "Found none valid".to_owned()
                } else {
                    format!("Found {fitting} valid alternatives")
                };
                self.whole(
                    path,
                    &format!("must validate one and only one schema (oneOf). {found}"),
                );
                self.causes.extend(best);
            }
        }
        if !values.all_of.is_empty() {
            let mut fitting = 0;
            for schema in &values.all_of {
                let causes = self.attempt(schema, value, path).causes;
                fitting += usize::from(causes.is_empty());
                self.causes.extend(causes);
            }
            if fitting == 0 {
                self.whole(path, "must validate all the schemas (allOf). None validated");
            } else if fitting < values.all_of.len() {
                self.whole(path, "must validate all the schemas (allOf)");
            }
        }
        if let Some(schema) = &values.not
            && self.attempt(schema, value, path).causes.is_empty()
        {
            self.whole(path, "must not validate the schema (not)");
        }
        self.causes.truncate(MOST);
    }

    /// Tries alternatives until `enough` fit. Answers with how many do, and with what is wrong in the best that does not,
    /// where none does.
    fn try_each(
        &mut self,
        schemas: &[Structural],
        value: &Value,
        path: &Path<'_>,
        enough: usize,
    ) -> (usize, Vec<Cause>) {
        let mut fitting = 0;
        let mut best: Option<(usize, Vec<Cause>)> = None;
        for schema in schemas {
            let Attempt { causes, made } = self.attempt(schema, value, path);
            if causes.is_empty() {
                fitting += 1;
                if fitting >= enough {
                    break;
                }
            } else if best.as_ref().is_none_or(|(furthest, _)| made > *furthest) {
                best = Some((made, causes));
            }
        }
        let best = best.filter(|_| fitting == 0).map(|(_, causes)| causes);
        (fitting, best.unwrap_or_default())
    }

    fn attempt(&mut self, schema: &Structural, value: &Value, path: &Path<'_>) -> Attempt {
        let mut check = Check::new(self.work);
        check.value(value, schema, None, path);
        Attempt {
            causes: check.causes,
            made: check.made,
        }
    }

    /// A refusal of a value as a whole; upstream tells of it at the root.
    fn whole(&mut self, path: &Path<'_>, message: &str) {
        self.add(Cause::invalid(
            "<nil>",
            "\"\"",
            &format!("{:?} {message}", path.plain()),
        ));
    }
}

/// What an alternative came to.
struct Attempt {
    causes: Vec<Cause>,
    made: usize,
}

/// Whether two values are the same to who wrote them.
fn same(old: &Value, new: &Value) -> bool {
    old == new
}

/// The type of a value, as schemas name it.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
