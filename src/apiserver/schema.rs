//! Schemas of custom resources: what their definitions say that objects are, and what becomes of objects by it.
//!
//! An object that is written is pruned, filled with defaults, and validated. An object that is read from the store is filled
//! with the defaults that its definition gained since it was written. A schema is read once, when it is first needed.
//!
//! Must not know: HTTP, the store, who asks.

pub(crate) mod causes;
pub(crate) mod check;
mod defaults;
mod embedded;
mod lists;
mod numbers;
mod patterns;
mod prune;
pub(crate) mod rules;
pub(crate) mod structural;
mod validate;
mod written;

#[cfg(test)]
mod hostile_tests;

use std::sync::OnceLock;

use serde_json::Value;

use crate::status::Cause;
use structural::Structural;
pub use written::WrittenSchema;

/// The schema of one version of a custom resource.
#[derive(Debug)]
pub(crate) struct Schema {
    written: WrittenSchema,
    structural: OnceLock<Structural>,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Schema {
    /// The schema that an `openAPIV3Schema` is. It is read when it is first needed.
    pub(crate) fn new(written: WrittenSchema) -> Self {
        Self {
            written,
            structural: OnceLock::new(),
        }
    }

    /// As the definition has it.
    pub(crate) fn written(&self) -> &WrittenSchema {
        &self.written
    }

    fn structural(&self) -> &Structural {
        self.structural
            .get_or_init(|| Structural::read(&self.written.read()))
    }

    /// Takes away what the schema does not know of; answers with the paths of what went.
    pub(crate) fn prune(&self, object: &mut Value) -> Vec<String> {
        prune::prune(object, self.structural())
    }

    /// Fills in the defaults; answers whether anything was missing.
    pub(crate) fn fill(&self, object: &mut Value) -> bool {
        defaults::fill(object, self.structural())
    }

    /// Whether there are defaults at all.
    pub(crate) fn has_defaults(&self) -> bool {
        self.structural().below.defaults
    }

    /// What is wrong with an object. `old` is what it replaces: what was wrong in it already, and is unchanged, is let
    /// through.
    pub(crate) fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<Cause> {
        validate(object, self.structural(), old)
    }
}

fn validate(object: &Value, schema: &Structural, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = validate::validate(object, schema, old);
    causes.extend(embedded::check(object, schema, old));
    let doubled = lists::check(object, schema);
    if !doubled.is_empty() && old.is_none_or(|old| lists::check(old, schema).is_empty()) {
        causes.extend(doubled);
    }
    if schema.below.rules {
        if causes.iter().any(Cause::blocks_rules) {
            causes.push(Cause::invalid(
                "<nil>",
                "\"null\"",
                "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
            ));
        } else {
            causes.extend(rules::evaluate(object, schema, old));
        }
    }
    causes
}
