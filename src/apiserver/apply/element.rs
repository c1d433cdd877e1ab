//! One step of a path to a field: a name in a map, the keys or the value of a list's element, or its place.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use serde_json::{Map, Value};
use thiserror::Error;

use super::values::{order, quoted};

/// A step of a path. Steps are ordered: names, keys, values, places.
#[derive(Debug, Clone)]
pub(crate) enum PathElement {
    /// A field of a map.
    Field(CompactString),
    /// The element of a list whose fields have these values; sorted by name.
    Key(Arc<[(CompactString, Value)]>),
    /// The element of a set that is this value.
    Value(Arc<Value>),
    /// The element at a place.
    Index(i64),
}

/// A step that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ElementError {
    /// It is not long enough to say what it is.
    #[error("key must be 2 characters long: {0:?}")]
    Short(String),
    /// Nothing stands between its kind and its text.
    #[error("missing colon: {0}")]
    NoColon(String),
    /// Its text is not what its kind needs.
    #[error("parsing key as path element: {0:?}")]
    Text(String),
}

impl PathElement {
    /// A name in a map.
    pub(crate) fn field(name: &str) -> Self {
        Self::Field(CompactString::from(name))
    }

    /// An element by its keys, in whatever order they are given.
    pub(crate) fn key(mut keys: Vec<(CompactString, Value)>) -> Self {
        keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self::Key(keys.into())
    }

    /// Reads a step as FieldsV1 has it; none where its kind is not known, which is to be ignored.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, ElementError> {
        let wrong = || ElementError::Text(text.to_owned());
        let mut characters = text.chars();
        let (Some(kind), Some(colon)) = (characters.next(), characters.next()) else {
            return Err(ElementError::Short(text.to_owned()));
        };
        if colon != ':' {
            return Err(ElementError::NoColon(text.to_owned()));
        }
        let rest = characters.as_str();
        Ok(match kind {
            'f' => Some(Self::field(rest)),
            'v' => Some(Self::Value(Arc::new(
                serde_json::from_str(rest).map_err(|_| wrong())?,
            ))),
            'k' => {
                let keys: Map<String, Value> = serde_json::from_str(rest).map_err(|_| wrong())?;
                let keys = keys
                    .into_iter()
                    .map(|(name, value)| (CompactString::from(name), value));
                Some(Self::key(keys.collect()))
            }
            'i' => Some(Self::Index(rest.parse().map_err(|_| wrong())?)),
            _ => None,
        })
    }

    /// The step as FieldsV1 has it.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Value(value) => format!("v:{value}"),
            Self::Index(place) => format!("i:{place}"),
            Self::Key(keys) => {
                let keys: Map<String, Value> = keys
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.clone()))
                    .collect();
                format!("k:{}", Value::Object(keys))
            }
        }
    }
}

impl fmt::Display for PathElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Value(value) => write!(f, "[={}]", quoted(value)),
            Self::Index(place) => write!(f, "[{place}]"),
            Self::Key(keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|(name, value)| format!("{name}={}", quoted(value)))
                    .collect();
                write!(f, "[{}]", keys.join(","))
            }
        }
    }
}

impl Ord for PathElement {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(one), Self::Field(other)) => one.cmp(other),
            (Self::Key(one), Self::Key(other)) => {
                let pairs = one.iter().zip(other.iter());
                pairs
                    .map(|((name, value), (other_name, other))| {
                        name.cmp(other_name).then(order(value, other))
                    })
                    .find(|order| *order != Ordering::Equal)
                    .unwrap_or_else(|| one.len().cmp(&other.len()))
            }
            (Self::Value(one), Self::Value(other)) => order(one, other),
            (Self::Index(one), Self::Index(other)) => one.cmp(other),
            (Self::Field(_) | Self::Key(_) | Self::Value(_) | Self::Index(_), _) => {
                self.rank().cmp(&other.rank())
            }
        }
    }
}

impl PathElement {
    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

impl PartialOrd for PathElement {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PathElement {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PathElement {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_and_written() {
        for (text, shown) in [
            ("f:spec", ".spec"),
            ("f:a.b/c", ".a.b/c"),
            ("f:", "."),
            (r#"k:{"name":"a"}"#, r#"[name="a"]"#),
            (
                r#"k:{"containerPort":80,"protocol":"TCP"}"#,
                r#"[containerPort=80,protocol="TCP"]"#,
            ),
            (r#"v:"x""#, r#"[="x"]"#),
            ("v:1", "[=1]"),
            ("v:true", "[=true]"),
            ("i:3", "[3]"),
        ] {
            let element = PathElement::read(text).unwrap().unwrap();
            assert_eq!(
                (element.written().as_str(), element.to_string().as_str()),
                (text, shown)
            );
        }
        assert_eq!(
            PathElement::read(r#"k:{"b":1, "a":2}"#)
                .unwrap()
                .unwrap()
                .written(),
            r#"k:{"a":2,"b":1}"#
        );
        assert_eq!(PathElement::read("z:later"), Ok(None));
        for wrong in ["", "f", "fspec", "v:", "v:{", "k:3", "i:x", "i:1x", "v:1 2"] {
            assert!(PathElement::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn steps_have_one_order() {
        let sorted = [
            "f:a",
            "f:b",
            r#"k:{"a":1}"#,
            r#"k:{"a":1,"b":1}"#,
            r#"k:{"a":2}"#,
            r#"k:{"b":1}"#,
            "v:1",
            r#"v:"a""#,
            "i:0",
            "i:1",
        ]
        .map(|text| PathElement::read(text).unwrap().unwrap());
        for (place, one) in sorted.iter().enumerate() {
            for (other_place, other) in sorted.iter().enumerate() {
                assert_eq!(one.cmp(other), place.cmp(&other_place), "{one} {other}");
            }
        }
    }
}
