//! Values as rules see them: JSON by the light of its schema, with names that the language can say.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{Context, IdedExpr, Value as Cel};
use serde_json::Value;

use super::cost::Size;
use crate::schema::structural::Structural;

/// Words of the language; a field of such a name has underscores around it.
const WORDS: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The name by which rules say a field.
pub(super) fn escaped(name: &str) -> Cow<'_, str> {
    if WORDS.contains(&name) {
        return Cow::Owned(format!("__{name}__"));
    }
    if !name.contains(['.', '-', '/']) && !name.contains("__") {
        return Cow::Borrowed(name);
    }
    let escaped = name
        .replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__");
    Cow::Owned(escaped)
}

/// A value as rules see it. `size` grows to how large its parts are.
pub(super) fn convert(value: &Value, schema: Option<&Structural>, size: &mut Size) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => {
            let real = schema.is_some_and(|schema| schema.kind == "number");
            match (number.as_i64(), number.as_u64()) {
                (Some(integer), _) if !real => Cel::Int(integer),
                (None, Some(integer)) if !real => Cel::UInt(integer),
                _ => whole_or_real(number.as_f64().unwrap_or(f64::NAN), schema),
            }
        }
        Value::String(text) => {
            size.chars = size.chars.max(text.len() as u64);
            let format = schema
                .filter(|schema| !schema.int_or_string)
                .map(|schema| schema.values.format.as_str());
            text_value(text, format.unwrap_or_default())
        }
        Value::Array(items) => {
            size.items = size.items.max(items.len() as u64);
            let inner = schema.and_then(|schema| schema.items.as_deref());
            Cel::List(Arc::new(
                items.iter().map(|item| convert(item, inner, size)).collect(),
            ))
        }
        Value::Object(fields) => {
            size.items = size.items.max(fields.len() as u64);
            // Keys of maps are data and stay as they are.
            let is_map = schema.is_some_and(|schema| !schema.additional.is_none());
            let mut map = HashMap::with_capacity(fields.len());
            for (name, value) in fields {
                size.chars = size.chars.max(name.len() as u64);
                let inner = schema.and_then(|schema| schema.field(name));
                let key = if is_map {
                    Cow::Borrowed(name.as_str())
                } else {
                    escaped(name)
                };
                map.insert(
                    Key::String(Arc::new(key.into_owned())),
                    convert(value, inner, size),
                );
            }
            Cel::Map(Map { map: Arc::new(map) })
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the number has no fraction and is in range, which was checked"
)]
fn whole_or_real(number: f64, schema: Option<&Structural>) -> Cel {
    let integer = schema.is_some_and(|schema| schema.kind == "integer");
    if integer && number.fract() == 0.0 && number.abs() < 9.2e18 {
        Cel::Int(number as i64)
    } else {
        Cel::Float(number)
    }
}

fn text_value(text: &str, format: &str) -> Cel {
    let plain = || Cel::String(Arc::new(text.to_owned()));
    match format {
        "byte" => STANDARD
            .decode(text)
            .map_or_else(|_| plain(), |bytes| Cel::Bytes(Arc::new(bytes))),
        "date-time" => called(&TIMESTAMP, plain()).unwrap_or_else(plain),
        "date" => {
            let midnight = Cel::String(Arc::new(format!("{text}T00:00:00Z")));
            called(&TIMESTAMP, midnight).unwrap_or_else(plain)
        }
        "duration" => called(&DURATION, plain()).unwrap_or_else(plain),
        _ => plain(),
    }
}

static TIMESTAMP: LazyLock<Option<IdedExpr>> = LazyLock::new(|| expression("timestamp(x)"));
static DURATION: LazyLock<Option<IdedExpr>> = LazyLock::new(|| expression("duration(x)"));

fn expression(text: &str) -> Option<IdedExpr> {
    kube_cel::cel::parser::Parser::new().parse(text).ok()
}

/// What the language itself makes of a text.
fn called(function: &LazyLock<Option<IdedExpr>>, text: Cel) -> Option<Cel> {
    thread_local! {
        static PLAIN: Context<'static> = Context::default();
    }
    PLAIN.with(|plain| {
        let mut scope = plain.new_inner_scope();
        scope.add_variable_from_value("x", text);
        Cel::resolve(function.as_ref()?, &scope).ok()
    })
}
