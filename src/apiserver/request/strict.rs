//! Strict reading: a body as an object, with the fields that it names twice; and what `fieldValidation` makes of such
//! fields and of unknown ones.
//!
//! Duplicates are seen in the body's own text while the object is made, as the object itself cannot tell of them.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::query::FieldValidation;
use crate::status::ApiError;
use crate::warnings::Warnings;

/// The most fields that are told of, as upstream.
const MOST: usize = 100;

/// A body that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// What it says; of a field that is named twice, the last.
    pub(crate) object: Value,
    /// What is wrong with it and can be overlooked.
    pub(crate) flaws: Flaws,
}

/// Fields that are named twice or that the schema does not know: `spec.ports[0].name`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Flaws {
    /// Named more than once, in the order of the text.
    pub(crate) duplicates: Vec<String>,
    /// Not known, in the order in which they are to be told.
    pub(crate) unknown: Vec<String>,
}

impl Flaws {
    /// Each as upstream words it.
    fn texts(&self) -> Vec<String> {
        let duplicates = self
            .duplicates
            .iter()
            .map(|path| format!("duplicate field \"{path}\""));
        let unknown = self
            .unknown
            .iter()
            .map(|path| format!("unknown field \"{path}\""));
        duplicates.chain(unknown).take(MOST).collect()
    }

    /// Does with them what the request wants: nothing, a warning for each, or a refusal, which is made of the text
    /// `strict decoding error: …`.
    pub(crate) fn judge(
        &self,
        validation: FieldValidation,
        warnings: &Warnings,
        refusal: impl FnOnce(String) -> ApiError,
    ) -> Result<(), ApiError> {
        if self.duplicates.is_empty() && self.unknown.is_empty() {
            return Ok(());
        }
        match validation {
            FieldValidation::Ignore => Ok(()),
            FieldValidation::Warn => {
                for text in self.texts() {
                    warnings.add(text);
                }
                Ok(())
            }
            FieldValidation::Strict => Err(refusal(format!(
                "strict decoding error: {}",
                self.texts().join(", ")
            ))),
        }
    }
}

/// Reads JSON.
pub(crate) fn json(text: &[u8]) -> Result<Document, serde_json::Error> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let object = seed(&mut duplicates).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(Document::new(object, duplicates))
}

/// Reads YAML.
pub(crate) fn yaml(text: &str) -> Result<Document, serde_yaml::Error> {
    let mut duplicates = Vec::new();
    let options = serde_yaml::options! { duplicate_keys: serde_yaml::DuplicateKeyPolicy::PassThrough };
    let object = serde_yaml::with_deserializer_from_str_with_options(text, options, |deserializer| {
        seed(&mut duplicates).deserialize(deserializer)
    })?;
    Ok(Document::new(object, duplicates))
}

impl Document {
    fn new(object: Value, duplicates: Vec<String>) -> Self {
        Self {
            object,
            flaws: Flaws {
                duplicates,
                unknown: Vec::new(),
            },
        }
    }
}

/// A place in the text: a chain of steps that lives on the stack, so that it costs nothing until it is told of.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

struct Seed<'a> {
    place: Place<'a>,
    duplicates: &'a mut Vec<String>,
}

fn seed(duplicates: &mut Vec<String>) -> Seed<'_> {
    Seed {
        place: Place::Root,
        duplicates,
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let seed = Seed {
                place: Place::Item(&self.place, items.len()),
                duplicates: self.duplicates,
            };
            match access.next_element_seed(seed)? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let place = Place::Field(&self.place, &name);
            if fields.contains_key(&name) && self.duplicates.len() < MOST {
                let path = place.to_string();
                if !self.duplicates.contains(&path) {
                    self.duplicates.push(path);
                }
            }
            let seed = Seed {
                place,
                duplicates: self.duplicates,
            };
            let value = access.next_value_seed(seed)?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        Err(E::custom(format_args!("{value} is too large a number")))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        Err(E::custom(format_args!("{value} is too large a number")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_are_named_twice_are_found_where_they_are() {
        let text =
            br#"{"a":1,"b":[{"c":1,"c":2,"c":3},{"d":null}],"a":{"x":true,"x":false},"e.f":{"g":1,"g":1}}"#;
        let read = json(text).unwrap();
        assert_eq!(read.object, serde_json::from_slice::<Value>(text).unwrap());
        assert_eq!(read.flaws.duplicates, ["b[0].c", "a", "a.x", "e.f.g"]);
    }

    #[test]
    fn yaml_tells_of_them_too() {
        let read = yaml("a: 1\nb:\n- c: 1\n  c: two\na: 1.5\n").unwrap();
        assert_eq!(read.object, json!({"a": 1.5, "b": [{"c": "two"}]}));
        assert_eq!(read.flaws.duplicates, ["b[0].c", "a"]);
        assert_eq!(
            yaml("{a: [1, -2, x, null, true, 1e3]}").unwrap().object,
            json!({"a": [1, -2, "x", null, true, 1e3]})
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{} {}", "[1,]", "{\"a\":1e999}"] {
            assert!(json(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(json(deep.as_bytes()).is_err());
        assert!(yaml(&deep).is_err());
    }

    #[test]
    fn flaws_are_overlooked_told_or_refused() {
        let flaws = Flaws {
            duplicates: vec!["spec.a".to_owned()],
            unknown: vec!["spec.zzz".to_owned()],
        };
        let judged = |flaws: &Flaws, validation| {
            let warnings = Warnings::default();
            let judged = flaws.judge(validation, &warnings, ApiError::bad_request);
            let mut headers = http::HeaderMap::new();
            warnings.write(&mut headers);
            (
                judged.map_err(|error| error.to_string()),
                headers.len(),
                headers.get_all("warning").iter().count(),
            )
        };
        assert_eq!(judged(&flaws, FieldValidation::Ignore), (Ok(()), 0, 0));
        assert_eq!(judged(&flaws, FieldValidation::Warn), (Ok(()), 2, 2));
        assert_eq!(
            judged(&flaws, FieldValidation::Strict).0.unwrap_err(),
            r#"strict decoding error: duplicate field "spec.a", unknown field "spec.zzz""#
        );
        assert_eq!(judged(&Flaws::default(), FieldValidation::Strict), (Ok(()), 0, 0));
    }
}
