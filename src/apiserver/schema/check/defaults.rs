//! Defaults: each must be what its own schema lets through.

use serde_json::{Map, Value};

use super::{Part, each_part};
use crate::schema::causes::Path;
use crate::schema::structural::Structural;
use crate::schema::{prune, validate};
use crate::status::Cause;

/// What is wrong with the defaults of a schema.
pub(super) fn check(root: &Map<String, Value>, schema: &Structural, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(root, schema, path, &mut causes);
    causes
}

fn walk(raw: &Map<String, Value>, schema: &Structural, path: &Path<'_>, causes: &mut Vec<Cause>) {
    if !schema.below.defaults {
        return;
    }
    if let Some(default) = &schema.default {
        one(default, schema, &path.field("default"), causes);
    }
    each_part(raw, path, &mut |part, inner, place| {
        let below = match &part {
            Part::Property(name) => schema.properties.get(name),
            Part::Additional => schema.additional.schema(),
            Part::Items => schema.items.as_deref(),
            Part::AllOf | Part::AnyOf | Part::OneOf | Part::Not => None,
        };
        if let Some(below) = below {
            walk(inner, below, place, causes);
        }
    });
}

fn one(default: &Value, schema: &Structural, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let mut pruned = default.clone();
    prune::prune_value(&mut pruned, schema);
    if pruned != *default {
        causes.push(Cause::invalid_value(
            path,
            default,
            "must not have unknown fields",
        ));
        return;
    }
    // The texts speak of the default as of an object of its own.
    for cause in validate(default, schema, None) {
        let field = match cause.field.as_str() {
            "<nil>" => path.to_string(),
            below if below.starts_with('[') => format!("{path}{below}"),
            below => format!("{path}.{below}"),
        };
        causes.push(Cause { field, ..cause });
    }
}
