//! Rules: those that cannot be understood, or that ask for what is not there, are refused with the schema.

use serde_json::{Value, json};

use crate::schema::causes::Path;
use crate::schema::rules::{Rule, undefined};
use crate::schema::structural::{ListType, Structural};
use crate::status::Cause;

/// The reasons that a rule can give.
const REASONS: [&str; 4] = [
    "FieldValueDuplicate",
    "FieldValueForbidden",
    "FieldValueInvalid",
    "FieldValueRequired",
];

/// What is wrong with the rules of a schema.
pub(super) fn check(root: &Structural, path: &Path<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(root, path, (true, None), &mut causes);
    causes
}

/// `uncorrelated` is the place above which no state before can be told.
fn walk(
    schema: &Structural,
    path: &Path<'_>,
    (resource, uncorrelated): (bool, Option<&str>),
    causes: &mut Vec<Cause>,
) {
    if !schema.below.rules {
        return;
    }
    let parent = path.field("x-kubernetes-validations");
    for (index, rule) in schema.rules.iter().enumerate() {
        let place = parent.index(index);
        let before = causes.len();
        texts(rule, schema, &place, causes);
        if causes.len() == before {
            expressions(rule, schema, &place, (resource, uncorrelated), causes);
        }
    }
    let place = path.to_string();
    let beyond = |correlated: bool| {
        if correlated {
            uncorrelated
        } else {
            uncorrelated.or(Some(&place))
        }
    };
    let properties = path.field("properties");
    for (name, inner) in &schema.properties {
        walk(
            inner,
            &properties.key(name),
            (false, beyond(!schema.atomic_map)),
            causes,
        );
    }
    if let Some(inner) = schema.additional.schema() {
        walk(
            inner,
            &path.field("additionalProperties"),
            (false, beyond(!schema.atomic_map)),
            causes,
        );
    }
    if let Some(inner) = schema.items.as_deref() {
        let correlated = matches!(schema.list, ListType::Map(_));
        walk(inner, &path.field("items"), (false, beyond(correlated)), causes);
    }
}

fn texts(rule: &Rule, schema: &Structural, place: &Path<'_>, causes: &mut Vec<Cause>) {
    let at = |field: &str| place.field(field).to_string();
    let invalid = |field: &str, value: &str, message: &str| {
        Cause::invalid_value(&place.field(field), &json!(value), message)
    };
    let broken = |text: &str| text.contains(['\n', '\r']);
    let (text, message) = (rule.text.trim(), rule.message.trim());
    if text.is_empty() {
        causes.push(Cause::required(&at("rule"), "rule is not specified"));
    } else if !rule.message.is_empty() && message.is_empty() {
        causes.push(invalid(
            "message",
            &rule.message,
            "message must be non-empty if specified",
        ));
    } else if broken(message) {
        causes.push(invalid(
            "message",
            &rule.message,
            "message must not contain line breaks",
        ));
    } else if broken(text) && message.is_empty() {
        let why = "message must be specified if rule contains line breaks";
        causes.push(Cause::required(&at("message"), why));
    }
    if !rule.message_text.is_empty() && rule.message_text.trim().is_empty() {
        let why = "messageExpression must be non-empty if specified";
        causes.push(Cause::required(&at("messageExpression"), why));
    }
    if !rule.reason.is_empty() && !REASONS.contains(&rule.reason.as_str()) {
        let known: Vec<Value> = REASONS.iter().map(|reason| json!(reason)).collect();
        causes.push(Cause::no_choice(
            &place.field("reason"),
            &json!(rule.reason),
            &known,
        ));
    }
    if rule.field.is_empty() {
        return;
    }
    if rule.field.trim().is_empty() {
        causes.push(invalid(
            "fieldPath",
            &rule.field,
            "fieldPath must be non-empty if specified",
        ));
    } else if broken(&rule.field) {
        causes.push(invalid(
            "fieldPath",
            &rule.field,
            "fieldPath must not contain line breaks",
        ));
    } else if field_at(&rule.field, schema).is_none() {
        causes.push(invalid(
            "fieldPath",
            &rule.field,
            "fieldPath must be a valid path",
        ));
    }
}

fn expressions(
    rule: &Rule,
    schema: &Structural,
    place: &Path<'_>,
    (resource, uncorrelated): (bool, Option<&str>),
    causes: &mut Vec<Cause>,
) {
    for (field, compiled) in [
        ("rule", Some(&rule.compiled)),
        ("messageExpression", rule.compiled_message.as_ref()),
    ] {
        let error = match compiled {
            None => continue,
            Some(Err(error)) => Some(error.clone()),
            Some(Ok(compiled)) => undefined(&compiled.expression, schema, resource)
                .map(|name| format!("compilation failed: undefined field '{name}'")),
        };
        if let Some(error) = error {
            causes.push(Cause::invalid_value(&place.field(field), &rule.raw, &error));
        }
    }
    if rule.uses_old() {
        if let Some(above) = uncorrelated {
            let why =
                format!("oldSelf cannot be used on the uncorrelatable portion of the schema within {above}");
            causes.push(Cause::invalid_value(
                &place.field("rule"),
                &json!(rule.text),
                &why,
            ));
        }
    } else if let (Some(optional), true) = (rule.optional_old, rule.compiled.is_ok()) {
        let why = "may not be set if oldSelf is not used in rule";
        causes.push(Cause::invalid_value(
            &place.field("optionalOldSelf"),
            &json!(optional),
            why,
        ));
    }
}

/// The schema of the field at a path such as `.spec.name` or `.labels['a.b']`; none where there is no such.
pub(crate) fn field_at<'s>(path: &str, schema: &'s Structural) -> Option<&'s Structural> {
    let mut rest = path;
    let mut schema = schema;
    while !rest.is_empty() {
        let name;
        if let Some(quoted) = rest.strip_prefix("['") {
            let (inside, after) = quoted.split_once("']")?;
            name = inside.replace("\\'", "'").replace("\\\\", "\\");
            rest = after;
        } else {
            let plain = rest.strip_prefix('.')?;
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            name = plain.get(..end)?.to_owned();
            rest = plain.get(end..)?;
        }
        if name.is_empty() {
            return None;
        }
        schema = schema.field(&name)?;
    }
    Some(schema)
}
