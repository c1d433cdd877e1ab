//! What of an object is not as its schema says: types, values that are counted up, fields that are missing or not known. Patterns,
//! bounds and rules are left to the server, which knows them.

use serde_json::Value;

use super::{Kind, Schema};

/// So many mistakes are told of one object.
const MOST_MISTAKES: usize = 100;
/// So many values that are allowed are counted up in a sentence.
const MOST_CHOICES: usize = 8;

/// Something that is not as the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub pointer: String,
    /// What is wrong, in a sentence. Not yet safe to show.
    pub what: String,
}

pub(super) fn check(schema: &Schema, object: &Value) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    look(schema, object, &mut String::new(), &mut mistakes);
    mistakes
}

fn look(schema: &Schema, value: &Value, pointer: &mut String, mistakes: &mut Vec<Mistake>) {
    if mistakes.len() >= MOST_MISTAKES {
        return;
    }
    // The server takes a null for a field that is not there.
    if value.is_null() {
        return;
    }
    let mut tell = |what: String| {
        mistakes.push(Mistake {
            pointer: pointer.clone(),
            what,
        });
    };
    if !fits(schema.kind, value) {
        return tell(format!(
            "has to be {} and is {}",
            with_article(schema.kind.word()),
            word(value)
        ));
    }
    if !schema.choices.is_empty() && !schema.choices.contains(value) {
        return tell(format!("has to be one of {}", counted(&schema.choices)));
    }
    match value {
        Value::Object(fields) => {
            for name in schema
                .required
                .iter()
                .filter(|name| !fields.contains_key(name.as_str()))
            {
                tell(format!("{name} is missing"));
            }
            for (name, field) in fields {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                match schema.fields.get(name.as_str()).or(schema.inner.as_deref()) {
                    Some(schema) => look(schema, field, pointer, mistakes),
                    None if schema.open || schema.kind == Kind::Any => {}
                    None => mistakes.push(Mistake {
                        pointer: pointer.clone(),
                        what: format!("there is no field {name} here"),
                    }),
                }
                pointer.truncate(length);
            }
        }
        Value::Array(elements) => {
            let Some(schema) = schema.inner.as_deref().filter(|_| schema.kind == Kind::List) else {
                return;
            };
            for (index, element) in elements.iter().enumerate() {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&index.to_string());
                look(schema, element, pointer, mistakes);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Text => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::IntegerOrText => value.is_string() || value.is_i64() || value.is_u64(),
        Kind::Object => value.is_object(),
        Kind::List => value.is_array(),
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

fn counted(choices: &[Value]) -> String {
    let plain = |choice: &Value| {
        choice
            .as_str()
            .map_or_else(|| choice.to_string(), ToOwned::to_owned)
    };
    let mut words: Vec<String> = choices.iter().take(MOST_CHOICES).map(plain).collect();
    if choices.len() > MOST_CHOICES {
        words.push("…".to_owned());
    }
    words.join(", ")
}
