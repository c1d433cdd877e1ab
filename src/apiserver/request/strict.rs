//! Strict reading: a body as an object, with the fields that it names twice; and what `fieldValidation` makes of such
//! fields and of unknown ones.
//!
//! Duplicates are seen in the body's own text while the object is made, as the object itself cannot tell of them.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::bounds::{DEEPEST, HEAVIEST, VALUE};
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

/// How deep YAML may be. Its reader takes much more of the stack for each level than that of JSON.
const DEEPEST_YAML: usize = 64;

/// The most anchors and the most aliases of a YAML text.
const MOST_ALIASES: usize = 1000;

/// Reads JSON.
pub(crate) fn json(text: &[u8]) -> Result<Document, serde_json::Error> {
    let mut found = Found::new(DEEPEST);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let object = seed(&mut found).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(Document::new(object, found.duplicates))
}

/// Reads YAML.
pub(crate) fn yaml(text: &str) -> Result<Document, serde_yaml::Error> {
    let mut found = Found::new(DEEPEST_YAML);
    let options = serde_yaml::options! {
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::PassThrough,
        budget: serde_yaml::budget! {
            max_depth: DEEPEST_YAML,
            max_aliases: MOST_ALIASES,
            max_anchors: MOST_ALIASES,
        },
    };
    let object = serde_yaml::with_deserializer_from_str_with_options(text, options, |deserializer| {
        seed(&mut found).deserialize(deserializer)
    })?;
    Ok(Document::new(object, found.duplicates))
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

/// What is found while a text is read.
struct Found {
    duplicates: Vec<String>,
    /// How deep the text may be.
    deepest: usize,
    /// What was read weighs this much. Aliases of YAML make much of little.
    weight: usize,
}

impl Found {
    fn new(deepest: usize) -> Self {
        Self {
            duplicates: Vec::new(),
            deepest,
            weight: 0,
        }
    }

    fn add<E: Error>(&mut self, text: usize) -> Result<(), E> {
        self.weight = self.weight.saturating_add(VALUE).saturating_add(text);
        if self.weight > HEAVIEST {
            return Err(E::custom("the object is too large"));
        }
        Ok(())
    }
}

struct Seed<'a> {
    place: Place<'a>,
    depth: usize,
    found: &'a mut Found,
}

fn seed(found: &mut Found) -> Seed<'_> {
    Seed {
        place: Place::Root,
        depth: 0,
        found,
    }
}

impl Seed<'_> {
    fn deeper<E: Error>(&self) -> Result<usize, E> {
        let deepest = self.found.deepest;
        if self.depth >= deepest {
            return Err(E::custom(format_args!(
                "the object is nested more than {deepest} deep"
            )));
        }
        Ok(self.depth + 1)
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

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.found.add(value.len())?;
        Ok(Value::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.found.add(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.found.add(0)?;
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        self.found.add(0)?;
        let mut items = Vec::new();
        loop {
            let seed = Seed {
                place: Place::Item(&self.place, items.len()),
                depth,
                found: self.found,
            };
            match access.next_element_seed(seed)? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut fields = Map::new();
        self.found.add(0)?;
        while let Some(name) = access.next_key::<String>()? {
            self.found.add(name.len())?;
            let place = Place::Field(&self.place, &name);
            if fields.contains_key(&name) && self.found.duplicates.len() < MOST {
                let path = place.to_string();
                if !self.found.duplicates.contains(&path) {
                    self.found.duplicates.push(path);
                }
            }
            let seed = Seed {
                place,
                depth,
                found: self.found,
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
    fn numbers_are_what_they_were_when_they_are_written_and_read() {
        for text in [
            "1.500000000000007",
            "1.7976931348623157",
            "2.2250738585072014e-308",
            "-0.0",
            "18446744073709551615",
        ] {
            let read = json(text.as_bytes()).unwrap().object;
            assert_eq!(read.as_f64(), Some(text.parse().unwrap()), "{text}");
            assert_eq!(read.to_string(), text);
            let of_yaml = yaml(text).unwrap().object;
            assert_eq!(json(of_yaml.to_string().as_bytes()).unwrap().object, of_yaml);
        }
    }

    #[test]
    fn what_is_too_deep_is_refused_before_it_is_built() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for (depth, of_json, of_yaml) in [
            (DEEPEST_YAML, true, true),
            (DEEPEST_YAML + 1, true, false),
            (DEEPEST, true, false),
            (DEEPEST + 1, false, false),
            (1_000_000, false, false),
        ] {
            let text = nested(depth);
            assert_eq!(json(text.as_bytes()).is_ok(), of_json, "{depth}");
            assert_eq!(yaml(&text).is_ok(), of_yaml, "{depth}");
        }
        // Each anchor is not deep, and all of them together are.
        let deep = |name: &str, inside: &str| {
            format!("{name}: &{name} {}{inside}{}\n", "[".repeat(50), "]".repeat(50))
        };
        let text = format!("{}{}{}", deep("a", "1"), deep("b", "*a"), deep("c", "*b"));
        assert!(yaml(&text).is_err());
    }

    #[test]
    fn aliases_do_not_make_much_of_little() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let inside = vec![format!("*a{}", level - 1); 10].join(", ");
            text = format!("{text}a{level}: &a{level} [{inside}]\n");
        }
        assert!(yaml(&text).is_err(), "a thousand million values");
        let long = "x".repeat(1024 * 1024);
        let text = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 90].join(", "));
        assert!(yaml(&text).is_err(), "90 MiB of text");
        assert!(yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}\n").is_ok());
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
